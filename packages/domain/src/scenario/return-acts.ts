/** Acts about what was sold: goods that come back with their receipt, sales that are undone, cards that are reversed. */
import { ok, type Result } from '@holdfast/base';

import { returnedGoods } from '../basket/basket-return.ts';
import { basketLines } from '../basket/basket.ts';
import type { Quantity } from '../money/quantity.ts';
import { repriceRestOf, type RestFacts } from '../promotions/reprice-rest.ts';
import type { Refusal } from '../refusal.ts';
import { postVoidDenial, postVoidEntry, postVoidRefusal, tenderReversalEntry } from '../returns/post-void.ts';
import { returnableLines } from '../returns/return-line.ts';
import type { ReturnWish } from '../returns/return-quote.ts';
import { DEFAULT_RETURN_POLICY, returnDaysOf } from '../returns/return-terms.ts';
import { stockMovementsOf } from '../stock/stock-movement.ts';
import type { RefundTarget } from '../tender/tender-type.ts';
import { uncoveredCard } from './accounts.ts';
import { headerOf } from './drawer.ts';
import { cutOf, does, keepEntry, nextReceiptNumber, type Lane, type Sold } from './lane.ts';
import { mistake, type Mistake } from './mistake.ts';
import { authorityOf } from './people.ts';

type Act = (lane: Lane) => Refusal | undefined;

const noSuchReceipt = (number: number): Refusal => ({ type: 'noSuchReceipt', detail: { receipt: number } });

/** Receipts of a scenario are numbered from 1, as they were printed. */
const soldWith = (lane: Lane, number: number): Sold | undefined => lane.sales[number - 1];

export const refundToOf =
  (lane: Lane) =>
  (key: string): RefundTarget =>
    [...lane.shop.tenderTypes.values()].find(({ tenderType }) => tenderType === key)?.refundTo ?? 'original';

/** How a verb tells what comes back: `2 x milk of receipt 1` (`undefined` quantity: one piece, or all of a measured line), `line 2 of receipt 1`, `all of receipt 1`. */
export interface ReturnText {
  readonly receipt: number;
  /** Of a line: its number. Neither: everything. */
  readonly line?: number;
  readonly goods?: { readonly name: string; readonly sku: string; readonly quantity: Quantity | undefined };
  readonly isDefective: boolean;
  /** The sale is known from a copy, and nobody who could say what came back of it was asked. */
  readonly isUnverified: boolean;
}

/** What comes back beside what the basket brings back of that receipt already. */
export function returnOfReceipt(lane: Lane, text: ReturnText): Refusal | undefined {
  const sold = soldWith(lane, text.receipt);
  if (sold === undefined) return noSuchReceipt(text.receipt);
  const { receiptNumber } = sold.sale;
  const wishes = new Map<number, ReturnWish>();
  for (const line of basketLines(lane.shopper.basket)) {
    if (line.returnOf?.receiptNumber !== receiptNumber || line.returnOf.line === undefined || line.quantity.value === 0) continue;
    wishes.set(line.returnOf.line, { line: line.returnOf.line, quantity: -line.quantity.value, isDefective: line.isDefective === true });
  }
  const lines = returnableLines(sold.sale, salesOf(lane));
  const openOf = (line: number): number =>
    (lines.find((known) => known.line === line)?.leftQuantity ?? 0) - (wishes.get(line)?.quantity ?? 0);
  const wish = (line: number, quantity: number): void => {
    const before = wishes.get(line)?.quantity ?? 0;
    wishes.set(line, { line, quantity: before + quantity, ...(text.isDefective && { isDefective: true }) });
  };
  if (text.goods !== undefined) {
    const { sku, quantity } = text.goods;
    const own = lines.filter((line) => line.sold.sku === sku);
    const needed = (line: number): number => quantity?.value ?? (own[0]?.sold.quantity.unit === 'piece' ? 1 : openOf(line));
    const fitting = own.find(({ line }) => openOf(line) > 0 && openOf(line) >= needed(line)) ?? own[0];
    if (fitting === undefined) return { type: 'noSuchLine', detail: { lineId: sku } };
    wish(fitting.line, needed(fitting.line));
  } else if (text.line !== undefined) wish(text.line, Math.max(openOf(text.line), 1));
  else for (const { line } of lines) if (openOf(line) > 0) wish(line, openOf(line));
  return setReturn(lane, text.receipt, [...wishes.values()], text.isUnverified);
}

function setReturn(lane: Lane, receipt: number, wishes: readonly ReturnWish[], isUnverified: boolean): Refusal | undefined {
  const sold = soldWith(lane, receipt);
  if (sold === undefined) return noSuchReceipt(receipt);
  const { itemsBySku, taxClasses, settings } = lane.shop;
  const policy = settings.returns ?? DEFAULT_RETURN_POLICY;
  return does(lane, {
    type: 'setReturn',
    cut: cutOf(lane),
    sale: sold.sale,
    others: salesOf(lane),
    wishes,
    ...(isUnverified && { isUnverified: true }),
    terms: {
      businessDate: headerOf(lane).businessDate,
      returnDaysOf: (sku) => returnDaysOf(itemsBySku.get(sku), policy),
      refundToOf: refundToOf(lane),
      ...(policy.bundles === 'reprice' && { reprice: repriceRestOf(sold.sale, restFactsOf(lane)) }),
    },
    itemNameOf: (sku) => itemsBySku.get(sku)?.name,
    taxNameOf: (taxClass) => taxClasses.get(taxClass)?.name,
  });
}

/** The catalogue of a scenario keeps every version that it ever had: one of each promotion. */
const restFactsOf = ({ shop: { promotions, itemsBySku, settings } }: Lane): RestFacts => ({
  ruleOf: (promotionId, version) =>
    promotions.promotions.find(({ rule }) => rule.promotionId === promotionId && rule.version === version)?.rule,
  itemOf: (sku) => itemsBySku.get(sku),
  ...(settings.promotionPolicy !== undefined && { policy: settings.promotionPolicy }),
});

/** All sales of the lane, as who asks about returns reads them. */
export const salesOf = (lane: Lane): Lane['sales'][number]['sale'][] => lane.sales.map(({ sale }) => sale);

/** `receipt 1`. */
export function readReceipt(text: string): Result<number, Mistake> {
  const number = /^receipt (\d{1,4})$/.exec(text)?.[1];
  return number === undefined ? mistake('Receipts are numbered as they were printed: receipt 1') : ok(Number(number));
}

export interface PostVoidText {
  readonly receipt: number;
  readonly isDrawerCounted: boolean;
  readonly isTerminalSettled: boolean;
  /** Tenders that the terminal refuses, by their places. */
  readonly inCash: ReadonlySet<number>;
}

export function postVoid(lane: Lane, { receipt, isDrawerCounted, isTerminalSettled, inCash }: PostVoidText): Refusal | undefined {
  const sold = soldWith(lane, receipt);
  if (sold === undefined) return noSuchReceipt(receipt);
  const header = headerOf(lane);
  const cards = new Set([...lane.shop.tenderTypes.values()].filter(({ kind }) => kind === 'card').map(({ tenderType }) => tenderType));
  const { basket } = lane.shopper;
  const cashBack = { places: inCash, rounding: lane.shop.settings.cashRounding };
  const isWaiting = basket.state === 'open' || basket.state === 'suspended';
  const refusal = postVoidRefusal(sold.sale, {
    header,
    isDrawerOpen: !isDrawerCounted,
    isTerminalSettled,
    isCard: (tenderType) => cards.has(tenderType),
    reversed: lane.reversals.get(sold.sale.receiptNumber) ?? new Set(),
    cashBack,
    others: salesOf(lane),
    isReturning: isWaiting && basketLines(basket).some(({ returnOf }) => returnOf?.receiptNumber === sold.sale.receiptNumber),
    authority: authorityOf(lane.shop.people, lane.operator, { scopes: lane.shop.scopes }),
  });
  if (refusal !== undefined) return refusal;
  const undone = sold.sale.lines.map((line) => ({ ...line, amountMinor: 0 - line.amountMinor }));
  const cardBack = uncoveredCard(lane, undone, isWaiting ? basket : undefined);
  if (cardBack !== undefined) return cardBack;
  const entry = postVoidEntry(sold.entry, sold.sale, header, nextReceiptNumber(lane), cashBack);
  if (!stockMovementsOf(entry).ok) lane.broken.push('the goods of a void cannot be read back');
  keepEntry(lane, entry);
  return undefined;
}

/** The terminal gives a tender back: `reverse tender 1 of receipt 1`. */
export const reverseTender =
  (tender: number, receipt: number): Act =>
  (lane) => {
    const sold = soldWith(lane, receipt);
    const paid = sold?.sale.tenders[tender - 1];
    if (sold === undefined) return noSuchReceipt(receipt);
    if (paid === undefined) return { type: 'noSuchTender', detail: { tenderId: String(tender) } };
    const denial = postVoidDenial(sold.sale, authorityOf(lane.shop.people, lane.operator, { scopes: lane.shop.scopes }));
    if (denial !== undefined) return denial;
    const { receiptNumber, currency } = sold.sale;
    const { tenderType, amountMinor } = paid;
    lane.entries.push(tenderReversalEntry(headerOf(lane), { receiptNumber, currency, tender, tenderType, amountMinor: -amountMinor }));
    lane.reversals.set(receiptNumber, new Set([...(lane.reversals.get(receiptNumber) ?? []), tender]));
    return undefined;
  };

/** `void line 1` of what comes back: its receipt's return is set again without it. */
export function voidReturnLine(lane: Lane, lineId: string): { readonly refusal: Refusal | undefined } | undefined {
  const lines = basketLines(lane.shopper.basket);
  const line = lines.find((known) => known.lineId === lineId);
  const receiptNumber = line?.returnOf?.receiptNumber;
  const receipt = lane.sales.findIndex(({ sale }) => sale.receiptNumber === receiptNumber) + 1;
  if (line?.returnTaxes === undefined || receipt === 0 || line.quantity.value === 0) return undefined;
  if (returnedGoods(lane.shopper.basket).length === 0) return undefined;
  const wishes = lines.flatMap((other): readonly ReturnWish[] =>
    other !== line && other.returnTaxes !== undefined && other.returnOf?.receiptNumber === receiptNumber && other.quantity.value < 0
      ? [{ line: other.returnOf?.line ?? 0, quantity: -other.quantity.value, isDefective: other.isDefective === true }]
      : [],
  );
  return { refusal: setReturn(lane, receipt, wishes, line.isUnverified === true) };
}
