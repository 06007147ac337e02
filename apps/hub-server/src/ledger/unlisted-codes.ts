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
    /** What one piece came to, where that comes out even. */
    readonly unitMinor: number | null;
    /** That sells what is not listed under that item, and the item's own class: what the code most likely is. */
    readonly department: string | null;
    readonly taxClass: string | null;
  };
}

/** What is not listed by now, what was sold most often first; of a code, as the catalogue would name it, that one alone. */
export async function listUnlistedCodes(
  database: Database,
  tenantNo: number,
  { limit, code }: { readonly limit: number; readonly code?: string | undefined },
): Promise<readonly UnlistedCodeView[]> {
  const rows = await database.rows<UnlistedCodeView>(
    `WITH open AS (
       SELECT u.*, s.store, s.at_ms, s.device, s.epoch, s.seq, s.currency FROM unlisted_line u JOIN sale s ON s.entry_no = u.entry_no
       WHERE u.tenant_no = $1 AND ($5::text IS NULL OR u.code = $5) AND NOT EXISTS (SELECT 1 FROM entity e WHERE e.tenant_no = $1 AND e.key = u.code AND e.type IN ($2, $3) AND e.alive)
     )
     SELECT code, sum(quantity)::bigint AS pieces, count(DISTINCT entry_no) FILTER (WHERE quantity > 0) AS sales,
       array_agg(DISTINCT store ORDER BY store) AS stores, min(at_ms) AS "firstAtMs", max(at_ms) AS "lastAtMs",
       (array_agg(json_build_object('device', device, 'epoch', epoch, 'seq', seq, 'sku', sku, 'quantity', quantity, 'amountMinor', amount_minor,
          'currency', currency) ORDER BY at_ms DESC, entry_no DESC))[1] AS last
     FROM open GROUP BY code ORDER BY sales DESC, max(at_ms) DESC, code LIMIT $4`,
    [tenantNo, ENTITY_TYPES.item.type, ENTITY_TYPES.code.type, limit, code ?? null],
  );
  const soldAs = await readSoldAs(database, tenantNo, [...new Set(rows.map(({ last }) => last.sku))]);
  return rows.map(({ last, ...row }) => {
    const { unit = null, ...facts } = soldAs.get(last.sku) ?? { name: null, taxClass: null, department: null };
    const isEven = unit === 'piece' && last.quantity > 0 && last.amountMinor > 0 && last.amountMinor % last.quantity === 0;
    return {
      ...row,
      last: { ...last, ...facts, minorDigits: minorDigitsOf(last.currency), unitMinor: isEven ? last.amountMinor / last.quantity : null },
    };
  });
}

interface SoldAs {
  readonly name: string | null;
  readonly taxClass: string | null;
  readonly department: string | null;
  readonly unit?: string | null;
}

/** Of the items under which departments sell what is not listed. */
async function readSoldAs(database: Database, tenantNo: number, skus: readonly string[]): Promise<ReadonlyMap<string, SoldAs>> {
  const rows = await database.rows<SoldAs & { readonly sku: string }>(
    `WITH seller AS MATERIALIZED (
       SELECT key AS department, fields ->> '2' AS sku FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.department.type} AND alive)
     SELECT DISTINCT ON (key) key AS sku, fields ->> '1' AS name, fields ->> '4' AS "taxClass", fields ->> '5' AS unit,
       (SELECT min(department) FROM seller WHERE seller.sku = e.key) AS department
     FROM entity e WHERE e.tenant_no = $1 AND e.type = ${ENTITY_TYPES.item.type} AND e.alive AND e.key = ANY($2) ORDER BY key, scope`,
    [tenantNo, skus],
  );
  return new Map(rows.map(({ sku, ...facts }) => [sku, facts]));
}
