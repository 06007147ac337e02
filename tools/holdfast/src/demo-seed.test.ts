import { describe, expect, test } from 'vitest';

import { offsetToMs } from './demo-seed.ts';

describe('a day and time relative to the seed day, on the store’s clock', () => {
  test.each([
    ['+0d', '2026-07-01', 'Europe/Berlin', '2026-06-30T22:00:00Z'],
    ['-2d', '2026-07-01', 'Europe/Berlin', '2026-06-28T22:00:00Z'],
    ['+3dT08:00', '2026-07-01', 'Europe/Berlin', '2026-07-04T06:00:00Z'],
    ['+1d', '2026-12-31', 'UTC', '2027-01-01T00:00:00Z'],
    // The clocks go forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00.
    ['+1dT12:00', '2026-03-28', 'Europe/Berlin', '2026-03-29T10:00:00Z'],
    ['+0d', '2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
    ['+1d', '2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
  ])('%s from %s in %s is %s', (offset, seedDay, timeZone, expected) => {
    expect(new Date(offsetToMs(offset, seedDay, timeZone)).toISOString()).toBe(new Date(expected).toISOString());
  });

  test('nonsense is named', () => {
    expect(() => offsetToMs('soon', '2026-07-01', 'UTC')).toThrow(/"soon"/);
  });
});
