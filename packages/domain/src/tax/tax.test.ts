import { describe, expect, test } from 'vitest';

import { decimalText, minorDigitsOf, parseMinor } from '../money/money.ts';
import type { Quantity } from '../money/quantity.ts';
import { cell, readTable } from '../testing/table.ts';
import type { TaxClass, TaxComponent } from './tax-rule.ts';
import {
  DEFAULT_TAX_POLICY,
  isTaxUsable,
  TAX_ROUNDING_BASES,
  TAX_ROUNDINGS,
  taxesOf,
  taxOf,
  type TaxedAmount,
  type TaxPolicy,
  type TaxTerms,
} from './tax.ts';

const minorOf = (text: string, digits: number): number => {
  const parsed = parseMinor(text, digits);
  if (!parsed.ok) throw new Error(`${text} is an amount`);
  return parsed.value;
};

describe('the tax of one class', () => {
  const cases = readTable(`
    amount  | currency | rate % | prices  | rounding  | net      | tax
    --------+----------+--------+---------+-----------+----------+-------
    52.50   | EUR      | 12     | include | half-up   | 46.87    | 5.63
    11.90   | EUR      | 21     | include | half-up   | 9.83     | 2.07
    10920   | CLP      | 19     | include | half-up   | 9176     | 1744
    -52.50  | EUR      | 12     | include | half-up   | -46.87   | -5.63
    1.07    | EUR      | 7      | include | half-up   | 1.00     | 0.07
    0.03    | EUR      | 20     | include | half-up   | 0.02     | 0.01
    0.03    | EUR      | 20     | include | half-even | 0.03     | 0.00
    0.09    | EUR      | 20     | include | half-up   | 0.07     | 0.02
    0.09    | EUR      | 20     | include | half-even | 0.07     | 0.02
    0       | EUR      | 19     | include | half-up   | 0.00     | 0.00
    10.00   | EUR      | 0      | include | half-up   | 10.00    | 0.00
    1.050   | KWD      | 5      | include | half-up   | 1.000    | 0.050
    10.00   | USD      | 8.25   | exclude | half-up   | 10.00    | 0.83
    10.00   | USD      | 8.25   | exclude | half-even | 10.00    | 0.82
    -10.00  | USD      | 8.25   | exclude | half-up   | -10.00   | -0.83
    31.78   | USD      | 6      | exclude | half-up   | 31.78    | 1.91
    98      | JPY      | 10     | exclude | half-up   | 98       | 10
    10000000000.00 | EUR | 1000 | exclude | half-up   | 10000000000.00 | 100000000000.00
    10000000000.00 | EUR | 19   | include | half-up   | 8403361344.54  | 1596638655.46
  `);
  test.each(cases)('$amount $currency, prices $prices $"rate %" %, $rounding: $net + $tax', (row) => {
    const digits = minorDigitsOf(cell(row, 'currency'));
    const rounding = TAX_ROUNDINGS.find((known) => known === cell(row, 'rounding'));
    if (rounding === undefined) throw new Error('the table names a rounding');
    const terms = { taxInclusive: cell(row, 'prices') === 'include', taxRounding: rounding };
    const { netMinor, taxMinor } = taxOf(minorOf(cell(row, 'amount'), digits), minorOf(cell(row, 'rate %'), 2), terms);
    expect([decimalText(netMinor, digits), decimalText(taxMinor, digits)]).toEqual([cell(row, 'net'), cell(row, 'tax')]);
  });
});

test('each class is rounded once per document, highest rate first', () => {
  const standard = { taxClass: 'standard', name: 'VAT 19 %', rateBps: 1900 };
  const reduced = { taxClass: 'reduced', name: 'VAT 7 %', rateBps: 700 };
  // Three lines of 0.99 at 7 %: 0.06 each by line would be 0.18; 2.97 by document holds 0.19.
  const lines = [
    { tax: reduced, amountMinor: 99 },
    { tax: standard, amountMinor: 119 },
    { tax: reduced, amountMinor: 99 },
    { tax: reduced, amountMinor: 99 },
  ];
  const expected = [
    { ...standard, netMinor: 100, taxMinor: 19 },
    { ...reduced, netMinor: 278, taxMinor: 19 },
  ];
  const terms = { taxInclusive: true, taxRounding: 'half-up' } as const;
  expect(taxesOf(lines, terms)).toEqual(expected);
  expect(taxesOf(lines.toReversed(), terms)).toEqual(expected);
});

/** `0.95 0.95 0.53 = 18.32`: each tax of a document, and what is to pay. */
function documentText(amounts: readonly TaxedAmount[], terms: TaxTerms, digits = 2): string {
  const taxes = taxesOf(amounts, terms);
  const amountMinor = amounts.reduce((sum, amount) => sum + amount.amountMinor, 0);
  const totalMinor = terms.taxInclusive ? amountMinor : taxes.reduce((sum, tax) => sum + tax.taxMinor, amountMinor);
  return `${taxes.map((tax) => decimalText(tax.taxMinor, digits)).join(' ')} = ${decimalText(totalMinor, digits)}`;
}

const classOf = (components: readonly TaxComponent[], rateBps = 0): TaxClass => ({
  taxClass: 'several',
  name: 'Several',
  rateBps,
  components,
});
const piece = (value: number): Quantity => ({ value, unit: 'piece' });
const termsOf = (taxInclusive: boolean, policy: Partial<TaxPolicy> = {}): TaxTerms => ({
  taxInclusive,
  taxRounding: 'half-up',
  taxPolicy: { ...DEFAULT_TAX_POLICY, ...policy },
});

describe('several taxes on a line', () => {
  // Two taxes of 6 % on the net, and 3 % on the net plus both.
  const tax = classOf([
    { component: 'a', name: 'A', ratePpm: 60_000 },
    { component: 'b', name: 'B', ratePpm: 60_000 },
    { component: 'c', name: 'C', ratePpm: 30_000, on: ['a', 'b'] },
  ]);
  // By line: 15.89 × 6 % = 0.95, twice; 17.79 × 3 % = 0.53; 18.32 a line.
  // By tax of the class: 31.78 × 6 % = 1.91, twice; 35.59 × 3 % = 1.07.
  // By document: 31.78 × 15.36 % = 4.88, the two cents that 1.90, 1.90 and 1.06 lack go to 1.0678 and the first 1.9068.
  const cases = readTable(`
    lines         | basis      | result
    --------------+------------+--------------------------
    15.89         | line       | 0.95 0.95 0.53 = 18.32
    15.89 15.89   | line       | 1.90 1.90 1.06 = 36.64
    15.89 15.89   | taxClass   | 1.91 1.91 1.07 = 36.67
    15.89 15.89   | document   | 1.91 1.90 1.07 = 36.66
    -15.89 -15.89 | line       | -1.90 -1.90 -1.06 = -36.64
    -15.89 -15.89 | taxClass   | -1.91 -1.91 -1.07 = -36.67
    -15.89 -15.89 | document   | -1.91 -1.90 -1.07 = -36.66
    15.89 -15.89  | line       | 0.00 0.00 0.00 = 0.00
    15.89 -15.89  | document   | 0.00 0.00 0.00 = 0.00
  `);
  test.each(cases)('$lines exclusive, rounded by $basis: $result', (row) => {
    const basis = TAX_ROUNDING_BASES.find((known) => known === cell(row, 'basis'));
    if (basis === undefined) throw new Error('the table names a basis');
    const amounts = cell(row, 'lines')
      .split(' ')
      .map((amount) => ({ tax, amountMinor: minorOf(amount, 2) }));
    expect(documentText(amounts, termsOf(false, { basis }))).toBe(cell(row, 'result'));
  });

  test('say what each was charged on', () => {
    expect(taxesOf([{ tax, amountMinor: 1589 }], termsOf(false)).map(({ component }) => component)).toEqual([
      { component: 'a', ratePpm: 60_000, baseMinor: 1589 },
      { component: 'b', ratePpm: 60_000, baseMinor: 1589 },
      { component: 'c', ratePpm: 30_000, baseMinor: 1779 },
    ]);
  });

  test('included: each is rounded, the net is the difference', () => {
    // 18.32 ÷ 1.1536 = 15.8807…; 6 % of it is 0.9528…, 3 % of 17.7864… is 0.5335….
    const taxes = taxesOf([{ tax, amountMinor: 1832 }], termsOf(true));
    expect(taxes.map(({ netMinor, taxMinor }) => [netMinor, taxMinor])).toEqual([
      [1589, 95],
      [1589, 95],
      [1589, 53],
    ]);
  });
});

describe('an American place: state, county, city and district stacked, more decimals than a basis point', () => {
  const tax = classOf(
    [
      { component: 'state', name: 'New York State', ratePpm: 40_000 },
      { component: 'city', name: 'New York City', ratePpm: 45_000 },
      { component: 'district', name: 'MCTD', ratePpm: 3_750 },
    ],
    888,
  );
  test.each([
    ['100.00', '4.00 4.50 0.38 = 108.88'],
    ['19.99', '0.80 0.90 0.07 = 21.76'],
    ['0.10', '0.00 0.00 0.00 = 0.10'],
    ['-19.99', '-0.80 -0.90 -0.07 = -21.76'],
  ])('%s: %s', (amount, text) => {
    expect(documentText([{ tax, amountMinor: minorOf(amount, 2) }], termsOf(false))).toBe(text);
  });
});

describe('a fixed amount per unit', () => {
  // 0.25 a piece (a kilogram), and 10 % on the net and that.
  const tax = classOf([
    { component: 'levy', name: 'Levy', perUnitMinor: 25, currency: 'EUR' },
    { component: 'vat', name: 'VAT', ratePpm: 100_000, on: ['levy'] },
  ]);
  const cases = readTable(`
    amount | quantity  | prices  | returns  | result
    -------+-----------+---------+----------+---------------------
    3.00   | 3 piece   | exclude | mirrored | 0.75 0.38 = 4.13
    0.00   | 2 piece   | exclude | mirrored | 0.50 0.05 = 0.55
    2.00   | 842 gram  | exclude | mirrored | 0.21 0.22 = 2.43
    4.13   | 3 piece   | include | mirrored | 0.75 0.38 = 4.13
    -3.00  | -3 piece  | exclude | mirrored | -0.75 -0.38 = -4.13
    -3.00  | -3 piece  | exclude | kept     | 0.00 -0.30 = -3.30
    3.00   | 3 piece   | exclude | kept     | 0.75 0.38 = 4.13
  `);
  test.each(cases)('$amount for $quantity, prices $prices, returns $returns: $result', (row) => {
    const [count = '', unit = ''] = cell(row, 'quantity').split(' ');
    const quantity: Quantity = { value: Number(count), unit: unit === 'gram' ? 'gram' : 'piece' };
    const terms = termsOf(cell(row, 'prices') === 'include', { fixedTaxReturns: cell(row, 'returns') === 'kept' ? 'kept' : 'mirrored' });
    const amounts = [{ tax, amountMinor: minorOf(cell(row, 'amount'), 2), quantity }];
    expect(documentText(amounts, terms)).toBe(cell(row, 'result'));
  });

  test('is of one currency, and asks for a quantity', () => {
    expect(isTaxUsable(tax, 'EUR')).toBe(true);
    expect(isTaxUsable(tax, 'USD')).toBe(false);
    expect(() => taxesOf([{ tax, amountMinor: 100 }], termsOf(false))).toThrow('asked for a quantity');
  });

  test('by line and by class agree where nothing is rounded', () => {
    const amounts = [1, 2, 3].map((count) => ({ tax, amountMinor: count * 75, quantity: piece(count) }));
    expect(documentText(amounts, termsOf(false))).toBe('1.50 0.60 = 6.60');
    expect(documentText(amounts, termsOf(false, { basis: 'line' }))).toBe('1.50 0.60 = 6.60');
  });
});

describe('a document with several rates', () => {
  const standard = { taxClass: 'standard', name: 'VAT 20 %', rateBps: 2000 };
  const reduced = { taxClass: 'reduced', name: 'VAT 10 %', rateBps: 1000 };
  // 0.12 at 20 % is 0.024, 0.14 at 10 % is 0.014: each rounds down, together they are 0.038.
  const cases = readTable(`
    basis      | result
    -----------+-----------------
    line       | 0.02 0.01 = 0.29
    taxClass   | 0.02 0.01 = 0.29
    document   | 0.03 0.01 = 0.30
  `);
  test.each(cases)('rounded by $basis: $result', (row) => {
    const basis = TAX_ROUNDING_BASES.find((known) => known === cell(row, 'basis'));
    if (basis === undefined) throw new Error('the table names a basis');
    const amounts = [
      { tax: standard, amountMinor: 12 },
      { tax: reduced, amountMinor: 14 },
    ];
    expect(documentText(amounts, termsOf(false, { basis }))).toBe(cell(row, 'result'));
    expect(documentText(amounts.toReversed(), termsOf(false, { basis }))).toBe(cell(row, 'result'));
  });
});

describe('the half cent of an included tax', () => {
  // 0.03 holds 0.005 at 20 %: the only ties are such.
  const cases = readTable(`
    amount | to  | rounding  | net   | tax
    -------+-----+-----------+-------+------
    0.03   | tax | half-up   | 0.02  | 0.01
    0.03   | net | half-up   | 0.03  | 0.00
    -0.03  | net | half-up   | -0.03 | 0.00
    0.09   | tax | half-up   | 0.07  | 0.02
    0.09   | net | half-up   | 0.08  | 0.01
    0.09   | net | half-even | 0.07  | 0.02
    52.50  | net | half-up   | 43.75 | 8.75
  `);
  test.each(cases)('$amount to the $to, $rounding: $net + $tax', (row) => {
    const includedHalf = cell(row, 'to') === 'net' ? 'net' : 'tax';
    const taxRounding = cell(row, 'rounding') === 'half-even' ? 'half-even' : 'half-up';
    const terms: TaxTerms = { ...termsOf(true, { includedHalf }), taxRounding };
    const { netMinor, taxMinor } = taxOf(minorOf(cell(row, 'amount'), 2), 2000, terms);
    expect([decimalText(netMinor, 2), decimalText(taxMinor, 2)]).toEqual([cell(row, 'net'), cell(row, 'tax')]);
    // On top of a net there is no half to give away: 8.5 % of 1.00 is rounded up either way.
    expect(taxOf(100, 850, { ...terms, taxInclusive: false, taxRounding: 'half-up' }).taxMinor).toBe(9);
  });
});

test('zero-decimal money, several taxes', () => {
  const tax = classOf([
    { component: 'national', name: 'National', ratePpm: 78_000 },
    { component: 'local', name: 'Local', ratePpm: 22_000 },
  ]);
  expect(documentText([{ tax, amountMinor: 10_920 }], termsOf(true), 0)).toBe('774 218 = 10920');
  expect(documentText([{ tax, amountMinor: 10_920 }], termsOf(false), 0)).toBe('852 240 = 12012');
});
