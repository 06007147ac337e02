/**
 * What a person should look at, of returns that are facts already: goods that came back more often than they were sold, money that
 * went out more often than it came in, returns that nobody could verify, and receipts that nobody knows. None is ever rejected.
 */
import { addMinor } from '../money/money.ts';
import type { Sale, SaleLine } from '../sale/sale.ts';
import { isSoldLine } from './return-line.ts';

export const RETURN_EXCEPTIONS = ['returnedTwice', 'unverified', 'unknownReceipt'] as const;
export type ReturnExceptionType = (typeof RETURN_EXCEPTIONS)[number];

export interface ReturnException {
  readonly type: ReturnExceptionType;
  /** The receipt that the goods are said to be from. */
  readonly receiptNumber: string;
  readonly sku: string;
  /** More than was sold, or all that is in question; above 0, in steps of the line's unit. */
  readonly quantity: number;
}

/** Exceptions of one receipt: `sale` is the sale of that number where it is known, `returnLines` all lines that name it. */
export function returnExceptionsOf(
  receiptNumber: string,
  sale: Sale | undefined,
  returnLines: readonly SaleLine[],
): readonly ReturnException[] {
  if (sale === undefined) {
    return bySku(returnLines).flatMap(([sku, quantity]) => exceptionOf('unknownReceipt', receiptNumber, sku, quantity));
  }
  const sold = new Map(bySku(sale.lines.filter(isSoldLine)));
  const twice = bySku(returnLines).flatMap(([sku, quantity]) =>
    exceptionOf('returnedTwice', receiptNumber, sku, quantity + (sold.get(sku) ?? 0)),
  );
  // What was counted twice needs no second mention.
  const known = new Set(twice.map(({ sku }) => sku));
  const unverified = bySku(returnLines.filter(({ isUnverified, sku }) => isUnverified === true && !known.has(sku)));
  return [...twice, ...unverified.flatMap(([sku, quantity]) => exceptionOf('unverified', receiptNumber, sku, quantity))];
}

const exceptionOf = (type: ReturnExceptionType, receiptNumber: string, sku: string, quantity: number): readonly ReturnException[] =>
  quantity > 0 ? [{ type, receiptNumber, sku, quantity }] : [];

/** What came back by SKU, above 0; what was sold counts below. */
function bySku(lines: readonly SaleLine[]): readonly (readonly [sku: string, quantity: number])[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, addMinor(sums.get(sku) ?? 0, -quantity.value));
  return [...sums].sort(([left], [right]) => (left < right ? -1 : 1));
}
