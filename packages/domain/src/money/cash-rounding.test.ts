import { describe, expect, test } from 'vitest';

import { cashRoundingOf } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { cashRefundMinor, isCashStep, roundCash, type CashRounding } from './cash-rounding.ts';
import { decimalText, minorDigitsOf, parseMinor } from './money.ts';

const minorOf = (text: string, digits = 2): number => {
  const parsed = parseMinor(text, digits);
  if (!parsed.ok) throw new Error(`${text} is an amount`);
  return parsed.value;
};

describe('what is paid in cash', () => {
  const cases = readTable(`
    due            | currency | rounding      | cash            | because
    ---------------+----------+---------------+-----------------+-----------------------------------------------
    52.54          | EUR      | 5             | 52.55           | to the nearest five cents
    52.54          | EUR      | 1000 up       | 60.00           | always up to the next ten
    52.54          | EUR      | 100 down      | 52.00           | always down to the whole unit
    52.54          | EUR      | none          | 52.54           | every cent has its coin
    52.52          | CHF      | 5             | 52.50           | nearest
    52.53          | CHF      | 5             | 52.55           | nearest
    52.55          | CHF      | 5             | 52.55           | coins can pay it as it is
    10.45          | NZD      | 10 half-up    | 10.50           | a tie, up
    10.45          | NZD      | 10 half-down  | 10.40           | a tie, down: the shop's choice in New Zealand
    10.46          | NZD      | 10 half-down  | 10.50           | no tie
    99.50          | SEK      | 100           | 100.00          | whole kronor
    99.49          | SEK      | 100           | 99.00           |
    12.25          | DKK      | 50            | 12.50           |
    12.24          | DKK      | 50            | 12.00           |
    0.02           | EUR      | 5             | 0.00            | nothing is left to pay
    0.01           | EUR      | 5 up          | 0.05            |
    1.125          | KWD      | 5             | 1.125           | three decimals
    1.128          | KWD      | 5             | 1.130           |
    1114           | CLP      | 10            | 1110            | no decimals
    1115           | CLP      | 10 half-down  | 1110            |
    -52.54         | EUR      | 5             | -52.55          | a refund mirrors its sale
    -52.54         | EUR      | 1000 up       | -60.00          |
    -52.54         | EUR      | 100 down      | -52.00          |
    -10.45         | NZD      | 10 half-up    | -10.50          |
    -10.45         | NZD      | 10 half-down  | -10.40          |
    -0.02          | EUR      | 5             | 0.00            |
    -52.54         | EUR      | 5 toward-zero | -52.50          | where a store never pays out more than it owes
    52.54          | EUR      | 5 toward-zero | 52.55           | which says nothing of sales
    10000000000    | EUR      | 1000 up       | 10000000000.00  | the largest amount is a multiple of every step
    -9999999999.99 | EUR      | 1000 up       | -10000000000.00 |
  `);
  test.each(cases)('$due $currency by $rounding: $cash', (row) => {
    const digits = minorDigitsOf(cell(row, 'currency'));
    const paidMinor = roundCash(minorOf(cell(row, 'due'), digits), cashRoundingOf(cell(row, 'rounding')));
    expect(decimalText(paidMinor, digits)).toBe(cell(row, 'cash'));
    expect(Object.is(paidMinor, -0)).toBe(false);
  });
});

describe('parts of a sale that come back singly', () => {
  const cases = readTable(`
    parts          | rounding      | paid out        | in all | because
    ---------------+---------------+-----------------+--------+----------------------------------------------------
    3.34 3.34 3.34 | 5             | 3.35 3.35 3.30  | 10.00  | 10.02 were paid with 10.00
    3.34 3.34 3.34 | none          | 3.34 3.34 3.34  | 10.02  |
    10.02          | 5             | 10.00           | 10.00  | all at once
    0.02 0.02 0.02 | 5             | 0.00 0.05 0.00  | 0.05   | 0.06 were paid with 0.05
    1.01 1.01 1.01 | 1000 up       | 10.00 0.00 0.00 | 10.00  | 3.03 were paid with 10.00
    1.99 1.99      | 100 down      | 1.00 2.00       | 3.00   | 3.98 were paid with 3.00
    3.34 3.34 3.34 | 5 toward-zero | 3.30 3.35 3.35  | 10.00  |
    52.54          | 5 toward-zero | 52.50           | 52.50  | 52.55 were paid: the five cents stay with the store
  `);
  test.each(cases)('$parts by $rounding: $(paid out), $(in all) in all', (row) => {
    const rounding = cashRoundingOf(cell(row, 'rounding'));
    const paidOut: number[] = [];
    let beforeMinor = 0;
    for (const part of cell(row, 'parts').split(' ')) {
      paidOut.push(cashRefundMinor(minorOf(part), beforeMinor, rounding));
      beforeMinor += minorOf(part);
    }
    expect(paidOut.map((amount) => decimalText(amount, 2)).join(' ')).toBe(cell(row, 'paid out'));
    const paidOutMinor = paidOut.reduce((sum, amount) => sum + amount, 0);
    expect(decimalText(paidOutMinor, 2)).toBe(cell(row, 'in all'));
  });
});

describe('a step of coins', () => {
  test.each([2, 5, 10, 20, 25, 50, 100, 500, 1_000, 1_000_000])('%d', (step) => expect(isCashStep(step)).toBe(true));
  test.each([0, 1, 3, 7, 15, -5, 0.5, 2_000_000, Number.NaN, 1e15])('is not %d', (step) => expect(isCashStep(step)).toBe(false));

  test('that is none is a mistake of the caller', () => {
    const rounding: CashRounding = { stepMinor: 3, mode: 'up', scope: 'cash', refunds: 'mirrored' };
    expect(() => roundCash(100, rounding)).toThrow('step of coins');
  });
});
