/** Taxes against an oracle that knows nothing but fractions: every figure is worked out from its definition, rounding comes last. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pricingStep, UNITS } from '../money/quantity.ts';
import { isRateComponent, type TaxClass, type TaxComponent } from './tax-rule.ts';
import {
  FIXED_TAX_RETURNS,
  INCLUDED_HALVES,
  TAX_ROUNDING_BASES,
  TAX_ROUNDINGS,
  taxAtMost,
  taxesOf,
  type TaxAmount,
  type TaxedAmount,
  type TaxRoundingBasis,
  type TaxTerms,
} from './tax.ts';
import '../testing/property-runs.ts';

interface Fraction {
  readonly top: bigint;
  /** Above 0. */
  readonly bottom: bigint;
}

const fraction = (top: number | bigint, bottom: number | bigint = 1): Fraction => ({ top: BigInt(top), bottom: BigInt(bottom) });
const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
const times = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.top, a.bottom * b.bottom);
const minus = (a: Fraction, b: Fraction): Fraction => plus(a, times(fraction(-1), b));
const over = (a: Fraction, b: Fraction): Fraction =>
  b.top < 0n ? fraction(-a.top * b.bottom, a.bottom * -b.top) : fraction(a.top * b.bottom, a.bottom * b.top);
const sum = (all: readonly Fraction[]): Fraction => all.reduce(plus, fraction(0));

function floor({ top, bottom }: Fraction): bigint {
  const cut = top / bottom;
  return top < 0n && cut * bottom !== top ? cut - 1n : cut;
}

function round(value: Fraction, how: 'half-up' | 'half-down' | 'half-even'): number {
  const isNegative = value.top < 0n;
  const magnitude = isNegative ? times(fraction(-1), value) : value;
  const below = floor(magnitude);
  const { top } = minus(minus(magnitude, fraction(below)), fraction(1, 2));
  const isUp = top > 0n || (top === 0n && (how === 'half-up' || (how === 'half-even' && below % 2n === 1n)));
  const rounded = Number(isUp ? below + 1n : below);
  return isNegative && rounded !== 0 ? -rounded : rounded;
}

/** The class's taxes on a net, each looked up by name in those before it. */
function taxesOnNet(components: readonly TaxComponent[], net: Fraction, units: Fraction): readonly Fraction[] {
  const byName = new Map<string, Fraction>();
  for (const component of components) {
    if (isRateComponent(component)) {
      const base = sum([net, ...(component.on ?? []).map((name) => byName.get(name) ?? fraction(0))]);
      byName.set(component.component, times(base, fraction(component.ratePpm, 1_000_000)));
    } else byName.set(component.component, times(units, fraction(component.perUnitMinor)));
  }
  return [...byName.values()];
}

/** Exact. An included net is found by two trials, because what is paid is a straight line over the net. */
function exactOf(lines: readonly TaxedAmount[], terms: TaxTerms): readonly Fraction[] {
  const [first] = lines;
  if (first === undefined) return [];
  const { tax } = first;
  const components = tax.components ?? [{ component: 'only', name: '', ratePpm: tax.rateBps * 100 }];
  const amount = fraction(lines.reduce((total, line) => total + line.amountMinor, 0));
  const counted = lines.filter((line) => terms.taxPolicy?.fixedTaxReturns !== 'kept' || (line.quantity?.value ?? 0) > 0);
  const units = sum(
    counted.map(({ quantity }) => (quantity === undefined ? fraction(0) : fraction(quantity.value, pricingStep(quantity.unit)))),
  );
  if (!terms.taxInclusive) return taxesOnNet(components, amount, units);
  const paid = (net: Fraction): Fraction => sum([net, ...taxesOnNet(components, net, units)]);
  const atNothing = paid(fraction(0));
  const net = over(minus(amount, atNothing), minus(paid(fraction(1)), atNothing));
  return taxesOnNet(components, net, units);
}

const howOf = ({ taxInclusive, taxRounding, taxPolicy }: TaxTerms): 'half-up' | 'half-down' | 'half-even' =>
  taxInclusive && taxRounding === 'half-up' && taxPolicy?.includedHalf === 'net' ? 'half-down' : taxRounding;

const several = (taxClass: string, components: readonly TaxComponent[]): TaxClass => ({ taxClass, name: taxClass, rateBps: 1, components });
const CLASSES: readonly TaxClass[] = [
  { taxClass: 'standard', name: 'VAT', rateBps: 1900 },
  { taxClass: 'reduced', name: 'VAT', rateBps: 700 },
  { taxClass: 'zero', name: 'VAT', rateBps: 0 },
  several('cascade', [
    { component: 'a', name: 'A', ratePpm: 60_000 },
    { component: 'b', name: 'B', ratePpm: 60_000 },
    { component: 'c', name: 'C', ratePpm: 30_000, on: ['a', 'b'] },
  ]),
  several('place', [
    { component: 'state', name: 'State', ratePpm: 40_000 },
    { component: 'city', name: 'City', ratePpm: 45_000 },
    { component: 'district', name: 'District', ratePpm: 3_750 },
  ]),
  several('bottle', [
    { component: 'excise', name: 'Excise', perUnitMinor: 13, currency: 'EUR' },
    { component: 'vat', name: 'VAT', ratePpm: 200_000, on: ['excise'] },
    { component: 'again', name: 'Again', ratePpm: 5_000, on: ['vat', 'excise'] },
  ]),
];

const line: fc.Arbitrary<TaxedAmount> = fc.record({
  tax: fc.constantFrom(...CLASSES),
  amountMinor: fc.oneof(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 })),
  quantity: fc.record({
    value: fc.integer({ min: -5_000, max: 5_000 }).filter((value) => value !== 0),
    unit: fc.constantFrom(...UNITS),
  }),
});
const lines = fc.array(line, { maxLength: 12 });
const terms: fc.Arbitrary<TaxTerms> = fc.record({
  taxInclusive: fc.boolean(),
  taxRounding: fc.constantFrom(...TAX_ROUNDINGS),
  taxPolicy: fc.record({
    basis: fc.constantFrom(...TAX_ROUNDING_BASES),
    includedHalf: fc.constantFrom(...INCLUDED_HALVES),
    fixedTaxReturns: fc.constantFrom(...FIXED_TAX_RETURNS),
  }),
});

const byClass = (amounts: readonly TaxedAmount[]): readonly (readonly [taxClass: string, lines: readonly TaxedAmount[]])[] => [
  ...Map.groupBy(amounts, (amount) => amount.tax.taxClass),
];
const taxesMinorOf = (rows: readonly TaxAmount[], taxClass: string): readonly number[] =>
  rows.filter((row) => row.taxClass === taxClass).map((row) => row.taxMinor);

const withBasis = (any: TaxTerms, basis: TaxRoundingBasis): TaxTerms => ({
  ...any,
  taxPolicy: { includedHalf: 'tax', fixedTaxReturns: 'mirrored', ...any.taxPolicy, basis },
});

test('by class, every tax is what fractions say of the class, rounded once', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how = withBasis(any, 'taxClass');
      const rows = taxesOf(amounts, how);
      for (const [taxClass, own] of byClass(amounts)) {
        expect(taxesMinorOf(rows, taxClass)).toEqual(exactOf(own, how).map((tax) => round(tax, howOf(how))));
      }
    }),
  );
});

test('by line, every tax is the sum of what fractions say of the lines, each rounded', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how = withBasis(any, 'line');
      const rows = taxesOf(amounts, how);
      for (const [taxClass, own] of byClass(amounts)) {
        const rounded = own.map((one) => exactOf([one], how).map((tax) => round(tax, howOf(how))));
        const sums = (rounded[0] ?? []).map((_, index) => rounded.reduce((total, tax) => total + (tax[index] ?? 0), 0));
        expect(taxesMinorOf(rows, taxClass)).toEqual(sums);
      }
    }),
  );
});

test('by document, all taxes together are rounded once, and none is a whole minor unit off', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how = withBasis(any, 'document');
      const rows = taxesOf(amounts, how);
      const exact = byClass(amounts).map(([taxClass, own]) => [taxClass, exactOf(own, how)] as const);
      const everything = sum(exact.flatMap(([, taxes]) => taxes));
      expect(rows.reduce((total, row) => total + row.taxMinor, 0)).toBe(round(everything, howOf(how)));
      for (const [taxClass, whole] of exact) {
        const taxes = taxesMinorOf(rows, taxClass);
        for (const [index, tax] of whole.entries()) {
          const { top, bottom } = minus(fraction(taxes[index] ?? 0), tax);
          expect(top < bottom && -top < bottom).toBe(true);
        }
      }
    }),
  );
});

test('nets and taxes are whole, and sum to the lines to the last minor unit', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, how) => {
      const rows = taxesOf(amounts, how);
      for (const row of rows) for (const amount of [row.netMinor, row.taxMinor]) expect(Number.isSafeInteger(amount)).toBe(true);
      for (const [taxClass, own] of byClass(amounts)) {
        const amountMinor = own.reduce((total, one) => total + one.amountMinor, 0);
        const nets = new Set(rows.filter((row) => row.taxClass === taxClass).map((row) => row.netMinor));
        expect(nets.size).toBe(1);
        const taxMinor = taxesMinorOf(rows, taxClass).reduce((total, tax) => total + tax, 0);
        expect([...nets]).toEqual([how.taxInclusive ? amountMinor - taxMinor : amountMinor]);
      }
    }),
  );
});

test('by line, the taxes of a document are the sum of the taxes of its lines', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how: TaxTerms = { ...any, taxPolicy: { includedHalf: 'tax', fixedTaxReturns: 'mirrored', ...any.taxPolicy, basis: 'line' } };
      const alone = amounts.flatMap((amount) => taxesOf([amount], how));
      for (const { taxClass, component, taxMinor } of taxesOf(amounts, how)) {
        const own = alone.filter((row) => row.taxClass === taxClass && row.component?.component === component?.component);
        expect(taxMinor).toBe(own.reduce((total, row) => total + row.taxMinor, 0));
      }
    }),
  );
});

test('what is returned mirrors what was sold, and the order of the lines does not matter', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how: TaxTerms = {
        ...any,
        taxPolicy: { basis: 'taxClass', includedHalf: 'tax', ...any.taxPolicy, fixedTaxReturns: 'mirrored' },
      };
      const returned = amounts.map((amount) => ({
        ...amount,
        amountMinor: 0 - amount.amountMinor,
        ...(amount.quantity !== undefined && { quantity: { ...amount.quantity, value: -amount.quantity.value } }),
      }));
      const figures = (rows: readonly TaxAmount[], sign: number) =>
        rows.map((row) => [row.name, 0 + sign * row.netMinor, 0 + sign * row.taxMinor]);
      expect(figures(taxesOf(returned, how), -1)).toEqual(figures(taxesOf(amounts, how), 1));
      expect(taxesOf(amounts.toReversed(), any)).toEqual(taxesOf(amounts, any));
    }),
  );
});

test('no tax is above the bound that a basket reckons with', () => {
  fc.assert(
    fc.property(lines, terms, (amounts, any) => {
      const how: TaxTerms = { ...any, taxInclusive: false };
      const most = amounts.reduce((total, amount) => total + taxAtMost(amount), 0);
      const taxes = taxesOf(amounts, how);
      expect(Math.abs(taxes.reduce((total, row) => total + row.taxMinor, 0))).toBeLessThanOrEqual(most);
    }),
  );
});
