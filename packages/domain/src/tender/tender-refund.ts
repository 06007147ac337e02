/**
 * Back to the tenders that paid: what comes back of a sale, part by part, goes to each of its tenders by the rule of its type, first to
 * those that are not paid out in cash, in the order in which they paid, and then in cash.
 *
 * Each refund is the difference of two sums: what all refunds of that sale come to with this one, less what they came to without it.
 * So parts never come to more than was paid by any tender, and all of them together to exactly that, cash rounding included.
 */
import { err, ok, type Result } from '@holdfast/base';

import { roundCash, type CashRounding } from '../money/cash-rounding.ts';
import { scaleRounded } from '../money/money.ts';
import type { RefundTarget } from './tender-type.ts';
import { CASH } from './tender-type.ts';
import type { Tender, TenderRefusal } from './tender.ts';

/** How a sale was paid: Σ tenders − change = total + rounding. */
export interface PaidSale {
  /** Above or equal to 0. */
  readonly totalMinor: number;
  readonly tenders: readonly Tender[];
  readonly changeMinor: number;
}

export interface RefundTerms {
  readonly cashRounding: CashRounding | undefined;
  /** By the type's rules at the moment of the refund. */
  readonly refundToOf: (tenderType: string) => RefundTarget;
  /** Whether all of the sale had come back before, and has with this refund, where its own amounts do not say so: others paid a part of it, and got that back. */
  readonly isAll?: { readonly before: boolean; readonly after: boolean };
}

/** A tender with an amount below 0. */
export interface RefundTender extends Tender {
  /** The tender of the sale, by its place, that this one gives back; absent for cash, which is given back as one. */
  readonly paidBy?: number;
}

/** The tender type that store credit is paid out as. */
export const STORE_CREDIT = 'storeCredit';

/** What may go back to one tender, or as cash. */
interface Refundable {
  readonly tenderType: string;
  readonly paidBy?: number;
  readonly limitMinor: number;
  /** Of a tender in points: how many paid so much. */
  readonly points?: number;
}

/** In the order in which they paid; cash, as one, last. */
function refundables(sale: PaidSale, { refundToOf }: RefundTerms): readonly Refundable[] {
  const kept = sale.tenders.map(({ tenderType, amountMinor, cashBackMinor = 0 }) => ({
    tenderType,
    keptMinor: amountMinor - cashBackMinor,
  }));
  let changeMinor = sale.tenders.reduce((left, { cashBackMinor = 0 }) => left - cashBackMinor, sale.changeMinor);
  // Change came out of the cash that was given, and where that was not enough, out of what was worth more than its sale.
  const isCash = ({ tenderType }: { readonly tenderType: string }): boolean => tenderType === CASH.tenderType;
  for (const tender of [...kept.filter(isCash), ...kept.filter((other) => !isCash(other)).toReversed()]) {
    const takenMinor = Math.min(changeMinor, tender.keptMinor);
    tender.keptMinor -= takenMinor;
    changeMinor -= takenMinor;
  }
  const others: Refundable[] = [];
  let cashMinor = 0;
  for (const [paidBy, tender] of kept.entries()) {
    const target = isCash(tender) ? 'cash' : refundToOf(tender.tenderType);
    if (target === 'cash') cashMinor += tender.keptMinor;
    else {
      const tenderType = target === 'original' ? tender.tenderType : STORE_CREDIT;
      const { points } = sale.tenders[paidBy] ?? {};
      others.push({ tenderType, paidBy, limitMinor: tender.keptMinor, ...(target === 'original' && points !== undefined && { points }) });
    }
  }
  return [...others, { tenderType: CASH.tenderType, limitMinor: cashMinor }];
}

/** What all refunds up to an exact amount come to, for each of `limits`. */
function refundedUpTo(
  exactMinor: number,
  sale: PaidSale,
  limits: readonly Refundable[],
  rounding: CashRounding | undefined,
  isAll = exactMinor === sale.totalMinor,
): readonly number[] {
  // Whatever the store's rounding is by now: who returns everything gets back what was paid.
  if (isAll && rounding?.refunds !== 'toward-zero') return limits.map(({ limitMinor }) => limitMinor);
  let leftMinor = rounding?.scope === 'total' ? 0 - roundCash(-exactMinor, rounding) : exactMinor;
  return limits.map(({ tenderType, limitMinor }) => {
    const wantedMinor = tenderType === CASH.tenderType ? 0 - roundCash(-leftMinor, rounding) : leftMinor;
    leftMinor -= Math.min(leftMinor, limitMinor);
    return Math.min(wantedMinor, limitMinor);
  });
}

/**
 * The tenders that pay out `refundMinor` of a sale of which `refundedBeforeMinor` came back before: both exact,
 * as the goods' own amounts have it, above or equal to 0. None where its rounding leaves nothing to pay out. Refused: more than is left of the sale.
 */
export function refundTenders(
  sale: PaidSale,
  refundedBeforeMinor: number,
  refundMinor: number,
  terms: RefundTerms,
): Result<readonly RefundTender[], TenderRefusal> {
  const leftMinor = sale.totalMinor - refundedBeforeMinor;
  const isPart = Number.isSafeInteger(refundMinor) && refundMinor >= 0 && refundMinor <= leftMinor;
  if (!isPart || !Number.isSafeInteger(refundedBeforeMinor) || refundedBeforeMinor < 0) {
    return err({ type: 'refundMismatch', detail: { dueMinor: leftMinor, amountMinor: refundMinor } });
  }
  const limits = refundables(sale, terms);
  const before = refundedUpTo(refundedBeforeMinor, sale, limits, terms.cashRounding, terms.isAll?.before);
  const after = refundedUpTo(refundedBeforeMinor + refundMinor, sale, limits, terms.cashRounding, terms.isAll?.after);
  return ok(
    limits
      .map(({ limitMinor, points, ...tender }, index) => {
        const [beforeMinor, afterMinor] = [before[index] ?? 0, after[index] ?? 0];
        const pointsAt = (amountMinor: number): number => scaleRounded(points ?? 0, amountMinor, Math.max(limitMinor, 1), 'half-up') ?? 0;
        const back = points === undefined ? {} : { points: pointsAt(beforeMinor) - pointsAt(afterMinor) };
        return { ...tender, amountMinor: beforeMinor - afterMinor, ...back };
      })
      .filter(({ amountMinor }) => amountMinor !== 0),
  );
}
