/**
 * What the Online Retail file says was sold, summed straight from its text: the other side of the comparison, so it shares no
 * arithmetic with the till or the domain. Amounts are BigInt tenths of pennies until each line is rounded to the penny.
 */
import type { RetailInvoice, RetailLine } from './retail-file.ts';

export interface SkuSum {
  /** Pieces sold less pieces returned. */
  quantity: bigint;
  amountPennies: bigint;
  /** What the store holds more than before: negative for what left it. */
  onHand: bigint;
}

export interface RetailSums {
  readonly bySku: Map<string, SkuSum>;
  totalPennies: bigint;
  /** Documents that the till completes: invoices with a line that it sells or takes back. */
  documents: number;
}

export const createSums = (): RetailSums => ({ bySku: new Map(), totalPennies: 0n, documents: 0 });

/** quantity × price in pennies, half a penny rounded away from zero. At most three decimals. */
export function lineAmountPennies(line: Pick<RetailLine, 'quantity' | 'priceText'>): bigint {
  const [whole = '0', fraction = ''] = line.priceText.split('.');
  if (fraction.length > 3) throw new RangeError(`${line.priceText} has more than three decimals`);
  const priceTenths = BigInt(whole + fraction.padEnd(3, '0'));
  const tenths = BigInt(line.quantity) * priceTenths;
  return tenths < 0n ? -((5n - tenths) / 10n) : (tenths + 5n) / 10n;
}

/** Adds one invoice; the answer is what its document comes to. */
export function addInvoice(sums: RetailSums, invoice: RetailInvoice): bigint {
  let total = 0n;
  let sold = 0;
  for (const line of invoice.lines) {
    if (line.reason === 'negativePrice') continue;
    const sum = sums.bySku.get(line.sku) ?? { quantity: 0n, amountPennies: 0n, onHand: 0n };
    sums.bySku.set(line.sku, sum);
    if (line.reason === 'adjustment') {
      sum.onHand += BigInt(line.quantity);
      continue;
    }
    const amount = lineAmountPennies(line);
    sum.quantity += BigInt(line.quantity);
    sum.amountPennies += amount;
    sum.onHand -= BigInt(line.quantity);
    total += amount;
    sold += 1;
  }
  if (sold > 0) sums.documents += 1;
  sums.totalPennies += total;
  return total;
}

/** What one invoice comes to by itself. */
export const invoiceTotalPennies = (invoice: RetailInvoice): bigint => addInvoice(createSums(), invoice);
