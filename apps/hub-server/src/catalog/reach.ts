/**
 * How far a publication has come: which stores have it, which not yet, and why. A lane has what its cut has, and says how far that is each time that it asks for news: its word is what counts, not what
 * it was told.
 */
import type { Clock } from '@holdfast/base';
import { splitScope } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import { listStores, placesOf } from '../enrolment/stores.ts';

/** Silent for longer, a lane is cut off: one in contact asks every few seconds. */
const IN_CONTACT_MS = 90_000;
/** Who was told longer ago, is in contact and still has not got it does not get on with it. */
const STUCK_MS = 120_000;

export const DEVICE_REACHES = ['has', 'underWay', 'notTold', 'cutOff', 'never', 'tooOld', 'stuck'] as const;
type DeviceReach = (typeof DEVICE_REACHES)[number];

export interface ReachedDevice {
  readonly device: string;
  readonly lane: number;
  readonly name: string;
  readonly reach: DeviceReach;
  readonly lastSeenMs: number | null;
  /** Null: it has never said. */
  readonly heldLsn: number | null;
}

export interface ReachedStore {
  readonly store: string;
  readonly name: string;
  readonly zone: string;
  /** All of its lanes have it; false too where it has none. */
  readonly isReached: boolean;
  readonly devices: readonly ReachedDevice[];
}

export interface Reach {
  readonly lsn: number;
  readonly atMs: number;
  readonly source: string;
  readonly by: string | null;
  /** Of those that read something of it. */
  readonly stores: readonly ReachedStore[];
}

export interface ReachPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly aliveAtMs: (device: string) => number | undefined;
}

/** Undefined where there is no such publication. */
export async function readReach(ports: ReachPorts, lsn: number): Promise<Reach | undefined> {
  const { database, tenantNo } = ports;
  const [publication] = await database.rows<Omit<Reach, 'stores'>>(
    'SELECT lsn, published_at_ms AS "atMs", source, actor AS by FROM publication WHERE tenant_no = $1 AND lsn = $2',
    [tenantNo, lsn],
  );
  if (publication === undefined) return undefined;
  const [scopes] = (await scopesOf(database, tenantNo, [lsn])).values();
  const stores = await listReached(ports);
  const old = await neededReaders(database, tenantNo);
  const reached = stores
    .filter((store) => isConcerned(store, scopes))
    .map(({ devices, ...store }): ReachedStore => {
      const told = devices.map(({ toldLsn, toldAtMs, ...device }) => ({
        ...device,
        reach: reachOf({ ...device, toldLsn, toldAtMs }, { lsn, nowMs: ports.clock.nowMs(), readers: old }),
      }));
      return { ...store, isReached: told.length > 0 && told.every(({ reach }) => reach === 'has'), devices: told };
    });
  return { ...publication, stores: reached };
}

export interface ReachCount {
  /** Stores that read something of it and have lanes. */
  readonly stores: number;
  readonly reached: number;
}

/** Of several publications at once. */
export async function countReach(ports: ReachPorts, lsns: readonly number[]): Promise<ReadonlyMap<number, ReachCount>> {
  const stores = (await listReached(ports)).filter(({ devices }) => devices.length > 0);
  const scopes = await scopesOf(ports.database, ports.tenantNo, lsns);
  return new Map(
    lsns.map((lsn) => {
      const concerned = stores.filter((store) => isConcerned(store, scopes.get(lsn)));
      return [
        lsn,
        { stores: concerned.length, reached: concerned.filter(({ devices }) => devices.every((one) => (one.heldLsn ?? 0) >= lsn)).length },
      ];
    }),
  );
}

interface DeviceRow extends Omit<ReachedDevice, 'reach'> {
  readonly store: string;
  readonly toldLsn: number | null;
  readonly toldAtMs: number | null;
}

interface ListedStore {
  readonly store: string;
  readonly name: string;
  readonly zone: string;
  readonly devices: readonly Omit<DeviceRow, 'store'>[];
}

/** All stores with the devices that are still in use. */
async function listReached({ database, tenantNo, aliveAtMs }: ReachPorts): Promise<readonly ListedStore[]> {
  const rows = await database.rows<DeviceRow>(
    `SELECT device, store, lane, name, last_seen_ms AS "lastSeenMs", held_lsn AS "heldLsn", told_lsn AS "toldLsn", told_at_ms AS "toldAtMs"
     FROM device WHERE tenant_no = $1 AND gone IS NULL AND wipe_ordered_at_ms IS NULL ORDER BY lane, device`,
    [tenantNo],
  );
  const byStore = Map.groupBy(rows, ({ store }) => store);
  return (await listStores(database, tenantNo)).map(({ store, name, zone }) => ({
    store,
    name,
    zone,
    devices: (byStore.get(store) ?? []).map(({ store: _store, ...device }) => {
      const seenMs = Math.max(aliveAtMs(device.device) ?? 0, device.lastSeenMs ?? 0);
      return { ...device, lastSeenMs: seenMs === 0 ? null : seenMs };
    }),
  }));
}

/** Where its changes are, as far as they are told one by one; absent: anywhere. */
async function scopesOf(queries: Queries, tenantNo: number, lsns: readonly number[]): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const rows = await queries.rows<{ lsn: number; scopes: readonly string[] }>(
    `SELECT p.lsn, (SELECT json_agg(DISTINCT c.scope) FROM entity_change c WHERE c.tenant_no = $1 AND c.lsn = p.lsn) AS scopes
     FROM publication p WHERE p.tenant_no = $1 AND p.lsn = ANY($2) AND p.made = 0`,
    [tenantNo, lsns],
  );
  return new Map(
    rows.flatMap(({ lsn, scopes }) => (scopes === null ? [] : [[lsn, new Set(scopes.map((name) => splitScope(name).scope))]])),
  );
}

const isConcerned = (store: Pick<ListedStore, 'store' | 'zone'>, scopes: ReadonlySet<string> | undefined): boolean =>
  scopes === undefined || placesOf(store).some((scope) => scopes.has(scope));

/** Publications that not every version of till understands. */
async function neededReaders(queries: Queries, tenantNo: number): Promise<readonly number[]> {
  const rows = await queries.rows<{ lsn: number }>(
    'SELECT lsn FROM publication WHERE tenant_no = $1 AND min_reader IS NOT NULL ORDER BY lsn',
    [tenantNo],
  );
  return rows.map(({ lsn }) => lsn);
}

/** Exported for its test. */
function reachOf(
  { heldLsn, toldLsn, toldAtMs, lastSeenMs }: Pick<DeviceRow, 'heldLsn' | 'toldLsn' | 'toldAtMs' | 'lastSeenMs'>,
  { lsn, nowMs, readers }: { readonly lsn: number; readonly nowMs: number; readonly readers: readonly number[] },
): DeviceReach {
  if (heldLsn !== null && heldLsn >= lsn) return 'has';
  if (lastSeenMs === null) return 'never';
  if (nowMs - lastSeenMs > IN_CONTACT_MS) return 'cutOff';
  if (toldLsn === null || toldAtMs === null || toldLsn < lsn) return 'notTold';
  if (nowMs - toldAtMs <= STUCK_MS) return 'underWay';
  // What it does not understand it leaves, and all behind it.
  return readers.some((needed) => needed > (heldLsn ?? 0) && needed <= toldLsn) ? 'tooOld' : 'stuck';
}
