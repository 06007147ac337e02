/** Two lanes of a store whose hub is dead: they have each other, over mutual TLS. Programs sell over the windows' own sockets. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { assert } from '@holdfast/base';
import { gtinKey, priceKey } from '@holdfast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, startTill, type HubReady, type RunningApp, type TillReady } from '../src/app-process.ts';
import { createHubApi, type HubApi } from '../src/hub-api.ts';
import { accessTill, type TillConnection, type TillReply } from '../src/till-access.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { freePort } from './store-machines.ts';

const MILK = '4006381333931';
const TIMEOUT_MS = 180_000;

interface Lane {
  readonly data: string;
  app: RunningApp<TillReady>;
  window: TillConnection;
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let hub: RunningApp<HubReady>;
let api: HubApi;
const lanes: Lane[] = [];

async function openLane(number: number, args: readonly string[]): Promise<Lane> {
  const data = join(folder.path, `lane-${number}`);
  const app = await startTill(['--data', data, '--port', '0', ...args], { logFile: join(folder.path, `lane-${number}.log`) });
  return { data, app, window: await (await accessTill(data)).connect() };
}

beforeAll(async () => {
  folder = await scratchFolder('store-lan');
  hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  await api.publish([
    { type: 'item', key: 'MILK', scope: 'global', fields: { name: 'Milk 1 l', unit: 'piece', taxClass: 'reduced' } },
    { type: 'code', key: gtinKey(MILK), scope: 'global', fields: { sku: 'MILK' } },
    { type: 'price', key: priceKey('MILK', 'regular'), scope: 'global', fields: { amount: 119, decimals: 2, currency: 'EUR' } },
  ]);
  const port = await freePort();
  for (const number of [1, 2]) {
    const { code } = await api.mintEnrolmentCode({ store: '1' });
    const lan = number === 1 ? ['--lan', String(port)] : ['--lan', '0', '--neighbour', `127.0.0.1:${port}`];
    lanes.push(await openLane(number, ['--hub', hub.ready.url, '--enrol', code, ...lan]));
  }
}, TIMEOUT_MS);

afterAll(async () => {
  for (const { window } of lanes) window.close();
  for (const { app } of lanes) await app.stop();
  await hub.stop();
  await nothingRuns(folder.path);
  await folder.remove();
}, TIMEOUT_MS);

const laneAt = (index: number): Lane => {
  const lane = lanes[index];
  assert(lane !== undefined, `lane ${index}`);
  return lane;
};

const take = async (lane: Lane, body: Readonly<Record<string, unknown>>): Promise<Extract<TillReply, { type: 'reply' }>['value']> => {
  const reply = await lane.window.request(body);
  assert(reply.type === 'reply', `${String(body['type'])} is answered: ${JSON.stringify(reply)}`);
  return reply.value;
};

/** Until it holds; a lane that never gets there is told with what it said last. */
async function until<T>(what: string, look: () => Promise<T>, isWanted: (seen: T) => boolean): Promise<T> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (isWanted(seen)) return seen;
    assert(performance.now() < endMs, `${what}: ${JSON.stringify(seen)}`);
    await delay(100);
  }
}

interface Suspended {
  readonly basketId: string;
  readonly totalMinor: number;
  readonly elsewhere?: string;
}

const suspendedAt = async (lane: Lane): Promise<readonly Suspended[]> =>
  ((await take(lane, { type: 'suspended' }))['suspended'] ?? []) as readonly Suspended[];
const stateOf = async (lane: Lane) => {
  const { state } = await take(lane, { type: 'open', version: 1 });
  assert(state !== undefined, 'a state');
  return state;
};
const linesOf = async (lane: Lane): Promise<number> => (await stateOf(lane)).lines.length;
const sell = async (lane: Lane, pieces = 1): Promise<string> => {
  await take(lane, { type: 'scan', code: MILK, quantity: pieces });
  const { completed } = await take(lane, { type: 'payCash', amountMinor: 10_000 });
  assert(completed !== undefined, 'a sale');
  return completed.receiptNumber;
};

test(
  'a basket goes from lane to lane, and goods of a neighbour come back, with the hub dead; both ledgers are the hub’s when it is back',
  async () => {
    const [first, second] = [laneAt(0), laneAt(1)];
    for (const lane of [first, second])
      await until(
        'the catalogue',
        async () => (await stateOf(lane)).status.items,
        (items) => items === 1,
      );
    await take(first, { type: 'scan', code: MILK });
    await take(first, { type: 'suspend' });
    // The first time they meet takes a certificate each, and a greeting.
    await until(
      'the first basket',
      async () => suspendedAt(second),
      (list) => list.length === 1,
    );
    await hub.kill();

    // Sold on the first lane, and brought back to the second.
    const receiptNumber = await sell(first, 3);
    const returnable = async (): Promise<TillReply> => second.window.request({ type: 'returnable', receiptNumber });
    await until('the neighbour’s sale', returnable, ({ type }) => type === 'reply');
    await take(second, { type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 2 }] });
    await take(second, { type: 'refund' });
    // The lane that sold gave the right away; once it knows what came back, it gives the rest only.
    const left = async (): Promise<number | undefined> => {
      const reply = await first.window.request({ type: 'returnable', receiptNumber });
      const lines = reply.type === 'reply' ? (reply.value['returnable'] as { lines: readonly { left: { value: number } }[] }).lines : [];
      return lines[0]?.left.value;
    };
    await until('the return', left, (pieces) => pieces === 1);

    // Handed over: it is gone where it was set aside.
    const [basket] = await suspendedAt(second);
    assert(basket?.elsewhere !== undefined, 'a basket of the other lane');
    await take(second, { type: 'resume', basketId: basket.basketId });
    expect(await linesOf(second)).toBe(1);
    expect(await suspendedAt(first)).toEqual([]);
    await take(second, { type: 'payCash', amountMinor: 119 });

    // Its lane is dead: taken over after a warning.
    await take(first, { type: 'scan', code: MILK, quantity: 2 });
    await take(first, { type: 'suspend' });
    const [aside] = await until(
      'the second basket',
      async () => suspendedAt(second),
      (list) => list.length === 1,
    );
    assert(aside !== undefined, 'a basket');
    first.window.close();
    await first.app.kill();
    const asked = await until(
      'the warning',
      async () => second.window.request({ type: 'resume', basketId: aside.basketId }),
      (reply) => reply.type === 'refused' && reply.refusal.type === 'basketElsewhere',
    );
    expect(asked.type).toBe('refused');
    // Nor can anybody say any more what came back of its sale: what its copy tells comes back unverified.
    expect(await take(second, { type: 'returnable', receiptNumber })).toMatchObject({
      returnable: { unverified: true, lines: [{ left: { value: 1 } }] },
    });
    await take(second, { type: 'resume', basketId: aside.basketId, alone: true });
    await take(second, { type: 'payCash', amountMinor: 238 });

    // The first lane stays dead: what it sold goes up with its neighbour's.
    hub = await startHub(['--data', join(folder.path, 'hub'), '--port', new URL(hub.ready.url).port], {
      logFile: join(folder.path, 'hub.log'),
    });
    api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const sold = async (): Promise<number> => (await api.sold('1')).reduce((sum, row) => sum + row.quantity, 0);
    // 3 − 2 + 1 + 2, of which the first lane sold 3.
    await until('all that was sold', sold, (pieces) => pieces === 4);

    // Back again it finds that its basket was sold elsewhere.
    lanes[0] = await openLane(1, []);
    await until(
      'its own list',
      async () => suspendedAt(laneAt(0)),
      (list) => list.length === 0,
    );
    await until(
      'nothing waits',
      async () => (await stateOf(laneAt(0))).status.waitingEntries,
      (entries) => entries === 0,
    );
    expect(await sold()).toBe(4);
  },
  TIMEOUT_MS,
);
