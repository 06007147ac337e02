/** What articles are filed under: categories as a tree, with how many articles each has. */
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import { type Parents, treeOf } from './category-tree.ts';

export interface FilingPorts {
  readonly database: Queries;
  readonly tenantNo: number;
}

export interface CategoryRow {
  readonly category: string;
  /** Null: it lies in none. */
  readonly parent: string | null;
  /** Lanes show it as a tab. */
  readonly isDepartment: boolean;
  /** Articles that carry its name everywhere; those of what lies in it are none of these. */
  readonly size: number;
}

const { category: categoryType, department } = ENTITY_TYPES;
/** More is no tree that anybody reads. */
const MOST_CATEGORIES = 5_000;

export async function readParents({ database, tenantNo }: CountPorts): Promise<Parents> {
  return treeOf(
    await database.rows<{ category: string; parent: string }>(
      `SELECT key AS category, coalesce(fields ->> '1', '') AS parent FROM entity WHERE tenant_no = $1 AND type = ${categoryType.type} AND scope = 'global' AND alive`,
      [tenantNo],
    ),
  );
}

/** How many articles carry each name, at a position of the catalogue; names that are carried in stores or zones alone have none. */
interface Carried {
  readonly lsn: number;
  /** Of all publications up to it: a database that was set back comes to the same number with others. */
  readonly history: string;
  readonly sizes: ReadonlyMap<string, number>;
}

type CountPorts = Pick<FilingPorts, 'tenantNo'> & { readonly database: Pick<Queries, 'rows'> };

export interface Categories {
  /** All that somebody made, that is a department, or that articles name; in the order of their names. */
  read(): Promise<readonly CategoryRow[]>;
}

/** Goods are counted once, and afterwards by what publications changed: to count a million of them reads the whole table. */
export function createCategories(ports: CountPorts): Categories {
  let carried: Carried | undefined;
  return {
    read: async () => {
      const counted = (carried === undefined ? undefined : await countSince(ports, carried)) ?? (await countAll(ports));
      carried = counted;
      return readCategories(ports, counted.sizes);
    },
  };
}

/** The position and what stood at it are one statement's, so that each change counts once. */
async function countAll({ database, tenantNo }: CountPorts): Promise<Carried> {
  const rows = await database.rows<{ lsn: number; history: string; category: string | null; size: number | null }>(
    `SELECT t.lsn, t.history_hash AS history, c.category, c.size FROM tenant t LEFT JOIN LATERAL categories_of_goods(t.tenant_no, $2) c ON true WHERE t.tenant_no = $1`,
    [tenantNo, MOST_CATEGORIES],
  );
  const sizes = new Map(rows.flatMap(({ category, size }) => (category === null ? [] : [[category, size ?? 0] as const])));
  return { lsn: rows[0]?.lsn ?? 0, history: rows[0]?.history ?? '', sizes };
}

/** Behind more changes than this, all are counted again. */
const MOST_CHANGED = 2_000;

/** Undefined where changes do not tell it: too many, of a file that was not told row by row, in a place of their own, a name that is carried no more, or a database that was set back. */
async function countSince({ database, tenantNo }: CountPorts, { lsn, history, sizes }: Carried): Promise<Carried | undefined> {
  const field = numberOf({ field: 'category' });
  const rows = await database.rows<{
    lsn: number;
    history: string;
    follows: boolean;
    untold: boolean;
    scope: string | null;
    before: string | null;
    after: string | null;
  }>(
    `SELECT t.lsn, t.history_hash AS history, EXISTS (SELECT 1 FROM publication p WHERE p.tenant_no = $1 AND p.lsn = $2 AND p.history_hash = $4) AS follows,
       EXISTS (SELECT 1 FROM publication p WHERE p.tenant_no = $1 AND p.lsn > $2 AND p.made > 0) AS untold, c.scope, c.before ->> $3 AS before, c.after ->> $3 AS after
     FROM tenant t LEFT JOIN LATERAL (SELECT scope, before, after FROM entity_change
       WHERE tenant_no = $1 AND lsn > $2 AND type = ${ENTITY_TYPES.item.type} LIMIT ${MOST_CHANGED + 1}) c ON true
     WHERE t.tenant_no = $1`,
    [tenantNo, lsn, field, history],
  );
  const [first] = rows;
  if (first?.follows !== true || first.untold || rows.length > MOST_CHANGED || sizes.size >= MOST_CATEGORIES) return undefined;
  const changed = new Map(sizes);
  const add = (category: string, by: number): void => void changed.set(category, (changed.get(category) ?? 0) + by);
  for (const { scope, before, after } of rows) {
    if (before === null && after === null) continue;
    if (scope !== 'global') return undefined;
    if (before !== null) add(before, -1);
    if (after !== null) add(after, 1);
  }
  // Whether somebody carries it in a store or zone is not told here.
  const isGone = [...changed].some(([category, size]) => size === 0 && sizes.get(category) !== 0);
  return isGone ? undefined : { lsn: first.lsn, history: first.history, sizes: changed };
}

async function readCategories({ database, tenantNo }: CountPorts, sizes: ReadonlyMap<string, number>): Promise<readonly CategoryRow[]> {
  const parents = await readParents({ database, tenantNo });
  const made = await database.rows<{ type: number; key: string }>(
    `SELECT DISTINCT type, key FROM entity WHERE tenant_no = $1 AND type IN (${categoryType.type}, ${department.type}) AND alive`,
    [tenantNo],
  );
  const departments = new Set(made.filter(({ type }) => type === department.type).map(({ key }) => key));
  const names = new Set([...made.map(({ key }) => key), ...parents.values(), ...sizes.keys()]);
  return [...names].toSorted().map((category) => ({
    category,
    parent: parents.get(category) ?? null,
    isDepartment: departments.has(category),
    size: sizes.get(category) ?? 0,
  }));
}

/** Whether it is there at all. */
export async function isCategory({ database, tenantNo }: FilingPorts, category: string): Promise<boolean> {
  const [made] = await database.rows(
    `SELECT 1 FROM entity WHERE tenant_no = $1 AND (type IN (${categoryType.type}, ${department.type}) AND key = $2
       OR type = ${categoryType.type} AND fields ->> '1' = $2) AND alive LIMIT 1`,
    [tenantNo, category],
  );
  return made !== undefined || (await filedGoods({ database, tenantNo }, { field: 'category', name: category }, undefined, 1)).length > 0;
}

export interface Filed {
  readonly field: 'category' | 'brand';
  readonly name: string;
}

export interface FiledGoods {
  readonly sku: string;
  readonly place: string;
}

const numberOf = ({ field }: Pick<Filed, 'field'>): string =>
  String(ENTITY_TYPES.item.columns.find(({ name }) => name === field)?.number ?? '');

/** What carries that name, under whichever scope, behind `after`. */
export async function filedGoods(
  { database, tenantNo }: FilingPorts,
  filed: Filed,
  after: FiledGoods | undefined,
  most: number,
): Promise<readonly FiledGoods[]> {
  return database.rows('SELECT sku, place FROM filed_goods($1, $2, $3, $4, $5, $6)', [
    tenantNo,
    numberOf(filed),
    filed.name,
    after?.sku ?? '',
    after?.place ?? '',
    most,
  ]);
}
