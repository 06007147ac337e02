/**
 * What promotions take off a basket: the one entry point, `pricePromotions`. Pure: the same lines, rules and context give the
 * same answer, in whatever order lines were scanned and rules were listed.
 *
 * The algorithm, after Dynamics 365 Commerce:
 * - Priorities are settled from the highest down. Within one: exclusive offers on pieces and sets, then all other
 *   offers on pieces and sets, then exclusive totals, then the other totals, each on the goods that are still open to them.
 * - On pieces and sets the combination with the largest saving wins. A piece fills one set (or one limited offer) of a
 *   priority; unlimited `each` offers that compound go onto whatever compounds. What no set takes goes to the best
 *   single `each` offer or to the stack of compounding ones, whichever saves more: that is exact at any size. Sets that
 *   compete for the same pieces make a component; each is solved by itself (`best-sets.ts`).
 * - Totals take all their open goods or nothing. Those that are `best` are tried in every combination (up to
 *   `TRIED_TOTALS` of them at one priority), with the compounding ones on what is left; beyond that the one that saves most goes first.
 *
 * Savings are compared in ticks, 1,000 to a minor unit (one to one where each piece is rounded), and rounded once it is
 * known what applies. Guarantee: no answer saves less than the greedy one, `isExact` says whether it is the largest; a component of
 * `SMALL_PIECES` pieces may take `SMALL_STEPS` steps, a larger one `LARGE_STEPS`, all together `ALL_STEPS`; a whole basket of
 * `SMALL_PIECES` pieces `SMALL_BASKET_STEPS`. No total goes below 0.
 */
import { err, ok, type Result } from '@holdfast/base';

import { isAmountInRange, MAX_AMOUNT_MINOR, scaleRounded } from '../money/money.ts';
import { isMeasured, isQuantityInRange, pricingStep } from '../money/quantity.ts';
import { closedReason } from './closed-reason.ts';
import type { PreparedPromotions } from './prepare.ts';
import type {
  AppliedPromotion,
  EarnedReward,
  MalformedLine,
  PromotionContext,
  PromotionLine,
  PromotionOutcome,
  PromotionShare,
} from './promotion-terms.ts';
import { type Coupon, type Promotion, PROMOTION_POLICY_DEFAULTS } from './rule.ts';
import { ALL_STEPS, settlePieces, SMALL_BASKET_STEPS, SMALL_PIECES, SMALL_STEPS } from './settle-pieces.ts';
import { settleTotals } from './settle-totals.ts';
import {
  basisOf,
  compareText,
  type Line,
  linesByMatcher,
  NO_LIMIT,
  piecesOf,
  product,
  ratio,
  reachesMinimum,
  type Run,
  scratchOf,
  type Segment,
  type Stage,
  type Tally,
  TICKS,
  usesLeft,
} from './settling.ts';

/** The promotions' shares of a basket; refused only for lines that no basket holds. */
export function pricePromotions(
  prepared: PreparedPromotions,
  lines: readonly PromotionLine[],
  context: PromotionContext,
): Result<PromotionOutcome, MalformedLine> {
  const fault = checkLines(lines);
  if (fault !== undefined) return err(fault);
  const policy = context.policy ?? PROMOTION_POLICY_DEFAULTS;
  const scale = policy.discountRounding === 'unit' ? 1 : TICKS;
  const read = readLines(prepared, lines, scale);
  let pieces = 0;
  for (const line of read) pieces += line.pieces;
  const isSmall = pieces <= SMALL_PIECES;
  const run: Run = {
    lines: read,
    policy,
    scale,
    tallies: new Map(),
    promotions: prepared.promotions,
    rewarding: prepared.rewarding,
    context,
    linesByMatcher: linesByMatcher(read),
    scratch: scratchOf(),
    steps: isSmall ? SMALL_BASKET_STEPS : ALL_STEPS,
    smallSteps: isSmall ? SMALL_BASKET_STEPS : SMALL_STEPS,
    isExact: true,
  };
  for (const stage of stagesOf(run)) {
    const open = stage.promotions.filter((promotion) => reachesMinimum(run, promotion.rule.when.minimum, promotion.minimumMatcher));
    if (open.length === 0) continue;
    if (stage.isTotal) settleTotals(run, open);
    else settlePieces(run, open);
  }
  return ok(outcomeOf(run));
}

const malformed = (lineId: string, expected: string): MalformedLine => ({ type: 'malformedLine', detail: { lineId, expected } });

function isNext({ lineId }: PromotionLine, at: number, lines: readonly PromotionLine[]): boolean {
  const before = lines[at - 1]?.lineId;
  return before === undefined || before.length < lineId.length || (before.length === lineId.length && before < lineId);
}

function checkLines(lines: readonly PromotionLine[]): MalformedLine | undefined {
  // A basket's ids go up, and then there is none twice.
  const seen = lines.every(isNext) ? undefined : new Set<string>();
  let turnoverMinor = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const { lineId, quantity, amountMinor } = lines[at]!;
    if (seen?.has(lineId) === true) return malformed(lineId, 'a line id of its own');
    seen?.add(lineId);
    if (!isQuantityInRange(quantity.value)) return malformed(lineId, 'a whole quantity in range');
    if (!isAmountInRange(amountMinor)) return malformed(lineId, 'a whole amount in range');
    turnoverMinor += Math.abs(amountMinor);
    if (turnoverMinor > MAX_AMOUNT_MINOR) return malformed(lineId, 'a basket in range');
  }
  return undefined;
}

/** By item: where amounts tie, no scan order shows. */
const byItem = (left: PromotionLine, right: PromotionLine): number =>
  compareText(left.sku, right.sku) ||
  left.amountMinor - right.amountMinor ||
  left.quantity.value - right.quantity.value ||
  compareText(left.lineId, right.lineId);

const isLookedAt = ({ quantity, amountMinor, isDiscountable }: PromotionLine): boolean =>
  quantity.value > 0 && amountMinor >= 0 && isDiscountable !== false;

/** The lines that promotions look at. */
const readLines = (prepared: PreparedPromotions, lines: readonly PromotionLine[], scale: number): readonly Line[] =>
  (lines.every(isLookedAt) ? lines : lines.filter(isLookedAt)).toSorted(byItem).map((line) => readLine(prepared, line, scale));

function readLine(prepared: PreparedPromotions, from: PromotionLine, scale: number): Line {
  const { lineId, amountMinor } = from;
  const { unit, value } = from.quantity;
  const measure = isMeasured(unit) ? { value, step: pricingStep(unit) } : undefined;
  const pieces = measure === undefined ? value : 1;
  const line: Line = { lineId, findings: prepared.findingsOf(from), pieces, amountMinor, measure, segments: [], roomMinor: amountMinor };
  const ticks = amountMinor * scale;
  const low = ratio(ticks, 1, pieces);
  const dearer = ticks - low * pieces;
  const cheaper: Segment = { line, count: pieces - dearer, value: low, base: low, mark: 0, priority: 0 };
  line.segments = dearer === 0 ? [cheaper] : [{ line, count: dearer, value: low + 1, base: low + 1, mark: 0, priority: 0 }, cheaper];
  return line;
}

/** The promotions that mean some line and may count now, in the order of settling. */
function stagesOf(run: Run): readonly Stage[] {
  const isMeant = new Uint8Array(run.promotions.length);
  for (let at = 0; at < run.lines.length; at += 1) {
    const { promotions } = run.lines[at]!.findings;
    for (let of = 0; of < promotions.length; of += 1) isMeant[promotions[of]!] = 1;
  }
  const stages: Stage[] = [];
  for (let index = 0; index < isMeant.length; index += 1) {
    if (isMeant[index] === 0) continue;
    const promotion = run.promotions[index]!;
    const { rule } = promotion;
    if (closedReason(rule, run.context) !== undefined) continue;
    const isTotal = rule.offer.type === 'total';
    const rank = (isTotal ? 2 : 0) + (rule.combine === 'exclusive' ? 0 : 1);
    const stage = stages.find((other) => other.priority === rule.priority && other.rank === rank);
    if (stage === undefined) stages.push({ promotions: [promotion], priority: rule.priority, isTotal, rank });
    else stage.promotions.push(promotion);
  }
  return stages.sort((left, right) => right.priority - left.priority || left.rank - right.rank);
}

// What comes out

function outcomeOf(run: Run): PromotionOutcome {
  const applied: AppliedPromotion[] = [];
  const claims = new Map<string, { coupon: Coupon; claimMinor: number }>();
  let discountMinor = 0;
  for (const tally of run.tallies.values()) {
    const { rule } = tally.promotion;
    const shares = sharesOf(run, tally);
    let takenMinor = 0;
    let pieces = 0;
    for (let at = 0; at < shares.length; at += 1) {
      takenMinor += shares[at]!.amountMinor;
      pieces += shares[at]!.pieces;
    }
    if (takenMinor === 0) continue;
    discountMinor += takenMinor;
    const uses = rule.offer.type === 'each' ? pieces : tally.uses;
    const { promotionId, name, coupon } = rule;
    if (coupon === undefined) {
      applied.push({ promotionId, name, uses, discountMinor: takenMinor, shares });
      continue;
    }
    applied.push({ promotionId, name, uses, discountMinor: takenMinor, shares, coupon });
    const claim = claims.get(coupon.code);
    if (claim === undefined) claims.set(coupon.code, { coupon, claimMinor: -takenMinor });
    else claim.claimMinor -= takenMinor;
  }
  return {
    applied,
    rewards: rewardsOf(run),
    claims: [...claims.values()].map(({ coupon, claimMinor }) => ({ ...coupon, claimMinor })),
    discountMinor,
    isExact: run.isExact,
  };
}

const isPercentOnly = ({ offer }: Promotion): boolean =>
  offer.type === 'set'
    ? offer.sets.every((set) => set.off.type === 'percent')
    : offer.type !== 'reward' && offer.tiers.every((tier) => tier.off.type === 'percent');

/** Ticks to minor units: a percentage line by line or once, an amount always once, the parts by largest remainder. */
function sharesOf(run: Run, tally: Tally): readonly PromotionShare[] {
  const { taken: entries } = tally;
  const minor = run.scratch.shares;
  const isByLine = run.policy.discountRounding === 'line' && isPercentOnly(tally.promotion.rule);
  const rounding = isByLine ? 'half-up' : 'down';
  let left = isByLine ? 0 : (scaleRounded(tally.ticks, 1, run.scale, 'half-up') ?? 0);
  for (let at = 0; at < entries.length; at += 1) {
    const share = scaleRounded(entries[at]!.ticks, 1, run.scale, rounding) ?? 0;
    minor[at] = share;
    if (!isByLine) left -= share;
  }
  if (left !== 0) {
    const remainders = entries
      .map(({ line, ticks }, index) => ({ line, index, rest: ticks - minor[index]! * run.scale }))
      .sort((first, second) => second.rest - first.rest || first.index - second.index);
    for (const { line, index } of remainders) {
      if (left === 0) break;
      if (minor[index]! >= line.roomMinor) continue;
      minor[index]! += 1;
      left -= 1;
    }
  }
  // Rounding line by line may come to a few units more than the ticks did: a line and a budget hold all the same.
  const { promotionId, limits } = tally.promotion.rule;
  let budget = limits.budgetMinor === undefined ? NO_LIMIT : limits.budgetMinor - (run.context.budgetUsedMinor.get(promotionId) ?? 0);
  return entries.map(({ line, pieces }, index) => {
    const taken = Math.min(minor[index]!, line.roomMinor, budget);
    line.roomMinor -= taken;
    budget -= taken;
    return { lineId: line.lineId, amountMinor: taken === 0 ? 0 : -taken, pieces: Math.min(pieces, line.pieces) };
  });
}

function rewardsOf(run: Run): readonly EarnedReward[] {
  const rewards: EarnedReward[] = [];
  for (const { rule, matcher, minimumMatcher } of run.rewarding) {
    const { offer } = rule;
    if (offer.type !== 'reward' || closedReason(rule, run.context) !== undefined) continue;
    if (!reachesMinimum(run, rule.when.minimum, minimumMatcher)) continue;
    const { pieces, amountMinor } = offer.minimum;
    let times = usesLeft(rule.promotionId, rule.limits, run.context);
    if (offer.repeats !== true) times = Math.min(times, 1);
    if (pieces !== undefined) times = Math.min(times, ratio(piecesOf(run, matcher), 1, pieces));
    if (amountMinor !== undefined) times = Math.min(times, ratio(basisOf(run, matcher), 1, product(amountMinor, run.scale)));
    if (times <= 0) continue;
    const { promotionId, name, coupon } = rule;
    rewards.push({ promotionId, name, times, reward: offer.reward, ...(coupon !== undefined && { coupon }) });
  }
  return rewards;
}
