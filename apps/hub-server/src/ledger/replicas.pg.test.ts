/** Several hubs over one Postgres: each entry counts once, numbers have no gaps, and no reader at any cursor skips a row. */
import { once } from 'node:events';

import { PATHS } from '@holdfast/sync';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

import { openPostgres } from '../db/postgres.ts';
import { watch } from '../testing/live-watcher.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import type { Verification } from './verify.ts';

vi.setConfig({ testTimeout: 120_000 });

let server: PostgresServer;
let hubs: readonly TestHub[];
const open = () =>
  openPostgres(server.url, (error) => {
    throw error;
  });

beforeAll(async () => {
  server = await startPostgres();
  hubs = [await startTestHub(open()), await startTestHub(open()), await startTestHub(open())];
});
afterAll(async () => {
  for (const hub of hubs) await hub.close();
  await server.stop();
});

const hubAt = (index: number): TestHub => {
  const hub = hubs[index % hubs.length];
  if (hub === undefined) throw new Error('hubs run');
  return hub;
};

/** Reads on from its cursor until told to end, a few rows at a time; gives all that it saw. */
async function follow(hub: TestHub, limit: number, isOver: () => boolean): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let isLast = false; !isLast;) {
    isLast = isOver();
    for (let page = limit; page === limit;) {
      const rows = await hub.database.rows<{ entry_no: number }>(
        'SELECT entry_no FROM ledger_entry WHERE entry_no > $1 ORDER BY entry_no LIMIT $2',
        [seen.at(-1) ?? 0, limit],
      );
      seen.push(...rows.map((row) => row.entry_no));
      page = rows.length;
    }
  }
  return seen;
}

test('U-20: batches through every replica at once count once; numbers are gap-free, and readers at any cursor see each', async () => {
  const devices: TestDevice[] = [];
  for (let lane = 0; lane < 9; lane += 1) devices.push(await enrolNextDevice(hubAt(0)));
  const sales = 40;
  for (const device of devices) {
    for (let i = 0; i < sales; i += 1) device.sell([{ sku: 'everywhere', quantity: 1, amountMinor: 100 }]);
  }
  let isOver = false;
  const readers = [1, 7, 1_000].map(async (limit, index) => follow(hubAt(index), limit, () => isOver));
  const sendAll = async (device: TestDevice, lane: number): Promise<void> => {
    for (let to = 2; to <= sales; to += 2) {
      // To one replica, and what a lost answer makes of it, to another.
      const at = [lane + to, lane + to + 1].map((index) => ({
        ...device,
        post: async (frame: Uint8Array) => postTo(hubAt(index), device, frame),
      }));
      const answers = await Promise.all(at.map(async (copy) => copy.post(device.frame(to - 1, to))));
      expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    }
  };
  await Promise.all(devices.map(sendAll));
  for (const hub of hubs) await hub.json('/api/v1/set-aside');
  isOver = true;
  const numbers = Array.from({ length: devices.length * sales }, (_, index) => index + 1);
  for (const seen of await Promise.all(readers)) expect(seen).toEqual(numbers);
  const report = await hubAt(1).json<Verification>('/api/v1/verify');
  expect(report).toMatchObject({ projectionsEqualLedger: true, problems: [], totals: { sales: devices.length * sales } });
  const [stock] = await hubAt(2).database.rows<{ on_hand: string }>("SELECT on_hand::text FROM stock WHERE sku = 'everywhere'");
  expect(stock?.on_hand).toBe(String(-devices.length * sales));
  // Of each device the numbers follow its ledger.
  const disordered = await hubAt(0).database.rows(
    'SELECT 1 FROM (SELECT seq, lag(seq) OVER (PARTITION BY device, epoch ORDER BY entry_no) AS before FROM ledger_entry) AS e WHERE seq <> coalesce(before, 0) + 1',
  );
  expect(disordered).toEqual([]);
});

async function postTo(hub: TestHub, device: TestDevice, frame: Uint8Array): Promise<Response> {
  return fetch(`${hub.url}/sync/v1/ledger`, {
    method: 'POST',
    headers: { 'holdfast-protocol': '1', authorization: `Bearer ${device.enrolled.token}` },
    body: Buffer.from(frame),
  });
}

test('what one replica received and did not fold is folded by another when it is gone', async () => {
  const device = await enrolNextDevice(hubAt(0));
  device.sell([{ sku: 'orphan', quantity: 3, amountMinor: 300 }]);
  const dying = await startTestHub(open());
  // The sequence is held by nobody's hub: what the dying one receives stays received.
  const holder = open();
  await holder.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM ledger_sequence WHERE id = 1 FOR UPDATE');
    expect((await postTo(dying, device, device.frame())).status).toBe(200);
    await dying.close();
    expect(await tx.rows('SELECT 1 FROM ledger_run WHERE device = $1', [device.enrolled.device])).toHaveLength(1);
  });
  await holder.close();
  await expect
    .poll(async () => hubAt(0).database.rows("SELECT on_hand::text FROM stock WHERE sku = 'orphan'"), { timeout: 30_000 })
    .toEqual([{ on_hand: '-3' }]);
});

test('a fold waits for no batch of the same device that is under way', async () => {
  const device = await enrolNextDevice(hubAt(0));
  device.sell([{ sku: 'beside', quantity: 2, amountMinor: 200 }]);
  const [holder, intake] = [open(), open()];
  await intake.transaction(async (underWay) => {
    await holder.transaction(async (tx) => {
      await tx.rows('SELECT 1 FROM ledger_sequence WHERE id = 1 FOR UPDATE');
      await device.send();
      await underWay.rows('SELECT 1 FROM device WHERE device = $1 FOR NO KEY UPDATE', [device.enrolled.device]);
    });
    await expect
      .poll(async () => hubAt(0).database.rows("SELECT on_hand::text FROM stock WHERE sku = 'beside'"), { timeout: 60_000 })
      .toEqual([{ on_hand: '-2' }]);
  });
  for (const database of [holder, intake]) await database.close();
  expect(await device.send()).toMatchObject({ setAside: 0, received: { [device.epoch]: 1 } });
});

test('a publication on one replica reaches the watchers of another', async () => {
  const live = await watch(hubAt(1));
  const published = (await (
    await hubAt(0).post('/api/v1/publications', { cells: [{ type: 'department', key: 'Tea', scope: 'global', fields: { position: 1 } }] })
  ).json()) as { lsn: number };
  await expect
    .poll(() => live.heard, { timeout: 30_000 })
    .toContainEqual(expect.objectContaining({ event: 'publication', data: { lsn: published.lsn } }));
  live.socket.close();
});

test('a device that headquarters revokes, or has erased, at one replica is told of by another, on whose line it can be called', async () => {
  const [sibling, stolen, replaced] = [await enrolNextDevice(hubAt(0)), await enrolNextDevice(hubAt(0)), await enrolNextDevice(hubAt(0))];
  const line = new WebSocket(`${hubAt(1).url.replace('http', 'ws')}${PATHS.poke}`, {
    headers: { authorization: `Bearer ${sibling.enrolled.token}` },
  });
  let calls = 0;
  line.on('message', () => {
    calls += 1;
  });
  await once(line, 'open');
  for (const [heard, change] of [
    `/api/v1/devices/${stolen.enrolled.device}/revoke`,
    `/api/v1/devices/${replaced.enrolled.device}/wipe`,
  ].entries()) {
    expect((await hubAt(0).post(change, { reason: 'stolen' })).status).toBe(200);
    await expect.poll(() => calls, { timeout: 30_000 }).toBe(heard + 1);
  }
  line.close();
});

test('S-9: an order to erase itself stands at once, also while something long is published', async () => {
  const { device } = (await enrolNextDevice(hubAt(0))).enrolled;
  const isOrdered = async (): Promise<unknown> =>
    (await hubAt(2).database.rows('SELECT wipe_ordered_at_ms > 0 AS "is" FROM device WHERE device = $1', [device]))[0];
  const ordering = await hubAt(1).database.transaction(async (tx) => {
    // As who imports holds it until all is written.
    await tx.rows('SELECT 1 FROM tenant FOR UPDATE');
    const answer = hubAt(0).post(`/api/v1/devices/${device}/wipe`, {});
    await expect.poll(isOrdered, { timeout: 30_000 }).toEqual({ is: true });
    return { answer };
  });
  expect((await ordering.answer).status).toBe(200);
});

test('U-21: while something that was received is not folded, no balance is told; patience is asked', async () => {
  const impatient = await startTestHub(open(), { foldPatienceMs: 100 });
  const device = await enrolNextDevice(impatient);
  const fields = {
    businessDate: '2026-11-21',
    shift: 1,
    drawer: 'A',
    operator: 'op-1',
    training: false,
    account: 'giftCard',
    currency: 'EUR',
  };
  device.append(11, { ...fields, reference: 'LATE', amountMinor: 5_000, reason: 'goodwill' });
  const ask = async (): Promise<Response> =>
    device.request('/sync/v1/balance', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account: 'giftCard', reference: 'LATE', currency: 'EUR', neededMinor: 5_000 }),
    });
  const holder = open();
  await holder.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM ledger_sequence WHERE id = 1 FOR UPDATE');
    await device.send();
    const answer = await ask();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
  await holder.close();
  await expect.poll(async () => (await ask()).json()).toMatchObject({ availableMinor: 5_000 });
  await impatient.close();
});
