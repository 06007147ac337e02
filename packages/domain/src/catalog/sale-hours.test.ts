import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { momentsOf } from '../wall-time.ts';
import { parseSaleHours, saleHoursAt } from './sale-hours.ts';

const MINUTE_MS = 60_000;

function ask(hours: string, at: string, uncertainty: string): string {
  const parsed = parseSaleHours(hours);
  if (!parsed.ok) return parsed.error.type;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = at.split(/[-: ]/).map(Number);
  const [atMs = Number.NaN] = momentsOf({ year, month, day, hour, minute }, 'Europe/Berlin');
  return saleHoursAt(parsed.value, { atMs, timeZone: 'Europe/Berlin', uncertaintyMs: Number(uncertainty) * MINUTE_MS });
}

describe('an item with hours', () => {
  // 2026-03-14 is a Saturday; on 2026-03-29 the clocks skip 02:00 to 03:00, on 2026-10-25 they show it twice.
  test.each(
    readTable(`
      hours                                | at               | clock is off by | answer
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 21:59 | 0               | open
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 22:00 | 0               | closed
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-15 09:59 | 0               | closed
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-15 10:00 | 0               | open
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 21:50 | 5               | open
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 21:50 | 15              | unsure
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 22:10 | 15              | unsure
      mo-sa 06:00-22:00; su 10:00-18:00    | 2026-03-14 12:00 | 1440            | unsure
      fr-sa 20:00-02:00                    | 2026-03-14 01:59 | 0               | open
      fr-sa 20:00-02:00                    | 2026-03-14 02:00 | 0               | closed
      fr-sa 20:00-02:00                    | 2026-03-15 01:00 | 0               | open
      sa-mo 00:00-24:00                    | 2026-03-15 12:00 | 0               | open
      sa-mo 00:00-24:00                    | 2026-03-17 00:00 | 0               | closed
      sa-mo 00:00-24:00                    | 2026-03-15 12:00 | 60              | open
      su 22:00-06:00                       | 2026-03-16 05:59 | 0               | open
      su 22:00-06:00                       | 2026-03-16 06:00 | 0               | closed
      mo-su 00:00-24:00                    | 2026-03-14 12:00 | 20000           | open
      mo-su 03:00-24:00                    | 2026-03-29 03:00 | 0               | open
      mo-su 03:00-24:00                    | 2026-03-29 01:59 | 0               | closed
      mo-su 03:00-24:00                    | 2026-03-29 01:59 | 1               | unsure
      mo-su 02:50-24:00                    | 2026-10-25 02:55 | 10              | unsure
    `),
  )('$hours at $at', (row) => {
    expect(ask(cell(row, 'hours'), cell(row, 'at'), cell(row, 'clock is off by'))).toBe(cell(row, 'answer'));
  });

  test.each([
    '',
    'mo',
    'mo 6-22',
    'mo 24:00-02:00',
    'mo 06:60-07:00',
    'mo 25:00-26:00',
    'xx 06:00-22:00',
    'mo 06:00-22:00;',
    'x'.repeat(501),
  ])('is refused where its hours are "%s"', (hours) => expect(ask(hours, '2026-03-14 12:00', '0')).toBe('malformedSaleHours'));
});
