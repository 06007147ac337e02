import { businessDateOf, readSale } from '@holdfast/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { catalogOf, momentsOf, saleOf } from './seed-chain.ts';

const DAY_MS = 86_400_000;

test('whatever lane sells whichever sale of however many goods, its sums are those that a hub asks for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999_999 }), fc.nat(40_000), fc.integer({ min: 1, max: 100_000 }), (items, lane, number) => {
      const { fields } = saleOf(items, { lane, number, wallMs: 1_795_000_000_000 });
      expect(readSale(fields)).toMatchObject({ ok: true });
    }),
  );
});

test('a sale is of the business day of the shop’s own clock', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }), (wallMs) => {
      expect(saleOf(30, { lane: 0, number: 1, wallMs }).fields['businessDate']).toBe(businessDateOf(wallMs, 'Europe/Berlin'));
    }),
  );
});

test('sales are rung up one after the other, while shops are open, on each of the twenty days up to now', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1_790_000_000_000, max: 1_800_000_000_000 }), (count, nowMs) => {
      const moments = momentsOf(count, nowMs);
      expect(moments).toHaveLength(count);
      expect(moments.toSorted((one, other) => one - other)).toEqual(moments);
      const hours = moments.map((atMs) => (atMs % DAY_MS) / 3_600_000);
      expect([Math.min(...hours) >= 7, Math.max(...hours) < 19]).toEqual([true, true]);
      expect([moments[0]! > nowMs - 21 * DAY_MS, moments.at(-1)! <= nowMs]).toEqual([true, true]);
    }),
  );
  const noonMs = Date.parse('2026-11-27T12:00:00Z');
  expect(new Set(momentsOf(2_000, noonMs).map((atMs) => Math.floor(atMs / DAY_MS))).size).toBe(20);
});

test('goods are those that sales name', () => {
  const rows = [...catalogOf(30)].slice(1).map((row) => row.split(','));
  const prices = new Map(rows.map(([, sku, , , , price]) => [sku, price?.replace('.', '').replace(/^0+/, '')]));
  const { fields } = saleOf(30, { lane: 3, number: 14, wallMs: 0 });
  const lines = fields['lines'] as readonly { readonly sku: string; readonly unitPriceAmount: number }[];
  expect(lines.map(({ sku }) => prices.get(sku))).toEqual(lines.map(({ unitPriceAmount }) => String(unitPriceAmount)));
});
