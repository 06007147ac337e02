/* oxlint-disable holdfast/no-float -- fractions of BigInt: their divisions are exact */
/** Manual discounts against an oracle of fractions: percentages from their definition, shares by handing out one minor unit at a time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { LineDiscount } from './line-discount.ts';
import { MANUAL_DISCOUNT_ORDERS, manualReductions, type DiscountableLine, type ManualDiscount } from './manual-discount.ts';
import '../testing/property-runs.ts';

const line: fc.Arbitrary<Omit<DiscountableLine, 'lineId'>> = fc
  .record({
    amountMinor: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 0, max: 900_000_000_000 })),
    taken: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ amountMinor, taken }) => {
    const promotedMinor = Number((BigInt(Math.max(amountMinor, 0)) * BigInt(taken)) / 100n);
    return {
      amountMinor,
      ...(promotedMinor > 0 && {
        discounts: [{ kind: 'promotion', reference: 'p@1', amountMinor: -promotedMinor } satisfies LineDiscount],
      }),
    };
  });

const lines = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .map((all): readonly DiscountableLine[] => all.map((one, index) => ({ ...one, lineId: String(index + 1) })));

const discounts = fc
  .array(
    fc.record({
      lineId: fc.option(fc.integer({ min: 1, max: 6 }).map(String), { nil: undefined }),
      off: fc.oneof(
        fc.record({ type: fc.constant('percent' as const), bps: fc.integer({ min: 1, max: 10_000 }) }),
        fc.record({ type: fc.constant('amount' as const), amountMinor: fc.integer({ min: 1, max: 2_000 }) }),
      ),
    }),
    { maxLength: 5 },
  )
  .map((all): readonly ManualDiscount[] =>
    all.map(({ lineId, off }, index) => ({
      discountId: String(index + 1),
      ...(lineId !== undefined && { lineId }),
      off,
      reason: 'because',
    })),
  );
const order = fc.constantFrom(...MANUAL_DISCOUNT_ORDERS);

/** Whole minor units of each weight's part, and then one to whoever is furthest short of its exact part, until nothing is left. */
function handOut(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => (total * weight) / sum);
  for (let left = total - shares.reduce((all, share) => all + share, 0n); left > 0n; left -= 1n) {
    let neediest = 0;
    const shortOf = (index: number): bigint => total * (weights[index] ?? 0n) - (shares[index] ?? 0n) * sum;
    for (const index of weights.keys()) if (shortOf(index) > shortOf(neediest)) neediest = index;
    shares[neediest] = (shares[neediest] ?? 0n) + 1n;
  }
  return shares;
}

function oracle(all: readonly DiscountableLine[], granted: readonly ManualDiscount[], isAfter: boolean): ReadonlyMap<string, bigint> {
  const left = new Map<string, bigint>();
  for (const { lineId, amountMinor, discounts: taken = [] } of all) {
    if (amountMinor <= 0) continue;
    const promoted = taken.reduce((sum, discount) => sum + BigInt(discount.amountMinor), 0n);
    left.set(lineId, BigInt(amountMinor) + (isAfter ? promoted : 0n));
  }
  const before = new Map(left);
  for (const isOfLine of [true, false]) {
    for (const { lineId, off } of granted) {
      if ((lineId !== undefined) !== isOfLine) continue;
      const ids = [...left.keys()].filter((id) => lineId === undefined || id === lineId);
      const whole = ids.reduce((sum, id) => sum + (left.get(id) ?? 0n), 0n);
      // Half a minor unit more, and then down: half-up.
      const wanted = off.type === 'percent' ? (2n * whole * BigInt(off.bps) + 10_000n) / 20_000n : BigInt(off.amountMinor);
      const shares = handOut(
        wanted < whole ? wanted : whole,
        ids.map((id) => left.get(id) ?? 0n),
      );
      for (const [index, id] of ids.entries()) left.set(id, (left.get(id) ?? 0n) - (shares[index] ?? 0n));
    }
  }
  return new Map([...before].map(([id, amount]) => [id, amount - (left.get(id) ?? 0n)]));
}

const manualOf = (all: readonly LineDiscount[]): bigint =>
  all.reduce((sum, { kind, amountMinor }) => (kind === 'manual' ? sum - BigInt(amountMinor) : sum), 0n);

test('every line is reduced by what fractions say, and by nothing else', () => {
  fc.assert(
    fc.property(lines, discounts, order, (all, granted, how) => {
      const reduced = new Map(manualReductions(all, granted, how).map(({ lineId, discounts: now }) => [lineId, now]));
      const expected = oracle(all, granted, how === 'afterPromotions');
      for (const { lineId } of all) expect(manualOf(reduced.get(lineId) ?? []), lineId).toBe(expected.get(lineId) ?? 0n);
    }),
  );
});

test('shares sum to what each discount takes; no line goes below 0; promotions and goods that come back stay as they are', () => {
  fc.assert(
    fc.property(lines, discounts, (all, granted) => {
      for (const { lineId, discounts: now } of manualReductions(all, granted, 'afterPromotions')) {
        const before = all.find((each) => each.lineId === lineId);
        expect(before?.amountMinor).toBeGreaterThan(0);
        expect(now.filter(({ kind }) => kind !== 'manual')).toEqual(before?.discounts ?? []);
        const left = now.reduce((sum, { amountMinor }) => sum + amountMinor, before?.amountMinor ?? 0);
        expect(left).toBeGreaterThanOrEqual(0);
        for (const { amountMinor } of now) expect(Number.isSafeInteger(amountMinor)).toBe(true);
      }
    }),
  );
});

test('worked out again, the shares are the same and nothing changes', () => {
  fc.assert(
    fc.property(lines, discounts, order, (all, granted, how) => {
      const reduced = new Map(manualReductions(all, granted, how).map(({ lineId, discounts: now }) => [lineId, now]));
      const after = all.map((each) => {
        const now = reduced.get(each.lineId);
        return now === undefined ? each : { ...each, discounts: now };
      });
      expect(manualReductions(after, granted, how)).toEqual([]);
      const without = manualReductions(after, [], how);
      for (const { discounts: now } of without) expect(now.filter(({ kind }) => kind === 'manual')).toEqual([]);
    }),
  );
});
