/** Shares against the dumbest way to hand a sum out: whole parts first, then one minor unit at a time to whoever is furthest short. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import '../testing/property-runs.ts';
import { allot } from './allot.ts';

test('every share is what handing out unit by unit gives, and no share is above its weight', () => {
  const weight = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 900_000_000_000 }));
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 1_000 }), (weights, permille) => {
      const sum = weights.reduce((all, each) => all + BigInt(each), 0n);
      const total = (sum * BigInt(permille)) / 1_000n;
      const shares = weights.map((each) => (sum === 0n ? 0n : (total * BigInt(each)) / sum));
      const shortOf = (index: number): bigint => total * BigInt(weights[index] ?? 0) - (shares[index] ?? 0n) * sum;
      for (let left = total - shares.reduce((all, share) => all + share, 0n); left > 0n; left -= 1n) {
        const neediest = [...weights.keys()].reduce((best, index) => (shortOf(index) > shortOf(best) ? index : best), 0);
        shares[neediest] = (shares[neediest] ?? 0n) + 1n;
      }
      const got = allot(Number(total), weights);
      expect(got.map(BigInt)).toEqual(shares);
      for (const [index, share] of got.entries()) expect(share).toBeLessThanOrEqual(weights[index] ?? 0);
    }),
  );
});
