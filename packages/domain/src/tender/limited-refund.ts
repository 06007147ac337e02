/**
 * Tenders that may pay for some goods only (benefit cards, meal vouchers): what such a tender paid of a line goes back to it with that line, and
 * nothing else does. Goods that it could not have bought are never refunded to it, and what it paid never goes to another tender.
 *
 * Each part of a line takes its share of what is *left* of the tender's share, rounded half up; the last piece takes all that is left. So parts
 * sum to what the tender paid, whatever they are.
 */
import { addMinor, scaleRounded } from '../money/money.ts';
import type { Sale } from '../sale/sale.ts';
import type { Tender } from './tender.ts';

/** What one limited tender paid of a sale, as far as it did not go back yet; tenders of one card or account are one. */
export interface LimitedTender {
  /** The first of its tenders, by its place in the sale. */
  readonly paidBy: number;
  /** Of all lines: what it paid, and what of it went back. */
  readonly paidMinor: number;
  readonly refundedMinor: number;
  /** By the line's number in the sale; lines of which nothing is left are not here. */
  readonly lines: readonly { readonly line: number; readonly leftMinor: number }[];
}

/** What comes back of one line; of quantity 0 where a discount is taken back on goods that stay, or given. */
export interface LineBack {
  readonly lineId: string;
  /** Of the sale, counted from 1. */
  readonly line: number;
  /** In steps of the line's unit, of what was left. */
  readonly quantity: number;
  /** What the shopper is owed for it; below 0 where it takes a discount back. */
  readonly refundMinor: number;
  /** Of the line, before this return. */
  readonly left: LineLeft;
}

/** What was left of a line: in steps of its unit, and what the shopper had paid for that. */
export interface LineLeft {
  readonly quantity: number;
  readonly paidMinor: number;
}

export interface LimitedRefund {
  readonly paidBy: number;
  readonly amountMinor: number;
  /** By the lines that come back. */
  readonly shares: readonly { readonly lineId: string; readonly amountMinor: number }[];
}

const nameOf = ({ tenderType, reference, account }: Tender): string => JSON.stringify([tenderType, reference, account]);

/** Of a sale, and of what `others`, which may hold any sales, gave back of it. `isOriginal`: whether refunds of a type go back to it. */
export function limitedTendersOf(
  sale: Sale,
  others: readonly Sale[],
  isOriginal: (tenderType: string) => boolean,
): readonly LimitedTender[] {
  const byName = new Map<string, { readonly paidBy: number; readonly paid: Map<number, number>; readonly back: Map<number, number> }>();
  for (const [paidBy, tender] of sale.tenders.entries()) {
    if (tender.paidFor === undefined || tender.amountMinor <= 0 || !isOriginal(tender.tenderType)) continue;
    const limited = byName.get(nameOf(tender)) ?? { paidBy, paid: new Map(), back: new Map() };
    byName.set(nameOf(tender), limited);
    for (const { lineId, amountMinor } of tender.paidFor) add(limited.paid, Number(lineId), amountMinor);
  }
  for (const other of byName.size === 0 ? [] : others) {
    for (const tender of other.tenders) {
      const back = byName.get(nameOf(tender))?.back;
      for (const { lineId, amountMinor } of back === undefined ? [] : (tender.paidFor ?? [])) {
        const returnOf = other.lines[Number(lineId) - 1]?.returnOf;
        if (returnOf?.receiptNumber === sale.receiptNumber && returnOf.line !== undefined && back !== undefined)
          add(back, returnOf.line, -amountMinor);
      }
    }
  }
  return [...byName.values()].map(({ paidBy, paid, back }) => ({
    paidBy,
    paidMinor: sumOf(paid.values()),
    refundedMinor: sumOf(back.values()),
    lines: [...new Set([...paid.keys(), ...back.keys()])].flatMap((line) => {
      const leftMinor = (paid.get(line) ?? 0) - (back.get(line) ?? 0);
      return leftMinor > 0 ? [{ line, leftMinor }] : [];
    }),
  }));
}

function add(sums: Map<number, number>, line: number, amountMinor: number): void {
  sums.set(line, addMinor(sums.get(line) ?? 0, amountMinor));
}

const sumOf = (amounts: Iterable<number>): number => {
  let sum = 0;
  for (const amount of amounts) sum = addMinor(sum, amount);
  return sum;
};

/**
 * What goes back to limited tenders, in the order in which they paid: never more than `refundMinor`, which is what the shopper is owed for all of it.
 * A discount that is taken back on goods that stay is taken out of what goes back, so that who paid has paid for that much more of them.
 */
export function limitedRefunds(
  limited: readonly LimitedTender[],
  back: readonly LineBack[],
  refundMinor: number,
): readonly LimitedRefund[] {
  const refunds = limited.map(({ paidBy, lines }) => new Refund(paidBy, new Map(lines.map(({ line, leftMinor }) => [line, leftMinor]))));
  const worth = new Map(back.map(({ line, left }) => [line, left.paidMinor]));
  const ofLine = (line: number): number => sumOf(refunds.map(({ left }) => left.get(line) ?? 0));
  for (const part of back.filter(({ quantity }) => quantity > 0)) {
    const wantedMinor = scaleRounded(ofLine(part.line), part.quantity, part.left.quantity, 'half-up') ?? 0;
    give(refunds, part, Math.min(wantedMinor, part.refundMinor));
    worth.set(part.line, (worth.get(part.line) ?? 0) - part.refundMinor);
  }
  /** Discounts that are taken back, and what of each nobody paid for yet. */
  const dearer: { readonly change: LineBack; readonly openMinor: number }[] = [];
  for (const change of back.filter(({ quantity }) => quantity === 0)) {
    const lineMinor = worth.get(change.line) ?? 0;
    const shareMinor = lineMinor <= 0 ? 0 : (scaleRounded(Math.abs(change.refundMinor), ofLine(change.line), lineMinor, 'half-up') ?? 0);
    if (change.refundMinor > 0) give(refunds, change, shareMinor);
    else dearer.push({ change, openMinor: -change.refundMinor - take(refunds, change, shareMinor) });
  }
  // What others had paid for and has become dearer is taken out of what there is.
  let excessMinor = sumOf(refunds.map(({ amountMinor }) => amountMinor)) - refundMinor;
  for (const { change, openMinor } of dearer) excessMinor -= take(refunds, change, Math.min(excessMinor, openMinor));
  // One that comes to nothing may still have moved from one line to another.
  return refunds.map((refund) => refund.value()).filter(({ shares }) => shares.length > 0);
}

/** What one tender gets back so far: never below 0. */
class Refund {
  readonly #paidBy: number;
  readonly #shares = new Map<string, number>();
  /** By line. */
  readonly left: Map<number, number>;
  amountMinor = 0;

  constructor(paidBy: number, left: Map<number, number>) {
    this.#paidBy = paidBy;
    this.left = left;
  }

  /** Below 0: takes it back. */
  add({ line, lineId }: LineBack, amountMinor: number): void {
    this.amountMinor += amountMinor;
    this.left.set(line, (this.left.get(line) ?? 0) - amountMinor);
    this.#shares.set(lineId, (this.#shares.get(lineId) ?? 0) + amountMinor);
  }

  value(): LimitedRefund {
    const shares = [...this.#shares].map(([lineId, amountMinor]) => ({ lineId, amountMinor }));
    return { paidBy: this.#paidBy, amountMinor: this.amountMinor, shares: shares.filter(({ amountMinor }) => amountMinor !== 0) };
  }
}

/** To each in turn, as far as it paid for the line. */
function give(refunds: readonly Refund[], back: LineBack, wantedMinor: number): void {
  let openMinor = Math.max(0, wantedMinor);
  for (const refund of refunds) {
    const amountMinor = Math.min(refund.left.get(back.line) ?? 0, openMinor);
    openMinor -= amountMinor;
    if (amountMinor > 0) refund.add(back, amountMinor);
  }
}

/** From each in turn, as far as it gets anything; how much it came to. */
function take(refunds: readonly Refund[], back: LineBack, wantedMinor: number): number {
  let openMinor = Math.max(0, wantedMinor);
  for (const refund of refunds) {
    const amountMinor = Math.min(refund.amountMinor, openMinor);
    openMinor -= amountMinor;
    if (amountMinor > 0) refund.add(back, -amountMinor);
  }
  return Math.max(0, wantedMinor) - openMinor;
}
