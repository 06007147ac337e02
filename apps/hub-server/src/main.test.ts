import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from 'vitest';

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
    expect(firstReady.consoleUrl).toBe(`${firstReady.url}/?token=${firstReady.consoleToken}`);
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

test('a wrong command line ends with 2 and names every wrong value', async () => {
  const { code, stderr } = await end(start('--port', '99999'));
  expect(code).toBe(2);
  expect(stderr).toContain('--data is needed');
  expect(stderr).toContain('--port is a number');
});
