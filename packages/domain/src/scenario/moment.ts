/** A time on the store's wall, as a moment. */
import { ok, type Result } from '@holdfast/base';

import { momentsOf, utcMsOf } from '../wall-time.ts';
import { mistake, quoted, type Mistake } from './mistake.ts';

const MINUTE_MS = 60_000;

/**
 * `2026-03-29 01:59` on the wall of a store in `timeZone`. An hour that the clocks skip is no time; of an hour that comes twice
 * the text says which one it means: `2026-10-25 02:30 +01:00`.
 */
export function readMoment(text: string, timeZone: string): Result<number, Mistake> {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?: ([+-])(\d\d):(\d\d))?$/.exec(text);
  if (match === null) return mistake(`${quoted(text)} is no time: write 2026-03-14 16:30`);
  const [, year, month, day, hour, minute, sign, offsetHours, offsetMinutes] = match;
  const wall = { year: Number(year), month: Number(month), day: Number(day), hour: Number(hour), minute: Number(minute) };
  const shownMs = utcMsOf(wall);
  if (shownMs === undefined) return mistake(`${quoted(text)} is in no calendar`);
  const shown = momentsOf(wall, timeZone);
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * MINUTE_MS;
  const moments = sign === undefined ? shown : shown.filter((atMs) => atMs === shownMs - offsetMs);
  const [atMs, second] = moments;
  if (atMs === undefined) return mistake(`${quoted(text)} is never on the clocks of ${timeZone}`);
  if (second !== undefined) return mistake(`${quoted(text)} comes twice in ${timeZone}: write the offset behind it, as in +01:00`);
  return ok(atMs);
}
