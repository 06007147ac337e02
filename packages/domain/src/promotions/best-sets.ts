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
import { scaleRounded } from '../money.ts';

/** So many pieces are worth a second greedy answer. */
const TWICE_PIECES = 64;
/** So many pieces are worth a memory of what was searched. */
const REMEMBERED_PIECES = 8;

export interface Kind {
  readonly count: number;
  /** What one piece saves outside of all deals. */
  readonly solo: number;
}

export interface DealPart {
  readonly kind: number;
  readonly pieces: number;
  readonly rewarded: boolean;
}

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
  /** What the pieces of one set save together, and what of it the rule itself takes. */
  evaluate(rule: number, set: number, parts: readonly DealPart[]): { readonly saving: number; readonly own: number };
}

export interface Deal {
  readonly rule: number;
  readonly set: number;
  /** By kind, the unrewarded pieces of a kind before its rewarded ones. */
  readonly parts: readonly DealPart[];
  readonly size: number;
  readonly gain: number;
  readonly own: number;
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
}

const stockOf = ({ kinds, rules }: SetProblem): Stock => ({
  left: kinds.map((kind) => kind.count),
  uses: rules.map((rule) => rule.uses),
  budget: rules.map((rule) => rule.budget),
});

/** How often a deal can be made of what is left. */
function timesOf(stock: Stock, deal: Deal): number {
  let times = stock.uses[deal.rule]!;
  if (deal.own > 0) times = Math.min(times, quotient(stock.budget[deal.rule]!, deal.own));
  const { parts } = deal;
  for (let at = 0; at < parts.length && times > 0; at += 1) {
    const part = parts[at]!;
    let pieces = part.pieces;
    // The unrewarded and the rewarded pieces of one kind stand side by side.
    if (parts[at + 1]?.kind === part.kind) pieces += parts[(at += 1)]!.pieces;
    const left = stock.left[part.kind]!;
    times = left < pieces ? 0 : Math.min(times, pieces === 1 ? left : quotient(left, pieces));
  }
  return times;
}

function draw(stock: Stock, deal: Deal, times: number): void {
  for (const part of deal.parts) stock.left[part.kind]! -= part.pieces * times;
  stock.uses[deal.rule]! -= times;
  stock.budget[deal.rule]! -= deal.own * times;
}

/** What a slot takes: kind and pieces, one after the other. Flat, because a search makes very many. */
type Picks = number[];

/** Sorts them by kind; there are few. */
function sortPicks(picks: Picks): void {
  for (let at = 2; at < picks.length; at += 2) {
    const [kind, pieces] = [picks[at]!, picks[at + 1]!];
    let to = at;
    for (; to > 0 && picks[to - 2]! > kind; to -= 2) {
      picks[to] = picks[to - 2]!;
      picks[to + 1] = picks[to - 1]!;
    }
    picks[to] = kind;
    picks[to + 1] = pieces;
  }
}

/** The parts of a set of one slot: what `partsOf` would make of it, without its maps. */
function partsOfSlot(set: SetChoice, picks: Picks): readonly DealPart[] {
  sortPicks(picks);
  const parts: DealPart[] = [];
  if (typeof set.on === 'string') {
    const rewarded = set.on === 'all' || set.slots[0]!.get;
    for (let at = 0; at < picks.length; at += 2) parts.push({ kind: picks[at]!, pieces: picks[at + 1]!, rewarded });
    return parts;
  }
  // The cheapest are the last: all but them are plain; the dearest are the first.
  const isCheapest = 'cheapest' in set.on;
  let first = 'cheapest' in set.on ? set.slots[0]!.pieces - set.on.cheapest : set.on.dearest;
  for (let at = 0; at < picks.length; at += 2) {
    const [kind, pieces] = [picks[at]!, picks[at + 1]!];
    const before = Math.min(first, pieces);
    first -= before;
    const after = pieces - before;
    // The unrewarded pieces of a kind stand first, whichever they are.
    if (isCheapest) {
      if (before > 0) parts.push({ kind, pieces: before, rewarded: false });
      if (after > 0) parts.push({ kind, pieces: after, rewarded: true });
    } else {
      if (after > 0) parts.push({ kind, pieces: after, rewarded: false });
      if (before > 0) parts.push({ kind, pieces: before, rewarded: true });
    }
  }
  return parts;
}

/** Picks of a set's slots as the parts of a deal. */
function partsOf(set: SetChoice, picks: readonly Picks[]): readonly DealPart[] {
  if (picks.length === 1) return partsOfSlot(set, picks[0]!);
  const plain = new Map<number, number>();
  const rewarded = new Map<number, number>();
  picks.forEach((slotPicks, slot) => {
    const isRewarded = set.on === 'all' || (set.on === 'get' && set.slots[slot]!.get);
    const into = isRewarded ? rewarded : plain;
    for (let at = 0; at < slotPicks.length; at += 2) {
      const kind = slotPicks[at]!;
      into.set(kind, (into.get(kind) ?? 0) + slotPicks[at + 1]!);
    }
  });
  if (typeof set.on === 'object') {
    const isCheapest = 'cheapest' in set.on;
    let wanted = 'cheapest' in set.on ? set.on.cheapest : set.on.dearest;
    for (const kind of [...plain.keys()].sort((left, right) => (isCheapest ? right - left : left - right))) {
      if (wanted === 0) break;
      const pieces = Math.min(wanted, plain.get(kind)!);
      wanted -= pieces;
      rewarded.set(kind, pieces);
      if (plain.get(kind) === pieces) plain.delete(kind);
      else plain.set(kind, plain.get(kind)! - pieces);
    }
  }
  const parts: DealPart[] = [];
  for (const kind of [...new Set([...plain.keys(), ...rewarded.keys()])].sort((left, right) => left - right)) {
    if (plain.has(kind)) parts.push({ kind, pieces: plain.get(kind)!, rewarded: false });
    if (rewarded.has(kind)) parts.push({ kind, pieces: rewarded.get(kind)!, rewarded: true });
  }
  return parts;
}

function dealOf(problem: SetProblem, rule: number, set: number, parts: readonly DealPart[]): Deal {
  const { saving, own } = problem.evaluate(rule, set, parts);
  let size = 0;
  let alone = 0;
  for (const { kind, pieces } of parts) {
    size += pieces;
    alone += problem.kinds[kind]!.solo * pieces;
  }
  return { rule, set, parts, size, gain: saving - alone, own };
}

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

interface Filler {
  readonly rule: number;
  readonly set: number;
  readonly shelves: readonly Shelf[];
  /** Slots that few kinds fit are filled first. */
  readonly order: readonly number[];
}

/** Slots of several sets mostly share their list of kinds: each order of a list is made once. */
function shelfMaker(kinds: readonly Kind[]): (slot: SlotChoice, way: Way) => Shelf {
  const orders = new Map<readonly number[], Map<Order, readonly number[]>>();
  return (slot, way) => {
    const order = orderOf(slot, way);
    if (order === 'dearest') return { kinds: slot.kinds, head: 0 };
    let made = orders.get(slot.kinds);
    if (made === undefined) orders.set(slot.kinds, (made = new Map<Order, readonly number[]>()));
    let sorted = made.get(order);
    if (sorted === undefined) {
      sorted =
        order === 'cheapest'
          ? slot.kinds.toReversed()
          : slot.kinds.toSorted((left, right) => kinds[left]!.solo - kinds[right]!.solo || left - right);
      made.set(order, sorted);
    }
    return { kinds: sorted, head: 0 };
  };
}

function fillersOf(problem: SetProblem): readonly Filler[] {
  const fillers: Filler[] = [];
  const shelf = shelfMaker(problem.kinds);
  problem.rules.forEach(({ sets }, rule) => {
    sets.forEach(({ slots, on }, set) => {
      const order = slots
        .map((_, slot) => slot)
        .sort((left, right) => slots[left]!.kinds.length - slots[right]!.kinds.length || left - right);
      for (const way of WAYS) {
        if (way === 'getDearest' && on !== 'get') continue;
        fillers.push({ rule, set, order, shelves: slots.map((slot) => shelf(slot, way)) });
      }
    });
  });
  return fillers;
}

function fill(problem: SetProblem, stock: Stock, filler: Filler): Deal | undefined {
  const set = problem.rules[filler.rule]!.sets[filler.set]!;
  const picks = set.slots.map((): Picks => []);
  // Only slots of one set can want the same pieces.
  const picked = set.slots.length > 1 ? new Map<number, number>() : undefined;
  for (const slot of filler.order) {
    const shelf = filler.shelves[slot]!;
    while (shelf.head < shelf.kinds.length && stock.left[shelf.kinds[shelf.head]!] === 0) shelf.head += 1;
    let wanted = set.slots[slot]!.pieces;
    for (let at = shelf.head; at < shelf.kinds.length && wanted > 0; at += 1) {
      const kind = shelf.kinds[at]!;
      const pieces = Math.min(wanted, stock.left[kind]! - (picked?.get(kind) ?? 0));
      if (pieces <= 0) continue;
      picks[slot]!.push(kind, pieces);
      wanted -= pieces;
    }
    if (wanted > 0) return undefined;
    if (picked === undefined) continue;
    const here = picks[slot]!;
    for (let at = 0; at < here.length; at += 2) picked.set(here[at]!, (picked.get(here[at]!) ?? 0) + here[at + 1]!);
  }
  return dealOf(problem, filler.rule, filler.set, partsOf(set, picks));
}

function greedy(problem: SetProblem, perPiece: boolean): Answer {
  const stock = stockOf(problem);
  const answer: Answer = { deals: [], gain: 0 };
  const open: { readonly filler: Filler; deal: Deal; worth: number }[] = [];
  const worthOf = (deal: Deal): number => (perPiece ? quotient(deal.gain, deal.size) : deal.gain);
  for (const filler of fillersOf(problem)) {
    const deal = fill(problem, stock, filler);
    if (deal !== undefined && deal.gain > 0) open.push({ filler, deal, worth: worthOf(deal) });
  }
  while (open.length > 0) {
    let at = 0;
    for (let other = 1; other < open.length; other += 1) if (open[other]!.worth > open[at]!.worth) at = other;
    const offer = open[at]!;
    const times = timesOf(stock, offer.deal);
    if (times > 0) {
      draw(stock, offer.deal, times);
      answer.deals.push({ deal: offer.deal, times });
      answer.gain += offer.deal.gain * times;
      continue;
    }
    // Used up since it was offered: it stands at what can still be made of it, or goes.
    const deal = fill(problem, stock, offer.filler);
    if (deal === undefined || deal.gain <= 0 || timesOf(stock, deal) === 0) open.splice(at, 1);
    else {
      offer.deal = deal;
      offer.worth = worthOf(deal);
    }
  }
  return answer;
}

/** How many ways there are to fill a slot; anything above `limit` is as good as above. */
function waysToFill(kinds: readonly Kind[], slot: SlotChoice, limit: number): number {
  const { pieces } = slot;
  // Counting is not to cost more than what it saves.
  if (slot.kinds.length * pieces > limit * 4) return limit + 1;
  let ways: number[] = Array.from({ length: pieces + 1 }, (_, count) => (count === 0 ? 1 : 0));
  for (const kind of slot.kinds) {
    const most = kinds[kind]!.count;
    // Sums of all ways up to a count: those with none to `most` pieces of this kind are a difference of two.
    let sum = 0;
    const upTo = ways.map((count) => (sum += count));
    ways = upTo.map((all, count) => Math.min(all - (count > most ? upTo[count - most - 1]! : 0), limit + 1));
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

/** Every deal of a rule's sets, each under its parts; false where they are more than `budget` steps can list. */
function listDeals(problem: SetProblem, rule: number, budget: { steps: number }, into: Map<string, Deal>): boolean {
  const left = problem.kinds.map((kind) => kind.count);
  return problem.rules[rule]!.sets.every((set, index) => {
    const picks = set.slots.map((): Picks => []);
    const choose = (slot: number, from: number, wanted: number): boolean => {
      budget.steps -= 1;
      if (budget.steps < 0) return false;
      if (wanted === 0) {
        if (slot + 1 < set.slots.length) return choose(slot + 1, 0, set.slots[slot + 1]!.pieces);
        const parts = partsOf(set, picks);
        const key = `${rule} ${index} ${parts.map(({ kind, pieces, rewarded }) => `${kind}${rewarded ? '*' : 'x'}${pieces}`).join(' ')}`;
        if (!into.has(key)) {
          const deal = dealOf(problem, rule, index, parts);
          into.set(key, deal);
        }
        return true;
      }
      const { kinds } = set.slots[slot]!;
      for (let at = from; at < kinds.length; at += 1) {
        const kind = kinds[at]!;
        for (let pieces = Math.min(wanted, left[kind]!); pieces > 0; pieces -= 1) {
          left[kind]! -= pieces;
          picks[slot]!.push(kind, pieces);
          const isListed = choose(slot, at + 1, wanted - pieces);
          picks[slot]!.length -= 2;
          left[kind]! += pieces;
          if (!isListed) return false;
        }
      }
      return true;
    };
    return choose(0, 0, set.slots[0]!.pieces);
  });
}

/** What a deal takes away, whoever makes it. */
const pieceText = (deal: Deal): string => {
  let text = '';
  for (let at = 0; at < deal.parts.length; at += 1) {
    const { kind, pieces } = deal.parts[at]!;
    const twin = deal.parts[at + 1];
    if (twin?.kind === kind) at += 1;
    text += `${kind}x${pieces + (twin?.kind === kind ? twin.pieces : 0)} `;
  }
  return text;
};

/** Deals worth trying: with a gain, and not beaten by a deal on the same pieces that may be made as often as there are pieces. */
function worthTrying(problem: SetProblem, deals: Iterable<Deal>): readonly Deal[] {
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
    for (const { kind } of parts) {
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
  for (const deal of deals) byFirst[deal.parts[0]!.kind]!.push(deal);
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
  const listed = new Map<string, Deal>();
  const isListed = canList(problem, maxSteps) && problem.rules.every((_, rule) => listDeals(problem, rule, budget, listed));
  const isExact = isListed && search(problem, worthTrying(problem, listed.values()), budget, best);
  return { deals: best.deals, gain: best.gain, isExact, steps: maxSteps - Math.max(budget.steps, 0) };
}
