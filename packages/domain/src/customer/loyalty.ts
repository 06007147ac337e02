/**
 * Points for customers: earned by rule with each sale, burnt as a tender, and a balance like any other: the sum of what ledger entries say.
 * A customer is an opaque id with groups. Tiers are groups: headquarters puts who has earned enough into the tier's group, and member prices,
 * promotions and the rate of earning follow from it on every lane, also cut off. So do birthdays: nobody's date is on a lane.
 */
import type { Nature } from '../catalog/nature.ts';
import { addMinor, scaleRounded } from '../money/money.ts';

export interface LoyaltyTier {
  /** Also the name of its customers' group. */
  readonly tier: string;
  /** Earned in the period that headquarters counts, at least. */
  readonly fromPoints: number;
  /** Of the points that everybody earns, in percent: 150 is half as much again. */
  readonly percent: number;
}

export interface LoyaltyRules {
  /** So many points … */
  readonly earnPoints: number;
  /** … for each so many minor units. */
  readonly perMinor: number;
  /** Ascending by points. */
  readonly tiers: readonly LoyaltyTier[];
  /** Days in which points count towards a tier; absent: for ever. */
  readonly tierDays?: number;
  /** Of the points, for customers in the group `birthday`; 100: nothing more. Tier and birthday multiply. */
  readonly birthdayPercent: number;
}

/** Of a sale, as a tier counts it: what was earned, also by promotions, and what goods that came back took. Nothing in training. */
export interface EarnedBySale {
  readonly customer: string;
  readonly businessDate: string;
  readonly points: number;
}

const BIRTHDAY_GROUP = 'birthday';
const MAX_TIERS = 20;
const PERCENT = 100;

export interface EarningLine {
  /** What the shopper pays for it, after discounts; below 0 where it comes back. */
  readonly netMinor: number;
  readonly nature?: Nature;
}

/** The best tier among a customer's groups; undefined where there is none. */
export const tierOfGroups = (groups: readonly string[], { tiers }: LoyaltyRules): LoyaltyTier | undefined =>
  tiers.findLast(({ tier }) => groups.includes(tier));

/** The tier that so many points make. */
export const tierOfPoints = (points: number, { tiers }: Pick<LoyaltyRules, 'tiers'>): LoyaltyTier | undefined =>
  tiers.findLast(({ fromPoints }) => points >= fromPoints);

/**
 * The points of a sale: on goods that are sold, not on gift cards or deposits, nor on what was paid with points. Rounded down once, on the whole,
 * so that splitting a sale never earns more. What comes back takes points back with its own sale, not here.
 */
export function pointsEarned(
  lines: Iterable<EarningLine>,
  { groups, paidWithPointsMinor }: { readonly groups: readonly string[]; readonly paidWithPointsMinor: number },
  rules: LoyaltyRules,
): number {
  let earningMinor = 0 - paidWithPointsMinor;
  for (const { netMinor, nature } of lines) if (nature === undefined && netMinor > 0) earningMinor = addMinor(earningMinor, netMinor);
  if (earningMinor <= 0) return 0;
  const tierPercent = tierOfGroups(groups, rules)?.percent ?? PERCENT;
  const birthdayPercent = groups.includes(BIRTHDAY_GROUP) ? rules.birthdayPercent : PERCENT;
  const rate = rules.earnPoints * tierPercent * birthdayPercent;
  return scaleRounded(earningMinor, rate, rules.perMinor * PERCENT * PERCENT, 'down') ?? 0;
}

/** `silver 500 125`, a tier on each line: its name, its points, its percentage. Undefined for what is none. */
export function parseTiers(text: string): readonly LoyaltyTier[] | undefined {
  const rows = text.split('\n').filter((row) => row.trim() !== '');
  if (rows.length > MAX_TIERS) return undefined;
  const tiers: LoyaltyTier[] = [];
  for (const row of rows) {
    const [, tier = '', points = '', percent = ''] = /^\s*(\S{1,40}) (\d{1,9}) (\d{1,4})\s*$/.exec(row) ?? [];
    if (tier === '' || tiers.some((other) => other.tier === tier)) return undefined;
    tiers.push({ tier, fromPoints: Number(points), percent: Number(percent) });
  }
  return tiers.toSorted((left, right) => left.fromPoints - right.fromPoints);
}
