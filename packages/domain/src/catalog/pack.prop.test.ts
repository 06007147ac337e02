import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isUnitPrice, LINE_ROUNDINGS, lineAmountMinor } from '../money/money.ts';
import { MAX_PRICED_UNITS, packOf, packUnitPrice } from './pack.ts';

test('a few packs come to as many times the price of one, however lines are rounded; sold and given back alike', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 2, max: MAX_PRICED_UNITS }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(0, 2, 3),
      fc.constantFrom(...LINE_ROUNDINGS),
      fc.boolean(),
      (priceMinor, units, packs, minorDigits, rounding, isBack) => {
        // With three decimals there is room for one less.
        fc.pre(units * packs < (minorDigits === 3 ? 500 : 5_000));
        const unitPrice = packUnitPrice({ amount: priceMinor, decimals: minorDigits }, units, minorDigits);
        expect(unitPrice !== undefined && isUnitPrice(unitPrice)).toBe(true);
        if (unitPrice === undefined) return;
        const sign = isBack ? -1 : 1;
        const amount = lineAmountMinor({ value: sign * units * packs, unit: 'piece' }, unitPrice, minorDigits, rounding);
        expect(amount).toEqual({ ok: true, value: sign * priceMinor * packs });
        expect(packOf({ packUnits: units, unitPrice }, minorDigits)).toEqual({ units, priceMinor });
      },
    ),
  );
});
