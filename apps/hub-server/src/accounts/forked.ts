/** A device that two histories are known of, its disk copied or set back: to the hub both are one device, and neither speaks for the other (SPEC: I-8). */
import type { Queries } from '../db/database.ts';

/** Of a device `d`. A replica of an older build counts its branches alone. */
export const IS_FORKED = '(d.forked OR d.branches > 0)';

/** What was asked for ends so long afterwards, once its device has said again that nothing waits there. */
export const RECLAIM_AFTER_MS = 15 * 60_000;

/**
 * Of a device `d`: when it last said, for every disk that it is on, that nothing waits; 0: it did not. Of two histories that is what was said before they were known, until a person has said
 * that the device is gone, once both have settled: nothing is spent there after its last word.
 */
export const NOTHING_WAITED_AT = `CASE WHEN d.gone IS NOT NULL AND ${IS_FORKED} AND d.waiting_entries = 0 THEN coalesce(d.waiting_at_ms, 0) + ${RECLAIM_AFTER_MS}
  ELSE coalesce(d.nothing_waited_at_ms, 0) END`;

/** Of a device `d` that says at `at`, an SQL expression, whether something `waits` there: what `nothing_waited_at_ms` is then. Of two histories neither speaks for the other. */
export const nothingWaitedAt = (waits: string, at: string): string =>
  `CASE WHEN ${waits} OR ${IS_FORKED} THEN d.nothing_waited_at_ms ELSE ${at} END`;

/** What it holds rests, and it is given nothing more. */
export async function isForked(tx: Queries, device: string): Promise<boolean> {
  const rows = await tx.rows(`SELECT 1 FROM device d WHERE d.device = $1 AND ${IS_FORKED}`, [device]);
  return rows.length > 0;
}

/** For good. */
export async function markForked(tx: Queries, devices: readonly string[]): Promise<void> {
  await tx.execute('UPDATE device SET forked = true WHERE device = ANY ($1::text[])', [devices]);
}
