/**
 * What becomes of a basket, as ledger entries: a completed sale, a void, an abort, a suspend; and a sale read back out of an
 * entry's fields by whoever holds the ledger. A sale is a fact: it is written once and never recomputed; reading checks
 * that its sums agree with each other, not that today's rules would give them again.
 *
 * Sums, of lines at their net (`netMinorOf`): Σ lines = total (inclusive) or Σ lines + Σ taxes = total (exclusive); per tax class
 * net (+ tax) = Σ its lines; Σ tenders + Σ claims − change = total + rounding. Stock: each sold line moves `stockQuantity` of its SKU out of the store, negative: in.
 */
import { assert, err, ok, type Result } from '@holdfast/base';

import { approvalFields, readSaleApproval, type SaleApproval } from './approval.ts';
import { pointsTakenOf } from './basket-return.ts';
import {
  asksAge,
  basketLines,
  basketTotals,
  findLine,
  isAgeChecked,
  linesWithDeposits,
  type Basket,
  type BasketLine,
  type Cut,
} from './basket.ts';
import { isUntaxedSound, type UntaxedPart } from './benefit-tax.ts';
import { MAX_CASH_STEP_MINOR } from './cash-rounding.ts';
import { PRICE_TYPES, type PriceType } from './catalog.ts';
import { isCertificate } from './exemption.ts';
import { readFields, type FieldReader } from './fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from './ledger.ts';
import { claimsOf, DISCOUNT_KINDS, isReductionSound, netMinorOf, type Claim, type LineDiscount } from './line-discount.ts';
import { addMinor, currencyOf, isUnitPrice, MAX_AMOUNT_MINOR, scaleRounded, type UnitPrice } from './money.ts';
import { isNature, NATURES, type Nature } from './nature.ts';
import type { Reward } from './promotions/rule.ts';
import {
  isQuantityInRange,
  isUnit,
  MAX_QUANTITY,
  quantityOutOfRange,
  type Quantity,
  type QuantityOutOfRange,
  type Unit,
} from './quantity.ts';
import { isReturnSound, readReturnColumns, returnFields } from './return-columns.ts';
import { classKey, isTaxed, soldTaxRows, taxedMinorOf, type ReturnColumns, type TaxRow } from './return-line.ts';
import type { PointsTaken } from './return-points.ts';
import { MAX_RATE_BPS, MAX_RATE_PPM } from './tax-rule.ts';
import type { ComponentAmount } from './tax.ts';
import { ACCOUNT_KINDS } from './tender-type.ts';
import { isReference, MAX_REFERENCE_LENGTH, type Tender } from './tender.ts';

export interface SaleLine extends ReturnColumns, UntaxedPart {
  readonly sku: string;
  readonly code?: string;
  readonly quantity: Quantity;
  readonly unitPrice: UnitPrice;
  readonly priceType: PriceType;
  readonly reason?: string;
  /** Quantity × unit price; `netMinorOf` is what is left of it. */
  readonly amountMinor: number;
  /** Absent where nothing was taken off. */
  readonly discounts?: readonly LineDiscount[];
  readonly taxClass: string;
  readonly taxRateBps: number;
  /** What the catalogue asked where the price was overridden. */
  readonly cataloguePrice?: UnitPrice;
  /** Who approved the price, or the return without a receipt; opaque. */
  readonly approvedBy?: string;
  /** Leaves the store, in steps of the quantity's unit; negative: comes back; 0 in entries that sell nothing. */
  readonly stockQuantity: number;
  readonly serial?: string;
  readonly batch?: string;
  /** The minimum age that was confirmed for this line. */
  readonly ageCheckedYears?: number;
  readonly text?: string;
  /** Of what is no goods. */
  readonly nature?: Nature;
  /** The card, deposit or account that it is about. */
  readonly natureReference?: string;
  /** Taken off what the scale showed, in steps of the quantity's unit; the quantity is net. */
  readonly tare?: number;
  /** Of a deposit: where its goods stand among the lines, from 0. */
  readonly depositOf?: number;
}

/** A tax of a class; where the class has several, one row for each, with the net of the class in every one. */
export interface SaleTax {
  readonly taxClass: string;
  /** Of the class, as its lines carry it. */
  readonly rateBps: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly component?: ComponentAmount;
}

/** What all entries about a basket hold. */
export interface BasketRecord extends LedgerHeader {
  readonly basketId: string;
  readonly currency: string;
  /** An empty epoch and LSN 0 where the basket never had a line. */
  readonly cut: Cut;
  readonly lines: readonly SaleLine[];
  readonly totalMinor: number;
}

export interface Sale extends BasketRecord {
  readonly receiptNumber: string;
  readonly taxInclusive: boolean;
  readonly taxes: readonly SaleTax[];
  readonly tenders: readonly Tender[];
  readonly changeMinor: number;
  readonly externalReference?: string;
  /** Cash rounding, beside the total and its taxes; absent where it is 0. */
  readonly roundingMinor?: number;
  /** The certificate of a customer who owed no tax. */
  readonly exemption?: string;
  /** Absent where nothing needed one. */
  readonly approvals?: readonly SaleApproval[];
  /** The promotions that took something or gave a reward; absent where none did. */
  readonly promotions?: readonly SalePromotion[];
  /** What third parties pay of the total; absent where they pay nothing. */
  readonly claims?: readonly Claim[];
  /** An opaque id. */
  readonly customer?: string;
  readonly rewards?: readonly SaleReward[];
  /** What the customer earned by the store's rule; absent where it is 0. */
  readonly points?: number;
  /** By goods that came back, of what their sales had earned; absent where they took nothing. */
  readonly pointsTaken?: readonly PointsTaken[];
  /** The receipt of the sale that this one undoes, whole. */
  readonly postVoidOf?: string;
}

/** The version of a promotion that a sale used, and how often. */
export interface SalePromotion {
  readonly promotionId: string;
  readonly version: string;
  readonly uses: number;
}

export interface SaleReward {
  readonly promotionId: string;
  readonly times: number;
  readonly reward: Reward;
}

export interface SaleFacts {
  readonly receiptNumber: string;
  readonly externalReference?: string;
  /** What its customer earns; not 0 without one. */
  readonly points?: number;
}

/** `quantity` leaves the store, in steps of `unit`; negative: comes in. */
export interface StockMovement {
  readonly sku: string;
  readonly quantity: number;
  readonly unit: Unit;
}

export interface StockAdjustment extends LedgerHeader {
  readonly reason: string;
  readonly movements: readonly StockMovement[];
  readonly externalReference?: string;
}

/** An entry that does not hold what its kind says; `field` names the first column at fault. */
export interface MalformedEntry {
  readonly type: 'malformedEntry';
  readonly detail: { readonly field: string; readonly expected: string };
}

/** A sale whose figures do not agree with each other. */
export interface SumMismatch {
  readonly type: 'sumMismatch';
  readonly detail: {
    readonly rule: 'lines' | 'discounts' | 'untaxed' | 'returns' | 'claims' | 'taxClass' | 'tax' | 'tenders';
    readonly expectedMinor: number;
    readonly actualMinor: number;
  };
}

export type AdjustmentRefusal =
  | QuantityOutOfRange
  | { readonly type: 'quantityZero'; readonly detail: { readonly sku: string; readonly name: string } };

/** `<lane>-<first 4 hex digits of the epoch>-<counter, at least 6 digits>`: gap-free per device and epoch. */
export function formatReceiptNumber(lane: string, epoch: string, counter: number): string {
  assert(Number.isSafeInteger(counter) && counter > 0, 'receipts are counted from 1');
  assert(/^[0-9a-f]{4}/.test(epoch), 'an epoch begins with 4 hex digits');
  return `${lane}-${epoch.slice(0, 4)}-${String(counter).padStart(6, '0')}`;
}

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
    tenders: tenders.map(tenderFields),
    changeMinor,
    ...(facts.externalReference !== undefined && { externalReference: facts.externalReference }),
    ...(roundingMinor !== undefined && { roundingMinor }),
    ...promotionFields(basket),
    ...(facts.points !== undefined && facts.points !== 0 && { points: facts.points }),
    ...(pointsTaken.length > 0 && { pointsTaken: pointsTaken.map(({ customer, points }) => ({ customer, points })) }),
    ...(approvals.length > 0 && { approvals }),
    ...(basket.exemption !== null && { exemption: basket.exemption }),
  };
  return { kind: LEDGER_KINDS.sale.kind, fields };
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
  const gone = linesWithDeposits(basket, line);
  const totals = { totalMinor: gone.reduce((sum, row) => addMinor(sum, netMinorOf(row)), 0), movesStock: false };
  const fields = { ...basketFields(basket, header, gone, totals), ...(approvedBy !== undefined && { approvedBy }) };
  return { kind: LEDGER_KINDS.lineVoid.kind, fields };
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

export const suspendEntry = (basket: Basket, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.suspend.kind,
  fields: unsoldFields(basket, header),
});

export const resumeEntry = (basketId: string, header: LedgerHeader): LedgerEntry => ({
  kind: LEDGER_KINDS.resume.kind,
  fields: { ...headerFields(header), basketId },
});

/** The entry for goods that came or went without a sale. A movement of 0 or out of range is refused, and nothing is written. */
export function stockAdjustmentEntry(
  header: LedgerHeader,
  adjustment: Omit<StockAdjustment, keyof LedgerHeader>,
): Result<LedgerEntry, AdjustmentRefusal> {
  for (const { sku, quantity } of adjustment.movements) {
    if (quantity === 0) return err({ type: 'quantityZero', detail: { sku, name: sku } });
    if (!isQuantityInRange(quantity)) return err(quantityOutOfRange());
  }
  const fields: Fields = {
    ...headerFields(header),
    ...(adjustment.externalReference !== undefined && { externalReference: adjustment.externalReference }),
    reason: adjustment.reason,
    movements: adjustment.movements.map(({ sku, quantity, unit }) => ({ sku, quantity, unit })),
  };
  return ok({ kind: LEDGER_KINDS.stockAdjustment.kind, fields });
}

export const headerFields = ({ businessDate, shift, drawer, operator, training }: LedgerHeader): Fields => ({
  businessDate,
  shift,
  drawer,
  operator,
  training,
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

const lineFields = (basket: Basket, line: BasketLine, movesStock: boolean): Fields => ({
  sku: line.sku,
  ...(line.code !== undefined && { code: line.code }),
  quantity: line.quantity.value,
  unit: line.quantity.unit,
  unitPriceAmount: line.unitPrice.amount,
  unitPriceDecimals: line.unitPrice.decimals,
  priceType: line.priceType,
  ...(line.reason !== undefined && { reason: line.reason }),
  amountMinor: line.amountMinor,
  taxClass: line.tax.taxClass,
  taxRateBps: line.tax.rateBps,
  stockQuantity: movesStock && line.nature === undefined ? line.quantity.value : 0,
  ...(line.serial !== undefined && { serial: line.serial }),
  ...(line.batch !== undefined && { batch: line.batch }),
  ...(asksAge(line) && isAgeChecked(basket, line) && line.minimumAgeYears !== undefined && { ageCheckedYears: line.minimumAgeYears }),
  ...(line.text !== undefined && { text: line.text }),
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
});

const discountFields = ({ kind, reference, amountMinor, funding, coupon, reason, approvedBy }: LineDiscount): Fields => ({
  kind,
  reference,
  amountMinor,
  ...(funding !== undefined && { funding }),
  ...(coupon !== undefined && { coupon }),
  ...(reason !== undefined && { reason }),
  ...(approvedBy !== undefined && { approvedBy }),
});

function readDiscount(read: FieldReader): LineDiscount {
  const funding = read.optionalText('funding');
  const coupon = read.optionalText('coupon');
  const reason = read.optionalText('reason');
  const approvedBy = read.optionalText('approvedBy');
  const kind = read.text('kind');
  if (funding !== undefined && funding !== 'thirdParty') read.fail('funding', 'thirdParty', undefined);
  return {
    kind: DISCOUNT_KINDS.find((known) => known === kind) ?? read.fail('kind', DISCOUNT_KINDS.join(' or '), 'manual' as const),
    reference: read.text('reference'),
    amountMinor: readAmountMinor(read, 'amountMinor'),
    ...(coupon !== undefined && { coupon }),
    ...(funding !== undefined && { funding: 'thirdParty' }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  };
}

const tenderFields = ({
  tenderType,
  amountMinor,
  tipMinor,
  cashBackMinor,
  forfeitedMinor,
  foreign,
  reference,
  account,
  points,
}: Tender): Fields => ({
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
});

function readTender(read: FieldReader): Tender {
  const amountMinor = readAmountMinor(read, 'amountMinor');
  // Below 0 where a sale is undone.
  const besides = (name: string): number | undefined =>
    read.optionalInt(name, amountMinor < 0 ? -MAX_AMOUNT_MINOR : 0, amountMinor < 0 ? 0 : MAX_AMOUNT_MINOR);
  const tipMinor = besides('tipMinor');
  const cashBackMinor = besides('cashBackMinor');
  const forfeitedMinor = besides('forfeitedMinor');
  const currency = read.optionalText('foreignCurrency');
  const foreign = currency === undefined ? undefined : readForeign(read, currency, amountMinor < 0);
  const reference = read.optionalText('reference');
  if (reference !== undefined && !isReference(reference))
    read.fail('reference', `at most ${MAX_REFERENCE_LENGTH} printable characters`, '');
  const accountText = read.optionalText('account');
  const account = ACCOUNT_KINDS.find((known) => known === accountText);
  if (accountText !== account) read.fail('account', ACCOUNT_KINDS.join(' or '), '');
  const points = read.optionalInt('points', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR);
  if ((account === 'points') !== (points !== undefined)) read.fail('points', 'there where account is points', 0);
  if (account !== undefined && reference === undefined) read.fail('reference', 'there where account is', '');
  return {
    tenderType: read.text('tenderType'),
    amountMinor,
    ...(tipMinor !== undefined && { tipMinor }),
    ...(cashBackMinor !== undefined && { cashBackMinor }),
    ...(forfeitedMinor !== undefined && { forfeitedMinor }),
    ...(foreign !== undefined && { foreign }),
    ...(reference !== undefined && { reference }),
    ...(account !== undefined && { account }),
    ...(points !== undefined && { points }),
  };
}

function readForeign(read: FieldReader, currency: string, isUndone: boolean): NonNullable<Tender['foreign']> {
  if (currencyOf(currency) === undefined) read.fail('foreignCurrency', 'a currency that this build knows', '');
  const rate: UnitPrice = { amount: read.int('foreignRateAmount', 1), decimals: read.int('foreignRateDecimals') };
  if (!isUnitPrice(rate)) read.fail('foreignRateAmount', 'a rate of at most 10^12 with 0 to 6 decimals', 0);
  const [least, most] = isUndone ? [-MAX_AMOUNT_MINOR, -1] : [1, MAX_AMOUNT_MINOR];
  return { currency, amountMinor: read.int('foreignAmountMinor', least, most), rate };
}

export function readHeader(read: FieldReader): LedgerHeader {
  const businessDate = read.text('businessDate');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(businessDate)) read.fail('businessDate', 'YYYY-MM-DD', '');
  return {
    businessDate,
    shift: read.int('shift', 0),
    drawer: read.text('drawer'),
    operator: read.text('operator'),
    training: read.bool('training'),
  };
}

const readAmountMinor = (read: FieldReader, name: string): number => read.int(name, -2 * MAX_AMOUNT_MINOR, 2 * MAX_AMOUNT_MINOR);

function readUnit(read: FieldReader): Unit {
  const unit = read.text('unit');
  return isUnit(unit) ? unit : read.fail('unit', 'a unit of the quantity table', 'piece');
}

function readCataloguePrice(read: FieldReader): UnitPrice | undefined {
  const amount = read.optionalInt('cataloguePriceAmount');
  const decimals = read.optionalInt('cataloguePriceDecimals');
  if (amount === undefined && decimals === undefined) return undefined;
  const price: UnitPrice = { amount: amount ?? 0, decimals: decimals ?? 0 };
  if (amount === undefined || decimals === undefined || !isUnitPrice(price)) {
    return read.fail('cataloguePriceAmount', 'a price of at most 10^12, with its 0 to 6 decimals', undefined);
  }
  return price;
}

function readSaleLine(read: FieldReader): SaleLine {
  const code = read.optionalText('code');
  const reason = read.optionalText('reason');
  const serial = read.optionalText('serial');
  const batch = read.optionalText('batch');
  const ageCheckedYears = read.optionalInt('ageCheckedYears', 0, 150);
  const text = read.optionalText('text');
  const discounts = read.optionalList('discounts', readDiscount);
  const natureText = read.optionalText('nature');
  // Another word may be money that is no revenue: an entry that nobody can book is set aside, not guessed at.
  const nature = natureText === undefined || isNature(natureText) ? natureText : read.fail('nature', NATURES.join(' or '), undefined);
  const natureReference = read.optionalText('natureReference');
  const approvedBy = read.optionalText('approvedBy');
  const cataloguePrice = readCataloguePrice(read);
  const tare = read.optionalInt('tare', 1, MAX_QUANTITY);
  const depositOf = read.optionalInt('depositOf', 0);
  const untaxedMinor = read.optionalInt('untaxedMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR);
  const unitPrice: UnitPrice = { amount: read.int('unitPriceAmount'), decimals: read.int('unitPriceDecimals') };
  if (!isUnitPrice(unitPrice)) read.fail('unitPriceAmount', 'a price of at most 10^12 with 0 to 6 decimals', 0);
  const priceTypeText = read.text('priceType');
  const priceType = PRICE_TYPES.find((type) => type === priceTypeText) ?? read.fail('priceType', 'a price type', 'regular' as const);
  return {
    sku: read.text('sku'),
    ...(code !== undefined && { code }),
    quantity: { value: read.int('quantity', -MAX_QUANTITY, MAX_QUANTITY), unit: readUnit(read) },
    unitPrice,
    priceType,
    ...(reason !== undefined && { reason }),
    amountMinor: readAmountMinor(read, 'amountMinor'),
    taxClass: read.text('taxClass'),
    taxRateBps: read.int('taxRateBps', 0, MAX_RATE_BPS),
    stockQuantity: read.int('stockQuantity', -MAX_QUANTITY, MAX_QUANTITY),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(ageCheckedYears !== undefined && { ageCheckedYears }),
    ...(text !== undefined && { text }),
    ...(discounts !== undefined && { discounts }),
    ...(nature !== undefined && { nature }),
    ...(natureReference !== undefined && { natureReference }),
    ...readReturnColumns(read),
    ...(approvedBy !== undefined && { approvedBy }),
    ...(cataloguePrice !== undefined && { cataloguePrice }),
    ...(tare !== undefined && { tare }),
    ...(depositOf !== undefined && { depositOf }),
    ...(untaxedMinor !== undefined && { untaxedMinor }),
  };
}

function readBasketColumns(read: FieldReader): BasketRecord {
  const currency = read.text('currency');
  if (currencyOf(currency) === undefined) read.fail('currency', 'a currency that this build knows', '');
  const lines = read.list('lines', readSaleLine);
  // Goods have no goods of their own: a deposit's are the line that a shopper bought.
  const isPlaced = ({ depositOf }: SaleLine): boolean =>
    depositOf === undefined || (depositOf < lines.length && lines[depositOf]?.depositOf === undefined);
  if (!lines.every(isPlaced)) read.fail('lines.depositOf', 'the place of the goods among the lines', undefined);
  return {
    ...readHeader(read),
    basketId: read.text('basketId'),
    currency,
    cut: { hubEpoch: read.text('cutHubEpoch'), lsn: read.int('cutLsn', 0) },
    lines,
    totalMinor: read.int('totalMinor'),
  };
}

/** What was read, or the first fault on the way. */
export function finished<T>(read: FieldReader, value: T): Result<T, MalformedEntry> {
  const fault = read.fault();
  return fault === undefined ? ok(value) : err({ type: 'malformedEntry', detail: { field: fault.field, expected: fault.expected } });
}

function readSaleTax(row: FieldReader): SaleTax {
  const component = row.optionalText('component');
  const ratePpm = row.optionalInt('ratePpm', 0, MAX_RATE_PPM);
  const baseMinor = row.optionalInt('baseMinor');
  if ((ratePpm === undefined) !== (baseMinor === undefined)) row.fail('baseMinor', 'there where ratePpm is', undefined);
  if (component === undefined && ratePpm !== undefined) row.fail('component', 'there where ratePpm is', undefined);
  return {
    taxClass: row.text('taxClass'),
    rateBps: row.int('rateBps', 0, MAX_RATE_BPS),
    netMinor: row.int('netMinor'),
    taxMinor: row.int('taxMinor'),
    ...(component !== undefined && {
      component: { component, ...(ratePpm !== undefined && { ratePpm }), ...(baseMinor !== undefined && { baseMinor }) },
    }),
  };
}

const readSalePromotion = (row: FieldReader): SalePromotion => ({
  promotionId: row.text('promotionId'),
  version: row.text('version'),
  uses: row.int('uses', 0),
});

const readPointsTaken = (row: FieldReader): PointsTaken => ({
  customer: row.text('customer'),
  points: row.int('points', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
});

const readClaim = (row: FieldReader): Claim => ({ code: row.text('code'), amountMinor: readAmountMinor(row, 'amountMinor') });

function readSaleReward(row: FieldReader): SaleReward {
  const promotionId = row.text('promotionId');
  const times = row.int('times', 1);
  const type = row.text('type');
  switch (type) {
    case 'points':
      return { promotionId, times, reward: { type, points: row.int('points', 1) } };
    case 'gift':
      return { promotionId, times, reward: { type, sku: row.text('sku'), pieces: row.int('pieces', 1) } };
    case 'nextCoupon':
      return { promotionId, times, reward: { type, code: row.text('code') } };
    case 'rebate':
      return { promotionId, times, reward: { type, amountMinor: row.int('amountMinor', 1, MAX_AMOUNT_MINOR) } };
    default:
      return row.fail('type', 'points, gift, nextCoupon or rebate', { promotionId, times, reward: { type: 'points', points: 1 } });
  }
}

/** A completed sale out of its entry's fields: each column of its type and in range, and the sums of the module's head. */
export function readSale(fields: Fields): Result<Sale, MalformedEntry | SumMismatch> {
  const sale = readSaleColumns(fields);
  if (!sale.ok) return sale;
  const mismatch = findSumMismatch(sale.value);
  return mismatch === undefined ? sale : err(mismatch);
}

/** The columns alone: what they say happened, whether or not their sums agree. */
export function readSaleColumns(fields: Fields): Result<Sale, MalformedEntry> {
  const read = readFields(fields);
  const externalReference = read.optionalText('externalReference');
  // No rounding is as large as its step: more than that would be money under another name.
  const roundingMinor = read.optionalInt('roundingMinor', 1 - MAX_CASH_STEP_MINOR, MAX_CASH_STEP_MINOR - 1);
  const promotions = read.optionalList('promotions', readSalePromotion);
  const approvals = read.optionalList('approvals', readSaleApproval);
  const exemption = read.optionalText('exemption');
  if (exemption !== undefined && !isCertificate(exemption)) read.fail('exemption', 'the number of a certificate', undefined);
  const claims = read.optionalList('claims', readClaim);
  const customer = read.optionalText('customer');
  const rewards = read.optionalList('rewards', readSaleReward);
  const points = read.optionalInt('points', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR);
  if (points !== undefined && customer === undefined) read.fail('points', 'there where customer is', 0);
  const pointsTaken = read.optionalList('pointsTaken', readPointsTaken);
  const postVoidOf = read.optionalText('postVoidOf');
  const sale: Sale = {
    ...readBasketColumns(read),
    receiptNumber: read.text('receiptNumber'),
    taxInclusive: read.bool('taxInclusive'),
    taxes: read.list('taxes', readSaleTax),
    tenders: read.list('tenders', readTender),
    changeMinor: readAmountMinor(read, 'changeMinor'),
    ...(externalReference !== undefined && { externalReference }),
    ...(roundingMinor !== undefined && { roundingMinor }),
    ...(promotions !== undefined && { promotions }),
    ...(approvals !== undefined && { approvals }),
    ...(exemption !== undefined && { exemption }),
    ...(claims !== undefined && { claims }),
    ...(customer !== undefined && { customer }),
    ...(rewards !== undefined && { rewards }),
    ...(points !== undefined && { points }),
    ...(pointsTaken !== undefined && { pointsTaken }),
    ...(postVoidOf !== undefined && { postVoidOf }),
  };
  return finished(read, sale);
}

/** An entry about a basket that sold nothing (line void, void, abort, suspend) out of its fields. */
export function readBasketRecord(fields: Fields): Result<BasketRecord, MalformedEntry> {
  const read = readFields(fields);
  return finished(read, readBasketColumns(read));
}

/** A stock adjustment out of its entry's fields. */
export function readStockAdjustment(fields: Fields): Result<StockAdjustment, MalformedEntry> {
  const read = readFields(fields);
  const externalReference = read.optionalText('externalReference');
  return finished(read, {
    ...readHeader(read),
    reason: read.text('reason'),
    movements: read.list('movements', (row) => ({
      sku: row.text('sku'),
      quantity: row.int('quantity', -MAX_QUANTITY, MAX_QUANTITY),
      unit: readUnit(row),
    })),
    ...(externalReference !== undefined && { externalReference }),
  });
}

/** Rates of components are parts per million. */
const PPM = 1_000_000;

const mismatchOf = (rule: SumMismatch['detail']['rule'], expectedMinor: number, actualMinor: number): SumMismatch | undefined =>
  expectedMinor === actualMinor ? undefined : { type: 'sumMismatch', detail: { rule, expectedMinor, actualMinor } };

/** Sums come from elsewhere here: a list long enough to leave the safe integers compares unequal instead of throwing. */
const sumOf = <T>(rows: readonly T[], amountOf: (row: T) => number): number => rows.reduce((sum, row) => sum + amountOf(row), 0);

function findSumMismatch(sale: Sale): SumMismatch | undefined {
  const mismatch = findReductionMismatch(sale);
  if (mismatch !== undefined) return mismatch;
  const linesMinor = sumOf(sale.lines, netMinorOf);
  const taxMinor = sumOf(sale.taxes, (tax) => tax.taxMinor);
  const claimsMinor = sumOf(sale.claims ?? [], (claim) => claim.amountMinor);
  const expectedTotal = sale.taxInclusive ? linesMinor : linesMinor + taxMinor;
  return (
    mismatchOf('lines', expectedTotal, sale.totalMinor) ??
    mismatchOf(
      'tenders',
      sale.totalMinor + (sale.roundingMinor ?? 0),
      sumOf(sale.tenders, (tender) => tender.amountMinor) + claimsMinor - sale.changeMinor,
    ) ??
    findTaxMismatch(sale)
  );
}

/** A discount that is taken back has no amount that it could be taken off. */
const isTakenBack = ({ returnTaxes, quantity }: SaleLine): boolean => returnTaxes !== undefined && quantity.value === 0;

/** No line is taken past 0, no return pays for what it takes, and third parties are claimed what the shares say, coupon by coupon. */
function findReductionMismatch(sale: Sale): SumMismatch | undefined {
  for (const line of sale.lines) {
    if (!isReturnSound(line)) return { type: 'sumMismatch', detail: { rule: 'returns', expectedMinor: 0, actualMinor: line.amountMinor } };
    const untaxedMinor = line.untaxedMinor ?? 0;
    if (!isUntaxedSound(untaxedMinor, netMinorOf(line))) return mismatchOf('untaxed', netMinorOf(line), untaxedMinor);
    if (line.discounts === undefined || isTakenBack(line)) continue;
    if (!Number.isSafeInteger(sumOf(line.discounts, ({ amountMinor }) => Math.abs(amountMinor))) || !isReductionSound(line)) {
      const actualMinor = sumOf(line.discounts, ({ amountMinor }) => amountMinor);
      return { type: 'sumMismatch', detail: { rule: 'discounts', expectedMinor: -line.amountMinor, actualMinor } };
    }
  }
  const shares = new Map(claimsOf(sale.lines).map(({ code, amountMinor }) => [code, amountMinor]));
  for (const { code, amountMinor } of sale.claims ?? []) {
    const mismatch = mismatchOf('claims', shares.get(code) ?? 0, amountMinor);
    if (mismatch !== undefined) return mismatch;
    shares.delete(code);
  }
  const unclaimed = [...shares.values()].at(0);
  return unclaimed === undefined ? undefined : mismatchOf('claims', unclaimed, 0);
}

/**
 * The taxes of a class cover exactly its lines, each line has its class, and what is untaxed of it the class without a rate. A tax itself may differ from the exact one by the
 * rounding of each line, so that this reader also takes sales of lanes that round by line.
 */
function findTaxMismatch(sale: Sale): SumMismatch | undefined {
  const groups = new Map<string, { amountMinor: number; soldMinor: number; lines: number }>();
  const soldRows = soldTaxRows(sale);
  for (const line of sale.lines) {
    const isSold = line.returnTaxes === undefined;
    const add = (rateBps: number, amountMinor: number): void => {
      const key = classKey(line.taxClass, rateBps);
      const group = groups.get(key) ?? { amountMinor: 0, soldMinor: 0, lines: 0 };
      groups.set(key, {
        amountMinor: group.amountMinor + amountMinor,
        soldMinor: group.soldMinor + (isSold ? amountMinor : 0),
        lines: group.lines + (isSold ? 1 : 0),
      });
    };
    if (isTaxed(line)) add(line.taxRateBps, taxedMinorOf(line));
    if (line.untaxedMinor !== undefined && line.untaxedMinor !== 0) add(0, line.untaxedMinor);
  }
  for (const [key, taxes] of Map.groupBy(sale.taxes, ({ taxClass, rateBps }) => classKey(taxClass, rateBps))) {
    const group = groups.get(key) ?? { amountMinor: 0, soldMinor: 0, lines: 0 };
    groups.delete(key);
    const sets = taxSets(taxes);
    const netMinor = sumOf(sets, ([first]) => first?.netMinor ?? 0);
    const taxMinor = sumOf(taxes, (tax) => tax.taxMinor);
    const mismatch =
      mismatchOf('taxClass', group.amountMinor, sale.taxInclusive ? netMinor + taxMinor : netMinor) ??
      findNetMismatch(sets) ??
      findRateMismatch(sale, group, soldRows.get(key) ?? []);
    if (mismatch !== undefined) return mismatch;
  }
  const uncovered = [...groups.values()].at(0);
  return uncovered === undefined
    ? undefined
    : { type: 'sumMismatch', detail: { rule: 'taxClass', expectedMinor: uncovered.amountMinor, actualMinor: 0 } };
}

/**
 * The taxes that were charged on the same lines. One class has several such sets where it changed while the basket was open
 * (at midnight, or from one place to eat to the other) and its rate in all did not.
 */
function taxSets(taxes: readonly SaleTax[]): readonly (readonly SaleTax[])[] {
  const sets: SaleTax[][] = [];
  const seen = new Set<string>();
  for (const tax of taxes) {
    const set = sets.at(-1);
    const component = tax.component?.component;
    if (set?.[0]?.component === undefined || component === undefined || seen.has(component) || set[0].netMinor !== tax.netMinor) {
      sets.push([tax]);
      seen.clear();
    } else set.push(tax);
    if (component !== undefined) seen.add(component);
  }
  return sets;
}

function findNetMismatch(sets: readonly (readonly SaleTax[])[]): SumMismatch | undefined {
  for (const set of sets) {
    const netMinor = set[0]?.netMinor ?? 0;
    const other = set.find((tax) => tax.netMinor !== netMinor);
    if (other !== undefined) return mismatchOf('taxClass', netMinor, other.netMinor);
  }
  return undefined;
}

/**
 * A plain class against its lines, a component against its own base: each within the rounding of every line. What comes back of other
 * sales holds its own taxes, and is not among these.
 */
function findRateMismatch(
  sale: Sale,
  group: { readonly soldMinor: number; readonly lines: number },
  taxes: readonly TaxRow[],
): SumMismatch | undefined {
  for (const { component, ratePpm, baseMinor, taxMinor, rateBps } of taxes) {
    if (![group.soldMinor, baseMinor ?? 0, taxMinor].every(Number.isSafeInteger)) {
      return { type: 'sumMismatch', detail: { rule: 'taxClass', expectedMinor: 0, actualMinor: taxMinor } };
    }
    if (component === undefined) {
      const exactMinor = scaleRounded(group.soldMinor, rateBps, sale.taxInclusive ? 10_000 + rateBps : 10_000, 'half-up') ?? 0;
      if (Math.abs(taxMinor - exactMinor) > group.lines) return mismatchOf('tax', exactMinor, taxMinor);
    } else if (ratePpm !== undefined && baseMinor !== undefined) {
      const exactMinor = scaleRounded(baseMinor, ratePpm, PPM, 'half-up') ?? 0;
      // The base that is written is the sum of rounded amounts, the exact base is off by at most half a minor unit for each of them.
      const roundings = group.lines * (taxes.length + 1);
      const tolerance = group.lines + (scaleRounded(roundings, ratePpm, PPM, 'up') ?? 0);
      if (Math.abs(taxMinor - exactMinor) > tolerance) return mismatchOf('tax', exactMinor, taxMinor);
    }
  }
  return undefined;
}

/**
 * What an entry moved in its store; nothing for kinds that move nothing and for training. A sale whose sums disagree still
 * moved its goods: only columns that cannot be read are refused.
 */
export function stockMovementsOf(entry: LedgerEntry): Result<readonly StockMovement[], MalformedEntry> {
  if (entry.kind === LEDGER_KINDS.stockAdjustment.kind) {
    const adjustment = readStockAdjustment(entry.fields);
    return adjustment.ok ? ok(adjustment.value.training ? [] : adjustment.value.movements) : adjustment;
  }
  if (entry.kind !== LEDGER_KINDS.sale.kind) return ok([]);
  const record = readBasketRecord(entry.fields);
  if (!record.ok) return record;
  if (record.value.training) return ok([]);
  const movements = record.value.lines.map(({ sku, stockQuantity, quantity }) => ({ sku, quantity: stockQuantity, unit: quantity.unit }));
  return ok(movements.filter((movement) => movement.quantity !== 0));
}

/** The key of one SKU's stock in one unit. */
export const stockKey = (sku: string, unit: Unit): string => `${sku}\u001F${unit}`;

/** Adds movements to stock on hand by `stockKey`, in place: what leaves is subtracted. In any order the sums are the same. */
export function foldStock(onHand: Map<string, number>, movements: Iterable<StockMovement>): void {
  for (const { sku, quantity, unit } of movements) {
    const key = stockKey(sku, unit);
    onHand.set(key, addMinor(onHand.get(key) ?? 0, -quantity));
  }
}
