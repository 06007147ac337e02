/** A sale, and what else became of a basket, read back out of an entry's fields by whoever holds the ledger. */
import { err, type Result } from '@holdfast/base';

import { type Claim, DISCOUNT_KINDS, type LineDiscount } from '../basket/line-discount.ts';
import { PRICE_TYPES } from '../catalog/catalog.ts';
import { isNature, NATURES } from '../catalog/nature.ts';
import { MAX_PRICED_UNITS } from '../catalog/pack.ts';
import { type FieldReader, readFields } from '../fields.ts';
import { finished, type MalformedEntry, readHeader } from '../ledger/entry-header.ts';
import type { Fields } from '../ledger/ledger.ts';
import { MAX_CASH_STEP_MINOR } from '../money/cash-rounding.ts';
import { currencyOf, isUnitPrice, MAX_AMOUNT_MINOR, type UnitPrice } from '../money/money.ts';
import { isUnit, MAX_QUANTITY, type Unit } from '../money/quantity.ts';
import { readSaleApproval } from '../people/approval.ts';
import { readReturnColumns } from '../returns/return-columns.ts';
import type { PointsTaken } from '../returns/return-points.ts';
import { isCertificate } from '../tax/exemption.ts';
import { MAX_RATE_BPS, MAX_RATE_PPM, SERVICES } from '../tax/tax-rule.ts';
import { readCardPayment } from '../tender/card-payment.ts';
import { ACCOUNT_KINDS } from '../tender/tender-type.ts';
import { isReference, MAX_REFERENCE_LENGTH, type Tender } from '../tender/tender.ts';
import { findSumMismatch, type SumMismatch } from './sale-mismatch.ts';
import type { BasketRecord, Sale, SaleLine, SalePromotion, SaleReward, SaleTax } from './sale.ts';

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
  const serviceText = read.optionalText('service');
  // Another word is a later build's: the taxes say what it came to.
  const service = SERVICES.find((known) => known === serviceText);
  const undonePromotions = read.optionalList('undonePromotions', readSalePromotion);
  if (undonePromotions !== undefined && postVoidOf === undefined) read.fail('postVoidOf', 'there where undonePromotions are', '');
  const sale: Sale = {
    ...readBasketColumns(read),
    receiptNumber: read.text('receiptNumber'),
    taxInclusive: read.bool('taxInclusive'),
    taxes: read.list('taxes', readSaleTax),
    tenders: read.list('tenders', readTender),
    changeMinor: readAmountMinor(read, 'changeMinor'),
    ...(externalReference !== undefined && { externalReference }),
    ...(service !== undefined && { service }),
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
    ...(undonePromotions !== undefined && { undonePromotions }),
  };
  return finished(read, sale);
}

/** An entry about a basket that sold nothing (line void, void, abort, suspend) out of its fields. */
export function readBasketRecord(fields: Fields): Result<BasketRecord, MalformedEntry> {
  const read = readFields(fields);
  return finished(read, readBasketColumns(read));
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

function readSaleLine(read: FieldReader): SaleLine {
  const code = read.optionalText('code');
  const reason = read.optionalText('reason');
  const serial = read.optionalText('serial');
  const batch = read.optionalText('batch');
  const note = read.optionalText('note');
  const ageCheckedYears = read.optionalInt('ageCheckedYears', 0, 150);
  const ageMethod = read.optionalText('ageMethod');
  const text = read.optionalText('text');
  const isUnlisted = read.optionalBool('isUnlisted');
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
  const costMinor = read.optionalInt('costMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR);
  const unitPrice: UnitPrice = { amount: read.int('unitPriceAmount'), decimals: read.int('unitPriceDecimals') };
  if (!isUnitPrice(unitPrice)) read.fail('unitPriceAmount', 'a price of at most 10^12 with 0 to 6 decimals', 0);
  const packUnits = read.optionalInt('packUnits', 2, MAX_PRICED_UNITS);
  const priceTypeText = read.text('priceType');
  const priceType = PRICE_TYPES.find((type) => type === priceTypeText) ?? read.fail('priceType', 'a price type', 'regular' as const);
  return {
    sku: read.text('sku'),
    ...(code !== undefined && { code }),
    quantity: { value: read.int('quantity', -MAX_QUANTITY, MAX_QUANTITY), unit: readUnit(read) },
    unitPrice,
    priceType,
    ...(packUnits !== undefined && { packUnits }),
    ...(reason !== undefined && { reason }),
    amountMinor: readAmountMinor(read, 'amountMinor'),
    taxClass: read.text('taxClass'),
    taxRateBps: read.int('taxRateBps', 0, MAX_RATE_BPS),
    stockQuantity: read.int('stockQuantity', -MAX_QUANTITY, MAX_QUANTITY),
    ...(serial !== undefined && { serial }),
    ...(batch !== undefined && { batch }),
    ...(note !== undefined && { note }),
    ...(ageCheckedYears !== undefined && { ageCheckedYears }),
    ...(ageMethod !== undefined && { ageMethod }),
    ...(text !== undefined && { text }),
    ...(isUnlisted === true && { isUnlisted }),
    ...(discounts !== undefined && { discounts }),
    ...(nature !== undefined && { nature }),
    ...(natureReference !== undefined && { natureReference }),
    ...readReturnColumns(read),
    ...(approvedBy !== undefined && { approvedBy }),
    ...(cataloguePrice !== undefined && { cataloguePrice }),
    ...(tare !== undefined && { tare }),
    ...(depositOf !== undefined && { depositOf }),
    ...(untaxedMinor !== undefined && { untaxedMinor }),
    ...(costMinor !== undefined && { costMinor }),
  };
}

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
  const paidFor = read.optionalList('paidFor', (row) => ({
    lineId: String(row.int('line', 1)),
    amountMinor: row.int('amountMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
  }));
  const card = readCardPayment(read);
  const inPlaceOf = read.optionalText('inPlaceOf');
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
    ...(card !== undefined && { card }),
    ...(paidFor !== undefined && { paidFor }),
    ...(inPlaceOf !== undefined && { inPlaceOf }),
  };
}

function readForeign(read: FieldReader, currency: string, isUndone: boolean): NonNullable<Tender['foreign']> {
  if (currencyOf(currency) === undefined) read.fail('foreignCurrency', 'a currency that this build knows', '');
  const rate: UnitPrice = { amount: read.int('foreignRateAmount', 1), decimals: read.int('foreignRateDecimals') };
  if (!isUnitPrice(rate)) read.fail('foreignRateAmount', 'a rate of at most 10^12 with 0 to 6 decimals', 0);
  const [least, most] = isUndone ? [-MAX_AMOUNT_MINOR, -1] : [1, MAX_AMOUNT_MINOR];
  return { currency, amountMinor: read.int('foreignAmountMinor', least, most), rate };
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

const readAmountMinor = (read: FieldReader, name: string): number => read.int(name, -2 * MAX_AMOUNT_MINOR, 2 * MAX_AMOUNT_MINOR);

export function readUnit(read: FieldReader): Unit {
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
