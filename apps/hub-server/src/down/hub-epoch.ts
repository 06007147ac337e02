/**
 * A hub that was restored from a backup, or failed over to a standby that lacked the last of it, learns so from a device that shows a position which it lacks (SPEC: O-11,
 * O-12). It goes on under a new epoch, so that nobody takes its new history for the old one; what was lost is a conflict, for a person to publish again. And it grants nothing
 * scarce before it has heard of everybody who may hold what it has forgotten that it granted.
 */
import { assert, type Clock, type Random } from '@holdfast/base';
import { bytesToHex, type HeldPosition, type ManifestRequest, type Position } from '@holdfast/sync';
import type { Logger } from 'pino';

import { raiseConflict } from '../authority/conflicts.ts';
import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import { NO_HISTORY, type HubIdentity } from '../identity.ts';

export interface HubEpochPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where a position stands in this hub's history. `lost`: this very hub told it, and does not hold it any more. */
export type Standing = 'held' | 'lost' | 'foreign';

export interface PlacedPosition {
  readonly standing: Standing;
  readonly head: Position;
}

/** In one snapshot with what is answered from it. */
export async function placePosition(tx: Queries, identity: HubIdentity, shown: Position): Promise<PlacedPosition> {
  const [row] = await tx.rows<{ epoch: string; lsn: number; history_hash: string; shown_hash: string | null; is_ours: boolean }>(
    `SELECT h.hub_epoch AS epoch, t.lsn, t.history_hash, p.history_hash AS shown_hash,
       (h.hub_epoch = $3 OR EXISTS (SELECT 1 FROM hub_epoch e WHERE e.parent = $3)) AS is_ours
     FROM hub h, tenant t LEFT JOIN publication p ON p.tenant_no = t.tenant_no AND p.lsn = $2 WHERE t.tenant_no = $1`,
    [identity.tenantNo, shown.lsn, shown.hubEpoch],
  );
  assert(row !== undefined, 'the hub and the tenant have their rows');
  // Another replica may have minted it.
  identity.moveTo(row.epoch);
  const head = { hubEpoch: row.epoch, lsn: row.lsn, historyHash: row.history_hash };
  const hash = shown.lsn === 0 ? NO_HISTORY : row.shown_hash;
  // The hash covers all publications up to it: where it is the same, so is all of that history, under whichever of its epochs.
  if (row.is_ours && shown.historyHash === hash && shown.lsn <= row.lsn) return { standing: 'held', head };
  return { standing: shown.hubEpoch === row.epoch && shown.lsn > 0 ? 'lost' : 'foreign', head };
}

/** The newest of what a device holds that is of this hub's history; undefined where nothing is. */
export async function newestCommon(tx: Queries, tenantNo: number, held: readonly HeldPosition[]): Promise<HeldPosition | undefined> {
  const rows = await tx.rows<HeldPosition>(
    'SELECT lsn, history_hash AS "historyHash" FROM publication WHERE tenant_no = $1 AND lsn = ANY ($2) ORDER BY lsn DESC',
    [tenantNo, held.map(({ lsn }) => lsn)],
  );
  const shown = new Set(held.map(({ lsn, historyHash }) => `${lsn} ${historyHash}`));
  return rows.find(({ lsn, historyHash }) => shown.has(`${lsn} ${historyHash}`));
}

/** Mints the next epoch, once, however many devices show what was lost. */
export async function forkFrom(
  ports: HubEpochPorts,
  logger: Pick<Logger, 'warn'>,
  device: EnrolledDevice,
  { position: shown, proof, held = [] }: Pick<ManifestRequest, 'position' | 'proof' | 'held'>,
): Promise<void> {
  const { database, identity, clock, random } = ports;
  await database.transaction(async (tx) => {
    await tx.rows('SELECT 1 FROM tenant WHERE tenant_no = $1 FOR UPDATE', [identity.tenantNo]);
    const { standing, head } = await placePosition(tx, identity, shown);
    if (standing !== 'lost') return;
    const hubEpoch = bytesToHex(random.bytes(8));
    const nowMs = clock.nowMs();
    const shared = await newestCommon(tx, identity.tenantNo, [...held, ...(proof === undefined ? [] : [proof.from])]);
    await tx.execute(
      'INSERT INTO hub_epoch (hub_epoch, parent, fork_lsn, minted_at_ms, device, shared_lsn) VALUES ($1, $2, $3, $4, $5, $6)',
      [hubEpoch, head.hubEpoch, head.lsn, nowMs, device.device, shared?.lsn ?? 0],
    );
    await tx.execute('UPDATE hub SET hub_epoch = $1', [hubEpoch]);
    await raiseConflict(tx, {
      tenantNo: identity.tenantNo,
      entryNo: null,
      store: device.store,
      type: 0,
      key: `${shown.hubEpoch} ${shown.lsn}`,
      rule: 'lostPublications',
      ours: {
        values: {},
        by: device.device,
        device: device.device,
        atMs: nowMs,
        reason: `It holds publications up to ${shown.lsn}, which this hub does not hold: publish again what they brought.`,
      },
      theirs: { values: {}, scope: 'global', lsn: head.lsn, source: 'what this hub holds', atMs: nowMs },
      raisedAtMs: nowMs,
    });
    identity.moveTo(hubEpoch);
    logger.warn(
      {
        device: device.device,
        shown: shown.lsn,
      },
      'a device holds publications that this hub has lost: it goes on in a new epoch',
    );
  });
}

/** Epochs of this hub, and up to which publication the history of each is its present one. Entries name a cut by epoch and number alone. */
export type KnownEpochs = ReadonlyMap<string, number>;

export async function knownEpochs(queries: Queries, tenantNo: number): Promise<KnownEpochs> {
  const rows = await queries.rows<{ epoch: string; upToLsn: number }>(
    `WITH RECURSIVE known AS (
       SELECT h.hub_epoch AS epoch, t.lsn AS up_to FROM hub h, tenant t WHERE t.tenant_no = $1
       UNION ALL SELECT e.parent, least(k.up_to, e.shared_lsn) FROM known k JOIN hub_epoch e ON e.hub_epoch = k.epoch)
     SELECT epoch, up_to AS "upToLsn" FROM known`,
    [tenantNo],
  );
  return new Map(rows.map(({ epoch, upToLsn }) => [epoch, upToLsn]));
}

/** The publication that a cut names, in this hub's history; null: of another history, or of what this one has lost. */
export const lsnOfCut = (known: KnownEpochs, { hubEpoch, lsn }: Pick<Position, 'hubEpoch' | 'lsn'>): number | null =>
  lsn <= (known.get(hubEpoch) ?? -1) ? lsn : null;

/** A device that stands in this epoch's history and has nothing waiting has told all that it spent and accepted. */
export async function noteSettled(database: Database, identity: HubIdentity, device: string): Promise<void> {
  await database.execute('UPDATE device SET settled_epoch = $2 WHERE device = $1 AND settled_epoch IS DISTINCT FROM $2', [
    device,
    identity.hubEpoch,
  ]);
}

/** Devices of before the present epoch that may hold what was granted and forgotten; none where nothing was ever lost. A person gave up those that are gone. */
export async function unsettledDevices(queries: Queries, tenantNo: number): Promise<readonly string[]> {
  const rows = await queries.rows<{ device: string }>(
    `SELECT d.device FROM device d, hub h JOIN hub_epoch e ON e.hub_epoch = h.hub_epoch
     WHERE d.tenant_no = $1 AND d.enrolled_at_ms <= e.minted_at_ms AND d.gone IS NULL AND d.settled_epoch IS DISTINCT FROM h.hub_epoch ORDER BY d.device`,
    [tenantNo],
  );
  return rows.map(({ device }) => device);
}
