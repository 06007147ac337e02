import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import '../testing/property-runs.ts';
import { cell, readTable } from '../testing/table.ts';
import { findCouponLoop, type CouponStep } from './coupon-loop.ts';

/** `a: X > Y, b: > X, c: Y >`: asks for X and gives Y; gives X for nothing; asks for Y and gives no coupon. */
const stepsOf = (text: string): readonly CouponStep[] =>
  text.split(', ').map((step) => {
    const [, promotionId = '', asksFor = '', gives = ''] = /^(\w+): (\w*) ?> ?(\w*)$/.exec(step) ?? [];
    return { promotionId, ...(asksFor !== '' && { asksFor }), ...(gives !== '' && { gives }) };
  });

describe('coupons that hand out each other', () => {
  const cases = readTable(`
    promotions                                   | loop
    ---------------------------------------------+----------
    a: > X                                       |
    a: > X, b: X >                               |
    a: > X, b: X > Y, c: Y > Z                   |
    a: X > Y, b: X > Y, c: Y > Z                 |
    a: X > X                                     | a
    a: X > Y, b: Y > X                           | a, b
    b: Y > X, a: X > Y                           | a, b
    a: > X, b: X > Y, c: Y > Z, d: Z > Y         | c, d
    a: A > B, b: B > C, c: C > D, d: D > B       | b, c, d
  `);
  test.each(cases)('$promotions → $loop', (row) => {
    expect((findCouponLoop(stepsOf(cell(row, 'promotions'))) ?? []).join(', ')).toBe(cell(row, 'loop'));
  });
});

test('as who follows every chain for as many steps as there are promotions', () => {
  const code = fc.constantFrom('A', 'B', 'C', 'D', 'E');
  const step = fc.tuple(code, code);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (pairs) => {
      const steps = pairs.map(([asksFor, gives], index) => ({ promotionId: String(index), asksFor, gives }));
      let reached = new Set(['A', 'B', 'C', 'D', 'E']);
      for (let round = 0; round <= steps.length; round += 1) {
        reached = new Set(steps.filter(({ asksFor }) => reached.has(asksFor)).map(({ gives }) => gives));
      }
      const loop = findCouponLoop(steps);
      expect(loop !== undefined).toBe(reached.size > 0);
      for (const [place, promotionId] of (loop ?? []).entries()) {
        const following = loop?.[(place + 1) % loop.length];
        expect(steps[Number(promotionId)]?.gives).toBe(steps[Number(following)]?.asksFor);
      }
    }),
  );
});
