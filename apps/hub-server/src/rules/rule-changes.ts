/**
 * What a company decides of how its lanes work, beside goods and settings: tax classes, tenders, and what each role may do. A rule is an entity; each scope may say some of its fields,
 * and a lane reads them merged (a grant: the narrowest alone). What is written under a scope is judged as every store that it reaches will read it, published as one, and may be looked at first.
 */
import { assert, err, ok, type Result } from '@holdfast/base';
import type { CatalogueFault, EntityType, Fields } from '@holdfast/domain';
import { mergeScopes, namedFields, type Scalar } from '@holdfast/sync';

import { changesToRows, type EntityRow, type FieldValue } from '../catalog/changes.ts';
import { previewChanges, type PreviewGroup } from '../catalog/preview.ts';
import type { Catalog, Published } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { listStores, placesBelow, placesOf, storesAt, type Store } from '../enrolment/stores.ts';
import type { ReadPlace } from '../goods/merged-entities.ts';

export interface RuleKind {
  readonly entity: EntityType;
  /** As a lane reads it; `scope`: the narrowest that says something of it. */
  read(key: string, scope: string, fields: Fields): Result<unknown, CatalogueFault>;
  /** Whether only the narrowest scope counts, whole. */
  readonly isNarrowest?: true;
}

export interface RuleView {
  readonly key: string;
  readonly fields: Fields;
  /** The narrowest scope of the place that says something of it. */
  readonly from: string;
  readonly layers: readonly { readonly scope: string; readonly fields: Fields }[];
  /** Narrower places that say something of their own. */
  readonly elsewhere: readonly string[];
}

export interface RulesOfPlace {
  readonly scope: string;
  /** What was read: `basedOn` of what is written next. */
  readonly lsn: number;
  readonly rules: readonly RuleView[];
}

export interface RuleChange {
  readonly key: string;
  /** Fields that are not named stay as they are, null takes one away; null: the scope says nothing of it any more. */
  readonly fields: Readonly<Record<string, FieldValue>> | null;
}

export interface RuleWish {
  /** `global`, `zone:Z` or `store:S`. */
  readonly scope: string;
  readonly changes: readonly RuleChange[];
}

export type RuleError =
  /** Of what a lane of that store would read. */
  | { readonly type: 'badRule'; readonly key: string; readonly store: string; readonly reason: string }
  | { readonly type: 'noSuchRule'; readonly key: string }
  | { readonly type: 'nothingWritten' }
  | { readonly type: 'changedSince'; readonly key: string };

export interface RulePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly catalog: Catalog;
}

/** One rule at one store, before and after; absent where it is not there. */
export interface JudgedRule {
  readonly key: string;
  readonly store: Store;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

/** Why it must not be written, in words, where what a lane can read is not enough; undefined: it may. */
export type RuleJudge = (rule: JudgedRule, queries: Queries) => Promise<string | undefined> | string | undefined;

interface Layer {
  readonly key: string;
  readonly scope: string;
  readonly lsn: number;
  readonly fields: Readonly<Record<string, Scalar>>;
}

async function heldLayers(queries: Queries, tenantNo: number, { entity }: RuleKind): Promise<readonly Layer[]> {
  return queries.rows<Layer>('SELECT key, scope, lsn, fields FROM entity WHERE tenant_no = $1 AND type = $2 AND alive', [
    tenantNo,
    entity.type,
  ]);
}

const byNumber = (fields: Layer['fields']): ReadonlyMap<number, Scalar> =>
  new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));

/** As a place reads it; undefined where none of its scopes says anything. */
function readAt({ entity, isNarrowest }: RuleKind, layers: readonly Layer[], scopes: readonly string[]): Fields | undefined {
  const own = scopes.filter((scope) => layers.some((layer) => layer.scope === scope));
  const read = mergeScopes(
    layers.map((layer) => ({ ...layer, type: entity.type, fields: byNumber(layer.fields) })),
    isNarrowest === true ? own.slice(-1) : own,
  );
  return read === null ? undefined : namedFields(entity.columns, read);
}

export async function rulesOfPlace({ database, tenantNo, scopes }: ReadPlace, kind: RuleKind): Promise<RulesOfPlace> {
  return database.transaction(
    async (tx) => {
      const [head] = await tx.rows<{ lsn: number }>('SELECT lsn FROM tenant WHERE tenant_no = $1', [tenantNo]);
      assert(head !== undefined, 'the tenant has its row');
      const scope = scopes.at(-1) ?? 'global';
      const below = placesBelow(await listStores(tx, tenantNo), scope);
      const rules: RuleView[] = [];
      for (const [key, layers] of Map.groupBy(await heldLayers(tx, tenantNo, kind), (layer) => layer.key)) {
        const fields = readAt(kind, layers, scopes);
        const own = scopes.flatMap((each) => layers.filter((layer) => layer.scope === each));
        if (fields === undefined && !layers.some((layer) => below.has(layer.scope))) continue;
        rules.push({
          key,
          fields: fields ?? {},
          from: own.at(-1)?.scope ?? '',
          layers: own.map((layer) => ({ scope: layer.scope, fields: namedFields(kind.entity.columns, byNumber(layer.fields)) })),
          elsewhere: layers
            .map((layer) => layer.scope)
            .filter((each) => below.has(each))
            .toSorted(),
        });
      }
      return { scope, lsn: head.lsn, rules: rules.toSorted((one, other) => (one.key < other.key ? -1 : 1)) };
    },
    { readSnapshot: true },
  );
}

export interface RulePreview {
  readonly groups: readonly PreviewGroup[];
  readonly judged: readonly JudgedRule[];
}

/** What each store that it reaches would read; nothing is published. */
export async function previewRules(
  { database, tenantNo }: Omit<RulePorts, 'catalog'>,
  kind: RuleKind,
  wish: RuleWish,
  judge?: RuleJudge,
): Promise<Result<RulePreview, RuleError>> {
  const stores = await listStores(database, tenantNo);
  const planned = await plan(database, { tenantNo, kind, wish, stores, judge });
  if (!planned.ok) return planned;
  const { rows, judged } = planned.value;
  return ok({ judged, groups: await previewChanges(database, tenantNo, rows, storesAt(stores, wish.scope)) });
}

export interface PublishRules extends RuleWish {
  readonly reason: string;
  readonly by: string;
  readonly basedOn?: number | undefined;
}

export async function publishRules(
  { database, tenantNo, catalog }: RulePorts,
  kind: RuleKind,
  { reason, by, basedOn, ...wish }: PublishRules,
  judge?: RuleJudge,
): Promise<Result<Published, RuleError>> {
  const published = await database.transaction(async (tx): Promise<Result<Published, RuleError>> => {
    // The sequencer first: what is judged is what stands when it is written.
    const publication = await catalog.open(tx, reason);
    const planned = await plan(tx, { tenantNo, kind, wish, stores: await listStores(tx, tenantNo), judge });
    if (!planned.ok) return planned;
    const since = planned.value.held.find(
      ({ key, scope, lsn }) =>
        basedOn !== undefined && lsn > basedOn && scope === wish.scope && wish.changes.some((change) => change.key === key),
    );
    if (since !== undefined) return err({ type: 'changedSince', key: since.key });
    await publication.put(planned.value.rows);
    return ok(await publication.finish({ by }));
  });
  if (published.ok) catalog.announce(published.value);
  return published;
}

interface Wanted {
  readonly tenantNo: number;
  readonly kind: RuleKind;
  readonly wish: RuleWish;
  readonly stores: readonly Store[];
  readonly judge: RuleJudge | undefined;
}

interface Planned {
  readonly rows: readonly EntityRow[];
  readonly held: readonly Layer[];
  readonly judged: readonly JudgedRule[];
}

async function plan(queries: Queries, { tenantNo, kind, wish, stores, judge }: Wanted): Promise<Result<Planned, RuleError>> {
  const { scope, changes } = wish;
  if (changes.length === 0) return err({ type: 'nothingWritten' });
  const { entity } = kind;
  const held = await heldLayers(queries, tenantNo, kind);
  const missing = changes.find(({ key, fields }) => fields === null && !held.some((layer) => layer.key === key && layer.scope === scope));
  if (missing !== undefined) return err({ type: 'noSuchRule', key: missing.key });
  const rows = changesToRows(
    changes.map(({ key, fields }) => ({ type: entity.name, key, scope, ...(fields === null ? { removed: true } : { fields }) })),
  );
  if (!rows.ok) {
    const { key = '' } = changes[rows.error.index] ?? {};
    return err({ type: 'badRule', key, store: scope, reason: rows.error.reason });
  }
  const judged: JudgedRule[] = [];
  for (const row of rows.value) {
    const before = held.filter(({ key }) => key === row.k);
    const after = withRow(before, row);
    for (const store of storesAt(stores, scope)) {
      const scopes = placesOf(store);
      const rule = { key: row.k, store, before: readAt(kind, before, scopes), after: readAt(kind, after, scopes) };
      const reason = faultOf(kind, rule, narrowestOf(after, scopes)) ?? shownThrough(kind, rule, row) ?? (await judge?.(rule, queries));
      if (reason !== undefined) return err({ type: 'badRule', key: row.k, store: store.store, reason });
      judged.push(rule);
    }
  }
  return ok({ rows: rows.value, held, judged });
}

const narrowestOf = (layers: readonly Layer[], scopes: readonly string[]): string =>
  scopes.findLast((scope) => layers.some((layer) => layer.scope === scope)) ?? 'global';

/** As the database would hold it: what is new there has no fields that are nothing. */
function withRow(layers: readonly Layer[], { k, s, f, r }: EntityRow): readonly Layer[] {
  const others = layers.filter(({ scope }) => scope !== s);
  if (r === true) return others;
  const own = layers.find(({ scope }) => scope === s);
  const fields = own === undefined ? Object.fromEntries(Object.entries(f).filter(([, value]) => value !== null)) : { ...own.fields, ...f };
  return [...others, { key: k, scope: s, lsn: 0, fields }];
}

/** What a lane could not read that it could before. */
function faultOf(kind: RuleKind, { key, before, after }: JudgedRule, scope: string): string | undefined {
  if (after === undefined) return undefined;
  const read = kind.read(key, scope, after);
  if (read.ok || (before !== undefined && !kind.read(key, scope, before).ok)) return undefined;
  return `${read.error.detail.field} is not ${read.error.detail.expected}`;
}

/** A field that was taken away and that a broader scope says all the same. */
function shownThrough({ entity }: RuleKind, { after }: JudgedRule, row: EntityRow): string | undefined {
  const column = entity.columns.find(({ number, name }) => row.f[String(number)] === null && (after?.[name] ?? null) !== null);
  return column && `a broader place says its ${column.name}, which would hold there: say another value, or take it away there`;
}
