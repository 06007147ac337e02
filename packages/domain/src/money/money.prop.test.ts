import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compareUnitPrices, decimalText, lineAmountMinor, MAX_AMOUNT_MINOR, parseMinor, ROUNDINGS, scaleRounded } from './money.ts';
import { parseQuantity, quantityText, UNITS } from './quantity.ts';
import '../testing/property-runs.ts';

const safe = fc.maxSafeInteger();
const divisor = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 2_000_000_000 }),
  fc
    .maxSafeNat()
    .map((n) => n + 1)
    .filter(Number.isSafeInteger),
);

describe('rounding', () => {
  test('half-up is never more than half a unit off, and takes the half away from zero', () => {
    fc.assert(
      fc.property(safe, fc.integer({ min: -200_000, max: 200_000 }), divisor, (value, multiplier, by) => {
        const quotient = scaleRounded(value, multiplier, by, 'half-up');
        const product = BigInt(value) * BigInt(multiplier);
        fc.pre(quotient !== undefined);
        // Seen without dividing: twice the error against the divisor.
        const twiceError = 2n * (product - BigInt(quotient) * BigInt(by));
        const error = twiceError < 0n ? -twiceError : twiceError;
        expect(error <= BigInt(by)).toBe(true);
        const isHalf = error === BigInt(by);
        const isTowardZero = product < 0n ? twiceError < 0n : twiceError > 0n;
        expect(isHalf && isTowardZero).toBe(false);
      }),
    );
  });

  test('the sign is given back: the rounding of a refund mirrors that of its sale', () => {
    fc.assert(
      fc.property(safe, divisor, fc.constantFrom(...ROUNDINGS), (value, by, rounding) => {
        const there = scaleRounded(value, 1, by, rounding) ?? 0;
        const back = scaleRounded(-value, 1, by, rounding) ?? 0;
        expect(there + back).toBe(0);
        expect(Object.is(there, -0)).toBe(false);
      }),
    );
  });

  test('the quick way and the way through BigInt agree', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 3_000_000 }),
        fc.nat({ max: 3_000_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.constantFrom(...ROUNDINGS),
        (value, multiplier, by, rounding) => {
          // A factor of 2^20 above and below changes nothing but the way that is taken.
          const factor = 1_048_576;
          expect(scaleRounded(value * factor, multiplier, by * factor, rounding)).toBe(scaleRounded(value, multiplier, by, rounding));
        },
      ),
    );
  });
});

const hostile = fc.oneof(safe, fc.double(), fc.constantFrom(1e15, -1e15, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -0));

test('a line amount is a safe integer within the limit or a typed refusal, whatever comes in', () => {
  fc.assert(
    fc.property(
      hostile,
      hostile,
      hostile,
      fc.constantFrom(...UNITS),
      fc.constantFrom(0, 2, 3),
      (value, amount, decimals, unit, minorDigits) => {
        const answer = lineAmountMinor({ value, unit }, { amount, decimals }, minorDigits);
        const outcome = answer.ok ? Number.isSafeInteger(answer.value) && Math.abs(answer.value) <= MAX_AMOUNT_MINOR : answer.error.type;
        expect([true, 'amountOutOfRange']).toContain(outcome);
      },
    ),
  );
});

test('prices compare as their decimals say', () => {
  const price = fc.record({ amount: fc.integer({ min: -1_000_000, max: 1_000_000 }), decimals: fc.integer({ min: 0, max: 6 }) });
  fc.assert(
    fc.property(price, price, (left, right) => {
      const scaled = ({ amount, decimals }: typeof left): number => amount * 10 ** (6 - decimals);
      expect(compareUnitPrices(left, right)).toBe(Math.sign(scaled(left) - scaled(right)));
    }),
  );
});

test('amounts and quantities read back as they are written', () => {
  fc.assert(
    fc.property(fc.integer({ min: -MAX_AMOUNT_MINOR, max: MAX_AMOUNT_MINOR }), fc.constantFrom(0, 2, 3), (amountMinor, digits) => {
      expect(parseMinor(decimalText(amountMinor, digits), digits)).toEqual({ ok: true, value: amountMinor });
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), fc.constantFrom(...UNITS), (value, unit) => {
      expect(parseQuantity(quantityText({ value, unit }), unit)).toEqual({ ok: true, value: { value, unit } });
    }),
  );
});
