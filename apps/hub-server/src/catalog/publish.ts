/**
 * Publications: whatever one transaction changes becomes visible whole, under one LSN. The tenant's row is the sequencer: its lock is
 * taken first and held until the commit, so LSNs become visible in their order and no reader ever skips one.
 *
 * Cells are conflated: an entity has one row, each of its fields a stamp. What equals the held value is not a change, and a
 * publication without changes takes no LSN: that is why importing a file twice does nothing the second time.
 */
import { createHash } from 'node:crypto';

import { assert, err, ok, type Clock, type Result } from '@holdfast/base';
import { ENTITY_TYPES, ZONE_SETTING } from '@holdfast/domain';
import type { Position } from '@holdfast/sync';

import { recordPolicy, recordZone } from '../authority/policy.ts';
import type { Database, Queries } from '../db/database.ts';
import type { Urgent } from '../down/urgent.ts';
import type { HubIdentity } from '../identity.ts';
import { isToldSql, keptSql, MOST_TOLD } from './change-log.ts';
import { changesToRows, type ChangeError, type EntityChange, type EntityRow } from './changes.ts';
import { asksForCoupons, hasDeposit, LoopFault, refuseCouponLoop, refuseDepositLoop } from './loops.ts';

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

export interface PutCount {
  readonly changed: number;
  /** Of those, entities that were never there before. */
  readonly created: number;
  /** Items that are new. */
  readonly createdItems: number;
  /** SKUs of older items of which something changed: the item, a code, a price. */
  readonly touchedSkus: readonly string[];
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
  readonly onPublished: (lsn: number) => void;
}

export function createCatalog(ports: CatalogPorts): Catalog {
  const open = async (tx: Queries, source: string): Promise<Publication> => openPublication(ports, tx, source);
  const publishRows = async (tx: Queries, source: string, rows: readonly EntityRow[], options?: PublishOptions): Promise<Published> => {
    const publication = await open(tx, source);
    await publication.put(rows);
    return publication.finish(options);
  };
  const announce = (published: Published): void => {
    if (published.lsn !== null) ports.onPublished(published.lsn);
  };
  return {
    open,
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

async function openPublication(ports: CatalogPorts, tx: Queries, source: string): Promise<Publication> {
  const { tenantNo } = ports.identity;
  const [head] = await tx.rows<{ lsn: number; history_hash: string }>(
    'SELECT lsn, history_hash FROM tenant WHERE tenant_no = $1 FOR UPDATE',
    [tenantNo],
  );
  assert(head !== undefined, 'the tenant has its row');
  const lsn = head.lsn + 1;
  const content = createHash('sha256');
  let [changed, untold] = [0, 0];
  let [asksCoupons, asksDeposits] = [false, false];
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
      const { hubEpoch } = ports.identity;
      const before = { hubEpoch, lsn: head.lsn, historyHash: head.history_hash };
      const { minReader, by = THE_HUB } = options;
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
  const { tenantNo, hubEpoch } = ports.identity;
  const [head] = await tx.rows<{ lsn: number; history_hash: string }>(
    'SELECT lsn, history_hash FROM tenant WHERE tenant_no = $1 FOR UPDATE',
    [tenantNo],
  );
  assert(head !== undefined, 'the tenant has its row');
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
    [tenantNo, head.lsn + 1, (last?.at ?? nowMs - HOUR_MS) + DAY_MS, nowMs + DAY_MS],
  );
  if (listed === 0) return null;
  const before = { hubEpoch, lsn: head.lsn, historyHash: head.history_hash };
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

async function appendPublication(
  ports: Pick<CatalogPorts, 'identity' | 'clock'>,
  tx: Queries,
  before: Position,
  { source, content = '', minReader, by = THE_HUB, made = 0 }: NewPublication,
): Promise<Position> {
  const { tenantNo } = ports.identity;
  const lsn = before.lsn + 1;
  const historyHash = createHash('sha256').update(`holdfast publication 1\n${before.historyHash}\n${lsn}\n${content}`).digest('hex');
  await tx.execute(
    `INSERT INTO publication (tenant_no, lsn, history_hash, published_at_ms, source, min_reader, actor, made)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenantNo, lsn, historyHash, ports.clock.nowMs(), source, minReader ?? null, by, made],
  );
  await tx.execute('UPDATE tenant SET lsn = $2, history_hash = $3 WHERE tenant_no = $1', [tenantNo, lsn, historyHash]);
  return { hubEpoch: before.hubEpoch, lsn, historyHash };
}

interface PutRows {
  readonly tenantNo: number;
  readonly lsn: number;
  /** An array of `EntityRow`. */
  readonly json: string;
  readonly rows: number;
  /** Of those, items. */
  readonly items: number;
}

interface CountRow {
  readonly changed: number;
  readonly created_items: number;
  readonly touched: readonly string[] | null;
}

const INPUT = `input AS (
  SELECT * FROM jsonb_to_recordset($3::jsonb) AS x (t integer, k text COLLATE "C", s text COLLATE "C", f jsonb, d jsonb, r boolean))`;

/** The SKU that an entity belongs to: of an item, a code or a price. */
const SKU = `CASE type WHEN ${ENTITY_TYPES.item.type} THEN key WHEN ${ENTITY_TYPES.code.type} THEN fields ->> '1'
  WHEN ${ENTITY_TYPES.price.type} THEN split_part(key, E'\\x1f', 1) END COLLATE "C"`;

/**
 * The held row of each input row, one look-up by primary key each. The LIMIT keeps the planner to that: while a large import is under way it
 * has no statistics, takes the tenant for a handful of rows and would read all of it for each batch.
 */
const HELD = `LATERAL (SELECT ctid, alive, fields FROM entity
  WHERE tenant_no = $1 AND key = x.k AND type = x.t AND scope = x.s LIMIT 1) AS held`;

/**
 * `touched` is asked by NOT IN, which is one hashed list: the planner takes what the batch made for a hundred rows, and would compare all
 * with all where a batch holds an item that is known already (120,000 rows over 17,000: 177 s in place of 26).
 */
const INSERT_SQL = `WITH ${INPUT},
made AS (
  INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
  SELECT $1, x.t, 1, true, $2, $2, $2, x.k, x.s, jsonb_strip_nulls(coalesce(x.d, '{}') || x.f), '{}' FROM input x
  LEFT JOIN ${HELD} ON true WHERE x.r IS NOT TRUE AND held.ctid IS NULL
  RETURNING type, key, scope, fields, ${SKU} AS sku),
told AS (
  INSERT INTO entity_change (tenant_no, lsn, type, key, scope, after)
  SELECT $1, $2, type, key, scope, ${keptSql('type', 'fields')} FROM made WHERE $5 AND ${isToldSql('type')})
SELECT count(*) AS changed, count(*) FILTER (WHERE type = ${ENTITY_TYPES.item.type}) AS created_items,
  (SELECT json_agg(DISTINCT sku) FROM made AS other WHERE (SELECT count(*) FROM made WHERE type = ${ENTITY_TYPES.item.type}) < $4
     AND type <> ${ENTITY_TYPES.item.type} AND sku IS NOT NULL
     AND sku NOT IN (SELECT item.sku FROM made AS item WHERE item.type = ${ENTITY_TYPES.item.type})) AS touched
FROM made`;

/** What the amount of a price counts in is told with it, whether or not it changed. */
const PRICE_UNITS = ENTITY_TYPES.price.columns
  .flatMap(({ name, number }) => (name === 'decimals' || name === 'currency' ? `'${number}'` : []))
  .join(', ');

/** A field differs where the held one (null where absent) is another. A removed entity that is written again begins its next generation. */
const UPDATE_SQL = `WITH ${INPUT},
differing AS MATERIALIZED (
  SELECT x.*, held.ctid AS place, held.alive AS was_alive, held.fields AS was FROM input x CROSS JOIN ${HELD}
  WHERE CASE WHEN x.r THEN held.alive ELSE NOT held.alive OR (
    NOT held.fields @> x.f AND EXISTS (SELECT 1 FROM jsonb_each(x.f) n WHERE coalesce(held.fields -> n.key, 'null') <> n.value)) END),
changed AS (
  UPDATE entity e SET
    lsn = $2,
    alive = x.r IS NOT TRUE,
    generation = CASE WHEN e.alive THEN e.generation ELSE e.generation + 1 END,
    existence_lsn = CASE WHEN e.alive AND x.r IS NOT TRUE THEN e.existence_lsn ELSE $2 END,
    base_lsn = CASE WHEN e.alive AND x.r IS NOT TRUE THEN e.base_lsn ELSE $2 END,
    fields = CASE WHEN x.r THEN '{}' WHEN e.alive THEN e.fields || x.f ELSE jsonb_strip_nulls(coalesce(x.d, '{}') || x.f) END,
    stamps = CASE WHEN x.r OR NOT e.alive THEN '{}' ELSE e.stamps || (
      SELECT jsonb_object_agg(n.key, $2::bigint) FROM jsonb_each(x.f) n WHERE coalesce(e.fields -> n.key, 'null') <> n.value) END
  FROM differing x WHERE e.ctid = x.place
  RETURNING e.type, e.key, e.fields),
told AS (
  INSERT INTO entity_change (tenant_no, lsn, type, key, scope, before, after)
  SELECT $1, $2, t, k, s, ${keptSql('t', 'change.before')}, ${keptSql('t', 'change.after')} FROM differing
  CROSS JOIN LATERAL (SELECT jsonb_object_agg(key, coalesce(was -> key, 'null')) AS before, jsonb_object_agg(key, coalesce(f -> key, was -> key, 'null')) AS after
    FROM (SELECT n.key FROM jsonb_each(f) n WHERE coalesce(was -> n.key, 'null') <> n.value UNION SELECT unnest(ARRAY[${PRICE_UNITS}]) WHERE t = ${ENTITY_TYPES.price.type}) AS told) AS patch
  CROSS JOIN LATERAL (SELECT
    CASE WHEN was_alive AND r THEN was WHEN was_alive THEN patch.before END AS before,
    CASE WHEN r THEN NULL WHEN was_alive THEN patch.after ELSE jsonb_strip_nulls(coalesce(d, '{}') || f) END AS after) AS change
  WHERE ${isToldSql('t')})
SELECT count(*) AS changed, 0 AS created_items, (
  SELECT json_agg(touched.sku) FROM (SELECT DISTINCT ${SKU} AS sku FROM changed) AS touched
  LEFT JOIN LATERAL (SELECT 1 AS made FROM entity WHERE tenant_no = $1 AND key = touched.sku AND type = ${ENTITY_TYPES.item.type}
    AND existence_lsn = $2 AND generation = 1 LIMIT 1) AS fresh ON true
  WHERE touched.sku IS NOT NULL AND fresh.made IS NULL) AS touched
FROM changed`;

async function putRows(tx: Queries, put: PutRows): Promise<PutCount> {
  const params = [put.tenantNo, put.lsn, put.json];
  const [made] = await tx.rows<CountRow>(INSERT_SQL, [...params, put.items, put.rows <= MOST_TOLD]);
  assert(made !== undefined, 'an aggregate has a row');
  const isAllNew = made.changed === put.rows;
  const [updated] = isAllNew ? [undefined] : await tx.rows<CountRow>(UPDATE_SQL, params);
  return {
    changed: made.changed + (updated?.changed ?? 0),
    created: made.changed,
    createdItems: made.created_items,
    touchedSkus: [...(made.touched ?? []), ...(updated?.touched ?? [])],
  };
}
