/**
 * Publications: whatever one transaction changes becomes visible whole, under one LSN. The tenant's row is the sequencer: its lock is
 * taken first and held until the commit, so LSNs become visible in their order and no reader ever skips one.
 *
 * Cells are conflated: an entity has one row, each of its fields a stamp. What equals the held value is not a change, and a
 * publication without changes takes no LSN: that is why importing a file twice does nothing the second time.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import { ENTITY_TYPES, PACKS_READER, ZONE_SETTING } from '@holdfast/domain';
import type { Position } from '@holdfast/sync';

import { recordPolicy, recordZone } from '../authority/policy.ts';
import type { Database, Queries } from '../db/database.ts';
import type { Urgent } from '../down/urgent.ts';
import type { HubIdentity } from '../identity.ts';
import { MOST_TOLD } from './change-log.ts';
import { changesToRows, type ChangeError, type EntityChange, type EntityRow } from './changes.ts';
import { asksForCoupons, hasDeposit, LoopFault, refuseCouponLoop, refuseDepositLoop } from './loops.ts';
import { putRows, type PlacedRow, type PutCount } from './put-rows.ts';

export interface Published {
  /** Null where nothing changed. */
  readonly lsn: number | null;
  /** Entities that were made, changed or removed. */
  readonly changed: number;
}

export interface PublishOptions {
  /** Lanes show it before whatever else is on its way to them (SPEC: D-13). */
  readonly urgent?: boolean;
  /** The lowest version of reader (`READER_VERSION`) that understands it: a lane below it keeps what it has, and says so (SPEC: D-16). */
  readonly minReader?: number | undefined;
  /** Who is told to have done it; absent: the hub itself. */
  readonly by?: string;
}

/** One of several that are made together: its rows, and how many of them differ from what is held. */
export interface SharedPublication {
  readonly source: string;
  readonly by: string;
  readonly rows: readonly EntityRow[];
  /** As its writer saw it under the lock; 0: it takes no LSN. */
  readonly changes: number;
  /** Each row is held already. */
  readonly areHeld: boolean;
}

/** Open publications, each with its own LSN, in their order: no entity is in two of them. All in the transaction that opened it; `publish` throws a `LoopFault`. */
export interface SharedTurn {
  publish(publications: readonly SharedPublication[]): Promise<readonly Published[]>;
}

/** An open publication: `put` any number of times, each entity once, then `finish`, all in the transaction that opened it; `finish` throws a `LoopFault`. */
export interface Publication {
  put(rows: readonly EntityRow[]): Promise<PutCount>;
  finish(options?: PublishOptions): Promise<Published>;
}

export interface Catalog {
  publish(source: string, changes: readonly EntityChange[], options?: PublishOptions): Promise<Result<Published, ChangeError>>;
  /** In the caller's transaction, who calls `announce` after its commit. The changes are the program's own: a bad one is a broken invariant. Throws a `LoopFault`. */
  publishIn(tx: Queries, source: string, changes: readonly EntityChange[], options?: PublishOptions): Promise<Published>;
  open(tx: Queries, source: string): Promise<Publication>;
  /** For who makes several at once: one lock and one flush for all of them. */
  openShared(tx: Queries): Promise<SharedTurn>;
  /**
   * Lists again, urgently, the prices that have come within a day of where they begin since it was done last; at most once an hour, whoever of the replicas asks (SPEC: D-15). Null where there
   * are none.
   */
  relistSoon(): Promise<number | null>;
  /** Tells devices and consoles, once it is committed. */
  announce(published: Published): void;
}

export interface CatalogPorts {
  readonly database: Database;
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly urgent: Pick<Urgent, 'seal'>;
  /** Something changed. */
  readonly onPublished: (published: Published) => void;
}

export function createCatalog(ports: CatalogPorts): Catalog {
  const open = async (tx: Queries, source: string): Promise<Publication> => openPublication(ports, tx, source);
  const publishRows = async (tx: Queries, source: string, rows: readonly EntityRow[], options?: PublishOptions): Promise<Published> => {
    const publication = await open(tx, source);
    await publication.put(rows);
    return publication.finish(options);
  };
  const announce = (published: Published): void => {
    if (published.lsn !== null) ports.onPublished(published);
  };
  return {
    open,
    openShared: async (tx) => {
      const head = await lockHead(ports, tx);
      return { publish: async (publications) => publishShared(ports, tx, head, publications) };
    },
    announce,
    relistSoon: async () => {
      const lsn = await ports.database.transaction(async (tx) => relistSoon(ports, tx));
      announce({ lsn, changed: 0 });
      return lsn;
    },
    publishIn: async (tx, source, changes, options) => {
      const rows = changesToRows(changes);
      assert(rows.ok, `publication ${source}: ${rows.ok ? '' : rows.error.reason}`);
      return publishRows(tx, source, rows.value, options);
    },
    publish: async (source, changes, options) => {
      const rows = changesToRows(changes);
      if (!rows.ok) return rows;
      try {
        const published = await ports.database.transaction(async (tx) => publishRows(tx, source, rows.value, options));
        announce(published);
        return ok(published);
      } catch (error) {
        if (error instanceof LoopFault) {
          const index = rows.value.findIndex((row) => asksForCoupons(row) || hasDeposit(row));
          return err({ type: 'badChange', index, reason: error.message });
        }
        throw error;
      }
    },
  };
}

/** The sequencer: held until the transaction ends. */
async function lockHead({ identity: { tenantNo, hubEpoch } }: Pick<CatalogPorts, 'identity'>, tx: Queries): Promise<Position> {
  const [head] = await tx.rows<{ lsn: number; history_hash: string }>(
    'SELECT lsn, history_hash FROM tenant WHERE tenant_no = $1 FOR UPDATE',
    [tenantNo],
  );
  assert(head !== undefined, 'the tenant has its row');
  return { hubEpoch, lsn: head.lsn, historyHash: head.history_hash };
}

async function openPublication(ports: CatalogPorts, tx: Queries, source: string): Promise<Publication> {
  const { tenantNo } = ports.identity;
  const before = await lockHead(ports, tx);
  const lsn = before.lsn + 1;
  const content = createHash('sha256');
  let [changed, untold] = [0, 0];
  let [asksCoupons, asksDeposits, hasPacks] = [false, false, false];
  return {
    put: async (rows) => {
      if (rows.length === 0) return { changed: 0, created: 0, createdItems: 0, touchedSkus: [] };
      const json = JSON.stringify(rows);
      content.update(json);
      const items = rows.filter((row) => row.t === ENTITY_TYPES.item.type).length;
      const count = await putRows(tx, { tenantNo, lsn, json, rows: rows.length, items });
      changed += count.changed;
      if (rows.length > MOST_TOLD) untold += count.created;
      asksCoupons ||= rows.some(asksForCoupons);
      asksDeposits ||= rows.some(hasDeposit);
      hasPacks ||= rows.some(isPack);
      if (count.changed > 0) {
        await moveStores(tx, { tenantNo, lsn }, rows);
        await recordPolicy(tx, { tenantNo, lsn }, rows);
      }
      return count;
    },
    finish: async (options = {}) => {
      if (changed === 0) return { lsn: null, changed };
      if (asksCoupons) await refuseCouponLoop(tx, tenantNo);
      if (asksDeposits) await refuseDepositLoop(tx, tenantNo, lsn);
      const { by = THE_HUB } = options;
      const minReader = hasPacks ? Math.max(options.minReader ?? 0, PACKS_READER) : options.minReader;
      const at = await appendPublication(ports, tx, before, { source, content: content.digest('hex'), minReader, by, made: untold });
      if (options.urgent === true) {
        await ports.urgent.seal(tx, before, at);
        // Segments end at heads: so none but its own is stamped with an urgent LSN.
        await appendPublication(ports, tx, at, { source: `after urgent ${source}` });
      }
      return { lsn, changed };
    },
  };
}

async function publishShared(
  ports: CatalogPorts,
  tx: Queries,
  before: Position,
  publications: readonly SharedPublication[],
): Promise<readonly Published[]> {
  const { tenantNo } = ports.identity;
  const lsn = before.lsn + 1;
  const changing = publications.filter(({ changes }) => changes > 0);
  const appended: NewPublication[] = [];
  for (const batch of batchesOf(changing)) {
    const rows = batch.flatMap((publication, n): readonly PlacedRow[] => publication.rows.map((row) => ({ ...row, n })));
    assert(!rows.some(({ t }) => !SHARED_TYPES.has(t)), 'articles alone are published together');
    const at = lsn + appended.length;
    const areHeld = batch.every((publication) => publication.areHeld);
    const put = await putRows(tx, { tenantNo, lsn: at, json: JSON.stringify(rows), rows: rows.length, items: 0, areHeld });
    assert(put.changed === batch.reduce((sum, { changes }) => sum + changes, 0), 'under the lock all is as its writer saw it');
    for (const [n, publication] of batch.entries()) {
      if (publication.rows.some(hasDeposit)) await refuseDepositLoop(tx, tenantNo, at + n);
      const { source, by } = publication;
      const content = createHash('sha256').update(JSON.stringify(publication.rows)).digest('hex');
      const minReader = publication.rows.some(isPack) ? PACKS_READER : undefined;
      appended.push({ source, by, content, minReader, made: rows.length > MOST_TOLD ? put.created : 0 });
    }
  }
  if (appended.length > 0) await appendPublications(ports, tx, before, appended);
  let next = lsn;
  return publications.map(({ changes }) => (changes === 0 ? { lsn: null, changed: 0 } : { lsn: next++, changed: changes }));
}

/** Says of a code that it stands for several: a lane that does not know that would sell one piece for a case. */
const isPack = ({ t, f }: EntityRow): boolean => t === ENTITY_TYPES.code.type && Number(f[UNITS_COLUMN] ?? 1) > 1;
const UNITS_COLUMN = '96';

/** As many as one statement tells of one by one, or one that is larger. */
function batchesOf(publications: readonly SharedPublication[]): readonly (readonly SharedPublication[])[] {
  const batches: SharedPublication[][] = [];
  let rows = MOST_TOLD;
  for (const publication of publications) {
    rows += publication.rows.length;
    if (rows <= MOST_TOLD) batches.at(-1)?.push(publication);
    else {
      batches.push([publication]);
      rows = publication.rows.length;
    }
  }
  return batches;
}

/** Of what is published in turns: nothing else hangs on them (zones, policies, coupons). */
const SHARED_TYPES: ReadonlySet<number> = new Set([
  ENTITY_TYPES.item.type,
  ENTITY_TYPES.code.type,
  ENTITY_TYPES.price.type,
  ENTITY_TYPES.attributeValue.type,
]);

/** A store stands where its setting says (SPEC: C-11); what its lanes are told of the zone that it came to follows from when that was published. */
async function moveStores(
  tx: Queries,
  { tenantNo, lsn }: { readonly tenantNo: number; readonly lsn: number },
  rows: readonly EntityRow[],
): Promise<void> {
  for (const { t, k, s, f } of rows) {
    if (t !== ENTITY_TYPES.setting.type || k !== ZONE_SETTING) continue;
    await recordZone(tx, { tenantNo, lsn, scope: s, zone: f['1'] });
    await tx.execute('UPDATE store SET zone = $3 WHERE tenant_no = $1 AND store = $2', [tenantNo, s.slice('store:'.length), f['1']]);
  }
}

const HOUR_MS = 60 * 60 * 1_000;
const DAY_MS = 24 * HOUR_MS;
const SOON = 'prices of the next day';

async function relistSoon(ports: CatalogPorts, tx: Queries): Promise<number | null> {
  const { tenantNo } = ports.identity;
  const before = await lockHead(ports, tx);
  const nowMs = ports.clock.nowMs();
  const [last] = await tx.rows<{ at: number }>(
    'SELECT published_at_ms AS at FROM publication WHERE tenant_no = $1 AND source = $2 AND published_at_ms > $3 ORDER BY lsn DESC LIMIT 1',
    [tenantNo, SOON, nowMs - DAY_MS],
  );
  if (last !== undefined && nowMs - last.at < HOUR_MS) return null;
  // Its cells keep their stamps: to whoever holds them nothing has changed.
  const listed = await tx.execute(
    `UPDATE entity SET lsn = $2 WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.price.type} AND alive AND fields ? '4'
       AND (fields ->> '4')::bigint > $3 AND (fields ->> '4')::bigint <= $4`,
    [tenantNo, before.lsn + 1, (last?.at ?? nowMs - HOUR_MS) + DAY_MS, nowMs + DAY_MS],
  );
  if (listed === 0) return null;
  const at = await appendPublication(ports, tx, before, { source: SOON, content: String(nowMs) });
  await ports.urgent.seal(tx, before, at);
  await appendPublication(ports, tx, at, { source: `after ${SOON}` });
  return at.lsn;
}

/** Who publishes what nobody asked for. */
const THE_HUB = 'hub';

interface NewPublication {
  readonly source: string;
  /** What makes its history another one. */
  readonly content?: string;
  readonly minReader?: number | undefined;
  readonly by?: string;
  /** Entities that began by it and are not told one by one. */
  readonly made?: number;
}

const appendPublication = async (
  ports: Pick<CatalogPorts, 'identity' | 'clock'>,
  tx: Queries,
  before: Position,
  publication: NewPublication,
): Promise<Position> => appendPublications(ports, tx, before, [publication]);

/** One behind the other; answers where the last one leads. */
async function appendPublications(
  { identity: { tenantNo }, clock }: Pick<CatalogPorts, 'identity' | 'clock'>,
  tx: Queries,
  before: Position,
  publications: readonly NewPublication[],
): Promise<Position> {
  let { lsn, historyHash } = before;
  const rows = publications.map(({ source, content = '', minReader = null, by = THE_HUB, made = 0 }) => {
    lsn += 1;
    historyHash = createHash('sha256').update(`holdfast publication 1\n${historyHash}\n${lsn}\n${content}`).digest('hex');
    return { l: lsn, h: historyHash, s: source, m: minReader, a: by, c: made };
  });
  await tx.execute(
    `WITH appended AS (
       INSERT INTO publication (tenant_no, lsn, history_hash, published_at_ms, source, min_reader, actor, made)
       SELECT $1, x.l, x.h, $5, x.s, x.m, x.a, x.c FROM jsonb_to_recordset($4::jsonb) AS x (l bigint, h text, s text, m integer, a text, c integer))
     UPDATE tenant SET lsn = $2, history_hash = $3 WHERE tenant_no = $1`,
    [tenantNo, lsn, historyHash, JSON.stringify(rows), clock.nowMs()],
  );
  return { hubEpoch: before.hubEpoch, lsn, historyHash };
}
