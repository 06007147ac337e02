/** Entities as a place reads them: the fields of each scope cover those of the broader ones before it (SPEC: C-8). */
import type { EntityType, Fields } from '@holdfast/domain';
import { mergeScopes, namedFields, type Scalar } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import { findStore, placesOf } from '../enrolment/stores.ts';

export interface ReadPlace {
  readonly database: Database;
  readonly tenantNo: number;
  /** Broadest first. */
  readonly scopes: readonly string[];
}

/** Of `global`, a zone or a store; undefined where there is no such store, or no store in that zone. */
export async function findPlace(database: Database, tenantNo: number, scope: string): Promise<ReadPlace | undefined> {
  if (scope === 'global') return { database, tenantNo, scopes: ['global'] };
  if (scope.startsWith('zone:')) {
    const held = await database.rows('SELECT 1 FROM store WHERE tenant_no = $1 AND zone = $2 LIMIT 1', [
      tenantNo,
      scope.slice('zone:'.length),
    ]);
    return held.length === 0 ? undefined : { database, tenantNo, scopes: ['global', scope] };
  }
  const store = await findStore(database, tenantNo, scope.slice('store:'.length));
  return store === undefined ? undefined : { database, tenantNo, scopes: placesOf(store) };
}

interface Row {
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** By key, in no order: of `keys`, or all there are of a type that has few. */
export async function readMerged(
  { database, tenantNo, scopes }: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  of: EntityType,
  keys?: readonly string[],
): Promise<ReadonlyMap<string, Fields>> {
  const rows = await database.rows<Row>(
    `SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND alive
       AND scope = ANY($3) ${keys === undefined ? '' : 'AND key = ANY($4)'}`,
    [tenantNo, of.type, scopes, ...(keys === undefined ? [] : [keys])],
  );
  const merged = new Map<string, Fields>();
  for (const [key, layers] of Map.groupBy(rows, (row) => row.key)) {
    const held = mergedOf(of, layers, scopes);
    if (held !== undefined) merged.set(key, held);
  }
  return merged;
}

/** One entity of its layers; undefined where no scope has it. */
export function mergedOf({ type, columns }: EntityType, layers: readonly Row[], scopes: readonly string[]): Fields | undefined {
  const held = mergeScopes(
    layers.map(({ key, scope, fields }) => ({ type, key, scope, fields: byNumber(fields) })),
    scopes,
  );
  return held === null ? undefined : namedFields(columns, held);
}

const byNumber = (fields: Row['fields']): ReadonlyMap<number, Scalar> =>
  new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));
