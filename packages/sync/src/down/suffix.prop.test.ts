import fc from 'fast-check';
import { expect, test } from 'vitest';

import { suffixStarts } from './suffix.ts';

const spans = fc
  .tuple(fc.nat(2 ** 40 - 1), fc.nat(2 ** 40 - 1))
  .map(([left, right]): readonly [number, number] => [Math.min(left, right), Math.max(left, right)]);

test('D-10: starts ascend to the cursor, none is a quarter of its age below it', () => {
  fc.assert(
    fc.property(spans, ([from, to]) => {
      const starts = suffixStarts(from, to);
      expect(starts.at(-1)).toBe(from);
      for (const [index, start] of starts.entries()) {
        expect(start).toBeGreaterThan(starts[index - 1] ?? -1);
        expect((from - start) * 4).toBeLessThanOrEqual(to - from);
      }
    }),
  );
});

test('D-10: all cursors of one head share few starts: about four for each doubling of the age', () => {
  const head = 100_000;
  const starts = new Set<number>();
  for (let from = 0; from < head; from += 1) starts.add(suffixStarts(from, head)[0] ?? -1);
  expect(starts.size).toBeLessThan(8 * Math.log2(head));
  expect(starts.size).toBeGreaterThan(2 * Math.log2(head));
  // An hour and a month of isolation are answered from the same few segments by every lane.
  expect(suffixStarts(70_001, head)[0]).toBe(suffixStarts(73_000, head)[0]);
});
