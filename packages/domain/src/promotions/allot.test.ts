import fc from 'fast-check';
import { expect, test } from 'vitest';

import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import { cell, readTable } from '../testing/table.ts';
import { allot } from './allot.ts';
import '../testing/property-runs.ts';

const numbers = (text: string): readonly number[] => text.split(' ').map(Number);

test.each(
  readTable(`
    total | weights     | shares
    100   | 100 100 100 | 34 33 33
    10    | 5 15 20     | 1 4 5
    1     | 1 1         | 1 0
    5     | 0 5 0       | 0 5 0
    0     | 7 7         | 0 0
    7     | 3 4         | 3 4
  `),
)('$total over $weights', (row) => {
  expect(allot(Number(row['total']), numbers(cell(row, 'weights')))).toEqual(numbers(cell(row, 'shares')));
});

test('shares sum to the whole, none is above its weight or further than one from its proportion', () => {
  const weights = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: MAX_AMOUNT_MINOR })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 1_000 }), (parts, thousandths) => {
      const sum = parts.reduce((all, part) => all + part, 0);
      const total = Number((BigInt(sum) * BigInt(thousandths)) / 1_000n);
      const shares = allot(total, parts);
      expect(shares.reduce((all, share) => all + share, 0)).toBe(total);
      shares.forEach((share, index) => {
        const exact = BigInt(total) * BigInt(parts[index] ?? 0);
        expect(share).toBeLessThanOrEqual(parts[index] ?? 0);
        expect(BigInt(share) * BigInt(sum) - exact < BigInt(sum) || sum === 0).toBe(true);
        expect(exact - BigInt(share) * BigInt(sum) < BigInt(sum) || sum === 0).toBe(true);
      });
    }),
  );
});
