/**
 * What a store allows to come back: its policies, and the lowest price of late.
 * docs/CONVENTIONS.md has each policy with an example.
 */
import type { ScheduledPrice } from '../catalog/catalog.ts';
import { compareUnitPrices } from '../money/money.ts';
import { choosePrice, type PriceQuestion } from '../pricing/pricing.ts';
import type { BundleReturns } from './return-bundle.ts';

/**
 * Goods without a receipt come back at the `currentPrice` or at the `lowestPrice` of so many days, for `storeCredit` only, only with an
 * `approval`, or not at all.
 */
export const RETURNS_WITHOUT_RECEIPT = ['currentPrice', 'lowestPrice', 'storeCredit', 'approval', 'refused'] as const;
export type ReturnsWithoutReceipt = (typeof RETURNS_WITHOUT_RECEIPT)[number];

export interface ReturnPolicy {
  readonly bundles: BundleReturns;
  readonly withoutReceipt: ReturnsWithoutReceipt;
  /** How far back `lowestPrice` looks. */
  readonly lowestPriceDays: number;
  /** In which goods may come back that say nothing themselves; absent: for ever. */
  readonly days?: number;
  /** All that one basket pays out for goods whose receipt nobody could look up. */
  readonly unverifiedMaximumMinor: number;
}

export const DEFAULT_RETURN_POLICY: ReturnPolicy = {
  bundles: 'keep',
  withoutReceipt: 'currentPrice',
  lowestPriceDays: 30,
  unverifiedMaximumMinor: 5_000,
};

/** Days in which goods may come back: their own, else the store's; undefined for ever. */
export const returnDaysOf = (item: { readonly returnDays?: number } | undefined, policy: Pick<ReturnPolicy, 'days'>): number | undefined =>
  item?.returnDays ?? policy.days;

const DAY_MS = 86_400_000;

/** The lowest price that held at any moment of the last `days`, now included: each price is asked for where it began, and for now. */
export function lowestPrice(prices: readonly ScheduledPrice[], question: PriceQuestion, days: number): ScheduledPrice | undefined {
  const sinceMs = question.atMs - days * DAY_MS;
  // What holds changes only where a price begins or ends.
  const changes = prices.flatMap(({ fromMs, toMs }) => [fromMs, toMs]).filter((atMs) => atMs !== undefined);
  const moments = [sinceMs, ...changes.filter((atMs) => atMs > sinceMs && atMs <= question.atMs), question.atMs];
  let lowest: ScheduledPrice | undefined;
  for (const atMs of moments) {
    const price = choosePrice(prices, { ...question, atMs });
    if (price !== undefined && (lowest === undefined || compareUnitPrices(price.price, lowest.price) < 0)) lowest = price;
  }
  return lowest;
}
