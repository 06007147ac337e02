/** What each store would get of changes that nobody has published yet: stores that would get the same stand together. */
import { assert } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';
import { mergeScopes, namedFields, type Scalar } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import { placesOf } from '../enrolment/stores.ts';
import { entityTypeOf, type EntityRow, type FieldValue } from './changes.ts';

type Named = Readonly<Record<string, FieldValue>>;

export interface PreviewedChange {
  readonly type: string;
  readonly key: string;
  /** As a lane of the store reads it, the fields that would differ. Null: it is not there. */
  readonly before: Named | null;
  readonly after: Named | null;
}

export interface PreviewGroup {
  readonly stores: readonly string[];
  /** Empty: what is the stores' own covers it, or they have it already. */
  readonly changes: readonly PreviewedChange[];
}

export interface Place {
  readonly store: string;
  readonly zone: string;
}

interface Layer {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Named;
}

const idOf = ({ type, key }: { readonly type: number; readonly key: string }): string => JSON.stringify([type, key]);

export async function previewChanges(
  queries: Queries,
  tenantNo: number,
  rows: readonly EntityRow[],
  places: readonly Place[],
): Promise<readonly PreviewGroup[]> {
  const held = await queries.rows<Layer>(
    `SELECT e.type, e.key, e.scope, e.fields FROM (SELECT DISTINCT t, k FROM jsonb_to_recordset($2::jsonb) AS x (t integer, k text COLLATE "C")) AS asked
     JOIN entity e ON e.tenant_no = $1 AND e.key = asked.k AND e.type = asked.t AND e.alive`,
    [tenantNo, JSON.stringify(rows.map(({ t, k }) => ({ t, k })))],
  );
  const before = Map.groupBy(held, idOf);
  const after = new Map<string, readonly Layer[]>(before);
  for (const row of rows) {
    const id = idOf({ type: row.t, key: row.k });
    after.set(id, withRow(after.get(id) ?? [], row));
  }
  const groups = new Map<string, { stores: string[]; readonly changes: readonly PreviewedChange[] }>();
  for (const { store, zone } of places) {
    const scopes = placesOf({ store, zone });
    const changes = [...after].flatMap(([id, layers]) => differenceAt(before.get(id) ?? [], layers, scopes));
    const text = JSON.stringify(changes);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { stores: [store], changes });
    else group.stores.push(store);
  }
  return [...groups.values()];
}

function withRow(layers: readonly Layer[], { t, k, s, f, d, r }: EntityRow): readonly Layer[] {
  const others = layers.filter(({ scope }) => scope !== s);
  if (r === true) return others;
  const own = layers.find(({ scope }) => scope === s);
  return [...others, { type: t, key: k, scope: s, fields: { ...(own === undefined ? d : own.fields), ...f } }];
}

function differenceAt(before: readonly Layer[], after: readonly Layer[], scopes: readonly string[]): readonly PreviewedChange[] {
  const [first] = [...before, ...after];
  if (first === undefined) return [];
  const type = entityTypeOf(first.type);
  assert(type !== undefined, `an entity of type ${first.type} is there or was judged`);
  const read = (layers: readonly Layer[]): Named | null => {
    const own = scopes.filter((scope) => layers.some((layer) => layer.scope === scope));
    const merged = mergeScopes(
      layers.map((layer) => ({ ...layer, fields: byNumber(layer.fields) })),
      // Of grants the narrowest decides whole.
      type.type === ENTITY_TYPES.roleGrant.type ? own.slice(-1) : own,
    );
    return merged === null ? null : (namedFields(type.columns, merged) as Named);
  };
  const [was, is] = [read(before), read(after)];
  const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])].filter(
    (name) => (was?.[name] ?? null) !== (is?.[name] ?? null),
  );
  if (names.length === 0 && (was === null) === (is === null)) return [];
  const only = (fields: Named | null): Named | null => fields && Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
  return [{ type: type.name, key: first.key, before: only(was), after: only(is) }];
}

const byNumber = (fields: Named): ReadonlyMap<number, Scalar> =>
  new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));
