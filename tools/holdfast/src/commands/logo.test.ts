/** A logo from a file to what a hub is asked to publish. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeLogo, readLogo } from '@holdfast/paper/logo';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

interface Cell {
  readonly key: string;
  readonly scope: string;
  readonly removed?: boolean;
  readonly fields?: { readonly value: string };
}

let published: readonly Cell[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => (body += part));
  request.on('end', () => {
    published = [...published, ...(JSON.parse(body) as { cells: readonly Cell[] }).cells];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ lsn: 7 }));
  });
});
const folder = mkdtempSync(join(tmpdir(), 'holdfast-logo-'));
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => (published = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function logo(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const hub = ['--hub', `http://127.0.0.1:${(server.address() as AddressInfo).port}`, '--token', 't'];
  const code = await runCommandLine(['logo', ...args, ...hub], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('a picture becomes a setting of the company, or of a store; none takes it away', async () => {
  const png = encodeLogo({ width: 120, height: 40, grey: Uint8Array.from({ length: 4_800 }, (_, at) => (at % 120 < 60 ? 0 : 255)) });
  const file = join(folder, 'logo.png');
  writeFileSync(file, png.ok ? png.value : '');
  expect(await logo(file, '--json')).toMatchObject({ code: EXIT.done, out: expect.stringContaining('"width":120,"height":40') as string });
  expect(await logo(file, '--scope', 'store:7')).toMatchObject({
    code: EXIT.done,
    out: expect.stringContaining('120 × 40 dots') as string,
  });
  expect(published.map(({ key, scope }) => [key, scope])).toEqual([
    ['receiptLogo', 'global'],
    ['receiptLogo', 'store:7'],
  ]);
  expect(readLogo(published[0]?.fields?.value)).toMatchObject({ width: 120, height: 40 });
  expect((await logo('none')).code).toBe(EXIT.done);
  expect(published.at(-1)).toEqual({ type: 'setting', key: 'receiptLogo', scope: 'global', removed: true });
});

test('what is no picture, or is not there, is said, and nothing is published', async () => {
  const file = join(folder, 'logo.txt');
  writeFileSync(file, 'no picture');
  expect(await logo(file)).toMatchObject({ code: EXIT.failed, err: expect.stringContaining('is no picture that can be read') as string });
  expect((await logo(join(folder, 'nothing.png'))).code).toBe(EXIT.usage);
  expect(published).toEqual([]);
});
