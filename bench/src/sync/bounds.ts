/**
 * What sync would have to send at the least: ideal code lengths under the models of docs/BENCHMARKS.md, in bytes. Each model knows the distributions of other data than it codes,
 * and nothing of formats, hashes, signatures or requests.
 */
import { constants, zstdCompressSync } from 'node:zlib';

import type { EntryDraft } from '@holdfast/sync';

/** Which k of n: log2 of the binomial coefficient, by Stirling's series. */
export function subsetBits(n: number, k: number): number {
  const lnFactorial = (m: number): number => (m < 2 ? 0 : m * Math.log(m) - m + Math.log(2 * Math.PI * m) / 2 + 1 / (12 * m));
  return (lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k)) / Math.LN2;
}

/** How often each value came; what never came shares half a count, and then is one of `alphabet`. */
export class Histogram {
  readonly #counts = new Map<number | string, number>();
  #total = 0;

  add(value: number | string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#total += 1;
  }

  bits(value: number | string, alphabet: number): number {
    const count = this.#counts.get(value);
    const total = this.#total + 0.5;
    return count === undefined ? Math.log2(alphabet * total * 2) : -Math.log2(count / total);
  }
}

/** A sorted list of items out of `catalogue` with a new price each: which ones, and each price by itself, as often as the prices of `others` are. */
export function repricedBytes(catalogue: number, cents: readonly number[], others: readonly number[]): number {
  const prices = new Histogram();
  for (const price of others) prices.add(price);
  const bits = cents.reduce((sum, price) => sum + prices.bits(price, 10_000), subsetBits(catalogue, cents.length));
  return bits / 8;
}

/** Each column by itself, sorted as the rows are, by zstd at level 19. */
export function columnsBytes(rows: readonly (readonly string[])[]): number {
  const columns = rows[0]?.length ?? 0;
  let bytes = 0;
  for (let column = 0; column < columns; column += 1) {
    const text = Buffer.from(rows.map((row) => row[column] ?? '').join('\n'));
    bytes += zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }).length;
  }
  return bytes;
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceAmount: number;
}

const linesOf = (draft: EntryDraft): readonly Line[] => draft.fields['lines'] as unknown as readonly Line[];

/**
 * Order 0: each line's SKU, its quantity and its price given the SKU, all fitted on `others`; the end of a sale as one more symbol; and when it was, to the
 * millisecond, as gaps of an exponential distribution. Nothing for tender, shift or operator.
 */
export function salesBytes(drafts: readonly EntryDraft[], others: readonly EntryDraft[]): number {
  const skus = new Histogram();
  const quantities = new Map<string, Histogram>();
  const prices = new Map<string, Histogram>();
  const [anyQuantity, anyPrice] = [new Histogram(), new Histogram()];
  const of = (map: Map<string, Histogram>, sku: string): Histogram => {
    const held = map.get(sku) ?? new Histogram();
    map.set(sku, held);
    return held;
  };
  for (const draft of others) {
    skus.add('');
    for (const { sku, quantity, unitPriceAmount } of linesOf(draft)) {
      skus.add(sku);
      of(quantities, sku).add(quantity);
      of(prices, sku).add(unitPriceAmount);
      anyQuantity.add(quantity);
      anyPrice.add(unitPriceAmount);
    }
  }
  /** By the SKU's own distribution, or by that of all where it says less. */
  const given = (own: Histogram | undefined, any: Histogram, value: number): number =>
    Math.min(own?.bits(value, 10_000) ?? Infinity, any.bits(value, 10_000) + 1);
  let bits = 0;
  for (const draft of drafts) {
    bits += skus.bits('', 1);
    for (const { sku, quantity, unitPriceAmount } of linesOf(draft)) {
      bits += skus.bits(sku, 100_000);
      bits += given(quantities.get(sku), anyQuantity, quantity);
      bits += given(prices.get(sku), anyPrice, unitPriceAmount);
    }
  }
  const spanMs = Math.max(1, (drafts.at(-1)?.wallMs ?? 0) - (drafts[0]?.wallMs ?? 0));
  return (bits + drafts.length * Math.log2((Math.E * spanMs) / drafts.length)) / 8;
}
