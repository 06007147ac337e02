/** What a ruling count has in it, asked of the ledgers themselves: once for each new count, by what came since. */
import { sideOfCount } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import { appliedBefore, type Applied } from '../ledger/applied.ts';
import { foldEntry, type FoldedEntry } from '../ledger/fold-entry.ts';
import {
  GOODS,
  goodsJson,
  keyOf,
  noteUnclear,
  rulingCounts,
  setMovedBefore,
  type GoodsKey,
  type HeldCount,
  type Moved,
  type StorePlace,
  type UnclearMove,
} from './counts.ts';
import { movedBy } from './moved-by.ts';

const PAGE_ENTRIES = 500;
/** Ledgers are read back to what was received so long before a count: replicas' clocks differ, and are set. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** `movedBefore` and what is unclear, of the ruling counts of these goods, anew. What a person decided holds. */
export async function recount(tx: Queries, place: StorePlace, goods: readonly GoodsKey[]): Promise<void> {
  const counts = await rulingCounts(tx, place, goods);
  if (counts.size === 0) return;
  const decided = await decisionsOf(tx, place, counts);
  const sums = await movedOf(tx, place, goods);
  const unclear: UnclearMove[] = [];
  for await (const moved of movedSince(tx, place, [...counts.values()])) {
    const count = counts.get(keyOf(moved));
    if (count === undefined) continue;
    const side = sideOfCount(moved, count);
    if (side === 'unclear') unclear.push({ ...moved, countNo: count.entryNo });
    const isBefore = side === 'before' || (side === 'unclear' && decided.has(moveKey(count.entryNo, moved.entryNo, moved)));
    if (!isBefore) sums.set(keyOf(moved), (sums.get(keyOf(moved)) ?? 0n) - moved.moved);
  }
  const counted = goods.filter((one) => counts.has(keyOf(one)));
  await setMovedBefore(
    tx,
    place,
    counted.map(({ sku, unit }) => ({ sku, unit, sum: sums.get(keyOf({ sku, unit })) ?? 0n })),
  );
  await forgetUndecided(tx, place, counted);
  await noteUnclear(tx, place, unclear);
}

const moveKey = (countNo: number, entryNo: number, goods: GoodsKey): string => `${countNo} ${entryNo} ${keyOf(goods)}`;

/** Unclear movements that somebody knows to be in the count. */
async function decisionsOf(tx: Queries, { tenantNo }: StorePlace, counts: ReadonlyMap<string, HeldCount>): Promise<ReadonlySet<string>> {
  const rows = await tx.rows<GoodsKey & { readonly countNo: number; readonly entryNo: number }>(
    `SELECT count_no AS "countNo", entry_no AS "entryNo", sku, unit FROM stock_unclear
     WHERE tenant_no = $1 AND count_no = ANY ($2::bigint[]) AND decision = 'before'`,
    [tenantNo, [...new Set([...counts.values()].map(({ entryNo }) => entryNo))]],
  );
  return new Set(rows.map((row) => moveKey(row.countNo, row.entryNo, row)));
}

async function movedOf(tx: Queries, { tenantNo, store }: StorePlace, goods: readonly GoodsKey[]): Promise<Map<string, bigint>> {
  const rows = await tx.rows<GoodsKey & { readonly moved: string }>(
    `SELECT s.sku, s.unit, s.on_hand::text AS moved
     FROM ${GOODS} JOIN stock s ON s.tenant_no = $2 AND s.store = $3 AND s.sku = x.sku COLLATE "C" AND s.unit = x.unit COLLATE "C"`,
    [goodsJson(goods), tenantNo, store],
  );
  return new Map(rows.map((row) => [keyOf(row), BigInt(row.moved)]));
}

/** Of these goods' counts, whichever they were, what nobody has decided. */
async function forgetUndecided(tx: Queries, { tenantNo, store }: StorePlace, goods: readonly GoodsKey[]): Promise<void> {
  await tx.execute(
    `DELETE FROM stock_unclear u USING ${GOODS}
     WHERE u.tenant_no = $2 AND u.store = $3 AND u.decision IS NULL AND u.sku = x.sku COLLATE "C" AND u.unit = x.unit COLLATE "C"`,
    [goodsJson(goods), tenantNo, store],
  );
}

interface LedgerRow {
  readonly entryNo: number;
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly branch: string;
  readonly receivedAtMs: number;
  readonly canonical: Uint8Array;
  /** Why it is set aside; null where it is not. */
  readonly reason: string | null;
  readonly applied: Applied | readonly [] | null;
}

const LEDGER_ROWS = `SELECT e.entry_no AS "entryNo", e.device, e.epoch, e.seq, e.branch, e.received_at_ms AS "receivedAtMs", e.canonical, a.reason, a.applied
  FROM ledger_held e LEFT JOIN set_aside a ON a.entry_no = e.entry_no`;

/** All movements of a store that may not be in one of these counts, and some that are. */
async function* movedSince(tx: Queries, { tenantNo, store }: StorePlace, counts: readonly HeldCount[]): AsyncGenerator<Moved> {
  const epochs = await tx.rows<{ readonly device: string; readonly epoch: string; readonly headSeq: number }>(
    'SELECT device, epoch, head_seq AS "headSeq" FROM ledger_epoch WHERE tenant_no = $1 AND device IN (SELECT device FROM device WHERE tenant_no = $1 AND store = $2)',
    [tenantNo, store],
  );
  const backToMs = counts.reduce((least, { span }) => Math.min(least, span.fromMs ?? -Infinity), Infinity) - CLOCKS_DIFFER_MS;
  for (const { device, epoch, headSeq } of epochs) {
    // Up to there it is in all of them; who counted there is asked for every place behind it, whatever clocks say.
    const own = counts.flatMap(({ counted }) => (counted?.device === device && counted.epoch === epoch ? [counted.seq] : []));
    const floorSeq = Math.min(
      ...counts.map(({ counted, seenSeq }) =>
        counted?.device === device && counted.epoch === epoch ? counted.seq : seenSeq(device, epoch),
      ),
    );
    for (let toSeq = headSeq; toSeq > floorSeq && toSeq > 0;) {
      const fromSeq = Math.max(floorSeq + 1, toSeq - PAGE_ENTRIES + 1, 1);
      const page: readonly LedgerRow[] = await tx.rows<LedgerRow>(
        `${LEDGER_ROWS} WHERE e.tenant_no = $1 AND e.device = $2 AND e.epoch = $3 AND e.branch = '' AND e.seq BETWEEN $4 AND $5
           AND e.to_seq >= $4 AND e.from_seq <= $5 ORDER BY e.seq DESC`,
        [tenantNo, device, epoch, fromSeq, toSeq],
      );
      for (const row of page) yield* movedByRow(row);
      const last = page.at(-1);
      // The newest may be received and not folded yet.
      if (last !== undefined && last.receivedAtMs < backToMs && last.seq <= Math.min(...own)) break;
      toSeq = fromSeq - 1;
    }
  }
  const branches = await tx.rows<LedgerRow>(
    `${LEDGER_ROWS} WHERE e.tenant_no = $1 AND e.branch <> '' AND e.device IN (SELECT device FROM device WHERE tenant_no = $1 AND store = $2)`,
    [tenantNo, store],
  );
  for (const row of branches) yield* movedByRow(row);
}

function movedByRow(row: LedgerRow): readonly Moved[] {
  const folded: FoldedEntry = foldEntry(row.canonical);
  const { movements } = row.reason === null ? folded : appliedBefore(row.applied, folded);
  return movedBy({ ...row, isBranch: row.branch !== '' }, { ...folded, movements });
}
