/**
 * How an open basket is paid, or pays out: which tenders are taken against what is due, and when they complete it.
 */
import { err, ok, type Result } from '@holdfast/base';

import { paysOut } from '../catalog/nature.ts';
import { addMinor } from '../money/money.ts';
import type { PromotionTerms } from '../promotions/repricing.ts';
import { toLimitedTenders, type ReturnPayment } from '../returns/return-payment.ts';
import { openMinorOf, shareOut, type UntaxedShare } from '../tax/benefit-tax.ts';
import { CASH, type EligibleItems, type TenderType } from '../tender/tender-type.ts';
import { acceptTender, payCash, settle, type Tender, type TenderOffer } from '../tender/tender.ts';
import { benefitTerms, isEligible, withUntaxed } from './basket-benefit.ts';
import { applyBasketEvent } from './basket-event.ts';
import { reducibleOf } from './basket-reductions.ts';
import { isPaidAsStoreCredit, returnedGoods, returnPayment } from './basket-return.ts';
import {
  type Basket,
  type BasketEvent,
  type BasketLine,
  basketLines,
  type BasketRefusal,
  type BasketTotals,
  basketTotals,
  isItemLine,
  openAgeCheckYears,
  refusedRowCount,
  sumLines,
  sumOfClaims,
} from './basket.ts';
import { claimedMinorOf } from './line-discount.ts';
import { reductionsOf } from './reductions.ts';

/** The tenders that goods of known receipts go back to; undefined where the basket owes nothing for such goods. */
function returnPaymentOf(basket: Basket, { totalMinor, claims }: BasketTotals): ReturnType<typeof returnPayment> {
  return returnPayment(basket, totalMinor - sumOfClaims(claims));
}

export function payBack(basket: Basket): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const totals = basketTotals(basket);
  const back = returnPaymentOf(basket, totals);
  // A part that comes to nothing, or to what is bought with it, still ends.
  const returned = returnedGoods(basket);
  if (back === undefined && totals.dueMinor === 0 && returned.length > 0) {
    const limited = returned.flatMap(toLimitedTenders);
    return ok([paidBack(limited.length === 0 ? PAID_NOTHING : { tenders: limited, roundingMinor: 0 })]);
  }
  if (back === undefined) return err({ type: 'refundMismatch', detail: { dueMinor: totals.dueMinor, amountMinor: 0 } });
  return ok([paidBack(back)]);
}

/** Cash for goods that came back, where it is the only way in which they were paid; undefined where cash is a payment like any other. */
function payBackInCash(basket: Basket, amountMinor: number): Result<readonly BasketEvent[], BasketRefusal> | undefined {
  const totals = basketTotals(basket);
  const back = returnPaymentOf(basket, totals);
  if (back === undefined) return isPaidAsStoreCredit(basket, totals.dueMinor) ? refundNotAllowed(CASH.tenderType) : undefined;
  const payment = payCash(totals.cashDueMinor, amountMinor);
  if (!payment.ok) return payment;
  return back.tenders.every(({ tenderType }) => tenderType === CASH.tenderType) ? ok([paidBack(back)]) : refundNotAllowed(CASH.tenderType);
}

/** Where who paid is known, nobody chooses another way back. */
function isFreelyPaid(basket: Basket, { kind }: TenderType): boolean {
  const totals = basketTotals(basket);
  return returnPaymentOf(basket, totals) === undefined && (kind === 'storeCredit' || !isPaidAsStoreCredit(basket, totals.dueMinor));
}

const PAID_NOTHING: ReturnPayment = { tenders: [{ tenderType: CASH.tenderType, amountMinor: 0 }], roundingMinor: 0 };

const paidBack = ({ tenders, roundingMinor }: ReturnPayment): BasketEvent => ({
  type: 'paid',
  tenders,
  changeMinor: 0,
  ...(roundingMinor !== 0 && { roundingMinor }),
});

/** Why nothing can be paid yet. */
function findPaymentRefusal(basket: Basket): BasketRefusal | undefined {
  const rows = refusedRowCount(basket);
  if (basket.rows.length === rows) return { type: 'basketEmpty', detail: { basketId: basket.opening.basketId } };
  if (rows > 0) return { type: 'refusedRowsOpen', detail: { rows } };
  const [held] = basket.held;
  if (held !== undefined) return held.refusal;
  const minimumAgeYears = openAgeCheckYears(basket);
  if (minimumAgeYears > 0) return { type: 'ageCheckOpen', detail: { minimumAgeYears } };
  return findVoucherAboveDue(basket) ?? findReturnAlone(basket);
}

/** What limited tenders paid goes back to them before anything else is bought. */
function findReturnAlone(basket: Basket): BasketRefusal | undefined {
  if (basket.returns.every(({ limited }) => limited === undefined)) return undefined;
  const { totalMinor, claims } = basketTotals(basket);
  let owedMinor = sumOfClaims(claims) - totalMinor;
  for (const { tenderType, amountMinor } of returnedGoods(basket).flatMap(toLimitedTenders)) {
    if (-amountMinor > owedMinor) return { type: 'returnAlone', detail: { tenderType, amountMinor: -amountMinor } };
    owedMinor += amountMinor;
  }
  return undefined;
}

/** A voucher that comes back pays for what is sold with it: it leaves nothing to pay out. What comes back with its receipt is paid out beside it. */
function findVoucherAboveDue({ opening, rows }: Basket): BasketRefusal | undefined {
  const lines = rows.filter(isItemLine);
  const isRedeemed = ({ nature, quantity, returnTaxes }: BasketLine): boolean =>
    nature !== undefined && quantity.value < 0 && returnTaxes === undefined && !paysOut(nature);
  if (!lines.some(isRedeemed)) return undefined;
  const { totalMinor } = sumLines(
    opening,
    lines.filter((line) => line.quantity.value > 0 || isRedeemed(line)),
  );
  return totalMinor < 0 ? { type: 'voucherAboveDue', detail: { totalMinor } } : undefined;
}

export function payAllInCash(
  basket: Basket,
  amountMinor: number,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const back = payBackInCash(basket, amountMinor);
  if (back !== undefined) return back;
  return payWith(basket, CASH.tenderType, promotions, (priced) => {
    const totals = basketTotals(priced);
    // A cent or two that the store owes may be nothing in coins: then nothing is paid out, and nothing taken.
    const { dueMinor, cashDueMinor } = totals;
    if (dueMinor < 0 && cashDueMinor === 0 && amountMinor !== 0)
      return err({ type: 'refundMismatch', detail: { dueMinor: 0, amountMinor } });
    const payment = payCash(cashDueMinor, amountMinor);
    return payment.ok ? ok(payment.value.tenders.map((tender) => eventOfTender(priced, totals, tender))) : payment;
  });
}

/** Whoever buys now and pays later is known, may do so, and owes it on an account of their own. What goes back to an account asks nobody. */
function onOwnAccount({ customer }: Basket, offer: TenderOffer): Result<TenderOffer, BasketRefusal> {
  const { tenderType: type, amountMinor, reference } = offer;
  if (type.kind !== 'onAccount' || amountMinor <= 0) return ok(offer);
  const { customerId, onAccount = false } = customer ?? {};
  // An account that another system keeps has names of its own.
  const isOwn = type.account === undefined || reference === undefined || reference === customerId;
  if (customerId === undefined || !onAccount || !isOwn)
    return err({ type: 'notOnAccount', detail: { tenderType: type.tenderType, ...(customerId !== undefined && { customerId }) } });
  return ok(type.account === undefined ? offer : { ...offer, reference: customerId });
}

export function takeTender(
  basket: Basket,
  offered: TenderOffer,
  promotions: PromotionTerms | undefined,
): Result<readonly BasketEvent[], BasketRefusal> {
  const refusal = findPaymentRefusal(basket);
  if (refusal !== undefined) return err(refusal);
  const owed = onOwnAccount(basket, offered);
  if (!owed.ok) return owed;
  const offer = owed.value;
  const { tenderType, eligible } = offer.tenderType;
  const { currency, cashRounding } = basket.opening;
  if (!isFreelyPaid(basket, offer.tenderType)) return refundNotAllowed(tenderType);
  return payWith(basket, tenderType, promotions, (priced) => {
    const totals = basketTotals(priced);
    const { dueMinor, cashDueMinor } = totals;
    if (offer.tenderType.untaxes === true && dueMinor > 0) return takeBenefit(priced, offer);
    const eligibleMinor = eligible === undefined ? dueMinor : eligibleDueMinor(priced, tenderType, eligible, dueMinor);
    const tender = acceptTender(offer, { currency, cashRounding, dueMinor, cashDueMinor, eligibleMinor });
    if (!tender.ok) return tender;
    return ok([eventOfTender(priced, totals, eligible === undefined ? tender.value : withPaidFor(priced, tender.value, eligible))]);
  });
}

/** A tender that may pay for some goods only remembers which: in proportion to what they come to with their taxes, less what others like it paid. */
function withPaidFor(basket: Basket, tender: Tender, eligible: EligibleItems): Tender {
  if (tender.amountMinor <= 0) return tender;
  const paid = basket.tenders.flatMap(({ paidFor = [] }) => paidFor);
  const lines = basketLines(basket).flatMap((line) => {
    if (!isEligible(eligible, line) || line.quantity.value <= 0) return [];
    const { totalMinor } = sumLines(basket.opening, [line]);
    const openMinor = paid.reduce(
      (left, share) => (share.lineId === line.lineId ? left - share.amountMinor : left),
      totalMinor - claimedMinorOf(line),
    );
    return openMinor > 0 ? [{ lineId: line.lineId, openMinor }] : [];
  });
  const spentMinor = tender.amountMinor - (tender.cashBackMinor ?? 0);
  return { ...tender, paidFor: shareOut(lines, Math.min(spentMinor, openMinorOf(lines))) };
}

/** By a benefit card: the tax on what it pays is not due any more. */
function takeBenefit(basket: Basket, offer: TenderOffer): Result<readonly BasketEvent[], BasketRefusal> {
  const { currency, cashRounding } = basket.opening;
  const { dueMinor, eligibleMinor, sharesOf } = benefitTerms(basket, offer.tenderType.eligible, (after) => basketTotals(after).dueMinor);
  const tender = acceptTender(offer, { currency, cashRounding, dueMinor, cashDueMinor: dueMinor, eligibleMinor });
  if (!tender.ok) return tender;
  const untaxed = sharesOf(tender.value.amountMinor);
  return ok([eventOfTender(basket, basketTotals(withUntaxed(basket, untaxed)), { ...tender.value, paidFor: untaxed }, untaxed)]);
}

/**
 * Promotions that ask for a tender type count where this tender alone pays the whole sale: what it comes to then is known before
 * it is taken (`tenderOffersOf`). What is less than that pays a part, of the price without them.
 */
function payWith(
  basket: Basket,
  tenderType: string,
  promotions: PromotionTerms | undefined,
  pay: (priced: Basket) => Result<readonly BasketEvent[], BasketRefusal>,
): Result<readonly BasketEvent[], BasketRefusal> {
  const repriced = repricedFor(basket, tenderType, promotions);
  if (repriced === undefined) return pay(basket);
  const paid = pay(applyBasketEvent(basket, repriced));
  if (!paid.ok) return paid.error.type === 'tenderTooSmall' ? pay(basket) : paid;
  return paid.value.some((event) => event.type === 'paid') ? ok([repriced, ...paid.value]) : pay(basket);
}

/** What changes where one tender of this type pays the whole sale; undefined where nothing does, and where the store owes. */
function repricedFor(basket: Basket, tenderType: string, terms: PromotionTerms | undefined): BasketEvent | undefined {
  if (terms === undefined || basket.tenders.length > 0 || !terms.prepared.tenderTypes.has(tenderType)) return undefined;
  if (basketTotals(basket).dueMinor <= 0) return undefined;
  const repricing = reductionsOf(reducibleOf(basket), terms, tenderType);
  return repricing === undefined ? undefined : { type: 'repriced', ...repricing };
}

export interface PromotedTender {
  readonly tenderType: string;
  readonly dueMinor: number;
  readonly cashDueMinor: number;
  readonly savedMinor: number;
}

/** What is due where one tender alone pays for all, for each type that promotions make another amount. */
export function tenderOffersOf(basket: Basket, terms: PromotionTerms): readonly PromotedTender[] {
  return [...terms.prepared.tenderTypes].sort().flatMap((tenderType) => {
    const repriced = repricedFor(basket, tenderType, terms);
    if (repriced === undefined) return [];
    const { dueMinor, cashDueMinor, savedMinor } = basketTotals(applyBasketEvent(basket, repriced));
    return [{ tenderType, dueMinor, cashDueMinor, savedMinor }];
  });
}

const refundNotAllowed = (tenderType: string): Result<never, BasketRefusal> => err({ type: 'refundNotAllowed', detail: { tenderType } });

/** What the goods that a limited tender may pay for come to, with their taxes, less what it, a third party or a benefit card has paid already. */
function eligibleDueMinor(basket: Basket, tenderType: string, items: EligibleItems, dueMinor: number): number {
  const lines = basketLines(basket);
  const eligible = lines.filter((line) => isEligible(items, line));
  if (eligible.length === lines.length) return dueMinor;
  const paid = basket.tenders.filter((tender) => tender.tenderType === tenderType);
  const paidByOthersMinor = eligible.reduce((sum, line) => addMinor(sum, claimedMinorOf(line) + Math.max(line.untaxedMinor ?? 0, 0)), 0);
  return paid.reduce((left, tender) => left - tender.amountMinor, sumLines(basket.opening, eligible).totalMinor - paidByOthersMinor);
}

/** The sale is paid where `tender` covers the rest; else it stands beside those before it. */
function eventOfTender(basket: Basket, totals: BasketTotals, tender: Tender, shares?: readonly UntaxedShare[]): BasketEvent {
  const tenders = [...basket.tenders.map(({ tenderId: _tenderId, untaxed: _untaxed, ...taken }) => taken), tender];
  const untaxed = shares === undefined ? {} : { untaxed: shares };
  const payableMinor = totals.totalMinor - sumOfClaims(totals.claims);
  const settlement = settle(payableMinor + totals.roundingMinor, tenders, basket.opening.cashRounding);
  if (!settlement.isSettled) {
    return { type: 'tendered', tender: { tenderId: String(basket.tenderCounter + 1), ...tender, ...untaxed } };
  }
  const roundingMinor = totals.roundingMinor + settlement.roundingMinor;
  return { type: 'paid', tenders, changeMinor: settlement.changeMinor, ...(roundingMinor !== 0 && { roundingMinor }), ...untaxed };
}
