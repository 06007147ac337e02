/** Stores and their zones, at a hub that answers as one does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

const published: unknown[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') published.push([request.url, JSON.parse(Buffer.concat(parts).toString())]);
    const stores = [
      { store: '1', currency: 'EUR', zone: 'north' },
      { store: '2', currency: 'EUR', zone: 'south' },
    ];
    response.end(JSON.stringify(request.method === 'POST' ? { lsn: 7, changed: 1 } : { stores }));
  });
});
let url: string;
beforeEach(async () => {
  published.length = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(...args: readonly string[]): Promise<readonly [number, string]> {
  let said = '';
  const say = (text: string): void => void (said += text);
  const code = await runCommandLine(['store', ...args, '--hub', url, '--token', 'T'], { out: say, err: say, interactive: false });
  return [code, said];
}

test('C-11: a store is moved by one publication of the setting that says where it stands', async () => {
  expect(await run('move', '2', 'east')).toEqual([EXIT.done, 'Store 2 moves from zone south to zone east, with publication 7.\n']);
  const cells = [{ type: 'setting', key: 'zone', scope: 'store:2', fields: { value: 'east' } }];
  expect(published).toEqual([['/api/v1/publications', { cells }]]);
  const [, json] = await run('move', '1', 'east', '--json');
  expect(JSON.parse(json)).toEqual({ type: 'storeMoved', store: '1', from: 'north', to: 'east', lsn: 7 });
});

test('nothing is published of a store that stands there already, that nobody knows, or that is moved to what is no name', async () => {
  expect(await run('move', '1', 'north')).toEqual([EXIT.done, 'Store 1 stands in zone north already.\n']);
  expect(await run('move', '9', 'north')).toEqual([EXIT.failed, expect.stringContaining('no store 9: 1, 2')]);
  for (const args of [
    ['move', '1', 'zone 2'],
    ['move', '1'],
    ['close', '1', 'east'],
  ])
    expect((await run(...args))[0]).toBe(EXIT.usage);
  expect(published).toEqual([]);
});

test('all stores are listed with the zone that each stands in', async () => {
  expect(await run()).toEqual([EXIT.done, '1  zone north\n2  zone south\n']);
  expect(JSON.parse((await run('--json'))[1])).toEqual({
    type: 'stores',
    stores: [
      { store: '1', zone: 'north' },
      { store: '2', zone: 'south' },
    ],
  });
});
