/**
 * How often promotions were used, and what of their budgets is gone: folds over sales, as limits ask for them. A device knows
 * the sales that it holds: another lane's of the last minutes it may not know yet.
 */
import { promotionReference, type Reducible } from '../basket/line-discount.ts';

export interface PromotionUse {
  readonly promotionId: string;
  readonly uses: number;
  /** Whoever funds it; below 0, as the uses are, where it is given back. */
  readonly discountMinor: number;
}

/** A sale, or the basket that became one. */
export interface PromotedSale {
  readonly training: boolean;
  readonly promotions?: readonly { readonly promotionId: string; readonly version: string; readonly uses: number }[];
  /** Of a sale that undoes another one: what that had used. */
  readonly undonePromotions?: PromotedSale['promotions'];
  readonly lines: readonly Reducible[];
}

/** What a sale used of each promotion; nothing in training. What comes back gives no use back; a sale that is undone gives all of its uses back. */
export function promotionUsesOf({ training, promotions = [], undonePromotions = [], lines }: PromotedSale): readonly PromotionUse[] {
  if (training) return [];
  const discountsMinor = new Map<string, number>();
  for (const { discounts = [] } of lines) {
    for (const { reference, amountMinor } of discounts) {
      if (amountMinor < 0 || undonePromotions.length > 0) discountsMinor.set(reference, (discountsMinor.get(reference) ?? 0) - amountMinor);
    }
  }
  const used = [...promotions, ...undonePromotions.map((undone) => ({ ...undone, uses: 0 - undone.uses }))];
  return used.map(({ promotionId, version, uses }) => ({
    promotionId,
    uses,
    discountMinor: discountsMinor.get(promotionReference({ promotionId, version })) ?? 0,
  }));
}
