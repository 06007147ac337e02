/**
 * What a shopper gets back for goods of one sale: the parts of its lines, what a bundle takes back, and how the sale was paid. Everything
 * is decided here from the sale, its earlier returns and the store's policy, so that a basket only has to hold the answer.
 */
import { err, ok, type Result } from '@holdfast/base';

import { addMinor, scaleRounded } from '../money/money.ts';
import type { Sale } from '../sale/sale.ts';
import { daysBetween } from '../shift/business-day.ts';
import { limitedTendersOf, type LimitedTender, type LineLeft } from '../tender/limited-refund.ts';
import type { PaidSale } from '../tender/tender-refund.ts';
import type { RefundTarget } from '../tender/tender-type.ts';
import { takenBack, type RepriceRest } from './return-bundle.ts';
import { paidMinorOf, partOf, returnableLines, type ReturnableLine, type ReturnLineRefusal, type ReturnPart } from './return-line.ts';
import { earnedPoints, type EarnedPoints } from './return-points.ts';

/** So much of a line shall come back. */
export interface ReturnWish {
  /** Of the sale, counted from 1. */
  readonly line: number;
  /** In steps of its unit, above 0. */
  readonly quantity: number;
  /** Not as it should be: no policy stands against its return, and no bundle is re-priced for it. */
  readonly isDefective?: boolean;
}

/** A sale, as far as it matters for what is paid out. */
export interface ReturnOrigin extends PaidSale {
  readonly receiptNumber: string;
  /** The store that sold, where that is another one. */
  readonly store?: string;
  /** Its business date. Absent in baskets of before. */
  readonly soldOn?: string;
  /** Of each of its tenders, by the type's rules when the return began. */
  readonly refundTo: readonly RefundTarget[];
  /** Absent where it earned none. */
  readonly earned?: EarnedPoints;
  /** What its goods came back for before, exactly; at most `totalMinor`. */
  readonly refundedBeforeMinor: number;
  /** Tenders that paid for some goods only, with what of each line is left; absent where there are none. */
  readonly limited?: readonly LimitedTender[];
  /** Where there are such: what was left of each line before this return, by its number. */
  readonly leftOfLines?: Readonly<Record<string, LineLeft>>;
}

export interface ReturnTerms {
  /** `YYYY-MM-DD`: the store's business date. */
  readonly businessDate: string;
  /** Days in which an item may come back: 0 never, undefined for ever. */
  readonly returnDaysOf: (sku: string) => number | undefined;
  readonly refundToOf: (tenderType: string) => RefundTarget;
  /** Absent: the rest of a bundle keeps what it earned. */
  readonly reprice?: RepriceRest;
  /** The store that sold, where that is another one. */
  readonly store?: string;
}

export interface ReturnQuote {
  readonly origin: ReturnOrigin;
  readonly parts: readonly (ReturnPart & { readonly isDefective?: true })[];
  /** Lines of quantity 0: discounts that what stays did not earn. */
  readonly takenBack: readonly ReturnPart[];
  /** What all of it comes to, exactly; above or equal to 0. */
  readonly refundMinor: number;
}

/** Never comes back, unless it is defective. */
export interface NotReturnable {
  readonly type: 'notReturnable';
  readonly detail: { readonly sku: string };
}

export type ReturnRefusal =
  | ReturnLineRefusal
  | NotReturnable
  | { readonly type: 'returnTooLate'; readonly detail: { readonly sku: string; readonly days: number; readonly soldOn: string } };

/** What shoppers paid for a sale: its total without what third parties pay of it. Below 0 where the store paid out. */
const payableMinorOf = ({ tenders, changeMinor, roundingMinor = 0 }: Sale): number =>
  tenders.reduce((sum, { amountMinor }) => addMinor(sum, amountMinor), 0 - changeMinor - roundingMinor);

/** How a sale was paid, and what of it is gone already; `lines` are its returnable ones. */
function originOf(
  sale: Sale,
  lines: readonly ReturnableLine[],
  others: readonly Sale[],
  { refundToOf, store }: Omit<ReturnTerms, 'businessDate' | 'returnDaysOf'>,
): ReturnOrigin {
  // A sale that itself paid out has nothing to give back to its tenders.
  const totalMinor = Math.max(0, payableMinorOf(sale));
  const tenders = totalMinor === 0 ? [] : sale.tenders;
  const limited = tenders.length === 0 ? [] : limitedTendersOf(sale, others, (tenderType) => refundToOf(tenderType) === 'original');
  const earned = earnedPoints(sale, lines);
  const refundedMinor = lines.reduce((sum, { paidMinor, leftMinor }) => addMinor(sum, paidMinor - leftMinor), 0);
  return {
    receiptNumber: sale.receiptNumber,
    ...(store !== undefined && { store }),
    soldOn: sale.businessDate,
    totalMinor,
    tenders,
    changeMinor: totalMinor === 0 ? 0 : sale.changeMinor,
    refundTo: tenders.map(({ tenderType }) => refundToOf(tenderType)),
    ...(earned !== undefined && { earned }),
    refundedBeforeMinor: Math.min(totalMinor, refundedMinor),
    ...(limited.length > 0 && {
      limited,
      leftOfLines: Object.fromEntries(
        lines.map(({ line, leftQuantity, leftMinor }) => [String(line), { quantity: leftQuantity, paidMinor: leftMinor }]),
      ),
    }),
  };
}

/** All that `wishes` bring back of `sale` in one return; `others` may hold any sales. */
export function quoteReturn(
  sale: Sale,
  others: readonly Sale[],
  wishes: readonly ReturnWish[],
  terms: ReturnTerms,
): Result<ReturnQuote, ReturnRefusal> {
  const lines = returnableLines(sale, others);
  const byLine = new Map(lines.map((line) => [line.line, line]));
  const parts: ReturnQuote['parts'][number][] = [];
  for (const wish of withDeposits(lines, mergedWishes(wishes))) {
    const line = byLine.get(wish.line);
    if (line === undefined) return err({ type: 'noSuchLine', detail: { lineId: String(wish.line) } });
    const refusal = wish.isDefective === true ? undefined : policyRefusal(sale, line, terms);
    if (refusal !== undefined) return err(refusal);
    const part = partOf(line, wish.quantity, sale.taxInclusive);
    if (!part.ok) return part;
    parts.push({ ...part.value, ...(wish.isDefective === true && { isDefective: true }) });
  }
  parts.sort((left, right) => left.line - right.line);
  const { taxInclusive } = sale;
  const defectiveLines = new Set(parts.flatMap(({ line, isDefective }) => (isDefective === true ? [line] : [])));
  const adjustments =
    terms.reprice === undefined || parts.every(({ isDefective }) => isDefective === true)
      ? []
      : takenBack({ lines, parts, defectiveLines, taxInclusive, reprice: terms.reprice });
  return ok({
    origin: originOf(sale, lines, others, terms),
    parts,
    takenBack: adjustments,
    refundMinor: [...parts, ...adjustments].reduce((sum, part) => addMinor(sum, -paidMinorOf(part, taxInclusive)), 0) + 0,
  });
}

function policyRefusal({ businessDate }: Sale, { sold }: ReturnableLine, terms: ReturnTerms): ReturnRefusal | undefined {
  const { sku } = sold;
  const days = terms.returnDaysOf(sku);
  if (days === undefined) return undefined;
  if (days === 0) return { type: 'notReturnable', detail: { sku } };
  const isLate = daysBetween(businessDate, terms.businessDate) > days;
  return isLate ? { type: 'returnTooLate', detail: { sku, days, soldOn: businessDate } } : undefined;
}

/** Containers come back with the goods that they hold, and may come back by themselves. */
function withDeposits(lines: readonly ReturnableLine[], wishes: readonly ReturnWish[]): readonly ReturnWish[] {
  const wished = new Map(wishes.map((wish) => [wish.line, wish]));
  const goods = new Map(lines.map((line) => [line.line, line]));
  for (const { line, sold, leftQuantity } of lines) {
    if (sold.depositOf === undefined) continue;
    // In the ledger the place of its goods is counted from 0.
    const wish = wished.get(sold.depositOf + 1);
    const held = goods.get(sold.depositOf + 1);
    if (wish === undefined || held === undefined) continue;
    const share = scaleRounded(sold.quantity.value, wish.quantity, held.sold.quantity.value, 'down') ?? 0;
    const quantity = Math.max(wished.get(line)?.quantity ?? 0, Math.min(share, leftQuantity));
    if (quantity > 0) wished.set(line, { line, quantity, ...(wish.isDefective === true && { isDefective: true }) });
  }
  return [...wished.values()];
}

/** Wishes for one line as one. */
function mergedWishes(wishes: readonly ReturnWish[]): readonly ReturnWish[] {
  const merged = new Map<number, ReturnWish>();
  const add = (wish: ReturnWish): void => {
    const present = merged.get(wish.line);
    merged.set(wish.line, present === undefined ? wish : { ...present, quantity: present.quantity + wish.quantity });
  };
  for (const wish of wishes) add(wish);
  return [...merged.values()];
}
