/**
 * Invoices: a completed sale once more, for a buyer who is named, under a number of a series of its own. What comes back of it is a credit note, which names it.
 *
 * A ledger holds no name: the buyer is sealed by a key of this document alone, which is sealed to the company's key of the year. Once invoices of a year need not be
 * kept any more, that key is deleted, and every copy of every ledger is as whole as before and names nobody.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields, type FieldFault } from '../fields.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { formatReceiptNumber } from '../sale/sale.ts';

export interface Buyer {
  readonly name: string;
  /** May have several lines. */
  readonly address: string;
  /** VAT id or whatever the country has. */
  readonly taxNumber?: string;
}

export const BUYER_LENGTHS = { name: 120, address: 240, taxNumber: 40 } as const;

/** What a ledger says of an invoice. */
export interface Invoice {
  readonly invoiceNumber: string;
  /** The sale, or the return, that it is of. */
  readonly receiptNumber: string;
  readonly currency: string;
  readonly totalMinor: number;
  /** A credit note: of which invoices. */
  readonly creditOf?: string;
  /** Which of the company's keys: a year. */
  readonly keyName: string;
  readonly sealed: Uint8Array;
}

/** On a receipt. */
export interface ReceiptInvoice {
  readonly invoiceNumber: string;
  readonly creditOf?: string;
  /** Absent: nobody here knows any more. */
  readonly buyer?: Buyer;
}

/** Of a series of their own: nobody takes one for a receipt. */
export const formatInvoiceNumber = (lane: string, epoch: string, counter: number): string =>
  `R${formatReceiptNumber(lane, epoch, counter)}`;

export const invoiceEntry = (header: LedgerHeader, invoice: Invoice): LedgerEntry => ({
  kind: LEDGER_KINDS.invoice.kind,
  fields: { ...header, ...invoice },
});

export function readInvoice(fields: Fields): Result<Invoice, FieldFault> {
  const read = readFields(fields);
  const creditOf = read.optionalText('creditOf');
  const { sealed } = fields;
  const invoice: Invoice = {
    invoiceNumber: read.text('invoiceNumber'),
    receiptNumber: read.text('receiptNumber'),
    currency: read.text('currency'),
    totalMinor: read.int('totalMinor'),
    ...(creditOf !== undefined && { creditOf }),
    keyName: read.text('keyName'),
    sealed: sealed instanceof Uint8Array ? sealed : read.fail('sealed', 'bytes', new Uint8Array()),
  };
  const fault = read.fault();
  return fault === undefined ? ok(invoice) : err(fault);
}

/** What is sealed. */
export const buyerText = ({ name, address, taxNumber }: Buyer): string =>
  JSON.stringify({ name, address, ...(taxNumber !== undefined && { taxNumber }) });

/** Undefined where it is none. */
export function parseBuyer(text: string): Buyer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('name' in value) || !('address' in value)) return undefined;
    const { name, address } = value;
    const taxNumber = 'taxNumber' in value ? value.taxNumber : undefined;
    if (typeof name !== 'string' || typeof address !== 'string') return undefined;
    return { name, address, ...(typeof taxNumber === 'string' && { taxNumber }) };
  } catch {
    return undefined;
  }
}

/** The company's keys by year, as a setting says them: `2026 HEX`, a line each. */
export type InvoiceKeys = Readonly<Record<string, string>>;

/** Undefined where a line is none. */
export function parseInvoiceKeys(text: string): InvoiceKeys | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const pairs = lines.map((line) => /^(\d{4}) ([0-9a-f]{64})$/.exec(line.trim()));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** Of the day's year; where that has none yet, the newest. */
export function invoiceKeyOf(
  keys: InvoiceKeys,
  businessDate: string,
): { readonly keyName: string; readonly publicKey: string } | undefined {
  const own = businessDate.slice(0, 4);
  const keyName = Object.hasOwn(keys, own) ? own : Object.keys(keys).toSorted().at(-1);
  const publicKey = keyName === undefined ? undefined : keys[keyName];
  return keyName === undefined || publicKey === undefined ? undefined : { keyName, publicKey };
}
