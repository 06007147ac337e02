/** What goods that came back tie together: sales, and the returns of their goods. */
import type { Queries } from '../db/database.ts';

export interface LinkedSale {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly receiptNumber: string;
  readonly store: string;
  readonly atMs: number;
}

/** Sales whose goods came back in this one, and those in which goods of this one came back. */
export interface LinkedSales {
  readonly origins: readonly LinkedSale[];
  readonly returns: readonly LinkedSale[];
}

const LINKED = 's.device, s.epoch, s.seq, s.receipt_number AS "receiptNumber", s.store, s.at_ms AS "atMs"';

export async function linkedSales(
  database: Queries,
  tenantNo: number,
  { entryNo, store, receiptNumber }: { readonly entryNo: number; readonly store: string; readonly receiptNumber: string },
): Promise<LinkedSales> {
  const origins = await database.rows<LinkedSale>(
    `SELECT DISTINCT ${LINKED} FROM return_line r JOIN sale s ON s.tenant_no = r.tenant_no AND s.store = r.store AND s.receipt_number = r.receipt_number
     WHERE r.tenant_no = $1 AND r.entry_no = $2 AND s.entry_no <> $2 ORDER BY "atMs"`,
    [tenantNo, entryNo],
  );
  const returns = await database.rows<LinkedSale>(
    `SELECT DISTINCT ${LINKED} FROM return_line r JOIN sale s ON s.entry_no = r.entry_no
     WHERE r.tenant_no = $1 AND r.store = $2 AND r.receipt_number = $3 AND s.entry_no <> $4 ORDER BY "atMs"`,
    [tenantNo, store, receiptNumber, entryNo],
  );
  return { origins, returns };
}
