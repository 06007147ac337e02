/**
 * What a promotion may say, as headquarters wrote it. A rule is immutable; it holds no state: how often it was used and what
 * of its budget is gone are the caller's to know (`PromotionContext`).
 *
 * Amounts are minor units of the basket's currency, percentages basis points (1 % = 100). A piece is one of a counted item,
 * or one weighing of a measured one; money per piece is money per kilogram (litre, metre) for measured goods.
 */

/**
 * How a promotion stands with others on one piece, as in Dynamics 365 Commerce. `exclusive` is settled first in its
 * priority and alone on its pieces; `best` is alone on its pieces and competes with the others; `compounding` shares its
 * pieces with other compounding ones, which together compete with `best`.
 */
export const COMBINE_MODES = ['exclusive', 'best', 'compounding'] as const;
export type CombineMode = (typeof COMBINE_MODES)[number];

export interface GoodsLists {
  readonly skus?: readonly string[];
  readonly categories?: readonly string[];
  readonly brands?: readonly string[];
  readonly collections?: readonly string[];
}

/** An item is meant where each list that is there names it, and no list of `except` does. `{}` means all goods. */
export interface Goods extends GoodsLists {
  readonly except?: GoodsLists;
}

/** `price` is what one piece (or one whole set) costs then; it never makes anything dearer. */
export type Off =
  | { readonly type: 'percent'; readonly bps: number }
  | { readonly type: 'amount'; readonly amountMinor: number }
  | { readonly type: 'price'; readonly priceMinor: number };

export interface SetSlot {
  readonly goods: Goods;
  readonly pieces: number;
  /** The reward falls on this slot where the set rewards `get`: the Y of "buy X, get Y". */
  readonly get?: true;
}

/** Pieces that fill the slots are one set. A set forms as often as there are pieces for it. */
export interface PromotionSet {
  readonly slots: readonly SetSlot[];
  readonly off: Off;
  /** Where `off` falls: on all pieces together, on those of the `get` slots, or on so many of the cheapest or dearest ones. */
  readonly on: 'all' | 'get' | { readonly cheapest: number } | { readonly dearest: number };
}

/** Not money off: something the till names, hands out or books. */
export type Reward =
  | { readonly type: 'points'; readonly points: number }
  | { readonly type: 'gift'; readonly sku: string; readonly pieces: number }
  | { readonly type: 'nextCoupon'; readonly code: string }
  /** A mail-in rebate: a claim is printed, the sale stays what it is. */
  | { readonly type: 'rebate'; readonly amountMinor: number };

export interface Minimum {
  readonly goods: Goods;
  readonly pieces?: number;
  readonly amountMinor?: number;
}

export type Offer =
  /** Each piece by itself. Of `tiers` (ascending by `fromPieces`) the highest that the basket's matching pieces reach counts. */
  | { readonly type: 'each'; readonly goods: Goods; readonly tiers: readonly { readonly fromPieces: number; readonly off: Off }[] }
  /** Alternatives (a tier of two and a tier of three, say): any mix of them may form. */
  | { readonly type: 'set'; readonly sets: readonly PromotionSet[] }
  /**
   * Everything that matches, together, once it comes to `fromMinor`: the reached tier that saves most. With `repeats`, an
   * amount is taken off for every `fromMinor` again.
   */
  | {
      readonly type: 'total';
      readonly goods: Goods;
      readonly tiers: readonly { readonly fromMinor: number; readonly off: Exclude<Off, { type: 'price' }> }[];
      readonly repeats?: true;
    }
  /** Given once the minimum is reached; with `repeats`, again each time that it is reached again. */
  | { readonly type: 'reward'; readonly minimum: Minimum; readonly repeats?: true; readonly reward: Reward };

export interface TimeWindow {
  /** 1 Monday to 7 Sunday. */
  readonly weekdays: readonly number[];
  /** Minutes since local midnight, [from, to); a window that ends before it begins goes past midnight and belongs to the day that it began on. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** All that is there must hold. */
export interface Conditions {
  /** [fromMs, toMs). */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly windows?: readonly TimeWindow[];
  readonly stores?: readonly string[];
  readonly customerGroups?: readonly string[];
  readonly tenderTypes?: readonly string[];
  readonly minimum?: Minimum;
}

/** `store` funding lowers the taxable base; `thirdParty` does not: what it took is claimed from the issuer. */
export interface Coupon {
  readonly code: string;
  readonly funding: 'store' | 'thirdParty';
}

/** A use is one piece of an `each` offer, one set, one total, one reward. A use that does not fit whole is not made. */
export interface Limits {
  readonly perBasket?: number;
  /** With what the customer used before; a basket without a customer begins at none. */
  readonly perCustomer?: number;
  /** All discounts of the promotion, everywhere; as far as the caller knows of them. */
  readonly budgetMinor?: number;
}

export interface Promotion {
  readonly promotionId: string;
  /** The hash of what it says: a sale names the version that it used by it. */
  readonly version: string;
  readonly name: string;
  /** Higher is decided first. */
  readonly priority: number;
  readonly combine: CombineMode;
  /** Of its amounts (ISO 4217); absent where it names none. It does not count in baskets of another: nothing is converted. */
  readonly currency?: string;
  readonly when: Conditions;
  readonly coupon?: Coupon;
  readonly limits: Limits;
  readonly offer: Offer;
}

/** Where serious systems differ (docs/CONVENTIONS.md, Promotions). */
export interface PromotionPolicy {
  /** Two percentages on one piece: each on what the other left (72.00), or both on the original price (70.00). */
  readonly stacking: 'compound' | 'add';
  /** Of compounding promotions on one piece; a fixed price is always before both. */
  readonly stackingOrder: 'amountsFirst' | 'percentagesFirst';
  /** Where a percentage is rounded (half-up): on each piece, on each line, or once per promotion. */
  readonly discountRounding: 'unit' | 'line' | 'basket';
  /** Whether a minimum counts goods at their price before promotions, or at what was left of it when the promotion's turn came. */
  readonly minimumBasis: 'before' | 'after';
  /** Whether goods that a promotion took may take another one of a lower priority. */
  readonly acrossPriorities: 'never' | 'compound';
  /** Whether a line whose price a person set takes promotions. */
  readonly setPrices: 'final' | 'promoted';
}

export const PROMOTION_POLICY_WORDS: { readonly [Name in keyof PromotionPolicy]: readonly PromotionPolicy[Name][] } = {
  stacking: ['compound', 'add'],
  stackingOrder: ['amountsFirst', 'percentagesFirst'],
  discountRounding: ['unit', 'line', 'basket'],
  minimumBasis: ['before', 'after'],
  acrossPriorities: ['never', 'compound'],
  setPrices: ['final', 'promoted'],
};

export const PROMOTION_POLICY_DEFAULTS: PromotionPolicy = {
  stacking: 'compound',
  stackingOrder: 'amountsFirst',
  discountRounding: 'line',
  minimumBasis: 'before',
  acrossPriorities: 'never',
  setPrices: 'final',
};
