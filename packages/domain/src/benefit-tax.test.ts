import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { taxWithBenefit, type BenefitLine } from './benefit-tax.ts';
import type { TaxClass } from './tax-rule.ts';
import type { TaxTerms } from './tax.ts';
import './testing/property-runs.ts';
import { cell, readTable } from './testing/table.ts';

const SALES_TAX: TaxClass = { taxClass: 'general', name: 'Sales tax', rateBps: 825 };
const BOTTLE: TaxClass = {
  taxClass: 'bottle',
  name: 'Bottle',
  rateBps: 0,
  components: [{ component: 'fee', name: 'Fee', perUnitMinor: 5, currency: 'USD' }],
};
const CLASSES: Readonly<Record<string, TaxClass>> = { general: SALES_TAX, bottle: BOTTLE };

/** `soda 4.00 general, soap 2.00 general not`: name, cents, class, and whether the card may not pay for it. */
function linesOf(text: string): readonly BenefitLine[] {
  return text.split(', ').map((words) => {
    const [lineId = '', amount = '', taxClass = '', not] = words.split(' ');
    const tax = CLASSES[taxClass];
    assert(tax !== undefined, `a class ${taxClass}`);
    const amountMinor = Number(amount.replace('.', ''));
    return { lineId, amountMinor, tax, quantity: { value: amountMinor < 0 ? -1 : 4, unit: 'piece' }, isEligible: not !== 'not' };
  });
}

const EXCLUSIVE: TaxTerms = { taxInclusive: false, taxRounding: 'half-up' };
const INCLUSIVE: TaxTerms = { taxInclusive: true, taxRounding: 'half-up' };

describe('with tax on top', () => {
  const cases = readTable(`
    lines                                          | card | shares               | tax | total | due
    -----------------------------------------------+------+----------------------+-----+-------+----
    soda 4.00 general                              | 0    | soda 0               | 33  | 433   | 433
    soda 4.00 general                              | 400  | soda 400             | 0   | 400   | 0
    soda 4.00 general                              | 100  | soda 100             | 25  | 425   | 325
    soda 4.00 general, soap 2.00 general not       | 400  | soda 400             | 17  | 617   | 217
    soda 4.00 general, soap 2.00 general not       | 200  | soda 200             | 33  | 633   | 433
    soda 4.00 general, chips 2.00 general          | 300  | soda 200, chips 100  | 25  | 625   | 325
    soda 1.00 general, chips 1.00 general          | 1    | soda 1, chips 0      | 16  | 216   | 215
    soda 1.00 general, chips 1.00 general, nuts 1.00 general | 100 | soda 34, chips 33, nuts 33 | 17 | 317 | 217
    soda 4.00 general, back -1.00 general          | 400  | soda 400             | -8  | 292   | -108
    water 4.00 bottle                              | 0    | water 0              | 20  | 420   | 420
    water 4.00 bottle                              | 400  | water 400            | 0   | 400   | 0
    water 4.00 bottle                              | 200  | water 200            | 10  | 410   | 210
    water 4.00 bottle                              | 150  | water 150            | 15  | 415   | 265
  `);
  test.each(cases)('$lines with $card by card → tax $tax', (row) => {
    const answer = taxWithBenefit(linesOf(cell(row, 'lines')), Number(cell(row, 'card')), EXCLUSIVE);
    assert(answer.ok, 'the card is taken');
    const { sharesMinor, taxes, totalMinor, dueMinor } = answer.value;
    expect([...sharesMinor].map(([lineId, share]) => `${lineId} ${share}`).join(', ')).toBe(cell(row, 'shares'));
    expect(taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0)).toBe(Number(cell(row, 'tax')));
    expect([totalMinor, dueMinor]).toEqual([Number(cell(row, 'total')), Number(cell(row, 'due'))]);
  });
});

test('where prices include tax they stay, and no tax is in the part that the card paid', () => {
  const answer = taxWithBenefit(linesOf('soda 4.00 general'), 100, INCLUSIVE);
  assert(answer.ok, 'the card is taken');
  expect(answer.value).toMatchObject({ totalMinor: 400, dueMinor: 300 });
  expect(answer.value.taxes.map(({ rateBps, netMinor, taxMinor }) => [rateBps, netMinor, taxMinor])).toEqual([
    [825, 277, 23],
    [0, 100, 0],
  ]);
});

test.each([
  [401, 'benefitAboveEligible'],
  [-1, 'amountOutOfRange'],
  [0.5, 'amountOutOfRange'],
  [1e15, 'amountOutOfRange'],
])('a card of %d cents on 4.00 of eligible goods is refused: %s', (cents, type) => {
  expect(taxWithBenefit(linesOf('soda 4.00 general, soap 2.00 general not'), cents, EXCLUSIVE)).toMatchObject({
    ok: false,
    error: { type },
  });
});

test('shares sum to what the card pays; more by card is never more tax', () => {
  const line = fc.record({
    amountMinor: fc.integer({ min: 1, max: 5_000 }),
    isEligible: fc.boolean(),
    pieces: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 100 }), (all, percent) => {
      const lines = all.map(({ amountMinor, isEligible, pieces }, index): BenefitLine => {
        return { lineId: String(index), amountMinor, tax: SALES_TAX, quantity: { value: pieces, unit: 'piece' }, isEligible };
      });
      const limitMinor = lines.reduce((sum, { amountMinor, isEligible }) => (isEligible ? sum + amountMinor : sum), 0);
      const benefitMinor = Math.floor((limitMinor * percent) / 100);
      const [none, some] = [0, benefitMinor].map((minor) => taxWithBenefit(lines, minor, EXCLUSIVE));
      assert(none?.ok === true && some?.ok === true, 'the card is taken');
      expect([...some.value.sharesMinor.values()].reduce((sum, share) => sum + share, 0)).toBe(benefitMinor);
      expect(some.value.totalMinor).toBeLessThanOrEqual(none.value.totalMinor);
      expect(some.value.dueMinor).toBe(some.value.totalMinor - benefitMinor);
    }),
  );
});
