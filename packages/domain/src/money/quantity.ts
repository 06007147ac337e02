/**
 * A quantity is an integer count of its unit's smallest step; no float ever touches it.
 * A price is quoted per `pricingStep` of that unit: per piece, per 1,000 g (kg), per 1,000 ml (l), per 1,000 mm (m).
 */
import { err, ok, type Result } from '@holdfast/base';

export const UNITS = ['piece', 'gram', 'millilitre', 'millimetre'] as const;
export type Unit = (typeof UNITS)[number];

export interface Quantity {
  /** Integer, in steps of `unit`; negative for goods that come back. */
  readonly value: number;
  readonly unit: Unit;
}

/** The largest magnitude of `Quantity.value`: a thousand million pieces, or a million kilograms. */
export const MAX_QUANTITY = 1_000_000_000;

export interface QuantityOutOfRange {
  readonly type: 'quantityOutOfRange';
  readonly detail: { readonly limit: number };
}

export interface MalformedQuantity {
  readonly type: 'malformedQuantity';
  readonly detail: { readonly text: string; readonly unit: Unit };
}

interface UnitFacts {
  readonly step: number;
  /** What one step of pricing is called on a price tag; empty for pieces. */
  readonly pricedSymbol: string;
  /** What people may type behind a number, and how many of the smallest step one of it is, as decimals to the right. */
  readonly typed: Readonly<Record<string, 0 | 3>>;
}

const UNIT_FACTS: Readonly<Record<Unit, UnitFacts>> = {
  piece: { step: 1, pricedSymbol: '', typed: { '': 0, pc: 0, pcs: 0, x: 0 } },
  gram: { step: 1_000, pricedSymbol: 'kg', typed: { '': 3, kg: 3, g: 0 } },
  millilitre: { step: 1_000, pricedSymbol: 'l', typed: { '': 3, l: 3, ml: 0 } },
  millimetre: { step: 1_000, pricedSymbol: 'm', typed: { '': 3, m: 3, mm: 0 } },
};

export const isUnit = (text: string): text is Unit => Object.hasOwn(UNIT_FACTS, text);

/** How many of the smallest step a price is quoted for: 1 piece, 1,000 g, 1,000 ml, 1,000 mm. */
export const pricingStep = (unit: Unit): number => UNIT_FACTS[unit].step;

/** `kg`, `l`, `m`, or nothing for pieces. */
export const pricedSymbol = (unit: Unit): string => UNIT_FACTS[unit].pricedSymbol;

/** Goods that must be weighed or measured before they can be sold. */
export const isMeasured = (unit: Unit): boolean => unit !== 'piece';

export const isQuantityInRange = (value: number): boolean => Number.isSafeInteger(value) && Math.abs(value) <= MAX_QUANTITY;

export const quantityOutOfRange = (): QuantityOutOfRange => ({ type: 'quantityOutOfRange', detail: { limit: MAX_QUANTITY } });

/**
 * What a person typed, in the unit that prices are quoted in: `0.842` of a gram item is 842 g, `842 g` too; `3` pieces are 3.
 * A point or a comma; more decimals than the unit has are malformed, never rounded.
 */
export function parseQuantity(text: string, unit: Unit): Result<Quantity, MalformedQuantity | QuantityOutOfRange> {
  const malformed = err({ type: 'malformedQuantity', detail: { text: text.slice(0, 64), unit } } as const);
  const match = /^(-?)(\d+)(?:[.,](\d{1,3}))?\s*([a-z]{0,3})$/.exec(text.trim().toLowerCase());
  if (match === null) return malformed;
  const [, sign = '', whole = '', fraction = '', symbol = ''] = match;
  const typed = UNIT_FACTS[unit].typed;
  const decimals = Object.hasOwn(typed, symbol) ? typed[symbol] : undefined;
  if (decimals === undefined || fraction.length > decimals) return malformed;
  const value = Number(whole + fraction.padEnd(decimals, '0'));
  if (!isQuantityInRange(value)) return err(quantityOutOfRange());
  return ok({ value: sign === '-' && value !== 0 ? -value : value, unit });
}

/** `842 g` → `0.842`, 3 pieces → `3`: in the unit that prices are quoted in, with a point, exact. */
export function quantityText(quantity: Quantity): string {
  const { step } = UNIT_FACTS[quantity.unit];
  const sign = quantity.value < 0 ? '-' : '';
  const magnitude = Math.abs(quantity.value);
  if (step === 1) return `${sign}${magnitude}`;
  const rest = magnitude % step;
  return `${sign}${(magnitude - rest) / step}.${String(rest).padStart(3, '0')}`;
}

const formatters = new Map<string, Intl.NumberFormat>();

/** For a person: `0,842 kg`, `3`. */
export function formatQuantity(quantity: Quantity, locale: string): string {
  const decimals = isMeasured(quantity.unit) ? 3 : 0;
  const key = `${locale} ${decimals}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formatters.set(key, formatter);
  }
  const number = formatter.format(quantityText(quantity) as Intl.StringNumericLiteral);
  const symbol = pricedSymbol(quantity.unit);
  return symbol === '' ? number : `${number} ${symbol}`;
}
