/** The demo as a good guest: it starts where it can, keeps what was sold, and leaves nothing running behind, however it ends. */
import { createServer, type Server } from 'node:net';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { isAlive } from '../src/launchers.ts';
import { accessTill } from '../src/till-access.ts';
import { GOODS } from './goods.ts';
import { askHub, holdfast, nothingRuns, processesOn, scratchFolder, signalAll, startDemo, type DemoProcess } from './processes.ts';

let folder: Awaited<ReturnType<typeof scratchFolder>>;

beforeAll(async () => {
  folder = await scratchFolder('demo');
});

afterAll(async () => {
  signalAll(processesOn(folder.path), 'SIGKILL');
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

const portsOf = ({ hub, lanes }: DemoProcess['ready']): readonly number[] =>
  [hub.url, ...lanes.flatMap((lane) => [lane.url, lane.forwarderUrl])].map((url) => Number(new URL(url).port));

/** One folder from its first start to its last: each start finds what the one before it left, however that ended. */
describe('demo', () => {
  let ports: readonly number[] = [];
  const sold = async (demo: DemoProcess, sales: number): Promise<void> => {
    await expect.poll(() => salesAtHub(demo)).toBe(sales);
  };

  test('one line of JSON says all; a second one on the same folder names the first and leaves it alone; SIGTERM leaves nothing running', async () => {
    const demo = await startDemo(folder.path);
    const { ready } = demo;
    expect(ready).toMatchObject({ type: 'ready', pid: demo.child.pid, data: folder.path, store: { store: '1' } });
    expect(ready.lanes.map(({ lane }) => lane)).toEqual([1, 2]);
    for (const url of [ready.hub.url, ready.hub.consoleUrl, ...ready.lanes.flatMap((lane) => [lane.url, lane.forwarderUrl])]) {
      expect(url).toMatch(/^http:\/\/localhost:\d+/);
    }
    ports = portsOf(ready);
    await sellOne(ready.lanes[0]!.data);
    const second = await holdfast('demo', '--data', folder.path, '--json', '--fresh');
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain(`process ${ready.pid}`);
    expect(isAlive(ready.hub.pid) && ready.lanes.every(({ pid }) => isAlive(pid))).toBe(true);
    expect(await end(demo)).toBe(0);
  });

  test('the data and the ports stay; it is told to stop from another terminal', async () => {
    const demo = await startDemo(folder.path);
    await sold(demo, 1);
    expect(portsOf(demo.ready)).toEqual(ports);
    await sellOne(demo.ready.lanes[1]!.data);
    await sold(demo, 2);
    expect((await holdfast('demo', 'stop', '--data', folder.path)).code).toBe(0);
    expect(await demo.ended).toBe(0);
    await nothingRuns(folder.path);
  });

  test('a port in use gets another one, and the lanes find their hub again', async () => {
    for (const port of ports) await occupy(port);
    const demo = await startDemo(folder.path);
    expect(portsOf(demo.ready).filter((port) => ports.includes(port))).toEqual([]);
    await sellOne(demo.ready.lanes[0]!.data);
    await sold(demo, 3);
    expect(await end(demo, 'SIGINT')).toBe(0);
  });

  test('killed outright, it takes all of its parts along', async () => {
    const demo = await startDemo(folder.path);
    await sellOne(demo.ready.lanes[0]!.data);
    // A killed process has no code.
    expect(await end(demo, 'SIGKILL')).toBeNull();
  });

  test('it starts again on the same data, and the end of whoever started it ends it', async () => {
    const demo = await startDemo(folder.path, [], ['/bin/sh', '-c', '"$@" & wait', 'sh']);
    expect(demo.ready.pid).not.toBe(demo.child.pid);
    await sold(demo, 4);
    demo.child.kill('SIGKILL');
    await nothingRuns(folder.path);
  });

  test('stopped while it starts, it leaves nothing running either', async () => {
    const starting = startDemo(folder.path).catch((error: unknown) => error);
    await expect.poll(() => processesOn(folder.path).length, { interval: 10 }).toBeGreaterThan(1);
    signalAll(processesOn(folder.path), 'SIGTERM');
    expect(await starting).toBeInstanceOf(Error);
    await nothingRuns(folder.path);
  });

  test('a fresh one begins with nothing', async () => {
    const demo = await startDemo(folder.path, ['--fresh']);
    expect(await salesAtHub(demo)).toBe(0);
    expect(await end(demo, 'SIGHUP')).toBe(0);
  });
});
