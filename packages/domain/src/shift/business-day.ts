/**
 * The store's business day: its local calendar date, which rolls over at 04:00 local time, or at the store's own hour, and not at midnight, so that a late
 * evening belongs to one day. Moments are milliseconds since 1970 (UTC); dates are `YYYY-MM-DD`.
 */
import { assert } from '@holdfast/base';

import { scaleRounded } from '../money/money.ts';

/** The local hour at which a business day begins, where the store names none. */
const BUSINESS_DAY_START_HOUR = 4;
/** Before noon: half a day earlier is the day before. */
export const MAX_DAY_START_HOUR = 11;

/** Some time of the previous day, whatever the clocks did that night: half a day before any moment in the morning. */
const HALF_DAY_MS = 43_200_000;
/** The furthest moments that a calendar knows (ECMA-262, 21.4.1.1). */
const MAX_MOMENT_MS = 8_640_000_000_000_000;

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** Whether this runtime knows the IANA time zone. */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

export interface LocalTime {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** `HH:MM:SS`. */
  readonly time: string;
  readonly hour: number;
}

/** Since then every place on earth is whole quarters of an hour from UTC, and changes its clocks at a whole minute (Liberia was the last: 1972-01-07). */
const WHOLE_MINUTES_SINCE_MS = 65_750_400_000;

/** What a calendar says of the beginning of a minute (before then: of a second). */
interface Wall {
  readonly fromMs: number;
  readonly timeZone: string;
  readonly date: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

/** The last two: a calendar is dear, each scan asks it, and before the day begins whoever asks for its date asks half a day back as well. */
let walls: readonly Wall[] = [];

function wallAt(fromMs: number, timeZone: string): Wall {
  const known = walls.find((wall) => wall.fromMs === fromMs && wall.timeZone === timeZone);
  if (known !== undefined) return known;
  const parts: Record<string, string> = {};
  for (const part of formatterOf(timeZone).formatToParts(fromMs)) parts[part.type] = part.value;
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
  const wall = { fromMs, timeZone, date: `${year.padStart(4, '0')}-${month}-${day}`, hour, minute, second };
  walls = [wall, ...walls.slice(0, 1)];
  return wall;
}

/** The calendar and the clock on the store's wall. The time zone is one that `isTimeZone` knows. */
export function localTimeOf(atMs: number, timeZone: string): LocalTime {
  assert(Number.isSafeInteger(atMs) && Math.abs(atMs) <= MAX_MOMENT_MS, 'a moment is a whole number of milliseconds that a calendar knows');
  const isWholeMinutes = atMs >= WHOLE_MINUTES_SINCE_MS;
  const spanMs = isWholeMinutes ? 60_000 : 1_000;
  const restMs = ((atMs % spanMs) + spanMs) % spanMs;
  const { date, hour, minute, second } = wallAt(atMs - restMs, timeZone);
  const seconds = isWholeMinutes ? String(restMs).padStart(5, '0').slice(0, 2) : second;
  return { date, time: `${hour}:${minute}:${seconds}`, hour: Number(hour) };
}

/** The business date of a moment in the store's time zone. */
export function businessDateOf(atMs: number, timeZone: string, startHour = BUSINESS_DAY_START_HOUR): string {
  const local = localTimeOf(atMs, timeZone);
  return local.hour < startHour ? localTimeOf(atMs - HALF_DAY_MS, timeZone).date : local.date;
}

/** 1 Monday to 7 Sunday, of a date `YYYY-MM-DD` of the Gregorian calendar (Zeller's congruence). */
export function weekdayOf(date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  // January and February belong to the year before, as its months 13 and 14.
  const [years, months] = month > 2 ? [year, month] : [year - 1, month + 12];
  const whole = (value: number, divisor: number): number => scaleRounded(value, 1, divisor, 'down') ?? 0;
  const fromSaturday = day + whole(13 * (months + 1), 5) + years + whole(years, 4) - whole(years, 100) + whole(years, 400);
  return ((fromSaturday + 5) % 7) + 1;
}

/** Days of a common year before each month. */
const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/** From one business date to another, in days; below 0 where the second is earlier. */
export function daysBetween(from: string, to: string): number {
  const dayNumber = (date: string): number => {
    const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
    // Leap days up to the last February that has ended.
    const years = month > 2 ? year : year - 1;
    const each = (count: number): number => scaleRounded(years, 1, count, 'down') ?? 0;
    return 365 * year + each(4) - each(100) + each(400) + (DAYS_BEFORE_MONTH[month - 1] ?? 0) + day;
  };
  return dayNumber(to) - dayNumber(from);
}
