/* oxlint-disable holdfast/no-float -- fractions of BigInt: their divisions are exact, and the last one is for a comparison only */
/**
 * The largest saving that offers on pieces and sets of one priority can make of a basket, in the dumbest possible way: every
 * piece stands for itself, every way to put pieces into sets is tried, money is a fraction that is never rounded. Knows the
 * default policy only, and shares nothing with the engine but the rules' types.
 */
import type { Goods, Off, Promotion } from '../rule.ts';

/** A fraction, above a positive whole. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

export interface OraclePiece {
  readonly sku: string;
  readonly category: string;
  readonly priceMinor: number;
}

const whole = (value: number): Fraction => ({ over: BigInt(value), under: 1n });
const plus = (left: Fraction, right: Fraction): Fraction =>
  lowest(left.over * right.under + right.over * left.under, left.under * right.under);
const minus = (left: Fraction, right: Fraction): Fraction => plus(left, { over: -right.over, under: right.under });
const times = (left: Fraction, right: Fraction): Fraction => lowest(left.over * right.over, left.under * right.under);
const isLess = (left: Fraction, right: Fraction): boolean => left.over * right.under < right.over * left.under;
const least = (left: Fraction, right: Fraction): Fraction => (isLess(left, right) ? left : right);
const most = (left: Fraction, right: Fraction): Fraction => (isLess(left, right) ? right : left);
const NOTHING = whole(0);

function lowest(over: bigint, under: bigint): Fraction {
  let [left, right] = [over < 0n ? -over : over, under];
  while (right > 0n) [left, right] = [right, left % right];
  return left === 0n ? { over: 0n, under: 1n } : { over: over / left, under: under / left };
}

const toNumber = ({ over, under }: Fraction): number => Number((over * 1_000_000n) / under) / 1_000_000;

const means = (goods: Goods, piece: OraclePiece): boolean =>
  (goods.skus?.includes(piece.sku) ?? true) &&
  (goods.categories?.includes(piece.category) ?? true) &&
  !(goods.except?.skus?.includes(piece.sku) ?? false);

const rankOf = (off: Off): number => ({ price: 0, amount: 1, percent: 2 })[off.type];

interface Each {
  readonly rule: Promotion;
  readonly off: Off;
  readonly goods: Goods;
}

const isLimited = ({ limits }: Promotion): boolean => Object.keys(limits).length > 0;

function eachTakes(off: Off, now: Fraction): Fraction {
  if (off.type === 'percent') return times(now, { over: BigInt(off.bps), under: 10_000n });
  if (off.type === 'amount') return least(now, whole(off.amountMinor));
  return most(NOTHING, minus(now, whole(off.priceMinor)));
}

const compareEach = (left: Each, right: Each): number =>
  rankOf(left.off) - rankOf(right.off) || (left.rule.promotionId < right.rule.promotionId ? -1 : left.rule === right.rule ? 0 : 1);

/** A set as it would form: its pieces, and which of them are rewarded. */
interface Formed {
  readonly members: readonly number[];
  readonly rewarded: readonly number[];
}

function formations(
  set: Extract<Promotion['offer'], { type: 'set' }>['sets'][number],
  pieces: readonly OraclePiece[],
  free: readonly number[],
): readonly Formed[] {
  const formed: Formed[] = [];
  const fill = (slot: number, wanted: number, from: number, members: readonly number[], got: readonly number[]): void => {
    const here = set.slots[slot];
    if (here === undefined) {
      const byPrice = [...members].sort((left, right) => pieces[left]!.priceMinor - pieces[right]!.priceMinor);
      const rewarded =
        set.on === 'all'
          ? members
          : set.on === 'get'
            ? got
            : 'cheapest' in set.on
              ? byPrice.slice(0, set.on.cheapest)
              : byPrice.slice(-set.on.dearest);
      formed.push({ members, rewarded });
      return;
    }
    if (wanted === 0) {
      fill(slot + 1, set.slots[slot + 1]?.pieces ?? 0, 0, members, got);
      return;
    }
    for (let at = from; at < free.length; at += 1) {
      const piece = free[at]!;
      if (members.includes(piece) || !means(here.goods, pieces[piece]!)) continue;
      fill(slot, wanted - 1, at + 1, [...members, piece], here.get === true ? [...got, piece] : got);
    }
  };
  fill(0, set.slots[0]?.pieces ?? 0, 0, [], []);
  return formed;
}

/** Minor units, as exact as a number shows them. The rules are of one priority, `best` or `compounding`, on pieces or sets. */
export function largestSavingMinor(rules: readonly Promotion[], pieces: readonly OraclePiece[]): number {
  const eaches = rules.flatMap((rule): readonly Each[] => {
    if (rule.offer.type !== 'each') return [];
    const { goods, tiers } = rule.offer;
    const count = pieces.filter((piece) => means(goods, piece)).length;
    const off = tiers.filter((tier) => tier.fromPieces <= count).at(-1)?.off;
    return off === undefined ? [] : [{ rule, off, goods }];
  });
  const stack = eaches.filter(({ rule }) => rule.combine === 'compounding' && !isLimited(rule)).sort(compareEach);
  const alone = (piece: OraclePiece): Fraction => {
    const price = whole(piece.priceMinor);
    let now = price;
    for (const each of stack) if (means(each.goods, piece)) now = minus(now, eachTakes(each.off, now));
    let saving = minus(price, now);
    for (const each of eaches) {
      if (each.rule.combine === 'best' && !isLimited(each.rule) && means(each.goods, piece))
        saving = most(saving, eachTakes(each.off, price));
    }
    return saving;
  };
  /** What a set saves, and what of it its own rule takes. */
  const worth = (own: Each, isByPiece: boolean, { members, rewarded }: Formed): readonly [Fraction, Fraction] => {
    const around = own.rule.combine === 'compounding' ? stack : [];
    const now = new Map(members.map((member) => [member, whole(pieces[member]!.priceMinor)]));
    const runStack = (wantsBefore: boolean): void => {
      for (const each of around) {
        if (compareEach(each, own) < 0 !== wantsBefore) continue;
        for (const member of members) {
          if (means(each.goods, pieces[member]!)) now.set(member, minus(now.get(member)!, eachTakes(each.off, now.get(member)!)));
        }
      }
    };
    runStack(true);
    const together = rewarded.reduce((sum, member) => plus(sum, now.get(member)!), NOTHING);
    let taken = NOTHING;
    for (const member of rewarded) {
      const price = now.get(member)!;
      let takes = NOTHING;
      if (isByPiece || own.off.type === 'percent') takes = eachTakes(own.off, price);
      else if (isLess(NOTHING, together))
        takes = times(eachTakes(own.off, together), times(price, { over: together.under, under: together.over }));
      taken = plus(taken, takes);
      now.set(member, minus(price, takes));
    }
    runStack(false);
    const saving = members.reduce((sum, member) => plus(sum, minus(whole(pieces[member]!.priceMinor), now.get(member)!)), NOTHING);
    return [saving, taken];
  };
  const known = new Map<string, Fraction>();
  const best = (free: readonly number[], used: readonly number[], spent: readonly Fraction[]): Fraction => {
    const [first, ...rest] = free;
    if (first === undefined) return NOTHING;
    const key = `${free.join()}|${used.join()}|${spent.map(({ over, under }) => `${over}/${under}`).join()}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    let largest = plus(alone(pieces[first]!), best(rest, used, spent));
    rules.forEach((rule, index) => {
      const { offer, limits } = rule;
      if (used[index]! >= Math.min(limits.perBasket ?? Infinity, limits.perCustomer ?? Infinity)) return;
      const each = eaches.find((candidate) => candidate.rule === rule);
      const sets =
        offer.type === 'set'
          ? offer.sets.map((set) => ({ own: { rule, off: set.off, goods: {} }, isByPiece: false, formed: formations(set, pieces, free) }))
          : each !== undefined && isLimited(rule) && means(each.goods, pieces[first]!)
            ? [{ own: each, isByPiece: true, formed: [{ members: [first], rewarded: [first] }] }]
            : [];
      for (const { own, isByPiece, formed } of sets) {
        for (const form of formed) {
          if (!form.members.includes(first)) continue;
          const [saving, taken] = worth(own, isByPiece, form);
          const spentNow = plus(spent[index]!, taken);
          if (limits.budgetMinor !== undefined && isLess(whole(limits.budgetMinor), spentNow)) continue;
          const left = free.filter((piece) => !form.members.includes(piece));
          const usedNow = isLimited(rule) ? used.with(index, used[index]! + 1) : used;
          const spentThen = limits.budgetMinor === undefined ? spent : spent.with(index, spentNow);
          largest = most(largest, plus(saving, best(left, usedNow, spentThen)));
        }
      }
    });
    known.set(key, largest);
    return largest;
  };
  return toNumber(
    best(
      pieces.map((_, index) => index),
      rules.map(() => 0),
      rules.map(() => NOTHING),
    ),
  );
}
