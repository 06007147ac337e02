/**
 * What of the ledgers is held elsewhere as well (SPEC: U-22), so that a lane may forget it: what a synchronous standby has flushed, and what a backup was shown to hold by its checkpoints.
 * No setting says so: the hub looks at what its Postgres reports of its standbys. PGlite calls no fsync and has no standby: there nothing is ever safe.
 */
import type { Timers } from '@holdfast/base';
import type { Checkpoint } from '@holdfast/sync';
import type { Logger } from 'pino';

import { isOurs, lostHeads, type CheckpointPorts } from '../audit/checkpoints.ts';
import type { Database, Queries } from '../db/database.ts';

export interface SafeKeeperPorts {
  /** As its owner: what Postgres says of standbys it does not say to everybody. */
  readonly database: Database;
  readonly timers: Timers;
  readonly logger: Pick<Logger, 'warn'>;
}

export interface SafeKeeper {
  stop(): Promise<void>;
}

interface Head {
  readonly tenant_no: number;
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
}

/** Heads that were committed before this place in the write-ahead log. */
interface Pending {
  readonly lsn: string;
  readonly heads: readonly Head[];
}

const LOOK_MS = 1_000;
const MAX_HEADS = 10_000;
const SYNCHRONOUS = `SELECT max(flush_lsn) AS lsn FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')`;

export function createSafeKeeper({ database, timers, logger }: SafeKeeperPorts): SafeKeeper {
  if (database.engine !== 'postgres') return { stop: async () => undefined };
  let pending: Pending | null = null;
  let isStopping = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;

  const look = async (): Promise<void> => {
    pending ??= await readPending(database);
    if (pending === null || !(await isFlushedElsewhere(database, pending.lsn))) return;
    const { heads } = pending;
    await database.transaction(async (tx) => raiseSafe(tx, heads), { seesAll: true });
    pending = null;
  };
  const tick = (): void => {
    running = look()
      .catch((error: unknown) => logger.warn({ err: error }, 'what is held elsewhere could not be looked up; it is looked up again'))
      .finally(() => {
        if (!isStopping) cancel = timers.after(LOOK_MS, tick);
      });
  };
  tick();
  return {
    stop: async () => {
      isStopping = true;
      cancel();
      await running;
    },
  };
}

/** Null where there is no synchronous standby, or nothing new. */
async function readPending(database: Database): Promise<Pending | null> {
  const [standby] = await database.rows<{ lsn: string | null }>(SYNCHRONOUS);
  if (standby === undefined || standby.lsn === null) return null;
  const heads = await database.transaction(
    async (tx) =>
      tx.rows<Head>(`SELECT tenant_no, device, epoch, head_seq AS seq FROM ledger_epoch WHERE safe_seq < head_seq LIMIT ${MAX_HEADS}`),
    { seesAll: true },
  );
  if (heads.length === 0) return null;
  // Read after the heads: whatever was seen committed stands before it.
  const [log] = await database.rows<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  return log === undefined ? null : { lsn: log.lsn, heads };
}

async function isFlushedElsewhere(database: Database, lsn: string): Promise<boolean> {
  const [row] = await database.rows<{ is: boolean | null }>(`SELECT (${SYNCHRONOUS}) >= $1::pg_lsn AS is`, [lsn]);
  return row?.is === true;
}

async function raiseSafe(queries: Queries, heads: readonly Head[]): Promise<number> {
  return queries.execute(
    `UPDATE ledger_epoch e SET safe_seq = x.seq
     FROM jsonb_to_recordset($1::jsonb) AS x (tenant_no integer, device text, epoch text, seq bigint)
     WHERE e.tenant_no = x.tenant_no AND e.device = x.device COLLATE "C" AND e.epoch = x.epoch COLLATE "C" AND e.safe_seq < x.seq AND e.head_seq >= x.seq`,
    [JSON.stringify(heads)],
  );
}

export type BackupRefusal = { readonly type: 'neverSafe' | 'notSigned' | 'notHeld' };

/** A restored backup says by its checkpoints what it holds: gives how many epochs became safer, or why none did. */
export async function raiseByBackup(ports: CheckpointPorts, checkpoints: readonly Checkpoint[]): Promise<number | BackupRefusal> {
  const { database, identity } = ports;
  if (database.engine !== 'postgres') return { type: 'neverSafe' };
  if (!checkpoints.every((checkpoint) => isOurs(ports, checkpoint))) return { type: 'notSigned' };
  return database.transaction(async (tx) => {
    for (const checkpoint of checkpoints) if ((await lostHeads(ports, tx, checkpoint)).length > 0) return { type: 'notHeld' };
    const heads = checkpoints.flatMap(({ heads: said }) =>
      said.map(({ device, epoch, seq }) => ({ tenant_no: identity.tenantNo, device, epoch, seq })),
    );
    return raiseSafe(tx, heads);
  });
}
