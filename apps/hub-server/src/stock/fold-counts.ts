/** Counts, and movements that come after a count which may have them in it. Where a store counts nothing, a turn of the folder is asked one question more. */
import { spanOf, type LedgerPlace, type StockCount } from '@holdfast/domain';
import { bytesToHex } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { foldEntry } from '../ledger/fold-entry.ts';
import type { JsonFold } from '../ledger/folds.ts';
import type { Arrival, RunOfEntries } from '../ledger/prepare-runs.ts';
import { GOODS, goodsJson, keyOf, placeLate, statedLines, type GoodsKey, type Moved, type StatedLine, type StorePlace } from './counts.ts';
import { movedBy } from './moved-by.ts';
import { recount } from './recount.ts';

/** Entries of one run that moved goods. */
interface MovedRun extends StorePlace {
  readonly type: 'moved';
  readonly device: string;
  readonly epoch: string;
  readonly isBranch: boolean;
  readonly receivedAtMs: number;
  readonly firstSeq: number;
  /** The earliest moment that one of them may be of; null: any. */
  earliestMs: number | null;
  readonly entries: number[];
}

interface CountRow extends StorePlace {
  readonly type: 'count';
  readonly n: number;
  readonly hash: string;
  readonly lines: readonly StatedLine[];
  readonly seen: readonly LedgerPlace[];
}

export const countFold: JsonFold = {
  name: 'stock counts',
  rows: (arrivals) => [
    ...movedRuns(arrivals),
    ...arrivals.flatMap((arrival) => (arrival.count === null ? [] : [countRow(arrival, arrival.count)])),
  ],
  store: async (tx, json, base) => {
    const rows = JSON.parse(json) as readonly (MovedRun | CountRow)[];
    for (const run of await lateRuns(
      tx,
      rows.filter((row) => row.type === 'moved'),
    ))
      await placeLate(tx, run, await movedByRun(tx, run, base));
    await takeCounts(
      tx,
      rows.filter((row) => row.type === 'count'),
      base,
    );
  },
};

function movedRuns(arrivals: readonly Arrival[]): readonly MovedRun[] {
  const runs = new Map<RunOfEntries, MovedRun>();
  for (const { index, entry, run, branch, movements, atMs, uncertaintyMs } of arrivals) {
    if (movements.length === 0) continue;
    const { fromMs } = spanOf({ atMs, uncertaintyMs }, run.receivedAtMs);
    const held = runs.get(run) ?? {
      type: 'moved',
      tenantNo: run.tenantNo,
      store: run.store,
      device: run.device,
      epoch: entry.id.epoch,
      isBranch: branch !== '',
      receivedAtMs: run.receivedAtMs,
      firstSeq: entry.id.seq,
      earliestMs: fromMs,
      entries: [],
    };
    held.earliestMs = held.earliestMs === null || fromMs === null ? null : Math.min(held.earliestMs, fromMs);
    held.entries.push(index);
    runs.set(run, held);
  }
  return [...runs.values()];
}

function countRow({ index, entry, run }: Arrival, count: StockCount): CountRow {
  const { tenantNo, store, receivedAtMs } = run;
  return {
    type: 'count',
    tenantNo,
    store,
    n: index,
    hash: bytesToHex(entry.hash),
    lines: statedLines(count, receivedAtMs),
    seen: count.seen,
  };
}

/** Those of which something may stand before a count that is there. */
async function lateRuns(tx: Queries, runs: readonly MovedRun[]): Promise<readonly MovedRun[]> {
  if (runs.length === 0) return [];
  const stores = new Map(runs.map(({ tenantNo, store }) => [JSON.stringify([tenantNo, store]), { tenantNo, store }]));
  const counting = await tx.rows<StorePlace>(
    `SELECT x."tenantNo", x.store FROM jsonb_to_recordset($1::jsonb) AS x ("tenantNo" integer, store text)
     WHERE EXISTS (SELECT 1 FROM stock_count c WHERE c.tenant_no = x."tenantNo" AND c.store = x.store COLLATE "C")`,
    [JSON.stringify([...stores.values()])],
  );
  const isCounting = new Set(counting.map(({ tenantNo, store }) => JSON.stringify([tenantNo, store])));
  const asked = runs.filter(({ tenantNo, store }) => isCounting.has(JSON.stringify([tenantNo, store])));
  if (asked.length === 0) return [];
  const late = await tx.rows<{ readonly n: number }>(
    `SELECT x.n FROM jsonb_to_recordset($1::jsonb) AS x (n integer, t integer, s text, d text, e text, q bigint, m bigint)
     WHERE EXISTS (SELECT 1 FROM stock_count c WHERE c.tenant_no = x.t AND c.store = x.s COLLATE "C" AND c.to_ms >= coalesce(x.m, c.to_ms))
       OR EXISTS (SELECT 1 FROM stock_count_ledger l WHERE l.tenant_no = x.t AND l.device = x.d COLLATE "C" AND l.epoch = x.e COLLATE "C"
         AND greatest(l.seen_seq, l.counted_seq) >= x.q)`,
    [
      JSON.stringify(
        asked.map(({ tenantNo, store, device, epoch, firstSeq, earliestMs }, n) => ({
          n,
          t: tenantNo,
          s: store,
          d: device,
          e: epoch,
          q: firstSeq,
          m: earliestMs,
        })),
      ),
    ],
  );
  const numbers = new Set(late.map(({ n }) => n));
  return asked.filter((_, n) => numbers.has(n));
}

/** They stand in the ledger already: its transaction stores entries first. */
async function movedByRun(tx: Queries, run: MovedRun, base: number): Promise<readonly Moved[]> {
  const rows = await tx.rows<{ readonly entryNo: number; readonly seq: number; readonly canonical: Uint8Array }>(
    'SELECT entry_no AS "entryNo", seq, canonical FROM ledger_entry WHERE entry_no = ANY ($1::bigint[])',
    [run.entries.map((n) => base + n)],
  );
  return rows.flatMap(({ entryNo, seq, canonical }) => movedBy({ ...run, entryNo, seq }, foldEntry(canonical)));
}

/** All of them first, so that what moved is looked through once. */
async function takeCounts(tx: Queries, counts: readonly CountRow[], base: number): Promise<void> {
  const changed = new Map<string, { readonly place: StorePlace; readonly goods: Map<string, GoodsKey> }>();
  for (const count of counts) {
    const { tenantNo, store } = count;
    const key = JSON.stringify([tenantNo, store]);
    const held = changed.get(key) ?? { place: { tenantNo, store }, goods: new Map<string, GoodsKey>() };
    changed.set(key, held);
    for (const goods of await takeCount(tx, count, base)) held.goods.set(keyOf(goods), goods);
  }
  for (const { place, goods } of changed.values()) await recount(tx, place, [...goods.values()]);
}

/** Gives the goods whose ruling count it is now. */
async function takeCount(tx: Queries, { tenantNo, store, n, hash, lines, seen }: CountRow, base: number): Promise<readonly GoodsKey[]> {
  const replaced = await tx.rows<{ readonly entryNo: number }>(
    `SELECT DISTINCT c.entry_no AS "entryNo" FROM ${GOODS}
     JOIN stock_count c ON c.tenant_no = $2 AND c.store = $3 AND c.sku = x.sku COLLATE "C" AND c.unit = x.unit COLLATE "C"`,
    [goodsJson(lines), tenantNo, store],
  );
  const ruled = await tx.rows<GoodsKey>(
    `INSERT INTO stock_count AS held (tenant_no, store, sku, unit, entry_no, hash, at_ms, quantity, from_ms, to_ms, counted_device, counted_epoch, counted_seq, moved_before)
     SELECT $2, $3, x.sku, x.unit, $4, $5, x.at, x.quantity, x."from", x."to", x.device, x.epoch, x.seq, 0
     FROM jsonb_to_recordset($1::jsonb) AS x (sku text, unit text, at bigint, quantity bigint, "from" bigint, "to" bigint, device text, epoch text, seq bigint)
     ORDER BY x.sku COLLATE "C", x.unit COLLATE "C"
     ON CONFLICT (tenant_no, store, sku, unit) DO UPDATE SET entry_no = excluded.entry_no, hash = excluded.hash, at_ms = excluded.at_ms, quantity = excluded.quantity,
       from_ms = excluded.from_ms, to_ms = excluded.to_ms, counted_device = excluded.counted_device, counted_epoch = excluded.counted_epoch,
       counted_seq = excluded.counted_seq, moved_before = 0
     WHERE (held.at_ms, held.hash) < (excluded.at_ms, excluded.hash) RETURNING sku, unit`,
    [
      JSON.stringify(
        lines.map(({ sku, unit, atMs, quantity, span, counted }) => ({
          sku,
          unit,
          at: atMs,
          quantity,
          from: span.fromMs,
          to: span.toMs,
          ...counted,
        })),
      ),
      tenantNo,
      store,
      base + n,
      hash,
    ],
  );
  if (ruled.length === 0) return [];
  await takeLedgers(tx, { tenantNo, entryNo: base + n, lines, seen });
  await tx.execute(
    `DELETE FROM stock_count_ledger l WHERE l.tenant_no = $1 AND l.entry_no = ANY ($2::bigint[])
       AND NOT EXISTS (SELECT 1 FROM stock_count c WHERE c.tenant_no = $1 AND c.entry_no = l.entry_no)`,
    [tenantNo, replaced.map(({ entryNo }) => entryNo)],
  );
  return ruled;
}

async function takeLedgers(
  tx: Queries,
  { tenantNo, entryNo, lines, seen }: Pick<CountRow, 'tenantNo' | 'lines' | 'seen'> & { readonly entryNo: number },
): Promise<void> {
  const counted = lines.flatMap((line) => line.counted ?? []);
  await tx.execute(
    `INSERT INTO stock_count_ledger (tenant_no, entry_no, device, epoch, seen_seq, counted_seq)
     SELECT $2, $3, x.device, x.epoch, max(x.seen), max(x.counted)
     FROM jsonb_to_recordset($1::jsonb) AS x (device text, epoch text, seen bigint, counted bigint) GROUP BY x.device, x.epoch`,
    [
      JSON.stringify([
        ...seen.map(({ device, epoch, seq }) => ({ device, epoch, seen: seq, counted: 0 })),
        ...counted.map(({ device, epoch, seq }) => ({ device, epoch, seen: 0, counted: seq })),
      ]),
      tenantNo,
      entryNo,
    ],
  );
}
