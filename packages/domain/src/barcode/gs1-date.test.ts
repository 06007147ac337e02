import { expect, test } from 'vitest';

import { dateRangeOf, gs1Date, isGs1Date } from './gs1-date.ts';

test.each([
  ['261231', 2026, '2026-12-31'],
  ['270200', 2026, '2027-02-28'],
  ['280200', 2026, '2028-02-29'],
  ['760101', 2026, '2076-01-01'],
  ['770101', 2026, '1977-01-01'],
  ['990630', 2001, '1999-06-30'],
  ['010630', 1999, '2001-06-30'],
  ['490101', 1999, '2049-01-01'],
  ['500101', 1999, '1950-01-01'],
  ['000229', 2026, '2000-02-29'],
])('%s, read in %i, is %s', (yymmdd, thisYear, date) => {
  expect(gs1Date(yymmdd, thisYear)).toBe(date);
});

test('day 00 is a date only where the identifier says so', () => {
  expect(isGs1Date('261200', true)).toBe(true);
  expect(isGs1Date('261200', false)).toBe(false);
  expect(isGs1Date('260001', true)).toBe(false);
  expect(isGs1Date('270229', true)).toBe(false);
});

test('a clock that may be wrong gives a range of dates, and beyond a day no answer', () => {
  const atMs = Date.UTC(2026, 10, 20, 22, 30);
  expect(dateRangeOf({ atMs, uncertaintyMs: 1_000 }, 'Europe/Berlin')).toEqual({
    earliest: '2026-11-20',
    latest: '2026-11-20',
    isUnsure: false,
  });
  expect(dateRangeOf({ atMs, uncertaintyMs: 3_600_000 }, 'Europe/Berlin')).toMatchObject({ earliest: '2026-11-20', latest: '2026-11-21' });
  expect(dateRangeOf({ atMs, uncertaintyMs: 86_400_000 }, 'Europe/Berlin').isUnsure).toBe(true);
});
