/**
 * What the promotions of a sale would have taken off, had only a part of it been bought: by the very versions that the sale names. What
 * they asked of the moment, the place, the shopper and the tender was so when it was sold, and stays so; what they ask of
 * the goods is asked again.
 */
import { assert } from '@holdfast/base';

import { promotionReference } from '../basket/line-discount.ts';
import { addMinor, scaleRounded } from '../money/money.ts';
import type { LineQuantity, RepriceRest } from '../returns/return-bundle.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { preparePromotions, type PromotedItem } from './prepare.ts';
import type { PromotionContext, PromotionLine } from './promotion-terms.ts';
import { promotionsOf } from './repricing.ts';
import { PROMOTION_POLICY_DEFAULTS, type Promotion, type PromotionPolicy } from './rule.ts';

export interface RestFacts {
  /** A version of a promotion, by the hash that a sale names; undefined where it is not at hand any more. */
  readonly ruleOf: (promotionId: string, version: string) => Promotion | undefined;
  readonly itemOf: (sku: string) => Omit<PromotedItem, 'sku'> | undefined;
  readonly policy?: PromotionPolicy;
}

/** Only what a rule asks of goods. */
const askingOfGoods = ({ when, limits, ...rule }: Promotion): Promotion => ({
  ...rule,
  when: when.minimum === undefined ? {} : { minimum: when.minimum },
  limits: limits.perBasket === undefined ? {} : { perBasket: limits.perBasket },
});

/** How the rest of `sale` is priced again; where a version is not at hand it answers that nobody knows. */
export function repriceRestOf(sale: Sale, { ruleOf, itemOf, policy = PROMOTION_POLICY_DEFAULTS }: RestFacts): RepriceRest {
  const found = (sale.promotions ?? []).map(({ promotionId, version }) => ruleOf(promotionId, version));
  const rules = found.filter((rule) => rule !== undefined);
  if (rules.length < found.length) return () => undefined;
  const prepared = preparePromotions(rules.map(askingOfGoods));
  const context: PromotionContext = {
    currency: sale.currency,
    atMs: 0,
    weekday: 1,
    minuteOfDay: 0,
    store: '',
    customerGroups: [],
    coupons: rules.flatMap(({ coupon }) => (coupon === undefined ? [] : [coupon.code])),
    usesByCustomer: new Map(),
    budgetUsedMinor: new Map(),
    policy,
  };
  return (rest) => {
    const lines = rest.map((part) => promotionLineOf(part, sale.lines[part.line - 1], itemOf, policy));
    const { outcome, gifts } = promotionsOf(prepared, lines, context);
    const earned = new Map<number, Map<string, number>>();
    const add = (lineId: string, promotionId: string, amountMinor: number): void => {
      const line = Number(lineId);
      const reference = promotionReference(prepared.rule(promotionId));
      const byReference = earned.get(line) ?? new Map<string, number>();
      earned.set(line, byReference.set(reference, addMinor(byReference.get(reference) ?? 0, amountMinor)));
    };
    for (const { promotionId, shares } of outcome.applied) {
      for (const { lineId, amountMinor } of shares) add(lineId, promotionId, amountMinor);
    }
    for (const { lineId, promotionId, amountMinor } of gifts) add(lineId, promotionId, amountMinor);
    return earned;
  };
}

/** So much of a sold line, at what it cost before promotions; what a person took off stays off in proportion. */
function promotionLineOf(
  { line, quantity }: LineQuantity,
  sold: SaleLine | undefined,
  itemOf: RestFacts['itemOf'],
  policy: PromotionPolicy,
): PromotionLine {
  assert(sold !== undefined, 'what is left of a sale is a line of it');
  const manualMinor = (sold.discounts ?? []).reduce(
    (sum, { kind, amountMinor }) => (kind === 'manual' ? addMinor(sum, amountMinor) : sum),
    0,
  );
  const amountMinor = scaleRounded(addMinor(sold.amountMinor, manualMinor), quantity, sold.quantity.value, 'half-up');
  assert(amountMinor !== undefined, 'a part is no larger than its whole');
  const isFinal = sold.nature !== undefined || (policy.setPrices === 'final' && sold.priceType === 'override');
  return {
    ...itemOf(sold.sku),
    sku: sold.sku,
    lineId: String(line),
    quantity: { value: quantity, unit: sold.quantity.unit },
    amountMinor,
    ...(isFinal && { isDiscountable: false }),
  };
}
