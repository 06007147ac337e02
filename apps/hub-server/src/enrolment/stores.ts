/**
 * Stores. What a store is called, where it stands and what it counts in are settings, for its lanes and for headquarters alike: its row holds
 * them as they were when it was made, and they count as they are published now, whatever publication changed them.
 */
import { err, ok, type Result } from '@holdfast/base';
import { ENTITY_TYPES, readSettings, type StoreSettings } from '@holdfast/domain';

import type { Catalog } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { store as storeTable } from '../db/schema.ts';

export interface Store {
  readonly store: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly taxInclusive: boolean;
  readonly address: string;
  /** The local hour at which its day begins; absent: 4. */
  readonly dayRollsAtHour?: number | undefined;
}

/** Those that a scope reaches: `global`, `zone:Z` or `store:S`. */
export const storesAt = <S extends Pick<Store, 'store' | 'zone'>>(stores: readonly S[], scope: string): readonly S[] =>
  stores.filter((store) => placesOf(store).includes(scope));

/** The scopes that a store reads, broadest first. */
export const placesOf = ({ store, zone }: Pick<Store, 'store' | 'zone'>): readonly string[] => ['global', `zone:${zone}`, `store:${store}`];

/** The zones and stores that a place holds: below the company all, below a zone its stores, below a store nothing. */
export function placesBelow(stores: readonly Pick<Store, 'store' | 'zone'>[], scope: string): ReadonlySet<string> {
  const below = storesAt(stores, scope).flatMap((store) => placesOf(store).slice(placesOf(store).indexOf(scope) + 1));
  return new Set(below);
}

/** What all of them have; undefined where they differ, or there are none. */
export function inCommon<S, T>(stores: readonly S[], of: (store: S) => T): T | undefined {
  const values = new Set(stores.map(of));
  return values.size === 1 ? [...values][0] : undefined;
}

export type StoreError = { readonly type: 'storeExists'; readonly store: string };

interface StoreRow extends Store {
  /** By key, of the narrowest scope; null where there is none. */
  readonly settings: Readonly<Record<string, string>> | null;
}

/** Place by place, for an index holds what each has: a question by all three at once reads the settings of all stores for each of them. Of a key the last counts. */
const STORES_SQL = `SELECT s.store, s.name, s.zone, s.currency, s.time_zone AS "timeZone", s.tax_inclusive AS "taxInclusive", s.address, held.settings
  FROM store s LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(e.key, e.fields ->> '1' ORDER BY place.breadth DESC) AS settings
    FROM (VALUES (3, 'global'), (2, 'zone:' || s.zone), (1, 'store:' || s.store)) AS place (breadth, scope)
    JOIN entity e ON e.tenant_no = s.tenant_no AND e.type = ${ENTITY_TYPES.setting.type} AND e.scope = place.scope AND e.alive) AS held ON true
  WHERE s.tenant_no = $1 AND ($2::text IS NULL OR s.store = $2) ORDER BY s.store`;

/** Where its settings mean nothing to a lane either, a store stays what it was when it was made. */
function toStore({ settings, ...made }: StoreRow): Store {
  const read = readSettings(new Map(Object.entries(settings ?? {})));
  if (!read.ok) return made;
  const { currency, timeZone, taxInclusive, storeName, storeAddress, dayRollsAtHour } = read.value.settings;
  return { ...made, dayRollsAtHour, currency, timeZone, taxInclusive, name: storeName || made.name, address: storeAddress };
}

/** People number their stores: the second stands before the tenth. */
const BY_NUMBER = new Intl.Collator('en', { numeric: true });

export async function listStores(database: Pick<Queries, 'rows'>, tenantNo: number): Promise<readonly Store[]> {
  const stores = (await database.rows<StoreRow>(STORES_SQL, [tenantNo, null])).map(toStore);
  return stores.toSorted((one, other) => BY_NUMBER.compare(one.store, other.store));
}

export async function findStore(database: Database, tenantNo: number, store: string): Promise<Store | undefined> {
  return (await database.rows<StoreRow>(STORES_SQL, [tenantNo, store])).map(toStore)[0];
}

/** As its lanes read them; undefined where there is no such store, or where they mean nothing to a lane either. */
export async function findSettings(database: Database, tenantNo: number, store: string): Promise<StoreSettings | undefined> {
  const [row] = await database.rows<StoreRow>(STORES_SQL, [tenantNo, store]);
  const read = readSettings(new Map(Object.entries(row?.settings ?? {})));
  return read.ok ? read.value.settings : undefined;
}

/** The row and its settings stand or fall together. */
export async function createStore(
  database: Database,
  catalog: Catalog,
  at: { readonly tenantNo: number; readonly nowMs: number; readonly by?: string },
  store: Store,
): Promise<Result<{ readonly lsn: number | null }, StoreError>> {
  return database.transaction(async (tx) => {
    const made = await tx.orm
      .insert(storeTable)
      .values({ tenantNo: at.tenantNo, createdAtMs: at.nowMs, ...store })
      .onConflictDoNothing()
      .returning({ store: storeTable.store });
    if (made.length === 0) return err({ type: 'storeExists', store: store.store });
    const settings: Readonly<Record<string, string>> = {
      currency: store.currency,
      taxInclusive: String(store.taxInclusive),
      timeZone: store.timeZone,
      storeName: store.name,
      storeAddress: store.address,
    };
    const published = await catalog.publishIn(
      tx,
      `store ${store.store}`,
      Object.entries(settings).map(([key, value]) => ({ type: 'setting', key, scope: `store:${store.store}`, fields: { value } })),
      at.by === undefined ? {} : { by: at.by },
    );
    return ok({ lsn: published.lsn });
  });
}
