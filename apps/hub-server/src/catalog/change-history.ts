/** What `change-log.ts` says is kept, read: publications, the changes of each or of one article, and a change taken back. */
import { assert, err, ok, type Result } from '@holdfast/base';
import { ACTION_NAMES, ACTIONS, attributeKeyPrefix, ENTITY_TYPES, type LimitKind, priceKeyPrefix, type EntityType } from '@holdfast/domain';
import { splitScope } from '@holdfast/sync';
import { z } from 'zod';

import type { Database, Queries } from '../db/database.ts';
import { isWithheldField } from '../permissions/withheld-fields.ts';
import { isWithheld } from './change-log.ts';
import { changesToRows, entityTypeOf, type EntityChange, type FieldValue } from './changes.ts';
import { LoopFault } from './loops.ts';
import type { Catalog, Published } from './publish.ts';

export interface PublicationView {
  readonly lsn: number;
  readonly atMs: number;
  readonly source: string;
  /** Null: published before it was written down. */
  readonly by: string | null;
  /** Began by it and are not told one by one. */
  readonly made: number;
  /** Entities whose changes are told; at most one more than `MOST_COUNTED`. */
  readonly changes: number;
}

export interface ChangeView {
  readonly lsn: number;
  readonly atMs: number;
  readonly source: string;
  readonly by: string | null;
  readonly type: string;
  readonly key: string;
  readonly scope: string;
  /** Null: it was not there. Fields by name, those that changed. */
  readonly before: Named | null;
  /** Null: it was removed. */
  readonly after: Named | null;
  /** Fields of which it is kept that they changed, and never what they were. */
  readonly withheld: readonly string[];
  /** Of a grant: what its `limit` counts. */
  readonly limitIn?: LimitKind;
}

type Named = Readonly<Record<string, FieldValue>>;

export interface HistoryPorts {
  readonly database: Database;
  readonly tenantNo: number;
}

const MOST_COUNTED = 1_000;

export interface PublicationQuestion {
  readonly before?: number | undefined;
  readonly limit: number;
  readonly by?: string | undefined;
  /** Those that changed something of that type, as far as it is told one by one. */
  readonly type?: string | undefined;
}

/** Newest first; those that changed nothing which is told are left out. */
export async function listPublications(
  { database, tenantNo }: HistoryPorts,
  { before, limit, by, type }: PublicationQuestion,
): Promise<{ readonly publications: readonly PublicationView[]; readonly next: number | null }> {
  const rows = await database.rows<PublicationView>(
    `SELECT p.lsn, p.published_at_ms AS "atMs", p.source, p.actor AS by, p.made, told.changes FROM publication p
     CROSS JOIN LATERAL (SELECT count(*)::integer AS changes FROM (
       SELECT 1 FROM entity_change c WHERE c.tenant_no = $1 AND c.lsn = p.lsn LIMIT ${MOST_COUNTED + 1}) AS counted) AS told
     WHERE p.tenant_no = $1 AND p.lsn < $2 AND ($3::text IS NULL OR p.actor = $3) AND (p.made > 0 OR told.changes > 0)
       AND ($5::integer IS NULL OR EXISTS (SELECT 1 FROM entity_change c WHERE c.tenant_no = $1 AND c.lsn = p.lsn AND c.type = $5))
     ORDER BY p.lsn DESC LIMIT $4`,
    [tenantNo, before ?? Number.MAX_SAFE_INTEGER, by ?? null, limit + 1, type === undefined ? null : (entityTypeOf(type)?.type ?? 0)],
  );
  const publications = rows.slice(0, limit);
  return { publications, next: rows.length > limit ? (publications.at(-1)?.lsn ?? null) : null };
}

export interface ChangeQuestion {
  readonly limit: number;
  readonly after?: ChangePlace | undefined;
  readonly lsn?: number | undefined;
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  /** The article itself, its prices, and the codes that it has now. */
  readonly sku?: string | undefined;
  readonly scope?: string | undefined;
  readonly by?: string | undefined;
  /** [from, to) */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

const placeSchema = z.tuple([z.int().min(0), z.int(), z.string().max(400), z.string().max(100)]);
type ChangePlace = z.infer<typeof placeSchema>;

export function parseChangePlace(text: string): ChangePlace | undefined {
  try {
    const parsed = placeSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return parsed.success && parsed.data.every((part) => typeof part === 'number' || !part.includes('\0')) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

interface ChangeRow {
  readonly lsn: number;
  readonly atMs: number;
  readonly source: string;
  readonly by: string | null;
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly before: Named | null;
  readonly after: Named | null;
}

/** Newest first. */
export async function listChanges(
  { database, tenantNo }: HistoryPorts,
  question: ChangeQuestion,
): Promise<{ readonly changes: readonly ChangeView[]; readonly next: string | null }> {
  const params: unknown[] = [tenantNo];
  const given = (value: unknown): string => `$${params.push(value)}`;
  const conditions = ['c.tenant_no = $1'];
  const { lsn, type, key, sku, scope, by, fromMs, toMs, after, limit } = question;
  if (lsn !== undefined) conditions.push(`c.lsn = ${given(lsn)}`);
  if (type !== undefined) conditions.push(`c.type = ${given(entityTypeOf(type)?.type ?? 0)}`);
  if (key !== undefined) conditions.push(`c.key = ${given(key)}`);
  if (scope !== undefined) conditions.push(`c.scope = ${given(scope)}`);
  if (by !== undefined) conditions.push(`p.actor = ${given(by)}`);
  if (fromMs !== undefined) conditions.push(`p.published_at_ms >= ${given(fromMs)}`);
  if (toMs !== undefined) conditions.push(`p.published_at_ms < ${given(toMs)}`);
  if (sku !== undefined) conditions.push(await articleSql({ database, tenantNo }, sku, given));
  if (after !== undefined) conditions.push(`(c.lsn, c.type, c.key, c.scope) < (${after.map(given).join(', ')})`);
  const rows = await database.rows<ChangeRow>(
    `SELECT c.lsn, p.published_at_ms AS "atMs", p.source, p.actor AS by, c.type, c.key, c.scope, c.before, c.after
     FROM entity_change c JOIN publication p ON p.tenant_no = c.tenant_no AND p.lsn = c.lsn WHERE ${conditions.join(' AND ')}
     ORDER BY c.lsn DESC, c.type DESC, c.key DESC, c.scope DESC LIMIT ${given(limit + 1)}`,
    params,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last === undefined ? null : Buffer.from(JSON.stringify([last.lsn, last.type, last.key, last.scope])).toString('base64url');
  return { changes: page.map(viewOf), next };
}

async function articleSql({ database, tenantNo }: HistoryPorts, sku: string, given: (value: unknown) => string): Promise<string> {
  const codes = await database.rows<{ code: string }>('SELECT DISTINCT code FROM codes_of_goods($1, $2)', [tenantNo, [sku]]);
  const prices = priceKeyPrefix(sku);
  const attributes = attributeKeyPrefix(sku);
  const [item, code, price, value] = [
    ENTITY_TYPES.item.type,
    ENTITY_TYPES.code.type,
    ENTITY_TYPES.price.type,
    ENTITY_TYPES.attributeValue.type,
  ];
  return `(c.type = ${item} AND c.key = ${given(sku)}
    OR c.type = ${code} AND c.key = ANY(${given(codes.map((held) => held.code))})
    OR c.type = ${price} AND c.key >= ${given(prices)} AND c.key < ${given(`${prices}\u{10FFFF}`)}
    OR c.type = ${value} AND c.key >= ${given(attributes)} AND c.key < ${given(`${attributes}\u{10FFFF}`)})`;
}

function viewOf({ type: number, before, after, ...row }: ChangeRow): ChangeView {
  const type = entityTypeOf(number);
  assert(type !== undefined, `an entity of type ${number} was published`);
  const withheld = type.columns.filter(({ name, number: column }) => {
    const key = String(column);
    return isWithheld(type.type, name) && (Object.hasOwn(before ?? {}, key) || Object.hasOwn(after ?? {}, key));
  });
  const named = (fields: Named | null): Named | null =>
    fields === null
      ? null
      : Object.fromEntries(
          type.columns.flatMap((column) =>
            withheld.includes(column) || !Object.hasOwn(fields, String(column.number))
              ? []
              : [[column.name, fields[String(column.number)] ?? null]],
          ),
        );
  const action = type.type === ENTITY_TYPES.roleGrant.type ? ACTION_NAMES.find((known) => row.key.endsWith(`\u001F${known}`)) : undefined;
  return {
    ...row,
    type: type.name,
    before: named(before),
    after: named(after),
    withheld: withheld.map(({ name }) => name),
    ...(action !== undefined && { limitIn: ACTIONS[action] }),
  };
}

/** One entity of a publication. */
export interface ChangeName {
  readonly type: string;
  readonly key: string;
  readonly scope: string;
}

export type UndoError =
  | { readonly type: 'noSuchPublication' }
  /** What it was is not kept: of people, and of what a large file made. */
  | { readonly type: 'notKept'; readonly what: string }
  /** Somebody changed it again: what they did stands. */
  | { readonly type: 'changedSince'; readonly what: string }
  | { readonly type: 'badChange'; readonly reason: string };

/** Of what changed a million articles no more is held at once. */
const UNDONE_AT_ONCE = 1_000;

/** Takes back all that a publication changed, or what is named of it, by one more publication: wholly, or not at all. */
export async function undoChanges(
  { database, tenantNo, catalog }: HistoryPorts & { readonly catalog: Catalog },
  { lsn, named, by }: { readonly lsn: number; readonly named?: readonly ChangeName[] | undefined; readonly by: string },
): Promise<Result<Published, UndoError>> {
  const undo = async (tx: Queries): Promise<Result<Published, UndoError>> => {
    // The sequencer first: what is compared is what stands when it is taken back.
    const publication = await catalog.open(tx, `undo of ${lsn}`);
    for (let after: UndoPlace | undefined = UNDO_BEGIN; after !== undefined;) {
      const planned: Result<UndoPage, UndoError> = await planUndo(tx, { tenantNo, lsn, named, after });
      if (!planned.ok) throw new NotUndone(planned.error);
      const rows = changesToRows(planned.value.changes);
      if (!rows.ok) throw new NotUndone({ type: 'badChange', reason: rows.error.reason });
      await publication.put(rows.value);
      after = planned.value.next;
    }
    return ok(await publication.finish({ by }));
  };
  try {
    const undone = await database.transaction(undo);
    if (undone.ok) catalog.announce(undone.value);
    return undone;
  } catch (error) {
    if (error instanceof NotUndone) return err(error.reason);
    if (error instanceof LoopFault) return err({ type: 'badChange', reason: error.message });
    throw error;
  }
}

/** Takes back the part that was written already. */
class NotUndone extends Error {
  override readonly name = 'NotUndone';
  readonly reason: UndoError;
  constructor(reason: UndoError) {
    super(reason.type);
    this.reason = reason;
  }
}

/** What of that type it changed: all of it, or what is named. */
export async function undoneOf(
  { database, tenantNo }: HistoryPorts,
  of: EntityType,
  lsn: number,
  named: readonly ChangeName[] | undefined,
): Promise<readonly { readonly key: string; readonly scope: string }[]> {
  if (named !== undefined) return named.filter(({ type }) => type === of.name);
  return database.rows<{ key: string; scope: string }>(
    'SELECT key, scope FROM entity_change WHERE tenant_no = $1 AND lsn = $2 AND type = $3',
    [tenantNo, lsn, of.type],
  );
}

/** The scopes of what would be taken back: whose permission it takes. Grants are changed by who may publish everywhere. */
export async function scopesOfUndo(
  { database, tenantNo }: HistoryPorts,
  lsn: number,
  named: readonly ChangeName[] | undefined,
): Promise<readonly string[]> {
  const { type: grant, name } = ENTITY_TYPES.roleGrant;
  if (named !== undefined) return [...new Set(named.map(({ type, scope }) => (type === name ? 'global' : scope)))];
  const rows = await database.rows<{ scope: string }>(
    `SELECT DISTINCT CASE WHEN type = ${grant} THEN 'global' ELSE scope END AS scope FROM entity_change WHERE tenant_no = $1 AND lsn = $2`,
    [tenantNo, lsn],
  );
  return rows.map(({ scope }) => scope);
}

const COST_COLUMNS = ENTITY_TYPES.item.columns.filter(({ name }) => isWithheldField(name)).map(({ number }) => String(number));

/** The scopes at which what would be taken back had changed what goods cost. An article that was removed comes back with what it cost, whoever brings it. */
export async function scopesOfCosts(
  { database, tenantNo }: HistoryPorts,
  lsn: number,
  named: readonly ChangeName[] | undefined,
): Promise<ReadonlySet<string>> {
  const rows = await database.rows<{ key: string; scope: string }>(
    `SELECT key, scope FROM entity_change WHERE tenant_no = $1 AND lsn = $2 AND type = ${ENTITY_TYPES.item.type}
       AND before IS NOT NULL AND after IS NOT NULL AND (before ?| $3::text[] OR after ?| $3::text[])`,
    [tenantNo, lsn, COST_COLUMNS],
  );
  const isNamed = ({ key, scope }: { readonly key: string; readonly scope: string }): boolean =>
    named === undefined || named.some((one) => one.type === ENTITY_TYPES.item.name && one.key === key && one.scope === scope);
  return new Set(rows.filter(isNamed).map(({ scope }) => splitScope(scope).scope));
}

interface UndoRow {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly before: Named | null;
  readonly after: Named | null;
  readonly alive: boolean | null;
  readonly fields: Named | null;
}

type UndoPlace = readonly [type: number, key: string, scope: string];
const UNDO_BEGIN: UndoPlace = [0, '', ''];

interface UndoPage {
  readonly changes: readonly EntityChange[];
  /** Behind what to go on; undefined at the end. */
  readonly next: UndoPlace | undefined;
}

async function planUndo(
  tx: Queries,
  {
    tenantNo,
    lsn,
    named,
    after,
  }: { readonly tenantNo: number; readonly lsn: number; readonly named?: readonly ChangeName[] | undefined; readonly after: UndoPlace },
): Promise<Result<UndoPage, UndoError>> {
  const [publication] = await tx.rows<{ made: number }>('SELECT made FROM publication WHERE tenant_no = $1 AND lsn = $2', [tenantNo, lsn]);
  const wanted = named?.map(({ type, key, scope }) => ({ t: entityTypeOf(type)?.type ?? 0, k: key, s: scope }));
  // All that is named is less than a page.
  const most = Math.max(UNDONE_AT_ONCE, named?.length ?? 0);
  const rows = await tx.rows<UndoRow>(
    `SELECT c.type, c.key, c.scope, c.before, c.after, held.alive, held.fields FROM entity_change c
     LEFT JOIN LATERAL (SELECT alive, fields FROM entity e WHERE e.tenant_no = $1 AND e.key = c.key AND e.type = c.type AND e.scope = c.scope LIMIT 1) AS held ON true
     WHERE c.tenant_no = $1 AND c.lsn = $2 AND (c.type, c.key, c.scope) > ($4, $5, $6) AND ($3::jsonb IS NULL OR EXISTS (
       SELECT 1 FROM jsonb_to_recordset($3::jsonb) AS x (t integer, k text, s text) WHERE x.t = c.type AND x.k = c.key AND x.s = c.scope))
     ORDER BY c.type, c.key, c.scope LIMIT ${most}`,
    [tenantNo, lsn, wanted === undefined ? null : JSON.stringify(wanted), ...after],
  );
  if (named === undefined && publication !== undefined && publication.made > 0)
    return err({ type: 'notKept', what: `what a file of ${publication.made} made` });
  if (after === UNDO_BEGIN && (rows.length === 0 || (named !== undefined && rows.length < named.length)))
    return err({ type: 'noSuchPublication' });
  const changes: EntityChange[] = [];
  for (const row of rows) {
    const change = reversed(row);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  const last = rows.length < most ? undefined : rows.at(-1);
  return ok({ changes, next: last && [last.type, last.key, last.scope] });
}

function reversed(row: UndoRow): Result<EntityChange, UndoError> {
  const type = entityTypeOf(row.type);
  assert(type !== undefined, `an entity of type ${row.type} was published`);
  const what = `${type.name} ${row.key} of ${row.scope}`;
  const { before, after, fields: held } = row;
  const isKept = type.columns.every(({ name, number }) => !isWithheld(type.type, name) || !Object.hasOwn(before ?? {}, String(number)));
  if (!isKept) return err({ type: 'notKept', what });
  const isAsLeft =
    after === null
      ? row.alive === false
      : row.alive === true &&
        Object.entries(after).every(([column, value]) => isWithheldAt(row.type, column) || (held?.[column] ?? null) === value) &&
        // What it made may only go with what it was made with.
        (before !== null || Object.entries(held ?? {}).every(([column, value]) => value === null || Object.hasOwn(after, column)));
  if (!isAsLeft) return err({ type: 'changedSince', what });
  const change = { type: row.type, key: row.key, scope: row.scope };
  if (before === null) return ok({ ...change, removed: true });
  const fields: Record<string, FieldValue> = {};
  for (const { name, number } of type.columns) {
    const value = before[String(number)];
    // What is written anew has no field to clear.
    if (value !== undefined && (value !== null || after !== null)) fields[name] = value;
  }
  return ok({ ...change, fields });
}

const isWithheldAt = (type: number, column: string): boolean => {
  const known = entityTypeOf(type)?.columns.find(({ number }) => String(number) === column);
  return known !== undefined && isWithheld(type, known.name);
};
