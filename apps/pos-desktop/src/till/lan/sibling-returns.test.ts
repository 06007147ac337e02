/** Sales of neighbour lanes as their copies here tell them, and the rights to return of this lane's own (SPEC: N-8, N-9, O-15, O-16). */
import { assert } from '@holdfast/base';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createTestLane, hearSibling, MILK, NOON_MS, type TestLane } from '../testing/test-lane.ts';
import { createSiblingReturns, type SiblingReturns } from './sibling-returns.ts';

let seller: TestLane;
let lane: TestLane;
let returns: SiblingReturns;
let receipt: string;
beforeEach(() => {
  [seller, lane] = [1, 2].map((number) => createTestLane(undefined, undefined, undefined, undefined, number)) as [TestLane, TestLane];
  seller.take({ type: 'scan', code: MILK, quantity: 3 });
  receipt = seller.take({ type: 'payCash', amountMinor: 400 }).completed?.receiptNumber ?? '';
  hearSibling(lane, seller);
  returns = createSiblingReturns(lane.db);
});
afterEach(() => {
  for (const each of [seller, lane]) {
    each.close();
    assert(each.errors.length === 0, `nothing failed inside: ${JSON.stringify(each.errors)}`);
  }
});

const canonicalOf = ({ store }: TestLane, at: number): string => {
  const entries = store.entriesAfter(store.epochs()[0]?.epoch ?? '', 0, 100, 1_000_000);
  return Buffer.from(entries[at]?.canonical ?? []).toString('base64');
};

test('N-8: a copy names who sold it and what was sold, byte by byte; what nobody told is nobody’s', () => {
  expect(returns.sellerOf(receipt)).toBe('lane-1');
  expect(returns.answerOf(receipt, '1', false)).toEqual({
    sale: { store: '1', atMs: NOON_MS, entry: canonicalOf(seller, 0) },
    returns: [],
    granted: false,
  });
  expect(returns.sellerOf('1-none-000001')).toBeUndefined();
  expect(returns.answerOf('1-none-000001', '1', true)).toEqual({ returns: [], granted: true });
});

test('what a sibling took back of it comes with it, whoever sold it', () => {
  seller.take({ type: 'setReturn', receiptNumber: receipt, lines: [{ line: 1, quantity: 1 }] });
  seller.take({ type: 'refund' });
  hearSibling(lane, seller);
  expect(returns.answerOf(receipt, '1', true).returns).toEqual([canonicalOf(seller, 1)]);
  expect(returns.returnsOf(receipt).map((entry) => Buffer.from(entry).toString('base64'))).toEqual([canonicalOf(seller, 1)]);
});

test('N-9: two histories of one lane are one sale; two lanes that printed one number are none that could be given back', () => {
  const copy = lane.db.prepare('INSERT INTO sibling_sale (receipt_number, device, entry_id, at_ms) VALUES (?, ?, ?, ?)');
  copy.run(receipt, 'lane-1', 9 * 2 ** 40 + 1, NOON_MS);
  expect(returns.sellerOf(receipt)).toBe('lane-1');
  copy.run(receipt, 'lane-3', 10 * 2 ** 40 + 1, NOON_MS);
  expect(returns.sellerOf(receipt)).toBeUndefined();
  expect(returns.answerOf(receipt, '1', true)).not.toHaveProperty('sale');
});

test('O-15: the right is given to one at a time, to whoever asked first, and to that one again', () => {
  expect(returns.holderOf(receipt)).toBeUndefined();
  expect(returns.give(receipt, 'lane-2', NOON_MS)).toBe('now');
  expect(returns.give(receipt, 'lane-2', NOON_MS + 1)).toBe('before');
  expect(returns.give(receipt, 'lane-3', NOON_MS + 1)).toBe('no');
  expect(returns.holderOf(receipt)).toBe('lane-2');
});

test('O-16: who has it hands back what it did not accept; what was accepted only its ledger, or the hub, brings back', () => {
  returns.give(receipt, 'lane-2', NOON_MS);
  // Of a lane that does not hold it nothing changes.
  expect(returns.takeBack(receipt, 'lane-3')).toBe(false);
  expect(returns.holderOf(receipt)).toBe('lane-2');
  expect(returns.takeBack(receipt, 'lane-2')).toBe(true);
  expect(returns.holderOf(receipt)).toBeUndefined();
  expect(returns.takeBack(receipt, 'lane-2')).toBe(true);
  returns.give(receipt, 'lane-2', NOON_MS);
  lane.db.prepare('UPDATE given_return SET is_accepted = 1').run();
  expect(returns.takeBack(receipt, 'lane-2')).toBe(true);
  expect(returns.holderOf(receipt)).toBe('lane-2');
  returns.reclaim(receipt);
  expect(returns.holderOf(receipt)).toBeUndefined();
});
