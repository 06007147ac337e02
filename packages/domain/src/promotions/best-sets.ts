/**
 * Which sets to form of the pieces at hand, so that most is saved: a weighted set packing.
 *
 * Pieces of one price that the same promotions mean are one *kind*; kinds come dearest first, in an order that knows no
 * scan. A *deal* is one set: so many pieces of these kinds, some of them rewarded; its gain is what it saves beyond what its
 * pieces would save alone.
 *
 * 1. Greedy: each set is filled in a few ways (its dearest pieces first, its cheapest, those that save least alone); the way
 *    with the largest gain per piece is taken as often as it fits, and filled anew from what is left once it does not. Up to
 *    `TWICE_PIECES` pieces it is done by gain too, and the better answer is kept. Polynomial, and always done.
 * 2. Exact: where the deals are few enough, all are listed and searched depth first, each deal under its dearest kind, cut
 *    off where even the most that could be gained of what is left, limits and budgets regarded, would not beat the best
 *    answer so far, and, up to `REMEMBERED_PIECES` pieces, where the same rest was come to before.
 *
 * Guarantee: never less than the greedy answer; the largest saving wherever the list of deals and the search end within
 * `maxSteps` (one step is one deal listed or tried), which `isExact` says. Steps are counted, not timed: the answer is the same on every machine.
 */
import { unreachable } from '@holdfast/base';

import { scaleRounded } from '../money/money.ts';

/** So many pieces are worth a second greedy answer. */
const TWICE_PIECES = 64;
/** So many pieces are worth a memory of what was searched. */
const REMEMBERED_PIECES = 8;

export interface Kind {
  readonly count: number;
  /** What one piece saves outside of all deals. */
  readonly solo: number;
}

/** What a set takes, by kind: the kind, its pieces, and 1 where they are rewarded; the unrewarded pieces of a kind stand before its rewarded ones. Flat, because a search makes very many. */
export type Parts = readonly number[];
/** Numbers of a part. */
export const PART = 3;

export interface SlotChoice {
  /** Ascending, hence dearest first. */
  readonly kinds: readonly number[];
  readonly pieces: number;
  readonly get: boolean;
}

export interface SetChoice {
  readonly slots: readonly SlotChoice[];
  readonly on: 'all' | 'get' | { readonly cheapest: number } | { readonly dearest: number };
}

export interface SetRule {
  readonly sets: readonly SetChoice[];
  /** How often it may still form, and how much it may still take off. */
  readonly uses: number;
  readonly budget: number;
}

export interface SetProblem {
  /** Dearest first. */
  readonly kinds: readonly Kind[];
  readonly rules: readonly SetRule[];
  /** Writes into the deal what its pieces save together (`gain`), and what of it the rule itself takes (`own`). */
  evaluate(deal: Draft): void;
}

export interface Deal {
  readonly rule: number;
  readonly set: number;
  readonly parts: Parts;
  /** So many numbers of `parts` count. */
  readonly end: number;
  readonly size: number;
  /** Beyond what its pieces save alone. */
  readonly gain: number;
  readonly own: number;
}

/** A deal that is tried: filled again and again. */
export interface Draft extends Deal {
  readonly parts: number[];
  end: number;
  size: number;
  gain: number;
  own: number;
}

export interface SetSolution {
  readonly deals: readonly { readonly deal: Deal; readonly times: number }[];
  /** Above what all pieces save alone. */
  readonly gain: number;
  readonly isExact: boolean;
  readonly steps: number;
}

const quotient = (dividend: number, divisor: number): number => scaleRounded(dividend, 1, divisor, 'down') ?? 0;

/** The state that deals draw on. */
interface Stock {
  readonly left: number[];
  readonly uses: number[];
  readonly budget: number[];
  /** Whether some rule has a budget at all: mostly none has. */
  readonly isLimited: boolean;
}

const stockOf = ({ kinds, rules }: SetProblem): Stock => ({
  isLimited: rules.some(({ budget }) => budget < Number.MAX_SAFE_INTEGER),
  left: kinds.map((kind) => kind.count),
  uses: rules.map((rule) => rule.uses),
  budget: rules.map((rule) => rule.budget),
});

/** How often a deal can be made of what is left. */
function timesOf(stock: Stock, { rule, own, parts, end }: Deal): number {
  let times = stock.uses[rule]!;
  if (own > 0 && stock.isLimited) times = Math.min(times, quotient(stock.budget[rule]!, own));
  for (let at = 0; at < end && times > 0; at += PART) {
    const kind = parts[at]!;
    let pieces = parts[at + 1]!;
    if (at + PART < end && parts[at + PART] === kind) pieces += parts[(at += PART) + 1]!;
    const left = stock.left[kind]!;
    times = left < pieces ? 0 : Math.min(times, pieces === 1 ? left : quotient(left, pieces));
  }
  return times;
}

function draw(stock: Stock, { rule, own, parts, end }: Deal, times: number): void {
  for (let at = 0; at < end; at += PART) stock.left[parts[at]!]! -= parts[at + 1]! * times;
  stock.uses[rule]! -= times;
  if (stock.isLimited) stock.budget[rule]! -= own * times;
}

/** What is picked for a set, ascending by kind: the kind, its unrewarded pieces, its rewarded ones. One for all sets that are tried. */
interface Picks {
  readonly flat: number[];
  end: number;
}

function pick(picks: Picks, kind: number, pieces: number, isRewarded: boolean): void {
  const { flat } = picks;
  let at = picks.end;
  while (at > 0 && flat[at - PART]! >= kind) at -= PART;
  if (at === picks.end || flat[at] !== kind) {
    // From its end on, or the array would be a sparse one.
    for (let to = picks.end; to < picks.end + PART; to += 1) flat[to] = 0;
    flat.copyWithin(at + PART, at, picks.end);
    picks.end += PART;
    flat[at] = kind;
    flat[at + 1] = 0;
    flat[at + 2] = 0;
  }
  flat[at + (isRewarded ? 2 : 1)]! += pieces;
}

function pickedOf({ flat, end }: Picks, kind: number): number {
  let at = end - PART;
  while (at >= 0 && flat[at]! > kind) at -= PART;
  return at >= 0 && flat[at] === kind ? flat[at + 1]! + flat[at + 2]! : 0;
}

/** Rewards so many of the pieces that are picked: from the last kind on they are the cheapest, from the first the dearest. */
function reward({ flat, end }: Picks, pieces: number, isCheapest: boolean): void {
  let wanted = pieces;
  for (let taken = 0; taken < end && wanted > 0; taken += PART) {
    const at = isCheapest ? end - PART - taken : taken;
    const here = Math.min(wanted, flat[at + 1]!);
    flat[at + 1]! -= here;
    flat[at + 2]! += here;
    wanted -= here;
  }
}

/** Writes what is picked as the parts of a deal, and what the deal is worth. */
function drawUp(problem: SetProblem, picks: Picks, on: SetChoice['on'], draft: Draft): void {
  if (typeof on === 'object') {
    if ('cheapest' in on) reward(picks, on.cheapest, true);
    else reward(picks, on.dearest, false);
  }
  const { flat } = picks;
  const { parts } = draft;
  let end = 0;
  let size = 0;
  let alone = 0;
  for (let at = 0; at < picks.end; at += PART) {
    const kind = flat[at]!;
    for (let isRewarded = 0; isRewarded < 2; isRewarded += 1) {
      const pieces = flat[at + 1 + isRewarded]!;
      if (pieces === 0) continue;
      parts[end] = kind;
      parts[end + 1] = pieces;
      parts[end + 2] = isRewarded;
      end += PART;
      size += pieces;
      alone += problem.kinds[kind]!.solo * pieces;
    }
  }
  draft.end = end;
  draft.size = size;
  problem.evaluate(draft);
  draft.gain -= alone;
}

const isRewarded = ({ on }: SetChoice, { get }: SlotChoice): boolean => on === 'all' || (on === 'get' && get);

/** A draft as it stands. */
const kept = ({ rule, set, parts, end, size, gain, own }: Draft): Deal => ({ rule, set, parts: parts.slice(0, end), end, size, gain, own });

const draftOf = (rule: number, set: number): Draft => ({ rule, set, parts: [], end: 0, size: 0, gain: 0, own: 0 });

interface Answer {
  readonly deals: { deal: Deal; times: number }[];
  gain: number;
}

/** Kinds in the order that a way of filling prefers; kinds that are used up are never looked at again. */
interface Shelf {
  readonly kinds: readonly number[];
  head: number;
}

/** The ways in which the greedy answer fills a set. */
const WAYS = ['dearest', 'cheapest', 'leastSolo', 'getDearest'] as const;
type Way = (typeof WAYS)[number];
type Order = 'dearest' | 'cheapest' | 'leastSolo';

const orderOf = (slot: SlotChoice, way: Way): Order => {
  if (way !== 'getDearest') return way;
  return slot.get ? 'dearest' : 'cheapest';
};

/** One way to fill one set, with the deal that it offers now. */
interface Filler extends Draft {
  readonly choice: SetChoice;
  readonly shelves: readonly Shelf[];
  /** Slots that few kinds fit are filled first. */
  readonly order: readonly number[];
  worth: number;
}

/** Slots of several sets mostly share their list of kinds: each order of a list is one shelf, whoever fills from it. */
function shelfMaker(kinds: readonly Kind[]): (slot: SlotChoice, way: Way) => Shelf {
  const shelves = new Map<readonly number[], Partial<Record<Order, Shelf>>>();
  return (slot, way) => {
    const order = orderOf(slot, way);
    let made = shelves.get(slot.kinds);
    if (made === undefined) shelves.set(slot.kinds, (made = {}));
    return (made[order] ??= { kinds: ordered(slot.kinds, order, kinds), head: 0 });
  };
}

function ordered(list: readonly number[], order: Order, kinds: readonly Kind[]): readonly number[] {
  switch (order) {
    case 'dearest':
      return list;
    case 'cheapest':
      return list.toReversed();
    case 'leastSolo':
      return list.toSorted((left, right) => kinds[left]!.solo - kinds[right]!.solo || left - right);
    default:
      return unreachable(order, 'ordered');
  }
}

const ONLY_SLOT: readonly number[] = [0];

const narrowestFirst = (slots: readonly SlotChoice[]): readonly number[] =>
  slots.map((_, slot) => slot).sort((left, right) => slots[left]!.kinds.length - slots[right]!.kinds.length || left - right);

function fillersOf(problem: SetProblem): readonly Filler[] {
  const fillers: Filler[] = [];
  const shelf = shelfMaker(problem.kinds);
  problem.rules.forEach(({ sets }, rule) => {
    sets.forEach((choice, set) => {
      const { slots, on } = choice;
      const order = slots.length === 1 ? ONLY_SLOT : narrowestFirst(slots);
      let pieces = 0;
      for (const slot of slots) pieces += slot.pieces;
      for (let turn = 0; turn < WAYS.length; turn += 1) {
        const way = WAYS[turn]!;
        if (way === 'getDearest' && on !== 'get') continue;
        const shelves = slots.map((slot) => shelf(slot, way));
        fillers.push({
          rule,
          set,
          parts: Array<number>(PART * pieces),
          end: 0,
          size: 0,
          gain: 0,
          own: 0,
          choice,
          order,
          shelves,
          worth: 0,
        });
      }
    });
  });
  return fillers;
}

/** Whether what is left fills the set once more, with a gain: then the filler offers it. */
function fill(problem: SetProblem, stock: Stock, filler: Filler, picks: Picks, perPiece: boolean): boolean {
  const { choice, order, shelves } = filler;
  const { slots } = choice;
  picks.end = 0;
  for (let turn = 0; turn < order.length; turn += 1) {
    const slot = order[turn]!;
    const shelf = shelves[slot]!;
    const rewarded = isRewarded(choice, slots[slot]!);
    while (shelf.head < shelf.kinds.length && stock.left[shelf.kinds[shelf.head]!] === 0) shelf.head += 1;
    let wanted = slots[slot]!.pieces;
    for (let at = shelf.head; at < shelf.kinds.length && wanted > 0; at += 1) {
      const kind = shelf.kinds[at]!;
      // Only slots of one set can want the same pieces.
      const pieces = Math.min(wanted, stock.left[kind]! - (turn === 0 ? 0 : pickedOf(picks, kind)));
      if (pieces <= 0) continue;
      pick(picks, kind, pieces, rewarded);
      wanted -= pieces;
    }
    if (wanted > 0) return false;
  }
  drawUp(problem, picks, choice.on, filler);
  filler.worth = perPiece ? quotient(filler.gain, filler.size) : filler.gain;
  return filler.gain > 0;
}

function greedy(problem: SetProblem, perPiece: boolean): Answer {
  const stock = stockOf(problem);
  const answer: Answer = { deals: [], gain: 0 };
  const picks: Picks = { flat: [], end: 0 };
  const open = fillersOf(problem).filter((filler) => fill(problem, stock, filler, picks, perPiece));
  while (open.length > 0) {
    let at = 0;
    for (let other = 1; other < open.length; other += 1) if (open[other]!.worth > open[at]!.worth) at = other;
    const offer = open[at]!;
    const times = timesOf(stock, offer);
    if (times > 0) {
      draw(stock, offer, times);
      answer.deals.push({ deal: kept(offer), times });
      answer.gain += offer.gain * times;
      continue;
    }
    // Used up since it was offered: it stands at what can still be made of it, or goes.
    if (!fill(problem, stock, offer, picks, perPiece) || timesOf(stock, offer) === 0) open.splice(at, 1);
  }
  return answer;
}

/** How many ways there are to fill a slot; anything above `limit` is as good as above. */
function waysToFill(kinds: readonly Kind[], slot: SlotChoice, limit: number): number {
  const { pieces } = slot;
  // Counting is not to cost more than what it saves.
  if (slot.kinds.length * pieces > limit * 4) return limit + 1;
  const ways: number[] = Array.from({ length: pieces + 1 }, (_, count) => (count === 0 ? 1 : 0));
  const upTo: number[] = ways.slice();
  for (const kind of slot.kinds) {
    const most = kinds[kind]!.count;
    // Sums of all ways up to a count: those with none to `most` pieces of this kind are a difference of two.
    let sum = 0;
    for (let count = 0; count <= pieces; count += 1) upTo[count] = sum += ways[count]!;
    for (let count = 0; count <= pieces; count += 1) {
      ways[count] = Math.min(upTo[count]! - (count > most ? upTo[count - most - 1]! : 0), limit + 1);
    }
    if (ways[pieces]! > limit) return limit + 1;
  }
  return ways[pieces]!;
}

/** Whether all deals can be listed within so many steps. */
function canList({ kinds, rules }: SetProblem, maxSteps: number): boolean {
  let ways = 0;
  for (const { sets } of rules) {
    for (const { slots } of sets) {
      let here = 1;
      for (const slot of slots) here = Math.min(here * waysToFill(kinds, slot, maxSteps), maxSteps + 1);
      ways += here;
      if (ways > maxSteps) return false;
    }
  }
  return true;
}

/** Every deal of a rule's sets; false where they are more than `budget` steps can list. */
function listDeals(problem: SetProblem, rule: number, budget: { steps: number }, into: Deal[]): boolean {
  const left = problem.kinds.map((kind) => kind.count);
  const picks: Picks = { flat: [], end: 0 };
  return problem.rules[rule]!.sets.every((choice, index) => {
    const { slots } = choice;
    const draft = draftOf(rule, index);
    // Kind and pieces of each slot so far, and the slot.
    const path: number[] = [];
    // Two slots may come to the same parts in several ways; one does not.
    const known = slots.length > 1 ? new Set<string>() : undefined;
    const list = (): void => {
      picks.end = 0;
      for (let at = 0; at < path.length; at += PART) pick(picks, path[at]!, path[at + 1]!, isRewarded(choice, slots[path[at + 2]!]!));
      drawUp(problem, picks, choice.on, draft);
      const deal = kept(draft);
      if (known !== undefined) {
        const text = deal.parts.join(' ');
        if (known.has(text)) return;
        known.add(text);
      }
      into.push(deal);
    };
    const choose = (slot: number, from: number, wanted: number): boolean => {
      budget.steps -= 1;
      if (budget.steps < 0) return false;
      if (wanted === 0) {
        if (slot + 1 < slots.length) return choose(slot + 1, 0, slots[slot + 1]!.pieces);
        list();
        return true;
      }
      const { kinds } = slots[slot]!;
      for (let at = from; at < kinds.length; at += 1) {
        const kind = kinds[at]!;
        for (let pieces = Math.min(wanted, left[kind]!); pieces > 0; pieces -= 1) {
          left[kind]! -= pieces;
          path.push(kind, pieces, slot);
          const isListed = choose(slot, at + 1, wanted - pieces);
          path.length -= PART;
          left[kind]! += pieces;
          if (!isListed) return false;
        }
      }
      return true;
    };
    return choose(0, 0, slots[0]!.pieces);
  });
}

/** What a deal takes away, whoever makes it. */
const pieceText = ({ parts, end }: Deal): string => {
  let text = '';
  for (let at = 0; at < end; at += PART) {
    const kind = parts[at]!;
    let pieces = parts[at + 1]!;
    if (parts[at + PART] === kind) pieces += parts[(at += PART) + 1]!;
    text += `${kind}x${pieces} `;
  }
  return text;
};

/** Deals worth trying: with a gain, and not beaten by a deal on the same pieces that may be made as often as there are pieces. */
function worthTrying(problem: SetProblem, deals: readonly Deal[]): readonly Deal[] {
  const pieces = problem.kinds.reduce((sum, kind) => sum + kind.count, 0);
  const isFree = problem.rules.map(({ uses, budget }) => uses >= pieces && budget === Number.MAX_SAFE_INTEGER);
  const bestFree = new Map<string, Deal>();
  const gainful: { readonly deal: Deal; readonly key: string }[] = [];
  for (const deal of deals) {
    if (deal.gain <= 0) continue;
    const key = pieceText(deal);
    gainful.push({ deal, key });
    const best = bestFree.get(key);
    if (isFree[deal.rule] && (best === undefined || deal.gain > best.gain)) bestFree.set(key, deal);
  }
  return gainful
    .filter(({ deal, key }) => {
      const best = bestFree.get(key);
      return best === undefined || best === deal || (!isFree[deal.rule] && deal.gain > best.gain);
    })
    .map(({ deal }) => deal)
    .sort((left, right) => right.gain - left.gain || left.rule - right.rule);
}

/**
 * The most that can still be gained of a stock, however it is dealt: each piece at its best gain; and where rules have
 * limits, each piece at the best gain that endless rules give it, with what the uses and budgets of the others still allow beyond that.
 */
function boundOf(problem: SetProblem, deals: readonly Deal[]): (stock: Stock, firstKind: number) => number {
  const { kinds, rules } = problem;
  const pieces = kinds.reduce((sum, kind) => sum + kind.count, 0);
  const best = kinds.map(() => 0);
  const endless = kinds.map(() => 0);
  const most = rules.map(() => 0);
  const isWithinOwn = rules.map(() => true);
  const rates = new Map<number, number[]>();
  for (const { rule, gain, own, size, parts } of deals) {
    const { uses, budget } = rules[rule]!;
    let rate = endless;
    if (uses < pieces || budget < Number.MAX_SAFE_INTEGER) {
      rate = rates.get(rule) ?? kinds.map(() => 0);
      rates.set(rule, rate);
    }
    const perPiece = scaleRounded(gain, 1, size, 'up') ?? gain;
    for (let at = 0; at < parts.length; at += PART) {
      const kind = parts[at]!;
      rate[kind] = Math.max(rate[kind]!, perPiece);
      best[kind] = Math.max(best[kind]!, perPiece);
    }
    most[rule] = Math.max(most[rule]!, gain);
    isWithinOwn[rule] &&= gain <= own;
  }
  const limited = [...rates].map(([rule, rate]) => ({
    rule,
    beyond: rate.map((perPiece, kind) => Math.max(0, perPiece - endless[kind]!)),
    mostGain: most[rule]!,
    isWithinOwn: isWithinOwn[rule]!,
  }));
  return ({ left, uses, budget }, firstKind) => {
    let byPiece = 0;
    let bound = 0;
    for (let kind = firstKind; kind < kinds.length; kind += 1) {
      byPiece += left[kind]! * best[kind]!;
      bound += left[kind]! * endless[kind]!;
    }
    for (const { rule, beyond, mostGain, isWithinOwn: isCapped } of limited) {
      let extra = 0;
      for (let kind = firstKind; kind < kinds.length; kind += 1) extra += left[kind]! * beyond[kind]!;
      // A product beyond the safe integers is above any sum of gains all the same.
      extra = Math.min(extra, uses[rule]! * mostGain);
      bound += isCapped ? Math.min(extra, budget[rule]!) : extra;
    }
    return Math.min(byPiece, bound);
  };
}

/** Whether the same rest was come to before, with no less gained: then this way cannot end better. Remembered for few pieces only. */
function memoryOf({ kinds, rules }: SetProblem): (stock: Stock, kind: number, from: number, gain: number) => boolean {
  const pieces = kinds.reduce((sum, kind) => sum + kind.count, 0);
  if (pieces > REMEMBERED_PIECES) return () => false;
  const counted = rules.flatMap(({ uses }, rule) => (uses < pieces ? rule : []));
  const budgeted = rules.flatMap(({ budget }, rule) => (budget < Number.MAX_SAFE_INTEGER ? rule : []));
  const known = new Map<string, number>();
  return ({ left, uses, budget }, kind, from, gain) => {
    let rest = `${kind},${from}`;
    for (let at = kind; at < left.length; at += 1) rest += `,${left[at]}`;
    for (const rule of counted) rest += `,${uses[rule]}`;
    for (const rule of budgeted) rest += `,${budget[rule]}`;
    const before = known.get(rest);
    if (before !== undefined && before >= gain) return true;
    known.set(rest, gain);
    return false;
  };
}

/** Depth first over `deals`; true where it came to its end within the steps. Leaves the best answer in `best`. */
function search(problem: SetProblem, deals: readonly Deal[], budget: { steps: number }, best: Answer): boolean {
  const { kinds } = problem;
  const stock = stockOf(problem);
  const byFirst: Deal[][] = kinds.map(() => []);
  for (const deal of deals) byFirst[deal.parts[0]!]!.push(deal);
  const bound = boundOf(problem, deals);
  const isKnownWorse = memoryOf(problem);
  const path: Deal[] = [];
  const dive = (first: number, fromDeal: number, gain: number): boolean => {
    let kind = first;
    let from = fromDeal;
    while (kind < kinds.length && (stock.left[kind] === 0 || byFirst[kind]!.length <= from)) {
      kind += 1;
      from = 0;
    }
    if (gain > best.gain) {
      best.gain = gain;
      best.deals.length = 0;
      for (const deal of path) {
        const last = best.deals.at(-1);
        if (last?.deal === deal) last.times += 1;
        else best.deals.push({ deal, times: 1 });
      }
    }
    if (gain + bound(stock, kind) <= best.gain || isKnownWorse(stock, kind, from, gain)) return true;
    const here = byFirst[kind]!;
    for (let at = from; at < here.length; at += 1) {
      budget.steps -= 1;
      if (budget.steps < 0) return false;
      const deal = here[at]!;
      if (timesOf(stock, deal) === 0) continue;
      draw(stock, deal, 1);
      path.push(deal);
      const isDone = dive(kind, at, gain + deal.gain);
      path.pop();
      draw(stock, deal, -1);
      if (!isDone) return false;
    }
    return dive(kind + 1, 0, gain);
  };
  return dive(0, 0, 0);
}

/** The deals to make, and how often each. */
export function solveSets(problem: SetProblem, maxSteps: number): SetSolution {
  const byRate = greedy(problem, true);
  const pieces = problem.kinds.reduce((sum, kind) => sum + kind.count, 0);
  const byGain = pieces <= TWICE_PIECES ? greedy(problem, false) : byRate;
  const best = byGain.gain > byRate.gain ? byGain : byRate;
  const budget = { steps: maxSteps };
  const listed: Deal[] = [];
  const isListed = canList(problem, maxSteps) && problem.rules.every((_, rule) => listDeals(problem, rule, budget, listed));
  const isExact = isListed && search(problem, worthTrying(problem, listed), budget, best);
  return { deals: best.deals, gain: best.gain, isExact, steps: maxSteps - Math.max(budget.steps, 0) };
}
