/**
 * The taxes of a document. By default the amounts of a tax class are summed first and each of its taxes is rounded once, by the named
 * rounding; `TaxPolicy` says otherwise. Inclusive: taxes are rounded and net is the difference. Exclusive: taxes come on top of the net.
 *
 * Invariants: a tax is computed exactly, from the exact base, and rounded once; net + taxes = amount (inclusive) or net = amount
 * (exclusive), to the last minor unit, whatever the policy; negated amounts and quantities give negated taxes (but for a fixed tax that
 * is kept); the order of the amounts does not matter.
 */
import { assert } from '@holdfast/base';

import { addMinor, divideBigRounded, divideRoundHalfUp, MAX_AMOUNT_MINOR, scaleRounded, type Rounding } from '../money/money.ts';
import { pricingStep, type Quantity } from '../money/quantity.ts';
import { isRateComponent, MAX_RATE_BPS, PPM_PER_BPS, sharesOf, type TaxClass, type TaxComponent } from './tax-rule.ts';

export const TAX_ROUNDINGS = ['half-up', 'half-even'] as const;
export type TaxRounding = (typeof TAX_ROUNDINGS)[number];

/** What is rounded: each line's tax, each tax of a class over the document, or the document's tax as a whole. */
export const TAX_ROUNDING_BASES = ['line', 'taxClass', 'document'] as const;
export type TaxRoundingBasis = (typeof TAX_ROUNDING_BASES)[number];
/** Who gets the half minor unit of an included tax, where it is rounded half-up. */
export const INCLUDED_HALVES = ['tax', 'net'] as const;
export type IncludedHalf = (typeof INCLUDED_HALVES)[number];
/** A fixed tax per unit where goods come back: given back like its sale's, or kept by the state. */
export const FIXED_TAX_RETURNS = ['mirrored', 'kept'] as const;
export type FixedTaxReturns = (typeof FIXED_TAX_RETURNS)[number];

export interface TaxPolicy {
  readonly basis: TaxRoundingBasis;
  readonly includedHalf: IncludedHalf;
  readonly fixedTaxReturns: FixedTaxReturns;
}

export const DEFAULT_TAX_POLICY: TaxPolicy = { basis: 'taxClass', includedHalf: 'tax', fixedTaxReturns: 'mirrored' };

export interface TaxTerms {
  /** Whether prices include tax. */
  readonly taxInclusive: boolean;
  readonly taxRounding: TaxRounding;
  /** Absent: `DEFAULT_TAX_POLICY`. */
  readonly taxPolicy?: TaxPolicy;
}

/** One tax of a document: of a plain class, or one component of a class that has several. */
export interface TaxAmount {
  readonly taxClass: string;
  /** Of the component where there is one. */
  readonly name: string;
  /** Of the whole class, as its lines carry it. */
  readonly rateBps: number;
  /** Of the class: the same for each of its components. */
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly component?: ComponentAmount;
}

export interface ComponentAmount {
  readonly component: string;
  /** Absent for a fixed amount per unit. */
  readonly ratePpm?: number;
  /** What a rate is charged on: the net, and taxes before it. */
  readonly baseMinor?: number;
}

export interface TaxedAmount {
  readonly tax: TaxClass;
  readonly amountMinor: number;
  /** Needed where the class has a tax per unit. */
  readonly quantity?: Quantity;
}

/** Quantities count in thousandths of what a price is quoted for: every pricing step divides it. */
const UNIT_SCALE = 1_000;

/** Amounts of one class that are taxed together. */
interface Sum {
  readonly tax: TaxClass;
  amountMinor: number;
  /** For taxes per unit, in 1 ÷ `UNIT_SCALE`. */
  units: bigint;
}

/** Splits (inclusive) or adds to (exclusive) one amount; a negative amount mirrors its positive one. */
export function taxOf(amountMinor: number, rateBps: number, terms: TaxTerms): { readonly netMinor: number; readonly taxMinor: number } {
  const divisor = terms.taxInclusive ? 10_000 + rateBps : 10_000;
  const taxMinor = scaleRounded(amountMinor, rateBps, divisor, roundingOf(terms));
  assert(taxMinor !== undefined, 'the tax of a bounded amount is a safe integer');
  return { netMinor: terms.taxInclusive ? amountMinor - taxMinor : amountMinor, taxMinor };
}

/** A half that goes to the net is one that the tax is rounded down from. */
const roundingOf = ({ taxInclusive, taxRounding, taxPolicy }: TaxTerms): Rounding =>
  taxInclusive && taxRounding === 'half-up' && taxPolicy?.includedHalf === 'net' ? 'half-down' : taxRounding;

/** The same taxes, so that their amounts may be summed. Lines of one basket mostly share the very object; after a restart they are equal ones. */
export const isSameTax = (left: TaxClass, right: TaxClass): boolean =>
  left === right || (left.rateBps === right.rateBps && left.taxClass === right.taxClass && componentsText(left) === componentsText(right));

const componentsText = ({ components }: TaxClass): string => (components === undefined ? '' : JSON.stringify(components));

/** The rate that a person reads beside a tax, to the nearest basis point; 0 beside a fixed amount per unit. */
export const shownRateBps = ({ rateBps, component }: Pick<TaxAmount, 'rateBps' | 'component'>): number =>
  component === undefined ? rateBps : divideRoundHalfUp(component.ratePpm ?? 0, PPM_PER_BPS);

/** Whether a document in this currency can be taxed so: a fixed tax is an amount of one currency. */
export const isTaxUsable = (tax: TaxClass, currency: string): boolean =>
  Number.isInteger(tax.rateBps) &&
  tax.rateBps >= 0 &&
  tax.rateBps <= MAX_RATE_BPS &&
  (tax.components ?? []).every((component) => isRateComponent(component) || component.currency === currency);

/** The taxes of a document, highest rate first, then by tax class, components in their own order; the order of the amounts does not matter. */
export function taxesOf(amounts: Iterable<TaxedAmount>, terms: TaxTerms): readonly TaxAmount[] {
  const basis = terms.taxPolicy?.basis ?? DEFAULT_TAX_POLICY.basis;
  // A document has a handful of classes: looking through them beats making a key for each of a thousand lines.
  const sums: Sum[] = [];
  const taxesBySum = new Map<Sum, readonly number[]>();
  for (const amount of amounts) {
    let sum = sums[0];
    for (let index = 1; sum !== undefined && !isSameTax(sum.tax, amount.tax); index += 1) sum = sums[index];
    if (sum === undefined) {
      sum = { tax: amount.tax, amountMinor: 0, units: 0n };
      sums.push(sum);
    }
    const { amountMinor } = amount;
    const units = unitsOf(amount, terms);
    sum.amountMinor = addMinor(sum.amountMinor, amountMinor);
    if (units !== 0n) sum.units += units;
    if (basis === 'line') taxesBySum.set(sum, added(taxesBySum.get(sum), roundedTaxes({ tax: sum.tax, amountMinor, units }, terms)));
  }
  sums.sort(
    (left, right) =>
      right.tax.rateBps - left.tax.rateBps ||
      compareText(left.tax.taxClass, right.tax.taxClass) ||
      compareText(componentsText(left.tax), componentsText(right.tax)),
  );
  if (basis === 'taxClass') for (const sum of sums) taxesBySum.set(sum, roundedTaxes(sum, terms));
  if (basis === 'document') allotTaxes(sums, terms, taxesBySum);
  return sums.flatMap((sum) => rowsOf(sum, taxesBySum.get(sum) ?? [], terms));
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const added = (sums: readonly number[] | undefined, taxes: readonly number[]): readonly number[] =>
  sums === undefined ? taxes : taxes.map((taxMinor, index) => addMinor(sums[index] ?? 0, taxMinor));

/** What a tax per unit counts of an amount; nothing where the class has none. */
function unitsOf({ tax, quantity }: TaxedAmount, { taxPolicy }: TaxTerms): bigint {
  if (tax.components === undefined || tax.components.every(isRateComponent)) return 0n;
  assert(quantity !== undefined, 'a tax per unit is asked for a quantity');
  if (quantity.value < 0 && taxPolicy?.fixedTaxReturns === 'kept') return 0n;
  const units = scaleRounded(quantity.value, UNIT_SCALE, pricingStep(quantity.unit), 'down');
  assert(units !== undefined, 'a bounded quantity is counted in safe integers');
  return BigInt(units);
}

/** Each tax of a sum, rounded by itself. */
function roundedTaxes(sum: Sum, terms: TaxTerms): readonly number[] {
  if (sum.tax.components === undefined) return [taxOf(sum.amountMinor, sum.tax.rateBps, terms).taxMinor];
  const { numerators, denominator } = exactTaxes(sum, terms);
  return numerators.map((numerator) => rounded(numerator, denominator, roundingOf(terms)));
}

function rounded(numerator: bigint, denominator: bigint, rounding: Rounding): number {
  const taxMinor = divideBigRounded(numerator, denominator, rounding);
  assert(taxMinor !== undefined, 'the tax of a bounded amount is a safe integer');
  return taxMinor;
}

interface ExactTaxes {
  readonly numerators: readonly bigint[];
  /** Above 0. */
  readonly denominator: bigint;
}

/** The components of a plain class: its one rate. */
const componentsOf = ({ components, rateBps, taxClass, name }: TaxClass): readonly TaxComponent[] =>
  components ?? [{ component: taxClass, name, ratePpm: rateBps * PPM_PER_BPS }];

/**
 * Each tax is a × net + b, with a and b of `sharesOf`. Where the amount includes them, net = (amount − Σ b) ÷ (1 + Σ a).
 */
function exactTaxes({ tax, amountMinor, units }: Sum, { taxInclusive }: Pick<TaxTerms, 'taxInclusive'>): ExactTaxes {
  const { ofNet, ofUnit, denominator } = sharesOf(componentsOf(tax));
  const scale = denominator * BigInt(UNIT_SCALE);
  const fixed = ofUnit.map((share) => share * units);
  const amount = BigInt(amountMinor);
  // Over `scale`: a = ofNet × UNIT_SCALE, b = fixed.
  const rates = ofNet.map((share) => share * BigInt(UNIT_SCALE));
  if (!taxInclusive) return { numerators: rates.map((rate, index) => rate * amount + (fixed[index] ?? 0n)), denominator: scale };
  const net = amount * scale - total(fixed);
  const whole = scale + total(rates);
  return { numerators: rates.map((rate, index) => rate * net + (fixed[index] ?? 0n) * whole), denominator: scale * whole };
}

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** One tax of the document: which sum it is of, its place there, and its exact amount. */
interface Part {
  readonly sum: Sum;
  readonly numerator: bigint;
  readonly isNegative: boolean;
  readonly order: number;
}

/**
 * The document's tax is rounded once, and its parts get whole minor units by largest remainder, so that they sum to it. Of equal
 * remainders the negative ones go up first, from the last; then the positive ones, from the first: so a refund mirrors its sale.
 */
function allotTaxes(sums: readonly Sum[], terms: TaxTerms, taxesBySum: Map<Sum, readonly number[]>): void {
  const exact = sums.map((sum) => exactTaxes(sum, terms));
  const denominator = exact.reduce((product, taxes) => product * taxes.denominator, 1n);
  const parts: Part[] = sums.flatMap((sum, index) => {
    const others = exact.reduce((product, taxes, other) => (other === index ? product : product * taxes.denominator), 1n);
    const numerators = exact[index]?.numerators ?? [];
    return numerators.map((numerator, place) => ({
      sum,
      numerator: numerator * others,
      isNegative: numerator < 0n,
      order: index * UNIT_SCALE + place,
    }));
  });
  const remainderOf = ({ numerator }: Part): bigint => ((numerator % denominator) + denominator) % denominator;
  const floors = new Map(parts.map((part) => [part, rounded(part.numerator - remainderOf(part), denominator, 'down')]));
  const totalMinor = rounded(total(parts.map((part) => part.numerator)), denominator, roundingOf(terms));
  const missing = totalMinor - [...floors.values()].reduce(addMinor, 0);
  const byRemainder = parts.toSorted((left, right) => {
    const difference = remainderOf(right) - remainderOf(left);
    if (difference !== 0n) return difference > 0n ? 1 : -1;
    if (left.isNegative !== right.isNegative) return left.isNegative ? -1 : 1;
    return left.isNegative ? right.order - left.order : left.order - right.order;
  });
  assert(missing >= 0 && missing <= parts.length, 'what is missing is less than one minor unit per tax');
  const raised = new Set(byRemainder.slice(0, missing));
  for (const sum of sums) {
    const own = parts.filter((part) => part.sum === sum);
    taxesBySum.set(
      sum,
      own.map((part) => (floors.get(part) ?? 0) + (raised.has(part) ? 1 : 0)),
    );
  }
}

function rowsOf({ tax, amountMinor }: Sum, taxes: readonly number[], { taxInclusive }: TaxTerms): readonly TaxAmount[] {
  const { taxClass, name, rateBps, components } = tax;
  const netMinor = taxInclusive ? addMinor(amountMinor, -taxes.reduce(addMinor, 0)) : amountMinor;
  if (components === undefined) return [{ taxClass, name, rateBps, netMinor, taxMinor: taxes[0] ?? 0 }];
  return components.map((component, index) => {
    const taxMinor = taxes[index] ?? 0;
    if (!isRateComponent(component)) {
      return { taxClass, name: component.name, rateBps, netMinor, taxMinor, component: { component: component.component } };
    }
    const { ratePpm, on = [] } = component;
    const baseMinor = components.reduce(
      (sum, other, place) => (on.includes(other.component) ? addMinor(sum, taxes[place] ?? 0) : sum),
      netMinor,
    );
    return {
      taxClass,
      name: component.name,
      rateBps,
      netMinor,
      taxMinor,
      component: { component: component.component, ratePpm, baseMinor },
    };
  });
}

/** What a line's taxes come to at most, whatever is rounded with what: each one rounded up, on top of the amount. Above `MAX_AMOUNT_MINOR` is too much. */
export function taxAtMost({ amountMinor, tax, quantity }: TaxedAmount): number {
  if (tax.components === undefined) return scaleRounded(Math.abs(amountMinor), tax.rateBps, 10_000, 'up') ?? MAX_AMOUNT_MINOR;
  const magnitude = {
    tax,
    amountMinor: Math.abs(amountMinor),
    ...(quantity !== undefined && { quantity: { ...quantity, value: Math.abs(quantity.value) } }),
  };
  const sum: Sum = { tax, amountMinor: magnitude.amountMinor, units: unitsOf(magnitude, { taxInclusive: false, taxRounding: 'half-up' }) };
  const { numerators, denominator } = exactTaxes(sum, { taxInclusive: false });
  let most = 0;
  for (const numerator of numerators) most += divideBigRounded(numerator, denominator, 'up') ?? MAX_AMOUNT_MINOR;
  return most;
}
