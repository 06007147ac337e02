/**
 * Which of the scheduled prices holds: a price is computed when it is read, never stored as "current", so that next week's
 * prices are in the lane before they hold.
 */
import type { PriceType, ScheduledPrice } from './catalog.ts';
import { compareUnitPrices } from './money.ts';

/** Of two prices of equal priority the higher rank holds. An override is never scheduled; it ranks for completeness only. */
const TYPE_RANK: Readonly<Record<PriceType, number>> = { regular: 0, promotional: 1, clearance: 2, override: 3 };

export interface PriceQuestion {
  /** Store-agreed time. */
  readonly atMs: number;
  /** The store's own scopes, broadest first: `global`, `zone:Z`, `store:S`. Prices of other scopes do not count. */
  readonly scopes: readonly string[];
  /** The basket's; prices in other currencies do not count, they are never converted. */
  readonly currency: string;
}

/**
 * The one rule for all who quote a price: of those valid at `atMs` (from ≤ at < to), the highest priority; then clearance
 * before promotional before regular; then the narrowest scope; then the latest start; then the lowest amount. Undefined
 * where none is valid. The order of `prices` does not matter.
 */
export function choosePrice(prices: Iterable<ScheduledPrice>, question: PriceQuestion): ScheduledPrice | undefined {
  const { atMs, scopes, currency } = question;
  let chosen: ScheduledPrice | undefined;
  for (const price of prices) {
    if (price.currency !== currency || !scopes.includes(price.scope)) continue;
    if ((price.fromMs !== undefined && price.fromMs > atMs) || (price.toMs !== undefined && price.toMs <= atMs)) continue;
    if (chosen === undefined || comparePrecedence(price, chosen, scopes) > 0) chosen = price;
  }
  return chosen;
}

/** Positive where `left` holds before `right`. */
function comparePrecedence(left: ScheduledPrice, right: ScheduledPrice, scopes: readonly string[]): number {
  return (
    left.priority - right.priority ||
    TYPE_RANK[left.type] - TYPE_RANK[right.type] ||
    scopes.indexOf(left.scope) - scopes.indexOf(right.scope) ||
    (left.fromMs ?? Number.MIN_SAFE_INTEGER) - (right.fromMs ?? Number.MIN_SAFE_INTEGER) ||
    compareUnitPrices(right.price, left.price)
  );
}
