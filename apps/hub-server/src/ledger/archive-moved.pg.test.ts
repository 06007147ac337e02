/** A hub that holds an archive (SPEC: A-6), moved, backed up, restored and set back to before it had one: nothing is lost by any of these, and nothing is there twice. */
import { systemClock } from '@holdfast/base/node';
import { noShift, shiftCloseEntry } from '@holdfast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Database } from '../db/database.ts';
import { moveDatabase } from '../db/move.ts';
import { openPostgres } from '../db/postgres.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { createOwnedDatabase, startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { enrolDevice, enrolNextDevice, type TestDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(async () => postgres.stop());

const open = async (name: string): Promise<Database> => openPostgres(await createOwnedDatabase(postgres, name), () => undefined);
const copy = async (from: Database, to: Database): Promise<void> =>
  expect(await moveDatabase({ from, to, beforeCommit: async () => undefined, onTable: () => undefined })).toMatchObject({ ok: true });

const JANUARY_MS = Date.parse('2026-01-20T10:00:00Z');
const JULY_MS = Date.parse('2026-07-02T10:00:00Z');
const DECEMBER_MS = Date.parse('2026-12-02T10:00:00Z');
const KEPT_DAYS = 92;
const HEADER = { businessDate: '2026-11-21', shift: 1, drawer: 'A', operator: 'op-1', training: false };
/** With the end of its shift: more than one run. */
const SHIFT_SALES = 510;
const SHIFT = SHIFT_SALES + 1;

/** One company over the years: whichever hub stands at its address, and the lane that asks it. */
interface World {
  readonly hub: TestHub;
  readonly lane: TestDevice;
  /** At that moment the hub before is gone, and one stands over this database. `archives`: what is old enough by then was put away. */
  readonly stand: (database: Database, atMs: number, archives?: 'archives') => Promise<void>;
}

async function createWorld(database: Database): Promise<World> {
  let nowMs = JANUARY_MS;
  const clock = { ...systemClock, nowMs: () => nowMs };
  let standing = await startTestHub(database, { clock });
  const hub: TestHub = { ...standing };
  const stand: World['stand'] = async (next, atMs, archives) => {
    await standing.stop();
    nowMs = atMs;
    // A hub archives when it starts, and waits for that before it ends.
    if (archives === 'archives') await (await startTestHub(next, { clock, archiveAfterDays: KEPT_DAYS })).stop();
    standing = await startTestHub(next, { clock });
    Object.assign(hub, standing);
  };
  return { hub, lane: await enrolDevice(hub), stand };
}

/** A shift's sales and its end. */
async function workShift({ hub, lane }: World, shift: number): Promise<void> {
  const from = lane.entries.length + 1;
  for (let i = 0; i < SHIFT_SALES; i += 1) lane.sell([{ sku: 'MILK', quantity: 1, amountMinor: 100 + (i % 7) }], { shift });
  const sums = { sums: noShift('EUR'), countedMinor: 0, perpetualMinor: 0, reason: 'counted' } as const;
  const { kind, fields } = shiftCloseEntry({ ...HEADER, shift }, sums);
  lane.append(kind, fields);
  await lane.send(from);
  await hub.json('/api/v1/verify');
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly address: string;
  readonly signature: string;
}

const runsOf = async ({ hub, lane }: World): Promise<readonly Run[]> =>
  hub.database.transaction(
    async (tx) =>
      tx.rows<Run>(
        `SELECT from_seq AS "from", to_seq AS "to", encode(address, 'hex') AS address, encode(signature, 'hex') AS signature FROM ledger_archive
         WHERE device = $1 ORDER BY from_seq`,
        [lane.enrolled.device],
      ),
    { seesAll: true },
  );
const placesOf = (runs: readonly Run[]) => runs.map(({ from, to }) => [from, to]);

/** Everything of the lane is held once, chained to its signed head; folds say what the ledger says. */
async function expectWhole({ hub, lane }: World, sales: number): Promise<void> {
  await lane.probe();
  const verified = await hub.json<{ readonly devices: readonly { readonly device: string }[] }>('/api/v1/verify');
  expect(verified).toMatchObject({ totals: { sales }, projectionsEqualLedger: true, problems: [] });
  expect(verified.devices.find(({ device }) => device === lane.enrolled.device)).toMatchObject({
    branches: 0,
    epochs: [{ seq: lane.entries.length, sales, chainWhole: true, headSigned: true, gaps: [] }],
  });
  expect(await hub.json(`/api/v1/devices/${lane.enrolled.device}/proof`)).toMatchObject({ problems: [] });
}

test(
  'A-6: moved from its folder to Postgres, the archive is the same there, byte for byte, and the hub goes on archiving behind it',
  { timeout: 300_000 },
  async () => {
    const folder = await openMemoryDatabase();
    const world = await createWorld(folder);
    const { hub, lane, stand } = world;
    await workShift(world, 1);
    const [checkpoint] = (await hub.json<{ checkpoints: readonly object[] }>('/api/v1/checkpoints')).checkpoints;
    await stand(folder, JULY_MS);
    await workShift(world, 2);
    await stand(folder, JULY_MS, 'archives');
    const before = await runsOf(world);
    expect(placesOf(before)).toEqual([
      [1, 500],
      [501, SHIFT],
    ]);

    const moved = await open('moved');
    await copy(folder, moved);
    await stand(moved, JULY_MS);
    expect(await runsOf(world)).toEqual(before);
    await expectWhole(world, 2 * SHIFT_SALES);
    // What was signed before there was an archive, or by the hub that was moved, is still held.
    const check = await hub.post('/api/v1/checkpoints/check', checkpoint);
    expect(await check.json()).toEqual({ signed: true, heads: 1, lost: [] });
    expect(await lane.send(1, 700)).toMatchObject({ received: { [lane.epoch]: 2 * SHIFT } });
    const other = await enrolNextDevice(hub);
    expect(await other.askReturn({ receiptNumber: '1-abcd-000300', take: true })).toMatchObject({
      granted: true,
      sale: { entry: Buffer.from(lane.entries[299]?.canonical ?? []).toString('base64') },
    });

    await stand(moved, DECEMBER_MS, 'archives');
    const after = await runsOf(world);
    expect(after.slice(0, 2)).toEqual(before);
    // An epoch's last entry stays where it is.
    expect(placesOf(after.slice(2))).toEqual([
      [SHIFT + 1, SHIFT + 500],
      [SHIFT + 501, 2 * SHIFT - 1],
    ]);
    await expectWhole(world, 2 * SHIFT_SALES);
    await hub.close();
    await folder.close();
  },
);

test(
  'A-6, O-11: restored from a backup that holds an archive, with more of it and later sales lost: all of it comes again, once, and is put away again',
  { timeout: 300_000 },
  async () => {
    const lost = await open('lost_later');
    const world = await createWorld(lost);
    const { hub, lane, stand } = world;
    await workShift(world, 1);
    await stand(lost, JULY_MS);
    await workShift(world, 2);
    await stand(lost, JULY_MS, 'archives');
    const backup = await openMemoryDatabase();
    await copy(lost, backup);

    await publishArticle(hub);
    await stand(lost, DECEMBER_MS);
    await workShift(world, 3);
    await stand(lost, DECEMBER_MS, 'archives');
    const all = await runsOf(world);
    expect(all).toHaveLength(4);
    const checkpoints = (await hub.json<{ checkpoints: readonly object[] }>('/api/v1/checkpoints')).checkpoints;
    const known = await lane.manifest();

    const restored = await open('restored_later');
    await copy(backup, restored);
    await stand(restored, DECEMBER_MS);
    expect(await runsOf(world)).toEqual(all.slice(0, 2));
    // By its own signature, wherever somebody kept it, it is seen to have been cut short.
    const cut = await hub.post('/api/v1/checkpoints/check', checkpoints[0]);
    expect(await cut.json()).toMatchObject({ signed: true, lost: [{ seq: 3 * SHIFT }] });
    const told = await lane.manifest(known.to);
    expect([told.rebase, told.to.hubEpoch === known.to.hubEpoch]).toEqual([true, false]);
    // Under a new hub epoch a lane may send from its ledger's start (U-12).
    for (let from = 1; from <= lane.entries.length; from += 250) await lane.send(from, Math.min(from + 249, lane.entries.length));
    await expectWhole(world, 3 * SHIFT_SALES);
    const held = await hub.post('/api/v1/checkpoints/check', checkpoints[0]);
    expect(await held.json()).toMatchObject({ signed: true, lost: [] });
    await stand(restored, DECEMBER_MS, 'archives');
    // The third shift came again in December, and the second had come in July already.
    expect(await runsOf(world)).toEqual(all);
    await expectWhole(world, 3 * SHIFT_SALES);
    await hub.close();
    for (const each of [lost, backup]) await each.close();
  },
);

test(
  'A-6, O-11: set back to before its first run, it holds in today’s table what it had put away, and puts the same away again',
  { timeout: 300_000 },
  async () => {
    const lost = await open('lost_archive');
    const world = await createWorld(lost);
    const { hub, lane, stand } = world;
    await workShift(world, 1);
    await stand(lost, JULY_MS);
    const backup = await openMemoryDatabase();
    await copy(lost, backup);
    lane.sell([{ sku: 'TEA', quantity: 1, amountMinor: 100 }], { shift: 2 });
    await lane.send(SHIFT + 1);
    await publishArticle(hub);
    await stand(lost, JULY_MS, 'archives');
    const runs = await runsOf(world);
    expect(placesOf(runs)).toEqual([
      [1, 500],
      [501, SHIFT],
    ]);
    const known = await lane.manifest();

    const restored = await open('restored_archive');
    await copy(backup, restored);
    await stand(restored, JULY_MS);
    expect(await runsOf(world)).toEqual([]);
    await expectWhole({ ...world, lane: lane.clone(SHIFT) }, SHIFT_SALES);
    expect((await lane.manifest(known.to)).rebase).toBe(true);
    for (let from = 1; from <= lane.entries.length; from += 250) await lane.send(from, Math.min(from + 249, lane.entries.length));
    await expectWhole(world, SHIFT_SALES + 1);
    await stand(restored, JULY_MS, 'archives');
    expect(await runsOf(world)).toEqual(runs);
    await expectWhole(world, SHIFT_SALES + 1);
    await hub.close();
    for (const each of [lost, backup]) await each.close();
  },
);

async function publishArticle(hub: TestHub): Promise<void> {
  const fields = { name: 'Tea', taxClass: 'standard', unit: 'piece' };
  expect((await hub.post('/api/v1/product', { sku: 'TEA', fields })).status).toBe(201);
}
