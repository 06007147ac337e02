/**
 * Why each line costs what it costs: which promotion took how much, and why each other one that means the line did not. Asked
 * by a person, line by line; never part of pricing.
 */
import { unreachable } from '@holdfast/base';

import { scaleRounded } from '../money/money.ts';
import { isMeasured } from '../money/quantity.ts';
import { CLOSED_REASONS, closedReason } from './closed-reason.ts';
import type { PreparedPromotion, PreparedPromotions } from './prepare.ts';
import type { PromotionContext, PromotionLine, PromotionOutcome } from './promotion-terms.ts';
import { PROMOTION_POLICY_DEFAULTS, type Promotion, type PromotionPolicy } from './rule.ts';

export const NOT_TAKEN_REASONS = [
  ...CLOSED_REASONS,
  /** The line comes back, or no promotion may touch it. */
  'notDiscountable',
  /** `by` is of a higher priority, or exclusive, or a piece or set offer before a total of its own priority: it had the goods first. */
  'goesFirst',
  /** `by` is part of a combination that saves more. */
  'savesMore',
  /** It applies in this basket, but reached its limit or its best sets on other lines. */
  'usedElsewhere',
  /** The basket has too little for its minimum or its set, or it would not take anything off. */
  'notReached',
] as const;
export type NotTakenReason = (typeof NOT_TAKEN_REASONS)[number];

export interface NotTaken {
  readonly promotionId: string;
  readonly name: string;
  readonly reason: NotTakenReason;
  /** The promotion that stood in the way. */
  readonly by?: string;
}

export interface LineExplanation {
  readonly lineId: string;
  /** In the order in which they were settled. */
  readonly taken: readonly { readonly promotionId: string; readonly name: string; readonly amountMinor: number }[];
  /** What the line counted for and took nothing of: it helped to fill a set, to reach a minimum, or to earn a reward. */
  readonly helped: readonly Helped[];
  /** By priority, then by id. */
  readonly notTaken: readonly NotTaken[];
}

export interface Helped {
  readonly promotionId: string;
  readonly name: string;
}

const stageRank = ({ offer, combine }: Promotion): number => (offer.type === 'total' ? 2 : 0) + (combine === 'exclusive' ? 0 : 1);

/** Whether goods that `taker` had first are out of reach for `rule`, which is settled later. */
function isBarredBy(taker: Promotion, rule: Promotion, policy: PromotionPolicy = PROMOTION_POLICY_DEFAULTS): boolean {
  if (taker.combine === 'exclusive' || rule.combine === 'exclusive') return true;
  if (rule.offer.type === 'total' && rule.combine === 'compounding' && taker.combine === 'compounding') return false;
  return policy.acrossPriorities === 'never' || taker.priority === rule.priority;
}

/** What promotions may count of the lines that a matcher means, at their price before promotions. */
interface Meant {
  readonly pieces: number;
  readonly amountMinor: number;
}

type Meaning = (matcher: number) => Meant;

function meaningOf(prepared: PreparedPromotions, lines: readonly PromotionLine[]): Meaning {
  const counted = lines.filter((line) => !isOut(line)).map((line) => ({ line, has: prepared.findingsOf(line).has }));
  return (matcher) => {
    let [pieces, amountMinor] = [0, 0];
    for (const { line, has } of counted) {
      if (!has.has(matcher)) continue;
      pieces += isMeasured(line.quantity.unit) ? 1 : line.quantity.value;
      amountMinor += line.amountMinor;
    }
    return { pieces, amountMinor };
  };
}

/** Whether the whole basket has too little for the rule, even if no other promotion took anything. */
function isOutOfReach({ rule: { when, offer }, matcher, minimumMatcher, sets }: PreparedPromotion, meant: Meaning): boolean {
  if (when.minimum !== undefined) {
    const { pieces, amountMinor } = meant(minimumMatcher);
    if (pieces < (when.minimum.pieces ?? 0) || amountMinor < (when.minimum.amountMinor ?? 0)) return true;
  }
  switch (offer.type) {
    case 'each':
      return meant(matcher).pieces < Math.min(...offer.tiers.map(({ fromPieces }) => fromPieces));
    case 'total':
      return meant(matcher).amountMinor < Math.min(...offer.tiers.map(({ fromMinor }) => fromMinor));
    case 'set':
      return sets.every(({ slots, matchers }) => slots.some((slot, index) => meant(matchers[index] ?? -1).pieces < slot.pieces));
    case 'reward':
      return false;
    default:
      return unreachable(offer, 'isOutOfReach');
  }
}

/** Whether what the rule would take off all its goods is more than is left of its budget: a total is taken whole or not at all. */
function isOverBudget(
  { rule: { promotionId, limits, offer }, matcher }: PreparedPromotion,
  meant: Meaning,
  context: PromotionContext,
): boolean {
  if (limits.budgetMinor === undefined || offer.type !== 'total') return false;
  const { amountMinor } = meant(matcher);
  const reached = offer.tiers.filter(({ fromMinor }) => fromMinor <= amountMinor);
  const savings = reached.map(({ off }) =>
    off.type === 'amount' ? Math.min(off.amountMinor, amountMinor) : (scaleRounded(amountMinor, off.bps, 10_000, 'half-up') ?? amountMinor),
  );
  return Math.max(0, ...savings) > limits.budgetMinor - (context.budgetUsedMinor.get(promotionId) ?? 0);
}

/** Promotions that took something, or gave a reward, once the goods of a matcher reached a minimum. */
function minimumsOf(
  prepared: PreparedPromotions,
  { applied, rewards }: PromotionOutcome,
): readonly (Helped & { readonly matcher: number })[] {
  const counted = new Set([...applied, ...rewards].map(({ promotionId }) => promotionId));
  return prepared.promotions.flatMap(({ rule: { promotionId, name, when, offer }, matcher, minimumMatcher }) => {
    if (!counted.has(promotionId)) return [];
    const matchers = [...(when.minimum === undefined ? [] : [minimumMatcher]), ...(offer.type === 'reward' ? [matcher] : [])];
    return matchers.map((each) => ({ promotionId, name, matcher: each }));
  });
}

const isOut = ({ quantity, amountMinor, isDiscountable }: PromotionLine): boolean =>
  quantity.value <= 0 || amountMinor < 0 || isDiscountable === false;

/** `outcome` is what `pricePromotions` answered to the same three arguments. */
export function explainPromotions(
  prepared: PreparedPromotions,
  lines: readonly PromotionLine[],
  context: PromotionContext,
  outcome: PromotionOutcome,
): readonly LineExplanation[] {
  const rulesById = new Map(prepared.promotions.map(({ rule }) => [rule.promotionId, rule]));
  const appliedIds = new Set(outcome.applied.map((applied) => applied.promotionId));
  const minimums = minimumsOf(prepared, outcome);
  const sharesByLine = new Map<string, { promotionId: string; name: string; amountMinor: number }[]>();
  for (const { promotionId, name, shares: all } of outcome.applied) {
    for (const { lineId, amountMinor } of all) {
      const shares = sharesByLine.get(lineId) ?? [];
      shares.push({ promotionId, name, amountMinor });
      sharesByLine.set(lineId, shares);
    }
  }
  const meant = meaningOf(prepared, lines);
  return lines.map((line): LineExplanation => {
    const shares = sharesByLine.get(line.lineId) ?? [];
    const taken = shares.filter(({ amountMinor }) => amountMinor !== 0);
    const takers = shares.flatMap(({ promotionId }) => rulesById.get(promotionId) ?? []);
    const { has } = prepared.findingsOf(line);
    const helped = new Map(shares.map(({ promotionId, name }) => [promotionId, { promotionId, name }]));
    if (!isOut(line)) for (const { matcher, ...minimum } of minimums) if (has.has(matcher)) helped.set(minimum.promotionId, minimum);
    for (const { promotionId } of taken) helped.delete(promotionId);
    const notTaken: NotTaken[] = [];
    for (const index of prepared.findingsOf(line).promotions) {
      const promotion = prepared.promotions[index];
      if (promotion === undefined || takers.includes(promotion.rule) || helped.has(promotion.rule.promotionId)) continue;
      const { rule } = promotion;
      const { promotionId, name } = rule;
      const because = (reason: NotTakenReason, by?: Promotion): void => {
        notTaken.push({ promotionId, name, reason, ...(by !== undefined && { by: by.promotionId }) });
      };
      const closed = closedReason(rule, context);
      const first = takers.find(
        (taker) => taker.priority > rule.priority || (taker.priority === rule.priority && stageRank(taker) < stageRank(rule)),
      );
      const rival = takers.find((taker) => taker.priority === rule.priority && stageRank(taker) === stageRank(rule));
      if (isOut(line)) because('notDiscountable');
      else if (closed !== undefined) because(closed);
      else if (isOutOfReach(promotion, meant)) because('notReached');
      else if (first !== undefined && isBarredBy(first, rule, context.policy)) because('goesFirst', first);
      else if (rival !== undefined && (rival.combine !== 'compounding' || rule.combine !== 'compounding')) because('savesMore', rival);
      else if (appliedIds.has(promotionId)) because('usedElsewhere');
      else if (isOverBudget(promotion, meant, context)) because('budget');
      else because('notReached');
    }
    return { lineId: line.lineId, taken, helped: [...helped.values()], notTaken };
  });
}
