/** Shares of a whole by largest remainder (Hamilton): they sum to it exactly, and no share is above its weight. */
import { assert } from '@holdfast/base';

import { scaleRounded } from '../money.ts';

/** What is left of `total × weight ÷ sum` beyond its whole part, in parts of `sum`. */
function remainderOf(total: number, weight: number, whole: number, sum: number): number {
  const product = total * weight;
  return Number.isSafeInteger(product) ? product - whole * sum : Number(BigInt(total) * BigInt(weight) - BigInt(whole) * BigInt(sum));
}

/** `total` (0 to Σ weights) in proportion to the weights, none below 0; of equal remainders the first is served first. */
export function allot(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  assert(total >= 0 && total <= sum, 'no more is allotted than there is');
  if (total === 0) return weights.map(() => 0);
  const shares = weights.map((weight) => scaleRounded(total, weight, sum, 'down') ?? 0);
  let left = total - shares.reduce((all, share) => all + share, 0);
  if (left === 0) return shares;
  const byRemainder = weights
    .map((weight, index) => ({ index, rest: remainderOf(total, weight, shares[index] ?? 0, sum) }))
    .sort((first, second) => second.rest - first.rest || first.index - second.index);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    shares[index] = (shares[index] ?? 0) + 1;
    left -= 1;
  }
  return shares;
}
