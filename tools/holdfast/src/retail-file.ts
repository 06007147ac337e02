/**
 * The Online Retail file (UCI, CC BY 4.0): a year of real invoices, read as a stream, one invoice at a time, and each of its
 * lines judged for what it was at the till.
 *
 * Invariants:
 * - An invoice is all rows of one number. Its rows stand together but for a neighbour that was written at the same time, so a few
 *   invoices stay open while reading; a row of an invoice that is closed already ends the reading, rather than being counted apart.
 * - Prices stay decimal text until they are an integer and its decimals. SKUs are what stands there, byte by byte.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { parse } from 'csv-parse';

import { CommandFailed } from './command.ts';

/** An integer and how many of its digits stand behind the point. */
export interface DecimalPrice {
  readonly amount: number;
  readonly decimals: number;
}

/**
 * - `sale`, `return`: at the price on the invoice; a return has no receipt.
 * - `freeSale`: given away, sold at a price of 0.
 * - `adjustment`: goods that left (negative quantity, price 0: damaged, lost, thrown away) without a sale.
 * - `negativePrice`: a ledger correction (bad debt) that no till sells; it must refuse it.
 */
export type LineReason = 'sale' | 'return' | 'freeSale' | 'adjustment' | 'negativePrice';

export interface RetailLine {
  readonly sku: string;
  /** Pieces; negative for goods that come back. Never 0. */
  readonly quantity: number;
  /** As the file writes it: `2.55`, `0.001`, `-11062.06`. */
  readonly priceText: string;
  readonly price: DecimalPrice;
  readonly reason: LineReason;
}

export interface RetailInvoice {
  readonly number: string;
  readonly lines: readonly RetailLine[];
}

/** How many invoices may be under way at once in the file: 2 at most in the real one. */
const OPEN_INVOICES = 8;

/** A file's bytes, unpacked where they are gzip (told by the first two bytes, not by the name). */
async function openUnpacked(path: string): Promise<Readable> {
  const packed = await isGzip(path);
  const source = createReadStream(path);
  if (!packed) return source;
  // `pipeline` carries a broken file's error to the reader.
  return pipeline(source, createGunzip(), new PassThrough(), () => undefined);
}

export async function isGzip(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    throw new CommandFailed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  await file.close();
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

/** `-?digits[.digits]`; null for anything else and for more digits than an integer holds exactly. */
export function decimalPrice(text: string): DecimalPrice | null {
  const match = /^(-?\d{1,12})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return null;
  const digits = match[2] ?? '';
  const amount = Number(`${match[1]}${digits}`);
  // `-0` is the number 0.
  return Number.isSafeInteger(amount) ? { amount: amount + 0, decimals: digits.length } : null;
}

export function reasonOf(quantity: number, price: DecimalPrice): LineReason {
  if (price.amount < 0) return 'negativePrice';
  if (price.amount > 0) return quantity < 0 ? 'return' : 'sale';
  return quantity < 0 ? 'adjustment' : 'freeSale';
}

/** The file's invoices, in the order in which they end. Throws CommandFailed for a row that it cannot read exactly. */
export async function* readInvoices(path: string): AsyncGenerator<RetailInvoice> {
  const underWay = new Map<string, RetailLine[]>();
  const closed = new Set<string>();
  let current: { readonly number: string; readonly lines: RetailLine[] } | undefined;
  // `pipeline` carries a broken file's error to the reader.
  const parser = parse({ bom: true, record_delimiter: ['\r\n', '\n'] });
  const rows = pipeline(await openUnpacked(path), parser, () => undefined);
  let row = 0;
  let columns: Columns | undefined;
  for await (const record of rows as AsyncIterable<readonly string[]>) {
    row += 1;
    if (columns === undefined) {
      columns = findColumns(path, record);
      continue;
    }
    const number = record[columns.number] ?? '';
    if (current?.number !== number) {
      if (closed.has(number)) throw new CommandFailed(`Row ${row}: invoice ${number} goes on after it had ended.`);
      const lines: RetailLine[] = underWay.get(number) ?? [];
      underWay.set(number, lines);
      current = { number, lines };
      const oldest = underWay.entries().next().value;
      if (underWay.size > OPEN_INVOICES && oldest !== undefined) {
        underWay.delete(oldest[0]);
        closed.add(oldest[0]);
        yield { number: oldest[0], lines: oldest[1] };
      }
    }
    current.lines.push(readLine(record, columns, row));
  }
  for (const [number, lines] of underWay) yield { number, lines };
}

/** Where in a row each field stands. */
interface Columns {
  readonly number: number;
  readonly sku: number;
  readonly quantity: number;
  readonly price: number;
}

function findColumns(path: string, header: readonly string[]): Columns {
  const find = (name: string): number => {
    const index = header.indexOf(name);
    if (index < 0) throw new CommandFailed(`${path} has no column ${name}; it needs InvoiceNo, StockCode, Quantity and UnitPrice.`);
    return index;
  };
  return { number: find('InvoiceNo'), sku: find('StockCode'), quantity: find('Quantity'), price: find('UnitPrice') };
}

function readLine(record: readonly string[], columns: Columns, row: number): RetailLine {
  const sku = record[columns.sku] ?? '';
  const quantityText = record[columns.quantity] ?? '';
  const priceText = record[columns.price] ?? '';
  const price = decimalPrice(priceText);
  const quantity = /^-?\d{1,9}$/.test(quantityText) ? Number(quantityText) : 0;
  if (record[columns.number] === '' || sku === '' || price === null || quantity === 0) {
    throw new CommandFailed(`Row ${row} is no invoice line: ${JSON.stringify(record)}`);
  }
  return { sku, quantity, priceText, price, reason: reasonOf(quantity, price) };
}
