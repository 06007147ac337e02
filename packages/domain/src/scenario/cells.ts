/** What stands in a cell: amounts, prices, quantities, percentages, refusals; each is read into its value and shown in one form only. */
import { ok, type Result } from '@holdfast/base';

import { decimalText, type UnitPrice } from '../money/money.ts';
import { pricedSymbol, quantityText, type Quantity, type Unit } from '../money/quantity.ts';
import { REFUSAL_TYPES, type RefusalType } from '../refusal.ts';
import { mistake, quoted, unknownWord, type Mistake } from './mistake.ts';

/** `tenderTooSmall` → `tender too small`. */
export const spaced = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** `gift card` → `giftCard`. */
export const joined = (words: string): string => words.replaceAll(/ ([a-z])/g, (_, letter: string) => letter.toUpperCase());

const REFUSALS: ReadonlyMap<string, RefusalType> = new Map(REFUSAL_TYPES.map((type) => [spaced(type), type]));

export function readRefusalType(text: string): Result<RefusalType, Mistake> {
  const type = REFUSALS.get(text);
  return type === undefined ? unknownWord('refusal', text, REFUSALS.keys()) : ok(type);
}

/** A number with a point, exact. Whether it is an amount that the engine takes is the engine's to say. */
export function readPrice(text: string): Result<UnitPrice, Mistake> {
  const match = /^(-?)(\d{1,16})(?:\.(\d{1,6}))?$/.exec(text);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  const amount = Number(whole + fraction);
  if (match === null || !Number.isSafeInteger(amount)) return mistake(`${quoted(text)} is no price: write 1.19`);
  return ok({ amount: sign === '-' && amount !== 0 ? -amount : amount, decimals: fraction.length });
}

/** In minor units of a currency with `minorDigits`. */
export function readAmount(text: string, minorDigits: number): Result<number, Mistake> {
  const price = readPrice(text);
  if (!price.ok) return mistake(`${quoted(text)} is no amount: write ${decimalText(1_190, minorDigits)}`);
  const missing = minorDigits - price.value.decimals;
  if (missing < 0) return mistake(`${quoted(text)} has more decimals than the currency`);
  const amountMinor = Number(`${price.value.amount}${'0'.repeat(missing)}`);
  return Number.isSafeInteger(amountMinor) ? ok(amountMinor + 0) : mistake(`${quoted(text)} is no amount: it has too many digits`);
}

/** At least the currency's decimals, and no more than the price needs: 1.2 and 1.200 are the same price. */
export function priceText({ amount, decimals }: UnitPrice, minorDigits: number): string {
  const text = decimalText(amount, decimals);
  const [whole = '', fraction = ''] = text.split('.');
  const shown = fraction.replace(/0+$/, '').padEnd(minorDigits, '0');
  return shown === '' ? whole : `${whole}.${shown}`;
}

const UNIT_SYMBOLS: Readonly<Record<string, { readonly unit: Unit; readonly decimals: number }>> = {
  '': { unit: 'piece', decimals: 0 },
  kg: { unit: 'gram', decimals: 3 },
  g: { unit: 'gram', decimals: 0 },
  l: { unit: 'millilitre', decimals: 3 },
  ml: { unit: 'millilitre', decimals: 0 },
  m: { unit: 'millimetre', decimals: 3 },
  mm: { unit: 'millimetre', decimals: 0 },
};

/** `3`, `-2`, `0.842 kg`, `842 g`, `1.5 l`, `2.40 m`. */
export function readQuantity(text: string): Result<Quantity, Mistake> {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,3}))?(?: (kg|g|l|ml|m|mm))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', symbol = ''] = match ?? [];
  const unit = UNIT_SYMBOLS[symbol];
  const value = Number(whole + fraction.padEnd(unit?.decimals ?? 0, '0'));
  if (match === null || unit === undefined || fraction.length > unit.decimals || !Number.isSafeInteger(value)) {
    return mistake(`${quoted(text)} is no quantity: write 3, or 0.842 kg`);
  }
  return ok({ value: sign === '-' && value !== 0 ? -value : value, unit: unit.unit });
}

/** `3`, `0.842 kg`. */
export const quantityWords = (quantity: Quantity): string => `${quantityText(quantity)} ${pricedSymbol(quantity.unit)}`.trimEnd();

/** `19`, `8.25 %`, in hundredths of a percent. */
export function readRateBps(text: string): Result<number, Mistake> {
  const match = /^(-?\d{1,9})(?:\.(\d{1,2}))?(?: ?%)?$/.exec(text);
  if (match === null) return mistake(`${quoted(text)} is no percentage: write 19 or 8.25`);
  return ok(Number((match[1] ?? '') + (match[2] ?? '').padEnd(2, '0')) + 0);
}

/** `19`, `8.875 %`, in parts per million. */
export function readRatePpm(text: string): Result<number, Mistake> {
  const match = /^(-?\d{1,7})(?:\.(\d{1,4}))?(?: ?%)?$/.exec(text);
  if (match === null) return mistake(`${quoted(text)} is no percentage: write 19 or 8.875`);
  return ok(Number((match[1] ?? '') + (match[2] ?? '').padEnd(4, '0')) + 0);
}

/** `190000` → `19 %`, `88750` → `8.875 %`. */
export const rateText = (ratePpm: number): string => `${decimalText(ratePpm, 4).replace(/\.?0+$/, '')} %`;

/** What is counted from 0. */
export const readNumber = (text: string): Result<number, Mistake> =>
  /^\d{1,15}$/.test(text) ? ok(Number(text)) : mistake(`${quoted(text)} is no number`);

export function readCount(text: string): Result<number, Mistake> {
  return /^-?\d{1,15}$/.test(text) ? ok(Number(text) + 0) : mistake(`${quoted(text)} is no whole number`);
}
