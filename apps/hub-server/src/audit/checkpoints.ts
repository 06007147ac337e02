/**
 * Checkpoints (SPEC: A-4): for each store the heads of all its ledgers, signed by the hub and handed to whoever is audited. Whoever keeps one can prove later what this hub had.
 */
import type { Clock, Verifier } from '@holdfast/base';
import { bytesToHex, hexToBytes, signCheckpoint, verifyCheckpoint, type Checkpoint, type CheckpointHead } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';

export interface CheckpointPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly verifier: Verifier;
}

/** The lanes of a store that are audited in one night share one. */
const FRESH_MS = 60 * 60 * 1_000;
/** Of a store. */
const KEPT = 100;

interface CheckpointRow {
  readonly store: string;
  readonly number: number;
  readonly atMs: number;
  readonly heads: readonly CheckpointHead[];
  readonly signature: Uint8Array;
}

const read = ({ signature, ...row }: CheckpointRow): Checkpoint => ({ ...row, signature: bytesToHex(signature) });

export async function newestCheckpoint(queries: Queries, tenantNo: number, store: string): Promise<Checkpoint | null> {
  const [row] = await queries.rows<CheckpointRow>(
    `SELECT store, number, at_ms AS "atMs", heads, signature FROM store_checkpoint WHERE tenant_no = $1 AND store = $2 ORDER BY number DESC LIMIT 1`,
    [tenantNo, store],
  );
  return row === undefined ? null : read(row);
}

/** A new one where the last is old and something came since; null for a store of which nothing is held. */
export async function currentCheckpoint(ports: CheckpointPorts, store: string, freshMs = FRESH_MS): Promise<Checkpoint | null> {
  const { database, identity, clock } = ports;
  const { tenantNo } = identity;
  return database.transaction(async (tx) => {
    // Whoever mints the next one holds the store: two of one number would say different things.
    await tx.rows('SELECT 1 FROM store WHERE tenant_no = $1 AND store = $2 FOR UPDATE', [tenantNo, store]);
    const last = await newestCheckpoint(tx, tenantNo, store);
    const atMs = clock.nowMs();
    if (last !== null && atMs - last.atMs < freshMs) return last;
    const heads = await headsOf(tx, tenantNo, store);
    if (heads.length === 0 || JSON.stringify(heads) === JSON.stringify(last?.heads.map(inOrder))) return last;
    const next = signCheckpoint(identity.signer, identity.tenant, { store, number: (last?.number ?? 0) + 1, atMs, heads });
    await tx.execute(
      'INSERT INTO store_checkpoint (tenant_no, store, number, at_ms, heads, signature) VALUES ($1, $2, $3, $4, $5::jsonb, $6)',
      [tenantNo, store, next.number, atMs, JSON.stringify(heads), hexToBytes(next.signature)],
    );
    await tx.execute('DELETE FROM store_checkpoint WHERE tenant_no = $1 AND store = $2 AND number <= $3', [
      tenantNo,
      store,
      next.number - KEPT,
    ]);
    return next;
  });
}

/** jsonb forgets in which order members came. */
const inOrder = ({ device, epoch, seq, hash }: CheckpointHead): CheckpointHead => ({ device, epoch, seq, hash });

async function headsOf(tx: Queries, tenantNo: number, store: string): Promise<readonly CheckpointHead[]> {
  const heads = await tx.rows<CheckpointHead>(
    `SELECT e.device, e.epoch, e.head_seq AS seq, encode(e.head_hash, 'hex') AS hash FROM ledger_epoch e JOIN device d ON d.device = e.device
     WHERE e.tenant_no = $1 AND d.store = $2 AND e.head_seq > 0 ORDER BY e.device, e.first_received_at_ms, e.epoch`,
    [tenantNo, store],
  );
  return heads.map(inOrder);
}

export async function allCheckpoints(ports: CheckpointPorts): Promise<readonly Checkpoint[]> {
  const stores = await ports.database.rows<{ store: string }>('SELECT store FROM store WHERE tenant_no = $1 ORDER BY store', [
    ports.identity.tenantNo,
  ]);
  const found: Checkpoint[] = [];
  for (const { store } of stores) {
    const checkpoint = await currentCheckpoint(ports, store, 0);
    if (checkpoint !== null) found.push(checkpoint);
  }
  return found;
}

export const isOurs = ({ identity, verifier }: CheckpointPorts, checkpoint: Checkpoint): boolean =>
  verifyCheckpoint(verifier, bytesToHex(identity.signer.publicKey), identity.tenant, checkpoint);

/** Which of its heads no main line has any more, by their index; none of one that this hub never signed. */
export async function lostHeads(ports: CheckpointPorts, queries: Queries, checkpoint: Checkpoint): Promise<readonly number[]> {
  if (!isOurs(ports, checkpoint)) return [];
  const rows = await queries.rows<{ i: number }>(
    `SELECT x.i FROM jsonb_to_recordset($2::jsonb) AS x (i integer, device text, epoch text, seq bigint, hash text)
     WHERE NOT EXISTS (SELECT 1 FROM ledger_held e WHERE e.tenant_no = $1 AND e.device = x.device COLLATE "C" AND e.epoch = x.epoch COLLATE "C" AND e.seq = x.seq
       AND e.from_seq <= x.seq AND e.to_seq >= x.seq AND e.branch = '' AND sha256(e.canonical) = decode(x.hash, 'hex') OFFSET 0) ORDER BY x.i`,
    [ports.identity.tenantNo, JSON.stringify(checkpoint.heads.map((head, i) => ({ i, ...head })))],
  );
  return rows.map(({ i }) => i);
}
