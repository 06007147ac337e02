import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { agreedMs } from './agreed-time.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_795_176_000_000;
/** As far off as a clock without a battery. */
const wrong = fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS });
const right = fc.integer({ min: -250, max: 250 });

describe('O-13: store-agreed time', () => {
  test('as long as more than half are right it is right, whatever the others say, for the wrong ones too', () => {
    const stores = fc
      .integer({ min: 0, max: 6 })
      .chain((most) => fc.tuple(fc.array(right, { minLength: most + 1, maxLength: most + 4 }), fc.array(wrong, { maxLength: most })));
    fc.assert(
      fc.property(stores, ([rightly, wrongly]) => {
        const errors = [...rightly, ...wrongly];
        for (const own of errors) {
          const others = errors.filter((_, index) => index !== errors.indexOf(own)).map((error) => error - own);
          expect(Math.abs(agreedMs(NOW_MS + own, others) - NOW_MS)).toBeLessThanOrEqual(250);
        }
      }),
    );
  });

  test('all lanes that hear each other agree, and the order in which they are heard makes no difference', () => {
    fc.assert(
      fc.property(fc.uniqueArray(wrong, { minLength: 1, maxLength: 12 }), (errors) => {
        const agreed = errors.map((own) =>
          agreedMs(
            NOW_MS + own,
            errors.filter((error) => error !== own).map((error) => error - own),
          ),
        );
        expect(new Set(agreed).size).toBe(1);
        const [own = 0, ...rest] = errors.map((error) => error - (errors[0] ?? 0));
        expect(agreedMs(NOW_MS + own, rest.toReversed())).toBe(agreedMs(NOW_MS + own, rest));
      }),
    );
  });

  test('alone it is the lane’s own', () => {
    expect(agreedMs(NOW_MS, [])).toBe(NOW_MS);
  });

  test('of two that differ the earlier one holds', () => {
    expect(agreedMs(NOW_MS, [400 * DAY_MS])).toBe(NOW_MS);
    expect(agreedMs(NOW_MS, [-400 * DAY_MS])).toBe(NOW_MS - 400 * DAY_MS);
  });
});
