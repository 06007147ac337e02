import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import {
  compareUnitPrices,
  convertMinor,
  currencyOf,
  decimalText,
  divideRoundHalfEven,
  divideRoundHalfUp,
  formatMoney,
  formatUnitPrice,
  lineAmountMinor,
  parseMinor,
  parseUnitPrice,
  ROUNDINGS,
  scaleRounded,
} from './money.ts';
import { isUnit } from './quantity.ts';

describe('rounding by name', () => {
  const cases = readTable(`
    numerator | divisor | half-up | half-down | half-even | up | down
    ----------+---------+---------+-----------+-----------+----+-----
            5 |       2 |       3 |         2 |         2 |  3 |  2
            7 |       2 |       4 |         3 |         4 |  4 |  3
           -5 |       2 |      -3 |        -2 |        -2 | -3 | -2
            4 |       2 |       2 |         2 |         2 |  2 |  2
            1 |       3 |       0 |         0 |         0 |  1 |  0
            2 |       3 |       1 |         1 |         1 |  1 |  0
           -1 |       3 |       0 |         0 |         0 | -1 |  0
            0 |       9 |       0 |         0 |         0 |  0 |  0
  `);
  test.each(cases)('$numerator ÷ $divisor', (row) => {
    for (const rounding of ROUNDINGS) {
      expect(scaleRounded(Number(cell(row, 'numerator')), 1, Number(cell(row, 'divisor')), rounding), rounding).toBe(
        Number(cell(row, rounding)),
      );
    }
    expect(divideRoundHalfUp(Number(cell(row, 'numerator')), Number(cell(row, 'divisor')))).toBe(Number(cell(row, 'half-up')));
    expect(divideRoundHalfEven(Number(cell(row, 'numerator')), Number(cell(row, 'divisor')))).toBe(Number(cell(row, 'half-even')));
  });

  test('products beyond 2^53 are exact', () => {
    // 999,999,999,999 × 99,999 ÷ 109,999 = 909,090,082,636.2…
    expect(scaleRounded(999_999_999_999, 99_999, 109_999, 'half-up')).toBe(909_090_082_636);
    expect(scaleRounded(9_007_199_254_740_991, 3, 6, 'half-even')).toBe(4_503_599_627_370_496);
  });

  test('an answer that is no safe integer is none', () => {
    expect(scaleRounded(Number.MAX_SAFE_INTEGER, 3, 1, 'half-up')).toBeUndefined();
  });

  test.each([
    [0.5, 1, 1],
    [Number.NaN, 1, 1],
    [1, 1, 0],
    [1, 1, -3],
    [1e16, 1, 1],
  ])('%d × %d ÷ %d is a mistake of the caller', (value, multiplier, divisor) => {
    expect(() => scaleRounded(value, multiplier, divisor, 'half-up')).toThrow('money is');
  });
});

describe('one currency in another', () => {
  const cases = readTable(`
    amount    | from | rate     | to  | comes to  | because
    ----------+------+----------+-----+-----------+------------------------------
    60.00     | USD  | 0.92     | EUR | 55.20     |
    0.01      | USD  | 0.92     | EUR | 0.01      | 0.0092
    0.01      | USD  | 0.49     | EUR | 0.00      |
    0.01      | USD  | 0.5      | EUR | 0.01      | the half goes up
    1000      | JPY  | 0.0061   | EUR | 6.10      | no decimals into two
    10.00     | EUR  | 163.9345 | JPY | 1639      | two decimals into none
    10.000    | KWD  | 3.012345 | EUR | 30.12     | three decimals into two
    5         | JPY  | 0.5      | KWD | 2.500     | none into three
    1         | JPY  | 2        | KWD | 2.000     | a rate without decimals
  `);
  test.each(cases)('$amount $from at $rate: $(comes to) $to', (row) => {
    const [from, to] = [currencyOf(cell(row, 'from')), currencyOf(cell(row, 'to'))];
    const rate = parseUnitPrice(cell(row, 'rate'));
    if (from === undefined || to === undefined || !rate.ok) throw new Error('the table names two currencies and a rate');
    const amount = parseMinor(cell(row, 'amount'), from.minorDigits);
    const converted = amount.ok ? convertMinor(amount.value, from.minorDigits, rate.value, to.minorDigits) : undefined;
    expect(decimalText(converted ?? -1, to.minorDigits)).toBe(cell(row, 'comes to'));
  });

  test('that no safe integer can hold is none', () => {
    expect(convertMinor(1_000_000_000_000, 0, { amount: 1_000_000_000_000, decimals: 0 }, 3)).toBeUndefined();
  });
});

describe('what a line costs', () => {
  const cases = readTable(`
    quantity    | unit       | price             | currency | amount        | because
    ------------+------------+-------------------+----------+---------------+-----------------------------------
              3 | piece      |              1.19 | EUR      |           357 | three of it
             -3 | piece      |              1.19 | EUR      |          -357 | a return mirrors the sale
            842 | gram       |              1.79 | EUR      |           151 | 1.50718
            500 | gram       |              1.99 | EUR      |           100 | 0.995: the half goes up
           -500 | gram       |              1.99 | EUR      |          -100 | and mirrors
            330 | millilitre |              2.50 | EUR      |            83 | 0.825
           1250 | millimetre |              4.00 | EUR      |           500 | 1.25 m
              1 | piece      |             0.001 | GBP      |             0 | a tenth of a penny
              5 | piece      |             0.001 | GBP      |             1 | half a penny goes up, once per line
             15 | piece      |             0.001 | GBP      |             2 | 1.5 pence
              4 | piece      |             0.001 | GBP      |             0 | 0.4 pence
              7 | piece      |             2.345 | KWD      |         16415 | three decimals
              1 | piece      |             1.5   | BHD      |          1500 | fewer decimals than the currency
              3 | piece      |               980 | JPY      |          2940 | none at all
              1 | piece      |             980.5 | JPY      |           981 | half a yen goes up
              1 | piece      |                 0 | EUR      |             0 | given away by override
     1000000000 | piece      |              0.01 | EUR      |    1000000000 | the largest quantity
     1000000000 | piece      |           1000.01 | EUR      | amountOutOfRange | more than any basket may hold
              1 | piece      |     9999999999.99 | EUR      |  999999999999 | the dearest thing on earth
              1 | piece      |    10000000000.01 | EUR      | amountOutOfRange |
          80995 | piece      |              2.08 | GBP      |      16846960 | paper craft, little birdie
  `);
  test.each(cases)('$quantity $unit at $price $currency: $amount ($because)', (row) => {
    const unit = cell(row, 'unit');
    const price = parseUnitPrice(cell(row, 'price'));
    const currency = currencyOf(cell(row, 'currency'));
    if (!isUnit(unit) || currency === undefined) throw new Error('the table names a unit and a currency');
    // A price that cannot even be read is refused the same way.
    const amount = price.ok ? lineAmountMinor({ value: Number(cell(row, 'quantity')), unit }, price.value, currency.minorDigits) : price;
    expect(amount.ok ? String(amount.value) : amount.error.type).toBe(cell(row, 'amount'));
  });

  test.each([
    { amount: 1e15, decimals: 2 },
    { amount: 0.5, decimals: 2 },
    { amount: Number.NaN, decimals: 0 },
    { amount: 1, decimals: 7 },
    { amount: 1, decimals: -1 },
    { amount: 1, decimals: 0.5 },
  ])('the price %o is refused by its type', (price) => {
    expect(lineAmountMinor({ value: 1, unit: 'piece' }, price, 2)).toEqual({
      ok: false,
      error: { type: 'amountOutOfRange', detail: { limitMinor: 1_000_000_000_000 } },
    });
  });
});

describe('typed amounts', () => {
  const cases = readTable(`
    text        | digits | minor
    ------------+--------+-----------------
    12.34       | 2      | 1234
    12,34       | 2      | 1234
    12.5        | 2      | 1250
    12          | 2      | 1200
    -3.00       | 2      | -300
    007         | 2      | 700
    1.234       | 3      | 1234
    1.234       | 2      | malformedAmount
    1234        | 0      | 1234
    1.5         | 0      | malformedAmount
    1.234,56    | 2      | malformedAmount
    1e3         | 2      | malformedAmount
    .5          | 2      | malformedAmount
    5.          | 2      | malformedAmount
    --5         | 2      | malformedAmount
    ١٢          | 2      | malformedAmount
    NaN         | 2      | malformedAmount
                | 2      | malformedAmount
    1000000000000000 | 2 | amountOutOfRange
    99999999999999999999999999 | 2 | amountOutOfRange
    10000000000.01   | 2 | amountOutOfRange
  `);
  test.each(cases)('$text with $digits digits: $minor', (row) => {
    const parsed = parseMinor(cell(row, 'text'), Number(cell(row, 'digits')));
    expect(parsed.ok ? String(parsed.value) : parsed.error.type).toBe(cell(row, 'minor'));
  });

  test('minus nothing is nothing', () => {
    expect(parseMinor('-0.00', 2)).toEqual({ ok: true, value: 0 });
  });
});

test.each([
  [1234, 2, '12.34'],
  [-5, 2, '-0.05'],
  [5, 0, '5'],
  [0, 3, '0.000'],
  [-1, 3, '-0.001'],
])('%d with %d decimals reads %s', (amount, decimals, text) => {
  expect(decimalText(amount, decimals)).toBe(text);
});

test('prices compare whatever their decimals', () => {
  expect(compareUnitPrices({ amount: 15, decimals: 1 }, { amount: 150, decimals: 2 })).toBe(0);
  expect(compareUnitPrices({ amount: 1, decimals: 3 }, { amount: 1, decimals: 2 })).toBe(-1);
  expect(compareUnitPrices({ amount: 1_000_000_000_000, decimals: 0 }, { amount: 999_999_999_999, decimals: 0 })).toBe(1);
});

test('currencies have the decimals of ISO 4217', () => {
  const digits = readTable(`
    code | digits
    EUR  | 2
    USD  | 2
    GBP  | 2
    CHF  | 2
    JPY  | 0
    KRW  | 0
    HUF  | 2
    KWD  | 3
    BHD  | 3
    TND  | 3
    CLP  | 0
  `);
  for (const row of digits) expect(currencyOf(cell(row, 'code'))?.minorDigits, cell(row, 'code')).toBe(Number(cell(row, 'digits')));
  expect(currencyOf('XXX')).toBeUndefined();
  expect(currencyOf('constructor')).toBeUndefined();
});

test('money is written as people write it', () => {
  expect(formatMoney(123_456, 'EUR', 'en')).toBe('€1,234.56');
  expect(formatMoney(123_456, 'EUR', 'de').replaceAll(/\s/g, ' ')).toBe('1.234,56 €');
  expect(formatMoney(-980, 'JPY', 'en')).toBe('-¥980');
  expect(formatMoney(999_999_999_999, 'KWD', 'en').replaceAll(/\s/g, ' ')).toBe('KWD 999,999,999.999');
  expect(formatUnitPrice({ amount: 1, decimals: 3 }, 'GBP', 'en')).toBe('£0.001');
  expect(formatUnitPrice({ amount: 5, decimals: 0 }, 'GBP', 'en')).toBe('£5.00');
});

describe('what lies in a drawer', () => {
  const cases = readTable(`
    currency | faces
    ---------+-----------------------------------------------------------------
    USD      | 100 50 20 10 5 2 1 0.50 0.25 0.10 0.05 0.01
    GBP      | 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01
    JPY      | 10000 5000 2000 1000 500 100 50 10 5 1
    KWD      | 20.000 10.000 5.000 1.000 0.500 0.250 0.100 0.050 0.020 0.010 0.005
    ARS      | 500 200 100 50 20 10 5 2 1 0.50 0.20 0.10 0.05 0.02 0.01
  `);
  test.each(cases)('$currency: $faces', (row) => {
    const currency = currencyOf(cell(row, 'currency'));
    const text = (minor: number): string => decimalText(minor, currency?.minorDigits ?? 0).replace(/^(\d+)\.00$/u, '$1');
    expect(currency?.facesMinor.map(text).join(' ')).toBe(cell(row, 'faces'));
  });
});
