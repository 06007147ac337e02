/**
 * One row of an import, judged: what it says of an item, its code and its price, or why it is refused. Nothing is guessed: a price is
 * read digit by digit, a code's check digit is counted, an unknown unit or tax class refuses the row.
 */
import { err, ok, type Result } from '@holdfast/base';
import {
  currencyOf,
  gtinKey,
  isGtin,
  isUnitPrice,
  MAX_CODE_LENGTH,
  pluKey,
  PRICE_TYPES,
  priceKey,
  type PriceType,
  type Unit,
  type UnitPrice,
} from '@holdfast/domain';

import { isPlainText } from '../plain-text.ts';
import type { FieldValue } from './changes.ts';
import type { ColumnIndex, ImportField } from './import-columns.ts';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly value: string;
}

export type RefusalReason =
  | 'malformedRow'
  | 'notUtf8'
  | 'controlCharacters'
  | 'tooLong'
  | 'noCode'
  | 'badCheckDigit'
  | 'badGtin'
  | 'badPlu'
  | 'noName'
  | 'badPrice'
  | 'ambiguousPrice'
  | 'negativePrice'
  | 'priceOutOfRange'
  | 'unknownCurrency'
  | 'unknownTaxClass'
  | 'unknownUnit'
  | 'badMinimumAge'
  | 'badSymbol'
  | 'badDate'
  | 'badPriceType';

/** Fields by number, as `changes.ts` has them. */
type Fields = Readonly<Record<string, FieldValue>>;

export interface ImportedPrice {
  readonly key: string;
  readonly fields: Fields;
}

export interface ImportedRow {
  readonly sku: string;
  readonly item: Fields;
  /** What only a new item gets. */
  readonly itemDefaults: Fields;
  /** Keys of codes that mean the item. */
  readonly codes: readonly string[];
  readonly price: ImportedPrice | null;
}

export interface RowDefaults {
  readonly currency: string;
  readonly taxClass: string;
  readonly knownTaxClasses: ReadonlySet<string>;
}

const MAX_TEXT_LENGTH = 500;
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

type Cells = (field: ImportField) => string;

/** A cell by its field, trimmed; empty where the row or the file has none. */
export const cellsOf =
  (columns: ColumnIndex, row: readonly string[]): Cells =>
  (field) => {
    const index = columns.get(field);
    return index === undefined ? '' : (row[index] ?? '').trim();
  };

export function readImportRow(columns: ColumnIndex, row: readonly string[], defaults: RowDefaults): Result<ImportedRow, Refusal> {
  const unfit = findUnfitText(row);
  if (unfit !== undefined) return err(unfit);
  const cell = cellsOf(columns, row);
  const codes = readCodes(cell);
  if (!codes.ok) return codes;
  const item = readItemFields(columns, cell, defaults);
  if (!item.ok) return item;
  const price = readPriceFields(cell, codes.value.sku, defaults);
  if (!price.ok) return price;
  return ok({ ...codes.value, ...item.value, price: price.value });
}

/** What cannot be stored or shown, wherever in the row it stands. */
export function findUnfitText(row: readonly string[]): Refusal | undefined {
  for (const text of row) {
    if (text.includes('\uFFFD')) return { reason: 'notUtf8', value: text.slice(0, 80) };
    if (!isPlainText(text.trim(), Number.MAX_SAFE_INTEGER)) return { reason: 'controlCharacters', value: text.slice(0, 80) };
    if (text.length > MAX_TEXT_LENGTH) return { reason: 'tooLong', value: text.slice(0, 80) };
  }
  return undefined;
}

function readCodes(cell: Cells): Result<{ readonly sku: string; readonly codes: readonly string[] }, Refusal> {
  const gtin = cell('gtin').replaceAll(/[\s-]/g, '');
  const plu = cell('plu');
  if (gtin !== '' && !/^(?:\d{8}|\d{12,14})$/.test(gtin)) return err({ reason: 'badGtin', value: cell('gtin') });
  if (gtin !== '' && !isGtin(gtin)) return err({ reason: 'badCheckDigit', value: gtin });
  if (plu !== '' && !/^\d{1,6}$/.test(plu)) return err({ reason: 'badPlu', value: plu });
  const sku = cell('sku') || gtin || plu;
  if (sku === '') return err({ reason: 'noCode', value: cell('name').slice(0, 80) });
  if (sku.length > MAX_CODE_LENGTH || sku.includes('\n')) return err({ reason: 'tooLong', value: sku.slice(0, 80) });
  return ok({ sku, codes: [...(gtin === '' ? [] : [gtinKey(gtin)]), ...(plu === '' ? [] : [pluKey(plu)])] });
}

function readItemFields(
  columns: ColumnIndex,
  cell: Cells,
  defaults: RowDefaults,
): Result<{ readonly item: Fields; readonly itemDefaults: Fields }, Refusal> {
  const name = cell('name');
  if (name === '') return err({ reason: 'noName', value: '' });
  const taxClass = cell('tax_class');
  if (taxClass !== '' && !defaults.knownTaxClasses.has(taxClass)) return err({ reason: 'unknownTaxClass', value: taxClass });
  const unit = Object.hasOwn(UNIT_WORDS, cell('unit').toLowerCase()) ? UNIT_WORDS[cell('unit').toLowerCase()] : undefined;
  if (cell('unit') !== '' && unit === undefined) return err({ reason: 'unknownUnit', value: cell('unit') });
  const minimumAge = cell('minimum_age');
  if (!/^(?:|\d{1,2}|1[0-4]\d|150)$/.test(minimumAge)) return err({ reason: 'badMinimumAge', value: minimumAge });
  if (cell('symbol').length > 16) return err({ reason: 'badSymbol', value: cell('symbol').slice(0, 80) });

  const item: Record<string, FieldValue> = { '1': name };
  // A column that the file has, and leaves empty, clears; a column that it has not says nothing.
  const optional = (field: ImportField, column: string, value: FieldValue): void => {
    if (columns.has(field)) item[column] = cell(field) === '' ? null : value;
  };
  optional('brand', '2', cell('brand'));
  optional('category', '3', cell('category'));
  optional('minimum_age', '6', Number(minimumAge));
  optional('plu', '7', cell('plu'));
  optional('symbol', '8', cell('symbol'));
  const itemDefaults: Record<string, FieldValue> = {};
  if (taxClass === '') itemDefaults['4'] = defaults.taxClass;
  else item['4'] = taxClass;
  if (unit === undefined) itemDefaults['5'] = 'piece';
  else item['5'] = unit;
  return ok({ item, itemDefaults });
}

function readPriceFields(cell: Cells, sku: string, defaults: RowDefaults): Result<ImportedPrice | null, Refusal> {
  if (cell('price') === '') return ok(null);
  const currencyText = (cell('currency') || defaults.currency).toUpperCase();
  const currency = currencyOf(currencyText);
  if (currency === undefined) return err({ reason: 'unknownCurrency', value: currencyText });
  const price = parsePrice(cell('price'), currency.minorDigits);
  if (!price.ok) return price;
  const type = cell('price_type').toLowerCase() || 'regular';
  if (!isScheduledType(type)) return err({ reason: 'badPriceType', value: cell('price_type') });
  const fromMs = parseMoment(cell('price_from'));
  if (!fromMs.ok) return fromMs;
  const toMs = parseMoment(cell('price_to'));
  if (!toMs.ok) return toMs;
  if (fromMs.value !== null && toMs.value !== null && toMs.value <= fromMs.value)
    return err({ reason: 'badDate', value: cell('price_to') });
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

const isScheduledType = (text: string): text is PriceType => text !== 'override' && PRICE_TYPES.some((type) => type === text);

/**
 * A price digit by digit, exactly: `2.5` with 2 minor digits is 250 × 10^-2, `0.001` is 1 × 10^-3. At most 4 decimals, after a point or a
 * comma; a comma before three digits may be a thousands separator, so it is refused. Zeros beyond the currency's own digits are dropped.
 */
export function parsePrice(text: string, minorDigits: number): Result<UnitPrice, Refusal> {
  const match = /^(-?)(\d{1,10})(?:([.,])(\d{1,4}))?$/.exec(text);
  if (match === null) return err({ reason: 'badPrice', value: text.slice(0, 80) });
  const [, sign, whole = '', separator, fraction = ''] = match;
  if (sign === '-') return err({ reason: 'negativePrice', value: text });
  if (separator === ',' && fraction.length === 3) return err({ reason: 'ambiguousPrice', value: text });
  let digits = fraction.padEnd(minorDigits, '0');
  while (digits.length > minorDigits && digits.endsWith('0')) digits = digits.slice(0, -1);
  const price = { amount: Number(whole + digits), decimals: digits.length };
  return isUnitPrice(price) ? ok(price) : err({ reason: 'priceOutOfRange', value: text });
}

/** `YYYY-MM-DD`, or a moment by ISO 8601 with its offset; a date alone begins at midnight UTC. */
function parseMoment(text: string): Result<number | null, Refusal> {
  if (text === '') return ok(null);
  const isMoment = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = isMoment ? Date.parse(text) : Number.NaN;
  return Number.isSafeInteger(ms) ? ok(ms) : err({ reason: 'badDate', value: text.slice(0, 80) });
}
