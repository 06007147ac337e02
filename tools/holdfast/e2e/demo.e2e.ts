/** The demo as a good guest: it starts where it can, keeps what was sold, and leaves nothing running behind, however it ends. */
import { createServer, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { isAlive } from '../src/launchers.ts';
import { accessTill } from '../src/till-access.ts';
import { GOODS } from './goods.ts';
import { askHub, holdfast, nothingRuns, processesOn, scratchFolder, startDemo, type DemoProcess } from './processes.ts';

let folder: Awaited<ReturnType<typeof scratchFolder>>;

beforeEach(async () => {
  folder = await scratchFolder('demo');
});

afterEach(async () => {
  for (const pid of processesOn(folder.path)) process.kill(pid, 'SIGKILL');
  await nothingRuns(folder.path);
  await folder.remove();
});

async function end(demo: DemoProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  demo.child.kill(signal);
  const code = await demo.ended;
  await nothingRuns(folder.path);
  return code;
}

/** One sale on a lane, over its window's own contract; what it came to. */
async function sellOne(data: string): Promise<number> {
  const till = await (await accessTill(data)).connect();
  const { gtin, priceMinor } = GOODS[0]!;
  expect((await till.request({ type: 'scan', code: gtin })).type).toBe('reply');
  const paid = await till.request({ type: 'payCash', amountMinor: priceMinor });
  till.close();
  expect(paid).toMatchObject({ type: 'reply', value: { completed: { totalMinor: priceMinor, changeMinor: 0 } } });
  return priceMinor;
}

const salesAtHub = async ({ ready }: DemoProcess): Promise<number> =>
  (await askHub<{ totals: { sales: number } }>(ready, '/api/v1/verify')).totals.sales;

/** Holds a port as another program would. */
async function occupy(port: number): Promise<void> {
  const servers: Server[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((resolve) => {
      server.once('error', () => resolve());
      server.listen(port, host, () => resolve());
    });
  }
  onTestFinished(() => {
    for (const server of servers) server.close();
  });
}

describe('demo', () => {
  test('one line of JSON says all; SIGTERM leaves nothing running, and the data stays', async () => {
    const first = await startDemo(folder.path);
    const { ready } = first;
    expect(ready).toMatchObject({ type: 'ready', pid: first.child.pid, data: folder.path, store: { store: '1' } });
    expect(ready.lanes.map(({ lane }) => lane)).toEqual([1, 2]);
    for (const url of [ready.hub.url, ready.hub.consoleUrl, ...ready.lanes.flatMap((lane) => [lane.url, lane.forwarderUrl])]) {
      expect(url).toMatch(/^http:\/\/localhost:\d+/);
    }
    expect(isAlive(ready.hub.pid) && ready.lanes.every(({ pid }) => isAlive(pid))).toBe(true);
    await sellOne(ready.lanes[0]!.data);
    expect(await end(first)).toBe(0);

    const second = await startDemo(folder.path);
    await expect.poll(() => salesAtHub(second), { timeout: 30_000 }).toBe(1);
    expect(second.ready.lanes.map(({ url }) => new URL(url).port)).toEqual(ready.lanes.map(({ url }) => new URL(url).port));
    await sellOne(second.ready.lanes[1]!.data);
    await expect.poll(() => salesAtHub(second), { timeout: 30_000 }).toBe(2);
    expect(await end(second, 'SIGINT')).toBe(0);

    const fresh = await startDemo(folder.path, ['--fresh']);
    expect(await salesAtHub(fresh)).toBe(0);
    expect(await end(fresh, 'SIGHUP')).toBe(0);
  });

  test('killed outright, it takes all of its parts along, and starts again on the same data', async () => {
    const first = await startDemo(folder.path);
    await sellOne(first.ready.lanes[0]!.data);
    await end(first, 'SIGKILL');
    const second = await startDemo(folder.path);
    await expect.poll(() => salesAtHub(second), { timeout: 30_000 }).toBe(1);
    expect(await end(second)).toBe(0);
  });

  test('the end of whoever started it ends it', async () => {
    const demo = await startDemo(folder.path, [], ['/bin/sh', '-c', '"$@" & wait', 'sh']);
    expect(demo.ready.pid).not.toBe(demo.child.pid);
    demo.child.kill('SIGKILL');
    await nothingRuns(folder.path);
  });

  test('stopped while it starts, it leaves nothing running either', async () => {
    const starting = startDemo(folder.path).catch((error: unknown) => error);
    await expect.poll(() => processesOn(folder.path).length, { timeout: 30_000, interval: 10 }).toBeGreaterThan(1);
    for (const pid of processesOn(folder.path)) process.kill(pid, 'SIGTERM');
    expect(await starting).toBeInstanceOf(Error);
    await nothingRuns(folder.path);
  });

  test('a port in use gets another one, and the lanes find their hub again', async () => {
    const first = await startDemo(folder.path);
    const portOf = (url: string): number => Number(new URL(url).port);
    const ports = [first.ready.hub.url, ...first.ready.lanes.flatMap((lane) => [lane.url, lane.forwarderUrl])].map(portOf);
    await end(first);
    for (const port of ports) await occupy(port);
    const second = await startDemo(folder.path);
    const again = [second.ready.hub.url, ...second.ready.lanes.flatMap((lane) => [lane.url, lane.forwarderUrl])].map(portOf);
    expect(again.filter((port) => ports.includes(port))).toEqual([]);
    await sellOne(second.ready.lanes[0]!.data);
    await expect.poll(() => salesAtHub(second), { timeout: 30_000 }).toBe(1);
    expect(await end(second)).toBe(0);
  });

  test('a second one on the same folder names the first and leaves it alone', async () => {
    const demo = await startDemo(folder.path);
    const second = await holdfast('demo', '--data', folder.path, '--json', '--fresh');
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`process ${demo.ready.pid}`);
    expect(isAlive(demo.ready.hub.pid)).toBe(true);
    const stopped = await holdfast('demo', 'stop', '--data', folder.path);
    expect(stopped.code).toBe(0);
    expect(await demo.ended).toBe(0);
    await nothingRuns(folder.path);
  });
});
