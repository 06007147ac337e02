/**
 * The ledger of a stolen device (SPEC: N-3, N-6). What the hub had when it was reported counts; of what comes later, the runs that a sibling countersigned, for they stood
 * before anybody knew. The rest is received and kept like any other, but not folded, until a person says that it counts.
 */
import { sameBytes } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import type { OpenPorts } from './open-batch.ts';
import { entriesOfRun } from './prepare-runs.ts';

/** Why such a run is not folded. It is no failure that trying again could mend. */
export const HELD_AS_STOLEN = 'stolen: signed after the last head that is trusted';

interface HeldRun {
  readonly epoch: string;
  readonly skip: number;
  readonly frame: Uint8Array;
}

interface Signed {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Of one device. */
const HELD = `tenant_no = $1 AND device = $2 AND failure = '${HELD_AS_STOLEN}' AND NOT branch`;

/** What siblings countersigned and what the list trusts, where something is held that it could prove: each batch of a thief asks. */
const SIGNED = `SELECT epoch, seq, hash FROM (
   SELECT epoch, seq, hash FROM countersignature WHERE tenant_no = $1 AND device = $2
   UNION SELECT h->>'epoch', (h->>'seq')::bigint, decode(h->>'hash', 'hex') FROM revocation, jsonb_array_elements(heads) h
   WHERE tenant_no = $1 AND device = $2 AND reason = 'stolen') s
 WHERE EXISTS (SELECT 1 FROM ledger_run r WHERE ${HELD} AND r.epoch = s.epoch AND r.first_seq <= s.seq AND r.first_seq + r.count - 1 <= s.seq)`;

const RUNS_WITH = `SELECT epoch, skip, frame FROM ledger_run r WHERE ${HELD} AND EXISTS (
   SELECT 1 FROM unnest($3::text[], $4::bigint[]) AS s (epoch, seq)
   WHERE s.epoch = r.epoch AND r.first_seq <= s.seq AND s.seq BETWEEN r.first_seq + r.skip AND r.first_seq + r.count - 1)`;

const RELEASE = `UPDATE ledger_run r SET failure = NULL FROM unnest($3::text[], $4::bigint[]) AS s (epoch, seq)
 WHERE ${HELD} AND r.epoch = s.epoch AND r.first_seq <= s.seq AND r.first_seq + r.count - 1 <= s.seq`;

/**
 * Under the device's lock: runs that end at or before an entry which a sibling countersigned are folded like any other, and what the list trusts, where the hub lost that and gets it again (SPEC: N-20). How many those were.
 * Of what is held only the runs are read that have such an entry: a thief who sends much holds up nobody by it.
 */
export async function releaseCountersigned(
  tx: Queries,
  { device, tenantNo }: Pick<EnrolledDevice, 'device' | 'tenantNo'>,
  ports: Pick<OpenPorts, 'compression' | 'hash'>,
): Promise<number> {
  const about = (places: readonly Signed[]) => [tenantNo, device, places.map(({ epoch }) => epoch), places.map(({ seq }) => seq)];
  const signed = await tx.rows<Signed>(SIGNED, [tenantNo, device]);
  if (signed.length === 0) return 0;
  const runs = await tx.rows<HeldRun>(RUNS_WITH, about(signed));
  const hashBySeq = new Map(
    runs.flatMap((run) => entriesOfRun(run, ports).map(({ id, hash }) => [`${id.epoch} ${id.seq}`, hash] as const)),
  );
  const proven = signed.filter(({ epoch, seq, hash }) => {
    const held = hashBySeq.get(`${epoch} ${seq}`);
    return held !== undefined && sameBytes(held, hash);
  });
  return proven.length === 0 ? 0 : tx.execute(RELEASE, about(proven));
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
