import { expect, test } from 'vitest';

import { createBackOff } from './back-off.ts';

test('at once, then doubling up to five seconds', () => {
  const backOff = createBackOff();
  expect(Array.from({ length: 9 }, (_, i) => backOff.nextDelayMs(i * 1_000))).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

test('after half a minute of calm it starts again', () => {
  const backOff = createBackOff();
  backOff.nextDelayMs(0);
  expect(backOff.nextDelayMs(30_000)).toBe(100);
  expect(backOff.nextDelayMs(60_001)).toBe(0);
});

test('the ceiling is the caller’s', () => {
  const backOff = createBackOff(300);
  expect(Array.from({ length: 5 }, (_, i) => backOff.nextDelayMs(i))).toEqual([0, 100, 200, 300, 300]);
});
