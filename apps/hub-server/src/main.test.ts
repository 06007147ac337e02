import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { readMigrations } from './db/migrate.ts';
import { openPglite } from './db/pglite.ts';
import { enrolDevice } from './testing/test-device.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

type Process = ChildProcessByStdio<null, Readable, Readable>;

interface Ready {
  readonly type: string;
  readonly url: string;
  readonly consoleUrl: string;
  readonly consoleToken: string;
  readonly enrolmentCode: string;
  readonly data: string;
  readonly pid: number;
}

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), 'holdfast-hub-'));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

function start(...args: readonly string[]): Process {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: '' } });
}

async function ready(hub: Process): Promise<Ready> {
  let said = '';
  for await (const chunk of hub.stdout) {
    said += String(chunk);
    if (said.includes('\n')) return JSON.parse(said) as Ready;
  }
  throw new Error(`the hub ended before it was ready: ${said}`);
}

async function end(hub: Process): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const [stderr, [code]] = await Promise.all([text(hub.stderr), once(hub, 'exit') as Promise<[number | null]>]);
  return { code, stderr };
}

async function text(stream: Readable): Promise<string> {
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  return said;
}

test(
  'starts, says so, refuses a second one on its folder, stops when told, and is the same hub after a kill',
  { timeout: 120_000 },
  async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;

    const first = start('--data', data, '--port', String(port), '--json');
    const firstReady = await ready(first);
    expect(firstReady).toMatchObject({ type: 'ready', data, pid: first.pid });
    expect(firstReady.url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(firstReady.url).not.toBe(`http://localhost:${port}`);
    const { origin, pathname, search, hash } = new URL(firstReady.consoleUrl);
    expect([origin, pathname, search]).toEqual([firstReady.url, '/', '']);
    expect(hash).toMatch(/^#link=[\w-]{43}$/);
    expect(hash).not.toContain(firstReady.consoleToken);
    expect(await (await fetch(`${firstReady.url}/readyz`)).json()).toEqual({ status: 'ready' });
    taken.close();

    const second = await end(start('--data', data));
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`process ${first.pid}`);

    const identity = async (url: string, token: string): Promise<unknown> =>
      (await fetch(`${url}/api/v1/stores`, { headers: { authorization: `Bearer ${token}` } })).json();
    const stores = await identity(firstReady.url, firstReady.consoleToken);
    first.kill('SIGKILL');
    await once(first, 'exit');

    const third = start('--data', data, '--json');
    const thirdReady = await ready(third);
    expect(await identity(thirdReady.url, thirdReady.consoleToken)).toEqual(stores);
    expect(thirdReady.consoleToken).not.toBe(firstReady.consoleToken);
    third.kill('SIGTERM');
    expect(await end(third)).toMatchObject({ code: 0, stderr: '' });
  },
);

test(
  'told to stop under load it turns away what is new, answers what has begun, lets nobody hang, and has every entry that it acknowledged',
  { timeout: 120_000 },
  async () => {
    const hub = start('--data', data, '--json');
    const { url, consoleToken, enrolmentCode } = await ready(hub);
    const json = async <T>(path: string): Promise<T> =>
      (await (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${consoleToken}` } })).json()) as T;
    const device = await enrolDevice({ url, enrolmentCode, json });
    let acknowledged = 0;
    const selling = (async () => {
      for (;;) {
        device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 119 }]);
        const answer = await device.send(acknowledged + 1).catch(() => undefined);
        if (answer === undefined) return;
        acknowledged = answer.received[device.epoch] ?? 0;
      }
    })();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/sync/v1/poke`, {
      headers: { authorization: `Bearer ${device.enrolled.token}` },
    });
    await once(socket, 'open');
    const watching = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, { headers: { authorization: `Bearer ${consoleToken}` } });
    await once(watching, 'open');
    await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(5);

    // It has begun, the hub says so: of its body half is there.
    const { port } = new URL(url);
    const slow = connect(Number(port), 'localhost');
    const body = JSON.stringify({ store: '1' });
    const head = [
      'POST /api/v1/enrolment-codes HTTP/1.1',
      'Host: hub',
      `Authorization: Bearer ${consoleToken}`,
      'Content-Type: application/json',
      'Expect: 100-continue',
    ];
    slow.write(`${[...head, 'Connection: close', `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body.slice(0, 4)}`);
    expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 /);
    const said = text(slow);

    const stopped = end(hub);
    hub.kill('SIGTERM');
    const closed = (await Promise.all([once(socket, 'close'), once(watching, 'close')])).map(([code]: readonly unknown[]) => code);
    // Consoles come back to whichever hub there is.
    expect(closed).toEqual([1_001, 1_012]);
    const turnedAway = async (path: string): Promise<unknown> => {
      const response = await fetch(`${url}${path}`);
      return [response.status, response.headers.get('retry-after'), ((await response.json()) as { type: string }).type];
    };
    // All at once: the hub waits ten seconds for what is under way, on a busy machine, too.
    const [isReady, stores, heartbeat] = await Promise.all([
      turnedAway('/readyz'),
      turnedAway('/api/v1/stores'),
      fetch(`${url}/heartbeat`),
    ]);
    slow.write(body.slice(4));
    const stopping = [503, '1', 'urn:holdfast:problem:stopping'];
    expect([isReady, stores, heartbeat.status]).toEqual([stopping, stopping, 200]);
    expect(await said).toMatch(/^HTTP\/1\.1 201 /);
    await selling;
    expect(await stopped).toMatchObject({ code: 0, stderr: '' });

    const again = start('--data', data, '--json');
    const next = await ready(again);
    const overview = await fetch(`${next.url}/api/v1/overview`, { headers: { authorization: `Bearer ${next.consoleToken}` } });
    const shown = (await overview.json()) as { stores: { devices: { device: string; receivedEntries: number }[] }[] };
    const held = shown.stores.flatMap(({ devices }) => devices).find((one) => one.device === device.enrolled.device);
    expect(held?.receivedEntries).toBeGreaterThanOrEqual(acknowledged);
    again.kill('SIGTERM');
    expect(await end(again)).toMatchObject({ code: 0 });
  },
);

test('a wrong command line ends with 2 and names every wrong value', async () => {
  const { code, stderr } = await end(start('--port', '99999'));
  expect(code).toBe(2);
  expect(stderr).toContain('--data is needed');
  expect(stderr).toContain('--port is a number');
});

test(
  'before it is ready it says that it migrates a database that needs it, and which migrations these are',
  { timeout: 120_000 },
  async () => {
    const bare = join(data, 'bare');
    mkdirSync(bare);
    await (await openPglite(join(bare, 'pg'), { isEmpty: true })).close();
    const hub = start('--data', bare, '--json');
    const migrations = readMigrations().map(({ number }) => number);
    const lines: unknown[] = [];
    for await (const line of createInterface({ input: hub.stdout })) {
      lines.push(JSON.parse(line));
      if (lines.length === 3) break;
    }
    expect(lines).toMatchObject([{ type: 'migrating', migrations }, { type: 'migrated', migrations }, { type: 'ready' }]);
    hub.kill('SIGTERM');
    expect(await end(hub)).toMatchObject({ code: 0, stderr: '' });
  },
);
