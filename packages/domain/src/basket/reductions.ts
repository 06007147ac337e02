/**
 * All that is taken off a basket's lines, by promotions, by people and by a tax exemption, worked out together: which of them looks at what the other left is the
 * store's policy. The outcome is one event that holds every share.
 */
import type { Nature } from '../catalog/nature.ts';
import { repricingOf, type PromotableBasket, type PromotableLine, type PromotionTerms, type Repricing } from '../promotions/repricing.ts';
import { exemptionOf, isByExemption, type ExemptableLine, type ExemptPrices } from '../tax/exemption.ts';
import type { TaxTerms } from '../tax/tax.ts';
import type { LineDiscount } from './line-discount.ts';
import { manualReductions, withoutManual, type ManualDiscount, type ManualDiscountOrder } from './manual-discount.ts';

type ReducedLine = PromotableLine & ExemptableLine & { readonly nature?: Nature; readonly isDeposit?: true };

export interface ReducibleBasket extends PromotableBasket {
  readonly lines: readonly ReducedLine[];
  readonly manualDiscounts: readonly ManualDiscount[];
  readonly manualDiscountOrder: ManualDiscountOrder;
  /** Its certificate; null where nobody is exempt. */
  readonly exemption: string | null;
  readonly exemptPrices: ExemptPrices;
  readonly taxTerms: TaxTerms;
}

/** What changes in the basket now; undefined where nothing does. Without `terms` promotions stay as they are. */
export function reductionsOf(basket: ReducibleBasket, terms: PromotionTerms | undefined, tenderType?: string): Repricing | undefined {
  const { lines, manualDiscounts, manualDiscountOrder } = basket;
  const isTouched =
    manualDiscounts.length > 0 || basket.exemption !== null || lines.some((line) => hasExemption(line) || withoutManual(line) !== line);
  if (!isTouched) return terms === undefined ? undefined : repricingOf(basket, terms, tenderType);
  const manually = (before: readonly ReducedLine[]): readonly ReducedLine[] =>
    withDiscounts(before, manualReductions(before, manualDiscounts, manualDiscountOrder));
  const isFirst = manualDiscountOrder === 'beforePromotions';
  const offered = isFirst ? manually(lines) : lines.map(withoutManual);
  const promoted = terms === undefined ? undefined : repricingOf({ ...basket, lines: offered }, terms, tenderType);
  const priced = withDiscounts(offered, promoted?.lines ?? []);
  const reduced = (isFirst ? priced : manually(priced)).map((line) => withExemption(line, basket));
  const changed = reduced.flatMap(({ lineId, discounts = [] }, index) =>
    isSame(lines[index]?.discounts ?? [], discounts) ? [] : [{ lineId, discounts }],
  );
  const { promotions, rewards } = promoted ?? basket;
  const isSameOffer = isSameFact(promotions, basket.promotions) && isSameFact(rewards, basket.rewards);
  return changed.length === 0 && isSameOffer ? undefined : { lines: changed, promotions, rewards };
}

const hasExemption = ({ returnOf, discounts = [] }: ReducedLine): boolean => returnOf === undefined && discounts.some(isByExemption);

/** Last of all: without tax is what is left then. */
function withExemption(line: ReducedLine, { exemption, exemptPrices, taxTerms }: ReducibleBasket): ReducedLine {
  if (line.returnOf !== undefined) return line;
  const kept = (line.discounts ?? []).filter((discount) => !isByExemption(discount));
  const taken = exemption === null ? undefined : exemptionOf({ ...line, discounts: kept }, exemption, taxTerms, exemptPrices);
  if (taken !== undefined) return { ...line, discounts: [...kept, taken] };
  return hasExemption(line) ? { ...line, discounts: kept } : line;
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
