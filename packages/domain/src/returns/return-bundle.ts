/**
 * Part of a bundle comes back: what becomes of the discounts that the rest of it earned. `keep`: the rest keeps them. `reprice`: the rest is
 * priced again with the promotion versions of its own sale, and what it would not have earned is taken back (or what it would have
 * earned beyond its share is given), as lines of their own that name the goods they stand for: quantity 0, the discount's share, and its tax.
 *
 * Never for goods that come back because they are defective: they count as if they were still there. Never past what is refunded:
 * nobody pays for bringing something back. What is taken back is remembered by line, so that returning everything still gives
 * exactly what was paid.
 */
import { assert } from '@holdfast/base';

import { discountMinorOf, netMinorOf, type LineDiscount } from '../basket/line-discount.ts';
import { addMinor, scaleRounded } from '../money/money.ts';
import { allot } from '../promotions/allot.ts';
import { paidMinorOf, type LineMoney, type ReturnableLine, type ReturnPart, type ReturnTax } from './return-line.ts';

export const BUNDLE_RETURNS = ['keep', 'reprice'] as const;
export type BundleReturns = (typeof BUNDLE_RETURNS)[number];

/** So much of a line of a sale. */
export interface LineQuantity {
  /** Counted from 1. */
  readonly line: number;
  readonly quantity: number;
}

/**
 * What the sale's own promotion versions take off when `rest` alone had been bought: by line, by the discount's reference, below 0.
 * Undefined where one of the versions is not at hand: then everything is kept.
 */
export type RepriceRest = (rest: readonly LineQuantity[]) => ReadonlyMap<number, ReadonlyMap<string, number>> | undefined;

export interface BundleReturn {
  readonly lines: readonly ReturnableLine[];
  /** What comes back now, and which of it is defective, by line. */
  readonly parts: readonly ReturnPart[];
  readonly defectiveLines: ReadonlySet<number>;
  readonly taxInclusive: boolean;
  readonly reprice: RepriceRest;
}

/** A discount of a line that stays, and how much of it was not earned by what stays. */
interface Unearned {
  readonly line: ReturnableLine;
  readonly place: number;
  readonly unearnedMinor: number;
}

const isPromotion = ({ kind }: LineDiscount): boolean => kind === 'promotion' || kind === 'coupon';

/** The lines that take back what the rest did not earn; none where it earned everything. */
export function takenBack(bundle: BundleReturn): readonly ReturnPart[] {
  const { lines, parts, taxInclusive, defectiveLines } = bundle;
  const back = new Map(parts.map((part) => [part.line, part]));
  const counted = lines.map((line) => {
    const partQuantity = 0 - (back.get(line.line)?.quantity.value ?? 0);
    const gone = defectiveLines.has(line.line) ? 0 : partQuantity;
    return { line: line.line, quantity: line.leftQuantity + line.defectiveQuantity - gone };
  });
  const rest = counted.filter(({ quantity }) => quantity > 0);
  const earned = bundle.reprice(rest);
  if (earned === undefined) return [];
  const restQuantities = new Map(rest.map(({ line, quantity }) => [line, quantity]));
  const unearned = lines.flatMap((line) =>
    unearnedOf(line, back.get(line.line), restQuantities.get(line.line) ?? 0, earned.get(line.line)),
  );
  const netMinor = unearned.reduce((sum, { unearnedMinor }) => addMinor(sum, unearnedMinor), 0);
  const refundMinor = 0 - parts.reduce((sum, part) => addMinor(sum, paidMinorOf(part, taxInclusive)), 0);
  if (netMinor < 0) {
    const more = withinLines(
      unearned.filter(({ unearnedMinor, place }) => unearnedMinor < 0 && place >= 0),
      back,
    );
    const openMinor = more.reduce((sum, { unearnedMinor }) => addMinor(sum, -unearnedMinor), 0);
    return adjustmentsOf(more, back, Math.min(-netMinor, openMinor), -1, (given, tax, place, line) =>
      taxWithin(given, tax, place, line, back.get(line.line)),
    );
  }
  const positive = unearned.filter(({ unearnedMinor }) => unearnedMinor > 0);
  let takenMinor = Math.min(netMinor, refundMinor);
  while (takenMinor > 0) {
    const adjustments = adjustmentsOf(positive, back, takenMinor, 1, (taken, tax, _place, line) => taxOn(taken, tax, line, taxInclusive));
    const overMinor = adjustments.reduce((sum, part) => addMinor(sum, paidMinorOf(part, taxInclusive)), -refundMinor);
    if (overMinor <= 0) return adjustments;
    // The tax on top of what is taken back may not take the refund below 0 either.
    takenMinor -= overMinor;
  }
  return [];
}

/** No line gives more than what of it stays is worth. */
function withinLines(unearned: readonly Unearned[], back: ReadonlyMap<number, ReturnPart>): readonly Unearned[] {
  const worth = new Map<ReturnableLine, number>();
  return unearned.map((entry) => {
    const { line } = entry;
    const part = back.get(line.line);
    const stays = worth.get(line) ?? reducedMinorOf(line.left) + (part === undefined ? 0 : reducedMinorOf(part));
    const unearnedMinor = 0 - Math.min(-entry.unearnedMinor, stays);
    worth.set(line, stays + unearnedMinor);
    return { ...entry, unearnedMinor };
  });
}

/** An amount less all that is taken off it, whoever pays. */
const reducedMinorOf = (money: LineMoney): number => addMinor(money.amountMinor, discountMinorOf(money));

/** Discount by discount, what stays of it in the books less what the rest earns; below 0 where it earns more. */
function unearnedOf(
  line: ReturnableLine,
  part: ReturnPart | undefined,
  restQuantity: number,
  earned: ReadonlyMap<string, number> | undefined,
): readonly Unearned[] {
  const staying = line.leftQuantity + (part?.quantity.value ?? 0);
  if (staying === 0) return [];
  // Goods that were defective earn for the rest, and for themselves: their own share is not what stays.
  const shareOf = (earnedMinor: number): number => {
    const share = scaleRounded(earnedMinor, staying, restQuantity, 'up');
    assert(share !== undefined, 'a share is no larger than its whole');
    return share;
  };
  const used = new Set<string>();
  const own = line.left.discounts.flatMap((discount, place) => {
    if (!isPromotion(discount)) return [];
    const stayingMinor = discount.amountMinor + (part?.discounts[place]?.amountMinor ?? 0);
    const earnedMinor = used.has(discount.reference) ? 0 : shareOf(earned?.get(discount.reference) ?? 0);
    used.add(discount.reference);
    return [{ line, place, unearnedMinor: earnedMinor - stayingMinor }];
  });
  const others = [...(earned ?? [])].filter(([reference]) => !used.has(reference));
  return [...own, ...others.map(([, earnedMinor]) => ({ line, place: -1, unearnedMinor: shareOf(earnedMinor) }))];
}

type TaxOf = (netMinor: number, tax: ReturnTax, place: number, line: ReturnableLine) => ReturnTax;

function adjustmentsOf(
  unearned: readonly Unearned[],
  back: ReadonlyMap<number, ReturnPart>,
  sumMinor: number,
  sign: 1 | -1,
  taxOf: TaxOf,
): readonly ReturnPart[] {
  const shares = allot(
    sumMinor,
    unearned.map(({ unearnedMinor }) => sign * unearnedMinor),
  );
  const byLine = Map.groupBy(
    unearned.map((entry, index) => ({ ...entry, shareMinor: sign * (shares[index] ?? 0) })).filter(({ shareMinor }) => shareMinor !== 0),
    ({ line }) => line,
  );
  return [...byLine].map(([line, entries]) => {
    const shareOf = new Map(entries.map(({ place, shareMinor }) => [place, shareMinor]));
    const discounts = line.paid.discounts.map((discount, place) => ({ ...discount, amountMinor: shareOf.get(place) ?? 0 }));
    const netMinor = netMinorOf({ amountMinor: 0, discounts });
    const untaxedMinor = untaxedOf(netMinor, line, back.get(line.line));
    return {
      line: line.line,
      quantity: { value: 0, unit: line.sold.quantity.unit },
      amountMinor: 0,
      discounts,
      taxes: line.paid.taxes.map((tax, place) => taxOf(netMinor, tax, place, line)),
      ...(untaxedMinor !== 0 && { untaxedMinor }),
    };
  });
}

/**
 * What of a net that is taken back (above 0) or given is untaxed because of who had paid: all of it where no tax was charged on the line, else
 * what would be more than the rest of the line.
 */
function untaxedOf(netMinor: number, { paid, left }: ReturnableLine, part: ReturnPart | undefined): number {
  if (paid.taxes.length === 0) return netMinor;
  const staysMinor = netMinorOf(left) + (part === undefined ? 0 : netMinorOf(part)) + netMinor;
  const untaxedMinor = (left.untaxedMinor ?? 0) + (part?.untaxedMinor ?? 0);
  return Math.min(0, staysMinor - untaxedMinor);
}

/** Of the tax that stays on a line, the share of a net that is given back, below 0: never more than there is. */
function taxWithin(netMinor: number, paid: ReturnTax, place: number, { left }: ReturnableLine, part: ReturnPart | undefined): ReturnTax {
  const staysMinor = netMinorOf(left) + (part === undefined ? 0 : netMinorOf(part));
  const shareOf = (name: 'taxMinor' | 'baseMinor'): number => {
    const stays = (left.taxes[place]?.[name] ?? 0) + (part?.taxes[place]?.[name] ?? 0);
    return staysMinor <= 0 ? 0 : (scaleRounded(stays, netMinor, staysMinor, 'half-up') ?? 0);
  };
  return { ...paid, taxMinor: shareOf('taxMinor'), ...(paid.baseMinor !== undefined && { baseMinor: shareOf('baseMinor') }) };
}

/** The tax of one more amount on a line, at the line's own rate; a fixed tax per unit does not grow with a price. */
function taxOn(netMinor: number, tax: ReturnTax, { sold, paid }: ReturnableLine, taxInclusive: boolean): ReturnTax {
  const scaled = (value: number, multiplier: number, divisor: number): number => {
    const amountMinor = scaleRounded(value, multiplier, divisor, 'half-up');
    assert(amountMinor !== undefined, 'the tax of a bounded amount is a safe integer');
    return amountMinor;
  };
  const withTaxBps = taxInclusive ? 10_000 + sold.taxRateBps : 10_000;
  if (tax.component === undefined) return { taxMinor: scaled(netMinor, sold.taxRateBps, withTaxBps) };
  const { component, ratePpm, baseMinor: paidBaseMinor } = tax;
  if (ratePpm === undefined || paidBaseMinor === undefined) return { component, taxMinor: 0 };
  const paidNetMinor = netMinorOf(paid);
  const baseMinor = paidNetMinor > 0 ? scaled(netMinor, paidBaseMinor, paidNetMinor) : scaled(netMinor, 10_000, withTaxBps);
  return { component, ratePpm, baseMinor, taxMinor: scaled(baseMinor, ratePpm, 1_000_000) };
}
