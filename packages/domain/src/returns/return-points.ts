/** Points that a sale earned are taken back with its goods: each return takes its share, and all of them together every point. */
import { assert } from '@holdfast/base';

import { tierOfPoints, type EarnedBySale, type LoyaltyRules, type LoyaltyTier } from '../customer/loyalty.ts';
import { addMinor, scaleRounded } from '../money/money.ts';
import type { Sale } from '../sale/sale.ts';
import { daysBetween } from '../shift/business-day.ts';
import type { ReturnableLine } from './return-line.ts';

/** What a sale earned, and what of its goods is left: as a return finds it. */
export interface EarnedPoints {
  readonly customer: string;
  readonly points: number;
  /** Of the goods that earned them. */
  readonly paidMinor: number;
  readonly leftMinor: number;
  /** In steps of their units, all together. */
  readonly leftQuantity: number;
}

export interface PointsTaken {
  readonly customer: string;
  /** Below 0 where they are given again. */
  readonly points: number;
}

/** What its customer earned, by the store's rule and by promotions. */
export const pointsOfSale = ({ points = 0, rewards = [] }: Pick<Sale, 'points' | 'rewards'>): number =>
  rewards.reduce((sum, { times, reward }) => (reward.type === 'points' ? addMinor(sum, times * reward.points) : sum), points);

/** What a sale means for the tiers of its customers: earned by them, and taken from others by goods that came back. What was burnt stays earned. */
export function earnedBySale(sale: Sale): readonly EarnedBySale[] {
  const { customer, businessDate, pointsTaken = [] } = sale;
  if (sale.training) return [];
  const points = pointsOfSale(sale);
  return [
    ...(customer === undefined || points === 0 ? [] : [{ customer, businessDate, points }]),
    ...pointsTaken.map((taken) => ({ customer: taken.customer, businessDate, points: 0 - taken.points })),
  ];
}

/** The tier of each customer who ever earned anything, on a business date: by what they earned in the days that count. */
export function tiersAt(
  sales: Iterable<Sale>,
  rules: Pick<LoyaltyRules, 'tiers' | 'tierDays'>,
  date: string,
): ReadonlyMap<string, LoyaltyTier | undefined> {
  const points = new Map<string, number>();
  for (const sale of sales) {
    for (const earned of earnedBySale(sale)) {
      const counts = rules.tierDays === undefined || daysBetween(earned.businessDate, date) <= rules.tierDays;
      points.set(earned.customer, addMinor(points.get(earned.customer) ?? 0, counts ? earned.points : 0));
    }
  }
  return new Map([...points].map(([customer, sum]) => [customer, tierOfPoints(sum, rules)]));
}

/** Undefined where the sale earned nothing; `lines` are its returnable ones. */
export function earnedPoints(sale: Sale, lines: readonly ReturnableLine[]): EarnedPoints | undefined {
  const { customer } = sale;
  const points = pointsOfSale(sale);
  if (customer === undefined || points <= 0) return undefined;
  const goods = lines.filter(({ sold }) => sold.nature === undefined);
  const sumOf = (valueOf: (line: ReturnableLine) => number): number => goods.reduce((sum, line) => addMinor(sum, valueOf(line)), 0);
  return {
    customer,
    points,
    paidMinor: sumOf(({ paidMinor }) => paidMinor),
    leftMinor: sumOf(({ leftMinor }) => leftMinor),
    leftQuantity: sumOf(({ leftQuantity }) => leftQuantity),
  };
}

/**
 * The points that goods take back which are paid out with `backMinor`; all of them with the last of the goods. In proportion to what the goods
 * were paid for; rounded half up on the sum, so that no sequence of returns gains by it.
 */
export function pointsTakenBack(earned: EarnedPoints, backMinor: number, backQuantity: number): number {
  const { points, paidMinor, leftMinor, leftQuantity } = earned;
  const leftWith = (minor: number, quantity: number): number => {
    if (quantity <= 0) return 0;
    // What cost nothing earned nothing: it takes nothing back before the last of it does.
    if (paidMinor === 0) return points;
    const left = scaleRounded(points, minor, paidMinor, 'half-up');
    assert(left !== undefined, 'a share is no larger than its whole');
    return left;
  };
  return leftWith(leftMinor, leftQuantity) - leftWith(leftMinor - backMinor, leftQuantity - backQuantity);
}
