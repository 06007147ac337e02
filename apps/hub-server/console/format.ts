/**
 * Amounts and moments in the console's one language, English. Figures are written by `@holdfast/ui`; here stands what only
 * headquarters needs: rounded totals, business dates, and times in a store's own zone.
 */
import { createFormat, toDecimalString } from '@holdfast/ui';

export const LOCALE = 'en-GB';

export const format = createFormat(LOCALE);

const wholeByCurrency = new Map<string, Intl.NumberFormat>();

/** Whole major units, rounded half up, for the large figures: a store's day is read in euros, not in cents. */
export function roundMoneyText(amountMinor: number, minorDigits: number, currency: string): string {
  let whole = wholeByCurrency.get(currency);
  if (whole === undefined) {
    whole = new Intl.NumberFormat(LOCALE, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: 0 });
    wholeByCurrency.set(currency, whole);
  }
  return whole.format(toDecimalString(amountMinor, minorDigits)).replace('-', '−');
}

/** `2 sales`, `1 sale`. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${format.count(count)} ${count === 1 ? one : many}`;

const inZone = (timeZone: string | undefined): { timeZone?: string } => (timeZone === undefined ? {} : { timeZone });

/** The reader's own time zone. */
export const readerZone = (): string => new Intl.DateTimeFormat(LOCALE).resolvedOptions().timeZone;

/** In the store's zone, or the reader's own where the store's is unknown. */
export const timeText = (atMs: number, timeZone?: string): string =>
  new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', ...inZone(timeZone) }).format(
    atMs,
  );

export const dateTimeText = (atMs: number, timeZone?: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium', ...inZone(timeZone) }).format(atMs);

/** What begins or ends does so to the minute. */
export const minuteText = (atMs: number, timeZone?: string): string =>
  new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short', ...inZone(timeZone) }).format(atMs);

/** Hour of the store's day, 0 to 23. */
export const hourOf = (atMs: number, timeZone?: string): number =>
  Number(new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', hourCycle: 'h23', ...inZone(timeZone) }).format(atMs));

/** `2026-11-21`: the calendar of the store at that moment. */
export const dateIn = (atMs: number, timeZone?: string): string =>
  new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', ...inZone(timeZone) }).format(atMs);

/** `2026-11-21` → `Sat 21 November`; what is no date stays as it is. */
export function businessDateText(businessDate: string): string {
  const atMs = Date.parse(`${businessDate}T00:00:00Z`);
  if (Number.isNaN(atMs)) return businessDate;
  return new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(atMs);
}

const DAY_MS = 86_400_000;

/** The business date `days` later, as `YYYY-MM-DD`. */
export function addDays(businessDate: string, days: number): string {
  const atMs = Date.parse(`${businessDate}T00:00:00Z`);
  return Number.isNaN(atMs) ? businessDate : new Date(atMs + days * DAY_MS).toISOString().slice(0, 10);
}
