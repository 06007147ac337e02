/**
 * One row of an import, judged: what it says of an item, its code and its price, or why it is refused. Nothing is guessed: a price is
 * read digit by digit, a code's check digit is counted, an unknown unit or tax class refuses the row.
 */
import { err, ok, type Result } from '@holdfast/base';
import {
  currencyOf,
  gtinKey,
  isGtin,
  MAX_CODE_LENGTH,
  MAX_STYLE_LENGTH,
  parseOptions,
  pluKey,
  parseSaleHours,
  parseQuantity,
  priceKey,
  type PriceType,
  type Quantity,
  type Unit,
  type UnitPrice,
} from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import { type Parents, pathOf } from '../goods/category-tree.ts';
import { type AttributeColumn, readAttributeCells } from './attribute-columns.ts';
import { cellsOf, type Cells, type ColumnIndex } from './columns.ts';
import { COST_WORDS, costFields, readCost } from './cost.ts';
import { findUnfitText, parsePrice, refuse, type Refusal } from './refusal.ts';

/** Header words of a goods list. */
export const CATALOG_WORDS = {
  gtin: ['gtin', 'ean', 'ean13', 'upc', 'barcode', 'gtin13', 'gtin14'],
  pack_units: ['packunits', 'unitsperpack', 'piecesperpack', 'unitspercase', 'casequantity'],
  sku: ['sku', 'stockcode', 'articlenumber', 'article', 'itemnumber', 'itemno', 'productcode'],
  name: ['name', 'description', 'productname', 'itemname', 'title'],
  brand: ['brand', 'brandname', 'manufacturer'],
  category: ['category', 'department', 'productgroup'],
  price: ['price', 'unitprice', 'retailprice', 'amount'],
  currency: ['currency', 'currencycode'],
  tax_class: ['taxclass', 'taxcode', 'tax', 'vatclass'],
  unit: ['unit', 'uom', 'unitofmeasure'],
  plu: ['plu', 'plucode'],
  minimum_age: ['minimumage', 'minage', 'age', 'agerestriction'],
  symbol: ['symbol', 'emoji', 'icon'],
  price_from: ['pricefrom', 'validfrom', 'from'],
  price_to: ['priceto', 'validto', 'validuntil', 'to'],
  price_type: ['pricetype'],
  deposit_sku: ['depositsku', 'depositarticle'],
  sale_hours: ['salehours', 'hoursofsale'],
  maximum_per_sale: ['maximumpersale', 'maxpersale'],
  cashier_age: ['cashierage', 'minimumcashierage'],
  tare: ['tare', 'taregrams'],
  is_deposit: ['isdeposit', 'containerdeposit'],
  content: ['content', 'netcontent', 'netweight', 'packagesize'],
  style: ['style', 'stylename', 'parentname'],
  options: ['options', 'variant', 'variantoptions'],
  cost: COST_WORDS,
  invoice: ['invoiceno', 'invoice', 'invoicenumber', 'receiptno', 'receiptnumber'],
} as const;
export type CatalogField = keyof typeof CATALOG_WORDS;
export type CatalogColumns = ColumnIndex<CatalogField>;

/** Fields by number, as `changes.ts` has them. */
type Fields = Readonly<Record<string, FieldValue>>;

export interface ImportedPrice {
  readonly key: string;
  readonly fields: Fields;
}

/** A code that means the item. */
export interface ImportedCode {
  readonly key: string;
  /** Of a pack; null: it stands for one; absent: the file does not say. */
  readonly units?: number | null;
}

export interface ImportedRow {
  readonly sku: string;
  readonly item: Fields;
  /** What only a new item gets. */
  readonly itemDefaults: Fields;
  readonly codes: readonly ImportedCode[];
  readonly price: ImportedPrice | null;
  /** By the codes of their attributes; null: the file leaves it empty. */
  readonly attributes: Readonly<Record<string, string | null>>;
}

export interface RowDefaults {
  readonly currency: string;
  readonly taxClass: string;
  readonly knownTaxClasses: ReadonlySet<string>;
  readonly attributeColumns: readonly AttributeColumn[];
  readonly parents: Parents;
}

const UNIT_WORDS: Readonly<Record<string, Unit>> = {
  piece: 'piece',
  pieces: 'piece',
  pc: 'piece',
  pcs: 'piece',
  each: 'piece',
  ea: 'piece',
  stk: 'piece',
  c62: 'piece',
  gram: 'gram',
  grams: 'gram',
  g: 'gram',
  kg: 'gram',
  kilogram: 'gram',
  kgm: 'gram',
  grm: 'gram',
  millilitre: 'millilitre',
  milliliter: 'millilitre',
  ml: 'millilitre',
  l: 'millilitre',
  litre: 'millilitre',
  liter: 'millilitre',
  ltr: 'millilitre',
  mlt: 'millilitre',
  millimetre: 'millimetre',
  millimeter: 'millimetre',
  mm: 'millimetre',
  m: 'millimetre',
  metre: 'millimetre',
  meter: 'millimetre',
  mtr: 'millimetre',
  mmt: 'millimetre',
};

export function readCatalogRow(columns: CatalogColumns, row: readonly string[], defaults: RowDefaults): Result<ImportedRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return err(unfit);
  const cell = cellsOf(columns, row);
  const codes = readCodes(columns, cell);
  if (!codes.ok) return codes;
  const item = readItemFields(columns, cell, defaults);
  if (!item.ok) return item;
  const price = readPriceFields(cell, codes.value.sku, defaults);
  if (!price.ok) return price;
  const category = columns.has('category') ? pathOf(defaults.parents, cell('category')) : undefined;
  const attributes = readAttributeCells(defaults.attributeColumns, row, category);
  if (!attributes.ok) return attributes;
  return ok({ ...codes.value, ...item.value, price: price.value, attributes: attributes.value });
}

function readCodes(
  columns: CatalogColumns,
  cell: Cells<CatalogField>,
): Result<{ readonly sku: string; readonly codes: readonly ImportedCode[] }, Refusal> {
  const gtin = cell('gtin').replaceAll(/[\s-]/g, '');
  const plu = cell('plu');
  if (gtin !== '' && !/^(?:\d{8}|\d{12,14})$/.test(gtin)) return refuse('badGtin', cell('gtin'));
  if (gtin !== '' && !isGtin(gtin)) return refuse('badCheckDigit', gtin);
  if (plu !== '' && !/^\d{1,6}$/.test(plu)) return refuse('badPlu', plu);
  const sku = cell('sku') || gtin || plu;
  if (sku === '') return refuse('noCode', cell('name'));
  if (cell('deposit_sku') === sku) return refuse('depositOnItself', sku);
  if (sku.length > MAX_CODE_LENGTH || sku.includes('\n')) return refuse('tooLong', sku);
  const units = readPackUnits(cell, gtin);
  if (!units.ok) return units;
  const ofGtin: ImportedCode = { key: gtinKey(gtin), ...(columns.has('pack_units') && { units: units.value }) };
  return ok({ sku, codes: [...(gtin === '' ? [] : [ofGtin]), ...(plu === '' ? [] : [{ key: pluKey(plu) }])] });
}

/** How many pieces the row's GTIN stands for; null: one. */
function readPackUnits(cell: Cells<CatalogField>, gtin: string): Result<number | null, Refusal> {
  const text = cell('pack_units');
  if (text === '' || text === '1') return ok(null);
  if (!/^[1-9]\d{0,3}$/.test(text) || gtin === '') return refuse('badPackUnits', text);
  const unit = cell('unit').toLowerCase();
  return unit === '' || UNIT_WORDS[unit] === 'piece' ? ok(Number(text)) : refuse('badPackUnits', text);
}

function readItemFields(
  columns: CatalogColumns,
  cell: Cells<CatalogField>,
  defaults: RowDefaults,
): Result<{ readonly item: Fields; readonly itemDefaults: Fields }, Refusal> {
  const name = cell('name');
  if (name === '') return refuse('noName', '');
  const taxClass = cell('tax_class');
  if (taxClass !== '' && !defaults.knownTaxClasses.has(taxClass)) return refuse('unknownTaxClass', taxClass);
  const unit = Object.hasOwn(UNIT_WORDS, cell('unit').toLowerCase()) ? UNIT_WORDS[cell('unit').toLowerCase()] : undefined;
  if (cell('unit') !== '' && unit === undefined) return refuse('unknownUnit', cell('unit'));
  const minimumAge = cell('minimum_age');
  if (!/^(?:|\d{1,2}|1[0-4]\d|150)$/.test(minimumAge)) return refuse('badMinimumAge', minimumAge);
  if (cell('symbol').length > 16) return refuse('badSymbol', cell('symbol'));
  const further = readFurther(cell);
  if (!further.ok) return further;
  const variant = readVariant(cell);
  if (!variant.ok) return variant;
  const cost = readCost(cell, defaults);
  if (!cost.ok) return cost;

  const item: Record<string, FieldValue> = { '1': name };
  // A column that the file has, and leaves empty, clears; a column that it has not says nothing.
  const optional = (field: CatalogField, column: string, value: FieldValue): void => {
    if (columns.has(field)) item[column] = cell(field) === '' ? null : value;
  };
  optional('brand', '2', cell('brand'));
  optional('category', '3', cell('category'));
  optional('minimum_age', '6', Number(minimumAge));
  optional('plu', '7', cell('plu'));
  optional('symbol', '8', cell('symbol'));
  optional('deposit_sku', '10', cell('deposit_sku'));
  optional('sale_hours', '11', cell('sale_hours'));
  optional('maximum_per_sale', '12', further.value.maximumPerSale);
  optional('cashier_age', '13', Number(cell('cashier_age')));
  optional('tare', '40', further.value.tare);
  optional('is_deposit', '41', YES.has(cell('is_deposit').toLowerCase()));
  optional('content', '53', further.value.content?.value ?? null);
  optional('content', '54', further.value.content?.unit ?? null);
  optional('style', '98', cell('style'));
  optional('options', '99', variant.value);
  for (const [column, value] of Object.entries(costFields(cost.value))) optional('cost', column, value);
  const itemDefaults: Record<string, FieldValue> = {};
  if (taxClass === '') itemDefaults['4'] = defaults.taxClass;
  else item['4'] = taxClass;
  if (unit === undefined) itemDefaults['5'] = 'piece';
  else item['5'] = unit;
  return ok({ item, itemDefaults });
}

const YES: ReadonlySet<string> = new Set(['yes', 'true', '1']);
const NO: ReadonlySet<string> = new Set(['', 'no', 'false', '0']);

/** Quantities in the smallest steps of the unit: pieces, grams, millilitres, millimetres. */
function readFurther(
  cell: Cells<CatalogField>,
): Result<{ readonly maximumPerSale: number; readonly tare: number; readonly content?: Quantity }, Refusal> {
  const hours = cell('sale_hours');
  if (hours !== '' && !parseSaleHours(hours).ok) return refuse('badSaleHours', hours);
  if (!/^(?:|\d{1,2}|1[0-4]\d|150)$/.test(cell('cashier_age'))) return refuse('badCashierAge', cell('cashier_age'));
  if (!/^(?:|[1-9]\d{0,8})$/.test(cell('maximum_per_sale'))) return refuse('badMaximum', cell('maximum_per_sale'));
  if (!/^\d{0,9}$/.test(cell('tare'))) return refuse('badTare', cell('tare'));
  if (cell('deposit_sku').length > MAX_CODE_LENGTH) return refuse('tooLong', cell('deposit_sku'));
  const isDeposit = cell('is_deposit').toLowerCase();
  if (!YES.has(isDeposit) && !NO.has(isDeposit)) return refuse('badYesOrNo', isDeposit);
  const content = readContent(cell('content'));
  if (content === 'bad') return refuse('badContent', cell('content'));
  return ok({
    maximumPerSale: Number(cell('maximum_per_sale')),
    tare: Number(cell('tare')),
    ...(content !== undefined && { content }),
  });
}

/** What tells a variant apart. It is kept as it is written: a file that was exported says nothing else. */
function readVariant(cell: Cells<CatalogField>): Result<string, Refusal> {
  const [style, text] = [cell('style'), cell('options')];
  if (style.length > MAX_STYLE_LENGTH || style.includes('\n')) return refuse('tooLong', style);
  if (text === '') return ok('');
  const options = parseOptions(text);
  return options.ok && style !== '' ? ok(text) : refuse('badOptions', text);
}

const CONTENT_UNITS: Readonly<Record<string, Unit>> = {
  g: 'gram',
  kg: 'gram',
  ml: 'millilitre',
  l: 'millilitre',
  mm: 'millimetre',
  m: 'millimetre',
};

/** `750 ml`, `0.75 l`, `1,5 kg`: of one piece. */
function readContent(text: string): Quantity | 'bad' | undefined {
  if (text === '') return undefined;
  const symbol = /(?<=[\d\s])(?:k?g|m?l|m?m)$/i.exec(text)?.[0].toLowerCase() ?? '';
  const unit = CONTENT_UNITS[symbol];
  const quantity = unit === undefined ? undefined : parseQuantity(text.toLowerCase(), unit);
  return quantity?.ok === true && quantity.value.value > 0 ? quantity.value : 'bad';
}

function readPriceFields(cell: Cells<CatalogField>, sku: string, defaults: RowDefaults): Result<ImportedPrice | null, Refusal> {
  if (cell('price') === '') return ok(null);
  const currencyText = (cell('currency') || defaults.currency).toUpperCase();
  const currency = currencyOf(currencyText);
  if (currency === undefined) return refuse('unknownCurrency', currencyText);
  const price = parsePrice(cell('price'), currency.minorDigits);
  if (!price.ok) return price;
  const type = cell('price_type').toLowerCase() || 'regular';
  if (!isScheduledType(type)) return refuse('badPriceType', cell('price_type'));
  const fromMs = parseMoment(cell('price_from'));
  if (!fromMs.ok) return fromMs;
  const toMs = parseMoment(cell('price_to'));
  if (!toMs.ok) return toMs;
  if (fromMs.value !== null && toMs.value !== null && toMs.value <= fromMs.value) return refuse('badDate', cell('price_to'));
  return ok(importedPrice(sku, type, price.value, { currency: currencyText, fromMs: fromMs.value, toMs: toMs.value, source: null }));
}

export function importedPrice(
  sku: string,
  type: PriceType,
  price: UnitPrice,
  facts: { readonly currency: string; readonly fromMs: number | null; readonly toMs: number | null; readonly source: string | null },
): ImportedPrice {
  return {
    key: priceKey(sku, type, facts.fromMs ?? undefined),
    fields: { '1': price.amount, '2': price.decimals, '3': facts.currency, '4': facts.fromMs, '5': facts.toMs, '7': facts.source },
  };
}

/** What needs no condition: breaks and members' prices are imported as prices. */
export const isScheduledType = (text: string): text is PriceType => text === 'regular' || text === 'promotional' || text === 'clearance';

/** `YYYY-MM-DD`, or a moment by ISO 8601 with its offset; a date alone begins at midnight UTC. */
export function parseMoment(text: string): Result<number | null, Refusal> {
  if (text === '') return ok(null);
  const isMoment = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isMoment ? Date.parse(text) : Number.NaN;
  return Number.isSafeInteger(ms) ? ok(ms) : refuse('badDate', text);
}
