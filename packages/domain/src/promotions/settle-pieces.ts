/** Offers on pieces and sets of one priority: kinds of pieces, components that compete for them, and the combination that saves most. */
import { assert, unreachable } from '@holdfast/base';

import { allot, allotInto } from './allot.ts';
import { type Deal, type Draft, type Kind, PART, type SetChoice, type SetRule, solveSets } from './best-sets.ts';
import type { Findings, PreparedPromotion } from './prepare.ts';
import type { CombineMode, Off } from './rule.ts';
import {
  budgetLeft,
  compareText,
  type Cuts,
  isOpenTo,
  type Line,
  MARKS,
  note,
  percentOf,
  perPiece,
  piecesOf,
  product,
  putBack,
  type Run,
  type Segment,
  tallyOf,
  usesLeft,
} from './settling.ts';

export const SMALL_PIECES = 8;
export const SMALL_STEPS = 60_000;
/** Of a whole basket that is so small: however its budgets crowd. */
export const SMALL_BASKET_STEPS = 600_000;
const LARGE_STEPS = 1_500;
export const ALL_STEPS = 90_000;

/** What an `each` offer takes off `count` pieces that come to `base` before promotions and to `now` now. */
export function eachOff(run: Run, off: Off, count: number, base: number, now: number, measure: Line['measure']): number {
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

export const offRank = (run: Run, off: Off): number => {
  if (off.type === 'price') return 0;
  return (off.type === 'amount') === (run.policy.stackingOrder === 'amountsFirst') ? 1 : 2;
};

// Pieces and sets of one priority

interface PieceKind extends Kind {
  /** What one piece is worth now, and was before promotions. */
  readonly value: number;
  readonly base: number;
  readonly measure: Line['measure'];
  readonly findings: Findings;
  readonly segments: readonly Segment[];
  /** Unlimited compounding `each` offers, in stacking order. */
  readonly stack: readonly Step[];
  /** What a piece takes outside of sets. */
  readonly alone: readonly Step[];
  /** Pieces that are not taken yet, and the segment to take from next. */
  left: number;
  at: number;
}

interface Step {
  readonly promotion: PreparedPromotion;
  readonly off: Off;
  readonly rank: number;
}

const bySteps = (left: Step, right: Step): number => left.rank - right.rank || left.promotion.index - right.promotion.index;

/** One rule as the solver sees it, with what each of its sets takes off. */
interface Contender {
  readonly promotion: PreparedPromotion;
  readonly rule: SetRule;
  /** What each set takes; of an `each` offer piece by piece. */
  readonly own: readonly Step[];
  readonly isEach: boolean;
}

/** The offers of a stage at the tiers that the basket reaches, and what they mean: the same from scan to scan, mostly. */
interface Offers {
  readonly promotions: readonly PreparedPromotion[];
  /** The offer of each promotion; undefined where it is a set, or its tier is not reached. */
  readonly offs: readonly (Off | undefined)[];
  readonly stackingOrder: Run['policy']['stackingOrder'];
  /** Unlimited `each` offers, by index. */
  readonly solo: ReadonlyMap<number, Step>;
  /** What each limited offer takes, and each set, by promotion. */
  readonly own: ReadonlyMap<PreparedPromotion, readonly Step[]>;
  readonly matchers: ReadonlySet<number>;
  readonly meantBy: Map<Findings, MeantBy | 'nothing'>;
}

/** What was last made of a stage's promotions, by the first of them. */
const rememberedOffers = new WeakMap<PreparedPromotion, Offers>();

function offersOf(run: Run, promotions: readonly PreparedPromotion[]): Offers {
  const { stackingOrder } = run.policy;
  const known = rememberedOffers.get(promotions[0]!);
  const isSame =
    known !== undefined &&
    known.stackingOrder === stackingOrder &&
    known.promotions.length === promotions.length &&
    promotions.every((promotion, at) => known.promotions[at] === promotion && known.offs[at] === reachedOff(run, promotion));
  if (isSame) return known;
  const solo = new Map<number, Step>();
  const own = new Map<PreparedPromotion, readonly Step[]>();
  const matchers = new Set<number>();
  const offs = promotions.map((promotion) => reachedOff(run, promotion));
  for (const [at, promotion] of promotions.entries()) {
    const { limits } = promotion.rule;
    const stepOf = (off: Off): Step => ({ promotion, off, rank: offRank(run, off) });
    for (const set of promotion.sets) for (const matcher of set.matchers) matchers.add(matcher);
    if (promotion.sets.length > 0)
      own.set(
        promotion,
        promotion.sets.map(({ off }) => stepOf(off)),
      );
    const off = offs[at];
    if (off === undefined) continue;
    matchers.add(promotion.matcher);
    const isLimited = limits.perBasket !== undefined || limits.perCustomer !== undefined || limits.budgetMinor !== undefined;
    if (isLimited) own.set(promotion, [stepOf(off)]);
    else solo.set(promotion.index, stepOf(off));
  }
  const offers: Offers = { promotions, offs, stackingOrder, solo, own, matchers, meantBy: new Map() };
  rememberedOffers.set(promotions[0]!, offers);
  return offers;
}

/** What an `each` offer takes off at the tier that the basket reaches. */
function reachedOff(run: Run, { rule: { offer }, matcher }: PreparedPromotion): Off | undefined {
  if (offer.type !== 'each') return undefined;
  const pieces = piecesOf(run, matcher);
  for (let tier = offer.tiers.length - 1; tier >= 0; tier -= 1) {
    const { fromPieces, off } = offer.tiers[tier]!;
    if (fromPieces <= pieces) return off;
  }
  return undefined;
}

export function settlePieces(run: Run, promotions: readonly PreparedPromotion[]): void {
  const { priority, combine } = promotions[0]!.rule;
  const offers = offersOf(run, promotions);
  const kinds = kindsOf(run, offers, combine, priority);
  const contenders = contendersOf(run, offers, kinds);
  for (const component of componentsOf(kinds, contenders)) settleComponent(run, kinds, component, priority);
  for (const kind of kinds) {
    const { alone, left } = kind;
    if (alone.length === 0 || left === 0) continue;
    // Each piece by itself: pieces of one kind take the same.
    cutAlone(run, kind, left);
    take(run, kind, left, 0, MARKS[alone[0]!.promotion.rule.combine], priority);
  }
  dropEmpty(run.lines);
}

/** Segments that were taken whole are gone. */
export function dropEmpty(lines: readonly Line[]): void {
  for (let at = 0; at < lines.length; at += 1) {
    const { segments } = lines[at]!;
    let kept = 0;
    for (let of = 0; of < segments.length; of += 1) if (segments[of]!.count > 0) segments[kept++] = segments[of]!;
    if (kept < segments.length) segments.length = kept;
  }
}

function cut(cuts: Cuts, part: number, promotion: PreparedPromotion, ticks: number): void {
  cuts.promotions[cuts.end] = promotion;
  cuts.parts[cuts.end] = part;
  cuts.ticks[cuts.end] = ticks;
  cuts.end += 1;
}

/** Writes what the steps of a kind take off `pieces` of its pieces outside of sets. */
function cutAlone(run: Run, { value, base, measure, alone }: PieceKind, pieces: number): void {
  const { cuts } = run.scratch;
  cuts.end = 0;
  let now = value;
  for (const { promotion, off } of alone) {
    const ticks = eachOff(run, off, 1, base, now, measure);
    now -= ticks;
    if (ticks > 0) cut(cuts, 0, promotion, ticks * pieces);
  }
}

/** What a stack takes off one piece. */
function stackSaving(run: Run, value: number, base: number, measure: Line['measure'], steps: readonly Step[]): number {
  let now = value;
  for (const { off } of steps) now -= eachOff(run, off, 1, base, now, measure);
  return value - now;
}

/** What of a stage means an item. */
interface MeantBy {
  readonly findings: Findings;
  /** All of the stage. */
  readonly matchers: ReadonlySet<number>;
  /** Those among them that mean the item: made where two kinds of one worth are to be ordered. */
  text?: string;
  /** Unlimited `each` offers for the item: those that stand alone, each by itself, and those that compound. */
  readonly single: readonly (readonly [Step])[];
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
function kindsOf(run: Run, offers: Offers, mode: CombineMode, priority: number): readonly PieceKind[] {
  const { meantBy } = offers;
  const open: OpenSegment[] = [];
  for (let at = 0; at < run.lines.length; at += 1) {
    const { findings, segments } = run.lines[at]!;
    let meant = meantBy.get(findings);
    if (meant === undefined) meantBy.set(findings, (meant = meantByStage(findings, offers)));
    if (meant === 'nothing') continue;
    for (let of = 0; of < segments.length; of += 1) {
      const segment = segments[of]!;
      if (isOpenTo(run, segment, mode, priority, false)) open.push({ segment, meant });
    }
  }
  const kinds: PieceKind[] = [];
  open.sort(byKind);
  // What is of one kind stands side by side, in the order of its lines.
  for (let from = 0, to = 0; from < open.length; from = to) {
    const first = open[from]!;
    const segments: Segment[] = [first.segment];
    for (to = from + 1; to < open.length && byKind(first, open[to]!) === 0; to += 1) segments.push(open[to]!.segment);
    kinds.push(kindOf(run, first, segments));
  }
  return kinds;
}

function meantByStage(findings: Findings, { matchers, solo }: Offers): MeantBy | 'nothing' {
  if (!findings.matchers.some((matcher) => matchers.has(matcher))) return 'nothing';
  const steps: Step[] = [];
  const stack: Step[] = [];
  for (const index of findings.promotions) {
    const step = solo.get(index);
    if (step !== undefined) (step.promotion.rule.combine === 'compounding' ? stack : steps).push(step);
  }
  return { findings, matchers, single: steps.sort(bySteps).map((step) => [step]), stack: stack.sort(bySteps) };
}

/** The kind that `segments` are of, with what its pieces take outside of sets. */
function kindOf(run: Run, { segment, meant }: OpenSegment, segments: readonly Segment[]): PieceKind {
  const { value, base, line } = segment;
  const { measure } = line;
  const { findings, single, stack } = meant;
  let alone: readonly Step[] = stack;
  let saving = stack.length === 0 ? 0 : stackSaving(run, value, base, measure, stack);
  for (const steps of single) {
    const taken = eachOff(run, steps[0].off, 1, base, value, measure);
    if (taken <= saving) continue;
    alone = steps;
    saving = taken;
  }
  let count = 0;
  for (let at = 0; at < segments.length; at += 1) count += segments[at]!.count;
  return { value, base, measure, findings, segments, count, solo: saving, stack, alone, left: count, at: 0 };
}

/** The sets and limited offers of a stage that have pieces to take. */
function contendersOf(run: Run, { promotions, own }: Offers, kinds: readonly PieceKind[]): readonly Contender[] {
  const meant = new Map<number, readonly number[]>();
  const kindsMeant = (matcher: number): readonly number[] => {
    const known = meant.get(matcher);
    if (known !== undefined) return known;
    const found: number[] = [];
    for (let kind = 0; kind < kinds.length; kind += 1) if (kinds[kind]!.findings.has.has(matcher)) found.push(kind);
    meant.set(matcher, found);
    return found;
  };
  const isFillable = ({ slots }: SetChoice): boolean =>
    slots.every(({ kinds: fitting, pieces }) => {
      let there = 0;
      for (let at = 0; at < fitting.length && there < pieces; at += 1) there += kinds[fitting[at]!]!.count;
      return there >= pieces;
    });
  const contenders: Contender[] = [];
  for (let at = 0; at < promotions.length; at += 1) {
    const promotion = promotions[at]!;
    const steps = own.get(promotion);
    if (steps === undefined) continue;
    const { rule, sets } = promotion;
    const isEach = sets.length === 0;
    const choices = isEach
      ? [{ slots: [{ kinds: kindsMeant(promotion.matcher), pieces: 1, get: false }], on: 'all' as const }]
      : sets.map(({ slots, matchers, on }): SetChoice => ({
          slots: slots.map(({ pieces, get }, slot) => ({ kinds: kindsMeant(matchers[slot]!), pieces, get: get === true })),
          on,
        }));
    const isWhole = choices.every(isFillable);
    const fillable = isWhole ? choices : choices.filter(isFillable);
    if (fillable.length === 0) continue;
    const uses = usesLeft(rule.promotionId, rule.limits, run.context);
    contenders.push({
      promotion,
      rule: { sets: fillable, uses, budget: budgetLeft(run, rule) },
      own: isWhole ? steps : steps.filter((_, set) => isFillable(choices[set]!)),
      isEach,
    });
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
  // Slots with the same goods share one list.
  const joined = new Set<readonly number[]>();
  for (const contender of contenders) {
    const first = firstKind(contender);
    for (const { slots } of contender.rule.sets) {
      for (const { kinds: list } of slots) {
        parents[rootOf(list[0]!)] = rootOf(first);
        if (joined.has(list)) continue;
        for (let at = 0; at < list.length; at += 1) parents[rootOf(list[at]!)] = rootOf(first);
        joined.add(list);
      }
    }
  }
  const components = new Map<number, Component>();
  for (const contender of contenders) {
    const root = rootOf(firstKind(contender));
    const component = components.get(root);
    if (component === undefined) components.set(root, { kinds: [], contenders: [contender] });
    else component.contenders.push(contender);
  }
  for (let kind = 0; kind < kinds.length; kind += 1) components.get(rootOf(kind))?.kinds.push(kind);
  return [...components.values()];
}

function firstKind({ rule }: Contender): number {
  const first = rule.sets[0]?.slots[0]?.kinds[0];
  assert(first !== undefined, 'a contender has kinds to take');
  return first;
}

/** What a step takes off a part of a deal that comes to `now`. */
function partOff(run: Run, { off }: Step, kind: PieceKind, pieces: number, now: number): number {
  return eachOff(run, off, pieces, kind.base * pieces, now, kind.measure);
}

/** Writes what those steps of its kind's stack take off a part that stand before the set's own step, or behind it. */
function cutStack(run: Run, own: Step, kind: PieceKind, pieces: number, part: number, isBefore: boolean): void {
  const { cuts, now } = run.scratch;
  for (const step of kind.stack) {
    if (bySteps(step, own) < 0 !== isBefore) continue;
    const ticks = partOff(run, step, kind, pieces, now[part]!);
    now[part]! -= ticks;
    if (ticks > 0) cut(cuts, part, step.promotion, ticks);
  }
}

/** Writes what one set takes, part by part: its own promotion's share (0 too) and those of the stack around it. */
function cutSet(run: Run, contender: Contender, kinds: readonly PieceKind[], { set, parts, end }: Deal): void {
  const { cuts, now, shares } = run.scratch;
  const own = contender.own[set]!;
  const { promotion, off } = own;
  const isCompounding = promotion.rule.combine === 'compounding';
  const isByPiece = contender.isEach || off.type === 'percent';
  cuts.end = 0;
  for (let at = 0, part = 0; at < end; at += PART, part += 1) {
    const kind = kinds[parts[at]!]!;
    now[part] = kind.value * parts[at + 1]!;
    if (isCompounding) cutStack(run, own, kind, parts[at + 1]!, part, true);
  }
  if (!isByPiece) allotSet(run, off, parts, end);
  for (let at = 0, part = 0; at < end; at += PART, part += 1) {
    const kind = kinds[parts[at]!]!;
    const pieces = parts[at + 1]!;
    let ticks = 0;
    if (!isByPiece) ticks = shares[part]!;
    else if (parts[at + 2] === 1) ticks = partOff(run, own, kind, pieces, now[part]!);
    now[part]! -= ticks;
    cut(cuts, part, promotion, ticks);
    if (isCompounding) cutStack(run, own, kind, pieces, part, false);
  }
}

/** An amount or a price for the rewarded parts together, in proportion to what they cost now. */
function allotSet(run: Run, off: Exclude<Off, { type: 'percent' }>, parts: Deal['parts'], end: number): void {
  const { now, weights, shares } = run.scratch;
  let sum = 0;
  let count = 0;
  for (let at = 0; at < end; at += PART, count += 1) {
    weights[count] = parts[at + 2] === 1 ? now[count]! : 0;
    sum += weights[count]!;
  }
  allotInto(shares, setOff(run, off, sum), weights, count);
}

/** What an amount or a price takes off pieces that come to `now` together. */
const setOff = (run: Run, off: Exclude<Off, { type: 'percent' }>, now: number): number =>
  off.type === 'amount' ? Math.min(now, product(off.amountMinor, run.scale)) : Math.max(0, now - product(off.priceMinor, run.scale));

/** What `cutSet` comes to where no other promotion joins, or -1: sums only, because a search asks for very many. */
function takenAlone(run: Run, contender: Contender, kinds: readonly PieceKind[], { set, parts, end }: Deal): number {
  const isCompounding = contender.promotion.rule.combine === 'compounding';
  const { off } = contender.own[set]!;
  const isByPiece = contender.isEach || off.type === 'percent';
  let now = 0;
  let taken = 0;
  for (let at = 0; at < end; at += PART) {
    const kind = kinds[parts[at]!]!;
    if (isCompounding && kind.stack.length > 0) return -1;
    if (parts[at + 2] === 0) continue;
    const pieces = parts[at + 1]!;
    const ticks = kind.value * pieces;
    now += ticks;
    if (isByPiece) taken += eachOff(run, off, pieces, kind.base * pieces, ticks, kind.measure);
  }
  return isByPiece ? taken : setOff(run, off, now);
}

/** What of the gain of a deal the rule itself takes, and all that it saves. */
function evaluate(run: Run, contender: Contender, kinds: readonly PieceKind[], deal: Draft): void {
  const taken = takenAlone(run, contender, kinds, deal);
  deal.gain = taken;
  deal.own = taken;
  if (taken >= 0) return;
  cutSet(run, contender, kinds, deal);
  const { promotions, ticks, end } = run.scratch.cuts;
  deal.gain = 0;
  deal.own = 0;
  for (let at = 0; at < end; at += 1) {
    deal.gain += ticks[at]!;
    if (promotions[at] === contender.promotion) deal.own += ticks[at]!;
  }
}

/** The rules of a component, by the numbers that its kinds have in it. */
function rulesOf({ kinds, contenders }: Component, all: readonly PieceKind[]): readonly SetRule[] {
  if (kinds.length === all.length) return contenders.map(({ rule }) => rule);
  const localOf = new Map(kinds.map((kind, local) => [kind, local]));
  const localLists = new Map<readonly number[], readonly number[]>();
  const localList = (kindList: readonly number[]): readonly number[] => {
    let list = localLists.get(kindList);
    if (list === undefined) localLists.set(kindList, (list = kindList.map((kind) => localOf.get(kind)!)));
    return list;
  };
  return contenders.map(({ rule }): SetRule => ({
    ...rule,
    sets: rule.sets.map((set) => ({ ...set, slots: set.slots.map((slot) => ({ ...slot, kinds: localList(slot.kinds) })) })),
  }));
}

function settleComponent(run: Run, all: readonly PieceKind[], component: Component, priority: number): void {
  const { contenders } = component;
  const kinds = component.kinds.length === all.length ? all : component.kinds.map((kind) => all[kind]!);
  let pieces = 0;
  for (let at = 0; at < kinds.length; at += 1) pieces += kinds[at]!.count;
  const maxSteps = Math.min(run.steps, pieces <= SMALL_PIECES ? run.smallSteps : LARGE_STEPS);
  const solution = solveSets(
    { kinds, rules: rulesOf(component, all), evaluate: (deal) => evaluate(run, contenders[deal.rule]!, kinds, deal) },
    maxSteps,
  );
  run.steps -= solution.steps;
  run.isExact &&= solution.isExact;
  const { cuts } = run.scratch;
  for (const { deal, times } of solution.deals) {
    const contender = contenders[deal.rule]!;
    const mark = MARKS[contender.promotion.rule.combine];
    tallyOf(run, contender.promotion).uses += times;
    cutSet(run, contender, kinds, deal);
    if (times > 1) for (let at = 0; at < cuts.end; at += 1) cuts.ticks[at]! *= times;
    for (let at = 0, part = 0; at < deal.end; at += PART, part += 1) {
      take(run, kinds[deal.parts[at]!]!, deal.parts[at + 1]! * times, part, mark, priority);
    }
  }
}

/** Takes pieces of a kind, and off their lines what was cut off them as this part. */
function take(run: Run, kind: PieceKind, pieces: number, part: number, mark: number, priority: number): void {
  const { promotions, parts, ticks, end } = run.scratch.cuts;
  kind.left -= pieces;
  const whole = kind.segments[kind.at]!;
  if (whole.count >= pieces) {
    // Mostly they are of one line, and nothing is to allot.
    whole.count -= pieces;
    if (whole.count === 0) kind.at += 1;
    let left = whole.value * pieces;
    for (let at = 0; at < end; at += 1) {
      if (parts[at] !== part) continue;
      left -= ticks[at]!;
      note(run, promotions[at]!, whole.line, ticks[at]!, pieces);
    }
    putBack(whole, pieces, left, mark, priority);
    return;
  }
  const chunks: { readonly segment: Segment; readonly count: number; left: number }[] = [];
  for (let wanted = pieces; wanted > 0;) {
    const segment = kind.segments[kind.at]!;
    const count = Math.min(segment.count, wanted);
    wanted -= count;
    segment.count -= count;
    if (segment.count === 0) kind.at += 1;
    chunks.push({ segment, count, left: segment.value * count });
  }
  for (let at = 0; at < end; at += 1) {
    if (parts[at] !== part) continue;
    const shares = allot(
      ticks[at]!,
      chunks.map((chunk) => chunk.left),
    );
    chunks.forEach((chunk, index) => {
      chunk.left -= shares[index]!;
      note(run, promotions[at]!, chunk.segment.line, shares[index]!, chunk.count);
    });
  }
  for (const { segment, count, left } of chunks) putBack(segment, count, left, mark, priority);
}
