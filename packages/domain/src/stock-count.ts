/**
 * A stock count: what was found on the shelves, as a statement. It is no movement: each line says how much of an item there was, and at what moment; what moved since is added to it by whoever keeps stock. Its sheet was a
 * working document, whose name it carries: a sheet that is closed again states only what late counts changed.
 */
import { err, ok, type Result } from '@holdfast/base';

import { finished, headerFields, type MalformedEntry, readHeader } from './entry-header.ts';
import { readFields } from './fields.ts';
import { type Fields, LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from './ledger.ts';
import { isQuantityInRange, MAX_QUANTITY, quantityOutOfRange, type QuantityOutOfRange, type Unit } from './quantity.ts';
import { readUnit } from './read-sale.ts';

export interface CountedLine {
  readonly sku: string;
  /** How much there was, in steps of `unit`; all places together. */
  readonly quantity: number;
  readonly unit: Unit;
  /** When the last of it was counted, by hub-corrected time. */
  readonly atMs: number;
  /** How far that may be off. */
  readonly uncertaintyMs: number;
}

export interface StockCount extends LedgerHeader {
  /** The sheet's, 32 hex digits. */
  readonly document: string;
  readonly name: string;
  readonly lines: readonly CountedLine[];
}

/** One count of some goods at one place of the store. */
export interface CountedGoods extends CountedLine {
  readonly place?: string;
}

export type StockCountRefusal = QuantityOutOfRange | { readonly type: 'nothingCounted'; readonly detail: Readonly<Record<string, never>> };

/** What several counts of the same goods come to: their sum, as of the last of them. By SKU, then unit. */
export function sumCounts(counts: readonly CountedGoods[]): readonly CountedLine[] {
  const byGoods = new Map<string, CountedLine>();
  for (const { sku, quantity, unit, atMs, uncertaintyMs } of counts) {
    const key = JSON.stringify([sku, unit]);
    const before = byGoods.get(key);
    byGoods.set(key, {
      sku,
      unit,
      quantity: (before?.quantity ?? 0) + quantity,
      atMs: Math.max(before?.atMs ?? atMs, atMs),
      uncertaintyMs: Math.max(before?.uncertaintyMs ?? 0, uncertaintyMs),
    });
  }
  const order = ({ sku, unit }: CountedLine): string => `${sku}\u0000${unit}`;
  return [...byGoods.values()].sort((left, right) => (order(left) < order(right) ? -1 : 1));
}

/** Lines of `now` that say something else than `before`, and those of `before` that are gone: there is nothing of them. */
export function changedCounts(before: readonly CountedLine[], now: readonly CountedLine[]): readonly CountedLine[] {
  const key = ({ sku, unit }: CountedLine): string => JSON.stringify([sku, unit]);
  const stated = new Map(before.map((line) => [key(line), line]));
  const changed = now.filter((line) => stated.get(key(line))?.quantity !== line.quantity);
  const held = new Set(now.map(key));
  const gone = before.filter((line) => !held.has(key(line)) && line.quantity !== 0).map((line) => ({ ...line, quantity: 0 }));
  return [...changed, ...gone];
}

export function stockCountEntry(
  header: LedgerHeader,
  { document, name, lines }: Omit<StockCount, keyof LedgerHeader>,
): Result<LedgerEntry, StockCountRefusal> {
  if (lines.length === 0) return err({ type: 'nothingCounted', detail: {} });
  if (lines.some(({ quantity }) => quantity < 0 || !isQuantityInRange(quantity))) return err(quantityOutOfRange());
  const fields: Fields = {
    ...headerFields(header),
    document,
    name,
    lines: lines.map(({ sku, quantity, unit, atMs, uncertaintyMs }) => ({ sku, quantity, unit, atMs, uncertaintyMs })),
  };
  return ok({ kind: LEDGER_KINDS.stockCount.kind, fields });
}

export function readStockCount(fields: Fields): Result<StockCount, MalformedEntry> {
  const read = readFields(fields);
  return finished(read, {
    ...readHeader(read),
    document: read.text('document'),
    name: read.text('name'),
    lines: read.list('lines', (row) => ({
      sku: row.text('sku'),
      quantity: row.int('quantity', 0, MAX_QUANTITY),
      unit: readUnit(row),
      atMs: row.int('atMs'),
      uncertaintyMs: row.int('uncertaintyMs', 0),
    })),
  });
}
