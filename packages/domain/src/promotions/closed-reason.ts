/** Why a rule counts for nothing in a basket, whatever its goods are: time, place, customer, coupon, tender. */
import type { PromotionContext } from './promotion-terms.ts';
import type { Promotion } from './rule.ts';
import { usesLeft } from './settling.ts';

// What may apply

function isInWindow(context: PromotionContext, fromMinute: number, toMinute: number, weekdays: readonly number[]): boolean {
  const { weekday, minuteOfDay } = context;
  if (fromMinute < toMinute) return weekdays.includes(weekday) && minuteOfDay >= fromMinute && minuteOfDay < toMinute;
  const dayBefore = weekday === 1 ? 7 : weekday - 1;
  return (weekdays.includes(weekday) && minuteOfDay >= fromMinute) || (weekdays.includes(dayBefore) && minuteOfDay < toMinute);
}

/** Why a rule does not count at all in this context. */
export const CLOSED_REASONS = ['currency', 'notNow', 'store', 'customerGroup', 'coupon', 'tenderType', 'limit', 'budget'] as const;
export type ClosedReason = (typeof CLOSED_REASONS)[number];

/** Undefined where the rule counts. Minimums are not looked at here: they depend on the basket. */
export function closedReason(
  { promotionId, currency, when, coupon, limits, offer }: Promotion,
  context: PromotionContext,
): ClosedReason | undefined {
  if (currency !== undefined && currency !== context.currency) return 'currency';
  if ((when.fromMs !== undefined && context.atMs < when.fromMs) || (when.toMs !== undefined && context.atMs >= when.toMs)) return 'notNow';
  const isOpenNow = when.windows?.some(({ fromMinute, toMinute, weekdays }) => isInWindow(context, fromMinute, toMinute, weekdays));
  if (isOpenNow === false) return 'notNow';
  if (when.stores !== undefined && !when.stores.includes(context.store)) return 'store';
  if (when.customerGroups !== undefined && !when.customerGroups.some((group) => context.customerGroups.includes(group)))
    return 'customerGroup';
  if (coupon !== undefined && !context.coupons.includes(coupon.code)) return 'coupon';
  if (when.tenderTypes !== undefined && (context.tenderType === undefined || !when.tenderTypes.includes(context.tenderType)))
    return 'tenderType';
  if (usesLeft(promotionId, limits, context) <= 0) return 'limit';
  const isSpent = limits.budgetMinor !== undefined && limits.budgetMinor <= (context.budgetUsedMinor.get(promotionId) ?? 0);
  return isSpent && offer.type !== 'reward' ? 'budget' : undefined;
}
