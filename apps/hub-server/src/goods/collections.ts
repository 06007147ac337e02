/**
 * Collections: what headquarters put together across departments and brands, for promotions and for themselves. A collection is what it is called, and the articles that carry its name; both
 * are written in one publication. They hold everywhere: of what a store has of its own nothing is in one.
 */
import { createHash } from 'node:crypto';

import { err, ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES } from '@holdfast/domain';

import { changesToRows, type EntityChange, type EntityRow } from '../catalog/changes.ts';
import { type PreviewGroup, previewChanges } from '../catalog/preview.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { listStores } from '../enrolment/stores.ts';

export const MAX_COLLECTION_PRODUCTS = 10_000;

export interface Collection {
  readonly collection: string;
  readonly title: string;
  readonly description: string | null;
  /** SKUs, in their order. */
  readonly products: readonly string[];
  /** Another one once anything of it is. */
  readonly version: string;
}

export interface CollectionRow extends Omit<Collection, 'products' | 'version'> {
  /** How many articles carry its name. */
  readonly size: number;
}

export interface CollectionWish {
  readonly collection: string;
  readonly mode: 'create' | 'replace' | 'patch' | 'remove';
  readonly title?: string | undefined;
  /** Null clears it. */
  readonly description?: string | null | undefined;
  /** All that it shall hold; absent: what it holds, with `add` and without `remove`. */
  readonly products?: readonly string[] | undefined;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly version?: string | undefined;
  readonly by: string;
}

export type CollectionError =
  | { readonly type: 'unknownCollection' }
  | { readonly type: 'collectionExists' }
  | { readonly type: 'changedSince' }
  | { readonly type: 'unknownGoods'; readonly sku: string }
  | { readonly type: 'badCollection'; readonly reason: string };

export interface CollectionPorts {
  readonly database: Database;
  readonly tenantNo: number;
}

/** What its publication says it was for. */
const SOURCES: Readonly<Record<CollectionWish['mode'], string>> = {
  create: 'collection made',
  replace: 'collection written anew',
  patch: 'collection changed',
  remove: 'collection removed',
};
const { collection: type, item } = ENTITY_TYPES;

const membersOf = async (queries: Queries, tenantNo: number, collection: string): Promise<readonly string[]> => {
  const rows = await queries.rows<{ sku: string }>(`SELECT sku FROM goods_of_collection($1, $2, '{global}', '', $3)`, [
    tenantNo,
    collection,
    MAX_COLLECTION_PRODUCTS + 1,
  ]);
  return rows.map(({ sku }) => sku);
};

/** Undefined where nobody made it. */
export async function readCollection(
  { database, tenantNo }: { readonly database: Queries; readonly tenantNo: number },
  collection: string,
): Promise<Collection | undefined> {
  const [held] = await database.rows<{ title: string; description: string | null }>(
    `SELECT fields ->> '1' AS title, fields ->> '2' AS description FROM entity
     WHERE tenant_no = $1 AND type = ${type.type} AND key = $2 AND scope = 'global' AND alive`,
    [tenantNo, collection],
  );
  if (held === undefined) return undefined;
  const products = await membersOf(database, tenantNo, collection);
  const version = createHash('sha256')
    .update(JSON.stringify([held, products]))
    .digest('base64url')
    .slice(0, 22);
  return { collection, ...held, products, version };
}

/** In the order of their names, from behind `after` on; of `prefix`, those whose names begin so. */
export async function listCollections(
  { database, tenantNo }: CollectionPorts,
  { prefix = '', after = '', limit }: { readonly prefix?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly collections: readonly CollectionRow[]; readonly next: string | null }> {
  const rows = await database.rows<CollectionRow>(
    `SELECT key AS collection, fields ->> '1' AS title, fields ->> '2' AS description,
       (SELECT count(*)::int FROM goods_of_collection($1, key, '{global}', '', $5)) AS size
     FROM entity WHERE tenant_no = $1 AND type = ${type.type} AND scope = 'global' AND alive AND key > $2 AND starts_with(key, $3)
     ORDER BY key LIMIT $4`,
    [tenantNo, after, prefix, limit + 1, MAX_COLLECTION_PRODUCTS],
  );
  const collections = rows.slice(0, limit);
  return { collections, next: rows.length > limit ? (collections.at(-1)?.collection ?? null) : null };
}

/** What it would be for each store; nothing is published. */
export async function previewCollection(
  ports: CollectionPorts,
  wish: CollectionWish,
): Promise<Result<readonly PreviewGroup[], CollectionError>> {
  const { database, tenantNo } = ports;
  const planned = await plan(ports, wish);
  return planned.ok ? ok(await previewChanges(database, tenantNo, planned.value, await listStores(database, tenantNo))) : planned;
}

export async function writeCollection(
  catalog: Catalog,
  { database, tenantNo }: CollectionPorts,
  wish: CollectionWish,
): Promise<Result<Published, CollectionError>> {
  const written = await database.transaction(async (tx): Promise<Result<Published, CollectionError>> => {
    // The sequencer first: what is compared is what stands when it is written.
    const publication = await catalog.open(tx, SOURCES[wish.mode]);
    const planned = await plan({ database: tx, tenantNo }, wish);
    if (!planned.ok) return planned;
    await publication.put(planned.value);
    return ok(await publication.finish({ by: wish.by }));
  });
  if (written.ok) catalog.announce(written.value);
  return written;
}

async function plan(
  at: { readonly database: Queries; readonly tenantNo: number },
  wish: CollectionWish,
): Promise<Result<readonly EntityRow[], CollectionError>> {
  const { collection, mode } = wish;
  const held = await readCollection(at, collection);
  if (mode === 'create' ? held !== undefined : held === undefined && mode !== 'replace')
    return err({ type: held === undefined ? 'unknownCollection' : 'collectionExists' });
  if (wish.version !== undefined && wish.version !== held?.version) return err({ type: 'changedSince' });
  const members = new Set(held?.products ?? (await membersOf(at.database, at.tenantNo, collection)));
  const wanted = mode === 'remove' ? new Set<string>() : wantedOf(wish, members);
  if (Math.max(wanted.size, members.size) > MAX_COLLECTION_PRODUCTS)
    return err({ type: 'badCollection', reason: `A collection holds at most ${MAX_COLLECTION_PRODUCTS} articles` });
  const moved = await itemChanges(at, collection, { members, wanted });
  if (!moved.ok) return moved;
  const own: EntityChange = {
    type: type.name,
    key: collection,
    scope: 'global',
    ...(mode === 'remove' ? { removed: true } : { fields: fieldsOf(wish, held) }),
  };
  const rows = changesToRows([own, ...moved.value]);
  return rows.ok ? rows : err({ type: 'badCollection', reason: rows.error.reason });
}

function wantedOf({ products, add = [], remove = [] }: CollectionWish, members: ReadonlySet<string>): ReadonlySet<string> {
  const wanted = new Set([...(products ?? members), ...add]);
  for (const sku of remove) wanted.delete(sku);
  return wanted;
}

/** What is not named stays in a patch, and is cleared in what is written anew; without a title it is called by its name. */
function fieldsOf({ mode, collection, title, description }: CollectionWish, held: Collection | undefined) {
  const isPatch = mode === 'patch';
  const before = held?.description ?? null;
  const told = description === undefined && isPatch ? before : (description ?? null);
  return {
    title: title ?? (isPatch ? held?.title : undefined) ?? collection,
    ...((told !== null || before !== null) && { description: told }),
  };
}

interface Move {
  readonly members: ReadonlySet<string>;
  readonly wanted: ReadonlySet<string>;
}

/** Of each article that comes in or goes out the names that it carries. */
async function itemChanges(
  { database, tenantNo }: { readonly database: Queries; readonly tenantNo: number },
  collection: string,
  { members, wanted }: Move,
): Promise<Result<readonly EntityChange[], CollectionError>> {
  const moved = [...new Set([...members, ...wanted])].filter((sku) => members.has(sku) !== wanted.has(sku));
  const rows = await database.rows<{ sku: string; names: string | null }>(
    `SELECT key AS sku, fields ->> '9' AS names FROM entity WHERE tenant_no = $1 AND type = ${item.type} AND scope = 'global' AND alive AND key = ANY($2)`,
    [tenantNo, moved],
  );
  const namesBySku = new Map(rows.map(({ sku, names }) => [sku, (names ?? '').split('\n').filter((name) => name !== '')]));
  const unknown = moved.find((sku) => !namesBySku.has(sku));
  if (unknown !== undefined) return err({ type: 'unknownGoods', sku: unknown });
  return ok(
    [...namesBySku].map(([sku, names]): EntityChange => {
      const carried = wanted.has(sku) ? [...names, collection] : names.filter((name) => name !== collection);
      return { type: item.name, key: sku, scope: 'global', fields: { collections: carried.length === 0 ? null : carried.join('\n') } };
    }),
  );
}
