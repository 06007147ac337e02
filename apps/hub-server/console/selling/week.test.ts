import { expect, test } from 'vitest';

import { hoursOf, shareText, type Week } from './week.ts';

test('a change is told in whole percent of last week, and not at all where nothing was', () => {
  const text = (todayMinor: number, lastWeekMinor: number): string => shareText({ todayMinor, lastWeekMinor });
  expect([text(112, 100), text(50, 100), text(100, 100), text(5, 0), text(5, -3)]).toEqual(['+12 %', '−50 %', '0 %', '', '']);
});

test('hours of several currencies are not drawn as one', () => {
  const hour = (at: number, currency: string) => ({ hour: at, currency, count: 1, totalMinor: at * 100 });
  const week = (hours: Week['hours']): Week => ({ asOfMs: 0, totals: [], stores: [], departments: [], hours });
  expect([...hoursOf(week([hour(9, 'EUR'), hour(10, 'EUR')]), 'EUR')]).toEqual([
    [9, 900],
    [10, 1_000],
  ]);
  expect(hoursOf(week([hour(9, 'EUR'), hour(10, 'CHF')]), 'EUR').size).toBe(0);
});
