/**
 * The hub's memory stays as it is under a mixed load: what is alive after a collection, and what is resident. A real process over a real Postgres, asked by its debugger.
 * A few rounds in every run of the tests; half an hour of them with HOLDFAST_SOAK=1 (`pnpm soak`).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';
import { WebSocket } from 'ws';

import { growthOf, type MemorySample } from './testing/memory-growth.ts';
import { startPostgres } from './testing/postgres-server.ts';
import { enrolDevice } from './testing/test-device.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const IS_SOAK = process.env['HOLDFAST_SOAK'] === '1';
const SOAK_MS = 30 * 60_000;
/** Of the short run: enough for several samples behind the warm-up. */
const ROUNDS = 96;
const SAMPLE_ROUNDS = IS_SOAK ? 500 : 12;
const GOODS = 40;
const AT_ONCE = 4;
const MEGABYTE = 1_048_576;
/** Over all rounds behind the warm-up. What is resident goes up and down by what the collector gives back. */
const MOST_GROWTH = { alive: 16 * MEGABYTE, resident: 64 * MEGABYTE };

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
  readonly rss: number;
}

/** Its debugger: collects, then says what is held. */
async function openDebugger(url: string): Promise<{ readonly memory: () => Promise<Memory>; readonly close: () => void }> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let number = 0;
  const ask = async <T>(method: string, params: object = {}): Promise<T> => {
    number += 1;
    const id = number;
    const answered = new Promise<T>((resolve) => {
      const hear = (data: Buffer): void => {
        const said = JSON.parse(data.toString()) as { readonly id?: number; readonly result: T };
        if (said.id !== id) return;
        socket.off('message', hear);
        resolve(said.result);
      };
      socket.on('message', hear);
    });
    socket.send(JSON.stringify({ id, method, params }));
    return answered;
  };
  return {
    memory: async () => {
      await ask('HeapProfiler.collectGarbage');
      const { result } = await ask<{ readonly result: { readonly value: Memory } }>('Runtime.evaluate', {
        expression: 'process.memoryUsage()',
        returnByValue: true,
      });
      return result.value;
    },
    close: () => socket.close(),
  };
}

async function debuggerUrlOf(hub: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: hub.stderr! })) {
    const url = /Debugger listening on (ws:\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error('the hub has no debugger');
}

interface Ready {
  readonly type: string;
  readonly url: string;
  readonly consoleToken: string;
  readonly enrolmentCode: string;
}

async function readyOf(hub: ChildProcess): Promise<Ready> {
  for await (const line of createInterface({ input: hub.stdout! })) {
    const said = JSON.parse(line) as Ready;
    if (said.type === 'ready') return said;
  }
  throw new Error('the hub ended before it was ready');
}

/** What consoles, programs and a lane ask in a shop's day; each round is answered whole. */
async function openLoad({ url, consoleToken, enrolmentCode }: Ready) {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${consoleToken}`, 'content-type': 'application/json', ...init.headers },
    });
  const heard = async (path: string, status = 200, init?: RequestInit): Promise<void> => {
    const response = await ask(path, init);
    expect([path, response.status, (await response.text()).length > 0]).toEqual([path, status, true]);
  };
  const skuOf = (index: number): string => `SOAK-${index % GOODS}`;
  const product = (index: number, name: string): RequestInit => ({
    method: 'PUT',
    body: JSON.stringify({
      fields: { name, taxClass: 'standard', unit: 'piece' },
      codes: [`K-${skuOf(index)}`],
      price: { amount: '1.19', currency: 'EUR' },
    }),
  });
  for (let index = 0; index < GOODS; index += 1) await heard(`/api/v1/product/${skuOf(index)}`, 200, product(index, `Soap ${index}`));
  const watching = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, { headers: { authorization: `Bearer ${consoleToken}` } });
  await once(watching, 'open');
  const device = await enrolDevice({ url, enrolmentCode, json: async <T>(path: string) => (await (await ask(path)).json()) as T });
  let sent = 0;
  const sell = async (index: number): Promise<void> => {
    device.sell([{ sku: skuOf(index), quantity: 1, amountMinor: 119 }]);
    await device.send(sent + 1);
    sent = device.entries.length;
  };
  return {
    round: async (index: number): Promise<void> => {
      // A lane's entries come one behind the other.
      if (index % AT_ONCE === 0) await sell(index);
      await heard(`/api/v1/product/${skuOf(index)}`);
      await heard(`/api/v1/product/${skuOf(index)}`, 200, product(index, `Soap ${index}`));
      await heard(`/api/v1/product?q=soap%20${index % GOODS}`);
      await heard('/api/v1/sales');
      await heard('/api/v1/overview');
      await heard(`/api/v1/nothing-${index}`, 404);
    },
    close: () => watching.close(),
  };
}

test('what the hub holds does not grow with what it has answered', { timeout: IS_SOAK ? SOAK_MS + 600_000 : 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-hub-memory-'));
  const postgres = await startPostgres();
  const hub = spawn(process.execPath, ['--inspect=127.0.0.1:0', MAIN, '--data', folder, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DATABASE_URL: postgres.url },
  });
  try {
    const [debuggerUrl, ready] = await Promise.all([debuggerUrlOf(hub), readyOf(hub)]);
    // Nobody reads on: what it says further must not fill the pipes.
    hub.stderr.resume();
    hub.stdout.resume();
    const inspector = await openDebugger(debuggerUrl);
    const load = await openLoad(ready);
    const [alive, resident]: [MemorySample[], MemorySample[]] = [[], []];
    const endMs = performance.now() + SOAK_MS;
    const goesOn = (rounds: number): boolean => (IS_SOAK ? performance.now() < endMs : rounds < ROUNDS);
    let rounds = 0;
    while (goesOn(rounds)) {
      // A machine that is busy with other work ends in time, too.
      for (const sampleAt = rounds + SAMPLE_ROUNDS; rounds < sampleAt && goesOn(rounds); rounds += AT_ONCE)
        await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => load.round(rounds + index)));
      const { heapUsed, external, rss } = await inspector.memory();
      alive.push({ rounds, bytes: heapUsed + external });
      resident.push({ rounds, bytes: rss });
    }
    load.close();
    inspector.close();
    const grown = { alive: growthOf(alive), resident: growthOf(resident) };
    if (IS_SOAK)
      process.stdout.write(
        `hub: ${rounds} rounds; alive ${Math.round((alive.at(-1)?.bytes ?? 0) / MEGABYTE)} MB, grown by ${(grown.alive / MEGABYTE).toFixed(1)}; resident ${Math.round((resident.at(-1)?.bytes ?? 0) / MEGABYTE)} MB, grown by ${(grown.resident / MEGABYTE).toFixed(1)}\n`,
      );
    expect(grown.alive).toBeLessThan(MOST_GROWTH.alive);
    expect(grown.resident).toBeLessThan(MOST_GROWTH.resident);
  } finally {
    hub.kill('SIGKILL');
    await once(hub, 'exit');
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
