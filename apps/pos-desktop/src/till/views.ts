/** The domain's shapes in the words of the till's contract. Nothing is decided here. */
import { assert } from '@holdfast/base';
import {
  asksAge,
  basketTotals,
  CASH,
  ENTITY_TYPES,
  isAgeChecked,
  minorDigitsOf,
  packOf,
  openAgeCheckYears,
  OUTSIDE_TAX,
  parsePriceKey,
  POINTS,
  refusedRowCount,
  returnPayment,
  shownRateBps,
  type Basket,
  type BasketEvent,
  type BasketLine,
  type BasketRow,
  type ExplainedLine,
  giftsToAskFor,
  type LineDiscount,
  type ManualDiscount,
  type PromotionTerms,
  tenderOffersOf,
  type Tender,
  type TenderType,
  type LedgerHeader,
  type ShiftSums,
  type TaxSum,
  taxNameOf,
  receiptLanguageOf,
  receiptWordsOf,
} from '@holdfast/domain';
import { namedFields } from '@holdfast/sync';

import type {
  BasketHead,
  CompletedSale,
  ExplanationView,
  LineView,
  StorePriceView,
  TenderTypeView,
  TenderView,
  Tile,
  Totals,
  ShiftView,
} from '../shared/till-contract.ts';
import type { CatalogueView, ValuedAttribute } from './catalogue/catalogue.ts';
import type { StoreWish } from './catalogue/store-layer.ts';

export function toLineView(basket: Basket, row: BasketRow): LineView {
  const { lineId, position, kind, name } = row;
  if (row.kind === 'refused') return { lineId, position, kind, code: row.code, name, refusal: row.refusal };
  return {
    lineId,
    position,
    kind,
    sku: row.sku,
    ...(row.code !== undefined && { code: row.code }),
    name: row.text ?? name,
    quantity: row.quantity,
    unitPrice: row.unitPrice,
    ...packView(row, basket.opening.currency),
    priceType: row.priceType,
    ...(row.priceSource === 'synthetic' && { syntheticPrice: true }),
    amountMinor: row.amountMinor,
    taxRateBps: row.tax.rateBps,
    ...(row.discounts !== undefined && { discounts: row.discounts.map(toDiscountView) }),
    ...(asksAge(row) &&
      row.minimumAgeYears !== undefined && { minimumAgeYears: row.minimumAgeYears, ageChecked: isAgeChecked(basket, row) }),
    ...(row.reason !== undefined && { reason: row.reason }),
    ...(row.tare !== undefined && { tare: row.tare }),
    ...(row.depositOf !== undefined && { depositOf: row.depositOf }),
    ...(row.returnOf !== undefined && { returnOf: row.returnOf.receiptNumber }),
    ...(row.serial !== undefined && { serial: row.serial }),
    ...(row.batch !== undefined && { batch: row.batch }),
    ...(row.note !== undefined && { note: row.note }),
    ...(row.isUnverified === true && { unverified: true }),
    ...(row.isUnlisted === true && { unlisted: true }),
  };
}

function packView(line: BasketLine, currency: string): Pick<LineView, 'pack'> {
  const pack = packOf(line, minorDigitsOf(currency));
  return pack === undefined ? {} : { pack };
}

const toDiscountView = ({ name, reason, reference, amountMinor, funding }: LineDiscount): NonNullable<LineView['discounts']>[number] => ({
  name: name ?? reason ?? reference,
  amountMinor,
  ...(funding === 'thirdParty' && { thirdParty: true }),
});

/** Why a line costs what it costs. */
export function toExplanation(
  { line, currency }: { readonly line: BasketLine; readonly currency: string },
  explained: ExplainedLine,
  promotionName: (promotionId: string) => string,
  limits: NonNullable<ExplanationView['limits']> = [],
): ExplanationView {
  const { lineId, setBecause, isChangedSince, prices, amountMinor, discounts, helped, notTaken, netMinor, taxes } = explained;
  return {
    lineId,
    name: line.text ?? line.name,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    ...packView(line, currency),
    priceType: line.priceType,
    ...(setBecause !== undefined && { setBecause }),
    ...(line.approvedBy !== undefined && { approvedBy: line.approvedBy }),
    ...(isChangedSince && { changedSince: true }),
    prices: prices.map(({ price: { price, ...scheduled }, reason }) => ({
      type: scheduled.type,
      unitPrice: price,
      currency: scheduled.currency,
      scope: scheduled.scope,
      priority: scheduled.priority,
      ...(scheduled.fromMs !== undefined && { fromMs: scheduled.fromMs }),
      ...(scheduled.toMs !== undefined && { toMs: scheduled.toMs }),
      ...(scheduled.fromQuantity !== undefined && { fromQuantity: scheduled.fromQuantity }),
      ...(scheduled.customerGroup !== undefined && { customerGroup: scheduled.customerGroup }),
      ...(reason !== undefined && { reason }),
    })),
    amountMinor,
    taken: discounts.map((discount) => ({
      kind: discount.kind,
      ...toDiscountView(discount),
      ...(discount.reason !== undefined && { because: discount.reason }),
      ...(discount.coupon !== undefined && { coupon: discount.coupon }),
      ...(discount.approvedBy !== undefined && { approvedBy: discount.approvedBy }),
    })),
    ...(helped.length > 0 && { helped: helped.map((each) => ({ name: each.name })) }),
    notTaken: notTaken.map((missed) => ({
      name: missed.name,
      reason: missed.reason,
      ...(missed.by !== undefined && { by: promotionName(missed.by) }),
    })),
    ...(limits.length > 0 && { limits: [...limits] }),
    netMinor,
    taxes: taxes.map((tax) => ({ name: tax.name, rateBps: shownRateBps(tax), netMinor: tax.netMinor, taxMinor: tax.taxMinor })),
  };
}

function toTotals(basket: Basket): Totals {
  const totals = basketTotals(basket);
  const { itemCount, subtotalMinor, taxInclusive, taxes, totalMinor, savedMinor, dueMinor, cashDueMinor, suggestedCashMinor } = totals;
  const claimedMinor = totals.claims.reduce((sum, claim) => sum + claim.amountMinor, 0);
  return {
    itemCount,
    subtotalMinor,
    taxInclusive,
    taxes: taxes.map((tax) => ({ name: tax.name, rateBps: shownRateBps(tax), netMinor: tax.netMinor, taxMinor: tax.taxMinor })),
    totalMinor,
    ...(savedMinor !== 0 && { savedMinor }),
    ...(claimedMinor !== 0 && { claimedMinor }),
    dueMinor,
    ...(cashDueMinor !== dueMinor && { cashDueMinor }),
    suggestedCashMinor: [...suggestedCashMinor],
  };
}

/** The store's name for a tender type; its key where the catalogue no longer has it. */
export type TenderName = (tenderType: string) => string;

export const tenderNameOf =
  (view: CatalogueView | undefined): TenderName =>
  (tenderType) =>
    view?.tenderTypes().find((type) => type.tenderType === tenderType)?.name ?? tenderType;

/** `nameOf` absent: the sale was paid in cash alone. */
export function toCompleted(
  basket: Basket,
  { receiptNumber, atMs }: { readonly receiptNumber: string; readonly atMs: number },
  nameOf: TenderName | undefined,
): CompletedSale {
  const { payment } = basket;
  assert(payment !== null, 'a paid basket has its payment');
  const { tenders, changeMinor, roundingMinor } = payment;
  const { totalMinor, savedMinor, claims } = basketTotals(basket);
  const claimedMinor = claims.reduce((sum, claim) => sum + claim.amountMinor, 0);
  return {
    receiptNumber,
    totalMinor,
    ...(claimedMinor !== 0 && { claimedMinor }),
    ...(savedMinor !== 0 && { savedMinor }),
    cashMinor: tenders.reduce((sum, { tenderType, amountMinor }) => (tenderType === CASH.tenderType ? sum + amountMinor : sum), 0),
    ...(nameOf !== undefined && { tenders: tenders.map((tender) => toTenderView(tender, nameOf)) }),
    changeMinor,
    ...(roundingMinor !== undefined && { roundingMinor }),
    atMs,
  };
}

const toTenderView = (
  { tenderType, amountMinor, tipMinor, cashBackMinor, forfeitedMinor, reference, card }: Tender,
  nameOf: TenderName,
): TenderView => ({
  tenderType,
  name: nameOf(tenderType),
  amountMinor,
  ...(tipMinor !== undefined && { tipMinor }),
  ...(cashBackMinor !== undefined && { cashBackMinor }),
  ...(forfeitedMinor !== undefined && { forfeitedMinor }),
  ...(reference !== undefined && { reference }),
  ...(card?.lastFour !== undefined && { card: `${card.brand ?? ''} **** ${card.lastFour}`.trim() }),
});

/** A wish for a price of goods, and what came of it. */
export function toStorePrice(
  { key, values, reason, atMs, status, rule }: StoreWish,
  itemName: (sku: string) => string | undefined,
): StorePriceView {
  const sku = parsePriceKey(key)?.sku ?? key;
  const fields = namedFields(ENTITY_TYPES.price.columns, values);
  const [amount, decimals] = [fields['amount'], fields['decimals']];
  assert(typeof amount === 'number' && typeof decimals === 'number', 'a wish for a price has one');
  const unitPrice = { amount, decimals };
  return { sku, name: itemName(sku) ?? sku, unitPrice, reason, atMs, status, ...(rule !== undefined && { rule }) };
}

export const toTenderTypeView = ({
  tenderType,
  name,
  kind,
  takesTips,
  cashBackMaximumMinor,
  foreign,
  account,
  pointValue,
  isStandAlone,
  asksSignature,
}: TenderType): TenderTypeView => ({
  tenderType,
  name,
  kind,
  takesTips,
  cashBackMaximumMinor,
  ...(foreign !== undefined && { foreign: { currency: foreign.currency, minorDigits: minorDigitsOf(foreign.currency) } }),
  ...(pointValue !== undefined && { foreign: { currency: POINTS, minorDigits: 0 } }),
  asksReference: account !== undefined || isStandAlone === true,
  ...(asksSignature === true && { asksSignature }),
  ...(account !== undefined && { account }),
});

/** What a head says beyond its basket: names out of the catalogue, and promotions for a way to pay. */
export interface HeadContext {
  readonly nameOf: TenderName;
  readonly itemName: (sku: string) => string | undefined;
  /** Absent: no way to pay is promoted. */
  readonly promotions?: PromotionTerms;
}

function toPromotionHead(basket: Basket, { nameOf, itemName, promotions }: HeadContext): Partial<BasketHead> {
  const { coupons, customer, rewards } = basket;
  const receiptLanguage = receiptLanguageOf(basket);
  const used = new Set(basket.promotions.map(({ coupon }) => coupon?.code));
  const gifts = giftsToAskFor(rewards).map(({ name, sku, pieces }) => ({ promotion: name, sku, name: itemName(sku) ?? sku, pieces }));
  const offers = promotions === undefined || basket.state !== 'open' ? [] : tenderOffersOf(basket, promotions);
  return {
    ...(coupons.length > 0 && { coupons: coupons.map(({ code, name }) => ({ code, name: name ?? code, isUsed: used.has(code) })) }),
    ...(customer !== null && { customer: { ...customer, groups: [...customer.groups] } }),
    ...(basket.exemption !== null && { exemption: basket.exemption }),
    ...(basket.service !== undefined && { service: basket.service }),
    ...(receiptLanguage !== undefined && { receiptLanguage }),
    ...(basket.manualDiscounts.length > 0 && { manualDiscounts: basket.manualDiscounts.map(toManualDiscountView) }),
    ...(gifts.length > 0 && { gifts }),
    ...(offers.length > 0 && {
      tenderOffers: offers.map((offer) => ({ ...offer, name: nameOf(offer.tenderType) })),
    }),
  };
}

const toManualDiscountView = ({ discountId, lineId, reason, off }: ManualDiscount): NonNullable<BasketHead['manualDiscounts']>[number] => ({
  discountId,
  ...(lineId !== undefined && { lineId }),
  reason,
  ...(off.type === 'percent' ? { bps: off.bps } : { amountMinor: off.amountMinor }),
});

/** How what is owed goes back, where receipts say who paid. */
function toRefund(basket: Basket, { nameOf }: HeadContext): Pick<BasketHead, 'refund'> {
  const { totalMinor, claims } = basketTotals(basket);
  const payableMinor = claims.reduce((sum, claim) => sum - claim.amountMinor, totalMinor);
  const back = basket.state === 'open' ? returnPayment(basket, payableMinor) : undefined;
  if (back === undefined) return {};
  return { refund: back.tenders.map(({ tenderType, amountMinor }) => ({ name: nameOf(tenderType), amountMinor })) };
}

export function toHead(basket: Basket, completed: CompletedSale | undefined, context: HeadContext): BasketHead {
  const { basketId, currency } = basket.opening;
  const tenders = basket.tenders.map((tender) => ({ tenderId: tender.tenderId, ...toTenderView(tender, context.nameOf) }));
  return {
    basketId,
    currency,
    minorDigits: minorDigitsOf(currency),
    totals: toTotals(basket),
    ageCheckOpen: openAgeCheckYears(basket) > 0,
    refusedRows: refusedRowCount(basket),
    ...(tenders.length > 0 && { tenders }),
    ...toRefund(basket, context),
    ...toPromotionHead(basket, context),
    ...(basket.currentLineId !== null && { currentLineId: basket.currentLineId }),
    ...(completed !== undefined && { completed }),
  };
}

/** Before the first catalogue there is no currency: ISO 4217 has a code for that too. */
export const headWithoutCatalogue = (basketId: string): BasketHead => ({
  basketId,
  currency: 'XXX',
  minorDigits: 2,
  totals: { itemCount: 0, subtotalMinor: 0, taxInclusive: true, taxes: [], totalMinor: 0, dueMinor: 0, suggestedCashMinor: [] },
  ageCheckOpen: false,
  refusedRows: 0,
});

/** Of the rows, what `events` changed on the way to `after`. */
export function changedRows(
  after: Basket,
  events: readonly BasketEvent[],
): { readonly upserted: readonly LineView[]; readonly removedLineIds: readonly string[] } {
  const touched = new Set<string>();
  const removed: string[] = [];
  for (const event of events) {
    if (event.type === 'rowAdded') touched.add(event.row.lineId);
    else if (event.type === 'quantityChanged' || event.type === 'priceOverridden' || event.type === 'lineDescribed')
      touched.add(event.lineId);
    else if (event.type === 'serviceSet') for (const { lineId } of event.taxes) touched.add(lineId);
    else if (event.type === 'repriced') for (const { lineId } of event.lines) touched.add(lineId);
    else if (event.type === 'returnSet') {
      for (const { lineId } of event.lines) touched.add(lineId);
      removed.push(...event.removedLineIds);
    } else if (event.type === 'lineVoided') removed.push(event.lineId);
    else if (event.type === 'refusedCleared') removed.push(...event.lineIds);
    else if (event.type === 'ageConfirmed')
      for (const row of after.rows) if (row.kind === 'item' && row.minimumAgeYears !== undefined) touched.add(row.lineId);
  }
  for (const lineId of removed) touched.delete(lineId);
  const upserted = touched.size === 0 ? [] : after.rows.filter((row) => touched.has(row.lineId)).map((row) => toLineView(after, row));
  return { upserted, removedLineIds: removed };
}

/** Undefined where the item does not exist at the view's cut. */
export function toTile(view: CatalogueView, sku: string, atMs: number): Tile | undefined {
  const item = view.item(sku);
  if (item === undefined) return undefined;
  const settings = view.settings();
  const price = settings.ok ? view.priceAt(sku, atMs, settings.value.currency) : undefined;
  return {
    sku,
    name: item.name,
    ...(item.brand !== undefined && { brand: item.brand }),
    ...(item.plu !== undefined && { plu: item.plu }),
    ...(item.symbol !== undefined && { symbol: item.symbol }),
    ...(item.picture !== undefined && { picture: item.picture }),
    unit: item.unit,
    ...(price !== undefined && { unitPrice: price.price }),
  };
}

export const toAttributeView = ({ name, type, value, unit }: ValuedAttribute): NonNullable<Tile['attributes']>[number] => ({
  name,
  type,
  value,
  ...(unit !== undefined && { unit }),
});

/** What a shift comes to, under the names that the store gives now. What must lie in the drawer is told after it was counted. */
export const toShiftView = (
  { businessDate, shift, drawer, operator, training }: LedgerHeader,
  { sums, perpetualMinor, isOpen }: { readonly sums: ShiftSums; readonly perpetualMinor: number; readonly isOpen: boolean },
  view: CatalogueView | undefined,
): ShiftView => {
  const settings = view?.settings();
  const words = receiptWordsOf(settings?.ok === true ? settings.value.locale : 'en');
  const namesOwn = tenderNameOf(view);
  // Cash that the store has no name for.
  const tenderName = (tenderType: string): string => {
    const name = namesOwn(tenderType);
    return name === CASH.name ? (words.tenders[tenderType] ?? name) : name;
  };
  const taxName = (sum: TaxSum): string => {
    if (sum.taxClass === OUTSIDE_TAX.taxClass) return words.notTaxed;
    const rule = view?.taxRule(sum.taxClass);
    return (rule === undefined ? undefined : taxNameOf(rule, sum)) ?? sum.component ?? sum.taxClass;
  };
  const { currency: _currency, drawerMinor: _drawer, taxes, tenders, terminals = [], ...counts } = sums;
  return {
    ...counts,
    cash: { ...counts.cash },
    shift,
    drawer,
    businessDate,
    operator,
    isOpen,
    ...(training && { training }),
    perpetualMinor,
    taxes: taxes.map((sum) => ({
      name: taxName(sum),
      ...(sum.ratePpm !== undefined && { ratePpm: sum.ratePpm }),
      netMinor: sum.netMinor,
      taxMinor: sum.taxMinor,
    })),
    tenders: tenders.map(({ tenderType, ...sum }) => ({ name: tenderName(tenderType), ...sum })),
    terminals: terminals.map((sum) => ({ ...sum })),
  };
};
