/**
 * How many entries of a device are folded, and set aside: kept beside its row, which the intake locks for each batch. Where both stood in one row, a fold waited for the batches of all of its devices, and they for its commit.
 * What builds before 0048 counted stands in the device's own row, and builds that run beside this one go on counting there: it is the sum of both.
 */
import type { Queries } from '../db/database.ts';

/** Of a device `d`. */
export const TALLY_JOIN = 'LEFT JOIN device_tally y ON y.device = d.device';
export const RECEIVED_ENTRIES = '(d.received_entries + coalesce(y.received_entries, 0))';
export const SET_ASIDE = '(d.set_aside + coalesce(y.set_aside, 0))';
/** Of a few devices `d`, without the join, for which the database reads the tallies of all. */
export const SET_ASIDE_ONE_BY_ONE = '(d.set_aside + coalesce((SELECT y.set_aside FROM device_tally y WHERE y.device = d.device), 0))';

export interface TallyChange {
  readonly tenantNo: number;
  readonly device: string;
  readonly received: number;
  readonly setAside: number;
}

/** By whoever holds the sequence; a device stands in `changes` once. */
export async function tallyDevices(tx: Queries, changes: Iterable<TallyChange>): Promise<void> {
  await tx.execute(
    `INSERT INTO device_tally AS held (device, tenant_no, received_entries, set_aside)
     SELECT x.device, x."tenantNo", x.received, x."setAside" FROM jsonb_to_recordset($1::jsonb) AS x (device text, "tenantNo" integer, received integer, "setAside" integer)
     ON CONFLICT (device) DO UPDATE SET received_entries = held.received_entries + excluded.received_entries, set_aside = held.set_aside + excluded.set_aside`,
    [JSON.stringify([...changes])],
  );
}
