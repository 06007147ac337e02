import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { businessDateOf, isTimeZone, localTimeOf } from './business-day.ts';

describe('the business day rolls at four in the morning', () => {
  const cases = readTable(`
    moment (UTC)         | time zone           | wall clock          | business day | because
    ---------------------+---------------------+---------------------+--------------+--------------------------------------
    2026-03-14T11:00:00Z | Europe/Berlin       | 2026-03-14 12:00:00 | 2026-03-14   | noon
    2026-03-14T23:30:00Z | Europe/Berlin       | 2026-03-15 00:30:00 | 2026-03-14   | after midnight it is still Saturday
    2026-03-15T02:59:59Z | Europe/Berlin       | 2026-03-15 03:59:59 | 2026-03-14   | one second before four
    2026-03-15T03:00:00Z | Europe/Berlin       | 2026-03-15 04:00:00 | 2026-03-15   | four
    2026-03-29T00:59:59Z | Europe/Berlin       | 2026-03-29 01:59:59 | 2026-03-28   | the clocks go forward in this night
    2026-03-29T01:00:00Z | Europe/Berlin       | 2026-03-29 03:00:00 | 2026-03-28   |
    2026-03-29T02:00:00Z | Europe/Berlin       | 2026-03-29 04:00:00 | 2026-03-29   |
    2026-10-25T00:30:00Z | Europe/Berlin       | 2026-10-25 02:30:00 | 2026-10-24   | and back in this one: half past two
    2026-10-25T01:30:00Z | Europe/Berlin       | 2026-10-25 02:30:00 | 2026-10-24   | half past two again
    2026-10-25T02:59:59Z | Europe/Berlin       | 2026-10-25 03:59:59 | 2026-10-24   |
    2026-10-25T03:00:00Z | Europe/Berlin       | 2026-10-25 04:00:00 | 2026-10-25   |
    2026-01-01T02:00:00Z | Europe/Berlin       | 2026-01-01 03:00:00 | 2025-12-31   | the last evening of the year
    2024-03-01T03:00:00Z | America/New_York    | 2024-02-29 22:00:00 | 2024-02-29   | a leap day
    2026-07-01T18:00:00Z | Asia/Tokyo          | 2026-07-02 03:00:00 | 2026-07-01   |
    2026-07-01T12:00:00Z | Pacific/Kiritimati  | 2026-07-02 02:00:00 | 2026-07-01   | fourteen hours ahead
    2026-07-01T12:00:00Z | Pacific/Pago_Pago   | 2026-07-01 01:00:00 | 2026-06-30   | eleven behind
    2026-07-01T00:00:00Z | Asia/Kathmandu      | 2026-07-01 05:45:00 | 2026-07-01   | a quarter of an hour
    1970-01-01T00:00:00Z | UTC                 | 1970-01-01 00:00:00 | 1969-12-31   | a clock that lost its battery
  `);
  test.each(cases)('$"moment (UTC)" in $"time zone"', (row) => {
    const atMs = Date.parse(cell(row, 'moment (UTC)'));
    const local = localTimeOf(atMs, cell(row, 'time zone'));
    expect(`${local.date} ${local.time}`).toBe(cell(row, 'wall clock'));
    expect(businessDateOf(atMs, cell(row, 'time zone'))).toBe(cell(row, 'business day'));
  });
});

test('time zones are known or not', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Europe/Atlantis')).toBe(false);
  expect(isTimeZone('')).toBe(false);
});

test('what is no moment is a mistake of the caller', () => {
  expect(() => businessDateOf(Number.NaN, 'UTC')).toThrow('a moment is');
  expect(() => businessDateOf(8_640_000_000_000_001, 'UTC')).toThrow('a moment is');
});
