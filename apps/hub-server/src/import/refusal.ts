/** Why a row is not taken, and what every cell is judged by. Nothing is guessed: a price is read digit by digit. */
import { err, ok, type Result } from '@holdfast/base';
import { isUnitPrice, type UnitPrice } from '@holdfast/domain';

import { isPlainText } from '../plain-text.ts';

export interface Refusal {
  /** One word for programs, the same in every version: docs/IMPORTS.md lists them. */
  readonly reason: string;
  readonly value: string;
}

export interface RefusedRow extends Refusal {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
}

/** A cell as a refusal may show it. */
export const refuse = (reason: string, value: string): { readonly ok: false; readonly error: Refusal } =>
  err({ reason, value: value.slice(0, 80) });

const MAX_TEXT_LENGTH = 500;

/** What cannot be stored or shown, wherever in the row it stands. */
export function findUnfitText(row: readonly string[], maxLength = MAX_TEXT_LENGTH): Refusal | undefined {
  for (const text of row) {
    if (text.includes('\uFFFD')) return { reason: 'notUtf8', value: text.slice(0, 80) };
    if (!isPlainText(text.trim(), Number.MAX_SAFE_INTEGER)) return { reason: 'controlCharacters', value: text.slice(0, 80) };
    if (text.length > maxLength) return { reason: 'tooLong', value: text.slice(0, 80) };
  }
  return undefined;
}

/**
 * A price digit by digit, exactly: `2.5` with 2 minor digits is 250 × 10^-2, `0.001` is 1 × 10^-3. At most 4 decimals, after a point or a
 * comma; a comma before three digits may be a thousands separator, so it is refused. Zeros beyond the currency's own digits are dropped.
 */
export function parsePrice(text: string, minorDigits: number): Result<UnitPrice, Refusal> {
  const match = /^(-?)(\d{1,10})(?:([.,])(\d{1,4}))?$/.exec(text);
  if (match === null) return refuse('badPrice', text);
  const [, sign, whole = '', separator, fraction = ''] = match;
  if (sign === '-') return refuse('negativePrice', text);
  if (separator === ',' && fraction.length === 3) return refuse('ambiguousPrice', text);
  let digits = fraction.padEnd(minorDigits, '0');
  while (digits.length > minorDigits && digits.endsWith('0')) digits = digits.slice(0, -1);
  const price = { amount: Number(whole + digits), decimals: digits.length };
  return isUnitPrice(price) ? ok(price) : refuse('priceOutOfRange', text);
}
