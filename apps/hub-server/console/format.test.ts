import { expect, test } from 'vitest';

import { addDays, businessDateText, dateTimeText, hourOf, plural, roundMoneyText, timeText } from './format.ts';

test.each([
  [128_490_250, 2, 'EUR', '€1,284,903'],
  [-150, 2, 'EUR', '−€2'],
  [1_500, 0, 'JPY', '¥1,500'],
  [12_345_499, 3, 'KWD', 'KWD 12,345'],
])('%d with %d digits of %s is %s in whole units', (amount, digits, currency, expected) =>
  expect(roundMoneyText(amount, digits, currency).replaceAll('\u00A0', ' ')).toBe(expected),
);

test('one sale, many sales', () => {
  expect([plural(0, 'sale'), plural(1, 'sale'), plural(2_911, 'sale')]).toEqual(['0 sales', '1 sale', '2,911 sales']);
  expect(plural(2, 'branch', 'branches')).toBe('2 branches');
});

test('business dates', () => {
  expect(businessDateText('2026-11-21')).toBe('Sat 21 November');
  expect(businessDateText('soon')).toBe('soon');
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
});

test('moments are told in the store’s own zone', () => {
  const atMs = Date.UTC(2026, 6, 1, 22, 30, 5);
  expect(timeText(atMs, 'Europe/Berlin')).toBe('00:30:05');
  expect(dateTimeText(atMs, 'Europe/Berlin')).toBe('2 Jul 2026, 00:30:05');
  expect(hourOf(atMs, 'Europe/Berlin')).toBe(0);
  expect(hourOf(atMs, 'America/New_York')).toBe(18);
});
