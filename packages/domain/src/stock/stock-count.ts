/**
 * A stock count: what was found on the shelves, as a statement. It is no movement: each line says how much of an item there was, and at what moment; what moved since is added to it by whoever keeps stock
 * (`stock-on-hand.ts`). Its sheet was a working document, whose name it carries: a sheet that is closed again states only what late counts changed.
 */
import { err, ok, type Result } from '@holdfast/base';

import { type FieldReader, readFields } from '../fields.ts';
import { finished, headerFields, type MalformedEntry, readHeader } from '../ledger/entry-header.ts';
import { type Fields, LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { isQuantityInRange, MAX_QUANTITY, quantityOutOfRange, type QuantityOutOfRange, type Unit } from '../money/quantity.ts';
import { readUnit } from '../sale/read-sale.ts';

/** A place in a device's ledger. */
export interface LedgerPlace {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

export interface CountedLine {
  readonly sku: string;
  /** How much there was, in steps of `unit`; all places together. */
  readonly quantity: number;
  readonly unit: Unit;
  /** When the last of it was counted, by hub-corrected time. */
  readonly atMs: number;
  /** How far that may be off. */
  readonly uncertaintyMs: number;
  /** When the first of it was counted, where that was earlier. */
  readonly fromMs?: number;
  /** How far the counting lane's own ledger was; absent where several counts make the line, or an older build counted. */
  readonly counted?: LedgerPlace;
}

export interface StockCount extends LedgerHeader {
  /** The sheet's, 32 hex digits. */
  readonly document: string;
  readonly name: string;
  readonly lines: readonly CountedLine[];
  /** How far the lane that began the sheet had each ledger: all of that was there before anything was counted. */
  readonly seen: readonly LedgerPlace[];
}

/** One count of some goods at one place of the store. */
export interface CountedGoods extends CountedLine {
  readonly place?: string;
}

export type StockCountRefusal = QuantityOutOfRange | { readonly type: 'nothingCounted'; readonly detail: Readonly<Record<string, never>> };

/** What several counts of the same goods come to: their sum, as of the last of them. By SKU, then unit. */
export function sumCounts(counts: readonly CountedGoods[]): readonly CountedLine[] {
  const byGoods = new Map<string, CountedLine>();
  for (const { place: _place, ...count } of counts) {
    const key = JSON.stringify([count.sku, count.unit]);
    const before = byGoods.get(key);
    byGoods.set(key, before === undefined ? count : bothCounts(before, count));
  }
  const order = ({ sku, unit }: CountedLine): string => `${sku}\u0000${unit}`;
  return [...byGoods.values()].sort((left, right) => (order(left) < order(right) ? -1 : 1));
}

/** One ledger's place says nothing of what another count found: where there are two, clocks tell. */
function bothCounts({ counted: _counted, ...left }: CountedLine, right: CountedLine): CountedLine {
  return { ...left, quantity: left.quantity + right.quantity, ...between(left, right) };
}

function between(left: CountedLine, right: CountedLine): Pick<CountedLine, 'atMs' | 'uncertaintyMs' | 'fromMs'> {
  const fromMs = Math.min(left.fromMs ?? left.atMs, right.fromMs ?? right.atMs);
  const atMs = Math.max(left.atMs, right.atMs);
  return { atMs, uncertaintyMs: Math.max(left.uncertaintyMs, right.uncertaintyMs), ...(fromMs < atMs && { fromMs }) };
}

/**
 * Lines of `now` that say something else than `before`, and those of `before` that are gone: there is nothing of them. Of two statements the later one holds, so each is of a moment after the one that it replaces.
 */
export function changedCounts(before: readonly CountedLine[], now: readonly CountedLine[]): readonly CountedLine[] {
  const key = ({ sku, unit }: CountedLine): string => JSON.stringify([sku, unit]);
  const stated = new Map(before.map((line) => [key(line), line]));
  const restated = (line: CountedLine): CountedLine => {
    const replaced = stated.get(key(line));
    return replaced === undefined ? line : { ...line, ...between(line, { ...replaced, atMs: replaced.atMs + 1 }) };
  };
  const changed = now.filter((line) => stated.get(key(line))?.quantity !== line.quantity);
  const held = new Set(now.map(key));
  const gone = before.filter((line) => !held.has(key(line)) && line.quantity !== 0).map((line) => ({ ...line, quantity: 0 }));
  return [...changed, ...gone].map(restated);
}

export function stockCountEntry(
  header: LedgerHeader,
  { document, name, lines, seen }: Omit<StockCount, keyof LedgerHeader>,
): Result<LedgerEntry, StockCountRefusal> {
  if (lines.length === 0) return err({ type: 'nothingCounted', detail: {} });
  if (lines.some(({ quantity }) => quantity < 0 || !isQuantityInRange(quantity))) return err(quantityOutOfRange());
  const counters = [...new Map(lines.flatMap(({ counted }) => counted ?? []).map((place) => [counterKey(place), place])).values()];
  const counterOf = new Map(counters.map((place, index) => [counterKey(place), index + 1]));
  const fields: Fields = {
    ...headerFields(header),
    document,
    name,
    lines: lines.map(({ sku, quantity, unit, atMs, uncertaintyMs, fromMs, counted }) => ({
      sku,
      quantity,
      unit,
      atMs,
      uncertaintyMs,
      ...(fromMs !== undefined && { fromMs }),
      ...(counted !== undefined && { counter: counterOf.get(counterKey(counted)) ?? 0, seq: counted.seq }),
    })),
    ...(seen.length > 0 && { seen: seen.map(({ device, epoch, seq }) => ({ device, epoch, seq })) }),
    ...(counters.length > 0 && { counters: counters.map(({ device, epoch }) => ({ device, epoch })) }),
  };
  return ok({ kind: LEDGER_KINDS.stockCount.kind, fields });
}

const counterKey = ({ device, epoch }: LedgerPlace): string => JSON.stringify([device, epoch]);

const readLedger = (row: FieldReader): Omit<LedgerPlace, 'seq'> => ({ device: row.text('device'), epoch: row.text('epoch') });

export function readStockCount(fields: Fields): Result<StockCount, MalformedEntry> {
  const read = readFields(fields);
  const counters = read.optionalList('counters', readLedger) ?? [];
  return finished(read, {
    ...readHeader(read),
    document: read.text('document'),
    name: read.text('name'),
    lines: read.list('lines', (row): CountedLine => {
      const [fromMs, counter, seq] = [row.optionalInt('fromMs'), row.optionalInt('counter', 1, counters.length), row.optionalInt('seq', 0)];
      const ledger = counter === undefined ? undefined : counters[counter - 1];
      return {
        sku: row.text('sku'),
        quantity: row.int('quantity', 0, MAX_QUANTITY),
        unit: readUnit(row),
        atMs: row.int('atMs'),
        uncertaintyMs: row.int('uncertaintyMs', 0),
        ...(fromMs !== undefined && { fromMs }),
        ...(ledger !== undefined && seq !== undefined && { counted: { ...ledger, seq } }),
      };
    }),
    seen: read.optionalList('seen', (row) => ({ ...readLedger(row), seq: row.int('seq', 0) })) ?? [],
  });
}
