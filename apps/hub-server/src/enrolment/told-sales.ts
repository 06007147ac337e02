/**
 * What days came to whose sales are not here: devices that have many to send say it ahead of them (SPEC: D-20), by the stretch of their ledgers that these sales stand in. What is folded of that stretch is taken off, so
 * that a sale is here or told of, and never both, whatever comes late, twice or by somebody else. It is a device's word, and no sale: nothing is decided by it, and nothing else sums it.
 */
import { minorDigitsOf, readReport } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import type { EnrolledDevice } from './enrol.ts';

export interface ToldDay {
  readonly device: string;
  readonly store: string;
  readonly businessDate: string;
  readonly currency: string;
  readonly minorDigits: number;
  /** Sales, returns and what undid them, as all that is folded is counted. */
  readonly sales: number;
  readonly totalMinor: number;
  readonly toldAtMs: number;
}

/** In the transaction that keeps the report. What this report says no more is told no more; one that cannot be read says nothing. */
export async function keepToldSales(
  tx: Pick<Queries, 'execute'>,
  { tenantNo, device, store }: Pick<EnrolledDevice, 'tenantNo' | 'device' | 'store'>,
  report: string,
  atMs: number,
): Promise<void> {
  const days = readReport(report)?.waitingDays ?? [];
  const rows =
    'jsonb_to_recordset($3::jsonb) AS x (epoch text, "businessDate" text, currency text, "fromSeq" bigint, "toSeq" bigint, sales bigint, "totalMinor" bigint)';
  await tx.execute(
    `DELETE FROM told_sales t WHERE t.tenant_no = $1 AND t.device = $2
       AND NOT EXISTS (SELECT 1 FROM ${rows} WHERE x.epoch = t.epoch AND x."businessDate" = t.business_date AND x.currency = t.currency)`,
    [tenantNo, device, JSON.stringify(days)],
  );
  if (days.length === 0) return;
  await tx.execute(
    `INSERT INTO told_sales (tenant_no, device, epoch, business_date, currency, store, from_seq, to_seq, sales, total_minor, told_at_ms)
     SELECT $1, $2, x.epoch, x."businessDate", x.currency, $4, x."fromSeq", x."toSeq", x.sales, x."totalMinor", $5 FROM ${rows}
     ON CONFLICT (tenant_no, device, epoch, business_date, currency) DO UPDATE SET store = excluded.store, from_seq = excluded.from_seq, to_seq = excluded.to_seq,
       sales = excluded.sales, total_minor = excluded.total_minor, told_at_ms = excluded.told_at_ms`,
    [tenantNo, device, JSON.stringify(days), store, atMs],
  );
}

/** Of a device that had a second history nobody can say which of the two it tells of (SPEC: U-8). What was received and set aside has come, and is told of elsewhere. */
const TOLD_SQL = `SELECT t.device, t.store, t.business_date AS "businessDate", t.currency, sum(t.sales - here.sales)::bigint AS sales, sum(t.total_minor - here.total)::bigint AS "totalMinor",
    max(t.told_at_ms) AS "toldAtMs"
  FROM told_sales t JOIN device d ON d.tenant_no = t.tenant_no AND d.device = t.device
  LEFT JOIN ledger_epoch e ON e.tenant_no = t.tenant_no AND e.device = t.device AND e.epoch = t.epoch
  CROSS JOIN LATERAL (
    SELECT count(*) AS sales, coalesce(sum(s.total_minor), 0) AS total FROM sale s
    WHERE s.tenant_no = t.tenant_no AND s.business_date = t.business_date AND s.store = t.store AND s.device = t.device AND s.epoch = t.epoch
      AND s.seq > t.from_seq AND s.seq <= t.to_seq AND s.currency = t.currency AND NOT s.training OFFSET 0) AS here
  WHERE t.tenant_no = $1 AND d.branches = 0 AND t.sales > here.sales
    AND (e.head_seq IS NULL OR e.head_seq < t.to_seq OR EXISTS (SELECT 1 FROM ledger_run r WHERE r.tenant_no = t.tenant_no AND r.device = t.device AND r.epoch = t.epoch))`;
const IN_DAYS = 'GROUP BY t.device, t.store, t.business_date, t.currency ORDER BY t.business_date, t.currency, t.store, t.device';

type Row = Omit<ToldDay, 'minorDigits'>;

const withDigits = (row: Row): ToldDay => ({ ...row, minorDigits: minorDigitsOf(row.currency) });

/** Of one device, whatever became of it: of a lane that is gone it is the last that is known. */
export async function toldSalesOf(
  queries: Pick<Queries, 'rows'>,
  { tenantNo, device }: Pick<EnrolledDevice, 'tenantNo' | 'device'>,
): Promise<readonly ToldDay[]> {
  return (await queries.rows<Row>(`${TOLD_SQL} AND t.device = $2 ${IN_DAYS}`, [tenantNo, device])).map(withDigits);
}

/** Of those that are expected to send them, on each store's day. */
export async function toldSalesOn(
  queries: Pick<Queries, 'rows'>,
  tenantNo: number,
  days: readonly { readonly store: string; readonly date: string }[],
): Promise<readonly ToldDay[]> {
  const rows = await queries.rows<Row>(
    `${TOLD_SQL} AND d.gone IS NULL
       AND (t.business_date, t.store) IN (SELECT x.date, x.store FROM jsonb_to_recordset($2::jsonb) AS x (store text, date text)) ${IN_DAYS}`,
    [tenantNo, JSON.stringify(days)],
  );
  return rows.map(withDigits);
}
