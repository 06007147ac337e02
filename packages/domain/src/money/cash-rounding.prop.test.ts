import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CASH_ROUNDING_MODES, cashRefundMinor, REFUND_ROUNDINGS, roundCash, type CashRounding } from './cash-rounding.ts';
import { MAX_AMOUNT_MINOR } from './money.ts';
import '../testing/property-runs.ts';

const amount = fc.oneof(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: -MAX_AMOUNT_MINOR, max: MAX_AMOUNT_MINOR }));
const rounding = fc.record({
  stepMinor: fc.constantFrom(2, 5, 10, 20, 25, 50, 100, 500, 1_000, 1_000_000),
  mode: fc.constantFrom(...CASH_ROUNDING_MODES),
  scope: fc.constant<CashRounding['scope']>('cash'),
  refunds: fc.constantFrom(...REFUND_ROUNDINGS),
});

describe('cash rounding', () => {
  test('pays in whole steps, less than a step off (half a step to the nearest), in range, and never with another sign', () => {
    fc.assert(
      fc.property(amount, rounding, (exact, by) => {
        const paid = roundCash(exact, by);
        const off = Math.abs(paid - exact);
        expect(Math.abs(paid % by.stepMinor)).toBe(0);
        expect(off).toBeLessThan(by.stepMinor);
        const isNearest = (exact > 0 || by.refunds === 'mirrored') && by.mode.startsWith('half');
        expect(isNearest ? 2 * off <= by.stepMinor : true).toBe(true);
        expect(Math.abs(paid)).toBeLessThanOrEqual(MAX_AMOUNT_MINOR);
        expect(paid * Math.sign(exact)).toBeGreaterThanOrEqual(0);
        expect(roundCash(paid, by)).toBe(paid);
      }),
    );
  });

  test('mirrored, gives back what it took; toward zero, never pays out more than is owed', () => {
    fc.assert(
      fc.property(amount, rounding, (exact, by) => {
        expect(roundCash(exact, { ...by, refunds: 'mirrored' }) + roundCash(-exact, { ...by, refunds: 'mirrored' })).toBe(0);
        expect(roundCash(-Math.abs(exact), { ...by, refunds: 'toward-zero' })).toBeGreaterThanOrEqual(-Math.abs(exact));
      }),
    );
  });
});

test('parts that come back, however the sale is split, come to what was paid for it; none takes money back from the shopper', () => {
  const parts = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(parts, fc.option(rounding, { nil: undefined }), (amounts, by) => {
      let before = 0;
      let paidOut = 0;
      for (const part of amounts) {
        const refund = cashRefundMinor(part, before, by);
        expect(refund).toBeGreaterThanOrEqual(0);
        paidOut += refund;
        before += part;
      }
      expect(paidOut + roundCash(-before, by)).toBe(0);
      expect(by?.refunds === 'toward-zero' ? paidOut <= before : paidOut === roundCash(before, by)).toBe(true);
    }),
  );
});

test('is what a person finds who lays coins down one by one', () => {
  /** The multiple of a step that a mode means, by looking at every one of them from 0 on. */
  const laidDown = (exact: number, { stepMinor, mode }: CashRounding): number => {
    let below = 0;
    while (below + stepMinor <= exact) below += stepMinor;
    if (below === exact) return exact;
    const above = below + stepMinor;
    const [toBelow, toAbove] = [exact - below, above - exact];
    if (mode === 'up') return above;
    if (mode === 'down') return below;
    if (toBelow === toAbove) return mode === 'half-up' ? above : below;
    return toBelow < toAbove ? below : above;
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), rounding, (exact, by) => {
      expect(roundCash(exact, by)).toBe(laidDown(exact, by));
      const mirrored = { ...by, refunds: 'mirrored' } as const;
      expect(0 - roundCash(-exact, mirrored)).toBe(laidDown(exact, by));
    }),
  );
});
