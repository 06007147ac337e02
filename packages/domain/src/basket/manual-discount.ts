/**
 * What a person takes off: a percentage or an amount, of one line or of the whole basket, with a reason. A basket keeps what was granted
 * and works out its shares again whenever its lines change; the shares stand beside those of promotions on each line.
 *
 * Discounts of single lines go before those of the whole, each in the order in which they were granted, each on what the one before left. A percentage
 * is rounded half-up once: of a line on the line, of the basket on the basket. What the basket gets goes to its lines by largest remainder, so that
 * shares sum exactly. No discount takes a line below 0, and goods that come back get none.
 */
import { isDiscountable, type Nature } from '../catalog/nature.ts';
import { addMinor, isAmountInRange, scaleRounded, type AmountOutOfRange, amountOutOfRange } from '../money/money.ts';
import { allot } from '../promotions/allot.ts';
import { isByExemption } from '../tax/exemption.ts';
import type { LineDiscount, Reducible } from './line-discount.ts';

/** Whether people take something off what promotions left, or promotions off what people left. */
export const MANUAL_DISCOUNT_ORDERS = ['afterPromotions', 'beforePromotions'] as const;
export type ManualDiscountOrder = (typeof MANUAL_DISCOUNT_ORDERS)[number];
export const DEFAULT_MANUAL_DISCOUNT_ORDER: ManualDiscountOrder = 'afterPromotions';

export type ManualOff = { readonly type: 'percent'; readonly bps: number } | { readonly type: 'amount'; readonly amountMinor: number };

export interface ManualDiscount {
  /** Unique in its basket. */
  readonly discountId: string;
  /** Absent: the whole basket. */
  readonly lineId?: string;
  readonly off: ManualOff;
  readonly reason: string;
  /** Who approved what was beyond the operator's limit; opaque. */
  readonly approvedBy?: string;
}

export interface DiscountableLine extends Reducible {
  readonly lineId: string;
  /** What is no goods is never reduced. */
  readonly nature?: Nature;
  /** A container's deposit comes back whole. */
  readonly isDeposit?: true;
  /** What belongs to goods of an earlier sale keeps what that sale says. */
  readonly returnOf?: object;
}

export type DiscountRefusal =
  /** More than is there. */
  | {
      readonly type: 'discountTooLarge';
      readonly detail: { readonly lineId: string; readonly amountMinor: number; readonly limitMinor: number };
    }
  /** Goods that come back, what is no goods, or nothing at all; an empty line id means the basket. */
  | { readonly type: 'notDiscountable'; readonly detail: { readonly lineId: string } }
  | { readonly type: 'noSuchDiscount'; readonly detail: { readonly discountId: string } };

const ALL_BPS = 10_000;

/** Neither a promotion's nor a coupon's: worked out again behind them. */
const isManual = (discount: LineDiscount): boolean => discount.kind === 'manual' || isByExemption(discount);
const isReducible = (line: DiscountableLine): boolean =>
  line.amountMinor > 0 && line.returnOf === undefined && line.isDeposit !== true && isDiscountable(line);

/** What people may take off a line. */
function leftOf({ amountMinor, discounts = [] }: DiscountableLine, order: ManualDiscountOrder): number {
  if (order === 'beforePromotions') return amountMinor;
  return discounts.reduce((left, discount) => (isManual(discount) ? left : addMinor(left, discount.amountMinor)), amountMinor);
}

/** As a sale's line names it: a discount of the line, or a part of the basket's. */
const referenceOf = ({ discountId, lineId }: ManualDiscount): string => `${lineId === undefined ? 'basket' : 'line'}:${discountId}`;

/** Whether a reduction was granted to its line alone. */
export const isOfLine = (reference: string): boolean => reference.startsWith('line:');

const takenOf = (leftMinor: number, off: ManualOff): number =>
  off.type === 'percent' ? (scaleRounded(leftMinor, off.bps, ALL_BPS, 'half-up') ?? 0) : Math.min(off.amountMinor, leftMinor);

/** What each discount takes off each line, in their order. */
function sharesOf(
  lines: readonly DiscountableLine[],
  discounts: readonly ManualDiscount[],
  order: ManualDiscountOrder,
): ReadonlyMap<ManualDiscount, ReadonlyMap<string, number>> {
  const left = new Map(lines.filter(isReducible).map((line) => [line.lineId, leftOf(line, order)]));
  const shares = new Map<ManualDiscount, ReadonlyMap<string, number>>();
  const ordered = [...discounts.filter(({ lineId }) => lineId !== undefined), ...discounts.filter(({ lineId }) => lineId === undefined)];
  for (const discount of ordered) {
    const { lineId } = discount;
    const targets = lineId === undefined ? [...left] : [...left].filter(([id]) => id === lineId);
    const weights = targets.map(([, leftMinor]) => leftMinor);
    const taken = allot(takenOf(weights.reduce(addMinor, 0), discount.off), weights);
    shares.set(discount, new Map(targets.map(([id], index) => [id, taken[index] ?? 0])));
    for (const [index, [id, leftMinor]] of targets.entries()) left.set(id, leftMinor - (taken[index] ?? 0));
  }
  return shares;
}

/** A line as it is without what people take off it now; the very line where there is nothing. What comes back keeps its sale's own. */
export function withoutManual<Line extends DiscountableLine>(line: Line): Line {
  if (!isReducible(line) || line.discounts?.some(isManual) !== true) return line;
  return { ...line, discounts: line.discounts.filter((discount) => !isManual(discount)) };
}

const sumOf = (shares: ReadonlyMap<string, number> | undefined): number => [...(shares?.values() ?? [])].reduce(addMinor, 0);

/** All that is taken off the lines whose discounts are others now; what promotions took stays. */
export function manualReductions(
  lines: readonly DiscountableLine[],
  discounts: readonly ManualDiscount[],
  order: ManualDiscountOrder,
): readonly { readonly lineId: string; readonly discounts: readonly LineDiscount[] }[] {
  const shares = sharesOf(lines, discounts, order);
  return lines.filter(isReducible).flatMap((line) => {
    const manual = [...shares].flatMap(([discount, byLine]): LineDiscount[] => {
      const amountMinor = byLine.get(line.lineId) ?? 0;
      if (amountMinor === 0) return [];
      const { reason, approvedBy } = discount;
      const reference = referenceOf(discount);
      return [{ kind: 'manual', reference, amountMinor: -amountMinor, reason, ...(approvedBy !== undefined && { approvedBy }) }];
    });
    const others = (line.discounts ?? []).filter((discount) => !isManual(discount));
    const now = order === 'beforePromotions' ? [...manual, ...others] : [...others, ...manual];
    return isSame(line.discounts ?? [], now) ? [] : [{ lineId: line.lineId, discounts: now }];
  });
}

const isSame = (left: readonly LineDiscount[], right: readonly LineDiscount[]): boolean =>
  left.length === right.length &&
  left.every(({ reference, amountMinor, approvedBy }, index) => {
    const other = right[index];
    return other?.reference === reference && other.amountMinor === amountMinor && other.approvedBy === approvedBy;
  });

/** Why a further discount is not given; undefined where it can be. */
export function findDiscountRefusal(
  lines: readonly DiscountableLine[],
  granted: readonly ManualDiscount[],
  wanted: ManualDiscount,
  order: ManualDiscountOrder,
): DiscountRefusal | AmountOutOfRange | undefined {
  const { lineId, off } = wanted;
  const targets = lines.filter((line) => isReducible(line) && (lineId === undefined || line.lineId === lineId));
  if (targets.length === 0) return { type: 'notDiscountable', detail: { lineId: lineId ?? '' } };
  const value = off.type === 'percent' ? off.bps : off.amountMinor;
  if (!isAmountInRange(value) || value <= 0) return amountOutOfRange();
  const whole = targets.reduce((sum, line) => addMinor(sum, leftOf(line, order)), 0);
  const amountMinor = off.type === 'amount' ? off.amountMinor : (scaleRounded(whole, off.bps, ALL_BPS, 'half-up') ?? 0);
  // Asked for everything, it gets what the others leave.
  const everything: ManualDiscount = { ...wanted, off: { type: 'amount', amountMinor: whole } };
  const limitMinor = sumOf(sharesOf(lines, [...granted, everything], order).get(everything));
  return (off.type === 'percent' && off.bps > ALL_BPS) || (off.type === 'amount' && amountMinor > limitMinor)
    ? { type: 'discountTooLarge', detail: { lineId: lineId ?? '', amountMinor, limitMinor } }
    : undefined;
}

/** What all manual discounts of a line (of the basket, without one) come to, in basis points of what they are taken off: nominal, so that rounding a cent is no excess. */
export function manualPercentBps(
  lines: readonly DiscountableLine[],
  granted: readonly ManualDiscount[],
  lineId: string | undefined,
  order: ManualDiscountOrder,
): number {
  const targets = lines.filter((line) => isReducible(line) && (lineId === undefined || line.lineId === lineId));
  const whole = targets.reduce((sum, line) => addMinor(sum, leftOf(line, order)), 0);
  let bps = 0;
  for (const { lineId: of, off } of granted) {
    if (of !== lineId) continue;
    if (off.type === 'percent') bps += off.bps;
    else if (whole > 0) bps += scaleRounded(Math.min(off.amountMinor, whole), ALL_BPS, whole, 'up') ?? ALL_BPS;
  }
  return Math.min(bps, ALL_BPS);
}
