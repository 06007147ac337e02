/**
 * Codes that lanes sold under a department because no catalogue lists them. A code stands here until it is listed: then it is known what it was,
 * and it is sold at its own price.
 */
import { ENTITY_TYPES, gtinKey, isGtin, minorDigitsOf, netMinorOf, type Sale } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import type { JsonFold } from './folds.ts';
import type { SalePlace } from './sales.ts';

export interface UnlistedLineRow {
  readonly line: number;
  /** As the catalogue would name it. */
  readonly code: string;
  readonly sku: string;
  readonly quantity: number;
  readonly amountMinor: number;
}

/** What of a sale nobody lists, as far as a code stands on it; training counts nowhere. */
export const unlistedLinesOf = (sale: Sale | null): readonly UnlistedLineRow[] =>
  (sale === null || sale.training ? [] : sale.lines).flatMap((line, index) => {
    const { code, sku, quantity } = line;
    if (line.isUnlisted !== true || code === undefined || code === '') return [];
    return [{ line: index + 1, code: isGtin(code) ? gtinKey(code) : code, sku, quantity: quantity.value, amountMinor: netMinorOf(line) }];
  });

export const unlistedFold: JsonFold = {
  name: 'unlisted codes',
  rows: (arrivals) =>
    arrivals.flatMap(({ index, run, sale }) =>
      unlistedLinesOf(sale).map(({ line, code, sku, quantity, amountMinor }) => ({
        n: index,
        t: run.tenantNo,
        l: line,
        c: code,
        k: sku,
        q: quantity,
        a: amountMinor,
      })),
    ),
  store: async (tx, json, base) => {
    await tx.execute(
      `INSERT INTO unlisted_line (entry_no, line, tenant_no, code, sku, quantity, amount_minor)
       SELECT $1 + x.n, x.l, x.t, x.c, x.k, x.q, x.a
       FROM jsonb_to_recordset($2::jsonb) AS x (n integer, t integer, l integer, c text, k text, q bigint, a bigint)`,
      [base, json],
    );
  },
};

export interface UnlistedCodeView {
  readonly code: string;
  /** Sales that held it, less what came back. */
  readonly pieces: number;
  readonly sales: number;
  readonly stores: readonly string[];
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Of the newest sale of it: under which item, and for how much. */
  readonly last: SalePlace & {
    readonly sku: string;
    readonly name: string | null;
    readonly quantity: number;
    readonly amountMinor: number;
    readonly currency: string;
    readonly minorDigits: number;
  };
}

/** What is not listed by now, what was sold most often first. */
export async function listUnlistedCodes(database: Database, tenantNo: number, limit: number): Promise<readonly UnlistedCodeView[]> {
  const rows = await database.rows<UnlistedCodeView>(
    `WITH open AS (
       SELECT u.*, s.store, s.at_ms, s.device, s.epoch, s.seq, s.currency FROM unlisted_line u JOIN sale s ON s.entry_no = u.entry_no
       WHERE u.tenant_no = $1 AND NOT EXISTS (SELECT 1 FROM entity e WHERE e.tenant_no = $1 AND e.key = u.code AND e.type IN ($2, $3) AND e.alive)
     )
     SELECT code, sum(quantity)::bigint AS pieces, count(DISTINCT entry_no) FILTER (WHERE quantity > 0) AS sales,
       array_agg(DISTINCT store ORDER BY store) AS stores, min(at_ms) AS "firstAtMs", max(at_ms) AS "lastAtMs",
       (array_agg(json_build_object('device', device, 'epoch', epoch, 'seq', seq, 'sku', sku, 'quantity', quantity, 'amountMinor', amount_minor,
          'currency', currency, 'name', (SELECT e.fields ->> $4 FROM entity e WHERE e.tenant_no = $1 AND e.type = $2 AND e.key = sku AND e.alive
            ORDER BY e.scope LIMIT 1)) ORDER BY at_ms DESC, entry_no DESC))[1] AS last
     FROM open GROUP BY code ORDER BY sales DESC, max(at_ms) DESC, code LIMIT $5`,
    [tenantNo, ENTITY_TYPES.item.type, ENTITY_TYPES.code.type, String(NAME_COLUMN), limit],
  );
  return rows.map((row) => ({ ...row, last: { ...row.last, minorDigits: minorDigitsOf(row.last.currency) } }));
}

const NAME_COLUMN = ENTITY_TYPES.item.columns.find(({ name }) => name === 'name')?.number ?? 1;
