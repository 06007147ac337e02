import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { limitedRefunds, type LimitedTender, type LineBack } from './limited-refund.ts';

/** `1 400, 3 200`: amounts by line. */
const pairsOf = (text: string): readonly (readonly [number, number])[] =>
  text === '' ? [] : text.split(', ').map((pair) => pair.split(' ').map(Number) as [number, number]);

const limitedOf = (text: string): readonly LimitedTender[] =>
  text.split(' / ').map((lines, paidBy) => {
    const left = pairsOf(lines).map(([line, leftMinor]) => ({ line, leftMinor }));
    return { paidBy, paidMinor: left.reduce((sum, { leftMinor }) => sum + leftMinor, 0), refundedMinor: 0, lines: left };
  });

/** `1: 2 of 3 for 200 of 300`: two of three pieces of line 1; `2: -50 of 400`: a discount that is taken back on line 2, which was worth 400. */
const backOf = (text: string): readonly LineBack[] =>
  text.split(', ').map((part, index) => {
    const goods = /^(\d+): (\d+) of (\d+) for (\d+) of (\d+)$/.exec(part)?.slice(1).map(Number);
    const change = /^(\d+): (-?\d+) of (\d+)$/.exec(part)?.slice(1).map(Number);
    const lineId = String(index + 1);
    if (goods !== undefined) {
      const [line = 0, quantity = 0, leftQuantity = 0, refundMinor = 0, paidMinor = 0] = goods;
      return { lineId, line, quantity, refundMinor, left: { quantity: leftQuantity, paidMinor } };
    }
    assert(change !== undefined, `a line that comes back: ${part}`);
    const [line = 0, refundMinor = 0, paidMinor = 0] = change;
    return { lineId, line, quantity: 0, refundMinor, left: { quantity: 1, paidMinor } };
  });

describe('what goes back to tenders that paid for some goods only', () => {
  // Minor units. Tenders are parted by slashes; shares name the lines that come back, counted from 1.
  const cases = readTable(`
    paid                 | comes back                                   | owed | goes back
    ---------------------+----------------------------------------------+------+------------------------
    1 400                | 2: 1 of 1 for 217 of 217                     | 217  |
    1 400                | 1: 1 of 1 for 433 of 433                     | 433  | 0: 400 (1 400)
    1 100                | 1: 1 of 3 for 108 of 325                     | 108  | 0: 33 (1 33)
    1 67                 | 1: 1 of 2 for 108 of 217                     | 108  | 0: 34 (1 34)
    1 33                 | 1: 1 of 1 for 109 of 109                     | 109  | 0: 33 (1 33)
    1 300 / 1 100        | 1: 1 of 2 for 200 of 400                     | 200  | 0: 200 (1 200)
    1 100 / 1 300        | 1: 1 of 2 for 200 of 400                     | 200  | 0: 100 (1 100), 1: 100 (1 100)
    1 200, 2 100         | 1: 1 of 1 for 200 of 200, 2: 1 of 2 for 50 of 100 | 250 | 0: 250 (1 200, 2 50)
    1 1000, 2 500        | 1: 1 of 1 for 1000 of 1000, 2: -250 of 500   | 750  | 0: 750 (1 1000, 2 -250)
    1 1000               | 1: 1 of 1 for 1000 of 1000, 2: -250 of 500   | 750  | 0: 750 (1 1000, 2 -250)
    1 400                | 1: 1 of 1 for 1000 of 1000, 2: -250 of 500   | 750  | 0: 400 (1 400)
    2 500                | 1: 1 of 1 for 1000 of 1000, 2: -250 of 500   | 750  |
    1 100, 2 100         | 1: 1 of 1 for 100 of 100, 2: -100 of 100     | 0    | 0: 0 (1 100, 2 -100)
    2 300                | 1: 1 of 1 for 100 of 100, 2: 60 of 600       | 160  | 0: 30 (2 30)
  `);
  test.each(cases)('$paid paid; $comes back → $goes back', (row) => {
    const refunds = limitedRefunds(limitedOf(cell(row, 'paid')), backOf(cell(row, 'comes back')), Number(cell(row, 'owed')));
    const text = refunds.map(({ paidBy, amountMinor, shares }) => {
      const shared = shares.map((share) => `${share.lineId} ${share.amountMinor}`).join(', ');
      return `${paidBy}: ${amountMinor} (${shared})`;
    });
    expect(text.join(', ')).toBe(cell(row, 'goes back'));
  });
});
