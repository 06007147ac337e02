/**
 * The shop of a scenario out of its tables `store`, `tax`, `goods` and `price`. What they say goes to the engine as a hub's cells
 * would, through the same readers; what the engine cannot use is a fault that a scenario may expect, not a mistake of its writer.
 */
import { ok, type Hash, type Result } from '@holdfast/base';

import { POINTS } from '../account/account.ts';
import { gtinKey, isGtin, pluKey } from '../barcode/barcode.ts';
import {
  priceKey,
  readItem,
  readPrice,
  readTaxClass,
  type CouponType,
  type Item,
  SCHEDULED_PRICE_TYPES,
  type ScheduledPrice,
} from '../catalog/catalog.ts';
import type { Fields, LedgerHeader } from '../ledger/ledger.ts';
import { currencyOf, minorDigitsOf } from '../money/money.ts';
import { findCouponLoop } from '../promotions/coupon-loop.ts';
import { preparePromotions, type PreparedPromotions } from '../promotions/prepare.ts';
import type { Promotion } from '../promotions/rule.ts';
import { readSettings, type StoreSettings } from '../settings/settings.ts';
import type { TaxRule } from '../tax/tax-rule.ts';
import { CASH, readTenderType, type TenderType } from '../tender/tender-type.ts';
import { readAccount, type Opening } from './account-cells.ts';
import {
  joined,
  readAmount,
  readCount,
  readNumber,
  readPrice as readPriceCell,
  readQuantity,
  readRateBps,
  readRatePpm,
  spaced,
} from './cells.ts';
import { mistake, quoted, unknownWord, type Mistake } from './mistake.ts';
import { readMoment } from './moment.ts';
import { GRANT_COLUMNS, readPeople, STAFF_COLUMNS, type People } from './people.ts';
import { COUPON_COLUMNS, PROMOTION_COLUMNS, readCoupons, readPromotions } from './promotions.ts';
import type { Table } from './tables.ts';

export interface Shop {
  readonly settings: StoreSettings;
  readonly minorDigits: number;
  /** Broadest first. */
  readonly scopes: readonly string[];
  /** When the scenario begins. */
  readonly atMs: number;
  /** Where it stands; empty where the scenario does not say. */
  readonly store: string;
  readonly lane: string;
  readonly publication: number;
  readonly header: Omit<LedgerHeader, 'businessDate'>;
  /** Of the cashier; undefined: nobody knows. */
  readonly operatorAgeYears?: number;
  /** How far the lane's clock may be off. */
  readonly clockUncertaintyMs: number;
  /** By the word that scenarios use. */
  readonly itemsByName: ReadonlyMap<string, Item>;
  readonly itemsBySku: ReadonlyMap<string, Item>;
  /** Words for goods that the engine could not use: no till knows them. */
  readonly unusable: ReadonlySet<string>;
  readonly skusByCode: ReadonlyMap<string, string>;
  readonly prices: readonly ScheduledPrice[];
  readonly taxClasses: ReadonlyMap<string, TaxRule>;
  /** Reasons by the keys of what may not be sold. */
  readonly recalls: ReadonlyMap<string, string>;
  /** By the words that scenarios use: `gift card` for `giftCard`. */
  readonly tenderTypes: ReadonlyMap<string, TenderType>;
  /** Balances as the scenario finds them. */
  readonly accounts: readonly Opening[];
  readonly promotions: PreparedPromotions;
  readonly coupons: ReadonlyMap<string, CouponType>;
  /** Undefined where the scenario says nothing about them: then nobody's authority is asked. */
  readonly people: People | undefined;
  /** What the engine could not use: the kind of thing, its key, the field at fault. */
  readonly faults: readonly (readonly [entity: string, key: string, field: string])[];
}

/** Where a mistake stands, and what it is. */
export type Report = (line: number, message: string) => void;

interface Draft {
  readonly settings: Map<string, { readonly value: string; readonly line: number }>;
  readonly facts: Map<string, { readonly value: string; readonly line: number }>;
}

interface StoreWord {
  /** As in the manual. */
  readonly usage: string;
  /** The store's setting that it sets; without one it is a fact about the lane. */
  readonly setting?: string;
  /** The setting's text by the scenario's, where they differ. */
  readonly values?: Readonly<Record<string, string>>;
  /** The setting is text of so many minor units, the scenario's an amount. */
  readonly isAmount?: true;
}

export const STORE_WORDS: Readonly<Record<string, StoreWord>> = {
  currency: { usage: 'currency | EUR', setting: 'currency' },
  country: { usage: 'country | DE', setting: 'country' },
  prices: { usage: 'prices | include tax', setting: 'taxInclusive', values: { 'include tax': 'true', 'exclude tax': 'false' } },
  'tax rounding': { usage: 'tax rounding | half-even', setting: 'taxRounding' },
  'tax rounding basis': {
    usage: 'tax rounding basis | line',
    setting: 'taxRoundingBasis',
    values: { line: 'line', 'tax class': 'taxClass', document: 'document' },
  },
  'half of included tax': { usage: 'half of included tax | net', setting: 'includedTaxHalf' },
  'fixed tax on returns': { usage: 'fixed tax on returns | kept', setting: 'fixedTaxReturns' },
  'cash rounding': { usage: 'cash rounding | 0.05', setting: 'cashRoundingStep', isAmount: true },
  'cash rounding mode': { usage: 'cash rounding mode | half-down', setting: 'cashRoundingMode' },
  'cash rounding scope': { usage: 'cash rounding scope | total', setting: 'cashRoundingScope' },
  'cash rounding refunds': { usage: 'cash rounding refunds | toward-zero', setting: 'cashRoundingRefunds' },
  'deposit tax point': { usage: 'deposit tax point | payment', setting: 'depositTaxPoint' },
  'offline limit': { usage: 'offline limit | 50.00', setting: 'offlineSpendingLimitMinor', isAmount: true },
  'cash out below': { usage: 'cash out below | 10.00', setting: 'cashOutBelowMinor', isAmount: true },
  'bundle returns': { usage: 'bundle returns | reprice', setting: 'bundleReturns' },
  'return days': { usage: 'return days | 30', setting: 'returnDays' },
  'returns without receipt': {
    usage: 'returns without receipt | store credit',
    setting: 'returnsWithoutReceipt',
    values: {
      'current price': 'currentPrice',
      'lowest price': 'lowestPrice',
      'store credit': 'storeCredit',
      approval: 'approval',
      refused: 'refused',
    },
  },
  'lowest price days': { usage: 'lowest price days | 30', setting: 'lowestPriceDays' },
  'unverified returns': { usage: 'unverified returns | 50.00', setting: 'unverifiedReturnMaximumMinor', isAmount: true },
  'line rounding': { usage: 'line rounding | down', setting: 'lineRounding' },
  'benefit shares': {
    usage: 'benefit shares | taxed first',
    setting: 'benefitShares',
    values: { proportional: 'proportional', 'taxed first': 'taxedFirst' },
  },
  'exempt prices': {
    usage: 'exempt prices | unchanged',
    setting: 'exemptPrices',
    values: { 'without tax': 'withoutTax', unchanged: 'unchanged' },
  },
  'manual discounts': {
    usage: 'manual discounts | before promotions',
    setting: 'manualDiscountOrder',
    values: { 'after promotions': 'afterPromotions', 'before promotions': 'beforePromotions' },
  },
  'points earned': { usage: 'points earned | 1', setting: 'loyaltyEarnPoints' },
  'for each': { usage: 'for each | 1.00', setting: 'loyaltyEarnPerMinor', isAmount: true },
  tiers: { usage: 'tiers | silver 500 150 / gold 2000 200', setting: 'loyaltyTiers' },
  'tier days': { usage: 'tier days | 365', setting: 'loyaltyTierDays' },
  'on birthdays': { usage: 'on birthdays | 200', setting: 'loyaltyBirthdayPercent' },
  'time zone': { usage: 'time zone | Europe/Berlin', setting: 'timeZone' },
  'in-store codes': { usage: 'in-store codes | 21 iiii v ppp.pp c', setting: 'inStoreCodes' },
  'ask above': { usage: 'ask above | 999', setting: 'quantityAskAbove' },
  'stacking percentages': { usage: 'stacking percentages | add', setting: 'promotionStacking' },
  'stacking order': {
    usage: 'stacking order | percentages first',
    setting: 'promotionStackingOrder',
    values: { 'amounts first': 'amountsFirst', 'percentages first': 'percentagesFirst' },
  },
  'discount rounding': { usage: 'discount rounding | unit', setting: 'discountRounding' },
  'promotion minimum': { usage: 'promotion minimum | after', setting: 'promotionMinimum' },
  'across priorities': { usage: 'across priorities | compound', setting: 'promotionsAcrossPriorities' },
  'promotions on set prices': { usage: 'promotions on set prices | promoted', setting: 'promotionsOnSetPrices' },
  locale: { usage: 'locale | de-DE', setting: 'locale' },
  name: { usage: 'name | Corner Shop', setting: 'storeName' },
  address: { usage: 'address | 1 High Street / Springfield', setting: 'storeAddress' },
  footer: { usage: 'footer | Thank you', setting: 'receiptFooter' },
  'own codes': { usage: 'own codes | badge STAFF', setting: 'ownCodes' },
  clock: { usage: 'clock | 2026-03-14 16:30' },
  zone: { usage: 'zone | 1' },
  store: { usage: 'store | 1' },
  lane: { usage: 'lane | 1' },
  shift: { usage: 'shift | 1' },
  drawer: { usage: 'drawer | D1' },
  'day rolls at': { usage: 'day rolls at | 6', setting: 'dayRollsAtHour' },
  'shift per': { usage: 'shift per | cashier', setting: 'shiftPer' },
  'drawer limit': { usage: 'drawer limit | 200.00', setting: 'drawerLimitMinor', isAmount: true },
  operator: { usage: 'operator | kim' },
  'cashier age': { usage: 'cashier age | 17' },
  'clock off by': { usage: 'clock off by | 15 minutes' },
  training: { usage: 'training | yes' },
  publication: { usage: 'publication | 7' },
};

const isStoreTable = (table: Table): boolean => table.name === 'store';

function readStore(tables: readonly Table[], report: Report): Draft {
  const draft: Draft = { settings: new Map(), facts: new Map() };
  for (const table of tables.filter(isStoreTable)) {
    const said = new Set<string>();
    for (const { line, cells } of table.rows) {
      const [name = '', value = ''] = cells;
      const word = Object.hasOwn(STORE_WORDS, name) ? STORE_WORDS[name] : undefined;
      const text = word?.values === undefined ? value : Object.hasOwn(word.values, value) ? word.values[value] : undefined;
      if (word === undefined) report(line, messageOf(unknownWord('setting', name, Object.keys(STORE_WORDS))));
      else if (cells.length !== 2) report(line, `A setting is a word and its value: ${word.usage}`);
      else if (said.has(name)) report(line, `${quoted(name)} is set twice.`);
      else if (text === undefined) report(line, messageOf(unknownWord(`value of "${name}"`, value, Object.keys(word.values ?? {}))));
      else if (word.setting === undefined) draft.facts.set(name, { value: text, line });
      else draft.settings.set(word.setting, { value: text.replaceAll(' / ', '\n'), line });
      said.add(name);
    }
  }
  return draft;
}

export const messageOf = (result: Result<unknown, Mistake>): string => (result.ok ? '' : result.error.message);

interface CatalogueTable {
  readonly columns: readonly string[];
  /** Columns that every such table has. */
  readonly needed: readonly string[];
}

/** The columns that a catalogue's tables may have behind their names. */
export const CATALOGUE_TABLES = {
  tax: { columns: ['rate', 'name'], needed: ['rate'] },
  'tax rule': { columns: ['part', 'name', 'rate', 'per unit', 'on', 'from', 'to', 'service', 'exempt', 'title'], needed: ['part'] },
  goods: {
    columns: [
      'price',
      'tax',
      'unit',
      'age',
      'code',
      'plu',
      'sku',
      'brand',
      'category',
      'symbol',
      'collections',
      'nature',
      'returns',
      'tare',
      'deposit',
      'container',
      'hours',
      'most',
      'cashier',
      'cost',
    ],
    needed: ['tax'],
  },
  tender: {
    columns: ['kind', 'over tender', 'refund to', 'maximum', 'tips', 'cash back', 'currency', 'rate', 'for', 'balance', 'untaxes'],
    needed: ['kind'],
  },
  account: { columns: ['kind', 'amount', 'rights', 'rights until'], needed: ['kind'] },
  promotion: { columns: PROMOTION_COLUMNS, needed: ['offer'] },
  coupon: { columns: COUPON_COLUMNS, needed: [] },
  staff: { columns: STAFF_COLUMNS, needed: ['roles'] },
  grant: { columns: GRANT_COLUMNS, needed: ['action'] },
  recall: { columns: ['reason'], needed: ['reason'] },
  price: { columns: ['price', 'type', 'scope', 'priority', 'from', 'to', 'source', 'quantity', 'group'], needed: ['price'] },
} as const satisfies Record<string, CatalogueTable>;

/** Tables of which one key may have several rows. */
const HAS_MANY_ROWS: ReadonlySet<string> = new Set(['price', 'tax rule', 'grant']);

/** One row by the names of its columns; an empty cell is as good as none. */
type Named = (column: string) => string | undefined;

/** The rows of all tables of one name, the key first; a later table (the scenario's own) replaces rows of the file's by key. */
function readRows(
  tables: readonly Table[],
  name: keyof typeof CATALOGUE_TABLES,
  report: Report,
): readonly { readonly line: number; readonly key: string; readonly cell: Named }[] {
  const { columns, needed }: CatalogueTable = CATALOGUE_TABLES[name];
  const rows: { readonly line: number; readonly key: string; readonly cell: Named }[] = [];
  for (const table of tables) {
    if (table.name !== name) continue;
    const unknown = table.columns.find((column) => !columns.includes(column));
    const missing = needed.find((column) => !table.columns.includes(column));
    const twice = table.columns.find((column, index) => table.columns.indexOf(column) !== index);
    if (unknown !== undefined) report(table.line, messageOf(unknownWord(`column of "${name}"`, unknown, columns)));
    else if (missing !== undefined) report(table.line, `A table "${name}" has a column "${missing}".`);
    else if (twice !== undefined) report(table.line, `The column ${quoted(twice)} stands there twice.`);
    else {
      const said = new Set<string>();
      for (const { line, cells } of table.rows) {
        const [key = '', ...values] = cells;
        const cell: Named = (column) => values[table.columns.indexOf(column)] || undefined;
        if (values.length !== table.columns.length) report(line, cellCount(cells.length, table.columns.length + 1));
        else if (key === '') report(line, `A row of "${name}" begins with what it is about.`);
        else if (!HAS_MANY_ROWS.has(name) && said.has(key)) report(line, `${quoted(key)} stands in this table twice.`);
        else rows.push({ line, key, cell });
        said.add(key);
      }
    }
  }
  return rows;
}

export const cellCount = (found: number, wanted: number): string =>
  `This row has ${found} ${found === 1 ? 'cell' : 'cells'} for ${wanted} ${wanted === 1 ? 'column' : 'columns'}.`;

/** Units as they stand on a price tag. */
const UNITS_BY_SYMBOL: Readonly<Record<string, string>> = { piece: 'piece', kg: 'gram', l: 'millilitre', m: 'millimetre' };

/** Undefined where nothing can be sold at all; the mistakes are reported. */
export function readShop(tables: readonly Table[], report: Report, hash: Hash): Shop | undefined {
  const draft = readStore(tables, report);
  const values = new Map([...draft.settings].map(([key, { value }]) => [key, value]));
  inMinorUnits(draft, values, report);
  if (!values.has('timeZone')) values.set('timeZone', 'UTC');
  const read = readSettings(values);
  if (!read.ok) {
    const { key, value, expected } = read.error.detail;
    const word = Object.entries(STORE_WORDS).find(([, { setting }]) => setting === key)?.[0] ?? key;
    const line = draft.settings.get(key)?.line ?? tables.find(isStoreTable)?.line ?? 1;
    report(line, value === '' ? `The table "store" sets "${word}": ${expected}.` : `${quoted(word)} is ${expected}, not ${quoted(value)}.`);
    return undefined;
  }
  const { settings } = read.value;
  const faults: [string, string, string][] = read.value.faults.map(({ detail }) => ['setting', detail.key, 'value']);
  const facts = readFacts(draft, settings, report);
  const taxClasses = readTaxes(readRows(tables, 'tax', report), readRows(tables, 'tax rule', report), { settings, faults, report });
  const goods = readGoods(readRows(tables, 'goods', report), settings.currency, faults, report);
  const prices = readPrices(readRows(tables, 'price', report), { goods, settings, faults, report });
  const minorDigits = minorDigitsOf(settings.currency);
  const skuOf = (name: string): Result<string, Mistake> => {
    const item = goods.itemsByName.get(name);
    return item === undefined ? unknownWord('goods', name, [...goods.itemsByName.keys(), ...goods.unusable]) : ok(item.sku);
  };
  const promoted = { minorDigits, settings, skuOf, faults, report, hash };
  return {
    settings,
    minorDigits,
    promotions: preparePromotions(withoutCouponLoop(readPromotions(readRows(tables, 'promotion', report), promoted), faults)),
    coupons: readCoupons(readRows(tables, 'coupon', report), promoted),
    ...facts,
    ...goods,
    prices: [...goods.prices, ...prices],
    taxClasses,
    people: readPeople(readRows(tables, 'staff', report), readRows(tables, 'grant', report), {
      minorDigits: minorDigitsOf(settings.currency),
      faults,
      report,
    }),
    recalls: new Map(readRows(tables, 'recall', report).map(({ key, cell }) => [key.replace(/^\d+/, gtinKey), cell('reason') ?? ''])),
    tenderTypes: readTenders(readRows(tables, 'tender', report), { goods, settings, faults, report }),
    accounts: readAccounts(readRows(tables, 'account', report), settings, report),
    faults,
  };
}

/** `G1 | gift card | 50.00`: balances, and what of them this lane holds rights to. */
function readAccounts(rows: Rows, { currency, timeZone }: StoreSettings, report: Report): readonly Opening[] {
  const readMinor = (text: string): Result<number, Mistake> => readAmount(text, minorDigitsOf(currency));
  return rows.flatMap((row) => {
    const account = readCell(row, 'kind', (kind) => readAccount(`${kind} ${row.key}`), report);
    if (account === undefined) return [];
    const isPoints = account.account === 'points';
    const readOwn = (text: string): Result<number, Mistake> => (isPoints ? readAmount(text, 0) : readMinor(text));
    const rightsUntilMs = readCell(row, 'rights until', (text) => readMoment(text, timeZone), report);
    return [
      {
        ...account,
        currency: isPoints ? POINTS : currency,
        amountMinor: readCell(row, 'amount', readOwn, report) ?? 0,
        rightsMinor: readCell(row, 'rights', readOwn, report) ?? 0,
        rightsUntilMs: rightsUntilMs ?? Number.MAX_SAFE_INTEGER,
      },
    ];
  });
}

/** Settings that are amounts, by the decimals of the store's currency; an unknown currency is found right after. */
function inMinorUnits({ settings }: Draft, values: Map<string, string>, report: Report): void {
  const minorDigits = currencyOf(values.get('currency') ?? '')?.minorDigits ?? 2;
  for (const { setting, isAmount } of Object.values(STORE_WORDS)) {
    const written = setting === undefined ? undefined : settings.get(setting);
    if (isAmount !== true || setting === undefined || written === undefined) continue;
    const amountMinor = readAmount(written.value, minorDigits);
    if (amountMinor.ok) values.set(setting, String(amountMinor.value));
    else report(written.line, amountMinor.error.message);
  }
}

function readFacts(
  { facts }: Draft,
  settings: StoreSettings,
  report: Report,
): Pick<Shop, 'scopes' | 'operatorAgeYears' | 'clockUncertaintyMs' | 'atMs' | 'store' | 'lane' | 'publication' | 'header'> {
  const text = (name: string, otherwise: string): string => facts.get(name)?.value ?? otherwise;
  const readFact = <T>(name: string, otherwise: string, read: (value: string) => Result<T, Mistake>, standIn: T): T => {
    const result = read(text(name, otherwise));
    if (result.ok) return result.value;
    report(facts.get(name)?.line ?? 1, result.error.message);
    return standIn;
  };
  const operatorAgeYears = facts.has('cashier age') ? readFact('cashier age', '', readNumber, 0) : undefined;
  const scopes = ['zone', 'store'].flatMap((kind) => (facts.has(kind) ? [`${kind}:${text(kind, '')}`] : []));
  return {
    scopes: ['global', ...scopes],
    atMs: readFact('clock', '2026-03-14 12:00', (value) => readMoment(value, settings.timeZone), 0),
    store: text('store', ''),
    lane: text('lane', '1'),
    publication: readFact('publication', '7', readNumber, 0),
    header: {
      shift: readFact('shift', '1', readNumber, 0),
      drawer: text('drawer', 'D1'),
      operator: text('operator', 'op-1'),
      training: readFact('training', 'no', readYes, false),
    },
    ...(operatorAgeYears !== undefined && { operatorAgeYears }),
    clockUncertaintyMs: readFact('clock off by', '0 minutes', readMinutes, 0),
  };
}

type Rows = ReturnType<typeof readRows>;
type Faults = [entity: string, key: string, field: string][];

/** A cell that must be read before the engine sees it; nothing where it is empty. */
function readCell<T>(row: Rows[number], column: string, read: (text: string) => Result<T, Mistake>, report: Report): T | undefined {
  const text = row.cell(column);
  if (text === undefined) return undefined;
  const result = read(text);
  if (result.ok) return result.value;
  report(row.line, result.error.message);
  return undefined;
}

/** `tax rule` rows of one class, and of one time and service, are one variant of it: its taxes, in their order. */
function readTaxes(
  rows: Rows,
  ruleRows: Rows,
  { settings, faults, report }: { readonly settings: StoreSettings; readonly faults: Faults; readonly report: Report },
): ReadonlyMap<string, TaxRule> {
  const taxClasses = new Map<string, TaxRule>();
  for (const row of ruleRows) {
    if (!rows.some(({ key }) => key === row.key)) {
      const known = rows.map(({ key }) => key);
      report(row.line, messageOf(unknownWord('tax', row.key, known)));
    }
  }
  for (const row of rows) {
    const rateBps = readCell(row, 'rate', readRateBps, report);
    const own = ruleRows.filter(({ key }) => key === row.key);
    const read = readTaxClass(row.key, {
      name: row.cell('name') ?? row.key,
      ...(rateBps !== undefined && { rateBps }),
      ...(own.length > 0 && { rules: rulesText(own, settings, report) }),
    });
    if (read.ok) taxClasses.set(row.key, read.value);
    else faults.push(['tax', row.key, read.error.detail.field]);
  }
  return taxClasses;
}

/** The rules as a hub's cell holds them. A row whose part is `none` makes its variant untaxed. */
function rulesText(rows: Rows, { currency }: StoreSettings, report: Report): string {
  const readMinor = (text: string): Result<number, Mistake> => readAmount(text, minorDigitsOf(currency));
  const variants = new Map<string, { readonly taxes: object[] }>();
  for (const row of rows) {
    const conditions = {
      from: row.cell('from'),
      to: row.cell('to'),
      service: row.cell('service') === undefined ? undefined : joined(row.cell('service') ?? ''),
      exempt: readCell(row, 'exempt', readYes, report) === true ? true : undefined,
      name: row.cell('title'),
    };
    const key = JSON.stringify(conditions);
    const variant = variants.get(key) ?? { ...conditions, taxes: [] };
    variants.set(key, variant);
    const part = row.cell('part') ?? '';
    const perUnitMinor = readCell(row, 'per unit', readMinor, report);
    if (part === 'none') continue;
    variant.taxes.push({
      component: part,
      name: row.cell('name') ?? part,
      ratePpm: readCell(row, 'rate', readRatePpm, report),
      on: row.cell('on')?.split(', '),
      ...(perUnitMinor !== undefined && { perUnitMinor, currency }),
    });
  }
  return JSON.stringify([...variants.values()]);
}

type GoodsRead = Pick<Shop, 'itemsByName' | 'itemsBySku' | 'unusable' | 'skusByCode' | 'prices'>;

function readGoods(rows: Rows, currency: string, faults: Faults, report: Report): GoodsRead {
  const itemsByName = new Map<string, Item>();
  const skusByCode = new Map<string, string>();
  const pricesBySku = new Map<string, ScheduledPrice>();
  const unusable = new Set<string>();
  const skus = new Map(rows.map((row) => [row.key, row.cell('sku') ?? row.key]));
  const skuOf = (name: string): Result<string, Mistake> => {
    const sku = skus.get(name);
    return sku === undefined ? unknownWord('goods', name, skus.keys()) : ok(sku);
  };
  for (const row of rows) {
    const sku = row.cell('sku') ?? row.key;
    const minimumAgeYears = readCell(row, 'age', readCount, report);
    const unit = row.cell('unit') ?? 'piece';
    const nature = row.cell('nature');
    const returnDays = readCell(row, 'returns', readReturnDays, report);
    const cost = priceFields(row, 'cost', currency, report);
    const item = readItem(sku, {
      ...furtherFields(row, skuOf, report),
      ...(cost !== undefined && { costAmount: cost['amount'], costDecimals: cost['decimals'], costCurrency: cost['currency'] }),
      name: row.key,
      taxClass: row.cell('tax') ?? '',
      unit: Object.hasOwn(UNITS_BY_SYMBOL, unit) ? UNITS_BY_SYMBOL[unit] : unit,
      ...(minimumAgeYears !== undefined && { minimumAgeYears }),
      ...(nature !== undefined && { nature: joined(nature) }),
      ...(row.cell('collections') !== undefined && { collections: row.cell('collections')?.split(', ').join('\n') }),
      ...(returnDays !== undefined && { returnDays }),
      ...Object.fromEntries(['brand', 'category', 'plu', 'symbol'].map((name) => [name, row.cell(name)])),
    });
    pricesBySku.delete(sku);
    if (!item.ok) {
      faults.push(['item', row.key, item.error.detail.field]);
      unusable.add(row.key);
      itemsByName.delete(row.key);
      continue;
    }
    itemsByName.set(row.key, item.value);
    for (const code of (row.cell('code') ?? '').split(' ').filter((text) => text !== '')) {
      if (isGtin(code)) skusByCode.set(gtinKey(code), sku);
      else report(row.line, `${quoted(code)} is no GTIN: 8, 12, 13 or 14 digits, the last of them the check digit.`);
    }
    const plu = row.cell('plu');
    if (plu !== undefined) skusByCode.set(pluKey(plu), sku);
    const fields = priceFields(row, 'price', currency, report);
    if (fields === undefined) continue;
    const price = readPrice(priceKey(sku, 'regular'), 'global', fields);
    if (price.ok) pricesBySku.set(sku, price.value);
    else faults.push(['price', row.key, price.error.detail.field]);
  }
  const itemsBySku = new Map([...itemsByName.values()].map((item) => [item.sku, item]));
  return { itemsByName, itemsBySku, skusByCode, prices: [...pricesBySku.values()], unusable };
}

/** Deposits, tare and restrictions, as a hub's cells hold them. */
function furtherFields(row: Rows[number], skuOf: (name: string) => Result<string, Mistake>, report: Report): Fields {
  const inSteps = (text: string): Result<number, Mistake> => {
    const quantity = readQuantity(text);
    return quantity.ok ? ok(quantity.value.value) : quantity;
  };
  const fields: Readonly<Record<string, string | number | boolean | undefined>> = {
    tare: readCell(row, 'tare', inSteps, report),
    depositSku: readCell(row, 'deposit', skuOf, report),
    isDeposit: readCell(row, 'container', readYes, report),
    saleHours: row.cell('hours'),
    maximumPerSale: readCell(row, 'most', inSteps, report),
    minimumCashierAgeYears: readCell(row, 'cashier', readCount, report),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `1.19`, or `3.00 USD` for one in another currency. */
function priceFields(row: Rows[number], column: 'price' | 'cost', currency: string, report: Report): Fields | undefined {
  const said = row.cell(column) ?? '';
  const [amount = '', other = currency, ...rest] = said.split(' ');
  if (amount === '') return undefined;
  const price = rest.length === 0 ? readPriceCell(amount) : mistake(`${quoted(said)} is no price: write 1.19 or 3.00 USD`);
  if (price.ok) return { ...price.value, currency: other };
  report(row.line, price.error.message);
  return undefined;
}

/** Promotions that hand out each other's coupons are refused where they would be published. */
function withoutCouponLoop(rules: readonly Promotion[], faults: Faults): readonly Promotion[] {
  const loop = findCouponLoop(
    rules.map(({ promotionId, coupon, offer }) => ({
      promotionId,
      ...(coupon !== undefined && { asksFor: coupon.code }),
      ...(offer.type === 'reward' && offer.reward.type === 'nextCoupon' && { gives: offer.reward.code }),
    })),
  );
  if (loop === undefined) return rules;
  for (const promotionId of loop) faults.push(['promotion', promotionId, 'loop']);
  return withoutCouponLoop(
    rules.filter(({ promotionId }) => !loop.includes(promotionId)),
    faults,
  );
}

interface Stocked {
  readonly goods: GoodsRead;
  readonly settings: StoreSettings;
  readonly faults: Faults;
  readonly report: Report;
}

function readPrices(rows: Rows, { goods, settings, faults, report }: Stocked): readonly ScheduledPrice[] {
  const prices: ScheduledPrice[] = [];
  for (const row of rows) {
    const item = goods.itemsByName.get(row.key);
    if (item === undefined) {
      report(row.line, messageOf(unknownWord('goods', row.key, [...goods.itemsByName.keys(), ...goods.unusable])));
      continue;
    }
    const typeText = row.cell('type') ?? 'regular';
    const type = SCHEDULED_PRICE_TYPES.find((known) => spaced(known) === typeText);
    if (type === undefined) {
      report(row.line, messageOf(unknownWord('type of price', typeText, SCHEDULED_PRICE_TYPES.map(spaced))));
      continue;
    }
    const readTime = (text: string): Result<number, Mistake> => readMoment(text, settings.timeZone);
    const [fromMs, toMs] = [readCell(row, 'from', readTime, report), readCell(row, 'to', readTime, report)];
    const priority = readCell(row, 'priority', readCount, report);
    const fields = priceFields(row, 'price', settings.currency, report);
    if (fields === undefined) continue;
    const source = row.cell('source');
    const fromQuantity = readCell(row, 'quantity', readQuantity, report)?.value;
    const customerGroup = row.cell('group');
    const condition = {
      ...(fromQuantity !== undefined && { fromQuantity }),
      ...(customerGroup !== undefined && { customerGroup }),
    };
    const read = readPrice(priceKey(item.sku, type, fromMs, condition), row.cell('scope') ?? 'global', {
      ...fields,
      ...condition,
      ...(fromMs !== undefined && { fromMs }),
      ...(toMs !== undefined && { toMs }),
      ...(priority !== undefined && { priority }),
      ...(source !== undefined && { source }),
    });
    if (read.ok) prices.push(read.value);
    else faults.push(['price', row.key, read.error.detail.field]);
  }
  return prices;
}

/** `never`, `14 days`. */
function readReturnDays(text: string): Result<number, Mistake> {
  const days = text === 'never' ? '0' : /^(\d{1,5}) days?$/.exec(text)?.[1];
  return days === undefined ? mistake(`${quoted(text)} is no time to bring goods back in: write "never" or "14 days"`) : ok(Number(days));
}

/** `15 minutes`, as milliseconds. */
function readMinutes(text: string): Result<number, Mistake> {
  const minutes = /^(\d{1,5}) minutes?$/.exec(text)?.[1];
  return minutes === undefined ? mistake(`${quoted(text)} is no time span: write 15 minutes`) : ok(Number(minutes) * 60_000);
}

/** `yes`, `no`. */
const readYes = (text: string): Result<boolean, Mistake> =>
  text === 'yes' || text === 'no' ? ok(text === 'yes') : unknownWord('answer', text, ['yes', 'no']);

/** Cash is there without a row of its own. */
function readTenders(rows: Rows, { goods, settings, faults, report }: Stocked): ReadonlyMap<string, TenderType> {
  const tenderTypes = new Map([[CASH.tenderType, CASH]]);
  const minorDigits = minorDigitsOf(settings.currency);
  const readMinor = (text: string): Result<number, Mistake> => readAmount(text, minorDigits);
  for (const row of rows) {
    const named = (column: string, key: string): Fields => {
      const text = row.cell(column);
      return text === undefined ? {} : { [key]: joined(text) };
    };
    const maximumMinor = readCell(row, 'maximum', readMinor, report);
    const cashBackMaximumMinor = readCell(row, 'cash back', readMinor, report);
    const takesTips = readCell(row, 'tips', readYes, report);
    const keepsBalance = readCell(row, 'balance', readYes, report);
    const untaxes = readCell(row, 'untaxes', readYes, report);
    const rate = readCell(row, 'rate', readPriceCell, report);
    const currency = row.cell('currency');
    const eligible = row.cell('for')?.split(', ') ?? [];
    const eligibleTaxClasses = eligible.filter((word) => word.startsWith('tax ')).map((word) => word.slice('tax '.length));
    const eligibleSkus = eligible
      .filter((word) => !word.startsWith('tax '))
      .map((word) => {
        const item = goods.itemsByName.get(word);
        if (item === undefined) report(row.line, messageOf(unknownWord('goods', word, goods.itemsByName.keys())));
        return item?.sku ?? word;
      });
    const read = readTenderType(joined(row.key), {
      ...named('kind', 'kind'),
      ...named('over tender', 'overTender'),
      ...named('refund to', 'refundTo'),
      ...(maximumMinor !== undefined && { maximumMinor }),
      ...(takesTips !== undefined && { takesTips }),
      ...(keepsBalance !== undefined && { keepsBalance }),
      ...(untaxes !== undefined && { untaxes }),
      ...(cashBackMaximumMinor !== undefined && { cashBackMaximumMinor }),
      ...(currency !== undefined && { currency }),
      ...(rate !== undefined && { rateAmount: rate.amount, rateDecimals: rate.decimals }),
      ...(eligibleSkus.length > 0 && { eligibleSkus: eligibleSkus.join('\n') }),
      ...(eligibleTaxClasses.length > 0 && { eligibleTaxClasses: eligibleTaxClasses.join('\n') }),
    });
    if (read.ok) tenderTypes.set(row.key, read.value);
    else faults.push(['tender', row.key, read.error.detail.field]);
  }
  return tenderTypes;
}
