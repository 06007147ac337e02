/**
 * When an item may be sold: weekly windows on the store's clock, as laws about alcohol or fireworks have them.
 * Written `mo-sa 06:00-22:00; su 10:00-18:00`; a window that ends at or before its start ends the next day (`fr-sa 20:00-02:00`), and
 * 24:00 is midnight. No window is open at the moment it ends.
 */
import { err, ok, type Result } from '@holdfast/base';

import { scaleRounded } from '../money/money.ts';
import { shownMsAt } from '../wall-time.ts';

const DAYS = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'] as const;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const MINUTE_MS = 60_000;
/** 1970 began on a Thursday. */
const EPOCH_MINUTE = 3 * DAY_MINUTES;

/** Open in [from, to) of a week, in minutes since its Monday began; `to` may lie in the next week. */
export interface SaleWindow {
  readonly from: number;
  readonly to: number;
}

export interface SaleHours {
  /** As it was written. */
  readonly text: string;
  readonly windows: readonly SaleWindow[];
}

export interface MalformedSaleHours {
  readonly type: 'malformedSaleHours';
  readonly expected: string;
}

const EXPECTED = 'weekly hours such as mo-sa 06:00-22:00; su 10:00-18:00';

export function parseSaleHours(text: string): Result<SaleHours, MalformedSaleHours> {
  const malformed = err({ type: 'malformedSaleHours', expected: EXPECTED } as const);
  const windows: SaleWindow[] = [];
  if (text.length > 500) return malformed;
  for (const rule of text.split(';')) {
    const match = /^(mo|tu|we|th|fr|sa|su)(?:-(mo|tu|we|th|fr|sa|su))? (\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(rule.trim().toLowerCase());
    if (match === null) return malformed;
    const [, first, last = first, fromHour, fromMinutes, toHour, toMinutes] = match;
    const from = minuteOf(fromHour, fromMinutes);
    const to = minuteOf(toHour, toMinutes);
    if (from === undefined || to === undefined || from === DAY_MINUTES) return malformed;
    const start = DAYS.findIndex((day) => day === first);
    // `sa-mo` goes over the weekend.
    const span = (DAYS.findIndex((day) => day === last) - start + DAYS.length) % DAYS.length;
    for (let day = start; day <= start + span; day += 1) {
      const midnight = (day % DAYS.length) * DAY_MINUTES;
      windows.push({ from: midnight + from, to: midnight + (to <= from ? to + DAY_MINUTES : to) });
    }
  }
  return ok({ text, windows });
}

/** Of 24 hours, the last one as their end only. */
function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && minutes <= DAY_MINUTES ? minutes : undefined;
}

/** What the store's clock says, and how far it may be off. */
export interface StoreClock {
  readonly atMs: number;
  /** IANA. */
  readonly timeZone: string;
  readonly uncertaintyMs: number;
}

/**
 * Whether it may be sold now. `unsure` where the clock is off by so much that the answer may be the other one: then a person looks at a
 * watch. A lane that never heard the hub knows its clock to a day, so that it always asks.
 */
export function saleHoursAt({ windows }: SaleHours, { atMs, timeZone, uncertaintyMs }: StoreClock): 'open' | 'closed' | 'unsure' {
  const ends = [minutesShown(atMs - uncertaintyMs, timeZone), minutesShown(atMs + uncertaintyMs, timeZone)];
  // Across a change of the clocks the wall goes back or jumps: an hour more on either side holds whatever it may have shown.
  const slack = Math.max(...ends) - Math.min(...ends) === whole(2 * uncertaintyMs, MINUTE_MS) ? 1 : 61;
  const isUnsure = windows
    .flatMap(({ from, to }) => [from, to])
    .some((edge) => isEdge(windows, edge) && isPassed(edge, Math.min(...ends) - slack, Math.max(...ends) + slack));
  if (uncertaintyMs > 0 && isUnsure) return 'unsure';
  return isOpenAt(windows, minutesShown(atMs, timeZone) + EPOCH_MINUTE) ? 'open' : 'closed';
}

const whole = (numerator: number, divisor: number): number => scaleRounded(numerator, 1, divisor, 'down') ?? 0;
const inWeek = (minute: number): number => ((minute % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES;
/** Since 1970 on the wall. */
const minutesShown = (atMs: number, timeZone: string): number => whole(shownMsAt(atMs, timeZone), MINUTE_MS);

const isOpenAt = (windows: readonly SaleWindow[], minute: number): boolean =>
  windows.some(({ from, to }) => {
    const at = inWeek(minute);
    return (at >= from && at < to) || (at + WEEK_MINUTES >= from && at + WEEK_MINUTES < to);
  });

/** Windows that touch make no edge where they do. */
const isEdge = (windows: readonly SaleWindow[], minute: number): boolean => isOpenAt(windows, minute) !== isOpenAt(windows, minute - 1);

/** Whether that minute of a week comes in [from, to] since 1970. */
const isPassed = (edge: number, from: number, to: number): boolean => inWeek(edge - (from + EPOCH_MINUTE)) <= to - from;
