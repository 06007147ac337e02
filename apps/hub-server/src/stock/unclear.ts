/**
 * Movements of which nothing tells whether a count has them in it (SPEC: K-3): a person who knows says so, once. Until then they are taken for later ones. Where another count holds meanwhile there is nothing to
 * say any more.
 */
import type { Database } from '../db/database.ts';

export const SIDES = ['before', 'after'] as const;
export type DecidedSide = (typeof SIDES)[number];

export interface UnclearView {
  /** The count's entry, and the movement's. */
  readonly countNo: number;
  readonly entryNo: number;
  readonly store: string;
  readonly sku: string;
  readonly unit: string;
  /** Below 0: it left. */
  readonly moved: number;
  readonly counted: number;
  readonly countedAtMs: number;
  /** Who moved it. */
  readonly device: string;
  readonly lane: number;
  readonly epoch: string;
  readonly seq: number;
  readonly kind: number;
  /** Null where it is no sale. */
  readonly receiptNumber: string | null;
  /** By its own clock, as far as that was known; null where it is no sale. */
  readonly atMs: number | null;
  readonly receivedAtMs: number;
  readonly decision: DecidedSide | null;
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
}

/** Of counts that hold, newest first. */
export async function listUnclear(
  database: Database,
  { tenantNo, open, limit }: { readonly tenantNo: number; readonly open: boolean; readonly limit: number },
): Promise<readonly UnclearView[]> {
  const rows = await database.rows<Omit<UnclearView, 'moved'> & { readonly moved: string }>(
    `SELECT u.count_no AS "countNo", u.entry_no AS "entryNo", u.store, u.sku, u.unit, u.moved::text AS moved, c.quantity AS counted, c.at_ms AS "countedAtMs", e.device,
       d.lane, e.epoch, e.seq, e.kind, s.receipt_number AS "receiptNumber", s.at_ms AS "atMs", e.received_at_ms AS "receivedAtMs", u.decision, u.decided_by AS "decidedBy",
       u.decided_at_ms AS "decidedAtMs"
     FROM stock_unclear u
     JOIN stock_count c ON c.tenant_no = u.tenant_no AND c.store = u.store AND c.sku = u.sku AND c.unit = u.unit AND c.entry_no = u.count_no
     CROSS JOIN LATERAL (
       SELECT * FROM ledger_held h WHERE h.entry_no = u.entry_no AND h.from_no <= u.entry_no AND h.to_no >= u.entry_no OFFSET 0) AS e
     JOIN device d ON d.device = e.device LEFT JOIN sale s ON s.entry_no = u.entry_no
     WHERE u.tenant_no = $1 AND (NOT $2::boolean OR u.decision IS NULL) ORDER BY u.entry_no DESC, u.sku, u.unit LIMIT $3`,
    [tenantNo, open, limit],
  );
  return rows.map(({ moved, ...row }) => ({ ...row, moved: Number(moved) }));
}

export interface UnclearMovement {
  readonly countNo: number;
  readonly entryNo: number;
  readonly sku: string;
  readonly unit: string;
}

/** False where there is no such open question. Under the sequence's lock: nothing is folded beside it. */
export async function decideUnclear(
  database: Database,
  tenantNo: number,
  { countNo, entryNo, sku, unit }: UnclearMovement,
  { side, user, nowMs }: { readonly side: DecidedSide; readonly user: string; readonly nowMs: number },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM ledger_sequence WHERE id = 1 FOR UPDATE');
    const counted = await tx.execute(
      `WITH said AS (
         UPDATE stock_unclear u SET decision = $6, decided_by = $7, decided_at_ms = $8 FROM stock_count c
         WHERE u.tenant_no = $1 AND u.count_no = $2 AND u.entry_no = $3 AND u.sku = $4 AND u.unit = $5 AND u.decision IS NULL
           AND c.tenant_no = u.tenant_no AND c.store = u.store AND c.sku = u.sku AND c.unit = u.unit AND c.entry_no = u.count_no
         RETURNING u.store, u.moved
       )
       UPDATE stock_count c SET moved_before = moved_before + CASE WHEN $6 = 'before' THEN said.moved ELSE 0 END FROM said
       WHERE c.tenant_no = $1 AND c.store = said.store AND c.sku = $4 AND c.unit = $5`,
      [tenantNo, countNo, entryNo, sku, unit, side, user, nowMs],
    );
    return counted > 0;
  });
}
