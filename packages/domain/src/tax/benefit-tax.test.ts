import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { BENEFIT_SHARES, isUntaxedSound, openMinorOf, taxedParts, untaxedShares, type BenefitLine } from './benefit-tax.ts';
import type { TaxClass } from './tax-rule.ts';
import '../testing/property-runs.ts';
import { taxesOf, type TaxTerms } from './tax.ts';

const CLASSES: Readonly<Record<string, TaxClass>> = {
  general: { taxClass: 'general', name: 'Sales tax', rateBps: 825 },
  bottle: {
    taxClass: 'bottle',
    name: 'Bottle',
    rateBps: 0,
    components: [{ component: 'fee', name: 'Fee', perUnitMinor: 5, currency: 'USD' }],
  },
};

const EXCLUSIVE: TaxTerms = { taxInclusive: false, taxRounding: 'half-up' };
const INCLUSIVE: TaxTerms = { taxInclusive: true, taxRounding: 'half-up' };

function partsOf(taxClass: string, amountMinor: number, untaxedMinor: number): ReturnType<typeof taxedParts> {
  const tax = CLASSES[taxClass];
  assert(tax !== undefined, `a class ${taxClass}`);
  return taxedParts({ tax, amountMinor, quantity: { value: 4, unit: 'piece' }, untaxedMinor });
}

const benefitLines = (amounts: readonly number[]): readonly BenefitLine[] =>
  amounts.map((openMinor, index) => ({ lineId: String(index + 1), openMinor, isTaxed: index % 2 === 1 }));

describe('shares by largest remainder; of the lines each second one is taxed', () => {
  const cases = readTable(`
    lines              | card | policy       | shares
    -------------------+------+--------------+-------------------
    400                | 0    | proportional |
    400                | 400  | proportional | 1 400
    400, 200           | 300  | proportional | 1 200, 2 100
    100, 100           | 1    | proportional | 1 1
    100, 100, 100      | 100  | proportional | 1 34, 2 33, 3 33
    400, 200           | 150  | taxedFirst   | 2 150
    400, 200           | 300  | taxedFirst   | 2 200, 1 100
    400, 200, 200, 200 | 201  | taxedFirst   | 2 101, 4 100
    400                | 100  | taxedFirst   | 1 100
  `);
  test.each(cases)('$lines with $card by card, $policy → $shares', (row) => {
    const policy = BENEFIT_SHARES.find((known) => known === row['policy']) ?? 'proportional';
    const shares = untaxedShares(benefitLines(cell(row, 'lines').split(', ').map(Number)), Number(cell(row, 'card')), policy);
    expect(shares.map(({ lineId, amountMinor }) => `${lineId} ${amountMinor}`).join(', ')).toBe(cell(row, 'shares'));
  });
});

describe('the tax on a line of four pieces for 4.00', () => {
  const cases = readTable(`
    class   | untaxed | taxes
    --------+---------+-------------------------
    general | 0       | 825: 400 33
    general | 100     | 825: 300 25, 0: 100 0
    general | 400     | 0: 400 0
    bottle  | 0       | 0: 400 20
    bottle  | 150     | 0: 150 0, 0: 250 15
    bottle  | 200     | 0: 200 0, 0: 200 10
    bottle  | 400     | 0: 400 0
  `);
  test.each(cases)('$class, $untaxed of it untaxed → $taxes', (row) => {
    const taxes = taxesOf(partsOf(cell(row, 'class'), 400, Number(cell(row, 'untaxed'))), EXCLUSIVE);
    expect(taxes.map(({ rateBps, netMinor, taxMinor }) => `${rateBps}: ${netMinor} ${taxMinor}`).join(', ')).toBe(cell(row, 'taxes'));
  });
});

test('where prices include tax they stay, and no tax is in the part that the card paid', () => {
  const taxes = taxesOf(partsOf('general', 400, 100), INCLUSIVE);
  expect(taxes.map(({ rateBps, netMinor, taxMinor }) => [rateBps, netMinor, taxMinor])).toEqual([
    [825, 277, 23],
    [0, 100, 0],
  ]);
});

test.each([
  [0, 400, true],
  [400, 400, true],
  [401, 400, false],
  [-1, 400, false],
  [-400, -400, true],
  [-401, -400, false],
  [1, 0, false],
])('%d untaxed of a net of %d: %s', (untaxedMinor, netMinor, isSound) => {
  expect(isUntaxedSound(untaxedMinor, netMinor)).toBe(isSound);
});

test('shares sum to what the card pays, none above its line; more by card is never more tax', () => {
  const amounts = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 100 }), fc.constantFrom(...BENEFIT_SHARES), (all, percent, policy) => {
      const lines = benefitLines(all);
      const amountMinor = Math.floor((openMinorOf(lines) * percent) / 100);
      const shares = new Map(untaxedShares(lines, amountMinor, policy).map((share) => [share.lineId, share.amountMinor]));
      expect([...shares.values()].reduce((sum, share) => sum + share, 0)).toBe(amountMinor);
      for (const { lineId, openMinor } of lines) expect(shares.get(lineId) ?? 0).toBeLessThanOrEqual(openMinor);
      const taxWith = (untaxedOf: (lineId: string) => number): number =>
        taxesOf(
          lines.flatMap(({ lineId, openMinor }) => partsOf('general', openMinor, untaxedOf(lineId))),
          EXCLUSIVE,
        ).reduce((sum, { taxMinor }) => sum + taxMinor, 0);
      expect(taxWith((lineId) => shares.get(lineId) ?? 0)).toBeLessThanOrEqual(taxWith(() => 0));
    }),
  );
});
