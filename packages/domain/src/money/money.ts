/**
 * Money is an integer count of its currency's minor unit (cents, fils, whole yen) and never a float. This module and
 * `quantity.ts` are the only places in the domain that divide; every division names its rounding.
 *
 * Invariants: an amount that leaves this module is a safe integer; products that could pass 2^53 are formed in BigInt;
 * rounding works on the magnitude and gives the sign back, so that a refund mirrors its sale to the last minor unit.
 */
import { assert, err, ok, unreachable, type Result } from '@holdfast/base';

import { pricingStep, type Quantity } from './quantity.ts';

/** The largest magnitude of a line, a basket or a tender, in minor units (ten thousand million euros). */
export const MAX_AMOUNT_MINOR = 1_000_000_000_000;
/** The largest magnitude of `UnitPrice.amount`, and the most decimals that a price may carry. */
const MAX_PRICE_AMOUNT = 1_000_000_000_000;
const MAX_PRICE_DECIMALS = 6;

/** A price per `pricingStep` of the item's unit: `amount` × 10^-decimals of the currency's major unit. Decimals may exceed the currency's own. */
export interface UnitPrice {
  readonly amount: number;
  readonly decimals: number;
}

/** `half-up` takes the half away from zero, `half-down` toward zero, `half-even` to the even neighbour, `up` and `down` away from and toward zero. */
export const ROUNDINGS = ['half-up', 'half-down', 'half-even', 'up', 'down'] as const;
export type Rounding = (typeof ROUNDINGS)[number];

export interface Currency {
  /** ISO 4217. */
  readonly code: string;
  /** Decimals of the minor unit, by ISO 4217. */
  readonly minorDigits: number;
  /** Notes (and the coins worth suggesting for small sums) in minor units, ascending; empty where this table does not know them. */
  readonly notesMinor: readonly number[];
  readonly coinsMinor: readonly number[];
  /** All notes and coins that may lie in a drawer, descending; where this table does not know them all, 1, 2 and 5 times each power of ten beside those that it knows. */
  readonly facesMinor: readonly number[];
}

export interface AmountOutOfRange {
  readonly type: 'amountOutOfRange';
  readonly detail: { readonly limitMinor: number };
}

export interface MalformedAmount {
  readonly type: 'malformedAmount';
  readonly detail: { readonly text: string };
}

const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const;

function powerOfTen(exponent: number): number {
  const power = POWERS_OF_TEN[exponent];
  assert(power !== undefined, `power of ten ${exponent} is outside 0 to 6`);
  return power;
}

/** Minor digits, notes and coins in major units, and those that are counted and never suggested; the decimals are those of ISO 4217. */
const CURRENCY_TABLE: readonly (readonly [code: string, minorDigits: number, notes?: string, coins?: string, counted?: string])[] = [
  ['EUR', 2, '5 10 20 50 100 200', '0.50 1 2', '0.01 0.02 0.05 0.10 0.20 500'],
  ['USD', 2, '1 5 10 20 50 100', '0.25 0.50', '0.01 0.05 0.10 2'],
  ['GBP', 2, '5 10 20 50', '0.50 1 2', '0.01 0.02 0.05 0.10 0.20'],
  ['CHF', 2, '10 20 50 100 200 1000', '0.50 1 2 5', '0.05 0.10 0.20'],
  ['JPY', 0, '1000 5000 10000', '50 100 500', '1 5 10 2000'],
  ['AUD', 2, '5 10 20 50 100', '0.50 1 2', '0.05 0.10 0.20'],
  ['CAD', 2, '5 10 20 50 100', '0.25 1 2', '0.05 0.10 0.50'],
  ['NZD', 2, '5 10 20 50 100', '0.50 1 2', '0.10 0.20'],
  ['SEK', 2, '20 50 100 200 500 1000', '1 2 5 10', ''],
  ['NOK', 2, '50 100 200 500 1000', '1 5 10 20', ''],
  ['DKK', 2, '50 100 200 500', '1 2 5 10 20', '0.50'],
  ['PLN', 2, '10 20 50 100 200 500', '1 2 5', '0.01 0.02 0.05 0.10 0.20 0.50'],
  ['CZK', 2, '100 200 500 1000 2000 5000', '5 10 20 50', '1 2'],
  ['HUF', 2, '500 1000 2000 5000 10000 20000', '50 100 200', '5 10 20'],
  ['RON', 2, '1 5 10 20 50 100 200 500', '0.50', '0.01 0.05 0.10'],
  ['BGN', 2, '5 10 20 50 100', '0.50 1 2'],
  ['ISK', 0, '500 1000 2000 5000 10000', '50 100', '1 5 10'],
  ['RSD', 2, '10 20 50 100 200 500 1000 2000 5000', '5'],
  ['TRY', 2, '5 10 20 50 100 200', '0.50 1', '0.05 0.10 0.25'],
  ['UAH', 2, '20 50 100 200 500 1000', '1 2 5 10'],
  ['ILS', 2, '20 50 100 200', '1 2 5 10', '0.10 0.50'],
  ['AED', 2, '5 10 20 50 100 200 500 1000', '0.50 1', '0.25'],
  ['SAR', 2, '5 10 50 100 200 500', '0.50 1 2', '0.01 0.05 0.10 0.25'],
  ['KWD', 3, '0.250 0.500 1 5 10 20', '0.100', '0.005 0.010 0.020 0.050'],
  ['BHD', 3, '0.500 1 5 10 20', '0.100', '0.005 0.010 0.025 0.050'],
  ['TND', 3, '5 10 20 50', '0.500 1 2', '0.005 0.010 0.020 0.050 0.100 0.200'],
  ['JOD', 3, '1 5 10 20 50', '0.500', '0.005 0.010 0.025 0.050 0.100 0.250'],
  ['OMR', 3, '0.500 1 5 10 20 50', '0.100', '0.005 0.010 0.025 0.050'],
  ['KRW', 0, '1000 5000 10000 50000', '100 500', '10 50'],
  ['CLP', 0, '1000 2000 5000 10000 20000', '100 500'],
  ['CNY', 2, '5 10 20 50 100', '0.50 1'],
  ['HKD', 2, '10 20 50 100 500 1000', '1 2 5', '0.10 0.20 0.50'],
  ['SGD', 2, '2 5 10 50 100', '0.50 1', '0.05 0.10 0.20 1000'],
  ['INR', 2, '10 20 50 100 200 500', '1 2 5'],
  ['MXN', 2, '20 50 100 200 500 1000', '1 2 5 10', '0.50'],
  ['BRL', 2, '2 5 10 20 50 100 200', '0.50 1', '0.05 0.10 0.25'],
  ['ZAR', 2, '10 20 50 100 200', '1 2 5', '0.10 0.20 0.50'],
  ['ARS', 2],
  ['COP', 2],
  ['PEN', 2, '10 20 50 100 200', '1 2 5'],
  ['THB', 2, '20 50 100 500 1000', '5 10', '0.25 0.50 1 2'],
  ['VND', 0, '10000 20000 50000 100000 200000 500000', '1000 2000 5000'],
  ['IDR', 2],
  ['MYR', 2, '1 5 10 20 50 100', '0.50'],
  ['PHP', 2, '20 50 100 200 500 1000', '5 10', '0.01 0.05 0.25 1'],
  ['EGP', 2],
  ['MAD', 2, '20 50 100 200', '1 2 5 10'],
  ['LYD', 3],
  ['IQD', 3],
  ['PYG', 0],
  ['UGX', 0],
  ['XAF', 0],
  ['XOF', 0],
  ['XPF', 0],
];

function denominations(text: string | undefined, minorDigits: number): readonly number[] {
  if (text === undefined || text === '') return [];
  return text.split(' ').map((amount) => {
    const parsed = parseMinor(amount, minorDigits);
    assert(parsed.ok, `the denomination ${amount} is an amount`);
    return parsed.value;
  });
}

/** Up to so many major units: as most currencies have them. */
const MOST_COMMON_FACE = 500;
const MOST_COMMON_FACE_WITHOUT_DECIMALS = 50_000;

function commonFaces(minorDigits: number): readonly number[] {
  const most = minorDigits === 0 ? MOST_COMMON_FACE_WITHOUT_DECIMALS : MOST_COMMON_FACE * powerOfTen(minorDigits);
  const faces: number[] = [];
  for (let power = 1; power <= most; power *= 10) faces.push(...[1, 2, 5].map((step) => step * power).filter((face) => face <= most));
  return faces;
}

const CURRENCIES: ReadonlyMap<string, Currency> = new Map(
  CURRENCY_TABLE.map(([code, minorDigits, notes, coins, counted]) => {
    const [notesMinor, coinsMinor] = [denominations(notes, minorDigits), denominations(coins, minorDigits)];
    const others = counted === undefined ? commonFaces(minorDigits) : denominations(counted, minorDigits);
    const facesMinor = [...new Set([...notesMinor, ...coinsMinor, ...others])].toSorted((left, right) => right - left);
    return [code, { code, minorDigits, notesMinor, coinsMinor, facesMinor }];
  }),
);

/** By ISO 4217 code; undefined for a currency that this build does not know, whose decimals must not be guessed. */
export function currencyOf(code: string): Currency | undefined {
  return CURRENCIES.get(code);
}

/** Decimals of a currency that is known to be in the table. */
export function minorDigitsOf(code: string): number {
  const currency = CURRENCIES.get(code);
  assert(currency !== undefined, `the currency ${code} is known`);
  return currency.minorDigits;
}

/** For a quotient that was cut toward zero: whether the magnitude goes up by one. `twice` is 2 × remainder compared with the divisor. */
function roundsUp(rounding: Rounding, hasRemainder: boolean, twice: -1 | 0 | 1, isOdd: boolean): boolean {
  switch (rounding) {
    case 'half-up':
      return twice >= 0;
    case 'half-down':
      return twice > 0;
    case 'half-even':
      return twice > 0 || (twice === 0 && isOdd);
    case 'up':
      return hasRemainder;
    case 'down':
      return false;
    default:
      return unreachable(rounding, 'roundsUp');
  }
}

const compare = <T extends number | bigint>(left: T, right: T): -1 | 0 | 1 => (left < right ? -1 : left > right ? 1 : 0);

function divideMagnitudeBig(numerator: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = numerator / divisor;
  const remainder = numerator % divisor;
  const up = roundsUp(rounding, remainder > 0n, compare(2n * remainder, divisor), quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}

/**
 * `value × multiplier ÷ divisor`, rounded once as named, exact for all safe integers; undefined where the answer itself is
 * not a safe integer. The divisor is above 0.
 */
export function scaleRounded(value: number, multiplier: number, divisor: number, rounding: Rounding): number | undefined {
  assert(Number.isSafeInteger(value) && Number.isSafeInteger(multiplier), 'money is scaled in safe integers');
  assert(Number.isSafeInteger(divisor) && divisor > 0, 'money is divided by a whole number above 0');
  const isNegative = value < 0 !== multiplier < 0;
  const magnitude = Math.abs(value) * Math.abs(multiplier);
  let rounded: number;
  if (Number.isSafeInteger(magnitude) && divisor <= Number.MAX_SAFE_INTEGER / 2) {
    const remainder = magnitude % divisor;
    const quotient = (magnitude - remainder) / divisor;
    rounded = roundsUp(rounding, remainder > 0, compare(2 * remainder, divisor), quotient % 2 === 1) ? quotient + 1 : quotient;
  } else {
    const product = BigInt(Math.abs(value)) * BigInt(Math.abs(multiplier));
    rounded = Number(divideMagnitudeBig(product, BigInt(divisor), rounding));
    if (!Number.isSafeInteger(rounded)) return undefined;
  }
  return isNegative && rounded !== 0 ? -rounded : rounded;
}

/** A quotient of whole numbers of any size, rounded once as named; undefined where it is not a safe integer. The divisor is above 0. */
export function divideBigRounded(numerator: bigint, divisor: bigint, rounding: Rounding): number | undefined {
  assert(divisor > 0n, 'money is divided by a whole number above 0');
  const rounded = Number(divideMagnitudeBig(numerator < 0n ? -numerator : numerator, divisor, rounding));
  if (!Number.isSafeInteger(rounded)) return undefined;
  return numerator < 0n && rounded !== 0 ? -rounded : rounded;
}

/**
 * An amount of one currency in another, half up, once: `rate` is what one major unit of the first is worth in major units of the second.
 * Undefined where the answer is no safe integer.
 */
export function convertMinor(amountMinor: number, fromDigits: number, rate: UnitPrice, toDigits: number): number | undefined {
  assert(isUnitPrice(rate), 'a rate is like a price');
  const extraDigits = fromDigits + rate.decimals - toDigits;
  if (extraDigits < 0) return scaleRounded(amountMinor, rate.amount * powerOfTen(-extraDigits), 1, 'half-up');
  // Up to 6 decimals of the rate and 3 of the amount: in two factors, since the table of powers ends at 6.
  const firstDigits = Math.min(extraDigits, 6);
  return scaleRounded(amountMinor, rate.amount, powerOfTen(firstDigits) * powerOfTen(extraDigits - firstDigits), 'half-up');
}

/** Half away from zero: 5 ÷ 2 → 3, −5 ÷ 2 → −3. Both are safe integers, the divisor above 0. */
export function divideRoundHalfUp(numerator: number, divisor: number): number {
  const quotient = scaleRounded(numerator, 1, divisor, 'half-up');
  assert(quotient !== undefined, 'a quotient is no larger than its numerator');
  return quotient;
}

/** Half to the even neighbour: 5 ÷ 2 → 2, 7 ÷ 2 → 4. Both are safe integers, the divisor above 0. */
export function divideRoundHalfEven(numerator: number, divisor: number): number {
  const quotient = scaleRounded(numerator, 1, divisor, 'half-even');
  assert(quotient !== undefined, 'a quotient is no larger than its numerator');
  return quotient;
}

/** The least multiple of `stepMinor` at or above `amountMinor`; both above or equal 0. */
export function roundUpToMultiple(amountMinor: number, stepMinor: number): number {
  const over = amountMinor % stepMinor;
  return over === 0 ? amountMinor : amountMinor + (stepMinor - over);
}

/** A sum of amounts; more than a safe integer holds is a broken invariant, because every addend was bounded on its way in. */
export function addMinor(left: number, right: number): number {
  const sum = left + right;
  assert(Number.isSafeInteger(sum), 'a sum of amounts is a safe integer');
  return sum;
}

export function isAmountInRange(amountMinor: number): boolean {
  return Number.isSafeInteger(amountMinor) && Math.abs(amountMinor) <= MAX_AMOUNT_MINOR;
}

export function amountOutOfRange(): AmountOutOfRange {
  return { type: 'amountOutOfRange', detail: { limitMinor: MAX_AMOUNT_MINOR } };
}

export const isUnitPrice = (price: UnitPrice): boolean =>
  Number.isSafeInteger(price.amount) &&
  Math.abs(price.amount) <= MAX_PRICE_AMOUNT &&
  Number.isInteger(price.decimals) &&
  price.decimals >= 0 &&
  price.decimals <= MAX_PRICE_DECIMALS;

/** How what a weighed line (or a price with more decimals than the currency) comes to is rounded, before any tax. */
export const LINE_ROUNDINGS = ['half-up', 'half-even', 'down'] as const;
export type LineRounding = (typeof LINE_ROUNDINGS)[number];
export const DEFAULT_LINE_ROUNDING: LineRounding = 'half-up';

/**
 * What a quantity costs, in minor units: half-up on |quantity| × price, once, with the quantity's sign. A price or an
 * answer outside the limits is refused.
 */
export function lineAmountMinor(
  quantity: Quantity,
  price: UnitPrice,
  minorDigits: number,
  rounding: LineRounding = DEFAULT_LINE_ROUNDING,
): Result<number, AmountOutOfRange> {
  if (!isUnitPrice(price) || !Number.isSafeInteger(quantity.value)) return err(amountOutOfRange());
  const step = pricingStep(quantity.unit);
  const extraDigits = price.decimals - minorDigits;
  const amount =
    extraDigits >= 0
      ? scaleRounded(quantity.value, price.amount, step * powerOfTen(extraDigits), rounding)
      : scaleRounded(quantity.value, price.amount * powerOfTen(-extraDigits), step, rounding);
  return amount === undefined || !isAmountInRange(amount) ? err(amountOutOfRange()) : ok(amount);
}

/**
 * `lineAmountMinor` backwards: how much of `unit` at `price` comes to an amount, half-up in the unit's smallest steps. Undefined where that is
 * nothing, or more than there are numbers.
 */
export function quantityOfAmount(amountMinor: number, price: UnitPrice, unit: Quantity['unit'], minorDigits: number): number | undefined {
  if (!isUnitPrice(price) || price.amount <= 0) return undefined;
  const numerator = BigInt(amountMinor) * BigInt(powerOfTen(price.decimals)) * BigInt(pricingStep(unit));
  return divideBigRounded(numerator, BigInt(price.amount) * BigInt(powerOfTen(minorDigits)), 'half-up') || undefined;
}

/** Negative, 0 or positive as `left` is below, equal to or above `right`, whatever their decimals. */
export function compareUnitPrices(left: UnitPrice, right: UnitPrice): -1 | 0 | 1 {
  return compare(BigInt(left.amount) * 10n ** BigInt(right.decimals), BigInt(right.amount) * 10n ** BigInt(left.decimals));
}

/** `(-1234, 2)` → `-12.34`: exact, with a point, for machines and for `Intl`. */
export function decimalText(amount: number, decimals: number): string {
  const digits = String(Math.abs(amount)).padStart(decimals + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** A typed price: digits, and at most `MAX_PRICE_DECIMALS` more after one point or comma. No thousands separators: they cannot be told from decimals. */
export function parseUnitPrice(text: string): Result<UnitPrice, MalformedAmount | AmountOutOfRange> {
  const match = /^(-?)(\d+)(?:[.,](\d{1,6}))?$/.exec(text.trim());
  if (match === null) return err({ type: 'malformedAmount', detail: { text: text.slice(0, 64) } });
  const [, sign = '', whole = '', fraction = ''] = match;
  const amount = Number(whole + fraction);
  if (!Number.isSafeInteger(amount) || amount > MAX_PRICE_AMOUNT) return err(amountOutOfRange());
  return ok({ amount: sign === '-' && amount !== 0 ? -amount : amount, decimals: fraction.length });
}

/** A typed amount in minor units: `12.5` with 2 digits → 1250. More decimals than the currency has are malformed, not rounded. */
export function parseMinor(text: string, minorDigits: number): Result<number, MalformedAmount | AmountOutOfRange> {
  const price = parseUnitPrice(text);
  if (!price.ok) return price;
  const missingDigits = minorDigits - price.value.decimals;
  if (missingDigits < 0) return err({ type: 'malformedAmount', detail: { text: text.slice(0, 64) } });
  const amountMinor = price.value.amount * powerOfTen(missingDigits);
  return isAmountInRange(amountMinor) ? ok(amountMinor) : err(amountOutOfRange());
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatterOf(locale: string, currency: string, decimals: number): Intl.NumberFormat {
  const key = `${locale} ${currency} ${decimals}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formatters.set(key, formatter);
  }
  return formatter;
}

/** For a person: `(1234, 'EUR', 'de-DE')` → `12,34 €`. Exact: `Intl` gets the decimal text, not a float. */
export function formatMoney(amountMinor: number, currency: string, locale: string): string {
  const minorDigits = minorDigitsOf(currency);
  return formatterOf(locale, currency, minorDigits).format(decimalText(amountMinor, minorDigits) as Intl.StringNumericLiteral);
}

/** For a person, with the price's own decimals, and never fewer than the currency's. */
export function formatUnitPrice(price: UnitPrice, currency: string, locale: string): string {
  const decimals = Math.max(price.decimals, minorDigitsOf(currency));
  return formatterOf(locale, currency, decimals).format(decimalText(price.amount, price.decimals) as Intl.StringNumericLiteral);
}
