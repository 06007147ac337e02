/** What siblings' ledgers come to here, whichever of them came first (SPEC: N-7, O-16). */
import { assert } from '@holdfast/base';
import { nodeHash } from '@holdfast/base/node';
import { createMemoryStore, createSchemas, type ChainedEntry, type EntryDraft } from '@holdfast/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createTestLane, HUB_EPOCH, hearSibling, IDENTITY, MILK, NOON_MS, type TestLane } from '../testing/test-lane.ts';
import { createSiblingFolds, cutAtOf, LINE_SPAN } from './sibling-folds.ts';
import { createSiblingReturns } from './sibling-returns.ts';

let lanes: TestLane[];
const open = (number: number): TestLane => {
  const lane = createTestLane(undefined, undefined, undefined, undefined, number);
  lanes.push(lane);
  return lane;
};
beforeEach(() => {
  lanes = [];
});
afterEach(() => {
  for (const each of lanes) {
    each.close();
    assert(each.errors.length === 0, `nothing failed inside: ${JSON.stringify(each.errors)}`);
  }
});

const entriesOf = ({ store }: Pick<TestLane, 'store'>): readonly ChainedEntry[] =>
  store.entriesAfter(store.epochs()[0]?.epoch ?? '', 0, 1_000, 10_000_000);
const foldsOf = (lane: TestLane) =>
  createSiblingFolds(lane.db, { device: () => lane.store.identity()?.device, cut: () => lane.store.cut() });
const TABLES = ['sibling_sale', 'sibling_return', 'sibling_basket', 'ended_suspension', 'taken_over', 'given_return'] as const;
const tablesOf = ({ db }: TestLane): unknown => TABLES.map((table) => db.prepare(`SELECT * FROM ${table}`).all());
const clear = ({ db }: TestLane): void => {
  for (const table of TABLES) db.prepare(`DELETE FROM ${table}`).run();
};

test('N-7: two ledgers mean the same in whatever order their entries come together', () => {
  const [first, second, third] = [open(1), open(2), open(3)];
  second.take({ type: 'scan', code: MILK, quantity: 2 });
  const receipt = second.take({ type: 'payCash', amountMinor: 400 }).completed?.receiptNumber ?? '';
  for (const isResumed of [true, false]) {
    second.take({ type: 'scan', code: MILK });
    const { basketId } = second.state().head;
    second.take({ type: 'suspend' });
    if (!isResumed) continue;
    second.take({ type: 'resume', basketId });
    second.take({ type: 'payCash', amountMinor: 200 });
  }
  hearSibling(third, second);
  const [aside] = third.take({ type: 'suspended' }).suspended ?? [];
  assert(aside !== undefined, 'a basket of the second lane');
  third.take({ type: 'resume', basketId: aside.basketId, alone: true });
  third.take({ type: 'payCash', amountMinor: 200 });
  const ledgers = [entriesOf(second), entriesOf(third)] as const;
  const fold = foldsOf(first).onEntry;
  const run = (order: readonly boolean[]): unknown => {
    clear(first);
    const left = ledgers.map((ledger) => [...ledger]);
    const take = (line: number): void => {
      const entry = left[line]?.shift();
      if (entry !== undefined) fold(entry, line + 1);
    };
    for (const isThird of order) take(isThird ? 1 : 0);
    for (const line of [0, 1]) while ((left[line]?.length ?? 0) > 0) take(line);
    return tablesOf(first);
  };
  const expected = run([]);
  expect(first.db.prepare('SELECT receipt_number, device FROM sibling_sale WHERE receipt_number = ?').all(receipt)).toEqual([
    { receipt_number: receipt, device: 'lane-2' },
  ]);
  // Gone on with elsewhere, or by its own lane: none of them can be taken here.
  expect(first.db.prepare('SELECT count(*) FROM sibling_basket').pluck().get()).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (order) => {
      expect(run(order)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
  // Nor does it matter how often they come.
  for (const [line, ledger] of ledgers.entries()) for (const entry of ledger) fold(entry, line + 1);
  expect(tablesOf(first)).toEqual(expected);
});

test('a sale stands where its entry is, by its line', () => {
  const [first, second] = [open(1), open(2)];
  second.take({ type: 'scan', code: MILK });
  second.take({ type: 'payCash', amountMinor: 200 });
  const [entry] = entriesOf(second);
  assert(entry !== undefined, 'a sale');
  foldsOf(first).onEntry(entry, 7);
  expect(first.db.prepare('SELECT device, entry_id, at_ms FROM sibling_sale').all()).toEqual([
    { device: 'lane-2', entry_id: 7 * LINE_SPAN + 1, at_ms: NOON_MS },
  ]);
});

test('what this build does not know, and what it cannot read, is passed over', () => {
  const first = open(1);
  const unknown = createSchemas([
    { kind: 60_000, name: 'tomorrow', columns: [{ number: 1, name: 'what', type: 'text' }] },
    { kind: 1, name: 'sale', columns: [{ number: 1, name: 'businessDate', type: 'text' }] },
  ]);
  const store = createMemoryStore({ schemas: unknown, hash: nodeHash });
  store.enrol({ ...IDENTITY, device: 'lane-9' }, 'ab'.repeat(8));
  const draft = (kind: number, fields: EntryDraft['fields']): EntryDraft => ({
    kind,
    wallMs: NOON_MS,
    clockUncertaintyMs: 0,
    hubOffsetMs: null,
    fields,
  });
  store.append(draft(60_000, { what: 'it is' }));
  store.append(draft(1, { businessDate: 'none' }));
  const before = tablesOf(first);
  for (const entry of entriesOf({ store })) foldsOf(first).onEntry(entry, 1);
  expect(tablesOf(first)).toEqual(before);
});

describe('O-16: a right to return that this lane gave', () => {
  const MINUTE_MS = 60_000;
  /** The next thing that the second lane says, so many minutes after noon. */
  function hear(first: TestLane, second: TestLane, minutes: number): void {
    const held = entriesOf(second).length;
    second.clock.nowMs = NOON_MS + minutes * MINUTE_MS;
    second.take({ type: 'scan', code: MILK });
    second.take({ type: 'payCash', amountMinor: 200 });
    for (const entry of entriesOf(second).slice(held)) foldsOf(first).onEntry(entry, 1);
  }

  test('ends 15 minutes later where it was not accepted, once its lane is heard of', () => {
    const [first, second] = [open(1), open(2)];
    const returns = createSiblingReturns(first.db);
    returns.give('R-1', 'lane-2', NOON_MS);
    returns.give('R-2', 'lane-3', NOON_MS);
    hear(first, second, 15);
    expect(returns.holderOf('R-1')).toBe('lane-2');
    hear(first, second, 16);
    expect(returns.holderOf('R-1')).toBeUndefined();
    // Of a lane that says nothing nobody knows that it did not accept.
    expect(returns.holderOf('R-2')).toBe('lane-3');
  });

  test('does not end by time where it was accepted', () => {
    const [first, second] = [open(1), open(2)];
    const returns = createSiblingReturns(first.db);
    returns.give('R-1', 'lane-2', NOON_MS);
    first.db.prepare('UPDATE given_return SET is_accepted = 1').run();
    hear(first, second, 600);
    expect(returns.holderOf('R-1')).toBe('lane-2');
  });
});

test.each([
  ['here', { at: 5 + 2 ** 40, lsn: 5 }, HUB_EPOCH, 5, 5 + 2 ** 40],
  ['before here', { at: 5 + 2 ** 40, lsn: 5 }, HUB_EPOCH, 2, 2 + 2 ** 40],
  ['not here yet', { at: 5 + 2 ** 40, lsn: 5 }, HUB_EPOCH, 6, null],
  ['in another history', { at: 5 + 2 ** 40, lsn: 5 }, 'ff'.repeat(8), 5, null],
  ['before anything was published', { at: 5 + 2 ** 40, lsn: 5 }, HUB_EPOCH, 0, null],
  ['at a lane that holds nothing', { at: 0, lsn: 0 }, HUB_EPOCH, 0, null],
] as const)('where a cut stands: %s', (_where, { at, lsn }, hubEpoch, wanted, expected) => {
  const cut = { at, position: { hubEpoch: HUB_EPOCH, lsn, historyHash: '00'.repeat(32) } };
  expect(cutAtOf(cut, hubEpoch, wanted)).toBe(expected);
});
