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
import { err, InvariantError, ok, unreachable, type Result } from '@holdfast/base';

import { isAmountInRange, MAX_AMOUNT_MINOR, scaleRounded } from '../money.ts';
import { isMeasured, isQuantityInRange, pricingStep, type Quantity } from '../quantity.ts';
import { allot } from './allot.ts';
import { solveSets, type DealPart, type Kind, type SetRule } from './best-sets.ts';
import type { Findings, PreparedPromotions, PreparedPromotion, PromotedItem } from './prepare.ts';
import {
  PROMOTION_POLICY_DEFAULTS,
  type CombineMode,
  type Coupon,
  type Minimum,
  type Off,
  type Promotion,
  type PromotionPolicy,
  type PromotionSet,
  type Reward,
} from './rule.ts';

/** A priced line. Lines that come back (negative) and lines that no promotion may touch neither satisfy nor earn. */
export interface PromotionLine extends PromotedItem {
  readonly lineId: string;
  readonly quantity: Quantity;
  /** Before promotions. */
  readonly amountMinor: number;
  readonly isDiscountable?: boolean;
}

/** All that a rule may ask for. Moments and weekdays are the store's own. */
export interface PromotionContext {
  /** The basket's. */
  readonly currency: string;
  readonly atMs: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
  readonly store: string;
  readonly customerGroups: readonly string[];
  readonly coupons: readonly string[];
  /** Where it is known already. */
  readonly tenderType?: string;
  /** By promotion: what this customer used before, and what of the budget is gone. */
  readonly usesByCustomer: ReadonlyMap<string, number>;
  readonly budgetUsedMinor: ReadonlyMap<string, number>;
  readonly policy?: PromotionPolicy;
}

export interface PromotionShare {
  readonly lineId: string;
  /** Never above 0; 0 where the pieces only helped to make a set. */
  readonly amountMinor: number;
  /** So many pieces of the line took part. */
  readonly pieces: number;
}

export interface AppliedPromotion {
  readonly promotionId: string;
  readonly name: string;
  readonly uses: number;
  /** Σ shares; below 0. */
  readonly discountMinor: number;
  readonly shares: readonly PromotionShare[];
  readonly coupon?: Coupon;
}

export interface EarnedReward {
  readonly promotionId: string;
  readonly name: string;
  readonly times: number;
  readonly reward: Reward;
  readonly coupon?: Coupon;
}

/** What is claimed for a coupon, above 0; from its issuer where a third party funds it. */
export interface CouponClaim extends Coupon {
  readonly claimMinor: number;
}

export interface PromotionOutcome {
  /** In the order in which they were settled. */
  readonly applied: readonly AppliedPromotion[];
  readonly rewards: readonly EarnedReward[];
  readonly claims: readonly CouponClaim[];
  /** Σ applied; never above 0. */
  readonly discountMinor: number;
  readonly isExact: boolean;
}

export interface MalformedLine {
  readonly type: 'malformedLine';
  readonly detail: { readonly lineId: string; readonly expected: string };
}

const SMALL_PIECES = 8;
const SMALL_STEPS = 60_000;
/** Of a whole basket that is so small: however its budgets crowd. */
const SMALL_BASKET_STEPS = 600_000;
const LARGE_STEPS = 1_500;
const ALL_STEPS = 90_000;
const TRIED_TOTALS = 4;
const TICKS = 1_000;

/** How a piece stands: untouched, or by what it was taken. */
const MARKS: Readonly<Record<CombineMode, number>> = { compounding: 1, best: 2, exclusive: 3 };

/** So many pieces of a line that stand alike. */
interface Segment {
  readonly line: Line;
  count: number;
  /** Of one piece, in ticks: now, and before promotions. */
  readonly value: number;
  readonly base: number;
  readonly mark: number;
  /** The priority that took it last. */
  readonly priority: number;
}

interface Line {
  readonly lineId: string;
  readonly findings: Findings;
  readonly pieces: number;
  readonly amountMinor: number;
  /** Of a measured line: quantity and pricing step, by which money per piece is money per kilogram. */
  readonly measure: { readonly value: number; readonly step: number } | undefined;
  readonly segments: Segment[];
  /** What may still be taken off, in minor units. */
  roomMinor: number;
}

interface Taken {
  readonly line: Line;
  ticks: number;
  pieces: number;
}

/** Mostly a promotion takes off so few lines that looking at each is quicker than any index. */
const FEW_LINES = 8;

/** What one promotion takes, line by line. */
interface Tally {
  readonly promotion: PreparedPromotion;
  uses: number;
  ticks: number;
  readonly taken: Taken[];
  /** Of many lines. */
  byLine?: Map<Line, Taken>;
}

interface Run {
  readonly lines: readonly Line[];
  readonly policy: PromotionPolicy;
  /** Ticks of a minor unit. */
  readonly scale: number;
  readonly tallies: Map<number, Tally>;
  readonly promotions: readonly PreparedPromotion[];
  readonly context: PromotionContext;
  readonly piecesByMatcher: Map<number, number>;
  readonly linesByMatcher: Map<number, Line[]>;
  steps: number;
  /** What a component of few pieces may take of them. */
  readonly smallSteps: number;
  isExact: boolean;
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const ratio = (value: number, multiplier: number, divisor: number): number => scaleRounded(value, multiplier, divisor, 'down') ?? NO_LIMIT;
/** A product of amounts where anything beyond the limit is as good as the limit. */
const product = (left: number, right: number): number => (Number.isSafeInteger(left * right) ? left * right : NO_LIMIT);

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
  const isSmall = read.reduce((sum, line) => sum + line.pieces, 0) <= SMALL_PIECES;
  const run: Run = {
    lines: read,
    policy,
    scale,
    tallies: new Map(),
    promotions: prepared.promotions,
    context,
    piecesByMatcher: new Map(),
    linesByMatcher: new Map(),
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

function checkLines(lines: readonly PromotionLine[]): MalformedLine | undefined {
  const seen = new Set<string>();
  let turnoverMinor = 0;
  for (const { lineId, quantity, amountMinor } of lines) {
    const fault = (expected: string): MalformedLine => ({ type: 'malformedLine', detail: { lineId, expected } });
    if (seen.has(lineId)) return fault('a line id of its own');
    seen.add(lineId);
    if (!isQuantityInRange(quantity.value)) return fault('a whole quantity in range');
    if (!isAmountInRange(amountMinor)) return fault('a whole amount in range');
    turnoverMinor += Math.abs(amountMinor);
    if (turnoverMinor > MAX_AMOUNT_MINOR) return fault('a basket in range');
  }
  return undefined;
}

/** The lines that promotions look at, by item: where amounts tie, no scan order shows. */
function readLines(prepared: PreparedPromotions, lines: readonly PromotionLine[], scale: number): readonly Line[] {
  return lines
    .filter((line) => line.quantity.value > 0 && line.amountMinor >= 0 && line.isDiscountable !== false)
    .sort(
      (left, right) =>
        compareText(left.sku, right.sku) ||
        left.amountMinor - right.amountMinor ||
        left.quantity.value - right.quantity.value ||
        compareText(left.lineId, right.lineId),
    )
    .map((from) => {
      const { unit, value } = from.quantity;
      const pieces = isMeasured(unit) ? 1 : value;
      const line: Line = {
        lineId: from.lineId,
        findings: prepared.findingsOf(from),
        pieces,
        amountMinor: from.amountMinor,
        measure: isMeasured(unit) ? { value, step: pricingStep(unit) } : undefined,
        segments: [],
        roomMinor: from.amountMinor,
      };
      const ticks = from.amountMinor * scale;
      const low = ratio(ticks, 1, pieces);
      const dearer = ticks - low * pieces;
      if (dearer > 0) line.segments.push({ line, count: dearer, value: low + 1, base: low + 1, mark: 0, priority: 0 });
      line.segments.push({ line, count: pieces - dearer, value: low, base: low, mark: 0, priority: 0 });
      return line;
    });
}

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

function usesLeft(promotionId: string, limits: Promotion['limits'], context: PromotionContext): number {
  const perCustomer = limits.perCustomer === undefined ? NO_LIMIT : limits.perCustomer - (context.usesByCustomer.get(promotionId) ?? 0);
  return Math.min(limits.perBasket ?? NO_LIMIT, perCustomer);
}

function budgetLeft(run: Run, { promotionId, limits }: Promotion): number {
  if (limits.budgetMinor === undefined) return NO_LIMIT;
  return product(limits.budgetMinor - (run.context.budgetUsedMinor.get(promotionId) ?? 0), run.scale);
}

interface Stage {
  readonly promotions: PreparedPromotion[];
  readonly priority: number;
  readonly isTotal: boolean;
  readonly rank: number;
}

/** The promotions that mean some line and may count now, in the order of settling. */
function stagesOf(run: Run): readonly Stage[] {
  const isMeant = new Uint8Array(run.promotions.length);
  const seen = new Set<Findings>();
  for (const { findings } of run.lines) {
    if (seen.has(findings)) continue;
    seen.add(findings);
    for (const index of findings.promotions) isMeant[index] = 1;
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

/** The lines that a matcher means. */
function linesMeant(run: Run, matcher: number): readonly Line[] {
  if (run.linesByMatcher.size === 0) {
    for (const line of run.lines) {
      for (const each of line.findings.matchers) {
        const meant = run.linesByMatcher.get(each);
        if (meant === undefined) run.linesByMatcher.set(each, [line]);
        else meant.push(line);
      }
    }
  }
  return run.linesByMatcher.get(matcher) ?? [];
}

function piecesOf(run: Run, matcher: number): number {
  let pieces = run.piecesByMatcher.get(matcher);
  if (pieces === undefined) {
    pieces = 0;
    for (const line of linesMeant(run, matcher)) pieces += line.pieces;
    run.piecesByMatcher.set(matcher, pieces);
  }
  return pieces;
}

/** What matching goods come to, in ticks. */
function basisOf(run: Run, matcher: number): number {
  const isBefore = run.policy.minimumBasis === 'before';
  let ticks = 0;
  for (const line of linesMeant(run, matcher)) {
    for (const segment of line.segments) ticks += segment.count * (isBefore ? segment.base : segment.value);
  }
  return ticks;
}

function reachesMinimum(run: Run, minimum: Minimum | undefined, matcher: number): boolean {
  if (minimum === undefined) return true;
  if (minimum.pieces !== undefined && piecesOf(run, matcher) < minimum.pieces) return false;
  return minimum.amountMinor === undefined || basisOf(run, matcher) >= product(minimum.amountMinor, run.scale);
}

/** Whether pieces that stand like this may take part in a promotion of this mode and priority. */
function isOpenTo(run: Run, segment: Segment, mode: CombineMode, priority: number, isTotal: boolean): boolean {
  if (segment.mark === 0) return true;
  if (segment.mark === MARKS.exclusive || mode === 'exclusive') return false;
  if (isTotal && mode === 'compounding' && segment.mark === MARKS.compounding) return true;
  return run.policy.acrossPriorities === 'compound' && segment.priority !== priority;
}

// Taking

function tallyOf(run: Run, promotion: PreparedPromotion): Tally {
  let tally = run.tallies.get(promotion.index);
  if (tally === undefined) {
    tally = { promotion, uses: 0, ticks: 0, taken: [] };
    run.tallies.set(promotion.index, tally);
  }
  return tally;
}

function takenOff(tally: Tally, line: Line): Taken | undefined {
  if (tally.taken.length <= FEW_LINES) return tally.taken.find((taken) => taken.line === line);
  tally.byLine ??= new Map(tally.taken.map((taken) => [taken.line, taken]));
  return tally.byLine.get(line);
}

function note(run: Run, promotion: PreparedPromotion, line: Line, ticks: number, pieces: number): void {
  const tally = tallyOf(run, promotion);
  tally.ticks += ticks;
  const known = takenOff(tally, line);
  if (known === undefined) {
    const taken = { line, ticks, pieces };
    tally.taken.push(taken);
    tally.byLine?.set(line, taken);
    return;
  }
  known.ticks += ticks;
  known.pieces += pieces;
}

/** Puts `count` pieces of a segment back that come to `left` together now: pieces of one value each, at most one tick apart. */
function putBack(from: Segment, count: number, left: number, by: { readonly mark: number; readonly priority: number }): void {
  const { line, base } = from;
  const mark = Math.max(by.mark, from.mark);
  const low = ratio(left, 1, count);
  const dearer = left - low * count;
  if (dearer > 0) line.segments.push({ line, count: dearer, value: low + 1, base, mark, priority: by.priority });
  line.segments.push({ line, count: count - dearer, value: low, base, mark, priority: by.priority });
}

/** A percentage of `ticks` that `count` pieces come to, at most one tick apart. */
function percentOf(run: Run, ticks: number, count: number, bps: number): number {
  if (run.scale !== 1 || count === 1) return scaleRounded(ticks, bps, 10_000, 'half-up') ?? 0;
  // Each piece is rounded by itself.
  const low = ratio(ticks, 1, count);
  const dearer = ticks - low * count;
  const of = (value: number): number => scaleRounded(value, bps, 10_000, 'half-up') ?? 0;
  return of(low + 1) * dearer + of(low) * (count - dearer);
}

/** Money per piece, in ticks; of a measured piece, money per pricing step for what it weighs. */
function perPiece(run: Run, amountMinor: number, measure: Line['measure']): number {
  const ticks = product(amountMinor, run.scale);
  return measure === undefined ? ticks : (scaleRounded(ticks, measure.value, measure.step, 'half-up') ?? NO_LIMIT);
}

interface Pieces {
  readonly count: number;
  /** All of them together: before promotions, and now. */
  readonly base: number;
  readonly now: number;
  readonly measure: Line['measure'];
}

/** What an `each` offer takes off pieces. */
function eachOff(run: Run, off: Off, { count, base, now, measure }: Pieces): number {
  switch (off.type) {
    case 'percent':
      return Math.min(now, percentOf(run, run.policy.stacking === 'add' ? base : now, count, off.bps));
    case 'amount':
      return Math.min(now, product(perPiece(run, off.amountMinor, measure), count));
    case 'price':
      return Math.max(0, now - product(perPiece(run, off.priceMinor, measure), count));
    default:
      return unreachable(off, 'eachOff');
  }
}

const offRank = (run: Run, off: Off): number => {
  if (off.type === 'price') return 0;
  return (off.type === 'amount') === (run.policy.stackingOrder === 'amountsFirst') ? 1 : 2;
};

// Pieces and sets of one priority

/** What one piece is worth now, and was before promotions. */
interface Worth {
  readonly value: number;
  readonly base: number;
  readonly measure: Line['measure'];
}

interface PieceKind extends Kind, Worth {
  readonly findings: Findings;
  readonly segments: readonly Segment[];
  /** Unlimited compounding `each` offers, in stacking order. */
  readonly stack: readonly Step[];
  /** What a piece takes outside of sets. */
  readonly alone: readonly Step[];
}

interface Step {
  readonly promotion: PreparedPromotion;
  readonly off: Off;
  readonly rank: number;
}

const bySteps = (left: Step, right: Step): number => left.rank - right.rank || left.promotion.index - right.promotion.index;

interface Share {
  readonly promotion: PreparedPromotion;
  readonly ticks: number;
}

/** A kind's pieces that are not taken yet. */
interface Shelf {
  readonly kind: PieceKind;
  /** The segment to take from next. */
  at: number;
  left: number;
}

/** One rule as the solver sees it, with what each of its sets takes off. */
interface Contender {
  readonly promotion: PreparedPromotion;
  readonly rule: SetRule;
  /** The kinds of each slot of each set; slots with the same goods share one list. */
  readonly kindLists: ReadonlySet<readonly number[]>;
  readonly sets: readonly { readonly own: Step; readonly isEach: boolean }[];
}

function settlePieces(run: Run, promotions: readonly PreparedPromotion[]): void {
  const { priority, combine } = promotions[0]!.rule;
  const solo: Step[] = [];
  const limited: Step[] = [];
  const matchers = new Set<number>();
  for (const promotion of promotions) {
    const { offer, limits } = promotion.rule;
    for (const set of promotion.sets) for (const matcher of set.matchers) matchers.add(matcher);
    if (offer.type !== 'each') continue;
    const pieces = piecesOf(run, promotion.matcher);
    const off = offer.tiers.findLast((tier) => tier.fromPieces <= pieces)?.off;
    if (off === undefined) continue;
    matchers.add(promotion.matcher);
    const isLimited = limits.perBasket !== undefined || limits.perCustomer !== undefined || limits.budgetMinor !== undefined;
    (isLimited ? limited : solo).push({ promotion, off, rank: offRank(run, off) });
  }
  const kinds = kindsOf(run, { solo, matchers, mode: combine, priority });
  const contenders = contendersOf(run, promotions, limited, kinds);
  const shelves = kinds.map((kind): Shelf => ({ kind, at: 0, left: kind.count }));
  for (const component of componentsOf(kinds, contenders)) settleComponent(run, shelves, component, priority);
  for (const shelf of shelves) {
    const { kind, left: pieces } = shelf;
    if (kind.alone.length === 0 || pieces === 0) continue;
    // Each piece by itself: pieces of one kind take the same.
    const shares = stackShares(run, kind, kind.alone, 1);
    if (pieces > 1) for (const share of shares) share.ticks *= pieces;
    take(run, shelf, pieces, { shares, mark: MARKS[kind.alone[0]!.promotion.rule.combine], priority });
  }
  dropEmpty(run.lines);
}

/** Segments that were taken whole are gone. */
function dropEmpty(lines: readonly Line[]): void {
  for (const { segments } of lines) {
    let kept = 0;
    for (const segment of segments) if (segment.count > 0) segments[kept++] = segment;
    segments.length = kept;
  }
}

/** What each step of a stack takes off `count` pieces of a kind. */
function stackShares(
  run: Run,
  kind: Worth,
  steps: readonly Step[],
  count: number,
): readonly { readonly promotion: PreparedPromotion; ticks: number }[] {
  let now = kind.value * count;
  const shares: { readonly promotion: PreparedPromotion; ticks: number }[] = [];
  for (const { promotion, off } of steps) {
    const ticks = eachOff(run, off, { count, base: kind.base * count, now, measure: kind.measure });
    now -= ticks;
    if (ticks > 0) shares.push({ promotion, ticks });
  }
  return shares;
}

/** What a stack takes off one piece. */
function stackSaving(run: Run, { value, base, measure }: Worth, steps: readonly Step[]): number {
  let now = value;
  for (const { off } of steps) now -= eachOff(run, off, { count: 1, base, now, measure });
  return value - now;
}

/** What of a stage means an item. */
interface MeantBy {
  readonly findings: Findings;
  /** All of the stage. */
  readonly matchers: ReadonlySet<number>;
  /** Those among them that mean the item: made where two kinds of one worth are to be ordered. */
  text?: string;
  /** Unlimited `each` offers for the item: those that stand alone, and those that compound. */
  readonly steps: readonly Step[];
  readonly stack: readonly Step[];
}

/** An open segment, and what means its pieces. */
interface OpenSegment {
  readonly segment: Segment;
  readonly meant: MeantBy;
}

const textOf = (meant: MeantBy): string =>
  (meant.text ??= meant.findings.matchers.filter((matcher) => meant.matchers.has(matcher)).join(' '));

/** Dearest first; of two of one worth, the promotions that mean them order them. */
const byKind = (left: OpenSegment, right: OpenSegment): number =>
  right.segment.value - left.segment.value ||
  right.segment.base - left.segment.base ||
  (left.segment.line.measure?.value ?? 0) - (right.segment.line.measure?.value ?? 0) ||
  (left.meant === right.meant ? 0 : compareText(textOf(left.meant), textOf(right.meant))) ||
  (left.segment.line.measure?.step ?? 0) - (right.segment.line.measure?.step ?? 0);

/** The open pieces that some promotion of the stage means, by worth and by what means them; dearest first. */
function kindsOf(
  run: Run,
  stage: { readonly solo: readonly Step[]; readonly matchers: ReadonlySet<number>; readonly mode: CombineMode; readonly priority: number },
): readonly PieceKind[] {
  const { solo, matchers, mode, priority } = stage;
  const stepOf = new Map(solo.map((step) => [step.promotion.index, step]));
  const meantBy = new Map<Findings, MeantBy | 'nothing'>();
  const open: OpenSegment[] = [];
  for (const { findings, segments } of run.lines) {
    let meant = meantBy.get(findings);
    if (meant === undefined) meantBy.set(findings, (meant = meantByStage(findings, matchers, stepOf)));
    if (meant === 'nothing') continue;
    for (const segment of segments) if (isOpenTo(run, segment, mode, priority, false)) open.push({ segment, meant });
  }
  const kinds: PieceKind[] = [];
  open.sort(byKind);
  // What is of one kind stands side by side, in the order of its lines.
  for (let from = 0, to = 0; from < open.length; from = to) {
    const first = open[from]!;
    const segments: Segment[] = [];
    for (to = from; to < open.length && (to === from || byKind(first, open[to]!) === 0); to += 1) segments.push(open[to]!.segment);
    kinds.push(kindOf(run, first, segments));
  }
  return kinds;
}

function meantByStage(findings: Findings, matchers: ReadonlySet<number>, stepOf: ReadonlyMap<number, Step>): MeantBy | 'nothing' {
  if (!findings.matchers.some((matcher) => matchers.has(matcher))) return 'nothing';
  const steps: Step[] = [];
  const stack: Step[] = [];
  for (const index of findings.promotions) {
    const step = stepOf.get(index);
    if (step !== undefined) (step.promotion.rule.combine === 'compounding' ? stack : steps).push(step);
  }
  return { findings, matchers, steps: steps.sort(bySteps), stack: stack.sort(bySteps) };
}

/** The kind that `segments` are of, with what its pieces take outside of sets. */
function kindOf(run: Run, { segment, meant }: OpenSegment, segments: readonly Segment[]): PieceKind {
  const { value, base, line } = segment;
  const { measure } = line;
  const { findings, steps, stack } = meant;
  let alone: readonly Step[] = stack;
  let saving = stack.length === 0 ? 0 : stackSaving(run, { value, base, measure }, stack);
  for (const step of steps) {
    const single = eachOff(run, step.off, { count: 1, base, now: value, measure });
    if (single <= saving) continue;
    alone = [step];
    saving = single;
  }
  let count = 0;
  for (const each of segments) count += each.count;
  return { value, base, measure, findings, segments, count, solo: saving, stack, alone };
}

/** The sets and limited offers of a stage that have pieces to take. */
function contendersOf(
  run: Run,
  promotions: readonly PreparedPromotion[],
  limited: readonly Step[],
  kinds: readonly PieceKind[],
): readonly Contender[] {
  const meant = new Map<number, readonly number[]>();
  const kindsMeant = (matcher: number): readonly number[] => {
    let found = meant.get(matcher);
    if (found === undefined) {
      found = kinds.flatMap((kind, index) => (kind.findings.has.has(matcher) ? [index] : []));
      meant.set(matcher, found);
    }
    return found;
  };
  const contenders: Contender[] = [];
  const add = (
    promotion: PreparedPromotion,
    sets: readonly { readonly choice: SetRule['sets'][number]; readonly off: Off; readonly isEach: boolean }[],
  ): void => {
    const fillable = sets.filter(({ choice }) =>
      choice.slots.every(({ kinds: fitting, pieces }) => fitting.reduce((sum, kind) => sum + kinds[kind]!.count, 0) >= pieces),
    );
    if (fillable.length === 0) return;
    const uses = usesLeft(promotion.rule.promotionId, promotion.rule.limits, run.context);
    contenders.push({
      promotion,
      rule: { sets: fillable.map(({ choice }) => choice), uses, budget: budgetLeft(run, promotion.rule) },
      kindLists: new Set(fillable.flatMap(({ choice }) => choice.slots.map((slot) => slot.kinds))),
      sets: fillable.map(({ off, isEach }) => ({ own: { promotion, off, rank: offRank(run, off) }, isEach })),
    });
  };
  const limitedBy = new Map(limited.map((step) => [step.promotion, step]));
  for (const promotion of promotions) {
    const step = limitedBy.get(promotion);
    if (step !== undefined) {
      const slot = { kinds: kindsMeant(promotion.matcher), pieces: 1, get: false };
      add(promotion, [{ choice: { slots: [slot], on: 'all' }, off: step.off, isEach: true }]);
    }
    if (promotion.sets.length === 0) continue;
    add(
      promotion,
      promotion.sets.map((set: PromotionSet & { readonly matchers: readonly number[] }) => ({
        choice: {
          slots: set.slots.map((slot, index) => ({ kinds: kindsMeant(set.matchers[index]!), pieces: slot.pieces, get: slot.get === true })),
          on: set.on,
        },
        off: set.off,
        isEach: false,
      })),
    );
  }
  return contenders;
}

interface Component {
  /** Ascending. */
  readonly kinds: number[];
  readonly contenders: Contender[];
}

/** Contenders that share a kind, directly or through others, are settled together; all others apart. */
function componentsOf(kinds: readonly PieceKind[], contenders: readonly Contender[]): readonly Component[] {
  const parents = kinds.map((_, index) => index);
  const rootOf = (kind: number): number => {
    let root = kind;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
    return root;
  };
  const joined = new Set<readonly number[]>();
  const firstOf = ({ kindLists }: Contender): number => {
    for (const [first] of kindLists) if (first !== undefined) return first;
    throw new InvariantError('a contender has kinds to take');
  };
  for (const contender of contenders) {
    const first = firstOf(contender);
    for (const list of contender.kindLists) {
      parents[rootOf(list[0]!)] = rootOf(first);
      if (joined.has(list)) continue;
      for (const kind of list) parents[rootOf(kind)] = rootOf(first);
      joined.add(list);
    }
  }
  const components = new Map<number, Component>();
  const componentAt = (root: number): Component => {
    let component = components.get(root);
    if (component === undefined) components.set(root, (component = { kinds: [], contenders: [] }));
    return component;
  };
  for (const contender of contenders) componentAt(rootOf(firstOf(contender))).contenders.push(contender);
  kinds.forEach((_, kind) => components.get(rootOf(kind))?.kinds.push(kind));
  return [...components.values()];
}

/** What one set takes: told part by part, its own promotion's share (0 too) and those of the stack around it. */
function eachShare(
  run: Run,
  contender: Contender,
  kinds: readonly PieceKind[],
  set: number,
  parts: readonly DealPart[],
  tell: (part: number, promotion: PreparedPromotion, ticks: number) => void,
): void {
  const { own, isEach } = contender.sets[set]!;
  const { promotion, off } = own;
  const isCompounding = promotion.rule.combine === 'compounding';
  const isByPiece = isEach || off.type === 'percent';
  const now = parts.map(({ kind, pieces }) => kinds[kind]!.value * pieces);
  const takeBy = (step: Step, part: number): number => {
    const { kind: index, pieces } = parts[part]!;
    const kind = kinds[index]!;
    return eachOff(run, step.off, { count: pieces, base: kind.base * pieces, now: now[part]!, measure: kind.measure });
  };
  const runStack = (part: number, isBefore: boolean): void => {
    for (const step of kinds[parts[part]!.kind]!.stack) {
      if (bySteps(step, own) < 0 !== isBefore) continue;
      const ticks = takeBy(step, part);
      now[part]! -= ticks;
      if (ticks > 0) tell(part, step.promotion, ticks);
    }
  };
  if (isCompounding) for (let part = 0; part < parts.length; part += 1) runStack(part, true);
  const allotted = isByPiece ? undefined : allotSet(run, off, parts, now);
  for (let part = 0; part < parts.length; part += 1) {
    const ticks = allotted?.[part] ?? (parts[part]!.rewarded ? takeBy(own, part) : 0);
    now[part]! -= ticks;
    tell(part, promotion, ticks);
    if (isCompounding) runStack(part, false);
  }
}

/** An amount or a price for the rewarded parts together, in proportion to what they cost now. */
function allotSet(run: Run, off: Exclude<Off, { type: 'percent' }>, parts: readonly DealPart[], now: readonly number[]): readonly number[] {
  const weights = parts.map(({ rewarded }, part) => (rewarded ? now[part]! : 0));
  return allot(
    setOff(
      run,
      off,
      weights.reduce((sum, weight) => sum + weight, 0),
    ),
    weights,
  );
}

/** What an amount or a price takes off pieces that come to `now` together. */
const setOff = (run: Run, off: Exclude<Off, { type: 'percent' }>, now: number): number =>
  off.type === 'amount' ? Math.min(now, product(off.amountMinor, run.scale)) : Math.max(0, now - product(off.priceMinor, run.scale));

/** What `eachShare` comes to where no other promotion joins: sums only, because a search asks for very many. */
function takenAlone(
  run: Run,
  contender: Contender,
  kinds: readonly PieceKind[],
  set: number,
  parts: readonly DealPart[],
): number | undefined {
  const isCompounding = contender.promotion.rule.combine === 'compounding';
  const {
    own: { off },
    isEach,
  } = contender.sets[set]!;
  let now = 0;
  let taken = 0;
  for (const { kind: index, pieces, rewarded } of parts) {
    const kind = kinds[index]!;
    if (isCompounding && kind.stack.length > 0) return undefined;
    if (!rewarded) continue;
    const ticks = kind.value * pieces;
    now += ticks;
    if (isEach || off.type === 'percent') {
      taken += eachOff(run, off, { count: pieces, base: kind.base * pieces, now: ticks, measure: kind.measure });
    }
  }
  return isEach || off.type === 'percent' ? taken : setOff(run, off, now);
}

function settleComponent(run: Run, shelves: readonly Shelf[], component: Component, priority: number): void {
  const kinds = component.kinds.map((kind) => shelves[kind]!.kind);
  const localOf = new Int32Array(shelves.length);
  for (const [local, kind] of component.kinds.entries()) localOf[kind] = local;
  const localLists = new Map<readonly number[], readonly number[]>();
  const localList = (kindList: readonly number[]): readonly number[] => {
    let list = localLists.get(kindList);
    if (list === undefined) localLists.set(kindList, (list = kindList.map((kind) => localOf[kind]!)));
    return list;
  };
  const rules = component.contenders.map(({ rule }): SetRule => ({
    ...rule,
    sets: rule.sets.map((set) => ({
      ...set,
      slots: set.slots.map((slot) => ({ ...slot, kinds: localList(slot.kinds) })),
    })),
  }));
  const pieces = component.kinds.reduce((sum, kind) => sum + shelves[kind]!.kind.count, 0);
  const maxSteps = Math.min(run.steps, pieces <= SMALL_PIECES ? run.smallSteps : LARGE_STEPS);
  const solution = solveSets(
    {
      kinds,
      rules,
      evaluate: (rule, set, parts) => {
        const contender = component.contenders[rule]!;
        const taken = takenAlone(run, contender, kinds, set, parts);
        if (taken !== undefined) return { saving: taken, own: taken };
        let saving = 0;
        let own = 0;
        eachShare(run, contender, kinds, set, parts, (_, promotion, ticks) => {
          saving += ticks;
          if (promotion === contender.promotion) own += ticks;
        });
        return { saving, own };
      },
    },
    maxSteps,
  );
  run.steps -= solution.steps;
  run.isExact &&= solution.isExact;
  for (const { deal, times } of solution.deals) {
    const contender = component.contenders[deal.rule]!;
    const mark = MARKS[contender.promotion.rule.combine];
    tallyOf(run, contender.promotion).uses += times;
    const shares: Share[][] = deal.parts.map(() => []);
    eachShare(run, contender, kinds, deal.set, deal.parts, (part, promotion, ticks) =>
      shares[part]!.push({ promotion, ticks: ticks * times }),
    );
    deal.parts.forEach(({ kind, pieces: each }, part) => {
      take(run, shelves[component.kinds[kind]!]!, each * times, { shares: shares[part]!, mark, priority });
    });
  }
}

/** Takes pieces off a shelf, and off their lines what the shares say of all of them together. */
function take(
  run: Run,
  shelf: Shelf,
  pieces: number,
  by: { readonly shares: readonly Share[]; readonly mark: number; readonly priority: number },
): void {
  shelf.left -= pieces;
  const whole = shelf.kind.segments[shelf.at]!;
  if (whole.count >= pieces) {
    // Mostly they are of one line, and nothing is to allot.
    whole.count -= pieces;
    if (whole.count === 0) shelf.at += 1;
    let left = whole.value * pieces;
    for (const { promotion, ticks } of by.shares) {
      left -= ticks;
      note(run, promotion, whole.line, ticks, pieces);
    }
    putBack(whole, pieces, left, by);
    return;
  }
  const chunks: { readonly segment: Segment; readonly count: number; left: number }[] = [];
  for (let wanted = pieces; wanted > 0;) {
    const segment = shelf.kind.segments[shelf.at]!;
    const count = Math.min(segment.count, wanted);
    wanted -= count;
    segment.count -= count;
    if (segment.count === 0) shelf.at += 1;
    chunks.push({ segment, count, left: segment.value * count });
  }
  for (const { promotion, ticks } of by.shares) {
    const parts = allot(
      ticks,
      chunks.map((chunk) => chunk.left),
    );
    chunks.forEach((chunk, index) => {
      chunk.left -= parts[index]!;
      note(run, promotion, chunk.segment.line, parts[index]!, chunk.count);
    });
  }
  for (const { segment, count, left } of chunks) putBack(segment, count, left, by);
}

// Totals of one priority

interface TotalPlan {
  readonly promotion: PreparedPromotion;
  readonly uses: number;
  readonly ticks: number;
  readonly segments: readonly Segment[];
  readonly shares: readonly number[];
}

function settleTotals(run: Run, promotions: readonly PreparedPromotion[]): void {
  const single = promotions.filter((promotion) => promotion.rule.combine !== 'compounding');
  const stack = promotions
    .filter((promotion) => promotion.rule.combine === 'compounding')
    .map((promotion) => ({ promotion, rank: totalRank(run, promotion) }))
    .sort((left, right) => left.rank - right.rank || left.promotion.index - right.promotion.index)
    .map(({ promotion }) => promotion);
  if (single.length === 0) {
    for (const promotion of stack) applyTotal(run, promotion);
    return;
  }
  // The totals in the order in which they go; each on what those before it left open.
  let best: readonly PreparedPromotion[] = [];
  if (single.length <= TRIED_TOTALS) {
    let saving = -1;
    for (let chosen = 0; chosen < 2 ** single.length; chosen += 1) {
      const order = [...single.filter((_, index) => (chosen >> index) % 2 === 1), ...stack];
      const saved = trial(run, order);
      if (saved > saving) {
        saving = saved;
        best = order;
      }
    }
  } else {
    run.isExact = false;
    best = [...byOwnSaving(run, single), ...stack];
  }
  for (const promotion of best) applyTotal(run, promotion);
}

/** A stack of totals knows one rank per promotion: an amount in any tier makes it an amount. */
const totalRank = (run: Run, { rule: { offer } }: PreparedPromotion): number =>
  offer.type === 'total' ? Math.max(...offer.tiers.map((tier) => offRank(run, tier.off))) : 0;

const byOwnSaving = (run: Run, promotions: readonly PreparedPromotion[]): readonly PreparedPromotion[] =>
  promotions
    .map((promotion) => ({ promotion, ticks: planTotal(run, promotion)?.ticks ?? 0 }))
    .sort((left, right) => right.ticks - left.ticks || left.promotion.index - right.promotion.index)
    .map(({ promotion }) => promotion);

/** What an order of totals would save; the lines stay as they are. */
function trial(run: Run, order: readonly PreparedPromotion[]): number {
  const copies = new Map<Line, Line>();
  for (const line of run.lines) {
    const copy: Line = { ...line, segments: [] };
    for (const segment of line.segments) copy.segments.push({ ...segment, line: copy });
    copies.set(line, copy);
  }
  const rehearsal: Run = { ...run, lines: [...copies.values()], tallies: new Map(), linesByMatcher: new Map() };
  for (const promotion of order) applyTotal(rehearsal, promotion);
  let ticks = 0;
  for (const tally of rehearsal.tallies.values()) ticks += tally.ticks;
  return ticks;
}

function applyTotal(run: Run, promotion: PreparedPromotion): void {
  const plan = planTotal(run, promotion);
  if (plan === undefined || plan.ticks === 0) return;
  const { priority, combine } = promotion.rule;
  tallyOf(run, promotion).uses += plan.uses;
  plan.segments.forEach((segment, index) => {
    const ticks = plan.shares[index]!;
    note(run, promotion, segment.line, ticks, segment.count);
    putBack(segment, segment.count, segment.value * segment.count - ticks, { mark: MARKS[combine], priority });
    segment.count = 0;
  });
  dropEmpty(linesMeant(run, promotion.matcher));
}

/** What a total takes off the goods that are open to it: the reached tier that takes most. */
function planTotal(run: Run, promotion: PreparedPromotion): TotalPlan | undefined {
  const { offer, combine, priority, promotionId, limits } = promotion.rule;
  if (offer.type !== 'total') return undefined;
  const basis = basisOf(run, promotion.matcher);
  const segments: Segment[] = [];
  for (const line of linesMeant(run, promotion.matcher)) {
    for (const segment of line.segments) if (isOpenTo(run, segment, combine, priority, true)) segments.push(segment);
  }
  const openTicks = segments.reduce((sum, segment) => sum + segment.value * segment.count, 0);
  const budget = budgetLeft(run, promotion.rule);
  let best: TotalPlan | undefined;
  for (const { fromMinor, off } of offer.tiers) {
    const from = product(fromMinor, run.scale);
    if (basis < from || openTicks === 0) continue;
    let uses = 1;
    let shares: readonly number[];
    if (off.type === 'percent') {
      shares = segments.map((segment) => {
        const { count } = segment;
        return eachOff(run, off, { count, base: segment.base * count, now: segment.value * count, measure: undefined });
      });
    } else {
      const amount = product(off.amountMinor, run.scale);
      if (offer.repeats === true)
        uses = Math.min(ratio(basis, 1, from), usesLeft(promotionId, limits, run.context), ratio(budget, 1, amount));
      shares = allot(
        Math.min(product(amount, uses), openTicks),
        segments.map((segment) => segment.value * segment.count),
      );
    }
    const ticks = shares.reduce((sum, share) => sum + share, 0);
    if (ticks > budget || (best !== undefined && ticks <= best.ticks)) continue;
    best = { promotion, uses, ticks, segments, shares };
  }
  return best;
}

// What comes out

function outcomeOf(run: Run): PromotionOutcome {
  const applied: AppliedPromotion[] = [];
  const claims = new Map<string, { coupon: Coupon; claimMinor: number }>();
  let discountMinor = 0;
  for (const tally of run.tallies.values()) {
    const { rule } = tally.promotion;
    const shares = sharesOf(run, tally);
    const takenMinor = shares.reduce((sum, share) => sum + share.amountMinor, 0);
    if (takenMinor === 0) continue;
    discountMinor += takenMinor;
    const pieces = shares.reduce((sum, share) => sum + share.pieces, 0);
    const uses = rule.offer.type === 'each' ? pieces : tally.uses;
    const { promotionId, name, coupon } = rule;
    applied.push({ promotionId, name, uses, discountMinor: takenMinor, shares, ...(coupon !== undefined && { coupon }) });
    if (coupon === undefined) continue;
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
  const isByLine = run.policy.discountRounding === 'line' && isPercentOnly(tally.promotion.rule);
  const minor = entries.map(({ ticks }) => scaleRounded(ticks, 1, run.scale, isByLine ? 'half-up' : 'down') ?? 0);
  if (!isByLine) {
    let left = (scaleRounded(tally.ticks, 1, run.scale, 'half-up') ?? 0) - minor.reduce((sum, share) => sum + share, 0);
    const remainders = (left === 0 ? [] : entries)
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
    const left = line.roomMinor;
    const taken = Math.min(minor[index]!, left, budget);
    line.roomMinor = left - taken;
    budget -= taken;
    return { lineId: line.lineId, amountMinor: taken === 0 ? 0 : -taken, pieces: Math.min(pieces, line.pieces) };
  });
}

function rewardsOf(run: Run): readonly EarnedReward[] {
  const rewards: EarnedReward[] = [];
  for (const { rule, matcher, minimumMatcher } of run.promotions) {
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
