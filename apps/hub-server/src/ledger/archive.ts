/**
 * Old entries out of the tables that today's are looked up in (SPEC: A-6): run by run, each in one row under the hash of its bytes and the hub's signature. What was folded of them stays; their bytes are
 * read through `ledger_held`, and verified as before.
 *
 * Put away are whole months that were received longer ago than is asked for, of each ledger's main line from its start: up to an entry that is set aside, or of a shift that is still open, and never an
 * epoch's last entry.
 */
import type { Clock, Verifier } from '@holdfast/base';
import { archiveMessage, bytesToHex, type ArchivedRun } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';

export interface ArchivePorts {
  readonly database: Database;
  readonly identity: Pick<HubIdentity, 'tenantNo' | 'tenant' | 'signer'>;
  readonly clock: Clock;
  /** What was received within so many days stays where it is. */
  readonly keptDays: number;
}

/** Of one run: who asks for one of its entries opens all of it. */
const RUN_ENTRIES = 500;
const RUN_BYTES = 256 * 1024;
const DAY_MS = 86_400_000;

/** The first moment of the month that was `keptDays` ago: what was received before it is of months that are over. */
function archivedBefore(nowMs: number, keptDays: number): number {
  const day = new Date(nowMs - keptDays * DAY_MS);
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1);
}

/** How many entries were put away. To be asked again and again; what fails leaves everything in its place. */
export async function archiveOld(ports: ArchivePorts): Promise<number> {
  const { database, identity, clock, keptDays } = ports;
  const beforeMs = archivedBefore(clock.nowMs(), keptDays);
  const epochs = await database.rows<{ device: string; epoch: string }>(
    'SELECT device, epoch FROM ledger_epoch WHERE tenant_no = $1 AND first_received_at_ms < $2 ORDER BY device, first_received_at_ms, epoch',
    [identity.tenantNo, beforeMs],
  );
  let count = 0;
  for (const { device, epoch } of epochs) {
    for (;;) {
      const archived = await database.transaction(async (tx) => archiveRun(ports, tx, { device, epoch, beforeMs }));
      count += archived;
      if (archived === 0) break;
    }
  }
  return count;
}

interface Asked {
  readonly device: string;
  readonly epoch: string;
  readonly beforeMs: number;
}

/** The next run of one epoch. */
async function archiveRun({ identity, clock }: ArchivePorts, tx: Queries, asked: Asked): Promise<number> {
  const { tenantNo, tenant, signer } = identity;
  const rows = await oldest(tx, tenantNo, asked);
  const taken = runOf(rows);
  const [first, last] = [taken[0], taken.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const { device, epoch } = asked;
  const [sum] = await tx.rows<{ address: Uint8Array | null }>(
    `SELECT sha256(string_agg(canonical, ''::bytea ORDER BY seq)) AS address FROM ledger_entry
     WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND branch = '' AND seq BETWEEN $4 AND $5`,
    [tenantNo, device, epoch, first.seq, last.seq],
  );
  const address = sum?.address ?? null;
  if (address === null) return 0;
  const run: ArchivedRun = {
    device,
    epoch,
    from: first.seq,
    to: last.seq,
    head: bytesToHex(last.hash),
    address: bytesToHex(address),
  };
  const [done] = await tx.rows<{ is: boolean }>('SELECT archive_entries($1, $2, $3, $4, $5, $6, $7, $8) AS is', [
    tenantNo,
    device,
    epoch,
    run.from,
    run.to,
    address,
    signer.sign(archiveMessage(tenant, run)),
    clock.nowMs(),
  ]);
  return done?.is === true ? taken.length : 0;
}

interface OldEntry {
  readonly seq: number;
  readonly store: string;
  readonly hash: Uint8Array;
  readonly size: number;
}

/** Behind what was put away before, as far as nothing stands in the way. */
async function oldest(tx: Queries, tenantNo: number, { device, epoch, beforeMs }: Asked): Promise<readonly OldEntry[]> {
  return tx.rows<OldEntry>(
    `WITH ends AS (
       SELECT least(e.head_seq,
         (SELECT min(s.first_seq) FROM shift_span s JOIN device d ON d.device = s.device
           WHERE s.tenant_no = $1 AND s.device = $2 AND s.epoch = $3 AND NOT s.branch AND s.close_seq IS NULL AND d.gone IS NULL),
         (SELECT min(l.seq) FROM set_aside a JOIN ledger_entry l ON l.entry_no = a.entry_no
           WHERE a.tenant_no = $1 AND a.device = $2 AND l.epoch = $3 AND l.branch = '')) AS below
       FROM ledger_epoch e WHERE e.tenant_no = $1 AND e.device = $2 AND e.epoch = $3
     ), next AS (
       SELECT seq, store, hash, length(canonical) AS size, received_at_ms FROM ledger_entry
       WHERE tenant_no = $1 AND device = $2 AND epoch = $3 AND branch = '' AND seq < (SELECT below FROM ends) ORDER BY seq LIMIT ${RUN_ENTRIES}
     )
     SELECT seq, store, hash, size FROM next
     WHERE seq < coalesce((SELECT min(seq) FROM next WHERE received_at_ms >= $4), ${Number.MAX_SAFE_INTEGER}) ORDER BY seq`,
    [tenantNo, device, epoch, beforeMs],
  );
}

/** Without gaps, of one store, no more bytes than a run has; one entry at least. */
function runOf(rows: readonly OldEntry[]): readonly OldEntry[] {
  let bytes = 0;
  const end = rows.findIndex(({ seq, store, size }, index) => {
    bytes += size;
    return index > 0 && (bytes > RUN_BYTES || store !== rows[0]?.store || seq !== (rows[index - 1]?.seq ?? 0) + 1);
  });
  return end === -1 ? rows : rows.slice(0, end);
}

export interface ArchiveProofPorts {
  readonly verifier: Verifier;
}

/** What of one device's archive is not what this hub once signed, in words. Its entries themselves are walked with all others. */
export async function archiveProblems(
  { verifier }: ArchiveProofPorts,
  tx: Queries,
  tenantNo: number,
  device: string,
): Promise<readonly string[]> {
  const runs = await tx.rows<ArchivedRun & { readonly signature: Uint8Array; readonly isWhole: boolean }>(
    `SELECT device, epoch, from_seq AS "from", to_seq AS "to", encode(head_hash, 'hex') AS head, encode(address, 'hex') AS address, signature,
       sha256(canonicals) = address AND sha256(substring(canonicals FROM starts[cardinality(starts)])) = head_hash AS "isWhole"
     FROM ledger_archive WHERE tenant_no = $1 AND device = $2 ORDER BY epoch, from_seq`,
    [tenantNo, device],
  );
  if (runs.length === 0) return [];
  const [hub] = await tx.rows<{ key: Uint8Array; tenant: string }>(
    'SELECT h.public_key AS key, t.tenant FROM hub h CROSS JOIN tenant t WHERE t.tenant_no = $1',
    [tenantNo],
  );
  return runs.flatMap(({ signature, isWhole, ...run }) => {
    const where = `${device} ${run.epoch} ${run.from} to ${run.to}`;
    if (!isWhole) return [`${where}: the archive does not have the hash that it is kept under`];
    const isSigned = hub !== undefined && verifier.verify(hub.key, archiveMessage(hub.tenant, run), signature);
    return isSigned ? [] : [`${where}: the archive is not signed by this hub`];
  });
}
