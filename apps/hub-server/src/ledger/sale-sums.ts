/**
 * What sales of a store came to in each quarter of an hour. The database sums them as they are folded (migration 69): here is what they must be, of the folded sales, which `verify` holds against the ledger.
 */
import type { Queries } from '../db/database.ts';

/** Of what the sums are kept in. */
export const QUARTER_HOUR_MS = 900_000;

/**
 * The sums of stores on days, as a table to join with: `$1` the tenant, `$3` the stores, `$4` the dates. Both as lists, so that each page of the table is read once: joined store by store, every
 * row of a chain's day was a page of its own.
 */
export const SUMS_OF_DAYS = `(SELECT * FROM sale_sum WHERE tenant_no = $1 AND store = ANY ($3::text[]) AND business_date = ANY ($4::text[]) OFFSET 0)`;

const MOST_NAMED = 20;

/** In words. */
export async function problemsOfSums(tx: Queries, tenantNo: number): Promise<readonly string[]> {
  const rows = await tx.rows<{ name: readonly unknown[]; kept: string | null; summed: string | null }>(
    `SELECT json_build_array(store, business_date, quarter_hour, currency, kind) AS name, k.sums AS kept, s.sums AS summed FROM
       (SELECT store, business_date, quarter_hour, currency, kind, sales || ' of ' || total_minor AS sums FROM sale_sum WHERE tenant_no = $1) AS k
     FULL JOIN
       (SELECT store, business_date, at_ms / ${QUARTER_HOUR_MS} AS quarter_hour, currency, kind, count(*) || ' of ' || sum(total_minor) AS sums
        FROM sale WHERE tenant_no = $1 AND NOT training GROUP BY 1, 2, 3, 4, 5) AS s
     USING (store, business_date, quarter_hour, currency, kind) WHERE k.sums IS DISTINCT FROM s.sums ORDER BY 1::text LIMIT ${MOST_NAMED}`,
    [tenantNo],
  );
  return rows.map(({ name, kept, summed }) => `sums of ${name.join(' ')}: kept as ${kept ?? 'none'}, the sales are ${summed ?? 'none'}`);
}
