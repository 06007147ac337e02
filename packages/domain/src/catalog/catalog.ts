/**
 * The catalogue as cells: entity types and numbered fields, as data for sync, and the shapes that the domain reads.
 * A cell is one field of one entity under one scope (`global`, `zone:Z`, `store:S`); the narrowest scope that holds the field wins.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields, type FieldFault, type FieldReader } from '../fields.ts';
import type { Fields, LedgerColumn } from '../ledger/ledger.ts';
import { currencyOf, isUnitPrice, type UnitPrice } from '../money/money.ts';
import { isUnit, MAX_QUANTITY, type Quantity, type Unit } from '../money/quantity.ts';
import { MAX_RATE_BPS, parseTaxVariants, type TaxRule } from '../tax/tax-rule.ts';
import type { ItemCost } from './cost.ts';
import { isNature, NATURES, type Nature } from './nature.ts';
import { type ListedCode, MAX_PACK_UNITS, MAX_PRICED_UNITS } from './pack.ts';
import { parseSaleHours, type SaleHours } from './sale-hours.ts';
import { MAX_STYLE_LENGTH, parseOptions, variantName, type VariantOption } from './variant.ts';

export type { TaxClass } from '../tax/tax-rule.ts';

export interface EntityType {
  readonly type: number;
  readonly name: string;
  readonly columns: readonly LedgerColumn[];
}

export const ENTITY_TYPES = {
  /** Key: the SKU, compared bytewise. */
  item: {
    type: 1,
    name: 'item',
    columns: [
      { number: 1, name: 'name', type: 'text' },
      { number: 2, name: 'brand', type: 'text', optional: true },
      { number: 3, name: 'category', type: 'text', optional: true },
      { number: 4, name: 'taxClass', type: 'text' },
      { number: 5, name: 'unit', type: 'text' },
      { number: 6, name: 'minimumAgeYears', type: 'int', optional: true },
      { number: 7, name: 'plu', type: 'text', optional: true },
      /** An emoji that stands on the item's key until pictures arrive. */
      { number: 8, name: 'symbol', type: 'text', optional: true },
      /** Of what is no goods, see `nature.ts`. */
      { number: 14, name: 'nature', type: 'text', optional: true },
      /** What promotions put together across categories and brands; a name on each line. */
      { number: 9, name: 'collections', type: 'text', optional: true },
      /** Days in which it may come back; 0: never. Absent: the store's `returnDays`. */
      { number: 20, name: 'returnDays', type: 'int', optional: true },
      /** The item whose deposit (of the bottle, the can, the crate) is charged with each piece; see `deposit.ts`. */
      { number: 10, name: 'depositSku', type: 'text', optional: true },
      /** When it may be sold: see `sale-hours.ts`. */
      { number: 11, name: 'saleHours', type: 'text', optional: true },
      /** The most that one sale may hold of it, in steps of its unit. */
      { number: 12, name: 'maximumPerSale', type: 'int', optional: true },
      { number: 13, name: 'minimumCashierAgeYears', type: 'int', optional: true },
      /** What its usual package weighs, in steps of its unit: taken off each weighing that says nothing else. */
      { number: 40, name: 'tare', type: 'int', optional: true },
      /** It is a container deposit, also where it is sold or comes back alone: no promotion touches it. */
      { number: 41, name: 'isDeposit', type: 'bool', optional: true },
      /** What one piece, kilogram, litre or metre costs the store. All three, or none. */
      { number: 50, name: 'costAmount', type: 'int', optional: true },
      { number: 51, name: 'costDecimals', type: 'int', optional: true },
      { number: 52, name: 'costCurrency', type: 'text', optional: true },
      /** What is in one piece, in steps of `contentUnit`: shelves say what a kilogram or litre of it costs. Both, or none. */
      { number: 53, name: 'content', type: 'int', optional: true },
      { number: 54, name: 'contentUnit', type: 'text', optional: true },
      /** What its variants have in common; no entity: the name that they share. See `variant.ts`. */
      { number: 98, name: 'style', type: 'text', optional: true },
      /** Which variant of its style it is: `Size: M; Colour: Blue`. Without a style it says nothing. */
      { number: 99, name: 'options', type: 'text', optional: true },
      /** Of its picture: SHA-256, hex. What is no such name is no picture. */
      { number: 115, name: 'picture', type: 'text', optional: true },
    ],
  },
  /** Key: a GTIN-14 (shorter GTINs padded with zeros), or `plu:` and the PLU. */
  code: {
    type: 2,
    name: 'code',
    columns: [
      { number: 1, name: 'sku', type: 'text' },
      /** Of a pack: how many pieces of its article it stands for. Absent: one. */
      { number: 96, name: 'units', type: 'int', optional: true },
    ],
  },
  /** Key: `priceKey`: one open-ended price per (sku, scope, type, break, customer group), replaced in place. */
  price: {
    type: 3,
    name: 'price',
    columns: [
      { number: 1, name: 'amount', type: 'int' },
      { number: 2, name: 'decimals', type: 'int' },
      { number: 3, name: 'currency', type: 'text' },
      { number: 4, name: 'fromMs', type: 'int', optional: true },
      { number: 5, name: 'toMs', type: 'int', optional: true },
      { number: 6, name: 'priority', type: 'int', optional: true },
      /** `synthetic` where the price was made up for goods that came without one. */
      { number: 7, name: 'source', type: 'text', optional: true },
      /** A quantity break: what it takes of the item in one line, in steps of its unit. Of a pack's price, which is that of the whole pack: how many are in it. */
      { number: 8, name: 'fromQuantity', type: 'int', optional: true },
      /** Whose price it is, of those for members and from a quantity. */
      { number: 9, name: 'customerGroup', type: 'text', optional: true },
    ],
  },
  /** Key: the tax class that items name. */
  tax: {
    type: 4,
    name: 'tax',
    columns: [
      { number: 1, name: 'name', type: 'text' },
      { number: 2, name: 'rateBps', type: 'int' },
      /** JSON of `TaxVariant`s: several taxes, rates by date, holidays, eating in. `rateBps` is what holds where none of them does. */
      { number: 3, name: 'rules', type: 'text', optional: true },
    ],
  },
  /** Key: the setting's name, see `settings.ts`. */
  setting: { type: 5, name: 'setting', columns: [{ number: 1, name: 'value', type: 'text' }] },
  /** Key: the department's name, as items carry it in `category`; `position` orders the tabs of the sell screen. */
  department: {
    type: 6,
    name: 'department',
    columns: [
      { number: 1, name: 'position', type: 'int' },
      /** The item under which it sells, at a typed price, what the catalogue does not list. Absent: it sells nothing that is not listed. */
      { number: 2, name: 'unlistedSku', type: 'text', optional: true },
    ],
  },
  /** Key: the name that items carry in `category`. Headquarters file by them; lanes know departments. An item may carry the name of one that nobody made. */
  category: {
    type: 87,
    name: 'category',
    columns: [
      /** The category that it lies in; empty: in none. */
      { number: 1, name: 'parent', type: 'text' },
    ],
  },
  /** Key: its name, as items carry it in `collections`; an item may carry the name of one that nobody made. */
  collection: {
    type: 85,
    name: 'collection',
    columns: [
      /** As headquarters call it. */
      { number: 1, name: 'title', type: 'text' },
      { number: 2, name: 'description', type: 'text', optional: true },
    ],
  },
  /** Key: its code. What a retailer says of goods that no field of an item says; see `attribute.ts`. It holds everywhere. */
  attribute: {
    type: 88,
    name: 'attribute',
    columns: [
      { number: 1, name: 'name', type: 'text' },
      /** One of `ATTRIBUTE_TYPES`. */
      { number: 2, name: 'type', type: 'text' },
      /** Of a number: what it counts. */
      { number: 3, name: 'unit', type: 'text', optional: true },
      { number: 4, name: 'decimals', type: 'int', optional: true },
      /** Of a choice: a value on each line, in the order in which they are offered. */
      { number: 5, name: 'choices', type: 'text', optional: true },
      /** Only of goods that are filed under it, or under what lies in it. Absent: of all. */
      { number: 6, name: 'category', type: 'text', optional: true },
    ],
  },
  /** Key: `attributeValueKey(sku, code)`. An entity of its own, so that two who write different attributes of one article never meet. */
  attributeValue: { type: 89, name: 'attributeValue', columns: [{ number: 1, name: 'value', type: 'text' }] },
  /** Key: `grantKey(role, action)`; the cell's scope is the grant's. */
  roleGrant: {
    type: 10,
    name: 'roleGrant',
    columns: [
      { number: 1, name: 'isAllowed', type: 'bool' },
      /** In the unit of the action's limit; absent: as much as there is. */
      { number: 2, name: 'limit', type: 'int', optional: true },
    ],
  },
  /** Key: an opaque id, which ledgers hold. The name is personal: it stands here only, and goes to the stores of its scope only. */
  staff: {
    type: 11,
    name: 'staff',
    columns: [
      /** One on each line. */
      { number: 1, name: 'roles', type: 'text' },
      { number: 2, name: 'displayName', type: 'text', optional: true },
      { number: 3, name: 'birthYear', type: 'int', optional: true },
      { number: 4, name: 'ageReachedYears', type: 'int', optional: true },
      /** What proves who it is, sealed with a secret that the devices hold (`isSealedPasscode`); absent: they have none. */
      { number: 5, name: 'pin', type: 'text', optional: true },
      { number: 6, name: 'badge', type: 'text', optional: true },
      /** The code in the envelope: its rights do not end where the lane hears of nobody any more. */
      { number: 7, name: 'isBreakGlass', type: 'bool', optional: true },
    ],
  },
  /** Key: an opaque id, which ledgers hold. Nothing in it says who that is. */
  customer: {
    type: 12,
    name: 'customer',
    columns: [
      /** One on each line. */
      { number: 1, name: 'groups', type: 'text', optional: true },
      { number: 2, name: 'exemptionCertificate', type: 'text', optional: true },
      /** `YYYY-MM-DD`, the first day without it. */
      { number: 3, name: 'exemptionTo', type: 'text', optional: true },
      /** The group of the tier that the hub's fold of points puts them in: its own field, so that no list of customers overwrites it. */
      { number: 4, name: 'tier', type: 'text', optional: true },
      /** Two letters at most: all that a lane knows of a name. */
      { number: 5, name: 'initials', type: 'text', optional: true },
      /** Of their receipts. */
      { number: 6, name: 'language', type: 'text', optional: true },
      /** What they buy may be paid later. */
      { number: 7, name: 'onAccount', type: 'bool', optional: true },
      /** Two that were one: the id under which they were known before. */
      { number: 8, name: 'sameAs', type: 'text', optional: true },
      /** The most that they may owe on their account, over all stores: `50000 EUR`, in minor units; absent: no limit. */
      { number: 9, name: 'accountLimit', type: 'text', optional: true },
    ],
  },
  /** Key: `hashCustomerCode` of a card's number or a phone's: whoever shows it is found by it, and nobody reads it back. Stands with its customer in the scope of their store. */
  customerCode: { type: 75, name: 'customerCode', columns: [{ number: 1, name: 'customer', type: 'text' }] },
  /** Key: the page's name, a department's where it stands in its place; see `key-page.ts`. */
  keyPage: {
    type: 74,
    name: 'keyPage',
    columns: [
      { number: 1, name: 'position', type: 'int' },
      { number: 2, name: 'keys', type: 'text', optional: true },
    ],
  },
  /** Key: one of `recallKeys`: a GTIN-14, `GTIN-14/10/BATCH` or `GTIN-14/21/SERIAL` that may not be sold any more. */
  recall: { type: 20, name: 'recall', columns: [{ number: 1, name: 'reason', type: 'text' }] },
  /** Key: `promotionUseKey`; what the hub's fold over all ledgers says of a promotion that has a limit. */
  promotionUse: {
    type: 21,
    name: 'promotionUse',
    columns: [
      { number: 1, name: 'uses', type: 'int' },
      /** Taken off by it. */
      { number: 2, name: 'usedMinor', type: 'int' },
      /** Of all customers together: devices that were enrolled. */
      { number: 3, name: 'devices', type: 'int', optional: true },
    ],
  },
  /** Key: `usesCountedKey`; how far that ledger is in the sums of `promotionUse`. */
  usesCounted: { type: 22, name: 'usesCounted', columns: [{ number: 1, name: 'seq', type: 'int' }] },
  /** Key: what sales call the tender; `readTenderType` says what each field may be. */
  tenderType: {
    type: 9,
    name: 'tenderType',
    columns: [
      { number: 1, name: 'kind', type: 'text' },
      { number: 2, name: 'name', type: 'text', optional: true },
      { number: 3, name: 'position', type: 'int', optional: true },
      { number: 4, name: 'overTender', type: 'text', optional: true },
      { number: 5, name: 'refundTo', type: 'text', optional: true },
      { number: 6, name: 'maximumMinor', type: 'int', optional: true },
      { number: 7, name: 'takesTips', type: 'bool', optional: true },
      { number: 8, name: 'cashBackMaximumMinor', type: 'int', optional: true },
      { number: 9, name: 'currency', type: 'text', optional: true },
      { number: 10, name: 'rateAmount', type: 'int', optional: true },
      { number: 11, name: 'rateDecimals', type: 'int', optional: true },
      /** A name on each line. */
      { number: 12, name: 'eligibleSkus', type: 'text', optional: true },
      { number: 13, name: 'eligibleTaxClasses', type: 'text', optional: true },
      { number: 14, name: 'keepsBalance', type: 'bool', optional: true },
      /** A benefit card: what it pays is untaxed. */
      { number: 15, name: 'untaxes', type: 'bool', optional: true },
      /** Of a card: taken on a terminal that no lane is connected with. */
      { number: 30, name: 'isStandAlone', type: 'bool', optional: true },
      /** Whoever pays so signs for it. */
      { number: 31, name: 'asksSignature', type: 'bool', optional: true },
    ],
  },
  /** Key: `answerKey`, the request that it answers; published to the store that asked, with what it made of the request. */
  requestAnswer: {
    type: 29,
    name: 'requestAnswer',
    columns: [
      /** One of `ANSWER_STATUSES`. */
      { number: 1, name: 'status', type: 'text' },
      { number: 2, name: 'rule', type: 'text' },
    ],
  },
  /** Key: its id. Each change of name or body is another version, named by its hash: see `readPromotion`. */
  promotion: {
    type: 7,
    name: 'promotion',
    columns: [
      { number: 1, name: 'name', type: 'text' },
      /** The rule as JSON, see `promotions/rule.ts`. */
      { number: 2, name: 'body', type: 'text' },
    ],
  },
  /** Key: the code as it is scanned. What it does is said by the promotions that ask for it. */
  coupon: {
    type: 8,
    name: 'coupon',
    columns: [
      { number: 1, name: 'name', type: 'text' },
      { number: 2, name: 'fromMs', type: 'int', optional: true },
      { number: 3, name: 'toMs', type: 'int', optional: true },
    ],
  },
} as const satisfies Record<string, EntityType>;

export interface Item {
  readonly sku: string;
  /** As it is sold: of a variant with what tells it apart. */
  readonly name: string;
  readonly brand?: string;
  readonly category?: string;
  readonly taxClass: string;
  readonly unit: Unit;
  readonly minimumAgeYears?: number;
  readonly plu?: string;
  readonly symbol?: string;
  /** Its name: SHA-256, hex. */
  readonly picture?: string;
  /** Absent: goods or a service. */
  readonly nature?: Nature;
  readonly collections?: readonly string[];
  /** Days in which it may come back; 0: never. */
  readonly returnDays?: number;
  readonly depositSku?: string;
  readonly saleHours?: SaleHours;
  /** In steps of its unit. */
  readonly maximumPerSale?: number;
  readonly minimumCashierAgeYears?: number;
  /** Of its usual package, in steps of its unit. */
  readonly tare?: number;
  /** Absent: goods. */
  readonly isDeposit?: true;
  /** Absent: nobody said. */
  readonly cost?: ItemCost;
  /** What is in one piece. */
  readonly content?: Quantity;
  readonly style?: string;
  readonly options?: readonly VariantOption[];
}

export const PRICE_TYPES = ['regular', 'promotional', 'clearance', 'override', 'member', 'quantityBreak', 'label', 'pack'] as const;
export type PriceType = (typeof PRICE_TYPES)[number];

/** What headquarters may schedule: an override is made at the till, and a label's price is read from its code. */
export type ScheduledPriceType = Exclude<PriceType, 'override' | 'label'>;
const isScheduled = (type: PriceType): type is ScheduledPriceType => type !== 'override' && type !== 'label';
export const SCHEDULED_PRICE_TYPES: readonly ScheduledPriceType[] = PRICE_TYPES.filter(isScheduled);

/** A price as headquarters scheduled it: valid in [fromMs, toMs). */
export interface ScheduledPrice {
  readonly sku: string;
  readonly scope: string;
  readonly type: PriceType;
  readonly price: UnitPrice;
  readonly currency: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly priority: number;
  readonly source?: string;
  /** Of a quantity break: holds for lines of at least so much, in steps of the item's unit. Of a pack's price: how many pieces `price` is for. */
  readonly fromQuantity?: number;
  /** Of a member's price or a quantity break: holds for customers of this group alone. */
  readonly customerGroup?: string;
}

/** What a price asks for beyond its time and place. */
export interface PriceCondition {
  readonly fromQuantity?: number;
  readonly customerGroup?: string;
}

/** An entity that cannot be used as it stands in the catalogue, and why. */
export interface CatalogueFault {
  readonly type: 'malformedEntity';
  readonly detail: { readonly entity: string; readonly key: string; readonly field: string; readonly expected: string };
}

const KEY_SEPARATOR = '\u001F';

/** The key of a price entity; without `fromMs` it is the open-ended price of its (sku, scope, type) and condition. */
export function priceKey(sku: string, type: PriceType, fromMs?: number, { fromQuantity, customerGroup }: PriceCondition = {}): string {
  const parts: (string | number)[] = [sku, type, fromMs ?? ''];
  // What most prices do not ask for is not in their keys: a key written before there were conditions is the same key.
  if (fromQuantity !== undefined || customerGroup !== undefined) parts.push(fromQuantity ?? '');
  if (customerGroup !== undefined) parts.push(customerGroup);
  return parts.join(KEY_SEPARATOR);
}

/** What all keys of an SKU's prices begin with. */
export const priceKeyPrefix = (sku: string): string => `${sku}${KEY_SEPARATOR}`;

/** `priceKey` backwards; undefined for a text that is no such key. */
export function parsePriceKey(
  key: string,
): ({ readonly sku: string; readonly type: PriceType; readonly fromMs?: number } & PriceCondition) | undefined {
  const [sku = '', type, from, breakText = '', customerGroup, ...rest] = key.split(KEY_SEPARATOR);
  const known = PRICE_TYPES.find((candidate) => candidate === type);
  if (sku === '' || known === undefined || from === undefined || customerGroup === '' || rest.length > 0) return undefined;
  if (!/^(?:-?\d{1,16})?$/.test(from) || !/^\d{0,16}$/.test(breakText)) return undefined;
  const fromMs = from === '' ? undefined : Number(from);
  const condition: PriceCondition = {
    ...(breakText !== '' && { fromQuantity: Number(breakText) }),
    ...(customerGroup !== undefined && { customerGroup }),
  };
  // One price has one key: what writes itself otherwise is none.
  if (priceKey(sku, known, fromMs, condition) !== key) return undefined;
  return { sku, type: known, ...(fromMs !== undefined && { fromMs }), ...condition };
}

export const entityFault = (entity: string, key: string, fault: FieldFault): { readonly ok: false; readonly error: CatalogueFault } =>
  err({ type: 'malformedEntity', detail: { entity, key, field: fault.field, expected: fault.expected } });

/** A name on each line. */
const namesIn = (text = ''): readonly string[] => text.split('\n').filter((name) => name !== '');

/** An item from its merged fields. */
export function readItem(sku: string, fields: Fields): Result<Item, CatalogueFault> {
  const read = readFields(fields);
  const brand = read.optionalText('brand');
  const category = read.optionalText('category');
  const minimumAgeYears = read.optionalInt('minimumAgeYears', 0, 150);
  const plu = read.optionalText('plu');
  const symbol = read.optionalText('symbol');
  const picture = read.optionalText('picture');
  const collections = namesIn(read.optionalText('collections'));
  const returnDays = read.optionalInt('returnDays', 0, 36_500);
  const unit = read.text('unit');
  const natureText = read.optionalText('nature');
  const nature = natureText === undefined || isNature(natureText) ? natureText : read.fail('nature', NATURES.join(' or '), undefined);
  if (nature !== undefined && unit !== 'piece') read.fail('unit', 'piece: money is counted, not weighed', 'piece');
  const restrictions = readRestrictions(read);
  const depositSku = read.optionalText('depositSku');
  const tare = read.optionalInt('tare', 0, MAX_QUANTITY);
  const cost = readCost(read);
  const content = readContent(read);
  const variant = readVariant(read);
  if (depositSku === sku) read.fail('depositSku', 'another item: no deposit is charged on itself', undefined);
  if (tare !== undefined && tare > 0 && unit === 'piece') read.fail('tare', 'of goods that are weighed or measured', undefined);
  const item: Item = {
    sku,
    name: variantName(read.text('name'), variant.options ?? []),
    ...(brand !== undefined && { brand }),
    ...(category !== undefined && { category }),
    taxClass: read.text('taxClass'),
    unit: isUnit(unit) ? unit : read.fail('unit', 'a unit of the quantity table', 'piece'),
    ...(minimumAgeYears !== undefined && minimumAgeYears > 0 && { minimumAgeYears }),
    ...(plu !== undefined && { plu }),
    ...(symbol !== undefined && { symbol }),
    ...(isPictureName(picture) && { picture }),
    ...(nature !== undefined && { nature }),
    ...(collections.length > 0 && { collections }),
    ...(returnDays !== undefined && { returnDays }),
    ...restrictions,
    ...(depositSku !== undefined && { depositSku }),
    ...(tare !== undefined && tare > 0 && { tare }),
    ...(read.optionalBool('isDeposit') === true && { isDeposit: true }),
    ...(cost !== undefined && { cost }),
    ...(content !== undefined && { content }),
    ...variant,
  };
  const fault = read.fault();
  return fault === undefined ? ok(item) : entityFault('item', sku, fault);
}

const PICTURE_NAME = /^[0-9a-f]{64}$/;

export const isPictureName = (name: string | undefined): name is string => name !== undefined && PICTURE_NAME.test(name);

function readVariant(read: FieldReader): Pick<Item, 'style' | 'options'> {
  const style = read.optionalText('style');
  const text = read.optionalText('options');
  const options = text === undefined ? undefined : parseOptions(text);
  if (options?.ok === false) read.fail('options', options.error.expected, undefined);
  // A style that is taken away leaves an article like any other: what told it apart may stay written.
  if (style === undefined) return {};
  if (style === '' || style.length > MAX_STYLE_LENGTH || /\p{Cc}/u.test(style))
    read.fail('style', `a name of at most ${MAX_STYLE_LENGTH} letters in one line`, undefined);
  return { style, ...(options?.ok === true && { options: options.value }) };
}

function readContent(read: FieldReader): Quantity | undefined {
  const value = read.optionalInt('content', 1, MAX_QUANTITY);
  const unit = read.optionalText('contentUnit');
  if (value === undefined && unit === undefined) return undefined;
  if (value === undefined || unit === undefined || !isUnit(unit) || unit === 'piece')
    return read.fail('content', 'grams, millilitres or millimetres', undefined);
  return { value, unit };
}

function readCost(read: FieldReader): ItemCost | undefined {
  const amount = read.optionalInt('costAmount', 0);
  const decimals = read.optionalInt('costDecimals');
  const currency = read.optionalText('costCurrency');
  if (amount === undefined && decimals === undefined && currency === undefined) return undefined;
  const unitCost: UnitPrice = { amount: amount ?? -1, decimals: decimals ?? 0 };
  if (amount === undefined || decimals === undefined || !isUnitPrice(unitCost))
    return read.fail('costAmount', 'a cost of at most 10^12 with its 0 to 6 decimals', undefined);
  if (currency === undefined || currencyOf(currency) === undefined)
    return read.fail('costCurrency', 'a currency that this build knows', undefined);
  return { unitCost, currency };
}

function readRestrictions(read: FieldReader): Pick<Item, 'saleHours' | 'maximumPerSale' | 'minimumCashierAgeYears'> {
  const hoursText = read.optionalText('saleHours');
  const hours = hoursText === undefined ? undefined : parseSaleHours(hoursText);
  if (hours?.ok === false) read.fail('saleHours', hours.error.expected, undefined);
  const maximumPerSale = read.optionalInt('maximumPerSale', 1, MAX_QUANTITY);
  const minimumCashierAgeYears = read.optionalInt('minimumCashierAgeYears', 0, 150);
  return {
    ...(hours?.ok === true && { saleHours: hours.value }),
    ...(maximumPerSale !== undefined && { maximumPerSale }),
    ...(minimumCashierAgeYears !== undefined && minimumCashierAgeYears > 0 && { minimumCashierAgeYears }),
  };
}

/** A price from one scope's fields; prices of several scopes are never merged, `choosePrice` picks one whole. */
export function readPrice(key: string, scope: string, fields: Fields): Result<ScheduledPrice, CatalogueFault> {
  const read = readFields(fields);
  const parsed = parsePriceKey(key);
  const fromMs = read.optionalInt('fromMs');
  const toMs = read.optionalInt('toMs');
  const source = read.optionalText('source');
  const currency = read.text('currency');
  const condition = readCondition(read, parsed);
  const price: UnitPrice = { amount: read.int('amount'), decimals: read.int('decimals') };
  if (!isUnitPrice(price)) read.fail('amount', 'a price of at most 10^12 with 0 to 6 decimals', 0);
  if (currencyOf(currency) === undefined) read.fail('currency', 'a currency that this build knows', '');
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) read.fail('toMs', 'later than fromMs', 0);
  const type = parsed !== undefined && isScheduled(parsed.type) ? parsed.type : read.fail('key', 'a price key', 'regular' as const);
  const scheduled: ScheduledPrice = {
    sku: parsed?.sku ?? '',
    scope,
    type,
    price,
    currency,
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    priority: read.optionalInt('priority') ?? 0,
    ...(source !== undefined && { source }),
    ...condition,
  };
  const fault = read.fault();
  return fault === undefined ? ok(scheduled) : entityFault('price', key, fault);
}

/** A break says from how many, and only prices that a shopper earns ask for anything; the key says the same as the fields. */
function readCondition(read: FieldReader, key: ReturnType<typeof parsePriceKey>): PriceCondition {
  const fromQuantity = read.optionalInt('fromQuantity', 1, MAX_QUANTITY);
  const customerGroup = read.optionalText('customerGroup');
  const asks = fromQuantity !== undefined || customerGroup !== undefined;
  if (key?.type === 'quantityBreak' && fromQuantity === undefined) read.fail('fromQuantity', 'there for a quantity break', undefined);
  if (key?.type === 'pack' && (fromQuantity === undefined || fromQuantity < 2 || fromQuantity > MAX_PRICED_UNITS))
    read.fail('fromQuantity', `what is in the pack, 2 to ${MAX_PRICED_UNITS}`, undefined);
  if (asks && key?.type !== 'quantityBreak' && key?.type !== 'member' && key?.type !== 'pack')
    read.fail('fromQuantity', 'of a quantity break, a pack or a member price', undefined);
  if (fromQuantity !== key?.fromQuantity || customerGroup !== key?.customerGroup) read.fail('key', 'a price key', undefined);
  return { ...(fromQuantity !== undefined && { fromQuantity }), ...(customerGroup !== undefined && { customerGroup }) };
}

/** A tax class from its merged fields; what it comes to for one line is asked of `taxAt`. */
export function readTaxClass(taxClass: string, fields: Fields): Result<TaxRule, CatalogueFault> {
  const read = readFields(fields);
  const rules = read.optionalText('rules');
  const variants = rules === undefined ? undefined : parseTaxVariants(rules);
  if (variants?.ok === false) read.fail(variants.error.field, variants.error.expected, undefined);
  const tax: TaxRule = {
    taxClass,
    name: read.text('name'),
    rateBps: read.int('rateBps', 0, MAX_RATE_BPS),
    ...(variants?.ok === true && { variants: variants.value }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(tax) : entityFault('tax', taxClass, fault);
}

/** A coupon as its issuer made it: handed over in [fromMs, toMs). */
export interface CouponType {
  readonly code: string;
  readonly name: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

export const isCouponValid = ({ fromMs, toMs }: CouponType, atMs: number): boolean =>
  (fromMs === undefined || fromMs <= atMs) && (toMs === undefined || atMs < toMs);

/** A coupon from its merged fields. */
export function readCoupon(code: string, fields: Fields): Result<CouponType, CatalogueFault> {
  const read = readFields(fields);
  const fromMs = read.optionalInt('fromMs');
  const toMs = read.optionalInt('toMs');
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) read.fail('toMs', 'later than fromMs', 0);
  const coupon: CouponType = {
    code,
    name: read.text('name'),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(coupon) : entityFault('coupon', code, fault);
}

/** What a `code` entity points to. */
export function readCode(key: string, fields: Fields): Result<ListedCode, CatalogueFault> {
  const read = readFields(fields);
  const code: ListedCode = { sku: read.text('sku'), units: read.optionalInt('units', 1, MAX_PACK_UNITS) ?? 1 };
  const fault = read.fault();
  return fault === undefined ? ok(code) : entityFault('code', key, fault);
}

export interface Department {
  /** Where its tab stands. */
  readonly position: number;
  readonly unlistedSku?: string;
}

/** A department from its merged fields. */
export function readDepartment(name: string, fields: Fields): Result<Department, CatalogueFault> {
  const read = readFields(fields);
  const unlistedSku = read.optionalText('unlistedSku');
  const department: Department = { position: read.int('position'), ...(unlistedSku !== undefined && { unlistedSku }) };
  const fault = read.fault();
  return fault === undefined ? ok(department) : entityFault('department', name, fault);
}
