/** Shares of a whole by largest remainder (Hamilton): they sum to it exactly, and no share is above its weight. */
import { assert } from '@holdfast/base';

import { scaleRounded } from '../money/money.ts';

/** What is left of `total × weight ÷ sum` beyond its whole part, in parts of `sum`. */
function remainderOf(total: number, weight: number, whole: number, sum: number): number {
  const product = total * weight;
  return Number.isSafeInteger(product) ? product - whole * sum : Number(BigInt(total) * BigInt(weight) - BigInt(whole) * BigInt(sum));
}

/** `total` (0 to Σ weights) in proportion to the weights, none below 0; of equal remainders the first is served first. */
export function allot(total: number, weights: readonly number[]): readonly number[] {
  const shares: number[] = [];
  allotInto(shares, total, weights, weights.length);
  shares.length = weights.length;
  return shares;
}

/** So few remainders are looked through rather than sorted. */
const FEW_SHARES = 16;

/** The same of the first `count` weights, into an array that is used again: what stands in it behind them means nothing. */
export function allotInto(shares: number[], total: number, weights: readonly number[], count: number): void {
  let sum = 0;
  for (let at = 0; at < count; at += 1) sum += weights[at]!;
  assert(total >= 0 && total <= sum, 'no more is allotted than there is');
  let left = total;
  for (let at = 0; at < count; at += 1) {
    const share = total === 0 ? 0 : (scaleRounded(total, weights[at]!, sum, 'down') ?? 0);
    shares[at] = share;
    left -= share;
  }
  if (left === 0) return;
  const restOf = (at: number): number => remainderOf(total, weights[at]!, shares[at]!, sum);
  if (count > FEW_SHARES) {
    const rests = weights.slice(0, count).map((_, index) => ({ index, rest: restOf(index) }));
    rests.sort((first, second) => second.rest - first.rest || first.index - second.index);
    for (let turn = 0; turn < left && turn < count; turn += 1) shares[rests[turn]!.index]! += 1;
    return;
  }
  // The remainders stand behind the shares; one that was served is below all others.
  for (let at = 0; at < count; at += 1) shares[count + at] = restOf(at);
  for (; left > 0; left -= 1) {
    let largest = 0;
    for (let at = 1; at < count; at += 1) if (shares[count + at]! > shares[count + largest]!) largest = at;
    shares[largest]! += 1;
    shares[count + largest] = -1;
  }
}
