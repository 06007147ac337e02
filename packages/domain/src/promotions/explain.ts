/**
 * Why each line costs what it costs: which promotion took how much, and why each other one that means the line did not. Asked
 * by a person, line by line; never part of pricing.
 */
import type { PreparedPromotions } from './prepare.ts';
import { closedReason, type ClosedReason, type PromotionContext, type PromotionLine, type PromotionOutcome } from './price-promotions.ts';
import type { Promotion } from './rule.ts';

export type NotTakenReason =
  | ClosedReason
  /** The line comes back, or no promotion may touch it. */
  | 'notDiscountable'
  /** `by` is of a higher priority, or exclusive, or a piece or set offer before a total of its own priority: it had the goods first. */
  | 'goesFirst'
  /** `by` is part of a combination that saves more. */
  | 'savesMore'
  /** It applies in this basket, but reached its limit or its best sets on other lines. */
  | 'usedElsewhere'
  /** The basket has too little for its minimum or its set, or it would not take anything off. */
  | 'notReached';

export interface NotTaken {
  readonly promotionId: string;
  readonly name: string;
  readonly reason: NotTakenReason;
  /** The promotion that stood in the way. */
  readonly by?: string;
}

export interface LineExplanation {
  readonly lineId: string;
  /** In the order in which they were settled; `amountMinor` is 0 where the line only helped to make a set. */
  readonly taken: readonly { readonly promotionId: string; readonly name: string; readonly amountMinor: number }[];
  /** By priority, then by id. */
  readonly notTaken: readonly NotTaken[];
}

const stageRank = ({ offer, combine }: Promotion): number => (offer.type === 'total' ? 2 : 0) + (combine === 'exclusive' ? 0 : 1);

/** `outcome` is what `pricePromotions` answered to the same three arguments. */
export function explainPromotions(
  prepared: PreparedPromotions,
  lines: readonly PromotionLine[],
  context: PromotionContext,
  outcome: PromotionOutcome,
): readonly LineExplanation[] {
  const rulesById = new Map(prepared.promotions.map(({ rule }) => [rule.promotionId, rule]));
  const appliedIds = new Set(outcome.applied.map((applied) => applied.promotionId));
  const takenByLine = new Map<string, { promotionId: string; name: string; amountMinor: number }[]>();
  for (const { promotionId, name, shares } of outcome.applied) {
    for (const { lineId, amountMinor } of shares) {
      const taken = takenByLine.get(lineId) ?? [];
      taken.push({ promotionId, name, amountMinor });
      takenByLine.set(lineId, taken);
    }
  }
  return lines.map((line): LineExplanation => {
    const taken = takenByLine.get(line.lineId) ?? [];
    const isOut = line.quantity.value <= 0 || line.amountMinor < 0 || line.isDiscountable === false;
    const takers = taken.flatMap(({ promotionId }) => rulesById.get(promotionId) ?? []);
    const notTaken: NotTaken[] = [];
    for (const index of prepared.findingsOf(line).promotions) {
      const rule = prepared.promotions[index]?.rule;
      if (rule === undefined || takers.includes(rule)) continue;
      const { promotionId, name } = rule;
      const because = (reason: NotTakenReason, by?: Promotion): void => {
        notTaken.push({ promotionId, name, reason, ...(by !== undefined && { by: by.promotionId }) });
      };
      const closed = closedReason(rule, context);
      const first = takers.find(
        (taker) => taker.priority > rule.priority || (taker.priority === rule.priority && stageRank(taker) < stageRank(rule)),
      );
      const rival = takers.find((taker) => taker.priority === rule.priority && stageRank(taker) === stageRank(rule));
      if (isOut) because('notDiscountable');
      else if (closed !== undefined) because(closed);
      else if (first !== undefined && (first.combine !== 'compounding' || rule.combine !== 'compounding')) because('goesFirst', first);
      else if (rival !== undefined && (rival.combine !== 'compounding' || rule.combine !== 'compounding')) because('savesMore', rival);
      else if (appliedIds.has(promotionId)) because('usedElsewhere');
      else because('notReached');
    }
    return { lineId: line.lineId, taken, notTaken };
  });
}
