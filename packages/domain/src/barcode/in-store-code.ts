/**
 * Codes that a store prints itself, for goods of its own or with a price, weight or count inside (GS1 prefixes 02 and 20 to 29). What their
 * digits mean is national and per retailer, so nothing here knows it: templates do, which are a setting.
 *
 * A template is the code, digit by digit: `21 iiii v ppp.pp c`. Digits are its prefix; `i` the item's number, `v` the verifier of the value,
 * `p` a price in the store's currency, `w` a weight (or volume, or length) in what the item is priced by, `n` a count of pieces, each with a
 * point where its decimals begin; `x` a digit that says nothing; `c` the check digit. Blanks are for the reader. It has 13 digits, or the 12 of a
 * UPC-A that begins with 2.
 */
import { err, ok, type Result } from '@holdfast/base';

import type { Item } from '../catalog/catalog.ts';
import type { UnitPrice } from '../money/money.ts';
import { isMeasured, type Unit } from '../money/quantity.ts';
import { checkDigit, gtinKey, isGtin, pluKey } from './barcode.ts';

export type InStoreValueKind = 'price' | 'weight' | 'count';

export interface InStoreTemplate {
  /** As it was written. */
  readonly text: string;
  /** One letter or digit for each of the 13 digits of the code. */
  readonly places: string;
  readonly kind: InStoreValueKind;
  readonly decimals: number;
}

export interface MalformedTemplate {
  readonly type: 'malformedTemplate';
  readonly expected: string;
}

/** What one code says. */
export interface InStoreCode {
  readonly kind: InStoreValueKind;
  /** Without its point: 499 with 2 decimals is 4.99. 0 where the code leaves it open. */
  readonly value: number;
  readonly decimals: number;
  /** Keys of `code` entities that may mean the item, to be tried in this order; then an SKU that is the item's very number. */
  readonly keys: readonly string[];
  readonly itemNumber: string;
}

export interface BadPriceVerifier {
  readonly type: 'badPriceVerifier';
  readonly detail: { readonly code: string; readonly expected: string };
}

const KINDS: Readonly<Record<string, InStoreValueKind>> = { p: 'price', w: 'weight', n: 'count' };
const CODE_LENGTH = 13;

const malformed = (expected: string): Result<never, MalformedTemplate> => err({ type: 'malformedTemplate', expected });

/** Templates, one a line; of two that match a code the one with the longer prefix reads it. */
export function parseInStoreTemplates(text: string): Result<readonly InStoreTemplate[], MalformedTemplate> {
  const templates: InStoreTemplate[] = [];
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const template = parseTemplate(line.trim());
    if (!template.ok) return template;
    templates.push(template.value);
  }
  return ok(templates.sort((left, right) => prefixOf(right.places).length - prefixOf(left.places).length));
}

const prefixOf = (places: string): string => /^\d*/.exec(places)?.[0] ?? '';

function parseTemplate(text: string): Result<InStoreTemplate, MalformedTemplate> {
  const match = /^(\d{1,7})([ivx]*)((?:p+|w+|n+)(?:\.(?:p+|w+|n+))?)([ivx]*)c$/.exec(text.toLowerCase().replaceAll(' ', ''));
  if (match === null) return malformed('a template such as 21 iiii v ppp.pp c');
  const [, prefix = '', before = '', value = '', after = ''] = match;
  const [wholePart = '', fraction = ''] = value.split('.');
  const kind = KINDS[value[0] ?? ''];
  if (kind === undefined || (fraction !== '' && fraction[0] !== value[0])) return malformed('one kind of value: p, w or n');
  const digits = wholePart + fraction;
  let places = `${prefix}${before}${digits}${after}c`;
  if (places.length === CODE_LENGTH - 1) places = `0${places}`;
  if (places.length !== CODE_LENGTH) return malformed('12 or 13 digits long');
  if (!/^(?:02|2)/.test(places)) return malformed('a code that begins with 02, or 20 to 29');
  const count = (letter: string): number => places.split(letter).length - 1;
  if (!/i/.test(places) || /i[^i]+i/.test(places)) return malformed('the item’s number in one piece');
  if (count('v') > 1 || (count('v') === 1 && digits.length !== 4 && digits.length !== 5))
    return malformed('one verifier, of 4 or 5 digits');
  if (kind === 'count' && fraction !== '') return malformed('whole pieces');
  if (fraction.length > 3) return malformed('at most 3 decimals');
  return ok({ text, places, kind, decimals: fraction.length });
}

/** What a code says of how much of an item is sold, and for what. A value of 0 says nothing: the catalogue and the scale do. */
export function saidByCode(
  { kind, value, decimals }: InStoreCode,
  { sku, name, unit }: Pick<Item, 'sku' | 'name' | 'unit'>,
): Result<SaidByCode, UnitMismatch> {
  if (value === 0) return ok({});
  if (kind === 'price') return ok({ label: { amount: value, decimals } });
  if ((kind === 'weight') !== isMeasured(unit)) return err({ type: 'unitMismatch', detail: { sku, name, unit, offered: kind } });
  if (kind === 'count') return ok({ quantity: value });
  // In the smallest steps of the unit, of which a kilogram, a litre and a metre have 1,000 each.
  return ok({ quantity: value * 10 ** (3 - decimals), tare: 0 });
}

/** As a command to sell the item has it. A label's weight is net: what is packed in front of nobody is weighed without its package. */
export interface SaidByCode {
  readonly label?: UnitPrice;
  readonly quantity?: number;
  readonly tare?: 0;
}

export interface UnitMismatch {
  readonly type: 'unitMismatch';
  readonly detail: { readonly sku: string; readonly name: string; readonly unit: Unit; readonly offered: InStoreValueKind };
}

/** The digits at a letter's places. */
const digitsAt = (code: string, places: string, letters: string): string =>
  [...code].filter((_, index) => letters.includes(places[index] ?? '')).join('');

/** Reads one scan's digits by the first template that they fit; undefined where none does, and the code is like any other. */
export function readInStoreCode(digits: string, templates: readonly InStoreTemplate[]): Result<InStoreCode | undefined, BadPriceVerifier> {
  const code = digits.padStart(CODE_LENGTH, '0');
  if (code.length !== CODE_LENGTH || !isGtin(digits)) return ok(undefined);
  const template = templates.find(({ places }) => code.startsWith(prefixOf(places)));
  if (template === undefined) return ok(undefined);
  const { places, kind, decimals } = template;
  const value = digitsAt(code, places, 'pwn');
  const verifier = digitsAt(code, places, 'v');
  const expected = verifier === '' ? '' : priceVerifier(value);
  if (verifier !== expected) return err({ type: 'badPriceVerifier', detail: { code: digits, expected } });
  const itemNumber = digitsAt(code, places, 'i');
  // Retailers list such an item under its code with the value taken out, or under its number.
  const blank = [...code]
    .map((digit, index) => ('vpwn'.includes(places[index] ?? '') ? '0' : digit))
    .join('')
    .slice(0, -1);
  const keys = [gtinKey(blank + checkDigit(blank)), pluKey(itemNumber), pluKey(itemNumber.replace(/^0+(?=\d)/, ''))];
  return ok({ kind, value: Number(value), decimals, keys: [...new Set(keys)], itemNumber });
}

/** Weighting tables of the GS1 General Specifications, 7.9: the product's digits, tens added to or taken from the units. */
const TIMES_2_MINUS = [0, 2, 4, 6, 8, 9, 1, 3, 5, 7] as const;
const TIMES_3 = [0, 3, 6, 9, 2, 5, 8, 1, 4, 7] as const;
const TIMES_5_PLUS = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9] as const;
const TIMES_5_MINUS = [0, 5, 9, 4, 8, 3, 7, 2, 6, 1] as const;
type Weighting = readonly number[];

const FOUR: readonly Weighting[] = [TIMES_2_MINUS, TIMES_2_MINUS, TIMES_3, TIMES_5_MINUS];
const FIVE: readonly Weighting[] = [TIMES_5_PLUS, TIMES_2_MINUS, TIMES_5_MINUS, TIMES_5_PLUS, TIMES_2_MINUS];

/** The verifier of a value of 4 or 5 digits. */
export function priceVerifier(digits: string): string {
  const weightings = digits.length === 4 ? FOUR : FIVE;
  const sum = weightings.reduce((total, weighting, index) => total + (weighting[Number(digits[index])] ?? 0), 0);
  if (digits.length === 4) return String((sum * 3) % 10);
  return String(TIMES_5_MINUS.findIndex((product) => product === (10 - (sum % 10)) % 10));
}
