/** When what everybody pays becomes something else: the moments out of the schedule, each with the price that holds from it on. */
import { compareUnitPrices } from '../money/money.ts';
import { choosePrice, type PriceQuestion } from '../pricing/pricing.ts';
import type { ScheduledPrice } from './catalog.ts';

export interface PriceChange {
  readonly atMs: number;
  /** Absent: none holds from then on. */
  readonly price?: ScheduledPrice;
}

export interface PriceSpan extends Omit<PriceQuestion, 'atMs'> {
  /** What holds then is where it begins, and no change. */
  readonly fromMs: number;
  /** Changes at it do not count any more; absent: all there are. */
  readonly toMs?: number;
}

/** In their order. Another amount is a change, and so is another kind of price (a shelf says what is reduced); another price of the same is none. */
export function priceChanges(prices: readonly ScheduledPrice[], { fromMs, toMs, ...question }: PriceSpan): readonly PriceChange[] {
  const moments = [...new Set(prices.flatMap((price) => [price.fromMs, price.toMs]))]
    .filter((ms) => ms !== undefined)
    .filter((ms) => ms > fromMs && (toMs === undefined || ms < toMs))
    .toSorted((one, other) => one - other);
  const changes: PriceChange[] = [];
  let held = choosePrice(prices, { ...question, atMs: fromMs });
  for (const atMs of moments) {
    const next = choosePrice(prices, { ...question, atMs });
    if (isSame(held, next)) continue;
    changes.push(next === undefined ? { atMs } : { atMs, price: next });
    held = next;
  }
  return changes;
}

const isSame = (one: ScheduledPrice | undefined, other: ScheduledPrice | undefined): boolean =>
  one === undefined || other === undefined ? one === other : one.type === other.type && compareUnitPrices(one.price, other.price) === 0;
