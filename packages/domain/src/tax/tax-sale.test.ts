/** A class of several taxes on its way from the basket to the ledger and the receipt. */
import { describe, expect, test } from 'vitest';

import { basketTotals, type BasketOpening } from '../basket/basket.ts';
import { receiptOf } from '../receipt/receipt.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import type { Sale } from '../sale/sale.ts';
import { act, CUT, HEADER, must, openLane, scheduledPrice, type Lane } from '../testing/shop.ts';
import type { TaxClass } from './tax-rule.ts';
import { DEFAULT_TAX_POLICY } from './tax.ts';

const CASCADE: TaxClass = {
  taxClass: 'cascade',
  name: 'Cascade',
  rateBps: 1536,
  components: [
    { component: 'a', name: 'Tax A', ratePpm: 60_000 },
    { component: 'b', name: 'Tax B', ratePpm: 60_000 },
    { component: 'c', name: 'Tax C', ratePpm: 30_000, on: ['a', 'b'] },
  ],
};
const BOTTLE: TaxClass = {
  taxClass: 'bottle',
  name: 'Bottle',
  rateBps: 1000,
  components: [
    { component: 'levy', name: 'Levy', perUnitMinor: 25, currency: 'EUR' },
    { component: 'vat', name: 'VAT', ratePpm: 100_000, on: ['levy'] },
  ],
};
const PLAIN: TaxClass = { taxClass: 'plain', name: 'VAT 7 %', rateBps: 700 };

const add = (tax: TaxClass, price: string, goods: { readonly sku?: string; readonly quantity?: number } = {}) =>
  ({
    type: 'addItem',
    cut: CUT,
    item: { sku: goods.sku ?? tax.taxClass, name: tax.name, taxClass: tax.taxClass, unit: 'piece' },
    price: scheduledPrice(tax.taxClass, price, 'EUR'),
    taxClass: tax,
    ...(goods.quantity !== undefined && { quantity: goods.quantity }),
  }) as const;

const EXCLUSIVE: Partial<BasketOpening> = { taxInclusive: false };

function sold(lane: Lane): Sale {
  const paid = must(lane, { type: 'payCash', amountMinor: basketTotals(lane.basket).totalMinor });
  const sale = readSale(completeSale(paid.basket, HEADER, { receiptNumber: 'L1-0011-000001' }).fields);
  if (!sale.ok) throw new Error(JSON.stringify(sale.error));
  return sale.value;
}

const twoCascades = (opening: Partial<BasketOpening>): Lane =>
  must(must(openLane(opening), add(CASCADE, '15.89', { sku: 'one' })), add(CASCADE, '15.89', { sku: 'two' }));

test('two lines of 15.89 come to 36.64 by line, and to 36.67 by document, each tax once', () => {
  expect(basketTotals(twoCascades(EXCLUSIVE).basket).totalMinor).toBe(3667);
  const byLine = { ...EXCLUSIVE, taxPolicy: { ...DEFAULT_TAX_POLICY, basis: 'line' } } as const;
  expect(basketTotals(twoCascades(byLine).basket).totalMinor).toBe(3664);
  expect(sold(twoCascades(byLine)).totalMinor).toBe(3664);
});

describe('a sale with several taxes', () => {
  const lane = must(must(twoCascades(EXCLUSIVE), add(BOTTLE, '1.00', { quantity: 3 })), add(PLAIN, '2.00'));
  const sale = sold(lane);

  test('names each tax, what it was charged on, and no more of a plain class than ever', () => {
    expect(sale.taxes).toEqual([
      {
        taxClass: 'cascade',
        rateBps: 1536,
        netMinor: 3178,
        taxMinor: 191,
        component: { component: 'a', ratePpm: 60_000, baseMinor: 3178 },
      },
      {
        taxClass: 'cascade',
        rateBps: 1536,
        netMinor: 3178,
        taxMinor: 191,
        component: { component: 'b', ratePpm: 60_000, baseMinor: 3178 },
      },
      {
        taxClass: 'cascade',
        rateBps: 1536,
        netMinor: 3178,
        taxMinor: 107,
        component: { component: 'c', ratePpm: 30_000, baseMinor: 3560 },
      },
      { taxClass: 'bottle', rateBps: 1000, netMinor: 300, taxMinor: 75, component: { component: 'levy' } },
      { taxClass: 'bottle', rateBps: 1000, netMinor: 300, taxMinor: 38, component: { component: 'vat', ratePpm: 100_000, baseMinor: 375 } },
      { taxClass: 'plain', rateBps: 700, netMinor: 200, taxMinor: 14 },
    ]);
    expect(sale.totalMinor).toBe(3178 + 489 + 300 + 113 + 200 + 14);
  });

  test('prints one mark for a class, and every tax with its own rate', () => {
    const names = new Map([CASCADE, BOTTLE, PLAIN].map((tax) => [tax.taxClass, tax]));
    const { blocks } = receiptOf(sale, {
      settings: { storeName: '', storeAddress: '', receiptFooter: '', timeZone: 'UTC' },
      lane: '1',
      atMs: 0,
      itemName: () => undefined,
      taxName: (taxClass, component) =>
        component === undefined
          ? names.get(taxClass)?.name
          : names.get(taxClass)?.components?.find((known) => known.component === component)?.name,
    });
    expect(blocks.flatMap((block) => (block.type === 'line' ? [block.taxMark] : []))).toEqual(['A', 'A', 'B', 'C']);
    const taxes = blocks.flatMap((block) =>
      block.type === 'tax' ? [`${block.mark} ${block.name} ${block.rateBps} on ${block.netMinor}: ${block.taxMinor}`] : [],
    );
    expect(taxes).toEqual([
      'A Tax A 600 on 3178: 191',
      'A Tax B 600 on 3178: 191',
      'A Tax C 300 on 3560: 107',
      'B Levy 0 on 300: 75',
      'B VAT 1000 on 375: 38',
      'C VAT 7 % 700 on 200: 14',
    ]);
  });

  const { fields } = completeSale(must(lane, { type: 'payCash', amountMinor: sale.totalMinor }).basket, HEADER, {
    receiptNumber: 'L1-0011-000001',
  });
  const rows = fields['taxes'] as readonly Readonly<Record<string, number | string>>[];
  const changed = (index: number, change: Readonly<Record<string, number>>) => ({
    ...fields,
    taxes: rows.map((row, place) => (place === index ? { ...row, ...change } : row)),
  });
  test.each([
    ['nets of one class that differ', changed(1, { netMinor: 3177 }), 'taxClass'],
    [
      'a net that is not the lines',
      { ...fields, taxes: rows.map((row) => (row['taxClass'] === 'bottle' ? { ...row, netMinor: 299 } : row)) },
      'taxClass',
    ],
    ['a tax that is gone', { ...fields, taxes: rows.filter((row) => row['taxClass'] !== 'plain') }, 'lines'],
    // What one tax has too much another has too little: the total agrees, the taxes do not.
    [
      'a tax that is not its rate',
      { ...fields, taxes: rows.map((row, place) => ({ ...row, taxMinor: Number(row['taxMinor']) + ([50, -50][place] ?? 0) })) },
      'tax',
    ],
  ])('is refused with %s', (_name, bad, rule) => {
    expect(readSale(bad)).toMatchObject({ ok: false, error: { type: 'sumMismatch', detail: { rule } } });
  });

  test.each([
    ['baseMinor', { ratePpm: 60_000, component: 'a' }],
    ['component', { ratePpm: 60_000, baseMinor: 3178 }],
    ['ratePpm', { ratePpm: 1e15, baseMinor: 3178, component: 'a' }],
  ])('is refused without a fitting %s', (field, rest) => {
    const { taxClass, rateBps, netMinor, taxMinor } = rows[0] ?? {};
    const bad = { ...fields, taxes: [{ taxClass, rateBps, netMinor, taxMinor, ...rest }, ...rows.slice(1)] };
    expect(readSale(bad)).toMatchObject({ ok: false, error: { type: 'malformedEntry', detail: { field: `taxes[0].${field}` } } });
  });
});

test('a class that changed while the basket was open stands twice, once for each of its rules', () => {
  const swapped: TaxClass = {
    ...CASCADE,
    components: [
      { component: 'a', name: 'Tax A', ratePpm: 100_000 },
      { component: 'b', name: 'Tax B', ratePpm: 53_600 },
    ],
  };
  const lane = must(must(openLane(EXCLUSIVE), add(CASCADE, '10.00')), add(swapped, '10.00'));
  expect(lane.basket.rows).toHaveLength(2);
  expect(sold(lane).taxes.map(({ component, netMinor, taxMinor }) => [component?.component, netMinor, taxMinor])).toEqual([
    ['a', 1000, 100],
    ['b', 1000, 54],
    ['a', 1000, 60],
    ['b', 1000, 60],
    ['c', 1000, 34],
  ]);
});

test('a tax in another currency than the basket is refused, and so is one that no total can hold', () => {
  const foreign: TaxClass = { ...BOTTLE, components: [{ component: 'levy', name: 'Levy', perUnitMinor: 25, currency: 'USD' }] };
  expect(act(openLane(), add(foreign, '1.00'))).toMatchObject({ ok: false, error: { type: 'unknownTaxClass' } });
  const heavy: TaxClass = { ...BOTTLE, components: [{ component: 'levy', name: 'Levy', perUnitMinor: 1_000_000_000, currency: 'EUR' }] };
  for (const taxInclusive of [true, false]) {
    const lane = must(openLane({ taxInclusive, quantityAskAbove: 999_999 }), add(heavy, '1.00', { quantity: 999 }));
    expect(act(lane, { type: 'setQuantity', lineId: '1', quantity: 1_000 })).toMatchObject({
      ok: false,
      error: { type: 'amountOutOfRange' },
    });
  }
});
