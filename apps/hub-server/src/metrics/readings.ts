/** What the database says of the hub's health, in a few questions whose cost does not grow with the ledgers. */
import type { Clock } from '@holdfast/base';

import type { Database } from '../db/database.ts';

export interface StoreReading {
  readonly store: string;
  /** Those that were not revoked. */
  readonly devices: number;
  /** Since the device of it that was silent longest was heard of. */
  readonly silentMs: number;
  /** What its devices said that they still have to send. */
  readonly waitingEntries: number;
  /** Publications that the device of it that is furthest behind has not got. */
  readonly publicationsBehind: number;
}

export interface Readings {
  readonly stores: readonly StoreReading[];
  /** The number of the last entry that was folded. */
  readonly foldedEntries: number;
  /** Runs of entries that were received and not folded yet, how old the oldest is, and how many could not be folded when it was tried. */
  readonly unfolded: { readonly runs: number; readonly oldestMs: number; readonly failed: number };
  readonly setAside: number;
  readonly openExceptions: number;
  readonly openConflicts: number;
  readonly branches: number;
  readonly mails: readonly { readonly state: string; readonly count: number }[];
}

export interface ReadingPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The last sign of life of a device that holds its poke socket open here; undefined for others. */
  readonly aliveAtMs: (device: string) => number | undefined;
}

export async function takeReadings(ports: ReadingPorts): Promise<Readings> {
  const { database, tenantNo, clock } = ports;
  const nowMs = clock.nowMs();
  const [sums] = await database.rows<Omit<Readings, 'stores' | 'unfolded' | 'mails'>>(
    `SELECT (SELECT coalesce(max(entry_no), 0) FROM ledger_sequence) AS "foldedEntries",
       (SELECT count(*)::int FROM set_aside WHERE tenant_no = $1) AS "setAside",
       (SELECT count(*)::int FROM ledger_exception WHERE tenant_no = $1 AND cleared_at_ms IS NULL) AS "openExceptions",
       (SELECT count(*)::int FROM conflict WHERE tenant_no = $1 AND answered_at_ms IS NULL) AS "openConflicts",
       (SELECT coalesce(sum(greatest(branches, forked::int)), 0)::int FROM device WHERE tenant_no = $1) AS branches`,
    [tenantNo],
  );
  const [unfolded] = await database.rows<{ runs: number; oldestAtMs: number | null; failed: number }>(
    `SELECT count(*)::int AS runs, min(received_at_ms) AS "oldestAtMs", count(failure)::int AS failed FROM ledger_run WHERE tenant_no = $1`,
    [tenantNo],
  );
  const mails = await database.rows<Readings['mails'][number]>(
    'SELECT state, count(*)::int AS count FROM receipt_mail WHERE tenant_no = $1 GROUP BY state ORDER BY state',
    [tenantNo],
  );
  const { foldedEntries = 0, setAside = 0, openExceptions = 0, openConflicts = 0, branches = 0 } = sums ?? {};
  const { runs = 0, oldestAtMs = null, failed = 0 } = unfolded ?? {};
  return {
    stores: await readStores(ports, nowMs),
    foldedEntries,
    setAside,
    openExceptions,
    openConflicts,
    branches,
    unfolded: { runs, failed, oldestMs: oldestAtMs === null ? 0 : Math.max(0, nowMs - oldestAtMs) },
    mails,
  };
}

interface DeviceRow {
  readonly device: string;
  readonly store: string;
  readonly seenAtMs: number;
  readonly waitingEntries: number;
  readonly behind: number;
}

async function readStores({ database, tenantNo, aliveAtMs }: ReadingPorts, nowMs: number): Promise<readonly StoreReading[]> {
  const devices = await database.rows<DeviceRow>(
    `SELECT d.device, d.store, coalesce(d.last_seen_ms, d.enrolled_at_ms) AS "seenAtMs", d.waiting_entries AS "waitingEntries",
       greatest(t.lsn - coalesce(d.held_lsn, t.lsn), 0) AS behind
     FROM device d JOIN tenant t ON t.tenant_no = d.tenant_no WHERE d.tenant_no = $1 AND d.gone IS NULL`,
    [tenantNo],
  );
  return [...Map.groupBy(devices, ({ store }) => store)].map(([store, own]) => ({
    store,
    devices: own.length,
    silentMs: Math.max(...own.map(({ device, seenAtMs }) => Math.max(0, nowMs - Math.max(seenAtMs, aliveAtMs(device) ?? 0)))),
    waitingEntries: own.reduce((sum, { waitingEntries }) => sum + waitingEntries, 0),
    publicationsBehind: Math.max(...own.map(({ behind }) => behind)),
  }));
}
