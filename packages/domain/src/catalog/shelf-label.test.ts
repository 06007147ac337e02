import { expect, test } from 'vitest';

import type { Item, ScheduledPrice } from './catalog.ts';
import { lastPriceChange, shelfLabelOf } from './shelf-label.ts';

const DAY = { scopes: ['global', 'store:1'], currency: 'EUR', timeZone: 'Europe/Berlin' };
/** 2026-12-01, midnight in Berlin. */
const FIRST = Date.UTC(2026, 10, 30, 23);
const HOUR = 3_600_000;

const price = (amount: number, change: Partial<ScheduledPrice> = {}): ScheduledPrice => ({
  sku: 'OIL',
  scope: 'global',
  type: 'regular',
  price: { amount, decimals: 2 },
  currency: 'EUR',
  priority: 0,
  ...change,
});
const OIL: Item = {
  sku: 'OIL',
  name: 'Olive oil',
  brand: 'Oliva',
  taxClass: 'reduced',
  unit: 'piece',
  content: { value: 750, unit: 'millilitre' },
};
const PROMOTED = price(499, { type: 'promotional', fromMs: FIRST, toMs: FIRST + 7 * 24 * HOUR });

test('says the price, what it is lowered from, from when to when, and what a litre costs', () => {
  const keys = ['plu:4011', '04006381333931'];
  expect(shelfLabelOf(OIL, [price(749), PROMOTED], keys, { ...DAY, atMs: FIRST })).toEqual({
    sku: 'OIL',
    name: 'Olive oil',
    brand: 'Oliva',
    gtin: '4006381333931',
    currency: 'EUR',
    unit: 'piece',
    price: { amount: 499, decimals: 2 },
    regular: { amount: 749, decimals: 2 },
    measure: { unit: 'millilitre', price: { amount: 665, decimals: 2 } },
    validFrom: '2026-12-01',
    validTo: '2026-12-07',
  });
  expect(shelfLabelOf(OIL, [price(749), PROMOTED], [], { ...DAY, atMs: FIRST - 1 })).toMatchObject({
    price: { amount: 749 },
    measure: { price: { amount: 999 } },
  });
  expect(shelfLabelOf(OIL, [price(749)], [], { ...DAY, atMs: FIRST })).not.toHaveProperty('regular');
  expect(shelfLabelOf(OIL, [], [], { ...DAY, atMs: FIRST })).toBeUndefined();
});

test('goods by weight have their price by weight already', () => {
  const apples: Item = { sku: 'APPLE', name: 'Apples', taxClass: 'reduced', unit: 'gram' };
  expect(shelfLabelOf(apples, [price(299, { sku: 'APPLE' })], [], { ...DAY, atMs: FIRST })).toEqual({
    sku: 'APPLE',
    name: 'Apples',
    currency: 'EUR',
    unit: 'gram',
    price: { amount: 299, decimals: 2 },
  });
});

test.each([
  ['00000096385074', '96385074'],
  ['00036000291452', '0036000291452'],
  ['04006381333931', '4006381333931'],
  ['14006381333938', '14006381333938'],
])('%s stands on goods as %s', (key, gtin) => {
  expect(shelfLabelOf(OIL, [price(749)], [key], { ...DAY, atMs: FIRST })?.gtin).toBe(gtin);
});

const within = (prices: readonly ScheduledPrice[], fromMs = FIRST): number | undefined =>
  lastPriceChange(prices, { ...DAY, fromMs, toMs: fromMs + 24 * HOUR });

test('a price changes on the day on which another one begins, and on the day on which it ends', () => {
  expect(within([price(749), PROMOTED])).toBe(FIRST);
  expect(within([price(749), PROMOTED], FIRST + 24 * HOUR)).toBeUndefined();
  expect(within([price(749), PROMOTED], FIRST + 7 * 24 * HOUR)).toBe(FIRST + 7 * 24 * HOUR);
  expect(within([price(749), PROMOTED, price(459, { type: 'promotional', fromMs: FIRST + 9 * HOUR, priority: 1 })])).toBe(FIRST + 9 * HOUR);
});

test('what changes nothing that everybody pays is no change', () => {
  expect(within([price(749), price(749, { scope: 'store:1', fromMs: FIRST })])).toBeUndefined();
  expect(within([price(749), price(699, { scope: 'store:2', fromMs: FIRST })])).toBeUndefined();
  expect(within([price(749), price(599, { type: 'member', fromMs: FIRST })])).toBeUndefined();
  expect(within([price(749), price(799, { fromMs: FIRST, currency: 'USD' })])).toBeUndefined();
  // At the same price, and no longer lowered from anything: the shelf says so.
  expect(within([price(749, { toMs: FIRST }), price(749, { type: 'promotional', fromMs: FIRST })])).toBe(FIRST);
});
