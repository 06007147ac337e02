/** The state in which a basket is settled: its lines, what was taken of which pieces by whom, and what limits leave. */
import { scaleRounded } from '../money/money.ts';
import type { Findings, PreparedPromotion } from './prepare.ts';
import type { PromotionContext } from './promotion-terms.ts';
import type { CombineMode, Minimum, Promotion, PromotionPolicy } from './rule.ts';

export const TICKS = 1_000;

/** How a piece stands: untouched, or by what it was taken. */
export const MARKS: Readonly<Record<CombineMode, number>> = { compounding: 1, best: 2, exclusive: 3 };

/** So many pieces of a line that stand alike. */
export interface Segment {
  readonly line: Line;
  count: number;
  /** Of one piece, in ticks: now, and before promotions. */
  value: number;
  readonly base: number;
  mark: number;
  /** The priority that took it last. */
  priority: number;
}

export interface Line {
  readonly lineId: string;
  readonly findings: Findings;
  readonly pieces: number;
  readonly amountMinor: number;
  /** Of a measured line: quantity and pricing step, by which money per piece is money per kilogram. */
  readonly measure: { readonly value: number; readonly step: number } | undefined;
  segments: Segment[];
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
export interface Tally {
  readonly promotion: PreparedPromotion;
  uses: number;
  ticks: number;
  taken: Taken[];
  /** Of many lines. */
  byLine?: Map<Line, Taken>;
}

export interface Run {
  readonly lines: readonly Line[];
  readonly policy: PromotionPolicy;
  /** Ticks of a minor unit. */
  readonly scale: number;
  readonly tallies: Map<number, Tally>;
  readonly promotions: readonly PreparedPromotion[];
  readonly rewarding: readonly PreparedPromotion[];
  readonly context: PromotionContext;
  /** Lines by the matchers that mean them, each in the order of `lines`. */
  readonly linesByMatcher: readonly (readonly Line[] | undefined)[];
  readonly scratch: Scratch;
  steps: number;
  /** What a component of few pieces may take of them. */
  readonly smallSteps: number;
  isExact: boolean;
}

/** Arrays that are filled again and again, so that a basket is priced without leaving thousands behind; what stands in them beyond what was last written means nothing. */
export interface Scratch {
  readonly segments: Segment[];
  readonly weights: number[];
  readonly shares: number[];
  readonly bestShares: number[];
  readonly now: number[];
  readonly cuts: Cuts;
}

/** What promotions take off the parts of a set, one after the other. */
export interface Cuts {
  readonly promotions: PreparedPromotion[];
  readonly parts: number[];
  readonly ticks: number[];
  end: number;
}

export const scratchOf = (): Scratch => ({
  segments: [],
  weights: [],
  shares: [],
  bestShares: [],
  now: [],
  cuts: { promotions: [], parts: [], ticks: [], end: 0 },
});

export const NO_LIMIT = Number.MAX_SAFE_INTEGER;
export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
export const ratio = (value: number, multiplier: number, divisor: number): number =>
  scaleRounded(value, multiplier, divisor, 'down') ?? NO_LIMIT;
/** A product of amounts where anything beyond the limit is as good as the limit. */
export const product = (left: number, right: number): number => (Number.isSafeInteger(left * right) ? left * right : NO_LIMIT);

export function usesLeft(promotionId: string, limits: Promotion['limits'], context: PromotionContext): number {
  const perCustomer = limits.perCustomer === undefined ? NO_LIMIT : limits.perCustomer - (context.usesByCustomer.get(promotionId) ?? 0);
  return Math.min(limits.perBasket ?? NO_LIMIT, perCustomer);
}

export function budgetLeft(run: Run, { promotionId, limits }: Promotion): number {
  if (limits.budgetMinor === undefined) return NO_LIMIT;
  return product(limits.budgetMinor - (run.context.budgetUsedMinor.get(promotionId) ?? 0), run.scale);
}

export interface Stage {
  readonly promotions: PreparedPromotion[];
  readonly priority: number;
  readonly isTotal: boolean;
  readonly rank: number;
}

export function linesByMatcher(lines: readonly Line[]): readonly (readonly Line[] | undefined)[] {
  let matchers = 0;
  for (let at = 0; at < lines.length; at += 1) matchers = Math.max(matchers, (lines[at]!.findings.matchers.at(-1) ?? -1) + 1);
  const meant = Array<Line[] | undefined>(matchers);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    const { matchers: own } = line.findings;
    for (let of = 0; of < own.length; of += 1) {
      const matcher = own[of]!;
      const known = meant[matcher];
      if (known === undefined) meant[matcher] = [line];
      else known.push(line);
    }
  }
  return meant;
}

const NO_LINES: readonly Line[] = [];

/** The lines that a matcher means. */
export const linesMeant = (run: Run, matcher: number): readonly Line[] => run.linesByMatcher[matcher] ?? NO_LINES;

export function piecesOf(run: Run, matcher: number): number {
  let pieces = 0;
  for (const line of linesMeant(run, matcher)) pieces += line.pieces;
  return pieces;
}

/** What matching goods come to, in ticks. */
export function basisOf(run: Run, matcher: number): number {
  const isBefore = run.policy.minimumBasis === 'before';
  let ticks = 0;
  for (const line of linesMeant(run, matcher)) {
    for (const segment of line.segments) ticks += segment.count * (isBefore ? segment.base : segment.value);
  }
  return ticks;
}

export function reachesMinimum(run: Run, minimum: Minimum | undefined, matcher: number): boolean {
  if (minimum === undefined) return true;
  if (minimum.pieces !== undefined && piecesOf(run, matcher) < minimum.pieces) return false;
  return minimum.amountMinor === undefined || basisOf(run, matcher) >= product(minimum.amountMinor, run.scale);
}

/** Whether pieces that stand like this may take part in a promotion of this mode and priority. */
export function isOpenTo(run: Run, segment: Segment, mode: CombineMode, priority: number, isTotal: boolean): boolean {
  if (segment.mark === 0) return true;
  if (segment.mark === MARKS.exclusive || mode === 'exclusive') return false;
  if (isTotal && mode === 'compounding' && segment.mark === MARKS.compounding) return true;
  return run.policy.acrossPriorities === 'compound' && segment.priority !== priority;
}

// Taking

export function tallyOf(run: Run, promotion: PreparedPromotion): Tally {
  let tally = run.tallies.get(promotion.index);
  if (tally === undefined) {
    tally = { promotion, uses: 0, ticks: 0, taken: [] };
    run.tallies.set(promotion.index, tally);
  }
  return tally;
}

function takenOff(tally: Tally, line: Line): Taken | undefined {
  const { taken } = tally;
  if (taken.length <= FEW_LINES) {
    for (let at = 0; at < taken.length; at += 1) if (taken[at]!.line === line) return taken[at];
    return undefined;
  }
  tally.byLine ??= new Map(taken.map((each) => [each.line, each]));
  return tally.byLine.get(line);
}

export function note(run: Run, promotion: PreparedPromotion, line: Line, ticks: number, pieces: number): void {
  const tally = tallyOf(run, promotion);
  tally.ticks += ticks;
  const known = takenOff(tally, line);
  if (known === undefined) {
    const taken: Taken = { line, ticks, pieces };
    // Mostly it stays at one, and an array that is pushed to makes room for many.
    if (tally.taken.length === 0) tally.taken = [taken];
    else tally.taken.push(taken);
    tally.byLine?.set(line, taken);
    return;
  }
  known.ticks += ticks;
  known.pieces += pieces;
}

/** Puts `count` pieces that were taken off a segment back; they come to `left` together now: pieces of one value each, at most one tick apart. */
export function putBack(from: Segment, count: number, left: number, by: number, priority: number): void {
  const mark = Math.max(by, from.mark);
  const low = ratio(left, 1, count);
  const dearer = left - low * count;
  if (dearer > 0) stand(from, dearer, low + 1, mark, priority);
  stand(from, count - dearer, low, mark, priority);
}

/** Behind all other segments of the line: the old one itself, where nothing is left of it and it stands there. */
function stand(from: Segment, count: number, value: number, mark: number, priority: number): void {
  const { line, base } = from;
  const { segments } = line;
  if (from.count > 0 || segments[segments.length - 1] !== from) {
    segments.push({ line, count, value, base, mark, priority });
    return;
  }
  from.count = count;
  from.value = value;
  from.mark = mark;
  from.priority = priority;
}

/** A percentage of `ticks` that `count` pieces come to, at most one tick apart. */
export function percentOf(run: Run, ticks: number, count: number, bps: number): number {
  if (run.scale !== 1 || count === 1) return scaleRounded(ticks, bps, 10_000, 'half-up') ?? 0;
  // Each piece is rounded by itself.
  const low = ratio(ticks, 1, count);
  const dearer = ticks - low * count;
  const of = (value: number): number => scaleRounded(value, bps, 10_000, 'half-up') ?? 0;
  return of(low + 1) * dearer + of(low) * (count - dearer);
}

/** Money per piece, in ticks; of a measured piece, money per pricing step for what it weighs. */
export function perPiece(run: Run, amountMinor: number, measure: Line['measure']): number {
  const ticks = product(amountMinor, run.scale);
  return measure === undefined ? ticks : (scaleRounded(ticks, measure.value, measure.step, 'half-up') ?? NO_LIMIT);
}
