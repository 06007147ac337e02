/** Points that a sale earned are taken back with its goods: each return takes its share, and all of them together every point. */
import { assert } from '@holdfast/base';

import { addMinor, scaleRounded } from './money.ts';
import { returnableLines } from './return-line.ts';
import type { Sale } from './sale.ts';

/**
 * Of `points` that `sale` earned, those that `back` takes back, of which `before` took their share already; all of them with the last of its
 * goods. In proportion to what its goods were paid for; rounded half up on the sum, so that no sequence of returns gains by it.
 */
export function pointsTakenBack(points: number, sale: Sale, before: readonly Sale[], back: Sale): number {
  const paidMinor = returnableLines(sale, []).reduce((sum, line) => addMinor(sum, line.paidMinor), 0);
  const leftAfter = (others: readonly Sale[]): number => {
    const lines = returnableLines(sale, others);
    if (lines.every(({ leftQuantity }) => leftQuantity === 0)) return 0;
    // What cost nothing earned nothing: it takes nothing back before the last of it does.
    if (paidMinor === 0) return points;
    const leftMinor = lines.reduce((sum, line) => addMinor(sum, line.leftMinor), 0);
    const left = scaleRounded(points, leftMinor, paidMinor, 'half-up');
    assert(left !== undefined, 'a share is no larger than its whole');
    return left;
  };
  return leftAfter(before) - leftAfter([...before, back]);
}
