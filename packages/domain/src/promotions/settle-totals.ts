/** Offers on totals of one priority: tried in every combination, up to `TRIED_TOTALS` of them. */
import { allotInto } from './allot.ts';
import type { PreparedPromotion } from './prepare.ts';
import { dropEmpty, eachOff, offRank } from './settle-pieces.ts';
import {
  basisOf,
  budgetLeft,
  isOpenTo,
  type Line,
  linesByMatcher,
  linesMeant,
  MARKS,
  note,
  product,
  putBack,
  ratio,
  type Run,
  tallyOf,
  usesLeft,
} from './settling.ts';

const TRIED_TOTALS = 4;

// Totals of one priority

/** Its segments and their shares stand in the run's scratch until the next plan is made. */
interface TotalPlan {
  readonly uses: number;
  readonly ticks: number;
  readonly segments: number;
}

export function settleTotals(run: Run, promotions: readonly PreparedPromotion[]): void {
  const { single, stack } = totalsOf(run, promotions);
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

/** The totals of a stage: those that stand alone, and those that compound, in stacking order. */
interface Totals {
  readonly promotions: readonly PreparedPromotion[];
  readonly stackingOrder: Run['policy']['stackingOrder'];
  readonly single: readonly PreparedPromotion[];
  readonly stack: readonly PreparedPromotion[];
}

/** What was last made of a stage's promotions, by the first of them: the same from scan to scan, mostly. */
const rememberedTotals = new WeakMap<PreparedPromotion, Totals>();

function totalsOf(run: Run, promotions: readonly PreparedPromotion[]): Totals {
  const { stackingOrder } = run.policy;
  const known = rememberedTotals.get(promotions[0]!);
  if (known !== undefined && known.stackingOrder === stackingOrder && isSameList(known.promotions, promotions)) return known;
  const single = promotions.filter((promotion) => promotion.rule.combine !== 'compounding');
  const stack = promotions
    .filter((promotion) => promotion.rule.combine === 'compounding')
    .sort((left, right) => totalRank(run, left) - totalRank(run, right) || left.index - right.index);
  const totals: Totals = { promotions, stackingOrder, single, stack };
  rememberedTotals.set(promotions[0]!, totals);
  return totals;
}

const isSameList = <T>(left: readonly T[], right: readonly T[]): boolean =>
  left.length === right.length && left.every((each, at) => each === right[at]);

/** A stack of totals knows one rank per promotion: an amount in any tier makes it an amount. */
function totalRank(run: Run, { rule: { offer } }: PreparedPromotion): number {
  let rank = 0;
  if (offer.type === 'total') for (const tier of offer.tiers) rank = Math.max(rank, offRank(run, tier.off));
  return rank;
}

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
  const lines = [...copies.values()];
  const rehearsal: Run = { ...run, lines, tallies: new Map(), linesByMatcher: linesByMatcher(lines) };
  for (const promotion of order) applyTotal(rehearsal, promotion);
  let ticks = 0;
  for (const tally of rehearsal.tallies.values()) ticks += tally.ticks;
  return ticks;
}

function applyTotal(run: Run, promotion: PreparedPromotion): void {
  const plan = planTotal(run, promotion);
  if (plan === undefined || plan.ticks === 0) return;
  const { priority, combine } = promotion.rule;
  const mark = MARKS[combine];
  const { segments, bestShares } = run.scratch;
  tallyOf(run, promotion).uses += plan.uses;
  for (let at = 0; at < plan.segments; at += 1) {
    const segment = segments[at]!;
    const ticks = bestShares[at]!;
    note(run, promotion, segment.line, ticks, segment.count);
    const { count, value } = segment;
    segment.count = 0;
    putBack(segment, count, value * count - ticks, mark, priority);
  }
  dropEmpty(linesMeant(run, promotion.matcher));
}

/** What a total takes off the goods that are open to it: the reached tier that takes most. */
function planTotal(run: Run, promotion: PreparedPromotion): TotalPlan | undefined {
  const { offer, combine, priority, promotionId, limits } = promotion.rule;
  if (offer.type !== 'total') return undefined;
  const basis = basisOf(run, promotion.matcher);
  const { segments, weights, shares, bestShares } = run.scratch;
  let count = 0;
  let openTicks = 0;
  for (const line of linesMeant(run, promotion.matcher)) {
    for (const segment of line.segments) {
      if (!isOpenTo(run, segment, combine, priority, true)) continue;
      segments[count] = segment;
      weights[count] = segment.value * segment.count;
      openTicks += weights[count]!;
      count += 1;
    }
  }
  if (openTicks === 0) return undefined;
  const budget = budgetLeft(run, promotion.rule);
  let best: TotalPlan | undefined;
  for (const { fromMinor, off } of offer.tiers) {
    const from = product(fromMinor, run.scale);
    if (basis < from) continue;
    let uses = 1;
    if (off.type === 'percent') {
      for (let at = 0; at < count; at += 1) {
        const segment = segments[at]!;
        shares[at] = eachOff(run, off, segment.count, segment.base * segment.count, weights[at]!, undefined);
      }
    } else {
      const amount = product(off.amountMinor, run.scale);
      if (offer.repeats === true)
        uses = Math.min(ratio(basis, 1, from), usesLeft(promotionId, limits, run.context), ratio(budget, 1, amount));
      allotInto(shares, Math.min(product(amount, uses), openTicks), weights, count);
    }
    let ticks = 0;
    for (let at = 0; at < count; at += 1) ticks += shares[at]!;
    if (ticks > budget || (best !== undefined && ticks <= best.ticks)) continue;
    for (let at = 0; at < count; at += 1) bestShares[at] = shares[at]!;
    best = { uses, ticks, segments: count };
  }
  return best;
}
