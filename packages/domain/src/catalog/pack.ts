/**
 * Packs: a code that stands for several pieces of its article (a case of 6). What is sold are always pieces: stock, age, deposits, limits and
 * returns count them, however they were packed.
 */

import { lineAmountMinor, scaleRounded, type UnitPrice } from '../money/money.ts';

/** More pieces than this in one pack are a mistake of who wrote it. */
export const MAX_PACK_UNITS = 9_999;

/** Of a pack with a price of its own: of so many pieces, in a line of a few packs, the price of one still comes to the pack's. */
export const MAX_PRICED_UNITS = 400;

/** More decimals than the currency's, so that many of one come to what a pack costs. */
const FURTHER_DECIMALS = 4;
const MAX_DECIMALS = 6;

/**
 * What one piece costs where a pack of them has a price of its own: rounded up to at most six decimals, so that `units` of it come to that price however
 * lines are rounded. Undefined where no price can say it.
 */
export function packUnitPrice({ amount, decimals }: UnitPrice, units: number, minorDigits: number): UnitPrice | undefined {
  const finer = Math.min(MAX_DECIMALS, Math.max(decimals, minorDigits + FURTHER_DECIMALS));
  const one = scaleRounded(amount, 10 ** (finer - decimals), units, 'up');
  return one === undefined ? undefined : { amount: one, decimals: finer };
}

/** A pack as lines and receipts say it: `12 × 5.00/6`. */
export interface PricedPack {
  readonly units: number;
  readonly priceMinor: number;
}

/** What a pack of a line's goods costs; undefined where the line's price is none of a pack. */
export function packOf(
  { packUnits, unitPrice }: { readonly packUnits?: number; readonly unitPrice: UnitPrice },
  minorDigits: number,
): PricedPack | undefined {
  if (packUnits === undefined) return undefined;
  const price = lineAmountMinor({ value: packUnits, unit: 'piece' }, unitPrice, minorDigits);
  return price.ok ? { units: packUnits, priceMinor: price.value } : undefined;
}

/** A code as lanes read it: whose it is, and how many pieces of that it stands for. */
export interface ListedCode {
  readonly sku: string;
  readonly units: number;
}

/** The lowest `READER_VERSION` of lanes that know packs: an older one would sell one piece for a case. */
export const PACKS_READER = 2;
