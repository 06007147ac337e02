/** U-23: a lane forgets of its ledger what is safe at the hub, over the return window and in a fiscal period that has ended; and nothing that it shows or sums changes by that. */
import { assert } from '@holdfast/base';
import { nodeHash, nodeVerifier } from '@holdfast/base/node';
import { LEDGER_KINDS } from '@holdfast/domain';
import { readEntry, verifyFoldCheckpoint, verifyJournal } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from '../schemas.ts';
import { createCarriedSales } from '../sync/carried-sales.ts';
import {
  ASSORTMENT,
  createTestLane,
  forgetWithSiblings,
  hearSibling,
  LANE_EPOCH,
  MILK,
  NOON_MS,
  publish,
  setting,
  type TestLane,
} from '../testing/test-lane.ts';
import { exportJournal } from './journal.ts';
import { summariseLedger } from './ledger-summary.ts';
import { createUncountedSales } from './uncounted-sales.ts';

const DAY_MS = 86_400_000;
const SHORT = [setting('ledgerKeptDays', '35'), setting('fiscalPeriod', 'day')];

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([...ASSORTMENT, ...SHORT]);
});
afterEach(() => lane.close());

const sell = (pieces = 1): string => {
  lane.take({ type: 'scan', code: MILK, quantity: pieces });
  return lane.take({ type: 'payCash', amountMinor: 2_000 }).completed?.receiptNumber ?? '';
};
const takeBack = (receiptNumber: string): string => {
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  return lane.take({ type: 'refund' }).completed?.receiptNumber ?? '';
};
const epoch = () => {
  const [first] = lane.store.epochs();
  assert(first !== undefined, 'a lane has its epoch');
  return first;
};
/** The hub has it all, safely, and was heard. */
const makeSafe = (): void => {
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: epoch().headSeq, diverged: false }], { [LANE_EPOCH]: epoch().headSeq });
  lane.foldedStock();
  lane.till.hubHeard();
};
/** A lane that nobody touches for a while: so many looks around, or until nothing is forgotten any more. */
const rest = (looks = 50): void => {
  for (let before = -1, look = 0; look < looks && before !== (epoch().begin?.seq ?? 0); look += 1) {
    before = epoch().begin?.seq ?? 0;
    lane.monotonic.addedMs += 20_000;
    lane.clock.nowMs += 20_000;
    lane.till.look();
  }
};
const summary = () =>
  summariseLedger({
    store: lane.store,
    carried: createCarriedSales(lane.db),
    uncounted: createUncountedSales(lane.db),
    hash: nodeHash,
    schemas: LEDGER_SCHEMAS,
  });
const exported = async () => {
  const signer = { publicKey: lane.publicKey, sign: lane.sign };
  const pieces = exportJournal({ store: lane.store, schemas: LEDGER_SCHEMAS, signer }, { format: 'json', exportedAtMs: NOON_MS });
  let text = '';
  for await (const piece of pieces ?? []) text += piece;
  return verifyJournal(text, lane.publicKey, { hash: nodeHash, verifier: nodeVerifier });
};
const shift = () => {
  const { shift: x } = lane.take({ type: 'shift' });
  assert(x !== undefined, 'an X');
  return x;
};
const kinds = (): readonly number[] =>
  lane.store.entriesAfter(LANE_EPOCH, 0, 10_000, 1e9).map(({ canonical }) => {
    const read = readEntry(canonical);
    assert(read.ok, 'an entry');
    return read.value.kind;
  });
/** Every text of every table but the ledger's own and what is given for replies. */
const databaseText = ({ db }: TestLane = lane): string =>
  db
    .prepare<[], string>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT IN ('given_reply', 'sync_entity')`,
    )
    .pluck()
    .all()
    .map((table) => JSON.stringify(db.prepare(`SELECT * FROM ${table}`).raw().all()))
    .join('\n');

test('of an epoch with holes each run that is whole is told, and what is held of sales', async () => {
  for (let sale = 0; sale < 8; sale += 1) sell();
  const [whole] = (await summary()).epochs;
  assert(whole !== undefined, 'an epoch');
  const { seq, headHash, sales } = whole;
  expect(whole).toMatchObject({ chainWhole: true, runs: [{ from: 1, to: seq, hash: headHash }] });
  const hashes = new Map(
    lane.store.entriesAfter(LANE_EPOCH, 0, 100, 1e9).map(({ id, hash }) => [id.seq, Buffer.from(hash).toString('hex')]),
  );
  // The database of a lane that was rebuilt lacks what the hub had of a page that is gone.
  lane.db.exec('DELETE FROM sync_entry WHERE id % 1099511627776 IN (3, 4)');
  const [holed] = (await summary()).epochs;
  expect(holed).toMatchObject({
    seq,
    headHash,
    chainWhole: false,
    runs: [
      { from: 1, to: 2, hash: hashes.get(2) },
      { from: 5, to: seq, hash: headHash },
    ],
  });
  expect(holed?.sales).toBe(sales - 2);
  lane.db.exec(`UPDATE sync_entry SET canonical = x'00' WHERE id % 1099511627776 = 6`);
  expect((await summary()).epochs[0]?.runs.map(({ from, to }) => [from, to])).toEqual([
    [1, 2],
    [5, 5],
    [7, seq],
  ]);
});

test('nothing goes before it is safe, before its time is over, or on the word of a clock that nobody confirmed', () => {
  sell();
  lane.clock.nowMs += 36 * DAY_MS;
  sell();
  lane.till.hubHeard();
  rest();
  expect(epoch().begin, 'the hub has it not').toBeNull();
  makeSafe();
  lane.clock.nowMs -= DAY_MS;
  lane.reopen();
  publish(lane.store, [setting('ledgerKeptDays', '36')]);
  rest();
  expect(epoch().begin, 'goods of it may come back').toBeNull();
  publish(lane.store, [setting('ledgerKeptDays', '35'), setting('fiscalPeriod', 'year')]);
  rest();
  expect(epoch().begin, 'its year has not ended').toBeNull();
  publish(lane.store, [setting('fiscalPeriod', 'day'), setting('returnDays', '365')]);
  rest();
  expect(epoch().begin, 'the store takes back for a year').toBeNull();
});

test('a clock that runs ahead forgets nothing', () => {
  sell();
  lane.clock.nowMs += 2 * DAY_MS;
  sell();
  makeSafe();
  lane.clock.nowMs += 400 * DAY_MS;
  rest();
  expect(epoch().begin).toBeNull();
});

test('what was practised is no sale in the sums that the hub’s are compared with, held or forgotten', async () => {
  sell();
  lane.take({ type: 'setTraining', isOn: true });
  sell(3);
  lane.take({ type: 'setTraining', isOn: false });
  const sold = { sales: 1, totalsByCurrency: [{ currency: 'EUR', totalMinor: 119 }] };
  expect((await summary()).epochs).toMatchObject([sold]);
  lane.clock.nowMs += 36 * DAY_MS;
  lane.take({ type: 'openDrawer', reason: 'change' });
  makeSafe();
  rest();
  expect(epoch().begin?.seq).toBeGreaterThanOrEqual(4);
  expect((await summary()).epochs).toMatchObject([sold]);
});

test('sums, X, perpetual total, stock, journal and returns are as they were; what was sold then is the hub’s to say', async () => {
  lane.take({ type: 'openShift', denominations: [{ faceMinor: 1_000, count: 5 }] });
  const old = [sell(2), sell(3), sell()];
  const back = takeBack(old[0] ?? '');
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'voidSale' });
  lane.take({
    type: 'closeShift',
    denominations: [
      { faceMinor: 1_000, count: 5 },
      { faceMinor: 119, count: 5 },
    ],
  });
  lane.clock.nowMs += 36 * DAY_MS;
  const young = sell(2);
  makeSafe();
  const [before, x, stock, entries] = [await summary(), shift(), lane.foldedStock(), kinds().length];
  const position = { ...before, epochs: before.epochs.map(({ sales, totalsByCurrency }) => ({ sales, totalsByCurrency })) };

  rest();
  const { begin, headSeq } = epoch();
  assert(begin !== null, 'something was forgotten');
  // The Z of then went as well; of today nothing, and that it went stands there.
  expect(kinds()).toEqual([LEDGER_KINDS.sale.kind, LEDGER_KINDS.ledgerCut.kind]);
  expect([begin.seq, headSeq]).toEqual([entries - 1, entries + 1]);
  const after = await summary();
  expect(after.epochs).toMatchObject([{ chainWhole: true, ...position.epochs[0] }]);
  expect([shift(), lane.foldedStock()]).toEqual([x, stock]);
  const proven = await exported();
  expect([proven.problems, proven.entries, proven.head?.ranges[0]?.begin]).toEqual([[], 2, Buffer.from(begin.signature).toString('hex')]);

  // Nothing of it is left here.
  const text = databaseText();
  for (const receipt of [...old, back]) expect(text).not.toContain(receipt);
  expect(text).toContain(young);
  expect(lane.refusal({ type: 'printReceipt', receiptNumber: old[1] ?? '' })).toBe('noSuchReceipt');
  expect(lane.refusal({ type: 'returnable', receiptNumber: old[1] ?? '' })).toBe('noSuchReceipt');
  expect(lane.till.returnToAsk({ id: 'r', atMs: 0, body: { type: 'returnable', receiptNumber: old[1] ?? '' } })).toEqual({
    receiptNumber: old[1],
    take: false,
  });
  // What is held is as good as ever.
  lane.take({ type: 'printReceipt', receiptNumber: young });
  takeBack(young);
  expect(sell()).toMatch(/-00000\d$/);
  lane.reopen();
  expect((await summary()).epochs).toMatchObject([
    { chainWhole: true, sales: position.epochs[0] === undefined ? 0 : position.epochs[0].sales + 2 },
  ]);
});

test('N-16: what this lane keeps no longer its siblings do not keep for it, and what they still hold comes back there as ever', () => {
  const sibling = createTestLane([...ASSORTMENT, ...SHORT], undefined, undefined, undefined, 2);
  try {
    const old = [sell(2), sell()];
    const back = takeBack(old[0] ?? '');
    lane.clock.nowMs += 36 * DAY_MS;
    const young = sell(2);
    sibling.clock.nowMs = lane.clock.nowMs;
    hearSibling(sibling, lane);
    forgetWithSiblings(sibling);
    const copies = (receipts: readonly string[]) =>
      receipts.map(
        (receiptNumber) =>
          sibling.db.prepare<[string]>('SELECT 1 FROM sibling_sale WHERE receipt_number = ?').get(receiptNumber) !== undefined,
      );
    expect(copies([...old, back, young]), 'while this lane has them').toEqual([true, true, true, true]);
    makeSafe();
    rest();
    hearSibling(sibling, lane);
    forgetWithSiblings(sibling);
    expect(copies([...old, back, young])).toEqual([false, false, false, true]);
    expect(sibling.db.prepare('SELECT count(*) FROM sync_line_entry').pluck().get(), 'as much as that lane itself').toBe(kinds().length);
    const text = databaseText(sibling);
    for (const receipt of [...old, back]) expect(text).not.toContain(receipt);
    expect(text).toContain(young);
    const later = sell();
    hearSibling(sibling, lane);
    expect(copies([young, later])).toEqual([true, true]);
  } finally {
    sibling.close();
  }
});

test('N-17: a lane that is new holds of its sibling what that holds, and asks the hub about what nobody here holds any more', () => {
  const old = sell();
  lane.clock.nowMs += 36 * DAY_MS;
  const young = sell(2);
  makeSafe();
  rest();
  const fresh = createTestLane([...ASSORTMENT, ...SHORT], undefined, undefined, undefined, 2);
  try {
    fresh.clock.nowMs = lane.clock.nowMs;
    const copies = (): readonly unknown[] => fresh.db.prepare('SELECT receipt_number FROM sibling_sale ORDER BY entry_id').pluck().all();
    hearSibling(fresh, lane);
    expect(copies()).toEqual([young]);
    expect(fresh.till.returnToAsk({ id: 'r', atMs: 0, body: { type: 'returnable', receiptNumber: old } })).toEqual({
      receiptNumber: old,
      take: false,
    });
    const later = sell();
    hearSibling(fresh, lane);
    expect(copies()).toEqual([young, later]);
    expect(fresh.db.prepare('SELECT count(*) FROM sync_line').pluck().get()).toBe(1);
  } finally {
    fresh.close();
  }
});

test('it goes a little at a time, and a till that is killed between goes on with it', async () => {
  for (let sale = 0; sale < 130; sale += 1) sell();
  lane.clock.nowMs += 36 * DAY_MS;
  sell();
  makeSafe();
  const before = await summary();
  rest(1);
  expect(epoch().begin?.seq).toBe(100);
  expect((await summary()).epochs[0]).toMatchObject({ chainWhole: true, sales: 131, totalsByCurrency: before.epochs[0]?.totalsByCurrency });
  lane.reopen();
  lane.till.hubHeard();
  rest();
  expect(kinds().filter((kind) => kind === LEDGER_KINDS.ledgerCut.kind)).toHaveLength(1);
  expect((await summary()).epochs[0]).toMatchObject({ chainWhole: true, sales: 131, totalsByCurrency: before.epochs[0]?.totalsByCurrency });
  expect((await exported()).problems).toEqual([]);
  // A step whose transaction fails changes nothing.
  lane.clock.nowMs += 40 * DAY_MS;
  sell();
  makeSafe();
  const begin = epoch().begin;
  lane.db.exec(`CREATE TRIGGER broken BEFORE DELETE ON basket BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  expect(() => rest()).toThrow('broken');
  expect(epoch().begin).toEqual(begin);
  lane.db.exec('DROP TRIGGER broken');
  rest();
  expect(epoch().begin?.seq).toBeGreaterThan(begin?.seq ?? 0);
});

test('N-18: once a day it signs from where on a new sibling needs its ledger: over the return window, before what is open, and only what is safe', () => {
  publish(lane.store, [setting('ledgerKeptDays', '400'), setting('returnDays', '14')]);
  const confirm = (safeSeq = epoch().headSeq, diverged = false): void =>
    lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: epoch().headSeq, diverged }], { [LANE_EPOCH]: safeSeq });
  const checkpoint = (): number => {
    const [signed, ...more] = lane.store.foldCheckpoints();
    expect(more).toEqual([]);
    if (signed === undefined) return 0;
    expect(verifyFoldCheckpoint(nodeVerifier, lane.publicKey, signed)).toBe(true);
    expect(lane.store.hashAt(LANE_EPOCH, signed.seq)).toEqual(signed.hash);
    return signed.seq;
  };
  const look = (looks = 1): void => {
    lane.till.hubHeard();
    for (let looked = 0; looked < looks; looked += 1) {
      lane.monotonic.addedMs += 20_000;
      lane.till.look();
    }
  };
  const later = (days: number): void => {
    lane.clock.nowMs += days * DAY_MS;
    lane.reopen();
  };
  for (let sale = 0; sale < 40; sale += 1) sell();
  const early = epoch().headSeq;
  later(20);
  lane.take({ type: 'scan', code: MILK, quantity: 1 });
  lane.take({ type: 'suspend' });
  sell();
  const late = epoch().headSeq;
  later(15);
  confirm();
  look(5);
  expect(checkpoint(), 'goods may come back, or attendance is listed').toBe(0);
  later(40);
  confirm(0);
  look(5);
  expect(checkpoint(), 'the hub has it, and may lose it').toBe(0);
  later(1);
  confirm(7, true);
  look(5);
  expect(checkpoint(), 'another history is known').toBe(0);
  later(1);
  confirm(7);
  look();
  expect(checkpoint(), 'no more is safe').toBe(7);
  confirm();
  look(5);
  expect(checkpoint(), 'once a day').toBe(7);
  for (let sale = 0; sale < 250; sale += 1) sell();
  later(1);
  confirm();
  look(5);
  expect(checkpoint()).toBeGreaterThanOrEqual(late);
  expect(checkpoint()).toBeLessThan(late + 10);
  expect(early).toBeLessThan(late);
  // A long stretch is looked at page by page.
  later(36);
  confirm();
  const before = checkpoint();
  look();
  expect(checkpoint(), 'a page').toBe(before);
  look(5);
  expect(checkpoint()).toBeGreaterThan(late + 250);
  expect(epoch().begin, 'nothing goes by it').toBeNull();
});

test('N-18: a checkpoint lies before a basket that is set aside, as long as it is', () => {
  publish(lane.store, [setting('ledgerKeptDays', '400'), setting('returnDays', '14')]);
  const signed = (): number | undefined => lane.store.foldCheckpoints()[0]?.seq;
  const look = (): void => {
    makeSafe();
    lane.monotonic.addedMs += 20_000;
    lane.till.look();
  };
  sell();
  const before = epoch().headSeq;
  lane.take({ type: 'scan', code: MILK, quantity: 1 });
  lane.take({ type: 'suspend' });
  sell();
  const end = epoch().headSeq;
  lane.clock.nowMs += 36 * DAY_MS;
  lane.reopen();
  look();
  expect(signed(), 'of a shift that was not closed').toBeUndefined();
  // As its day is over that look gave it up; one that stood all the same would be waited for.
  const setState = (state: string): void => void lane.db.prepare('UPDATE own_suspension SET state = ?').run(state);
  setState('suspended');
  lane.clock.nowMs += DAY_MS;
  look();
  expect(signed()).toBe(before);
  setState('resumed');
  lane.clock.nowMs += DAY_MS;
  look();
  expect(signed(), 'with what gave it up').toBe(end + 1);
});
