/**
 * The ledger of a stolen device (SPEC: N-3, N-6). What the hub had when it was reported counts; of what comes later, the runs that a sibling countersigned, for they stood
 * before anybody knew. The rest is received and kept like any other, but not folded, until a person says that it counts.
 */
import { sameBytes } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import type { OpenPorts } from './open-batch.ts';
import { entriesOfRun } from './prepare-runs.ts';

/** Why such a run is not folded. It is no failure that trying again could mend. */
export const HELD_AS_STOLEN = 'stolen: signed after the last head that is trusted';

interface HeldRun {
  readonly run_no: number;
  readonly epoch: string;
  readonly last_seq: number;
  readonly skip: number;
  readonly branch: boolean;
  readonly frame: Uint8Array;
}

/**
 * Under the device's lock: runs that end at or before an entry which a sibling countersigned are folded like any other, and what the list trusts, where the hub lost that and gets it again (SPEC: N-20). How many those were.
 */
export async function releaseCountersigned(tx: Queries, device: string, ports: Pick<OpenPorts, 'compression' | 'hash'>): Promise<number> {
  const signed = await tx.rows<{ epoch: string; seq: number; hash: Uint8Array }>(
    `SELECT epoch, seq, hash FROM countersignature WHERE device = $1
     UNION SELECT h->>'epoch', (h->>'seq')::bigint, decode(h->>'hash', 'hex') FROM revocation, jsonb_array_elements(heads) h WHERE device = $1 AND reason = 'stolen'`,
    [device],
  );
  if (signed.length === 0) return 0;
  const runs = await tx.rows<HeldRun>(
    `SELECT run_no, epoch, first_seq + count - 1 AS last_seq, skip, branch, frame FROM ledger_run
     WHERE device = $1 AND failure = $2 AND NOT branch ORDER BY run_no`,
    [device, HELD_AS_STOLEN],
  );
  const hashBySeq = new Map(
    runs.flatMap((run) => entriesOfRun(run, ports).map(({ id, hash }) => [`${id.epoch} ${id.seq}`, hash] as const)),
  );
  const proven = signed.filter(({ epoch, seq, hash }) => {
    const held = hashBySeq.get(`${epoch} ${seq}`);
    return held !== undefined && sameBytes(held, hash);
  });
  const released = runs.filter((run) => proven.some(({ epoch, seq }) => epoch === run.epoch && run.last_seq <= seq));
  if (released.length > 0) {
    await tx.execute('UPDATE ledger_run SET failure = NULL WHERE run_no = ANY ($1::bigint[])', [
      released.map(({ run_no: runNo }) => runNo),
    ]);
  }
  return released.length;
}

/** A person has looked at what is held of a device, and says that it counts. How many entries that are. */
export async function releaseHeld(tx: Queries, device: string): Promise<number> {
  const [row] = await tx.rows<{ entries: number }>(
    `WITH released AS (UPDATE ledger_run SET failure = NULL WHERE device = $1 AND failure = $2 RETURNING count - skip AS entries)
     SELECT coalesce(sum(entries), 0)::integer AS entries FROM released`,
    [device, HELD_AS_STOLEN],
  );
  return row?.entries ?? 0;
}
