import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { BasketCommand } from '../basket/basket.ts';
import { basketTotals } from '../basket/basket.ts';
import { NATURES } from '../catalog/nature.ts';
import { CASH } from '../tender/tender-type.ts';
import { act, CUT, HEADER, openLane } from '../testing/shop.ts';
import { readSale } from './read-sale.ts';
import { completeSale } from './sale-entry.ts';
import { addSale, noSums } from './sale-sums.ts';
import type { Sale } from './sale.ts';
import '../testing/property-runs.ts';

const line: fc.Arbitrary<BasketCommand> = fc
  .record({
    nature: fc.option(fc.constantFrom(...NATURES), { nil: undefined }),
    rateBps: fc.constantFrom(0, 700, 1_900),
    faceMinor: fc.integer({ min: 1, max: 9_999 }),
    quantity: fc.constantFrom(1, 1, 2, -1),
    reference: fc.constantFrom('A', 'B'),
  })
  .map(({ nature, rateBps, faceMinor, quantity, reference }) => ({
    type: 'addItem',
    cut: CUT,
    item: {
      sku: `${nature ?? 'goods'} ${rateBps}`,
      name: 'thing',
      taxClass: `t${rateBps}`,
      unit: 'piece',
      ...(nature !== undefined && { nature }),
    },
    price: undefined,
    taxClass: { taxClass: `t${rateBps}`, name: 'tax', rateBps },
    quantity,
    ...(nature === undefined
      ? { override: { unitPrice: { amount: faceMinor, decimals: 2 }, reason: 'agreed' } }
      : { faceMinor, natureReference: reference }),
  }));

/** Undefined where the basket pays out by vouchers: no such sale is completed. */
function sold(lines: readonly BasketCommand[], taxInclusive: boolean): Sale | undefined {
  let lane = openLane({ taxInclusive });
  for (const command of lines) {
    const done = act(lane, command);
    if (done.ok) lane = done.value;
  }
  const { dueMinor } = basketTotals(lane.basket);
  const paid = act(lane, { type: 'payCash', amountMinor: dueMinor });
  if (!paid.ok) return undefined;
  const sale = readSale(completeSale(paid.value.basket, HEADER, { receiptNumber: 'r' }).fields);
  assert(sale.ok, `the sale agrees with itself: ${JSON.stringify(sale)}`);
  return sale.value;
}

test('revenue, taxes and liabilities are the totals, to the cent, in any order of the sales', () => {
  let completed = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.boolean()), { maxLength: 5 }), (baskets) => {
      const sales = baskets.flatMap(([lines, taxInclusive]) => sold(lines, taxInclusive) ?? []);
      completed += sales.length;
      const sums = sales.reduce(addSale, noSums('EUR'));
      const liabilities = [...sums.liabilitiesMinor.values()].reduce((sum, each) => sum + each, 0);
      const totals = sales.reduce((sum, { totalMinor }) => sum + totalMinor, 0);
      expect(sums.revenueMinor + sums.taxMinor + liabilities).toBe(totals);
      // Maps are compared as sets of entries.
      expect(sales.toReversed().reduce(addSale, noSums('EUR'))).toEqual(sums);
    }),
  );
  expect(completed).toBeGreaterThan(50);
});

const isMoney = (command: BasketCommand): boolean => command.type === 'addItem' && command.item.nature !== undefined;

test('where nothing but money is sold there is no revenue, however it rounds', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.boolean(), (lines, taxInclusive) => {
      const sales = [sold(lines.filter(isMoney), taxInclusive)].filter((sale) => sale !== undefined);
      expect(sales.reduce(addSale, noSums('EUR')).revenueMinor).toBe(0);
    }),
  );
});

test('no line of money moves stock, and what is taxed later is taxed nothing now', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const money = (sold(lines, true)?.lines ?? []).filter(({ nature }) => nature !== undefined);
      expect(money.filter(({ stockQuantity }) => stockQuantity !== 0)).toEqual([]);
      expect(money.filter(({ nature, taxClass }) => (taxClass === 'outsideTax') !== (nature !== 'singlePurposeVoucher'))).toEqual([]);
    }),
  );
});

test('training counts nowhere', () => {
  const sale = sold([], true);
  expect(sale).toBeUndefined();
  const socks: BasketCommand = {
    type: 'addItem',
    cut: CUT,
    item: { sku: 's', name: 's', taxClass: 't', unit: 'piece' },
    price: undefined,
    taxClass: { taxClass: 't', name: 't', rateBps: 0 },
    override: { unitPrice: { amount: 100, decimals: 2 }, reason: 'agreed' },
  };
  const one = sold([socks], true);
  assert(one !== undefined, 'socks are sold');
  expect(one.tenders[0]?.tenderType).toBe(CASH.tenderType);
  expect(addSale(noSums('EUR'), { ...one, training: true })).toEqual(noSums('EUR'));
  expect(addSale(noSums('EUR'), one).revenueMinor).toBe(100);
});
