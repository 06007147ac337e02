/** A made-up price for goods that came without one: the same for the same SKU, always, and of a size that goods have. Its cells say `synthetic`. */
import type { UnitPrice } from '@holdfast/domain';

/** FNV-1a, 32 bits (Fowler, Noll, Vo): spreads SKUs that differ in one digit. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}

/** 0.49 to 20.39 in steps of ten cents that end in 9, in the currency's minor digits. */
export function syntheticPrice(sku: string, minorDigits: number): UnitPrice {
  const cents = 49 + 10 * (fnv1a(sku) % 200);
  if (minorDigits === 2) return { amount: cents, decimals: 2 };
  return minorDigits === 0 ? { amount: cents, decimals: 0 } : { amount: cents * 10, decimals: minorDigits };
}
