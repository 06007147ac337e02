/** An article as it lies in the catalogue: an item, codes, prices and values of attributes, each under any number of scopes. */
import { createHash } from 'node:crypto';

import { attributeKeyPrefix, ENTITY_TYPES, parseAttributeValueKey, priceKeyPrefix } from '@holdfast/domain';

import type { FieldValue } from '../catalog/changes.ts';
import type { Queries } from '../db/database.ts';
import { mergedOf, type ReadPlace } from './merged-entities.ts';

export type Named = Readonly<Record<string, FieldValue>>;

const { item, code: codeType, price: priceType, attributeValue: valueType } = ENTITY_TYPES;
/** Beyond every text with the same beginning. */
const AFTER_ALL = '\u{10FFFF}';

export interface Layer {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Named;
}

export const named = (columns: typeof item.columns | typeof codeType.columns | typeof priceType.columns, fields: Named): Named =>
  Object.fromEntries(
    columns.flatMap(({ name, number }) => (Object.hasOwn(fields, String(number)) ? [[name, fields[String(number)] ?? null]] : [])),
  );

/** What a code's own layer says of how many pieces it stands for; undefined where it says nothing: one, or what a broader layer says. */
export function unitsOf(fields: Named): number | undefined {
  const { units } = named(codeType.columns, fields);
  return typeof units === 'number' ? units : undefined;
}

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
       UNION ALL SELECT sku, ${priceType.type}, low, high FROM unnest($2::text[], $3::text[], $4::text[]) AS of (sku, low, high)
       UNION ALL SELECT sku, ${valueType.type}, low, high FROM unnest($2::text[], $5::text[], $6::text[]) AS of (sku, low, high)) AS asked
     CROSS JOIN LATERAL (
       SELECT type, key, scope, fields FROM entity WHERE asked.high IS NULL AND tenant_no = $1 AND key = asked.low COLLATE "C" AND type = asked.type AND alive
       UNION ALL SELECT type, key, scope, fields FROM entity
         WHERE asked.high IS NOT NULL AND tenant_no = $1 AND key >= asked.low COLLATE "C" AND key < asked.high COLLATE "C" AND type = asked.type AND alive
       OFFSET 0) AS layer ORDER BY layer.type, layer.key, layer.scope`,
    [
      tenantNo,
      skus,
      skus.map(priceKeyPrefix),
      skus.map((sku) => priceKeyPrefix(sku) + AFTER_ALL),
      skus.map(attributeKeyPrefix),
      skus.map((sku) => attributeKeyPrefix(sku) + AFTER_ALL),
    ],
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

/** By the codes of their attributes, as the place reads them: the narrowest scope that has one says it. */
export function attributesAt(layers: readonly Layer[], { scopes }: Pick<ReadPlace, 'scopes'>): Readonly<Record<string, string>> {
  const values = layers
    .filter(({ type, scope }) => type === valueType.type && scopes.includes(scope))
    .toSorted((left, right) => scopes.indexOf(left.scope) - scopes.indexOf(right.scope));
  return Object.fromEntries(
    values.flatMap(({ key, fields }): readonly (readonly [string, string])[] => {
      const code = parseAttributeValueKey(key)?.code;
      return code === undefined || typeof fields['1'] !== 'string' ? [] : [[code, fields['1']]];
    }),
  );
}
