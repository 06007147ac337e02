/** What a paid basket earns its customer, by the store's rule. */
import { pointsEarned, type LoyaltyRules } from '../customer/loyalty.ts';
import { addMinor } from '../money/money.ts';
import { basketLines, type Basket } from './basket.ts';
import { claimedMinorOf, netMinorOf } from './line-discount.ts';

/** The points of a paid basket; 0 without a customer, and where the store gives none. */
export function pointsOfBasket(basket: Basket, rules: LoyaltyRules | undefined): number {
  const { customer, payment } = basket;
  if (customer === null || payment === null || rules === undefined) return 0;
  const lines = basketLines(basket).map((line) => ({
    netMinor: netMinorOf(line) - claimedMinorOf(line),
    ...(line.nature !== undefined && { nature: line.nature }),
  }));
  const paidWithPointsMinor = payment.tenders.reduce(
    (sum, { points, amountMinor }) => (points === undefined ? sum : addMinor(sum, amountMinor)),
    0,
  );
  return pointsEarned(lines, { groups: customer.groups, paidWithPointsMinor }, rules);
}
