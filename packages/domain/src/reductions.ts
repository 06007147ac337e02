/**
 * All that is taken off a basket's lines, by promotions and by people, worked out together: which of them looks at what the other left is the
 * store's policy. The outcome is one event that holds every share.
 */
import type { LineDiscount } from './line-discount.ts';
import { manualReductions, withoutManual, type ManualDiscount, type ManualDiscountOrder } from './manual-discount.ts';
import type { Nature } from './nature.ts';
import { repricingOf, type PromotableBasket, type PromotableLine, type PromotionTerms, type Repricing } from './promotions/repricing.ts';

type ReducedLine = PromotableLine & { readonly nature?: Nature; readonly returnOf?: object };

export interface ReducibleBasket extends PromotableBasket {
  readonly lines: readonly ReducedLine[];
  readonly manualDiscounts: readonly ManualDiscount[];
  readonly manualDiscountOrder: ManualDiscountOrder;
}

/** What changes in the basket now; undefined where nothing does. Without `terms` promotions stay as they are. */
export function reductionsOf(basket: ReducibleBasket, terms: PromotionTerms | undefined, tenderType?: string): Repricing | undefined {
  const { lines, manualDiscounts, manualDiscountOrder } = basket;
  const isTouched = manualDiscounts.length > 0 || lines.some((line) => withoutManual(line) !== line);
  if (!isTouched) return terms === undefined ? undefined : repricingOf(basket, terms, tenderType);
  const manually = (before: readonly ReducedLine[]): readonly ReducedLine[] =>
    withDiscounts(before, manualReductions(before, manualDiscounts, manualDiscountOrder));
  const isFirst = manualDiscountOrder === 'beforePromotions';
  const offered = isFirst ? manually(lines) : lines.map(withoutManual);
  const promoted = terms === undefined ? undefined : repricingOf({ ...basket, lines: offered }, terms, tenderType);
  const priced = withDiscounts(offered, promoted?.lines ?? []);
  const reduced = isFirst ? priced : manually(priced);
  const changed = reduced.flatMap(({ lineId, discounts = [] }, index) =>
    isSame(lines[index]?.discounts ?? [], discounts) ? [] : [{ lineId, discounts }],
  );
  const { promotions, rewards } = promoted ?? basket;
  const isSameOffer = isSameFact(promotions, basket.promotions) && isSameFact(rewards, basket.rewards);
  return changed.length === 0 && isSameOffer ? undefined : { lines: changed, promotions, rewards };
}

function withDiscounts(lines: readonly ReducedLine[], changed: Repricing['lines']): readonly ReducedLine[] {
  const byId = new Map(changed.map(({ lineId, discounts }) => [lineId, discounts]));
  return lines.map((line) => {
    const discounts = byId.get(line.lineId);
    return discounts === undefined ? line : { ...line, discounts };
  });
}

const isSameFact = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

const isSame = (left: readonly LineDiscount[], right: readonly LineDiscount[]): boolean =>
  left === right ||
  (left.length === right.length &&
    left.every(({ reference, amountMinor, approvedBy }, index) => {
      const other = right[index];
      return other?.reference === reference && other.amountMinor === amountMinor && other.approvedBy === approvedBy;
    }));
