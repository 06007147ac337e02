import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { businessDateOf, localTimeOf } from './business-day.ts';
import '../testing/property-runs.ts';

const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Australia/Lord_Howe',
);
/** 2000 to 2099. */
const moment = fc.integer({ min: 946_684_800_000, max: 4_102_444_799_000 });

test('the business date is the calendar date from four o’clock on, and otherwise the day before it', () => {
  fc.assert(
    fc.property(moment, zone, (atMs, timeZone) => {
      const local = localTimeOf(atMs, timeZone);
      // Another way to the day before, which knows no time zone: calendar dates alone.
      const dayBefore = new Date(Date.parse(`${local.date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
      expect(businessDateOf(atMs, timeZone)).toBe(local.hour < 4 ? dayBefore : local.date);
    }),
  );
});

test('time goes on, and so does the business date', () => {
  fc.assert(
    fc.property(moment, fc.nat({ max: 200_000_000 }), zone, (atMs, laterMs, timeZone) => {
      expect(businessDateOf(atMs + laterMs, timeZone) >= businessDateOf(atMs, timeZone)).toBe(true);
    }),
  );
});

test('the wall clock is what a calendar says of that very moment, at every place, also where clocks were changed within the hour', () => {
  const everywhere = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  // From 1900 on, Liberia's last minutes of its own among them, and Newfoundland's changes a minute past midnight.
  const ever = fc.oneof(
    fc.integer({ min: -2_208_988_800_000, max: 4_102_444_799_000 }),
    fc.integer({ min: 63_000_000_000, max: 68_000_000_000 }),
  );
  fc.assert(
    fc.property(
      ever,
      fc.oneof(everywhere, fc.constantFrom('Africa/Monrovia', 'America/St_Johns')),
      fc.nat({ max: 120_000 }),
      (atMs, timeZone, laterMs) => {
        const options = {
          timeZone,
          calendar: 'gregory',
          numberingSystem: 'latn',
          hourCycle: 'h23',
          dateStyle: 'short',
          timeStyle: 'medium',
        } as const;
        const calendar = new Intl.DateTimeFormat('en-GB', options);
        for (const ms of [atMs, atMs + laterMs, atMs]) {
          const { date, time, hour } = localTimeOf(ms, timeZone);
          const [year, month, day] = date.split('-');
          expect(`${day}/${month}/${year}, ${time}`).toBe(calendar.format(ms));
          expect(hour).toBe(Number(time.slice(0, 2)));
        }
      },
    ),
  );
});
