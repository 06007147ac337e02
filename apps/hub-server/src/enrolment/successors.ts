/**
 * Stores that were merged into another, or closed, with the one that comes after them (SPEC: C-13): a setting under the store's own scope. Such a store keeps its id, and all that was sold and
 * counted there stays under it; its successor is asked for what it sold.
 */
import { err, ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES, SUCCESSOR_SETTING } from '@holdfast/domain';

import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';

/** Store → the one that comes after it. */
export async function readSuccessors(queries: Pick<Queries, 'rows'>, tenantNo: number): Promise<ReadonlyMap<string, string>> {
  const rows = await queries.rows<{ store: string; successor: string }>(
    `SELECT substring(e.scope FROM 7) AS store, e.fields ->> '1' AS successor FROM entity e
     WHERE e.tenant_no = $1 AND e.type = ${ENTITY_TYPES.setting.type} AND e.key = '${SUCCESSOR_SETTING}' AND e.alive AND e.scope LIKE 'store:%' AND e.fields ->> '1' <> ''`,
    [tenantNo],
  );
  return new Map(rows.map(({ store, successor }) => [store, successor]));
}

/** Those that a store comes after, however many came between. A publication may have made a circle: nobody comes after itself by one. */
export function predecessorsOf(successors: ReadonlyMap<string, string>, store: string): readonly string[] {
  const found = new Set<string>();
  for (let wanted = new Set([store]); wanted.size > 0;) {
    const before = [...successors].flatMap(([earlier, later]) =>
      wanted.has(later) && earlier !== store && !found.has(earlier) ? [earlier] : [],
    );
    for (const earlier of before) found.add(earlier);
    wanted = new Set(before);
  }
  return [...found];
}

export type SuccessorError =
  | { readonly type: 'noSuchStore'; readonly store: string }
  /** It comes before the store itself. */
  | { readonly type: 'comesBefore'; readonly store: string };

export interface SuccessorWish {
  readonly tenantNo: number;
  readonly store: string;
  /** Null: none any more; it is a store as any other. */
  readonly successor: string | null;
  readonly by: string;
}

/** Answers with the publication; of none where it is so already. */
export async function nameSuccessor(
  database: Database,
  catalog: Catalog,
  { tenantNo, store, successor, by }: SuccessorWish,
): Promise<Result<Published, SuccessorError>> {
  return database.transaction(async (tx) => {
    // Two that name each other at the same moment take turns.
    const stores = await tx.rows<{ store: string }>('SELECT store FROM store WHERE tenant_no = $1 ORDER BY store FOR UPDATE', [tenantNo]);
    for (const name of [store, ...(successor === null ? [] : [successor])])
      if (!stores.some((each) => each.store === name)) return err({ type: 'noSuchStore', store: name });
    const successors = await readSuccessors(tx, tenantNo);
    if (successor === (successors.get(store) ?? null)) return ok({ lsn: null, changed: 0 });
    if (successor !== null && (successor === store || predecessorsOf(successors, store).includes(successor)))
      return err({ type: 'comesBefore', store: successor });
    const cell = { type: ENTITY_TYPES.setting.name, key: SUCCESSOR_SETTING, scope: `store:${store}` };
    const change = successor === null ? { ...cell, removed: true as const } : { ...cell, fields: { value: successor } };
    return ok(await catalog.publishIn(tx, `successor of store ${store}`, [change], { by }));
  });
}
