import { expect, test } from 'vitest';

import { sortDays } from './store-days-page.tsx';
import type { StoreDayRow } from './store-days.ts';

const day = (businessDate: string, store: string): StoreDayRow => ({
  store,
  businessDate,
  lanes: 1,
  shifts: 1,
  openShifts: 0,
  differing: 0,
  sales: 0,
  totalMinor: 0,
  currency: 'EUR',
  minorDigits: 2,
  closedAtMs: null,
});

test('the newest day is first, its stores in the order of their numbers', () => {
  const told = [day('2026-11-27', '1'), day('2026-11-27', '10'), day('2026-11-27', '2'), day('2026-11-28', '10'), day('2026-11-28', '9')];
  expect(sortDays(told).map(({ businessDate, store }) => [businessDate, store])).toEqual([
    ['2026-11-28', '9'],
    ['2026-11-28', '10'],
    ['2026-11-27', '1'],
    ['2026-11-27', '2'],
    ['2026-11-27', '10'],
  ]);
});
