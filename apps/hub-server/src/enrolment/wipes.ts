/**
 * Devices that headquarters has erase themselves (SPEC: S-9). The order is given once and stays; the device hands over first what was not sent, names the heads of all that it had, and erases itself once the hub says that it has them.
 * From then on it counts no more, as a device that was replaced.
 */
import { err, ok, type Result } from '@holdfast/base';
import { bytesToHex, hexToBytes, signWipe, type WipeHead, type WipeOrder, type WipeReport } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { entriesOfRun, type PreparePorts } from '../ledger/prepare-runs.ts';
import { callDevices, revokeDevice, type RevokePorts } from './certificates.ts';
import type { EnrolledDevice, EnrolmentPorts } from './enrol.ts';

/** The moment of the order that counts: of the first one. It stands at once, and devices are called behind it: that waits for whoever publishes just now, and a long import takes minutes. */
export async function orderWipe(
  { database, clock }: Pick<RevokePorts, 'database' | 'clock'>,
  { device, tenantNo }: EnrolledDevice,
): Promise<number> {
  const [row] = await database.rows<{ orderedAtMs: number }>(
    `UPDATE device SET wipe_ordered_at_ms = coalesce(wipe_ordered_at_ms, $3) WHERE device = $1 AND tenant_no = $2 RETURNING wipe_ordered_at_ms AS "orderedAtMs"`,
    [device, tenantNo, clock.nowMs()],
  );
  await callDevices(database, tenantNo);
  return row?.orderedAtMs ?? 0;
}

/** Undefined where there is none for this device. */
export const wipeOrderOf = (
  { identity }: Pick<EnrolmentPorts, 'identity'>,
  { device, wipeOrderedAtMs, gone }: EnrolledDevice,
): WipeOrder | undefined =>
  wipeOrderedAtMs === null
    ? undefined
    : signWipe(identity.signer, identity.tenant, { device, orderedAtMs: wipeOrderedAtMs, isStolen: gone === 'stolen' });

export type WipeError = { readonly type: 'notOrdered' } | { readonly type: 'notHeld'; readonly heads: readonly WipeHead[] };

type WipePorts = RevokePorts & PreparePorts;

/** What the device named is here, to the last entry; it may go. Asked again it is answered alike. */
export async function takeWipeReport(
  ports: WipePorts,
  device: EnrolledDevice,
  { orderedAtMs, heads }: WipeReport,
): Promise<Result<null, WipeError>> {
  if (device.wipeOrderedAtMs === null || device.wipeOrderedAtMs !== orderedAtMs) return err({ type: 'notOrdered' });
  const missing: WipeHead[] = [];
  for (const head of heads) if (!(await isHeld(ports, device, head))) missing.push(head);
  if (missing.length > 0) return err({ type: 'notHeld', heads: missing });
  await ports.database.execute(
    `UPDATE device SET wipe_handed_over_at_ms = coalesce(wipe_handed_over_at_ms, $3), wipe_heads = coalesce(wipe_heads, $4::jsonb)
     WHERE device = $1 AND tenant_no = $2`,
    [device.device, device.tenantNo, ports.clock.nowMs(), JSON.stringify(heads)],
  );
  // Whoever was reported before stays what it was.
  await revokeDevice(ports, device.device, 'replaced');
  return ok(null);
}

/** This very entry, on the main line or as a branch, folded or not: of a copy of a disk the hub may have another history that is longer. */
async function isHeld(
  { database, ...ports }: Pick<WipePorts, 'database' | 'compression' | 'hash'>,
  { tenantNo, device }: EnrolledDevice,
  { epoch, seq, hash }: WipeHead,
): Promise<boolean> {
  const place = [tenantNo, device, epoch, seq];
  // What is not folded yet is looked at first: what is folded meanwhile is then seen below.
  const runs = await database.rows<{ frame: Uint8Array }>(
    'SELECT frame FROM ledger_run WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND first_seq <= $4 AND first_seq + count > $4',
    place,
  );
  if (
    runs.some(({ frame }) =>
      entriesOfRun({ frame, skip: 0 }, ports).some((entry) => entry.id.seq === seq && bytesToHex(entry.hash) === hash),
    )
  )
    return true;
  const held = await database.rows(
    `SELECT 1 FROM ledger_held WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND seq = $4 AND from_seq <= $4 AND to_seq >= $4 AND hash = $5 LIMIT 1`,
    [...place, hexToBytes(hash)],
  );
  return held.length > 0;
}

export interface WipeView {
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly name: string;
  readonly orderedAtMs: number;
  readonly handedOverAtMs: number | null;
}

/** The newest order first. */
export const listWipes = async (queries: Pick<Queries, 'rows'>, tenantNo: number): Promise<readonly WipeView[]> =>
  queries.rows<WipeView>(
    `SELECT device, store, lane, name, wipe_ordered_at_ms AS "orderedAtMs", wipe_handed_over_at_ms AS "handedOverAtMs"
     FROM device WHERE tenant_no = $1 AND wipe_ordered_at_ms IS NOT NULL ORDER BY wipe_ordered_at_ms DESC, device`,
    [tenantNo],
  );
