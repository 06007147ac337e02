import { expect, test } from 'vitest';

import { growthOf } from './memory-growth.ts';

const MB = 1_000_000;
/** Up and down as collections come, without chance. */
const swing = (index: number): number => ((index * 7) % 11) - 5;

const run = (bytesAt: (index: number) => number) =>
  Array.from({ length: 60 }, (_, index) => ({ rounds: index * 100, bytes: bytesAt(index) + swing(index) * MB }));

test('what is kept of each round is seen through the ups and downs', () => {
  const leak = growthOf(run((index) => 100 * MB + index * MB));
  expect(leak).toBeGreaterThan(35 * MB);
  expect(leak).toBeLessThan(43 * MB);
});

test('what only warms up, or only goes up and down, does not grow', () => {
  expect(Math.abs(growthOf(run(() => 100 * MB)))).toBeLessThan(3 * MB);
  expect(Math.abs(growthOf(run((index) => Math.min(index, 18) * 5 * MB)))).toBeLessThan(3 * MB);
});
