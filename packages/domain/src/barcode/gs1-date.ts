/** Dates as GS1 writes them: `yymmdd`, of which day 00 is the last of its month and the century follows from today. */
import { localTimeOf } from '../shift/business-day.ts';

const DAY_MS = 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const isLeapYear = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const daysOf = (year: number, month: number): number => (month === 2 && isLeapYear(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0));

/**
 * Whether some calendar has it. A two-digit year that ends a century is taken for a leap year, as 2000 was: its century is
 * known only when the date is asked for.
 */
export function isGs1Date(yymmdd: string, dayMayBeZero: boolean): boolean {
  if (!/^\d{6}$/.test(yymmdd)) return false;
  const [year, month, day] = [Number(yymmdd.slice(0, 2)), Number(yymmdd.slice(2, 4)), Number(yymmdd.slice(4))];
  if (month < 1 || month > 12) return false;
  return day === 0 ? dayMayBeZero : day <= daysOf(2_000 + year, month);
}

/** `yyyymmdd` of some calendar. */
export function isFullDate(yyyymmdd: string): boolean {
  if (!/^\d{8}$/.test(yyyymmdd)) return false;
  const [year, month, day] = [Number(yyyymmdd.slice(0, 4)), Number(yyyymmdd.slice(4, 6)), Number(yyyymmdd.slice(6))];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

/**
 * `2027-02-28` for a date that `isGs1Date` took. GS1 General Specifications, 7.12: a year 51 or more ahead of this one is in
 * the century before, and one 50 or more behind it in the century after.
 */
export function gs1Date(yymmdd: string, thisYear: number): string {
  const yearOfCentury = Number(yymmdd.slice(0, 2));
  const ahead = yearOfCentury - (thisYear % 100);
  const century = thisYear - (thisYear % 100) + (ahead >= 51 ? -100 : ahead <= -50 ? 100 : 0);
  const year = century + yearOfCentury;
  const month = Number(yymmdd.slice(2, 4));
  const day = Number(yymmdd.slice(4)) || daysOf(year, month);
  const pad = (part: number): string => String(Math.min(part, daysOf(year, month))).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${pad(day)}`;
}

/** The store's date at a moment, and on both sides of it as far as its clock may be wrong. */
export interface DateRange {
  readonly earliest: string;
  readonly latest: string;
  /** A day of doubt or more (who has heard no hub yet has that): what follows from the date is for a person to say. */
  readonly isUnsure: boolean;
}

export function dateRangeOf(clock: { readonly atMs: number; readonly uncertaintyMs: number }, timeZone: string): DateRange {
  const { atMs, uncertaintyMs } = clock;
  return {
    earliest: localTimeOf(atMs - uncertaintyMs, timeZone).date,
    latest: localTimeOf(atMs + uncertaintyMs, timeZone).date,
    isUnsure: uncertaintyMs >= DAY_MS,
  };
}
