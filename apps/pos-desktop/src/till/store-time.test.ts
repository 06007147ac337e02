/** Clocks that are 400 days off: what the store agrees on stays right, or comes right with the first answer of the hub. */
import { assert } from '@holdfast/base';
import { spanOf } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LEDGER_SCHEMAS } from './schemas.ts';
import { createStoreTime, type StoreTime } from './store-time.ts';
import { ASSORTMENT, createTestLane, MILK, NOON_MS, publish, priceOf, type TestLane } from './testing/test-lane.ts';

const DAY_MS = 86_400_000;
const OFF_MS = 400 * DAY_MS;

let lane: TestLane;
let siblings: number[];
beforeEach(() => {
  siblings = [];
  lane = createTestLane(ASSORTMENT);
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});
const time = (): StoreTime => createStoreTime(lane.db, lane.store, { nowMs: () => lane.clock.nowMs, monotonicMs: () => 0 }, () => siblings);
/** The hub was heard: it is noon there. */
const hear = (hubMs: number): void => lane.store.setHubClock({ hubOffsetMs: hubMs - lane.clock.nowMs, uncertaintyMs: 20 });
const keep = (): void => {
  const moment = time().now();
  lane.db.transaction(() => time().keep(moment))();
};

describe.each([
  ['behind', -OFF_MS],
  ['ahead', OFF_MS],
] as const)('a clock that is 400 days %s', (_word, offMs) => {
  test('O-13: from the start is corrected by the hub, and each entry says by how much', () => {
    lane.clock.nowMs += offMs;
    expect(time().now()).toMatchObject({ atMs: lane.clock.nowMs, hubOffsetMs: null, clockUncertaintyMs: DAY_MS });
    hear(NOON_MS);
    expect(time().now()).toEqual({ atMs: NOON_MS, wallMs: NOON_MS + offMs, hubOffsetMs: -offMs, clockUncertaintyMs: 20, heldMs: 0 });
  });

  test('O-13: since the last contact is outvoted by the siblings that are heard', () => {
    hear(NOON_MS);
    keep();
    lane.clock.nowMs += offMs + 60_000;
    siblings = [-offMs, -offMs + 40];
    expect(Math.abs(time().now().atMs - (NOON_MS + 60_000))).toBeLessThanOrEqual(40);
  });
});

/** What a sale at this moment says of its own: its receipt's time, its entry's, and how far this may be off. */
const sell = (): readonly [receiptMs: number, entryMs: number, uncertaintyMs: number] => {
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'payCash', amountMinor: 119 });
  const [receipt] = lane.take({ type: 'receipts', limit: 1 }).receipts ?? [];
  const [last] = lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 1_000_000).slice(-1);
  const entry = readEntry(last?.canonical ?? new Uint8Array(), LEDGER_SCHEMAS);
  assert(entry.ok, 'what this lane wrote it can read');
  return [receipt?.atMs ?? 0, entry.value.wallMs + (entry.value.hubOffsetMs ?? 0), entry.value.clockUncertaintyMs];
};

test('O-13: a sale under a clock that jumped says in its entry the time that its receipt says', () => {
  hear(NOON_MS);
  expect(sell()).toEqual([NOON_MS, NOON_MS, 20]);
  lane.clock.nowMs -= OFF_MS;
  expect(sell().slice(0, 2)).toEqual([NOON_MS, NOON_MS]);
  // What others' clocks differ by all day is not worth a word in each entry.
  lane.clock.nowMs += OFF_MS - 40;
  expect(sell()).toEqual([NOON_MS, NOON_MS - 40, 20]);
});

test('O-13: a sale that is held at the last one says that it may be off by as much: it is no sharp time that decides what a count had seen', () => {
  const ahead = 2 * 3_600_000;
  hear(NOON_MS);
  lane.clock.nowMs += ahead;
  expect(sell()).toEqual([NOON_MS + ahead, NOON_MS + ahead, 20]);
  // Set right by hand, and later by the hub: less than a day ahead nothing disproves it.
  lane.clock.nowMs -= ahead - 60_000;
  expect(sell()).toEqual([NOON_MS + ahead, NOON_MS + ahead, ahead - 60_000]);
  lane.clock.nowMs += 60_000;
  hear(NOON_MS + 121_000);
  const [, atMs, uncertaintyMs] = sell();
  const span = spanOf({ atMs, uncertaintyMs }, NOON_MS + 180_000);
  expect(span).toEqual({ fromMs: NOON_MS + 121_000, toMs: NOON_MS + 180_000 });
});

test('O-14: a clock that falls back is held by the last sale', () => {
  hear(NOON_MS);
  keep();
  lane.clock.nowMs -= OFF_MS;
  expect(time().now().atMs).toBe(NOON_MS);
  keep();
  lane.reopen();
  expect(time().now().atMs).toBe(NOON_MS);
  lane.clock.nowMs += OFF_MS + 5_000;
  expect(time().now().atMs).toBe(NOON_MS + 5_000);
});

test('O-14: a moment of the future that a wrong clock wrote does not hold for a year: the hub’s next answer disproves it', () => {
  hear(NOON_MS);
  lane.clock.nowMs += OFF_MS;
  keep();
  expect(time().now().atMs).toBe(NOON_MS + OFF_MS);
  // Set right by hand nobody knows which one was wrong.
  lane.clock.nowMs -= OFF_MS;
  expect(time().now().atMs).toBe(NOON_MS + OFF_MS);
  // The hub, heard again, does.
  lane.clock.nowMs += 300;
  hear(NOON_MS + 1_000);
  expect(time().now().atMs).toBe(NOON_MS + 1_000);
  keep();
  // Small corrections never take it back.
  hear(NOON_MS + 400);
  expect(time().now().atMs).toBe(NOON_MS + 1_000);
});

test('O-14: a lane 400 days off sells, its prices start when the store agrees that they do, and its receipts lose nothing', () => {
  publish(lane.store, [{ ...priceOf('MILK', 99, 'promotional'), fields: { ...priceOf('MILK', 99).fields, fromMs: NOON_MS + 60_000 } }]);
  hear(NOON_MS);
  lane.clock.nowMs += OFF_MS;
  hear(NOON_MS);
  const sold = (): number | undefined => {
    lane.take({ type: 'scan', code: MILK });
    const price = lane.lines().at(-1)?.unitPrice?.amount;
    lane.take({ type: 'payCash', amountMinor: 500 });
    return price;
  };
  expect(sold()).toBe(119);
  lane.clock.nowMs += 61_000;
  expect(sold()).toBe(99);
  lane.clock.nowMs -= 2 * OFF_MS;
  expect(sold()).toBe(99);
  expect(lane.take({ type: 'receipts', limit: 5 }).receipts).toHaveLength(3);
});
