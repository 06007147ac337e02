/** What promotions are asked with, and what they answer. */
import type { Quantity } from '../money/quantity.ts';
import type { PromotedItem } from './prepare.ts';
import type { Coupon, PromotionPolicy, Reward } from './rule.ts';

/** A priced line. Lines that come back (negative) and lines that no promotion may touch neither satisfy nor earn. */
export interface PromotionLine extends PromotedItem {
  readonly lineId: string;
  readonly quantity: Quantity;
  /** Before promotions. */
  readonly amountMinor: number;
  readonly isDiscountable?: boolean;
}

/** All that a rule may ask for. Moments and weekdays are the store's own. */
export interface PromotionContext {
  /** The basket's. */
  readonly currency: string;
  readonly atMs: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
  readonly store: string;
  readonly customerGroups: readonly string[];
  readonly coupons: readonly string[];
  /** Where it is known already. */
  readonly tenderType?: string;
  /** By promotion: what this customer used before, and what of the budget is gone. */
  readonly usesByCustomer: ReadonlyMap<string, number>;
  readonly budgetUsedMinor: ReadonlyMap<string, number>;
  readonly policy?: PromotionPolicy;
}

export interface PromotionShare {
  readonly lineId: string;
  /** Never above 0; 0 where the pieces only helped to make a set. */
  readonly amountMinor: number;
  /** So many pieces of the line took part. */
  readonly pieces: number;
}

export interface AppliedPromotion {
  readonly promotionId: string;
  readonly name: string;
  readonly uses: number;
  /** Σ shares; below 0. */
  readonly discountMinor: number;
  readonly shares: readonly PromotionShare[];
  readonly coupon?: Coupon;
}

export interface EarnedReward {
  readonly promotionId: string;
  readonly name: string;
  readonly times: number;
  readonly reward: Reward;
  readonly coupon?: Coupon;
}

/** What is claimed for a coupon, above 0; from its issuer where a third party funds it. */
export interface CouponClaim extends Coupon {
  readonly claimMinor: number;
}

export interface PromotionOutcome {
  /** In the order in which they were settled. */
  readonly applied: readonly AppliedPromotion[];
  readonly rewards: readonly EarnedReward[];
  readonly claims: readonly CouponClaim[];
  /** Σ applied; never above 0. */
  readonly discountMinor: number;
  readonly isExact: boolean;
}

export interface MalformedLine {
  readonly type: 'malformedLine';
  readonly detail: { readonly lineId: string; readonly expected: string };
}
