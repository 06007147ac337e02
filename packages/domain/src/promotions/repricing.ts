/** What promotions made of a basket, as its events hold it: shares line by line, which versions they come from, and rewards. */
import type { LineDiscount } from '../line-discount.ts';
import type { EarnedReward } from './price-promotions.ts';
import type { Coupon } from './rule.ts';

/** Who buys, as far as a rule may ask: an opaque id, and the groups that prices and promotions know. */
export interface BasketCustomer {
  readonly customerId: string;
  readonly groups: readonly string[];
}

export interface UsedPromotion {
  readonly promotionId: string;
  /** The hash of what the promotion said. */
  readonly version: string;
  readonly name: string;
  readonly uses: number;
  readonly coupon?: Coupon;
}

export interface Repricing {
  /** All that is taken off these lines now; lines that are not here keep what they have. */
  readonly lines: readonly { readonly lineId: string; readonly discounts: readonly LineDiscount[] }[];
  readonly promotions: readonly UsedPromotion[];
  readonly rewards: readonly EarnedReward[];
}
