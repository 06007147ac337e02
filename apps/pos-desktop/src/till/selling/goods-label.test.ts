/** What packs say of themselves, at a till: weight, batch, use-by date, recalls, and two symbols on one pack. */
import { assert } from '@holdfast/base';
import { gtinKey } from '@holdfast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { ASSORTMENT, createTestLane, goods, MILK, publish, setting, type TestLane } from '../testing/test-lane.ts';

const HAM = '4006381333931';
const KEY = gtinKey(MILK);
let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([
    ...ASSORTMENT,
    ...goods({ sku: 'HAM', name: 'Ham', cents: 1_999, gtin: HAM, unit: 'gram' }),
    setting('ownCodes', 'badge STAFF'),
  ]);
  lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 500 });
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const scan = (code: string, more: object = {}): RequestBody => ({ type: 'scan', code, ...more });
const label = (key: string, elements: string): string => `]d201${key}${elements}`;

test('a weight on the pack is the quantity of goods by weight; what was typed goes before it', () => {
  lane.take(scan(label(gtinKey(HAM), '310300084210LOT7')));
  lane.take(scan(label(gtinKey(HAM), '3103000500'), { quantity: 100 }));
  lane.take(scan(label(KEY, '3103001000')));
  expect(lane.lines().map(({ sku, quantity, amountMinor }) => [sku, quantity?.value, amountMinor])).toEqual([
    ['HAM', 842, 1_683],
    ['HAM', 100, 200],
    ['MILK', 1, 119],
  ]);
});

test('past its use-by date nothing is sold, and on that date it is', () => {
  expect(lane.refusal(scan(label(KEY, '17261119')))).toBe('goodsExpired');
  lane.take(scan(label(KEY, '17261120')));
  expect(lane.lines().map(({ kind }) => kind)).toEqual(['refused', 'item']);
  expect(lane.lines()[0]?.refusal?.detail).toEqual({ useBy: '2026-11-19', sku: 'MILK', name: 'Milk 1 l' });
});

test('a lane that is not sure of the date asks, and takes a person’s word', () => {
  lane.store.setHubClock({ hubOffsetMs: 0, uncertaintyMs: 90_000_000 });
  expect(lane.refusal(scan(label(KEY, '17261119')))).toBe('goodsExpiryUnsure');
  lane.take(scan(label(KEY, '17261119'), { vouched: ['useBy'] }));
  expect(lane.lines().filter(({ kind }) => kind === 'item')).toHaveLength(1);
});

test('a recall holds at once, also for a basket that sells at an older cut, and only for what it names', () => {
  lane.take(scan(label(KEY, '10LOT7')));
  publish(lane.store, [{ type: 'recall', key: `${KEY}/10/LOT7`, fields: { reason: 'glass' } }]);
  expect(lane.refusal(scan(label(KEY, '10LOT7')))).toBe('goodsRecalled');
  lane.take(scan(label(KEY, '10LOT8')));
  lane.take(scan(label(KEY, '10LOT7'), { quantity: -1 }));
  publish(lane.store, [{ type: 'recall', key: KEY, fields: { reason: 'all of it' } }]);
  expect(lane.refusal(scan(MILK))).toBe('goodsRecalled');
});

test('two symbols on one pack count once, a deliberate second scan counts, and a person’s typing always', () => {
  lane.take(scan(MILK, { scannedAtMs: 1_000 }));
  expect(lane.take(scan(label(KEY, '10LOT7'), { scannedAtMs: 1_400 }))).toEqual({ repeated: 'secondSymbol' });
  expect(lane.take(scan(MILK, { scannedAtMs: 1_600 }))).toHaveProperty('lineId');
  expect(lane.take(scan(MILK, { scannedAtMs: 1_700 }))).toEqual({ repeated: 'doubleRead' });
  lane.take(scan(MILK, { scannedAtMs: 2_000 }));
  lane.take(scan(MILK));
  lane.take(scan(MILK));
  expect(lane.lines().map(({ quantity }) => quantity?.value)).toEqual([5]);
});

test('the next shopper’s first scan is no repeat of the last shopper’s last one, however soon', () => {
  lane.take(scan(MILK, { scannedAtMs: 1_000 }));
  lane.take({ type: 'payCash', amountMinor: 1_000 });
  expect(lane.take(scan(MILK, { scannedAtMs: 1_100 }))).toHaveProperty('lineId');
  expect(lane.take(scan(MILK, { scannedAtMs: 1_200 }))).toEqual({ repeated: 'doubleRead' });
});

test('a scan that was refused is not remembered: the answer to its question is no repeat', () => {
  expect(lane.refusal(scan(MILK, { quantity: 5_000, scannedAtMs: 1_000 }))).toBe('quantityAboveLimit');
  lane.take(scan(MILK, { quantity: 5_000, scannedAtMs: 1_000, confirmed: true }));
  expect(lane.lines().map(({ quantity }) => quantity?.value)).toEqual([5_000]);
});

test('what is no goods stays as a red row that says what it is', () => {
  expect(lane.refusal(scan('STAFF0007'))).toBe('notGoods');
  expect(lane.refusal(scan(']C18112001234561234560123456'))).toBe('notGoods');
  expect(lane.lines().map(({ refusal }) => refusal?.detail['kind'])).toEqual(['badge', 'coupon8112']);
});
