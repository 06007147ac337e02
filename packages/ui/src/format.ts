/**
 * Numbers for people, by locale. Money and quantities come as integers and are written out as exact decimal strings, which Intl
 * formats digit by digit: no amount ever passes through a float.
 *
 * Invariant: the same integer, decimals and locale always give the same text; a negative amount carries a true minus sign (U+2212).
 */
import { assert } from '@holdfast/base';

export type MeasuredUnit = 'piece' | 'gram' | 'millilitre' | 'millimetre';

/** Goods by weight or measure are quoted per 1,000 of their smallest step. */
const MEASURE_DECIMALS = 3;
const MEASURE_SYMBOLS: Readonly<Record<Exclude<MeasuredUnit, 'piece'>, string>> = { gram: 'kg', millilitre: 'l', millimetre: 'm' };

/** The unit in which a price is quoted and a measured quantity is written; undefined for goods by the piece. */
export const pricingSymbol = (unit: MeasuredUnit): string | undefined => (unit === 'piece' ? undefined : MEASURE_SYMBOLS[unit]);

/** `-1205, 2` → `"-12.05"`: an integer with its decimals, exactly. */
export const toDecimalString = (value: number, decimals: number): `${number}` => {
  assert(Number.isSafeInteger(value), 'an amount is a safe integer');
  assert(Number.isInteger(decimals) && decimals >= 0 && decimals <= 12, 'decimals are 0 to 12');
  const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : `.${digits.slice(digits.length - decimals)}`;
  return `${value < 0 ? '-' : ''}${whole}${fraction}` as `${number}`;
};

/** Drops decimals that are 0, down to `atLeast` of them: 1.990 → 1.99, where money has 2. */
const trimDecimals = (value: number, decimals: number, atLeast: number): { value: number; decimals: number } => {
  let text = String(value);
  let left = decimals;
  while (left > atLeast && text.endsWith('0') && text.length > 1) {
    text = text.slice(0, -1);
    left -= 1;
  }
  return value === 0 ? { value: 0, decimals: Math.min(decimals, atLeast) } : { value: Number(text), decimals: left };
};

export interface Format {
  readonly locale: string;
  /** Before decimals, as it is written and typed. */
  readonly decimalSign: '.' | ',';
  /** Minor units without a currency sign: `1205, 2` → `12.05`. */
  readonly money: (minor: number, minorDigits: number) => string;
  /** Minor units with their currency: `€12.05`. */
  readonly currency: (minor: number, minorDigits: number, currency: string) => string;
  /** A price per piece, or per kg, l, m: `1.99 / kg`; more decimals than the currency has are shown where they are not 0. */
  readonly unitPrice: (price: { readonly amount: number; readonly decimals: number }, minorDigits: number, unit: MeasuredUnit) => string;
  /** `3`, `0.842 kg`. */
  readonly quantity: (quantity: { readonly value: number; readonly unit: MeasuredUnit }) => string;
  /** A whole number, grouped. */
  readonly count: (value: number) => string;
  /** Basis points as a percentage: `700` → `7 %`. */
  readonly rate: (rateBps: number) => string;
  /** A tax by its name and its rate, `VAT 7 %`; a name that says its rate itself does not say it twice, and 0 is none. */
  readonly tax: (name: string, rateBps: number) => string;
  /** Hours and minutes, in an IANA time zone; without one in the machine's own. */
  readonly time: (atMs: number, timeZone?: string) => string;
  /** Hours and minutes as they are paid, `7:05`: begun minutes do not count. */
  readonly hours: (durationMs: number) => string;
  readonly dateTime: (atMs: number, timeZone?: string) => string;
  /** A day without a time, from `2026-11-27`: bare, its figures would change places between letters that run from right to left. */
  readonly day: (isoDay: string) => string;
}

const RTL_LANGUAGES = new Set(['ar', 'he', 'fa', 'ur', 'ckb', 'ps', 'sd', 'yi', 'dv', 'ug']);

/** Which way a language's script runs. */
export const directionOf = (language: string): 'ltr' | 'rtl' => (RTL_LANGUAGES.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr');

function hoursText(durationMs: number): string {
  const minutes = Math.floor(durationMs / 60_000);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** Whose sign is taken away again. */
const ANY_CURRENCY = 'EUR';

/** Making one costs about a millisecond; keep it. An unknown locale falls back to English. */
export const createFormat = (requestedLocale: string): Format => {
  const locale = Intl.NumberFormat.supportedLocalesOf([requestedLocale])[0] ?? 'en';
  const decimals = new Map<string, Intl.NumberFormat>();
  const formatterOf = (digits: number, currency?: string): Intl.NumberFormat => {
    const key = `${digits}${currency ?? ''}`;
    let formatter = decimals.get(key);
    if (formatter === undefined) {
      formatter = new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        ...(currency === undefined ? {} : { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }),
      });
      decimals.set(key, formatter);
    }
    return formatter;
  };
  const bareAmount = (text: `${number}`, digits: number): string =>
    formatterOf(digits, ANY_CURRENCY)
      .formatToParts(text)
      .filter(({ type }) => type !== 'currency' && type !== 'literal')
      .map(({ value }) => value)
      .join('');
  // Some locales point amounts otherwise than numbers (English in Germany: 2,79, and €2.79), and no screen mixes them. The others have the shorter way.
  const isPointedApart = bareAmount('12345.6', 1) !== formatterOf(1).format(12_345.6);
  const format = (text: `${number}`, digits: number, currency?: string): string =>
    (currency === undefined && isPointedApart ? bareAmount(text, digits) : formatterOf(digits, currency).format(text)).replace(
      '-',
      '\u2212',
    );
  const times = new Map<string | undefined, Intl.DateTimeFormat>();
  const timeIn = (timeZone: string | undefined): Intl.DateTimeFormat => {
    let formatter = times.get(timeZone);
    if (formatter === undefined) {
      const zone = timeZone === undefined ? {} : { timeZone };
      formatter = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...zone });
      times.set(timeZone, formatter);
    }
    return formatter;
  };
  const dateTimes = new Map<string | undefined, Intl.DateTimeFormat>();
  const dateTimeIn = (timeZone: string | undefined): Intl.DateTimeFormat => {
    const known = dateTimes.get(timeZone);
    if (known !== undefined) return known;
    const zone = timeZone === undefined ? {} : { timeZone };
    const formatter = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23', ...zone });
    dateTimes.set(timeZone, formatter);
    return formatter;
  };
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  // Between letters that run from right to left a blank would part the sign from its number, and put it on the other side.
  const percent = directionOf(locale) === 'rtl' ? '%' : '\u00a0%';
  const rate = (rateBps: number): string => {
    const shown = trimDecimals(rateBps, 2, 0);
    return `${format(toDecimalString(shown.value, shown.decimals), shown.decimals)}${percent}`;
  };
  const money = (minor: number, minorDigits: number): string => format(toDecimalString(minor, minorDigits), minorDigits);
  return {
    locale,
    decimalSign: money(5, 1).includes(',') ? ',' : '.',
    money,
    currency: (minor, minorDigits, currency) => format(toDecimalString(minor, minorDigits), minorDigits, currency),
    unitPrice: (price, minorDigits, unit) => {
      const shown = trimDecimals(price.amount, price.decimals, minorDigits);
      const padded = Math.max(shown.decimals, minorDigits);
      const text = format(toDecimalString(shown.value, shown.decimals), padded);
      const symbol = pricingSymbol(unit);
      return symbol === undefined ? text : `${text}\u00a0/\u00a0${symbol}`;
    },
    quantity: ({ value, unit }) => {
      const symbol = pricingSymbol(unit);
      return symbol === undefined ? format(toDecimalString(value, 0), 0) : `${money(value, MEASURE_DECIMALS)}\u00a0${symbol}`;
    },
    count: (value) => format(toDecimalString(value, 0), 0),
    rate,
    tax: (name, rateBps) => (rateBps === 0 || /\d/u.test(name) ? name : `${name} ${rate(rateBps)}`),
    hours: hoursText,
    time: (atMs, timeZone) => timeIn(timeZone).format(atMs),
    dateTime: (atMs, timeZone) => dateTimeIn(timeZone).format(atMs),
    day: (isoDay) => days.format(Date.parse(isoDay)),
  };
};

const formats = new Map<string, Format>();

/** The same one for the same locale: making one takes Intl longer than drawing a receipt with it, and each sale has a receipt. */
export const formatOf = (requestedLocale: string): Format => {
  const known = formats.get(requestedLocale);
  if (known !== undefined) return known;
  const format = createFormat(requestedLocale);
  formats.set(requestedLocale, format);
  return format;
};
