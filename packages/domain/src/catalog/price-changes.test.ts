import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { choosePrice } from '../pricing/pricing.ts';
import type { ScheduledPrice } from './catalog.ts';
import { priceChanges } from './price-changes.ts';

const SCOPES = ['global', 'zone:1', 'store:1'];
const AT = { scopes: SCOPES, currency: 'EUR' };

const price = (amount: number, more: Partial<ScheduledPrice> = {}): ScheduledPrice => ({
  sku: 'MILK',
  scope: 'global',
  type: 'regular',
  price: { amount, decimals: 2 },
  currency: 'EUR',
  priority: 0,
  ...more,
});

const told = (prices: readonly ScheduledPrice[], fromMs: number, toMs?: number): readonly (readonly [number, number | null])[] =>
  priceChanges(prices, { ...AT, fromMs, ...(toMs !== undefined && { toMs }) }).map((change) => [
    change.atMs,
    change.price?.price.amount ?? null,
  ]);

test('a week’s offer begins and ends; what comes after it is told too', () => {
  const prices = [price(119), price(99, { type: 'promotional', fromMs: 10, toMs: 20 }), price(129, { fromMs: 30 })];
  expect(told(prices, 0)).toEqual([
    [10, 99],
    [20, 119],
    [30, 129],
  ]);
  expect(told(prices, 10, 30)).toEqual([[20, 119]]);
});

test('where nothing else holds, the end of a price is a change to none', () => {
  expect(told([price(119, { fromMs: 5, toMs: 9 })], 0)).toEqual([
    [5, 119],
    [9, null],
  ]);
});

test('the same amount by another price is no change; another kind at the same amount is one', () => {
  expect(told([price(119), price(119, { fromMs: 10 })], 0)).toEqual([]);
  expect(told([price(119), price(119, { type: 'clearance', fromMs: 10 })], 0)).toEqual([[10, 119]]);
});

test('at every moment that price holds which the last change before it says', () => {
  const anyPrice = fc
    .record({
      amount: fc.integer({ min: 1, max: 5 }),
      type: fc.constantFrom('regular', 'promotional', 'clearance'),
      scope: fc.constantFrom(...SCOPES, 'store:2'),
      currency: fc.constantFrom('EUR', 'USD'),
      priority: fc.integer({ min: 0, max: 1 }),
      fromMs: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
      lasts: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    })
    .map(({ amount, fromMs, lasts, ...rest }) =>
      price(amount, {
        ...rest,
        ...(fromMs !== undefined && { fromMs }),
        ...(lasts !== undefined && { toMs: (fromMs ?? 0) + lasts }),
      }),
    );
  fc.assert(
    fc.property(fc.array(anyPrice, { maxLength: 8 }), fc.integer({ min: 0, max: 70 }), (prices, atMs) => {
      const changes = priceChanges(prices, { ...AT, fromMs: -1 });
      const last = changes.findLast((change) => change.atMs <= atMs);
      const expected = last === undefined ? choosePrice(prices, { ...AT, atMs: -1 }) : last.price;
      const held = choosePrice(prices, { ...AT, atMs });
      expect([held?.price, held?.type]).toEqual([expected?.price, expected?.type]);
    }),
  );
});
