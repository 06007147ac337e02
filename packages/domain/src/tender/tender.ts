/**
 * What pays for a sale: which tenders are accepted against what is due, when they cover it, the change, and the sums of cash that a
 * shopper is likely to hand over.
 *
 * A settlement is a function of sums: other tenders are taken as they are, and what they leave is the part in cash, rounded once
 * (below 0 it is change). So the order of tenders makes no difference, and Σ tenders − change = what is due + rounding, always.
 */
import { err, hasCardNumber, ok, type Result } from '@holdfast/base';

import { roundCash, type CashRounding } from '../money/cash-rounding.ts';
import {
  addMinor,
  amountOutOfRange,
  convertMinor,
  isAmountInRange,
  minorDigitsOf,
  roundUpToMultiple,
  scaleRounded,
  type AmountOutOfRange,
  type Currency,
  type UnitPrice,
} from '../money/money.ts';
import type { UntaxedShare } from '../tax/benefit-tax.ts';
import type { CardPayment } from './card-payment.ts';
import { CASH, type AccountKind, type TenderType } from './tender-type.ts';

export interface Tender {
  /** `cash`, or the key of another tender type. */
  readonly tenderType: string;
  /** Towards the sale, in the sale's currency, cash back included; negative where the store pays out. */
  readonly amountMinor: number;
  /** Paid on top, for those who served: no part of the sale. */
  readonly tipMinor?: number;
  /** Of `amountMinor`, what was paid out again as cash; it stands in the change. */
  readonly cashBackMinor?: number;
  /** Of a voucher's face, what was more than was due: lost to the shopper, and not in `amountMinor`. */
  readonly forfeitedMinor?: number;
  /** What was handed over, in minor units of its own currency, and the rate that made `amountMinor` of it. */
  readonly foreign?: { readonly currency: string; readonly amountMinor: number; readonly rate: UnitPrice };
  /** Which card, voucher or account it was: an opaque name, never a bank card's number. */
  readonly reference?: string;
  /** The balance under `reference` that it was taken from; a payment out of the store adds to it. */
  readonly account?: AccountKind;
  /** Of a tender that may pay for some goods only: what it paid of which lines, by their ids; in a sale by their numbers, counted from 1. Below 0 where they came back. */
  readonly paidFor?: readonly UntaxedShare[];
  /** A payment terminal took it, or gave it back. */
  readonly card?: CardPayment;
  /** Of what goes back to a card: the terminal's transaction that paid. */
  readonly givesBack?: { readonly transactionId: string; readonly atMs: number };
  /** Cash that goes back in place of what a card had paid: the card's tender type. */
  readonly inPlaceOf?: string;
  /** So many points were burnt for `amountMinor`; below 0 where they came back. */
  readonly points?: number;
}

/** As long as a reference may be. */
export const MAX_REFERENCE_LENGTH = 64;

/** What can stand for a card or an account: printable, without blanks at its ends. */
export const isReference = (text: string): boolean =>
  text.length > 0 &&
  text.length <= MAX_REFERENCE_LENGTH &&
  text === text.trim() &&
  !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) &&
  text.isWellFormed();

/** A tender that waits for others, until together they cover what is due. */
export interface OpenTender extends Tender {
  /** Unique in its basket. */
  readonly tenderId: string;
}

export interface Payment {
  readonly tenders: readonly Tender[];
  /** Σ tenders − due; never negative. */
  readonly changeMinor: number;
}

export type TenderRefusal =
  | AmountOutOfRange
  | { readonly type: 'tenderTooSmall'; readonly detail: { readonly dueMinor: number; readonly amountMinor: number } }
  | { readonly type: 'refundMismatch'; readonly detail: { readonly dueMinor: number; readonly amountMinor: number } }
  /** More than may be paid so: than is `due`, than the `eligible` goods come to, than the type's own `maximum`, or as `tip` or `cashBack`. */
  | {
      readonly type: 'tenderAboveLimit';
      readonly detail: {
        readonly tenderType: string;
        readonly amountMinor: number;
        readonly limitMinor: number;
        readonly limit: TenderLimit;
      };
    }
  /** Cash that leaves a rest for another tender, or cash back, which coins cannot make. */
  | { readonly type: 'notPayableInCoins'; readonly detail: { readonly amountMinor: number; readonly stepMinor: number } }
  /** The tender is taken from a balance, and does not say whose. */
  | { readonly type: 'referenceNeeded'; readonly detail: { readonly tenderType: string } }
  /** What was typed is the number of a payment card: nothing here may hold one. */
  | { readonly type: 'cardNumberTyped'; readonly detail: { readonly tenderType: string } }
  /** The store pays nothing out in this way. */
  | { readonly type: 'refundNotAllowed'; readonly detail: { readonly tenderType: string } };

export type TenderLimit = 'due' | 'eligible' | 'maximum' | 'tip' | 'cashBack';

/** How many sums are suggested. */
const SUGGESTIONS = 4;

/** Cash against what is due. A refund (a negative due) pays out exactly that: `amountMinor` is then the due itself, negative too. */
export function payCash(dueMinor: number, amountMinor: number): Result<Payment, TenderRefusal> {
  if (!isAmountInRange(amountMinor)) return err(amountOutOfRange());
  // JSON can say -0, which would not be the same fact after a replay.
  const givenMinor = amountMinor + 0;
  const detail = { dueMinor, amountMinor: givenMinor };
  if (dueMinor < 0 && givenMinor !== dueMinor) return err({ type: 'refundMismatch', detail });
  if (givenMinor < dueMinor) return err({ type: 'tenderTooSmall', detail });
  return ok({ tenders: [{ tenderType: CASH.tenderType, amountMinor: givenMinor }], changeMinor: givenMinor - dueMinor });
}

export interface Settlement {
  readonly isSettled: boolean;
  /** What is left to pay by other means than cash; 0 once settled. */
  readonly dueMinor: number;
  /** What is left to pay in cash; 0 once settled. */
  readonly cashDueMinor: number;
  /** 0 until settled. */
  readonly changeMinor: number;
  /** Σ tenders − change − due; 0 until settled. */
  readonly roundingMinor: number;
}

/** How far `tenders` have come to cover `dueMinor`, which is negative where the store owes. Without a tender nothing is settled. */
export function settle(dueMinor: number, tenders: readonly Tender[], rounding: CashRounding | undefined): Settlement {
  let cashMinor = 0;
  let otherMinor = 0;
  let hasCash = false;
  for (const { tenderType, amountMinor } of tenders) {
    if (tenderType === CASH.tenderType) {
      hasCash = true;
      cashMinor = addMinor(cashMinor, amountMinor);
    } else otherMinor = addMinor(otherMinor, amountMinor);
  }
  const inCashMinor = dueMinor - otherMinor;
  const roundedMinor = roundCash(inCashMinor, rounding);
  const isCoveredByCash = hasCash && (dueMinor < 0 ? cashMinor === roundedMinor : cashMinor >= roundedMinor);
  const isCoveredByOthers = dueMinor < 0 ? inCashMinor === 0 && !hasCash : inCashMinor <= 0;
  if (tenders.length > 0 && (isCoveredByCash || isCoveredByOthers)) {
    const changeMinor = cashMinor - roundedMinor;
    return { isSettled: true, dueMinor: 0, cashDueMinor: 0, changeMinor, roundingMinor: roundedMinor - inCashMinor };
  }
  return { isSettled: false, dueMinor: inCashMinor - cashMinor, cashDueMinor: roundedMinor - cashMinor, changeMinor: 0, roundingMinor: 0 };
}

export interface TenderOffer {
  readonly tenderType: TenderType;
  /** Towards the sale, with cash back; of foreign cash in minor units of its own currency, of a voucher its face. Negative where the store pays out. */
  readonly amountMinor: number;
  readonly tipMinor?: number;
  readonly cashBackMinor?: number;
  readonly reference?: string;
}

export interface TenderTerms extends Pick<Settlement, 'dueMinor' | 'cashDueMinor'> {
  readonly currency: string;
  readonly cashRounding: CashRounding | undefined;
  /** Of what is due, what the eligible goods come to that no tender of this type has paid yet. */
  readonly eligibleMinor: number;
}

const aboveLimit = (
  offer: TenderOffer,
  limit: TenderLimit,
  limitMinor: number,
  amountMinor = offer.amountMinor,
): Result<never, TenderRefusal> =>
  err({ type: 'tenderAboveLimit', detail: { tenderType: offer.tenderType.tenderType, amountMinor, limitMinor, limit } });

const isInCoins = (amountMinor: number, rounding: CashRounding | undefined): boolean =>
  rounding === undefined || amountMinor % rounding.stepMinor === 0;

const notInCoins = (amountMinor: number, rounding: CashRounding | undefined): Result<never, TenderRefusal> =>
  err({ type: 'notPayableInCoins', detail: { amountMinor, stepMinor: rounding?.stepMinor ?? 1 } });

/** The tender that an offer makes by its type's rules, or why it is not taken. */
export function acceptTender(offer: TenderOffer, terms: TenderTerms): Result<Tender, TenderRefusal> {
  const { tenderType: type, tipMinor = 0, cashBackMinor = 0 } = offer;
  const amountMinor = offer.amountMinor + 0;
  if (![amountMinor, tipMinor, cashBackMinor].every(isAmountInRange) || tipMinor < 0 || cashBackMinor < 0) return err(amountOutOfRange());
  if (type.maximumMinor !== undefined && Math.abs(amountMinor) > type.maximumMinor) return aboveLimit(offer, 'maximum', type.maximumMinor);
  const isRefund = terms.dueMinor < 0;
  if (tipMinor > 0 && (isRefund || !type.takesTips)) return aboveLimit(offer, 'tip', 0, tipMinor);
  const cashBackLimitMinor = isRefund ? 0 : type.cashBackMaximumMinor;
  if (cashBackMinor > cashBackLimitMinor) return aboveLimit(offer, 'cashBack', cashBackLimitMinor, cashBackMinor);
  const { reference } = offer;
  if (reference === undefined ? type.account !== undefined : !isReference(reference)) {
    return err({ type: 'referenceNeeded', detail: { tenderType: type.tenderType } });
  }
  if (type.kind === 'card' && reference !== undefined && hasCardNumber(reference)) {
    return err({ type: 'cardNumberTyped', detail: { tenderType: type.tenderType } });
  }
  const taken = isRefund ? payOut({ ...offer, amountMinor }, terms) : takeIn({ ...offer, amountMinor, cashBackMinor }, terms);
  if (!taken.ok) return taken;
  return ok({
    ...taken.value,
    ...(tipMinor > 0 && { tipMinor }),
    ...(cashBackMinor > 0 && { cashBackMinor }),
    ...(reference !== undefined && { reference }),
    ...(type.account !== undefined && { account: type.account }),
  });
}

function payOut({ tenderType: type, amountMinor }: TenderOffer, terms: TenderTerms): Result<Tender, TenderRefusal> {
  // Points that were burnt come back by a correction of their balance.
  if (type.refundTo !== 'original' || type.pointValue !== undefined)
    return err({ type: 'refundNotAllowed', detail: { tenderType: type.tenderType } });
  const isCash = type.kind === 'cash';
  const dueMinor = isCash ? terms.cashDueMinor : terms.dueMinor;
  // Nothing left in coins is paid out as nothing: that ends a refund of a cent or two.
  const isNothing = amountMinor === 0 && !(isCash && dueMinor === 0);
  if (amountMinor > 0 || isNothing || amountMinor < dueMinor) return err({ type: 'refundMismatch', detail: { dueMinor, amountMinor } });
  if (isCash && !isInCoins(amountMinor, terms.cashRounding)) return notInCoins(amountMinor, terms.cashRounding);
  return ok({ tenderType: type.tenderType, amountMinor });
}

function takeIn(offer: TenderOffer, terms: TenderTerms): Result<Tender, TenderRefusal> {
  const { tenderType: type, amountMinor, cashBackMinor = 0 } = offer;
  const { dueMinor, cashDueMinor, cashRounding } = terms;
  const { tenderType } = type;
  const tooSmall = (detail: { readonly dueMinor: number; readonly amountMinor: number }): Result<never, TenderRefusal> =>
    err({ type: 'tenderTooSmall', detail });
  if (type.kind === 'cash') {
    if (amountMinor < 0 || (amountMinor === 0 && cashDueMinor > 0)) return tooSmall({ dueMinor: cashDueMinor, amountMinor });
    const leavesRest = amountMinor < cashDueMinor;
    return leavesRest && !isInCoins(amountMinor, cashRounding) ? notInCoins(amountMinor, cashRounding) : ok({ tenderType, amountMinor });
  }
  if (amountMinor <= 0) return tooSmall({ dueMinor, amountMinor });
  if (dueMinor === 0) return aboveLimit(offer, 'due', 0);
  if (type.foreign !== undefined) {
    const { currency, rate } = type.foreign;
    const localMinor = convertMinor(amountMinor, minorDigitsOf(currency), rate, minorDigitsOf(terms.currency));
    if (localMinor === undefined || !isAmountInRange(localMinor)) return err(amountOutOfRange());
    if (localMinor === 0) return tooSmall({ dueMinor, amountMinor: 0 });
    return ok({ tenderType, amountMinor: localMinor, foreign: { currency, amountMinor, rate } });
  }
  if (type.pointValue !== undefined) return takePoints(type, amountMinor, type.pointValue, terms);
  if (!isInCoins(cashBackMinor, cashRounding)) return notInCoins(cashBackMinor, cashRounding);
  const spentMinor = amountMinor - cashBackMinor;
  // Cash back ends a sale: a rest that another tender pays would be paid out of the drawer.
  if (cashBackMinor > 0 && spentMinor < dueMinor) return tooSmall({ dueMinor, amountMinor: spentMinor });
  const isLimited = terms.eligibleMinor < dueMinor;
  const limitMinor = isLimited ? Math.max(terms.eligibleMinor, 0) : dueMinor;
  if (spentMinor <= limitMinor) return ok({ tenderType, amountMinor });
  if (type.overTender === 'forfeited' && limitMinor > 0) {
    return ok({ tenderType, amountMinor: limitMinor, forfeitedMinor: spentMinor - limitMinor });
  }
  // Change out of a limited tender would turn it into cash for what it may not pay.
  if (type.overTender === 'change' && !isLimited) return ok({ tenderType, amountMinor });
  return aboveLimit(offer, isLimited ? 'eligible' : 'due', limitMinor, spentMinor);
}

/** Points are worth whole minor units, rounded down: never more than is due. */
function takePoints(
  type: TenderType,
  points: number,
  value: UnitPrice,
  { dueMinor, currency }: TenderTerms,
): Result<Tender, TenderRefusal> {
  const { tenderType } = type;
  const digits = minorDigitsOf(currency) - value.decimals;
  const amountMinor =
    digits >= 0 ? scaleRounded(points, value.amount * 10 ** digits, 1, 'down') : scaleRounded(points, value.amount, 10 ** -digits, 'down');
  if (amountMinor === undefined || !isAmountInRange(amountMinor)) return err(amountOutOfRange());
  if (amountMinor === 0) return err({ type: 'tenderTooSmall', detail: { dueMinor, amountMinor } });
  if (amountMinor > dueMinor)
    return err({ type: 'tenderAboveLimit', detail: { tenderType, amountMinor, limitMinor: dueMinor, limit: 'due' } });
  return ok({ tenderType, amountMinor, points });
}

/**
 * Sums above what is due, ascending: for each note the least number of them that covers it, and single coins for small
 * sums. Nothing for a refund, or where the currency's notes are not known.
 */
export function suggestedCashMinor(dueMinor: number, currency: Currency): readonly number[] {
  if (dueMinor <= 0) return [];
  const sums = new Set<number>();
  for (const coin of currency.coinsMinor) if (coin > dueMinor) sums.add(coin);
  for (const note of currency.notesMinor) {
    const sum = roundUpToMultiple(dueMinor, note);
    if (sum > dueMinor && isAmountInRange(sum)) sums.add(sum);
  }
  return [...sums].sort((left, right) => left - right).slice(0, SUGGESTIONS);
}
