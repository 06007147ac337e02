/** Goods and prices as shops have them, made up from a seed: the same ones for whoever asks with the same numbers. */
import { Readable } from 'node:stream';

import { catalogCsv, centsOf, gtinOf } from '../lane.ts';
import type { PublishedGoods } from './workload.ts';

const HEAD = 'gtin,sku,name,brand,category,price,currency,tax_class,unit';
const WORDS = [
  'Apple',
  'Bread',
  'Cheese',
  'Dark',
  'Extra',
  'Fresh',
  'Garden',
  'Honey',
  'Juice',
  'Lemon',
  'Milk',
  'Noodle',
  'Organic',
  'Pepper',
];

/** Numbers in [0, 1) that follow from `seed` (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Prices as shops make them: cheap ones far more often, most of them ending in 9. */
export function drawCents(next: () => number): number {
  const euros = Math.floor(-4 * Math.log(1 - next()));
  return euros * 100 + (next() < 0.8 ? 9 + 10 * Math.floor(next() * 10) : 1 + Math.floor(next() * 99));
}

/** Another price than this one. */
export function otherCents(cents: number, next: () => number): number {
  for (;;) {
    const drawn = drawCents(next);
    if (drawn !== cents) return drawn;
  }
}

/** `count` different numbers below `n`, ascending. */
export function sample(n: number, count: number, next: () => number): readonly number[] {
  const taken = new Set<number>();
  while (taken.size < count) taken.add(Math.floor(next() * n));
  return [...taken].sort((left, right) => left - right);
}

export const skuOf = (n: number): string => `A-${String(n).padStart(7, '0')}`;

/** As in a catalogue's file: GTIN, SKU, name, brand, category, price, currency, tax class, unit. */
export function rowOf(n: number, cents: number): readonly string[] {
  const name = `${WORDS[n % 14]} ${WORDS[Math.floor(n / 14) % 14]} ${WORDS[Math.floor(n / 196) % 14]} ${100 + (n % 9) * 50} g`;
  const price = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
  return [gtinOf(n), skuOf(n), name, `Brand ${n % 997}`, `Department ${n % 12}`, price, 'EUR', 'standard', 'piece'];
}

/** `further`: the name of a column behind the known ones. */
export const csvOf = (rows: Iterable<readonly string[]>, further?: string): Readable =>
  Readable.from(
    (function* () {
      yield `${further === undefined ? HEAD : `${HEAD},${further}`}\n`;
      for (const row of rows) yield `${row.join(',')}\n`;
    })(),
  );

/** What `catalogCsv` says; of the first `repriced` articles with every price so many cents higher. */
export const catalogGoods = (items: number, repriced = 0, cents = 0): PublishedGoods => ({
  count: items,
  skuOf: gtinOf,
  centsOf: (n) => centsOf(n) + (n < repriced ? cents : 0),
});

/** The same file's rows, column by column. */
export const catalogRows = (items: number): readonly (readonly string[])[] =>
  [...catalogCsv(items)]
    .join('')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => row.split(','));
