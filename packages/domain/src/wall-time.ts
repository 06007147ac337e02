/** A time on the wall of a store, as moments: none in the hour that the clocks skip in spring, two in the one that comes twice in autumn. */
import { scaleRounded } from './money/money.ts';
import { localTimeOf } from './shift/business-day.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const whole = (numerator: number, divisor: number): number => scaleRounded(numerator, 1, divisor, 'down') ?? 0;

/** Days from 1970-01-01 to a date of the Gregorian calendar (its months counted from March, so that a leap day comes last). */
function daysSince1970({ year, month, day }: Pick<WallTime, 'year' | 'month' | 'day'>): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  return years * 365 + whole(years, 4) - whole(years, 100) + whole(years, 400) + whole(153 * months + 2, 5) + day - 1 - 719_468;
}

/** Of a clock that shows UTC; undefined where no calendar has that day, or no day that time. */
export function utcMsOf(wall: WallTime): number | undefined {
  const atMs = daysSince1970(wall) * DAY_MS + (wall.hour * 60 + wall.minute) * MINUTE_MS;
  const pad = (part: number): string => String(part).padStart(2, '0');
  const shown = localTimeOf(atMs, 'UTC');
  return shown.date === `${String(wall.year).padStart(4, '0')}-${pad(wall.month)}-${pad(wall.day)}` &&
    shown.time === `${pad(wall.hour)}:${pad(wall.minute)}:00`
    ? atMs
    : undefined;
}

/** What the wall shows at a moment, to the minute, as if it showed UTC. */
export function shownMsAt(atMs: number, timeZone: string): number {
  const { date, time } = localTimeOf(atMs, timeZone);
  const part = (value: string, from: number, to: number): number => Number(value.slice(from, to));
  const wall = {
    year: part(date, 0, 4),
    month: part(date, 5, 7),
    day: part(date, 8, 10),
    hour: part(time, 0, 2),
    minute: part(time, 3, 5),
  };
  return utcMsOf(wall) ?? atMs;
}

/** Ascending; empty where that time is never shown there, or is in no calendar. */
export function momentsOf(wall: WallTime, timeZone: string): readonly number[] {
  const shownMs = utcMsOf(wall);
  if (shownMs === undefined) return [];
  // What the store's clock is ahead of UTC changes at most once within two days: it is one of these.
  const offsets = new Set([-DAY_MS, DAY_MS].map((away) => shownMsAt(shownMs + away, timeZone) - (shownMs + away)));
  return [...offsets]
    .map((offset) => shownMs - offset)
    .filter((atMs) => shownMsAt(atMs, timeZone) === shownMs)
    .sort((left, right) => left - right);
}

/** The first moment of a calendar day there: midnight, or the end of the gap where the clocks skip it. Undefined where no calendar has the day. */
export function startOfDay(day: Pick<WallTime, 'year' | 'month' | 'day'>, timeZone: string): number | undefined {
  for (let minutes = 0; minutes < 24 * 60; minutes += 30) {
    const [first] = momentsOf({ ...day, hour: whole(minutes, 60), minute: minutes % 60 }, timeZone);
    if (first !== undefined) return first;
    if (utcMsOf({ ...day, hour: 0, minute: 0 }) === undefined) return undefined;
  }
  return undefined;
}
