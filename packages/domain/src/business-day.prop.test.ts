import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { businessDateOf, localTimeOf } from './business-day.ts';
import './testing/property-runs.ts';

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
