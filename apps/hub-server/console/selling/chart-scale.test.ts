import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { axisWidth, hoursToShow, roundTicks } from './chart-scale.ts';

describe('ticks', () => {
  test.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [7, [0, 2, 4, 6, 8]],
    [100, [0, 50, 100]],
    [128_490, [0, 50_000, 100_000, 150_000]],
    [Number.NaN, [0, 1]],
    [-50, [0, 1]],
  ])('up to %d are %j', (maximum, expected) => expect(roundTicks(maximum)).toEqual(expected));

  test('always hold the maximum, rise evenly and stay few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 12 }), fc.integer({ min: 1, max: 8 }), (maximum, wanted) => {
        const ticks = roundTicks(maximum, wanted);
        const step = ticks[1] ?? 0;
        expect(ticks[0]).toBe(0);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(maximum);
        expect(ticks.every((tick, index) => tick === index * step)).toBe(true);
        expect(ticks.length).toBeLessThanOrEqual(wanted + 2);
      }),
    );
  });
});

describe('hours', () => {
  test('of a day without sales are the shop’s usual ones', () => {
    expect(hoursToShow([]).map((value) => value.hour)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('reach as far as the sales do, and no further', () => {
    const hours = hoursToShow([
      { hour: 3, count: 0, totalMinor: 0 },
      { hour: 6, count: 1, totalMinor: 100 },
      { hour: 22, count: 2, totalMinor: -50 },
    ]);
    expect([hours[0]?.hour, hours.at(-1)?.hour]).toEqual([6, 22]);
    expect(hours.find((value) => value.hour === 22)).toEqual({ hour: 22, count: 2, totalMinor: -50 });
    expect(hours.find((value) => value.hour === 7)).toEqual({ hour: 7, count: 0, totalMinor: 0 });
  });
});

test('the axis has room for the longest label', () => {
  expect(axisWidth(['€0', '€500'])).toBe(58);
  expect(axisWidth(['CHF 0', 'CHF 1,500,000'])).toBeGreaterThanOrEqual(13 * 7);
  expect(axisWidth([])).toBe(58);
});
