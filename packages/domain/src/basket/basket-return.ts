/**
 * Goods that come back, in a basket: one command sets all that comes back of one sale, from the sale itself and its earlier returns; its event
 * holds whole lines, so that a replay looks nothing up. Lines that come back keep their sale's price, discounts and taxes:
 * neither a quantity nor a price is changed on them, they are set again.
 */
import { err, ok, type Result } from '@holdfast/base';

import { addMinor } from '../money/money.ts';
import { paidMinorOf, type ReturnPart, type ReturnTax } from '../returns/return-line.ts';
import { payReturn, type ReturnedGoods, type ReturnPayment } from '../returns/return-payment.ts';
import { pointsTakenBack, type PointsTaken } from '../returns/return-points.ts';
import {
  quoteReturn,
  type NotReturnable,
  type ReturnOrigin,
  type ReturnRefusal,
  type ReturnTerms,
  type ReturnWish,
} from '../returns/return-quote.ts';
import { DEFAULT_RETURN_POLICY, type ReturnPolicy } from '../returns/return-terms.ts';
import type { Sale } from '../sale/sale.ts';
import type { LineBack } from '../tender/limited-refund.ts';
import type { AddItem, Basket, BasketLine, Cut } from './basket.ts';

/** What comes back of one sale, all of it: what an earlier command set for the same sale is replaced. */
export interface SetReturn {
  readonly type: 'setReturn';
  /** For the first line of a basket, as with `addItem`. */
  readonly cut: Cut;
  readonly sale: Sale;
  /** Sales that may have returned something of it. */
  readonly others: readonly Sale[];
  /** Nothing: what was set is taken away. */
  readonly wishes: readonly ReturnWish[];
  readonly terms: ReturnTerms;
  /** Nobody who could say what came back was asked: it is marked so, and capped. */
  readonly isUnverified?: true;
  /** The basket is practised on: then the sale was, too. */
  readonly isTraining?: true;
  readonly itemNameOf: (sku: string) => string | undefined;
  readonly taxNameOf: (taxClass: string, component?: string) => string | undefined;
}

export interface ReturnSet {
  readonly type: 'returnSet';
  readonly origin: ReturnOrigin;
  /** In order of position: lines that the basket has, as they are now, and then new ones. */
  readonly lines: readonly BasketLine[];
  readonly removedLineIds: readonly string[];
}

export type BasketReturnRefusal =
  | ReturnRefusal
  | WithoutReceiptRefusal
  | CapRefusal
  /** Sold in another currency, with another kind of prices, or in training. */
  | {
      readonly type: 'returnElsewhere';
      readonly detail: { readonly receiptNumber: string; readonly because: 'currency' | 'prices' | 'training' };
    };

/** Goods without a receipt, where the store's policy stands against it. */
export interface WithoutReceiptRefusal {
  readonly type: 'returnWithoutReceipt';
  readonly detail: { readonly sku: string; readonly name: string; readonly because: 'refused' | 'approval' };
}

/** More than may be paid out for goods whose receipt nobody could look up. */
export interface CapRefusal {
  readonly type: 'returnAboveCap';
  readonly detail: { readonly amountMinor: number; readonly limitMinor: number };
}

const policyOf = (basket: Basket): ReturnPolicy => basket.opening.returns ?? DEFAULT_RETURN_POLICY;

/** Why goods do not come back without their sale at hand. */
export function withoutReceiptRefusal(basket: Basket, command: AddItem): WithoutReceiptRefusal | NotReturnable | undefined {
  const { sku, name, returnDays, isDeposit } = command.item;
  // Empties never had a receipt of their own.
  if (isDeposit === true) return undefined;
  if (returnDays === 0) return { type: 'notReturnable', detail: { sku } };
  if (command.unverifiedReturnOf !== undefined) return undefined;
  const { withoutReceipt } = policyOf(basket);
  if (withoutReceipt === 'refused') return { type: 'returnWithoutReceipt', detail: { sku, name, because: 'refused' } };
  if (withoutReceipt === 'approval' && command.returnApprovedBy === undefined) {
    return { type: 'returnWithoutReceipt', detail: { sku, name, because: 'approval' } };
  }
  return undefined;
}

/** What a line pays out; below 0 where it takes something back. Of goods whose sale is not at hand: their price. */
const payoutMinorOf = (line: BasketLine, taxInclusive: boolean): number =>
  line.returnTaxes === undefined ? 0 - line.amountMinor : refundMinorOf(line, taxInclusive);

/** Whether all unverified returns of a basket, with `now` in place of `before`, pay out too much. */
export function capRefusal(basket: Basket, before: readonly BasketLine[], now: readonly BasketLine[]): CapRefusal | undefined {
  const { unverifiedMaximumMinor: limitMinor } = policyOf(basket);
  const kept = basket.rows.filter((row): row is BasketLine => row.kind === 'item' && !before.includes(row));
  const sumMinor = [...kept, ...now]
    .filter(({ isUnverified }) => isUnverified === true)
    .reduce((sum, line) => addMinor(sum, payoutMinorOf(line, basket.opening.taxInclusive)), 0);
  return sumMinor > limitMinor ? { type: 'returnAboveCap', detail: { amountMinor: sumMinor, limitMinor } } : undefined;
}

/** Why what is unverified in a basket as it stands is not paid out: it was marked so since it was taken, or taken under another policy. */
export const unverifiedRefusal = (basket: Basket): CapRefusal | undefined => capRefusal(basket, [], []);

/** The right to return by which its goods came back is not here any more, or was never: all of them are unverified from here on. */
export function unverifiedReturns({ rows, returns }: Basket): readonly ReturnSet[] {
  return returns.flatMap((origin) => {
    const verified = rows.filter(
      (row): row is BasketLine => row.kind === 'item' && isOf(row, origin.receiptNumber) && row.isUnverified !== true,
    );
    const lines = verified.map((line): BasketLine => ({ ...line, isUnverified: true }));
    return lines.length === 0 ? [] : [{ type: 'returnSet', origin, lines, removedLineIds: [] }];
  });
}

/** Whether what is owed is for goods without a receipt, which this store pays for in store credit alone. */
export const isPaidAsStoreCredit = (basket: Basket, dueMinor: number): boolean =>
  dueMinor < 0 &&
  policyOf(basket).withoutReceipt === 'storeCredit' &&
  basket.rows.some((row) => row.kind === 'item' && row.quantity.value < 0 && row.returnOf === undefined && row.isDeposit !== true);

const isOf = (line: BasketLine, receiptNumber: string): boolean =>
  line.returnTaxes !== undefined && line.returnOf?.receiptNumber === receiptNumber;

/** A line that comes back as its sale had it; its price and quantity are not the cashier's to change. */
export const isFixedReturn = (line: BasketLine): boolean => line.returnTaxes !== undefined;

export function setReturn(basket: Basket, command: SetReturn): Result<ReturnSet, BasketReturnRefusal> {
  const { sale, others, wishes, terms } = command;
  const { receiptNumber } = sale;
  const because =
    sale.currency !== basket.opening.currency
      ? 'currency'
      : sale.taxInclusive !== basket.opening.taxInclusive
        ? 'prices'
        : sale.training !== (command.isTraining === true)
          ? 'training'
          : undefined;
  if (because !== undefined) return err({ type: 'returnElsewhere', detail: { receiptNumber, because } });
  const quote = quoteReturn(sale, others, wishes, terms);
  if (!quote.ok) return quote;
  const present = basket.rows.filter((row): row is BasketLine => row.kind === 'item' && isOf(row, receiptNumber));
  const parts = [...quote.value.parts, ...quote.value.takenBack];
  const isSame = (line: BasketLine, part: ReturnPart): boolean =>
    line.returnOf?.line === part.line && (line.quantity.value === 0) === (part.quantity.value === 0);
  let position = basket.rowCounter;
  const lines = parts.map((part): BasketLine => {
    const before = present.find((line) => isSame(line, part));
    if (before === undefined) position += 1;
    return lineOf(command, part, before?.position ?? position);
  });
  const aboveCap = command.isUnverified === true ? capRefusal(basket, present, lines) : undefined;
  if (aboveCap !== undefined) return err(aboveCap);
  return ok({
    type: 'returnSet',
    origin: quote.value.origin,
    lines: lines.toSorted((left, right) => left.position - right.position),
    removedLineIds: present.filter((line) => !parts.some((part) => isSame(line, part))).map(({ lineId }) => lineId),
  });
}

/** A part of the sale as a line of the basket. */
function lineOf(command: SetReturn, part: ReturnPart & { readonly isDefective?: true }, position: number): BasketLine {
  const { sale, terms, itemNameOf, taxNameOf } = command;
  const sold = sale.lines[part.line - 1];
  const { sku = '', code, serial, batch, note, text, isUnlisted, nature, natureReference, taxClass = '', taxRateBps = 0 } = sold ?? {};
  const named = (tax: ReturnTax): ReturnTax => {
    const name = tax.component === undefined ? undefined : taxNameOf(taxClass, tax.component);
    return name === undefined ? tax : { ...tax, name };
  };
  return {
    kind: 'item',
    lineId: String(position),
    position,
    sku,
    name: itemNameOf(sku) ?? sku,
    ...(code !== undefined && { code }),
    quantity: part.quantity,
    unitPrice: sold?.unitPrice ?? { amount: 0, decimals: 0 },
    priceType: sold?.priceType ?? 'regular',
    ...(sold?.packUnits !== undefined && { packUnits: sold.packUnits }),
    ...(sold?.reason !== undefined && { reason: sold.reason }),
    amountMinor: part.amountMinor,
    ...(part.discounts.length > 0 && { discounts: part.discounts }),
    tax: { taxClass, name: taxNameOf(taxClass) ?? taxClass, rateBps: taxRateBps },
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(note !== undefined && { note }),
    ...(text !== undefined && { text }),
    ...(isUnlisted === true && { isUnlisted }),
    ...(nature !== undefined && { nature }),
    ...(natureReference !== undefined && { natureReference }),
    returnOf: { receiptNumber: sale.receiptNumber, ...(terms.store !== undefined && { store: terms.store }), line: part.line },
    returnTaxes: part.taxes.map(named),
    ...(part.untaxedMinor !== undefined && { untaxedMinor: part.untaxedMinor }),
    ...(part.costMinor !== undefined && { costMinor: part.costMinor }),
    ...(part.isDefective === true && { isDefective: true }),
    ...(command.isUnverified === true && { isUnverified: true }),
  };
}

/** What a line that comes back is paid out for; below 0 where it takes a discount back. */
const refundMinorOf = ({ amountMinor, discounts = [], returnTaxes = [] }: BasketLine, taxInclusive: boolean): number =>
  0 - paidMinorOf({ amountMinor, discounts, taxes: returnTaxes }, taxInclusive);

function lineBackOf(line: BasketLine, { leftOfLines = {} }: ReturnOrigin, taxInclusive: boolean): LineBack | undefined {
  const { lineId, quantity, returnOf } = line;
  const left = leftOfLines[String(returnOf?.line)];
  if (returnOf?.line === undefined || left === undefined) return undefined;
  return { lineId, line: returnOf.line, quantity: -quantity.value + 0, refundMinor: refundMinorOf(line, taxInclusive), left };
}

/** What comes back of each sale, in the order in which its receipts were named. */
export function returnedGoods(basket: Basket): readonly ReturnedGoods[] {
  return basket.returns.flatMap((origin) => {
    const lines = basket.rows.filter((row): row is BasketLine => row.kind === 'item' && isOf(row, origin.receiptNumber));
    if (lines.length === 0) return [];
    const { taxInclusive } = basket.opening;
    const refundMinor = lines.reduce((sum, line) => addMinor(sum, refundMinorOf(line, taxInclusive)), 0);
    const back = origin.limited === undefined ? [] : lines.flatMap((line) => lineBackOf(line, origin, taxInclusive) ?? []);
    return [{ origin, refundMinor, ...(back.length > 0 && { back }) }];
  });
}

/** What the goods that come back take of the points that their sales earned, from each customer. */
export function pointsTakenOf(basket: Basket): readonly PointsTaken[] {
  const taken = new Map<string, number>();
  for (const { receiptNumber, earned } of basket.returns) {
    if (earned === undefined) continue;
    const lines = basket.rows.filter(
      (row): row is BasketLine => row.kind === 'item' && isOf(row, receiptNumber) && row.nature === undefined,
    );
    const backMinor = lines.reduce((sum, line) => addMinor(sum, refundMinorOf(line, basket.opening.taxInclusive)), 0);
    const backQuantity = lines.reduce((sum, { quantity }) => addMinor(sum, -quantity.value), 0);
    const points = pointsTakenBack(earned, backMinor, backQuantity);
    taken.set(earned.customer, addMinor(taken.get(earned.customer) ?? 0, points));
  }
  return [...taken].flatMap(([customer, points]) => (points === 0 ? [] : [{ customer, points }]));
}

/** How what is owed goes back; undefined where nothing is, or where no receipt says who paid. */
export function returnPayment(basket: Basket, payableMinor: number): ReturnPayment | undefined {
  if (payableMinor >= 0 || basket.returns.length === 0) return undefined;
  const returned = returnedGoods(basket);
  if (returned.length === 0) return undefined;
  const rest = isPaidAsStoreCredit(basket, payableMinor) ? 'storeCredit' : 'cash';
  return payReturn(payableMinor, returned, { cashRounding: basket.opening.cashRounding, rest });
}

/** The basket after its event. */
export function withReturn(basket: Basket, { origin, lines, removedLineIds }: ReturnSet): Basket {
  const gone = new Set(removedLineIds);
  const changed = new Map(lines.map((line) => [line.lineId, line]));
  const kept = basket.rows.flatMap((row) => {
    if (gone.has(row.lineId)) return [];
    const now = changed.get(row.lineId);
    changed.delete(row.lineId);
    return [now ?? row];
  });
  const rows = [...kept, ...changed.values()];
  const others = basket.returns.filter(({ receiptNumber }) => receiptNumber !== origin.receiptNumber);
  return {
    ...basket,
    rows,
    rowCounter: Math.max(basket.rowCounter, rows.at(-1)?.position ?? 0),
    currentLineId: lines.at(-1)?.lineId ?? rows.at(-1)?.lineId ?? null,
    returns: lines.length === 0 ? others : [...others, origin],
  };
}
