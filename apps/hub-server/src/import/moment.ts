/** When something begins or ends, as a file says it: a moment with its offset, or what the store's wall shows. Nothing is guessed. */
import { ok, type Result } from '@holdfast/base';
import { momentsOf, startOfDay } from '@holdfast/domain';

import { refuse, type Refusal } from './refusal.ts';

/**
 * `2026-12-01T08:00:00Z` and `…+01:00` are moments. `2026-12-01 08:00` (or with a T) is on the wall of a store in `timeZone`, and `2026-12-01` its day's
 * first moment. Refused: a wall time where stores of several time zones are meant (`ambiguousTimeZone`), an hour that the clocks skip
 * (`noSuchLocalTime`), and one that comes twice (`ambiguousLocalTime`). Null where nothing is said.
 */
export function parseStoreMoment(text: string, timeZone: string | undefined): Result<number | null, Refusal> {
  if (text === '') return ok(null);
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return refuse('badDate', text);
  const [, year, month, day, hour, minute, second = '00', offset] = match;
  if (offset !== undefined) {
    const ms = Date.parse(text.replace(' ', 'T'));
    return Number.isSafeInteger(ms) ? ok(ms) : refuse('badDate', text);
  }
  if (second !== '00') return refuse('badDate', text);
  if (timeZone === undefined) return refuse('ambiguousTimeZone', text);
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  if (hour === undefined) {
    const start = startOfDay(date, timeZone);
    return start === undefined ? refuse('badDate', text) : ok(start);
  }
  if (startOfDay(date, timeZone) === undefined || Number(hour) > 23 || Number(minute) > 59) return refuse('badDate', text);
  const [first, again] = momentsOf({ ...date, hour: Number(hour), minute: Number(minute) }, timeZone);
  if (first === undefined) return refuse('noSuchLocalTime', text);
  return again === undefined ? ok(first) : refuse('ambiguousLocalTime', text);
}
