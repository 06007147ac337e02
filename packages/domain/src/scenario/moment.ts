/** A time on the store's wall, as a moment. */
import { ok, type Result } from '@holdfast/base';

import { localTimeOf } from '../business-day.ts';
import { scaleRounded } from '../money.ts';
import { mistake, quoted, type Mistake } from './mistake.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const whole = (numerator: number, divisor: number): number => scaleRounded(numerator, 1, divisor, 'down') ?? 0;

/** Days from 1970-01-01 to a date of the Gregorian calendar (its months counted from March, so that a leap day comes last). */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  return years * 365 + whole(years, 4) - whole(years, 100) + whole(years, 400) + whole(153 * months + 2, 5) + day - 1 - 719_468;
}

/** Of a clock that shows UTC; undefined where no calendar has that day. */
function utcMs(year: number, month: number, day: number, hour: number, minute: number): number | undefined {
  const atMs = daysSince1970(year, month, day) * DAY_MS + (hour * 60 + minute) * MINUTE_MS;
  const pad = (part: number): string => String(part).padStart(2, '0');
  const shown = localTimeOf(atMs, 'UTC');
  return shown.date === `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}` && shown.time === `${pad(hour)}:${pad(minute)}:00`
    ? atMs
    : undefined;
}

/**
 * `2026-03-29 01:59` on the wall of a store in `timeZone`. An hour that the clocks skip is no time; of an hour that comes twice
 * the text says which one it means: `2026-10-25 02:30 +01:00`.
 */
export function readMoment(text: string, timeZone: string): Result<number, Mistake> {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?: ([+-])(\d\d):(\d\d))?$/.exec(text);
  if (match === null) return mistake(`${quoted(text)} is no time: write 2026-03-14 16:30`);
  const [, year, month, day, hour, minute, sign, offsetHours, offsetMinutes] = match;
  const shownMs = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute));
  if (shownMs === undefined) return mistake(`${quoted(text)} is in no calendar`);
  const wallMs = (atMs: number): number => {
    const { date, time } = localTimeOf(atMs, timeZone);
    const part = (value: string, from: number, to: number): number => Number(value.slice(from, to));
    return utcMs(part(date, 0, 4), part(date, 5, 7), part(date, 8, 10), part(time, 0, 2), part(time, 3, 5)) ?? atMs;
  };
  // What the store's clock is ahead of UTC changes at most once within two days: it is one of these.
  const offsets =
    sign === undefined
      ? new Set([wallMs(shownMs - DAY_MS) - (shownMs - DAY_MS), wallMs(shownMs + DAY_MS) - (shownMs + DAY_MS)])
      : new Set([(sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * MINUTE_MS]);
  const moments = [...offsets].map((offset) => shownMs - offset).filter((atMs) => wallMs(atMs) === shownMs);
  const [atMs, second] = moments;
  if (atMs === undefined) return mistake(`${quoted(text)} is never on the clocks of ${timeZone}`);
  if (second !== undefined) return mistake(`${quoted(text)} comes twice in ${timeZone}: write the offset behind it, as in +01:00`);
  return ok(atMs);
}
