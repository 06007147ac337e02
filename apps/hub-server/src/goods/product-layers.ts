/** An article as it lies in the catalogue: an item, codes and prices, each under any number of scopes. */
import { createHash } from 'node:crypto';

import { ENTITY_TYPES, priceKeyPrefix } from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import type { Queries } from '../db/database.ts';
import { mergedOf, type ReadPlace } from './merged-entities.ts';

export type Named = Readonly<Record<string, FieldValue>>;

const { item, code: codeType, price: priceType } = ENTITY_TYPES;
/** Beyond every text with the same beginning. */
const AFTER_ALL = '\u{10FFFF}';

export interface Layer {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Named;
}

export const named = (columns: typeof item.columns | typeof priceType.columns, fields: Named): Named =>
  Object.fromEntries(
    columns.flatMap(({ name, number }) => (Object.hasOwn(fields, String(number)) ? [[name, fields[String(number)] ?? null]] : [])),
  );

/**
 * Everything of articles, under whatever scope, by their SKUs. One look-up each, by the keys: asked of the database, whose a code is would keep its index from being used (row security),
 * and each article would read the whole catalogue. OFFSET 0 keeps the planner to that, who takes the codes of one article for a thousand.
 */
export async function layersOf(
  queries: Queries,
  tenantNo: number,
  skus: readonly string[],
): Promise<ReadonlyMap<string, readonly Layer[]>> {
  const rows = await queries.rows<Layer & { readonly sku: string }>(
    `SELECT asked.sku, layer.* FROM (
       SELECT sku, ${item.type} AS type, sku AS low, NULL AS high FROM unnest($2::text[]) AS of (sku)
       UNION ALL SELECT DISTINCT sku, ${codeType.type}, code, NULL FROM codes_of_goods($1, $2::text[])
       UNION ALL SELECT sku, ${priceType.type}, low, high FROM unnest($2::text[], $3::text[], $4::text[]) AS of (sku, low, high)) AS asked
     CROSS JOIN LATERAL (
       SELECT type, key, scope, fields FROM entity WHERE asked.high IS NULL AND tenant_no = $1 AND key = asked.low COLLATE "C" AND type = asked.type AND alive
       UNION ALL SELECT type, key, scope, fields FROM entity
         WHERE asked.high IS NOT NULL AND tenant_no = $1 AND key >= asked.low COLLATE "C" AND key < asked.high COLLATE "C" AND type = asked.type AND alive
       OFFSET 0) AS layer ORDER BY layer.type, layer.key, layer.scope`,
    [tenantNo, skus, skus.map(priceKeyPrefix), skus.map((sku) => priceKeyPrefix(sku) + AFTER_ALL)],
  );
  const bySku = Map.groupBy(rows, ({ sku }) => sku);
  return new Map(
    skus.map((sku) => [
      sku,
      (bySku.get(sku) ?? [])
        .filter(({ type, fields }) => type !== codeType.type || fields['1'] === sku)
        .map(({ type, key, scope, fields }) => ({ type, key, scope, fields })),
    ]),
  );
}

export const versionOf = (layers: readonly Layer[]): string =>
  createHash('sha256').update(JSON.stringify(layers)).digest('base64url').slice(0, 22);

/** As the place reads it; undefined where no scope of it has it. */
export const fieldsAt = (layers: readonly Layer[], { scopes }: ReadPlace): Named | undefined =>
  mergedOf(
    item,
    layers.filter(({ type, scope }) => type === item.type && scopes.includes(scope)),
    scopes,
  ) as Named | undefined;
