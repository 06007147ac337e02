/**
 * What a store has of some goods where they were counted (SPEC: K-1 to K-4): the ruling count of each, how much of what moved it has in it already, and what nothing tells. Which side of a count a movement is on hangs on these
 * two alone (`sideOfCount`), so counts and movements may come in any order: a new ruling count asks about what moved since, a late movement about the counts that stand.
 */
import {
  sideOfCount,
  spanOf,
  stockKey,
  type CountStatement,
  type LedgerPlace,
  type Span,
  type StockCount,
  type Unit,
} from '@holdfast/domain';

import type { Queries } from '../db/database.ts';

export interface StorePlace {
  readonly tenantNo: number;
  readonly store: string;
}

export interface GoodsKey {
  readonly sku: string;
  readonly unit: string;
}

/** What one entry moved of some goods; below 0: it left. */
export interface Moved extends LedgerPlace, GoodsKey {
  readonly entryNo: number;
  readonly isBranch: boolean;
  readonly span: Span;
  readonly moved: bigint;
}

export interface HeldCount extends CountStatement {
  readonly entryNo: number;
  readonly movedBefore: bigint;
}

/** A count of a clock that says nothing was made no earlier: or all that its store ever moved would be asked about, by one lane whose clock is wrong. */
const LONGEST_AWAY_MS = 35 * 86_400_000;

/** What a count's entry states, line by line: of goods that it names twice the later line. */
export function statedLines(count: StockCount, receivedAtMs: number): readonly StatedLine[] {
  const lines = new Map<string, StatedLine>();
  for (const line of count.lines) {
    const { fromMs, toMs } = spanOf(line, receivedAtMs);
    const stated = { ...line, atMs: Math.min(line.atMs, receivedAtMs), span: { fromMs: fromMs ?? receivedAtMs - LONGEST_AWAY_MS, toMs } };
    const held = lines.get(keyOf(line));
    if (held === undefined || held.atMs < stated.atMs) lines.set(keyOf(line), stated);
  }
  return [...lines.values()];
}

export interface StatedLine extends Pick<CountStatement, 'atMs' | 'quantity' | 'counted' | 'span'>, GoodsKey {}

export const keyOf = ({ sku, unit }: GoodsKey): string => stockKey(sku, unit as Unit);

const ledgerKey = (device: string, epoch: string): string => `${device}\u001F${epoch}`;

/** By device and epoch: up to where a lane had it. */
export function seenOf(places: readonly LedgerPlace[]): CountStatement['seenSeq'] {
  const seen = new Map<string, number>();
  for (const { device, epoch, seq } of places) {
    const key = ledgerKey(device, epoch);
    seen.set(key, Math.max(seen.get(key) ?? 0, seq));
  }
  return (device, epoch) => seen.get(ledgerKey(device, epoch)) ?? 0;
}

interface CountRow extends GoodsKey {
  readonly entryNo: number;
  readonly atMs: number;
  readonly quantity: number;
  readonly fromMs: number | null;
  readonly toMs: number;
  readonly device: string | null;
  readonly epoch: string | null;
  readonly seq: number | null;
  readonly movedBefore: string;
}

/** The ruling counts of these goods, by `keyOf`. */
export async function rulingCounts(
  tx: Queries,
  { tenantNo, store }: StorePlace,
  goods: readonly GoodsKey[],
): Promise<ReadonlyMap<string, HeldCount>> {
  const rows = await tx.rows<CountRow>(
    `SELECT c.sku, c.unit, c.entry_no AS "entryNo", c.at_ms AS "atMs", c.quantity, c.from_ms AS "fromMs", c.to_ms AS "toMs", c.counted_device AS device,
       c.counted_epoch AS epoch, c.counted_seq AS seq, c.moved_before::text AS "movedBefore"
     FROM ${GOODS} JOIN stock_count c ON c.tenant_no = $2 AND c.store = $3 AND c.sku = x.sku COLLATE "C" AND c.unit = x.unit COLLATE "C"`,
    [goodsJson(goods), tenantNo, store],
  );
  const ledgers = await tx.rows<LedgerPlace & { readonly entryNo: number }>(
    'SELECT entry_no AS "entryNo", device, epoch, seen_seq AS seq FROM stock_count_ledger WHERE tenant_no = $1 AND entry_no = ANY ($2::bigint[])',
    [tenantNo, [...new Set(rows.map(({ entryNo }) => entryNo))]],
  );
  const seenByCount = new Map([...Map.groupBy(ledgers, ({ entryNo }) => entryNo)].map(([entryNo, places]) => [entryNo, seenOf(places)]));
  const nothing = seenOf([]);
  return new Map(
    rows.map((row) => {
      const { entryNo, atMs, quantity, fromMs, toMs, device, epoch, seq, movedBefore } = row;
      const counted = device === null || epoch === null || seq === null ? {} : { counted: { device, epoch, seq } };
      const seenSeq = seenByCount.get(entryNo) ?? nothing;
      return [keyOf(row), { entryNo, atMs, quantity, span: { fromMs, toMs }, ...counted, seenSeq, movedBefore: BigInt(movedBefore) }];
    }),
  );
}

/** Each once. */
export const goodsOf = (many: Iterable<GoodsKey>): readonly GoodsKey[] => [...new Map([...many].map((one) => [keyOf(one), one])).values()];

export const GOODS = 'jsonb_to_recordset($1::jsonb) AS x (sku text, unit text)';
export const goodsJson = (goods: Iterable<GoodsKey>): string => JSON.stringify([...goods].map(({ sku, unit }) => ({ sku, unit })));

/** Movements that came late: those that a ruling count has in it, and those of which nothing tells. */
export async function placeLate(tx: Queries, place: StorePlace, moved: readonly Moved[]): Promise<void> {
  const counts = await rulingCounts(tx, place, goodsOf(moved));
  const before = new Map<string, GoodsKey & { sum: bigint }>();
  const unclear: UnclearMove[] = [];
  for (const one of moved) {
    const count = counts.get(keyOf(one));
    if (count === undefined) continue;
    const side = sideOfCount(one, count);
    if (side === 'unclear') unclear.push({ ...one, countNo: count.entryNo });
    if (side !== 'before') continue;
    const held = before.get(keyOf(one)) ?? { sku: one.sku, unit: one.unit, sum: count.movedBefore };
    held.sum += one.moved;
    before.set(keyOf(one), held);
  }
  await setMovedBefore(tx, place, [...before.values()]);
  await noteUnclear(tx, place, unclear);
}

export interface UnclearMove extends GoodsKey {
  readonly countNo: number;
  readonly entryNo: number;
  readonly moved: bigint;
}

export async function setMovedBefore(
  tx: Queries,
  { tenantNo, store }: StorePlace,
  sums: readonly (GoodsKey & { readonly sum: bigint })[],
): Promise<void> {
  if (sums.length === 0) return;
  await tx.execute(
    `UPDATE stock_count c SET moved_before = x.sum FROM jsonb_to_recordset($1::jsonb) AS x (sku text, unit text, sum numeric)
     WHERE c.tenant_no = $2 AND c.store = $3 AND c.sku = x.sku COLLATE "C" AND c.unit = x.unit COLLATE "C"`,
    [JSON.stringify(sums.map(({ sku, unit, sum }) => ({ sku, unit, sum: String(sum) }))), tenantNo, store],
  );
}

export async function noteUnclear(tx: Queries, { tenantNo, store }: StorePlace, unclear: readonly UnclearMove[]): Promise<void> {
  if (unclear.length === 0) return;
  await tx.execute(
    `INSERT INTO stock_unclear (tenant_no, store, count_no, entry_no, sku, unit, moved)
     SELECT $2, $3, x.count, x.entry, x.sku, x.unit, x.moved
     FROM jsonb_to_recordset($1::jsonb) AS x (count bigint, entry bigint, sku text, unit text, moved numeric) ON CONFLICT DO NOTHING`,
    [
      JSON.stringify(
        unclear.map(({ countNo, entryNo, sku, unit, moved }) => ({ count: countNo, entry: entryNo, sku, unit, moved: String(moved) })),
      ),
      tenantNo,
      store,
    ],
  );
}
