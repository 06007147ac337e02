/** What lies in a store's safe by its movements, what moved on one day, and what people found when they counted. */
import type { SafeMovement } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';

export interface SafeMovementView {
  readonly device: string;
  readonly lane: number;
  readonly epoch: string;
  readonly seq: number;
  readonly act: SafeMovement['act'];
  readonly amountMinor: number;
  /** What lay there behind it, by the movements up to that moment. */
  readonly balanceMinor: number;
  readonly countedMinor: number | null;
  readonly reference: string | null;
  readonly operator: string;
  readonly atMs: number;
}

export interface SafeView {
  /** Of all movements that are here. */
  readonly balanceMinor: number;
  /** Of the day, in the order of its moments. */
  readonly movements: readonly SafeMovementView[];
}

export interface SafeQuestion {
  readonly tenantNo: number;
  readonly store: string;
  readonly currency: string;
  readonly businessDate: string;
}

export async function readSafe(queries: Queries, { tenantNo, store, currency, businessDate }: SafeQuestion): Promise<SafeView> {
  const [sum] = await queries.rows<{ balance: string }>(
    'SELECT coalesce(sum(amount_minor), 0)::text AS balance FROM safe_movement WHERE tenant_no = $1 AND store = $2 AND currency = $3',
    [tenantNo, store, currency],
  );
  const rows = await queries.rows<Omit<SafeMovementView, 'balanceMinor'> & { balance: string }>(
    `SELECT * FROM (
       SELECT device, lane, epoch, seq, act, amount_minor AS "amountMinor", counted_minor AS "countedMinor", reference, operator, at_ms AS "atMs",
         business_date, entry_no, (sum(amount_minor) OVER (ORDER BY at_ms, entry_no))::text AS balance
       FROM safe_movement WHERE tenant_no = $1 AND store = $2 AND currency = $3
     ) AS moved WHERE business_date = $4 ORDER BY "atMs", entry_no`,
    [tenantNo, store, currency, businessDate],
  );
  const movements = rows.map(({ device, lane, epoch, seq, act, amountMinor, countedMinor, reference, operator, atMs, balance }) => ({
    device,
    lane,
    epoch,
    seq,
    act,
    amountMinor,
    balanceMinor: Number(balance),
    countedMinor,
    reference,
    operator,
    atMs,
  }));
  return { balanceMinor: Number(sum?.balance ?? 0), movements };
}
