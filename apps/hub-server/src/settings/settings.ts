/**
 * Settings as a place has them: what each says there, which scope says it (or the country, or the program), and which narrower places say something of their own. What is written under a scope is
 * judged as every store that it reaches will read it.
 */
import { assert, err, ok, type Result } from '@holdfast/base';
import { defaultsOfCountry, ENTITY_TYPES, readSettings, SETTINGS, type SettingRow, type StoreSettings } from '@holdfast/domain';

import { changesToRows, type EntityChange, type EntityRow } from '../catalog/changes.ts';
import { previewChanges, type PreviewGroup } from '../catalog/preview.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { listStores, placesBelow, placesOf, storesAt, type Store } from '../enrolment/stores.ts';
import type { ReadPlace } from '../goods/merged-entities.ts';

export interface SettingView extends SettingRow {
  /** Null: nothing says it. Of what is the hub's own it is told whether something does, never what. */
  readonly value: string | null;
  readonly isSet: boolean;
  /** The scope that says it there, `country`, or `default`; null: nothing does. */
  readonly from: string | null;
  /** What each scope of the place says, broadest first. */
  readonly layers: readonly { readonly scope: string; readonly value: string }[];
  /** Narrower places that say something else, or the same once more. */
  readonly elsewhere: readonly string[];
}

export interface SettingsOfPlace {
  readonly scope: string;
  /** What was read: `basedOn` of what is written next. */
  readonly lsn: number;
  readonly settings: readonly SettingView[];
}

export interface SettingWish {
  /** `global`, `zone:Z` or `store:S`. */
  readonly scope: string;
  /** By key; null: the scope says nothing of it any more. */
  readonly values: Readonly<Record<string, string | null>>;
}

export type SettingError =
  | { readonly type: 'unknownSetting'; readonly key: string }
  /** It would mean nothing to the lanes of that store. */
  | { readonly type: 'badSetting'; readonly key: string; readonly store: string; readonly expected: string }
  | { readonly type: 'changedSince'; readonly key: string };

export interface SettingPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly catalog: Catalog;
}

interface HeldSetting {
  readonly key: string;
  readonly scope: string;
  readonly value: string;
}

const { type } = ENTITY_TYPES.setting;

const heldSettings = async (queries: Queries, tenantNo: number): Promise<readonly HeldSetting[]> =>
  queries.rows<HeldSetting>(
    `SELECT key, scope, fields ->> '1' AS value FROM entity WHERE tenant_no = $1 AND type = ${type} AND alive AND fields ->> '1' IS NOT NULL`,
    [tenantNo],
  );

/** What the scopes say, the narrowest of each key. */
function mergedAt(held: readonly HeldSetting[], scopes: readonly string[]): ReadonlyMap<string, string> {
  const merged = new Map<string, string>();
  for (const scope of scopes) for (const setting of held) if (setting.scope === scope) merged.set(setting.key, setting.value);
  return merged;
}

export async function settingsOfPlace({ database, tenantNo, scopes }: ReadPlace): Promise<SettingsOfPlace> {
  return database.transaction(
    async (tx) => {
      const [head] = await tx.rows<{ lsn: number }>('SELECT lsn FROM tenant WHERE tenant_no = $1', [tenantNo]);
      assert(head !== undefined, 'the tenant has its row');
      const held = await heldSettings(tx, tenantNo);
      const merged = mergedAt(held, scopes);
      const country = defaultsOfCountry(merged.get('country') ?? '', merged.get('currency') ?? '');
      const below = placesBelow(await listStores(tx, tenantNo), scopes.at(-1) ?? 'global');
      const byKey = Map.groupBy(held, ({ key }) => key);
      const settings = SETTINGS.map((row) => viewOf(row, { all: byKey.get(row.key) ?? [], scopes, below, country: country?.get(row.key) }));
      return { scope: scopes.at(-1) ?? 'global', lsn: head.lsn, settings };
    },
    { readSnapshot: true },
  );
}

interface Said {
  /** Under whatever scope. */
  readonly all: readonly HeldSetting[];
  readonly scopes: readonly string[];
  readonly below: ReadonlySet<string>;
  readonly country: string | undefined;
}

function viewOf(row: SettingRow, { all, scopes, below, country }: Said): SettingView {
  const layers = scopes.flatMap((scope) => all.filter((setting) => setting.scope === scope)).map(({ scope, value }) => ({ scope, value }));
  const own = layers.at(-1);
  const from = own?.scope ?? (country !== undefined ? 'country' : row.fallback !== undefined ? 'default' : null);
  const isOwn = row.kind === 'own';
  return {
    ...row,
    value: isOwn ? null : (own?.value ?? country ?? row.fallback ?? null),
    isSet: own !== undefined,
    from,
    layers: isOwn ? [] : layers,
    elsewhere: all
      .map(({ scope }) => scope)
      .filter((scope) => below.has(scope))
      .toSorted(),
  };
}

/** What each store that it reaches would read; nothing is published. */
export async function previewSettings(
  { database, tenantNo }: Omit<SettingPorts, 'catalog'>,
  wish: SettingWish,
): Promise<Result<readonly PreviewGroup[], SettingError>> {
  const stores = await listStores(database, tenantNo);
  const planned = await plan(database, { tenantNo, wish, stores });
  if (!planned.ok) return planned;
  return ok(await previewChanges(database, tenantNo, planned.value, storesAt(stores, wish.scope)));
}

/** As a store of the place reads its settings, with `values` in place of what the place says; undefined where it has no store, or none that can be read. A store's own words do not stand over those of the place that is looked at. */
export async function settingsWith(
  { database, tenantNo, scopes }: ReadPlace,
  values: Readonly<Record<string, string | null>>,
): Promise<StoreSettings | undefined> {
  const [store] = storesAt(await listStores(database, tenantNo), scopes.at(-1) ?? 'global');
  if (store === undefined) return undefined;
  const held = await heldSettings(database, tenantNo);
  const merged = new Map([...mergedAt(held, placesOf(store)), ...mergedAt(held, scopes)]);
  for (const [key, value] of Object.entries(values)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  const read = readSettings(merged);
  return read.ok ? read.value.settings : undefined;
}

export interface PublishSettings extends SettingWish {
  readonly reason: string;
  readonly by: string;
  readonly basedOn?: number | undefined;
}

export async function publishSettings(
  { database, tenantNo, catalog }: SettingPorts,
  { reason, by, basedOn, ...wish }: PublishSettings,
): Promise<Result<Published, SettingError>> {
  const published = await database.transaction(async (tx): Promise<Result<Published, SettingError>> => {
    // The sequencer first: what is judged is what stands when it is written.
    const publication = await catalog.open(tx, reason);
    const planned = await plan(tx, { tenantNo, wish, stores: await listStores(tx, tenantNo) });
    if (!planned.ok) return planned;
    const since = basedOn === undefined ? undefined : await changedSince(tx, tenantNo, wish, basedOn);
    if (since !== undefined) return err({ type: 'changedSince', key: since });
    await publication.put(planned.value);
    return ok(await publication.finish({ by }));
  });
  if (published.ok) catalog.announce(published.value);
  return published;
}

async function changedSince(tx: Queries, tenantNo: number, { scope, values }: SettingWish, lsn: number): Promise<string | undefined> {
  const [row] = await tx.rows<{ key: string }>(
    `SELECT key FROM entity WHERE tenant_no = $1 AND type = ${type} AND scope = $2 AND key = ANY($3) AND lsn > $4 LIMIT 1`,
    [tenantNo, scope, Object.keys(values), lsn],
  );
  return row?.key;
}

interface Wanted {
  readonly tenantNo: number;
  readonly wish: SettingWish;
  readonly stores: readonly Store[];
}

async function plan(
  queries: Queries,
  { tenantNo, wish: { scope, values }, stores }: Wanted,
): Promise<Result<readonly EntityRow[], SettingError>> {
  const unknown = Object.keys(values).find((key) => !SETTINGS.some((row) => row.key === key && row.kind !== 'own'));
  if (unknown !== undefined) return err({ type: 'unknownSetting', key: unknown });
  const held = await heldSettings(queries, tenantNo);
  const after = [
    ...held.filter((setting) => setting.scope !== scope || !Object.hasOwn(values, setting.key)),
    ...Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [{ key, scope, value }])),
  ];
  for (const store of storesAt(stores, scope)) {
    const fault = newFault(mergedAt(held, placesOf(store)), mergedAt(after, placesOf(store)));
    if (fault !== undefined) return err({ type: 'badSetting', store: store.store, ...fault });
  }
  const changes = Object.entries(values).map(([key, value]): EntityChange => {
    const change = { type: ENTITY_TYPES.setting.name, key, scope };
    return value === null ? { ...change, removed: true } : { ...change, fields: { value } };
  });
  const isThere = (key: string): boolean => held.some((setting) => setting.key === key && setting.scope === scope);
  // What a scope does not say it need not stop to say.
  const rows = changesToRows(changes.filter(({ key, removed }) => removed !== true || isThere(key)));
  if (rows.ok) return rows;
  const { key = '' } = changes[rows.error.index] ?? {};
  return err({ type: 'badSetting', key, store: scope, expected: rows.error.reason });
}

/** What a store could not read that it could before; one fault that stands already is no reason to refuse another setting. */
function newFault(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { readonly key: string; readonly expected: string } | undefined {
  const read = readSettings(after);
  if (!read.ok) return readSettings(before).ok ? read.error.detail : undefined;
  const was = readSettings(before);
  const stood = new Set(was.ok ? was.value.faults.map(({ detail }) => `${detail.key} ${detail.value}`) : []);
  return read.value.faults.find(({ detail }) => !stood.has(`${detail.key} ${detail.value}`))?.detail;
}
