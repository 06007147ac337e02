import { describe, expect, test } from 'vitest';

import { currencyOf, decimalText, parseMinor } from '../money/money.ts';
import { cell, readTable } from '../testing/table.ts';
import { payCash, suggestedCashMinor } from './tender.ts';

const minorOf = (text: string, digits: number): number => {
  const parsed = parseMinor(text, digits);
  if (!parsed.ok) throw new Error(`${text} is an amount`);
  return parsed.value;
};

describe('cash in the hand', () => {
  const cases = readTable(`
    due    | cash   | answer
    -------+--------+-----------------
    12.34  | 12.34  | change 0.00
    12.34  | 20.00  | change 7.66
    12.34  | 12.33  | tenderTooSmall
    12.34  | 0      | tenderTooSmall
    12.34  | -12.34 | tenderTooSmall
    0      | 0      | change 0.00
    0      | 5.00   | change 5.00
    -12.34 | -12.34 | change 0.00
    -12.34 | -12.33 | refundMismatch
    -12.34 | -12.35 | refundMismatch
    -12.34 | 12.34  | refundMismatch
    -12.34 | 0      | refundMismatch
  `);
  test.each(cases)('$due due, $cash given: $answer', (row) => {
    const payment = payCash(minorOf(cell(row, 'due'), 2), minorOf(cell(row, 'cash'), 2));
    expect(payment.ok ? `change ${decimalText(payment.value.changeMinor, 2)}` : payment.error.type).toBe(cell(row, 'answer'));
  });

  test.each([1e15, -1e15, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no amount', (amount) => {
    expect(payCash(100, amount)).toMatchObject({ ok: false, error: { type: 'amountOutOfRange' } });
  });
});

test('minus nothing is nothing', () => {
  expect(payCash(0, -0)).toStrictEqual({ ok: true, value: { tenders: [{ tenderType: 'cash', amountMinor: 0 }], changeMinor: 0 } });
});

describe('what a shopper is likely to hand over', () => {
  const cases = readTable(`
    due      | currency | suggested
    ---------+----------+-------------------------
    12.34    | EUR      | 15.00 20.00 50.00 100.00
    0.43     | EUR      | 0.50 1.00 2.00 5.00
    20.00    | EUR      | 50.00 100.00 200.00
    199.99   | EUR      | 200.00
    1234.56  | EUR      | 1235.00 1240.00 1250.00 1300.00
    7.10     | GBP      | 10.00 20.00 50.00
    3.20     | USD      | 4.00 5.00 10.00 20.00
    1234     | JPY      | 2000 5000 10000
    47.85    | CHF      | 50.00 60.00 100.00 200.00
    1.100    | KWD      | 1.250 1.500 2.000 5.000
    5.00     | ARS      |
    0        | EUR      |
    -5.00    | EUR      |
  `);
  test.each(cases)('for $due $currency: $suggested', (row) => {
    const currency = currencyOf(cell(row, 'currency'));
    if (currency === undefined) throw new Error('the table names a currency');
    const sums = suggestedCashMinor(minorOf(cell(row, 'due'), currency.minorDigits), currency);
    expect(sums.map((sum) => decimalText(sum, currency.minorDigits)).join(' ')).toBe(cell(row, 'suggested'));
  });
});
