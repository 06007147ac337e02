/** Offers on pieces and sets of one priority: kinds of pieces, components that compete for them, and the combination that saves most. */
import { InvariantError, unreachable } from '@holdfast/base';

import { allot } from './allot.ts';
import { type DealPart, type Kind, type SetRule, solveSets } from './best-sets.ts';
import type { Findings, PreparedPromotion } from './prepare.ts';
import type { CombineMode, Off, PromotionSet } from './rule.ts';
import {
  budgetLeft,
  compareText,
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

interface Pieces {
  readonly count: number;
  /** All of them together: before promotions, and now. */
  readonly base: number;
  readonly now: number;
  readonly measure: Line['measure'];
}

/** What an `each` offer takes off pieces. */
export function eachOff(run: Run, off: Off, { count, base, now, measure }: Pieces): number {
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

export function settlePieces(run: Run, promotions: readonly PreparedPromotion[]): void {
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
export function dropEmpty(lines: readonly Line[]): void {
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
