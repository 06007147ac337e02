/* oxlint-disable holdfast/no-float -- fractions of BigInt: their divisions are exact */
/**
 * What comes back against an oracle that knows nothing but fractions and the words of docs/CONVENTIONS.md: each part takes its share of what is left of the line, one sum after the other
 * (amount, less each reduction, with each tax), half up. And a sale's taxes against what each line's own rate says of it.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Sale, SaleLine } from '../sale/sale.ts';
import { line, opening, payment, returnAll, sell, steps } from '../testing/returned-sales.ts';
import '../testing/property-runs.ts';
import { returnableLines, type LineMoney, type ReturnableLine } from './return-line.ts';

/** Half away from zero. */
function halfUp(over: bigint, under: bigint): bigint {
  const magnitude = over < 0n ? -over : over;
  const rounded = (2n * magnitude + under) / (2n * under);
  return over < 0n ? -rounded : rounded;
}

/** What is left of a line, sum by sum: a sum and what it began with, so that its steps are what stands between. */
interface Left {
  pieces: bigint;
  readonly sums: bigint[];
  readonly taxes: bigint[];
  cost: bigint;
}

const running = (values: readonly number[]): bigint[] => {
  let sum = 0n;
  return values.map((value) => (sum += BigInt(value)));
};

/** The store's own reductions before those that somebody else pays for; taxes that are in the price are no part of the sum. */
const stepsOf = ({ amountMinor, discounts, taxes }: LineMoney, isInclusive: boolean): readonly number[] => [
  amountMinor,
  ...discounts.filter(({ funding }) => funding !== 'thirdParty').map((discount) => discount.amountMinor),
  ...discounts.filter(({ funding }) => funding === 'thirdParty').map((discount) => discount.amountMinor),
  ...(isInclusive ? [] : taxes.map(({ taxMinor }) => taxMinor)),
];

const leftAtFirst = ({ sold, paid }: ReturnableLine, isInclusive: boolean): Left => ({
  pieces: BigInt(sold.quantity.value),
  sums: running(stepsOf(paid, isInclusive)),
  taxes: running(paid.taxes.map(({ taxMinor }) => taxMinor)),
  cost: BigInt(paid.costMinor ?? 0),
});

/** So many pieces come back: what each sum gives, which is gone from it then. */
function bringBack(
  left: Left,
  pieces: bigint,
): { readonly sums: readonly bigint[]; readonly taxes: readonly bigint[]; readonly cost: bigint } {
  const share = (sum: bigint): bigint => halfUp(sum * pieces, left.pieces);
  const back = { sums: left.sums.map(share), taxes: left.taxes.map(share), cost: share(left.cost) };
  for (const [place, sum] of back.sums.entries()) left.sums[place] = (left.sums[place] ?? 0n) - sum;
  for (const [place, tax] of back.taxes.entries()) left.taxes[place] = (left.taxes[place] ?? 0n) - tax;
  left.cost -= back.cost;
  left.pieces -= pieces;
  return back;
}

/** A return line in the same words, with every sign turned round. */
const toldBy = (
  back: SaleLine,
  isInclusive: boolean,
): { readonly sums: readonly bigint[]; readonly taxes: readonly bigint[]; readonly cost: bigint } => {
  const { amountMinor, discounts = [], returnTaxes = [], costMinor = 0 } = back;
  const turned = (values: readonly number[]): bigint[] => running(values).map((sum) => 0n - sum);
  return {
    sums: turned(stepsOf({ amountMinor, discounts, taxes: returnTaxes }, isInclusive)),
    taxes: turned(returnTaxes.map(({ taxMinor }) => taxMinor)),
    cost: 0n - BigInt(costMinor),
  };
};

describe('what comes back', () => {
  test('is what fractions say of what is left, part by part: amount, reductions, taxes and cost', () => {
    const property = fc.property(opening, fc.array(line, { minLength: 1, maxLength: 5 }), payment, steps, (terms, chosen, pays, parts) => {
      const sale = sell(terms, chosen, pays);
      const { taxInclusive } = sale;
      const left = new Map(returnableLines(sale, []).map((sold) => [sold.line, leftAtFirst(sold, taxInclusive)]));
      for (const { lines } of returnAll(terms, sale, parts)) {
        for (const back of lines) {
          const of = left.get(back.returnOf?.line ?? 0);
          const expected = of === undefined ? undefined : bringBack(of, BigInt(-back.quantity.value));
          const told = toldBy(back, taxInclusive);
          // Taxes on top stand among the sums already.
          expect(taxInclusive ? told : { ...told, taxes: expected?.taxes }).toEqual(expected);
        }
      }
      expect([...left.values()].flatMap(({ pieces, sums, cost }) => [pieces, ...sums, cost]).filter((rest) => rest !== 0n)).toEqual([]);
    });
    fc.assert(property);
  });
});

/** Of one line, as its own rates say, over a common denominator; a tax on taxes comes after those. */
function exactTaxes(
  { taxClass, quantity }: SaleLine,
  netMinor: number,
  isInclusive: boolean,
): { readonly over: bigint; readonly under: bigint } {
  const million = 1_000_000n;
  const net = BigInt(netMinor);
  const units = BigInt(quantity.value);
  const gross = (rate: bigint): { readonly over: bigint; readonly under: bigint } =>
    isInclusive ? { over: net * rate, under: million + rate } : { over: net * rate, under: million };
  if (taxClass === 'tax stacked') {
    // 6 % and 6 % on the net, 3 % on the net and both: 15.36 % of it.
    return gross(153_600n);
  }
  if (taxClass !== 'tax sugar') return gross(BigInt(taxClass.slice('tax '.length)) * 10_000n);
  // 0.25 for each piece (or kilogram), and 7 % on the net without it.
  const fixed = quantity.unit === 'gram' ? { over: 25n * units, under: 1_000n } : { over: 25n * units, under: 1n };
  if (!isInclusive) return { over: net * 70_000n * fixed.under + fixed.over * million, under: million * fixed.under };
  const rest = net * fixed.under - fixed.over;
  return { over: rest * 70_000n + fixed.over * (million + 70_000n), under: (million + 70_000n) * fixed.under };
}

const netOf = ({ amountMinor, discounts = [], untaxedMinor = 0 }: SaleLine): number =>
  discounts.filter(({ funding }) => funding !== 'thirdParty').reduce((sum, discount) => sum + discount.amountMinor, amountMinor) -
  untaxedMinor;

/** A line's taxes and what fractions say of them, in millionths of a minor unit. */
const awayFrom = (sale: Sale, { sold, paid }: ReturnableLine): bigint => {
  const { over, under } = exactTaxes(sold, netOf(sold), sale.taxInclusive);
  const told = BigInt(paid.taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0));
  const difference = told * under - over;
  return ((difference < 0n ? -difference : difference) * 1_000_000n) / under;
};

describe('what each line bears of its sale’s taxes', () => {
  test('sums to the sale’s, and is what its own rates say to within a minor unit for each tax', () => {
    // A fixed tax above a low price makes the rate beside it negative: then other lines bear it.
    const plain = line.filter(({ tax, goods }) => tax.taxClass !== 'tax sugar' || goods.item.sku === 'lamp');
    const property = fc.property(opening, fc.array(plain, { minLength: 1, maxLength: 5 }), (terms, chosen) => {
      // Paid in cash: what a benefit card pays is untaxed, and has its own property.
      const sale = sell(terms, chosen, { benefit: 0, meal: 0, cards: [], onTop: 0 });
      const lines = returnableLines(sale, []);
      const sumOf = (taxes: readonly { readonly taxMinor: number }[]): number => taxes.reduce((sum, { taxMinor }) => sum + taxMinor, 0);
      expect(lines.reduce((sum, { paid }) => sum + sumOf(paid.taxes), 0)).toBe(sumOf(sale.taxes));
      const far = lines.filter((sold) => awayFrom(sale, sold) > BigInt(1_000_000 * sold.paid.taxes.length));
      expect(far).toEqual([]);
    });
    fc.assert(property);
  });
});
