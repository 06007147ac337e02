import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { LineDiscount } from '../basket/line-discount.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { cell, readTable } from '../testing/table.ts';
import { paidMinorOf, partOf, returnableLines, type ReturnableLine, type ReturnPart } from './return-line.ts';

const RECEIPT = '1-abcd-000001';
const discount = (amountMinor: number, funding?: 'thirdParty'): LineDiscount => ({
  kind: 'promotion',
  reference: 'p',
  amountMinor,
  ...(funding !== undefined && { funding }),
});
const line = (quantity: number, amountMinor: number, more: Partial<SaleLine> = {}): SaleLine => ({
  sku: 'cup',
  quantity: { value: quantity, unit: 'piece' },
  unitPrice: { amount: 100, decimals: 2 },
  priceType: 'regular',
  amountMinor,
  taxClass: 'full',
  taxRateBps: 1_900,
  stockQuantity: quantity,
  ...more,
});
const sale = (lines: readonly SaleLine[], taxMinor: number, more: Partial<Sale> = {}): Sale => ({
  businessDate: '2026-03-14',
  shift: 1,
  drawer: '1',
  operator: '1',
  training: false,
  basketId: 'b',
  cut: { hubEpoch: '00000000000000aa', lsn: 1 },
  currency: 'EUR',
  lines,
  totalMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  receiptNumber: RECEIPT,
  taxInclusive: true,
  taxes: [{ taxClass: 'full', rateBps: 1_900, netMinor: 0, taxMinor }],
  tenders: [],
  changeMinor: 0,
  ...more,
});
/** What came back, as another sale holds it. */
const back = (part: ReturnPart, more: Partial<SaleLine> = {}): Sale =>
  sale(
    [
      line(part.quantity.value, part.amountMinor, {
        discounts: part.discounts,
        returnTaxes: part.taxes,
        returnOf: { receiptNumber: RECEIPT, line: part.line },
        ...more,
      }),
    ],
    0,
    { receiptNumber: 'other' },
  );
const only = (lines: readonly ReturnableLine[]): ReturnableLine => {
  const [first] = lines;
  assert(first !== undefined && lines.length === 1, 'one line');
  return first;
};
const part = (from: ReturnableLine, quantity: number, taxInclusive = true): ReturnPart => {
  const taken = partOf(from, quantity, taxInclusive);
  assert(taken.ok, 'there is as much');
  return taken.value;
};

describe('part after part of one line', () => {
  // Sold pieces, their amount, what was taken off, the tax; then what comes back, one after the other.
  const cases = readTable(`
    sold | amount | off  | tax | inclusive | parts   | amounts          | discounts | taxes      | paid back
    -----+--------+------+-----+-----------+---------+------------------+-----------+------------+-----------------
    3    | 1000   | 0    | 160 | yes       | 1 1 1   | -333 -334 -333   | 0 0 0     | -53 -54 -53 | -333 -334 -333
    3    | 1000   | 0    | 160 | yes       | 2 1     | -667 -333        | 0 0       | -107 -53   | -667 -333
    3    | 1000   | 0    | 160 | yes       | 3       | -1000            | 0         | -160       | -1000
    2    | 2001   | -501 | 240 | yes       | 1 1     | -1001 -1000      | 251 250   | -120 -120  | -750 -750
    3    | 100    | -100 | 0   | yes       | 1 2     | -33 -67          | 33 67     | 0 0        | 0 0
    3    | 1000   | 0    | 190 | no        | 1 1 1   | -333 -334 -333   | 0 0 0     | -64 -63 -63 | -397 -397 -396
    2    | 1      | 0    | 0   | yes       | 1 1     | -1 0             | 0 0       | 0 0        | -1 0
    1000 | 999    | 0    | 160 | yes       | 1 998 1 | -1 -997 -1       | 0 0 0     | 0 -160 0   | -1 -997 -1
  `);
  test.each(cases)('$sold for $amount less $off: $parts → $amounts', (row) => {
    const taxInclusive = cell(row, 'inclusive') === 'yes';
    const off = Number(cell(row, 'off'));
    const sold = sale(
      [line(Number(cell(row, 'sold')), Number(cell(row, 'amount')), { discounts: off === 0 ? [] : [discount(off)] })],
      Number(cell(row, 'tax')),
      { taxInclusive },
    );
    const whole = only(returnableLines(sold, []));
    const others: Sale[] = [];
    const parts = cell(row, 'parts')
      .split(' ')
      .map((quantity) => {
        const taken = part(only(returnableLines(sold, others)), Number(quantity), taxInclusive);
        others.push(back(taken));
        return taken;
      });
    const sumOf = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);
    const [amounts, discounts, taxes] = [
      parts.map(({ amountMinor }) => amountMinor),
      parts.map((each) => sumOf(each.discounts.map(({ amountMinor }) => amountMinor))),
      parts.map((each) => sumOf(each.taxes.map(({ taxMinor }) => taxMinor))),
    ];
    const paid = parts.map((each) => paidMinorOf(each, taxInclusive));
    expect([amounts, discounts, taxes, paid].map((values) => values.join(' '))).toEqual(
      ['amounts', 'discounts', 'taxes', 'paid back'].map((name) => cell(row, name)),
    );
    expect(sumOf(paid) + whole.paidMinor).toBe(0);
    expect(only(returnableLines(sold, others))).toMatchObject({ leftQuantity: 0, leftMinor: 0 });
  });
});

test('what others pay of a line is no part of what its shopper gets back', () => {
  const sold = sale([line(2, 1_000, { discounts: [discount(-100), discount(-300, 'thirdParty')] })], 0);
  const whole = only(returnableLines(sold, []));
  expect(whole.paidMinor).toBe(600);
  const half = part(whole, 1);
  expect(half.discounts.map(({ amountMinor }) => amountMinor)).toEqual([50, 150]);
  expect(paidMinorOf(half, true)).toBe(-300);
});

test.each([0, -1, 4, 1.5, Number.NaN])('of three pieces %d cannot come back', (quantity) => {
  const taken = partOf(only(returnableLines(sale([line(3, 300)], 0), [])), quantity, true);
  expect(taken).toEqual({ ok: false, error: { type: 'returnAboveSold', detail: { sku: 'cup', quantity, unit: 'piece', left: 3 } } });
});

test('a sale’s tax is shared among its lines by largest remainder, to the cent', () => {
  const three = sale([line(1, 33), line(1, 33), line(1, 34)], 16);
  const taxes = returnableLines(three, []).map(({ paid }) => paid.taxes.map(({ taxMinor }) => taxMinor));
  expect(taxes).toEqual([[5], [5], [6]]);
});

describe('a sale of another rounding has more or less tax than its rates say: whoever is owed least of a cent gives first', () => {
  const cases = readTable(`
    tax | of 0.33, 0.33 and 0.34
    ----+-----------------------
    18  | 6 6 6
    17  | 6 5 6
    15  | 5 5 5
    14  | 5 4 5
    13  | 4 4 5
    12  | 4 4 4
    -1  | 0 -1 0
  `);
  test.each(cases)('$tax', (row) => {
    const lines = returnableLines(sale([line(1, 33), line(1, 33), line(1, 34)], Number(cell(row, 'tax'))), []);
    expect(lines.map(({ paid }) => paid.taxes.map(({ taxMinor }) => taxMinor)).join(' ')).toBe(cell(row, 'of 0.33, 0.33 and 0.34'));
  });
});

describe('returns that name no line', () => {
  const unverified = (quantity: number, amountMinor: number, sku = 'cup'): Sale =>
    sale([line(quantity, amountMinor, { sku, returnOf: { receiptNumber: RECEIPT }, isUnverified: true })], 0, { receiptNumber: 'other' });
  const sold = sale([line(1, 100), line(2, 200), line(1, 50, { sku: 'jug' })], 0);
  const cases = readTable(`
    back    | left
    --------+-------
    1       | 0 2 1
    2       | 1 0 1
    1 2     | 0 0 1
    1 1 1   | 0 0 1
    3       | 0 2 1
    1 1 1 1 | 0 0 1
  `);
  test.each(cases)('$back of the goods come back: $left are left', (row) => {
    const others = cell(row, 'back')
      .split(' ')
      .map((quantity) => unverified(-Number(quantity), -100 * Number(quantity)));
    expect(
      returnableLines(sold, others)
        .map(({ leftQuantity }) => leftQuantity)
        .join(' '),
    ).toBe(cell(row, 'left'));
  });

  test('got more for them than they cost: there is nothing more to give, and never less than nothing', () => {
    const [first, second] = returnableLines(sold, [unverified(-1, -500)]);
    expect(first).toMatchObject({ leftQuantity: 0, leftMinor: 0 });
    expect(second).toMatchObject({ leftQuantity: 2, leftMinor: 200 });
  });

  test('other goods and other receipts are nobody’s business', () => {
    const other = sale([line(-1, -100, { returnOf: { receiptNumber: 'another', line: 1 } })], 0, { receiptNumber: 'other' });
    expect(returnableLines(sold, [unverified(-1, -100, 'plate'), other]).map(({ leftQuantity }) => leftQuantity)).toEqual([1, 2, 1]);
  });
});

test('lines that gave something back themselves do not come back; what came back defective is told apart', () => {
  const sold = sale([line(3, 300), line(-1, -100, { returnOf: { receiptNumber: 'another', line: 1 }, returnTaxes: [] })], 0);
  const first = part(only(returnableLines(sold, [])), 1);
  const second = part(only(returnableLines(sold, [back(first)])), 1);
  expect(only(returnableLines(sold, [back(first), back(second, { isDefective: true })]))).toMatchObject({
    leftQuantity: 1,
    defectiveQuantity: 1,
    leftMinor: 100,
  });
});
