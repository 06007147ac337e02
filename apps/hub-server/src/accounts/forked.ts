/** A device that two histories are known of, its disk copied or set back: to the hub both are one device, and neither speaks for the other (SPEC: I-8). */
import type { Queries } from '../db/database.ts';

/** Of a device `d`. A replica of an older build counts its branches alone. */
export const IS_FORKED = '(d.forked OR d.branches > 0)';

/** What was asked for ends so long afterwards, once its device has said again that nothing waits there. */
export const RECLAIM_AFTER_MS = 15 * 60_000;

/**
 * Of a device `d`: when it last said, for every disk that it is on, that nothing waits; 0: it did not. Of two histories that is what was said before they were known, until a person has said
 * that the device is gone: nothing is spent there after its last word.
 */
export const NOTHING_WAITED_AT = `CASE WHEN d.gone IS NULL AND ${IS_FORKED} THEN coalesce(d.spoke_until_ms, 0)
  WHEN d.waiting_entries > 0 THEN 0 WHEN d.gone IS NULL THEN coalesce(d.waiting_at_ms, 0) ELSE coalesce(d.waiting_at_ms, 0) + ${RECLAIM_AFTER_MS} END`;

/** What it holds rests, and it is given nothing more. */
export async function isForked(tx: Queries, device: string): Promise<boolean> {
  const rows = await tx.rows(`SELECT 1 FROM device d WHERE d.device = $1 AND ${IS_FORKED}`, [device]);
  return rows.length > 0;
}

/** For good. What was over by then stays over. */
export async function markForked(tx: Queries, devices: readonly string[]): Promise<void> {
  await tx.execute(
    `UPDATE device SET forked = true, spoke_until_ms = CASE WHEN waiting_entries = 0 THEN coalesce(waiting_at_ms, 0) ELSE 0 END
     WHERE device = ANY ($1::text[]) AND spoke_until_ms IS NULL`,
    [devices],
  );
}
