/** What becomes of a basket, as ledger entries: a completed sale, a void, an abort, a suspend. Nothing is written that has nothing to say. */
import { assert } from '@holdfast/base';

import { pointsTakenOf } from '../basket/basket-return.ts';
import {
  asksAge,
  type Basket,
  type BasketLine,
  basketLines,
  basketTotals,
  findLine,
  isAgeChecked,
  linesWithDeposits,
} from '../basket/basket.ts';
import { claimsOf, type LineDiscount, netMinorOf } from '../basket/line-discount.ts';
import { partsGone } from '../basket/parts-gone.ts';
import { lineCostMinor } from '../catalog/cost.ts';
import { headerFields } from '../ledger/entry-header.ts';
import { type Fields, LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { addMinor } from '../money/money.ts';
import { approvalFields } from '../people/approval.ts';
import { returnFields } from '../returns/return-columns.ts';
import { returnableLines } from '../returns/return-line.ts';
import { cardFields } from '../tender/card-payment.ts';
import type { Tender } from '../tender/tender.ts';
import { readSaleColumns } from './read-sale.ts';
import type { SaleFacts } from './sale.ts';

/** The ledger entry of a paid basket. */
export function completeSale(basket: Basket, header: LedgerHeader, facts: SaleFacts): LedgerEntry {
  assert(basket.state === 'completed' && basket.payment !== null, 'only a paid basket is a sale');
  const { totalMinor, taxInclusive, taxes } = basketTotals(basket);
  const { tenders, changeMinor, roundingMinor } = basket.payment;
  const approvals = approvalFields(basket, basketLines(basket));
  const pointsTaken = pointsTakenOf(basket);
  const fields: Fields = {
    ...basketFields(basket, header, basketLines(basket), { totalMinor, movesStock: true }),
    receiptNumber: facts.receiptNumber,
    taxInclusive,
    taxes: taxes.map(({ taxClass, rateBps, netMinor, taxMinor, component }) => ({ taxClass, rateBps, netMinor, taxMinor, ...component })),
    tenders: tenders.map((tender) => tenderFields(tender, basketLines(basket))),
    changeMinor,
    ...(facts.externalReference !== undefined && { externalReference: facts.externalReference }),
    ...(roundingMinor !== undefined && { roundingMinor }),
    ...promotionFields(basket),
    ...(facts.points !== undefined && facts.points !== 0 && { points: facts.points }),
    ...(pointsTaken.length > 0 && { pointsTaken: pointsTaken.map(({ customer, points }) => ({ customer, points })) }),
    ...(approvals.length > 0 && { approvals }),
    ...(basket.exemption !== null && { exemption: basket.exemption }),
    ...(basket.service !== undefined && { service: basket.service }),
  };
  return { kind: LEDGER_KINDS.sale.kind, fields: withinLines(fields) };
}

/** What tenders paid of a line is no more than the line came to in the end: by the document's own rounding, and by the tax that a benefit card took away. */
function withinLines(fields: Fields): Fields {
  const { tenders } = fields;
  if (!Array.isArray(tenders) || !tenders.some((tender: Fields) => tender['paidFor'] !== undefined)) return fields;
  const sale = readSaleColumns(fields);
  assert(sale.ok, 'a sale that is written can be read');
  const left = new Map(returnableLines(sale.value, []).map(({ line, paidMinor }) => [line, paidMinor]));
  const within = sale.value.tenders.map(({ amountMinor, paidFor }): Fields => {
    if (paidFor === undefined || amountMinor <= 0) return {};
    let overMinor = 0;
    const fill = (line: number, wantedMinor: number): number => {
      const filledMinor = Math.max(0, Math.min(wantedMinor, left.get(line) ?? 0));
      left.set(line, (left.get(line) ?? 0) - filledMinor);
      overMinor += wantedMinor - filledMinor;
      return filledMinor;
    };
    const filled = paidFor.map((share) => ({ line: Number(share.lineId), amountMinor: fill(Number(share.lineId), share.amountMinor) }));
    // A cent that one line has no room for is on another one.
    const shares = filled.map(({ line, amountMinor: filledMinor }) => {
      const moreMinor = overMinor;
      overMinor = 0;
      return { line, amountMinor: filledMinor + fill(line, moreMinor) };
    });
    return { paidFor: shares.filter((share) => share.amountMinor > 0) };
  });
  return { ...fields, tenders: tenders.map((tender: Fields, place) => ({ ...tender, ...within[place] })) };
}

/** Absent where there is nothing to say: the bytes are those of a sale that no promotion, coupon or customer touched. */
function promotionFields(basket: Basket): Fields {
  const { promotions, rewards, customer } = basket;
  const claims = claimsOf(basketLines(basket));
  return {
    ...(promotions.length > 0 && { promotions: promotions.map(({ promotionId, version, uses }) => ({ promotionId, version, uses })) }),
    ...(claims.length > 0 && { claims: claims.map(({ code, amountMinor }) => ({ code, amountMinor })) }),
    ...(customer !== null && { customer: customer.customerId }),
    ...(rewards.length > 0 && {
      rewards: rewards.map(({ promotionId, times, reward }) => ({ promotionId, times, ...reward })),
    }),
  };
}

/** The entry for a line that is about to be taken off: `basket` as it is before that. It holds that line, and the deposits that go with it. */
export function voidLineEntry(basket: Basket, lineId: string, header: LedgerHeader, approvedBy?: string): LedgerEntry {
  const line = findLine(basket, lineId);
  assert(line !== undefined, `the basket has a line ${lineId}`);
  return goneEntry(basket, linesWithDeposits(basket, line), header, approvedBy);
}

function goneEntry(basket: Basket, gone: readonly BasketLine[], header: LedgerHeader, approvedBy: string | undefined): LedgerEntry {
  const totals = { totalMinor: gone.reduce((sum, row) => addMinor(sum, netMinorOf(row)), 0), movesStock: false };
  const fields = { ...basketFields(basket, header, gone, totals), ...(approvedBy !== undefined && { approvedBy }) };
  return { kind: LEDGER_KINDS.lineVoid.kind, fields };
}

/** The entry for what a change took off the lines of an open basket; undefined where it took nothing off. */
export function voidPartEntry(before: Basket, after: Basket, header: LedgerHeader, approvedBy?: string): LedgerEntry | undefined {
  const gone = partsGone(before, after);
  return gone.length === 0 ? undefined : goneEntry(before, gone, header, approvedBy);
}

/** The entry for a tender that is about to be given back: `basket` as it is before that. */
export function voidTenderEntry({ opening, tenders }: Basket, tenderId: string, header: LedgerHeader): LedgerEntry {
  const tender = tenders.find((known) => known.tenderId === tenderId);
  assert(tender !== undefined, `the basket has a tender ${tenderId}`);
  const { tenderType, amountMinor, tipMinor, cashBackMinor, reference, account, card } = tender;
  return {
    kind: LEDGER_KINDS.tenderVoid.kind,
    fields: {
      ...headerFields(header),
      basketId: opening.basketId,
      currency: opening.currency,
      tenderType,
      amountMinor,
      ...(tipMinor !== undefined && { tipMinor }),
      ...(cashBackMinor !== undefined && { cashBackMinor }),
      ...(reference !== undefined && { reference }),
      ...(account !== undefined && { account }),
      ...(card !== undefined && cardFields(card)),
    },
  };
}

/** The entry for a basket that the cashier gave up. */
export const voidSaleEntry = (basket: Basket, header: LedgerHeader, approvedBy?: string): LedgerEntry => ({
  kind: LEDGER_KINDS.saleVoid.kind,
  fields: { ...unsoldFields(basket, header), ...(approvedBy !== undefined && { approvedBy }) },
});

/** The entry for a basket that the till gave up, and why. */
export const abortSaleEntry = (basket: Basket, header: LedgerHeader, reason: string): LedgerEntry => ({
  kind: LEDGER_KINDS.saleAbort.kind,
  fields: { ...unsoldFields(basket, header), reason },
});

/** `content`: all that it takes to go on with it elsewhere. */
export const suspendEntry = (basket: Basket, header: LedgerHeader, content?: string): LedgerEntry => ({
  kind: LEDGER_KINDS.suspend.kind,
  fields: { ...unsoldFields(basket, header), ...(content !== undefined && { content }) },
});

/** Which suspension of a basket: the entry that set it aside. */
export interface Suspension {
  readonly basketId: string;
  readonly epoch: string;
  readonly seq: number;
}

const suspensionFields = ({ basketId, epoch, seq }: Suspension): Fields => ({ basketId, suspendedEpoch: epoch, suspendedSeq: seq });

/** The basket goes on at the device `to`, which asked for it. */
export const handoverEntry = (suspension: Suspension, to: string, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.handover.kind,
  fields: { ...headerFields(header), ...suspensionFields(suspension), to },
});

/** This lane goes on with a basket of the device `from`, which gave it, or could not be asked. */
export const takeoverEntry = (
  suspension: Suspension,
  how: { readonly from: string; readonly isHandedOver: boolean },
  header: LedgerHeader,
): LedgerEntry => ({
  kind: LEDGER_KINDS.takeover.kind,
  fields: { ...headerFields(header), ...suspensionFields(suspension), ...how },
});

/** Whose entry set it aside, as a takeover says it; undefined: the entry is no takeover, or none that says so. Practice names nothing. */
export function suspensionTakenOver({
  kind,
  fields,
}: LedgerEntry): { readonly from: string; readonly epoch: string; readonly seq: number } | undefined {
  const { from, suspendedEpoch: epoch, suspendedSeq: seq, training } = fields;
  if (kind !== LEDGER_KINDS.takeover.kind || training === true) return undefined;
  return typeof from === 'string' && typeof epoch === 'string' && typeof seq === 'number' ? { from, epoch, seq } : undefined;
}

/** Two lanes have gone on with one basket. */
export const basketTwiceEntry = (suspension: Suspension, device: string, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.basketTwice.kind,
  fields: { ...headerFields(header), ...suspensionFields(suspension), with: device },
});

/** The day is over, and nobody came back for it. */
export const suspendExpiryEntry = (basketId: string, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.suspendExpiry.kind,
  fields: { ...headerFields(header), basketId },
});

export const resumeEntry = (basketId: string, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.resume.kind,
  fields: { ...headerFields(header), basketId },
});

const unsoldFields = (basket: Basket, header: LedgerHeader): Fields =>
  basketFields(basket, header, basketLines(basket), { totalMinor: basketTotals(basket).totalMinor, movesStock: false });

function basketFields(
  basket: Basket,
  header: LedgerHeader,
  lines: readonly BasketLine[],
  { totalMinor, movesStock }: { readonly totalMinor: number; readonly movesStock: boolean },
): Fields {
  return {
    ...headerFields(header),
    basketId: basket.opening.basketId,
    currency: basket.opening.currency,
    cutHubEpoch: basket.cut?.hubEpoch ?? '',
    cutLsn: basket.cut?.lsn ?? 0,
    lines: lines.map((line) => ({ ...lineFields(basket, line, movesStock), ...depositFields(lines, line) })),
    totalMinor,
  };
}

function depositFields(lines: readonly BasketLine[], { depositOf }: BasketLine): Fields {
  if (depositOf === undefined) return {};
  const index = lines.findIndex((line) => line.lineId === depositOf);
  assert(index >= 0, `a deposit stands with its goods: ${depositOf}`);
  return { depositOf: index };
}

const ageFields = (basket: Basket, line: BasketLine): { ageCheckedYears?: number; ageMethod?: string } =>
  asksAge(line) && isAgeChecked(basket, line) && line.minimumAgeYears !== undefined
    ? { ageCheckedYears: line.minimumAgeYears, ...(basket.ageMethod !== undefined && { ageMethod: basket.ageMethod }) }
    : {};

const lineFields = (basket: Basket, line: BasketLine, movesStock: boolean): Fields => ({
  sku: line.sku,
  ...(line.code !== undefined && { code: line.code }),
  quantity: line.quantity.value,
  unit: line.quantity.unit,
  unitPriceAmount: line.unitPrice.amount,
  unitPriceDecimals: line.unitPrice.decimals,
  priceType: line.priceType,
  ...(line.packUnits !== undefined && { packUnits: line.packUnits }),
  ...(line.reason !== undefined && { reason: line.reason }),
  amountMinor: line.amountMinor,
  taxClass: line.tax.taxClass,
  taxRateBps: line.tax.rateBps,
  // Nobody counts the stock of what nobody lists.
  stockQuantity: movesStock && line.nature === undefined && line.isUnlisted !== true ? line.quantity.value : 0,
  ...(line.serial !== undefined && { serial: line.serial }),
  ...(line.batch !== undefined && { batch: line.batch }),
  ...(line.note !== undefined && { note: line.note }),
  ...ageFields(basket, line),
  ...(line.text !== undefined && { text: line.text }),
  ...(line.isUnlisted === true && { isUnlisted: true }),
  ...(line.discounts !== undefined && { discounts: line.discounts.map(discountFields) }),
  ...(line.nature !== undefined && { nature: line.nature }),
  ...(line.natureReference !== undefined && { natureReference: line.natureReference }),
  ...returnFields(line),
  ...(line.approvedBy !== undefined && { approvedBy: line.approvedBy }),
  ...(line.cataloguePrice !== undefined && {
    cataloguePriceAmount: line.cataloguePrice.amount,
    cataloguePriceDecimals: line.cataloguePrice.decimals,
  }),
  ...(line.tare !== undefined && { tare: line.tare }),
  ...(line.untaxedMinor !== undefined && { untaxedMinor: line.untaxedMinor }),
  ...(movesStock && costFields(basket, line)),
});

function costFields({ opening }: Basket, line: BasketLine): Fields {
  const costMinor = lineCostMinor(line, opening.currency);
  return costMinor === undefined ? {} : { costMinor };
}

const discountFields = ({ kind, reference, amountMinor, funding, coupon, reason, approvedBy }: LineDiscount): Fields => ({
  kind,
  reference,
  amountMinor,
  ...(funding !== undefined && { funding }),
  ...(coupon !== undefined && { coupon }),
  ...(reason !== undefined && { reason }),
  ...(approvedBy !== undefined && { approvedBy }),
});

const tenderFields = (
  { tenderType, amountMinor, tipMinor, cashBackMinor, forfeitedMinor, foreign, reference, account, points, paidFor, card }: Tender,
  lines: readonly BasketLine[],
): Fields => ({
  tenderType,
  amountMinor,
  ...(tipMinor !== undefined && { tipMinor }),
  ...(cashBackMinor !== undefined && { cashBackMinor }),
  ...(forfeitedMinor !== undefined && { forfeitedMinor }),
  ...(foreign !== undefined && {
    foreignCurrency: foreign.currency,
    foreignAmountMinor: foreign.amountMinor,
    foreignRateAmount: foreign.rate.amount,
    foreignRateDecimals: foreign.rate.decimals,
  }),
  ...(reference !== undefined && { reference }),
  ...(account !== undefined && { account }),
  ...(points !== undefined && { points }),
  ...(card !== undefined && cardFields(card)),
  ...(paidFor !== undefined && {
    paidFor: paidFor.map(({ lineId, amountMinor: minor }) => ({ line: numberOf(lines, lineId), amountMinor: minor })),
  }),
});

/** Counted from 1. */
function numberOf(lines: readonly BasketLine[], lineId: string): number {
  const index = lines.findIndex((line) => line.lineId === lineId);
  assert(index >= 0, `what a tender paid for stands in the sale: ${lineId}`);
  return index + 1;
}
