/** Offers on totals of one priority: tried in every combination, up to `TRIED_TOTALS` of them. */
import { allot } from './allot.ts';
import type { PreparedPromotion } from './prepare.ts';
import { dropEmpty, eachOff, offRank } from './settle-pieces.ts';
import {
  basisOf,
  budgetLeft,
  isOpenTo,
  type Line,
  linesMeant,
  MARKS,
  note,
  product,
  putBack,
  ratio,
  type Run,
  type Segment,
  tallyOf,
  usesLeft,
} from './settling.ts';

const TRIED_TOTALS = 4;

// Totals of one priority

interface TotalPlan {
  readonly promotion: PreparedPromotion;
  readonly uses: number;
  readonly ticks: number;
  readonly segments: readonly Segment[];
  readonly shares: readonly number[];
}

export function settleTotals(run: Run, promotions: readonly PreparedPromotion[]): void {
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
