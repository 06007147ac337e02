/**
 * Rows into the catalogue, conflated: an entity has one row, each of its fields a stamp. What equals the held value is no change; each change is told (`change-log.ts`).
 * All under the tenant's lock.
 */
import { assert } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import { isToldSql, keptSql, MOST_TOLD } from './change-log.ts';
import type { EntityRow } from './changes.ts';

export interface PutCount {
  readonly changed: number;
  /** Of those, entities that were never there before. */
  readonly created: number;
  /** Items that are new. */
  readonly createdItems: number;
  /** SKUs of older items of which something changed: the item, a code, a price. */
  readonly touchedSkus: readonly string[];
}

/** Rows under the position that their publication takes; `n` says how many publications of the same transaction stand before it. */
export type PlacedRow = EntityRow & { readonly n?: number };

export interface PutRows {
  readonly tenantNo: number;
  readonly lsn: number;
  /** An array of `PlacedRow`. */
  readonly json: string;
  readonly rows: number;
  /** Of those, items. */
  readonly items: number;
  /** Each of them is there already, as its writer saw under the lock. */
  readonly areHeld?: boolean;
}

interface CountRow {
  readonly changed: number;
  readonly created_items: number;
  readonly touched: readonly string[] | null;
}

const NONE: CountRow = { changed: 0, created_items: 0, touched: null };

const INPUT = `input AS (
  SELECT x.*, $2::bigint + coalesce(x.n, 0) AS at FROM jsonb_to_recordset($3::jsonb) AS x (t integer, k text COLLATE "C", s text COLLATE "C", f jsonb, d jsonb, r boolean, n integer))`;

/** The SKU that an entity belongs to: of an item, a code, a price or a value of an attribute. */
const SKU = `CASE type WHEN ${ENTITY_TYPES.item.type} THEN key WHEN ${ENTITY_TYPES.code.type} THEN fields ->> '1'
  WHEN ${ENTITY_TYPES.price.type} THEN split_part(key, E'\\x1f', 1) WHEN ${ENTITY_TYPES.attributeValue.type} THEN split_part(key, E'\\x1f', 1) END COLLATE "C"`;

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
  SELECT $1, x.t, 1, true, x.at, x.at, x.at, x.k, x.s, jsonb_strip_nulls(coalesce(x.d, '{}') || x.f), '{}' FROM input x
  LEFT JOIN ${HELD} ON true WHERE x.r IS NOT TRUE AND held.ctid IS NULL
  RETURNING lsn, type, key, scope, fields, ${SKU} AS sku),
told AS (
  INSERT INTO entity_change (tenant_no, lsn, type, key, scope, after)
  SELECT $1, lsn, type, key, scope, ${keptSql('type', 'fields')} FROM made WHERE $5 AND ${isToldSql('type')})
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
    lsn = x.at,
    alive = x.r IS NOT TRUE,
    generation = CASE WHEN e.alive THEN e.generation ELSE e.generation + 1 END,
    existence_lsn = CASE WHEN e.alive AND x.r IS NOT TRUE THEN e.existence_lsn ELSE x.at END,
    base_lsn = CASE WHEN e.alive AND x.r IS NOT TRUE THEN e.base_lsn ELSE x.at END,
    fields = CASE WHEN x.r THEN '{}' WHEN e.alive THEN e.fields || x.f ELSE jsonb_strip_nulls(coalesce(x.d, '{}') || x.f) END,
    stamps = CASE WHEN x.r OR NOT e.alive THEN '{}' ELSE e.stamps || (
      SELECT jsonb_object_agg(n.key, x.at) FROM jsonb_each(x.f) n WHERE coalesce(e.fields -> n.key, 'null') <> n.value) END
  FROM differing x WHERE e.ctid = x.place
  RETURNING e.type, e.key, e.fields),
told AS (
  INSERT INTO entity_change (tenant_no, lsn, type, key, scope, before, after)
  SELECT $1, at, t, k, s, ${keptSql('t', 'change.before')}, ${keptSql('t', 'change.after')} FROM differing
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

export async function putRows(tx: Queries, put: PutRows): Promise<PutCount> {
  const params = [put.tenantNo, put.lsn, put.json];
  const [made] = put.areHeld === true ? [NONE] : await tx.rows<CountRow>(INSERT_SQL, [...params, put.items, put.rows <= MOST_TOLD]);
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
