/**
 * Categories and brands made, renamed, moved, joined and removed; articles go along, under whichever scope they are filed, and so does what names them: departments and pages of keys of lanes, and
 * promotions and attributes. What would come of it is told first; it is published only as it was told, as one publication, which can be undone as one.
 *
 * Lanes know departments, not the tree: moving a category changes nothing there.
 */
import { createHash } from 'node:crypto';

import { err, ok, type Result } from '@holdfast/base';
import { type Attribute, ENTITY_TYPES, isPageName, MAX_PAGE_NAME } from '@holdfast/domain';

import type { EntityRow, FieldValue } from '../catalog/changes.ts';
import type { Catalog } from '../catalog/publish.ts';
import type { Database, Queries } from '../db/database.ts';
import { readAttributes } from './attributes.ts';
import type { OnBulkProgress } from './bulk-change.ts';
import { branchOf, levelsOf, MOST_LEVELS, type Parents, pathOf } from './category-tree.ts';
import { type Filed, filedGoods, type FiledGoods, isCategory, readParents } from './filing.ts';

export type FilingChange =
  /** `parent`, null: in none. */
  | { readonly act: 'make'; readonly category: string; readonly parent: string | null }
  | { readonly act: 'move'; readonly category: string; readonly parent: string | null }
  | { readonly act: 'rename'; readonly category: string; readonly name: string }
  | { readonly act: 'join'; readonly category: string; readonly into: string }
  | { readonly act: 'remove'; readonly category: string }
  /** Where the name is another brand's they become one. */
  | { readonly act: 'renameBrand'; readonly brand: string; readonly name: string };

export interface FilingReport {
  /** Articles that are filed elsewhere then; one that a store files as its own, too, is counted for each. */
  readonly goods: number;
  /** Lanes show it as a tab, which goes along. */
  readonly isDepartment: boolean;
  /** Pages of keys that go along, or that go. */
  readonly keyPages: number;
  /** Names of promotions that name it. */
  readonly promotions: readonly string[];
  /** Of what it is joined with. */
  readonly joins: string | null;
  /** Of what was told: anything else makes another. */
  readonly version: string;
  /** Null: it is a preview, or nothing changed. */
  readonly lsn: number | null;
}

export type FilingError =
  | { readonly type: 'unknownFiling'; readonly name: string }
  | { readonly type: 'filingExists'; readonly name: string }
  | { readonly type: 'badFiling'; readonly reason: string }
  | { readonly type: 'changedSince' };

export interface FilingChangePorts {
  readonly database: Database;
  readonly tenantNo: number;
}

const AT_ONCE = 1_000;
/** Few enough that each is told (`MOST_TOLD`), and taken back. */
const OTHERS_AT_ONCE = 400;
const { item, attribute, category: categoryType, department, keyPage, promotion } = ENTITY_TYPES;

interface Plan {
  readonly refile?: Filed & { readonly to: string };
  readonly rows: readonly EntityRow[];
  readonly told: Pick<FilingReport, 'isDepartment' | 'keyPages' | 'promotions' | 'joins'>;
}

type At = { readonly database: Queries; readonly tenantNo: number };

/** What would come of it; nothing is published. */
export async function previewFiling(
  { database, tenantNo }: FilingChangePorts,
  change: FilingChange,
  onProgress: OnBulkProgress,
): Promise<Result<FilingReport, FilingError>> {
  return database.transaction(
    async (tx) => {
      const at = { database: tx, tenantNo };
      const planned = await plan(at, change);
      return planned.ok ? ok({ ...(await work(at, change, planned.value, onProgress)), lsn: null }) : planned;
    },
    { readSnapshot: true },
  );
}

/** Undoes the transaction in which it is thrown. */
class OtherThanTold extends Error {
  override readonly name = 'OtherThanTold';
}

export interface FilingPublish {
  /** That of the preview that somebody looked at. */
  readonly basedOn: string;
  readonly by: string;
}

export async function publishFiling(
  catalog: Catalog,
  { database, tenantNo }: FilingChangePorts,
  { change, basedOn, by }: FilingPublish & { readonly change: FilingChange },
  onProgress: OnBulkProgress,
): Promise<Result<FilingReport, FilingError>> {
  try {
    const done = await database.transaction(async (tx): Promise<Result<FilingReport, FilingError>> => {
      // The sequencer first: what is compared is what stands when it is written.
      const publication = await catalog.open(tx, sourceOf(change));
      const at = { database: tx, tenantNo };
      const planned = await plan(at, change);
      if (!planned.ok) return planned;
      const report = await work(at, change, planned.value, onProgress, async (rows) => publication.put(rows));
      if (report.version !== basedOn) throw new OtherThanTold();
      return ok({ ...report, lsn: (await publication.finish({ by })).lsn });
    });
    if (done.ok) catalog.announce({ lsn: done.value.lsn, changed: done.value.goods });
    return done;
  } catch (error) {
    if (error instanceof OtherThanTold) return err({ type: 'changedSince' });
    throw error;
  }
}

/** What its publication says it was for. */
function sourceOf(change: FilingChange): string {
  if (change.act === 'make') return `category ${change.category} made`;
  if (change.act === 'move') return `category ${change.category} moved`;
  if (change.act === 'rename') return `category ${change.category} renamed`;
  if (change.act === 'join') return `category ${change.category} joined with ${change.into}`;
  return change.act === 'remove' ? `category ${change.category} removed` : `brand ${change.brand} renamed`;
}

async function work(
  at: At,
  change: FilingChange,
  { refile, rows, told }: Plan,
  onProgress: OnBulkProgress,
  put?: (rows: readonly EntityRow[]) => Promise<unknown>,
): Promise<Omit<FilingReport, 'lsn'>> {
  const seen = createHash('sha256').update(JSON.stringify([change, rows, told]));
  for (let start = 0; start < rows.length; start += OTHERS_AT_ONCE) await put?.(rows.slice(start, start + OTHERS_AT_ONCE));
  let goods = 0;
  if (refile !== undefined) {
    const number = String(item.columns.find(({ name }) => name === refile.field)?.number ?? '');
    let after: FiledGoods | undefined;
    for (let isMore = true; isMore;) {
      const filed: readonly FiledGoods[] = await filedGoods(at, refile, after, AT_ONCE);
      seen.update(JSON.stringify(filed));
      await put?.(filed.map(({ sku, place }) => ({ t: item.type, k: sku, s: place, f: { [number]: refile.to } })));
      goods += filed.length;
      after = filed.at(-1);
      isMore = filed.length === AT_ONCE;
      onProgress({ read: goods });
    }
  }
  return { goods, ...told, version: seen.digest('base64url').slice(0, 22) };
}

const bad = (reason: string): Result<never, FilingError> => err({ type: 'badFiling', reason });
const NOTHING: Plan['told'] = { isDepartment: false, keyPages: 0, promotions: [], joins: null };

async function plan(at: At, change: FilingChange): Promise<Result<Plan, FilingError>> {
  if (change.act === 'renameBrand') return planBrand(at, change);
  const { category } = change;
  const parents = await readParents(at);
  const isThere = await isCategory(at, category);
  if (change.act === 'make') {
    if (isThere) return err({ type: 'filingExists', name: category });
    if (!isPageName(category)) return bad(`A category’s name has 1 to ${MAX_PAGE_NAME} characters`);
    return planPlace(at, parents, category, change.parent);
  }
  if (!isThere) return err({ type: 'unknownFiling', name: category });
  if (change.act === 'move') return planPlace(at, parents, category, change.parent);
  if (change.act === 'remove') return planRemoval(at, parents, category);
  if (change.act === 'join') {
    if (!(await isCategory(at, change.into))) return err({ type: 'unknownFiling', name: change.into });
    if (branchOf(parents, category).includes(change.into)) return bad(`${change.into} lies in ${category}: move it out first`);
    return planNewName(at, parents, category, { to: change.into, isJoined: true });
  }
  if (!isPageName(change.name)) return bad(`A category’s name has 1 to ${MAX_PAGE_NAME} characters`);
  if (await isCategory(at, change.name)) return err({ type: 'filingExists', name: change.name });
  return planNewName(at, parents, category, { to: change.name, isJoined: false });
}

const placed = (category: string, parent: string): EntityRow => ({ t: categoryType.type, k: category, s: 'global', f: { '1': parent } });

async function planPlace(at: At, parents: Parents, category: string, parent: string | null): Promise<Result<Plan, FilingError>> {
  if (parent !== null) {
    if (branchOf(parents, category).includes(parent)) return bad(`${parent} is ${category}, or lies in it`);
    if (!(await isCategory(at, parent))) return err({ type: 'unknownFiling', name: parent });
    if (pathOf(parents, parent).length + levelsOf(parents, category) > MOST_LEVELS) return bad(`There are at most ${MOST_LEVELS} levels`);
  }
  return ok({ rows: [placed(category, parent ?? '')], told: NOTHING });
}

interface Held {
  readonly type: number;
  readonly key: string;
  readonly scope: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** Of few types, of that key. */
const heldOf = async ({ database, tenantNo }: At, types: readonly number[], key: string): Promise<readonly Held[]> =>
  database.rows<Held>(
    'SELECT type, key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ANY($2) AND key = $3 AND alive ORDER BY type, scope',
    [tenantNo, types, key],
  );

const removed = ({ type, key, scope }: Held): EntityRow => ({ t: type, k: key, s: scope, f: {}, r: true });

/** What lies in a category comes to another one, or to the top. */
const childrenTo = (parents: Parents, category: string, to: string): readonly EntityRow[] =>
  [...parents].filter(([, parent]) => parent === category).map(([child]) => placed(child, to));

async function planRemoval(at: At, parents: Parents, category: string): Promise<Result<Plan, FilingError>> {
  if ((await filedGoods(at, { field: 'category', name: category }, undefined, 1)).length > 0)
    return bad(`Articles are filed under ${category}: join it with another one`);
  const [kept] = await attributesOf(at, category);
  if (kept !== undefined) return bad(`${kept.name} is an attribute of what is filed under ${category}: define it for another one`);
  const held = await heldOf(at, [categoryType.type, department.type], category);
  return ok({
    rows: [...held.map(removed), ...childrenTo(parents, category, parents.get(category) ?? '')],
    told: { ...NOTHING, isDepartment: held.some(({ type }) => type === department.type) },
  });
}

async function planNewName(
  at: At,
  parents: Parents,
  category: string,
  { to, isJoined }: { readonly to: string; readonly isJoined: boolean },
): Promise<Result<Plan, FilingError>> {
  const held = await heldOf(at, [categoryType.type, department.type, keyPage.type], category);
  const there = await heldOf(at, [department.type, keyPage.type], to);
  // Two tabs that become one: the other one stays as it is.
  const moved = held.filter(({ type }) => type !== categoryType.type && there.length === 0);
  const isPlaced = !isJoined && held.some(({ type }) => type === categoryType.type);
  const promotions = await renamedPromotions(at, 'categories', category, to);
  const attributes = await attributesOf(at, category);
  return ok({
    refile: { field: 'category', name: category, to },
    rows: [
      ...held.map(removed),
      ...moved.map(({ type, scope, fields }) => ({ t: type, k: to, s: scope, f: fields })),
      ...(isPlaced ? [placed(to, parents.get(category) ?? '')] : []),
      ...childrenTo(parents, category, to),
      ...promotions.rows,
      ...attributes.map(({ code }) => ({ t: attribute.type, k: code, s: 'global', f: { [CATEGORY_OF_ATTRIBUTE]: to } })),
    ],
    told: {
      isDepartment: held.some(({ type }) => type === department.type),
      keyPages: held.filter(({ type }) => type === keyPage.type).length,
      promotions: promotions.names,
      joins: isJoined ? to : null,
    },
  });
}

const CATEGORY_OF_ATTRIBUTE = String(attribute.columns.find(({ name }) => name === 'category')?.number ?? '');

/** Those that are kept for it alone. */
const attributesOf = async (at: At, category: string): Promise<readonly Attribute[]> =>
  (await readAttributes(at)).filter((each) => each.category === category);

async function planBrand(at: At, { brand, name }: Extract<FilingChange, { act: 'renameBrand' }>): Promise<Result<Plan, FilingError>> {
  const isHeld = async (of: string): Promise<boolean> => (await filedGoods(at, { field: 'brand', name: of }, undefined, 1)).length > 0;
  if (brand === name) return bad('It is called that already');
  if (!(await isHeld(brand))) return err({ type: 'unknownFiling', name: brand });
  const promotions = await renamedPromotions(at, 'brands', brand, name);
  return ok({
    refile: { field: 'brand', name: brand, to: name },
    rows: promotions.rows,
    told: { ...NOTHING, promotions: promotions.names, joins: (await isHeld(name)) ? name : null },
  });
}

/** Promotions whose rule names it: each gets another version, which names the new one. */
async function renamedPromotions(
  { database, tenantNo }: At,
  list: 'categories' | 'brands',
  from: string,
  to: string,
): Promise<{ readonly rows: readonly EntityRow[]; readonly names: readonly string[] }> {
  const held = await database.rows<Held>(
    `SELECT type, key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ${promotion.type} AND alive ORDER BY key, scope`,
    [tenantNo],
  );
  const changed = held.flatMap(({ key, scope, fields }) => {
    const before = String(fields['2'] ?? '');
    const after = renamedIn(before, list, from, to);
    return after === undefined
      ? []
      : [{ name: String(fields['1'] ?? key), row: { t: promotion.type, k: key, s: scope, f: { '2': after } } }];
  });
  return { rows: changed.map(({ row }) => row), names: [...new Set(changed.map(({ name }) => name))] };
}

/** The rule with the other name in each list of names; undefined where none names it, or where it is no rule. Exported for its test. */
export function renamedIn(body: string, list: 'categories' | 'brands', from: string, to: string): string | undefined {
  let isNamed = false;
  try {
    const after: unknown = JSON.parse(body, (key, value: unknown) => {
      if (key !== list || !Array.isArray(value) || !value.includes(from)) return value;
      isNamed = true;
      return [...new Set(value.map((name: unknown) => (name === from ? to : name)))];
    });
    return isNamed ? JSON.stringify(after) : undefined;
  } catch {
    return undefined;
  }
}
