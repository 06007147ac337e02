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

export async function readParents({ database, tenantNo }: FilingPorts): Promise<Parents> {
  return treeOf(
    await database.rows<{ category: string; parent: string }>(
      `SELECT key AS category, coalesce(fields ->> '1', '') AS parent FROM entity WHERE tenant_no = $1 AND type = ${categoryType.type} AND scope = 'global' AND alive`,
      [tenantNo],
    ),
  );
}

/** All that somebody made, that is a department, or that articles name; in the order of their names. */
export async function readCategories({ database, tenantNo }: FilingPorts): Promise<readonly CategoryRow[]> {
  const parents = await readParents({ database, tenantNo });
  const made = await database.rows<{ type: number; key: string }>(
    `SELECT DISTINCT type, key FROM entity WHERE tenant_no = $1 AND type IN (${categoryType.type}, ${department.type}) AND alive`,
    [tenantNo],
  );
  const carried = await database.rows<{ category: string; size: number }>('SELECT category, size FROM categories_of_goods($1, $2)', [
    tenantNo,
    MOST_CATEGORIES,
  ]);
  const sizes = new Map(carried.map(({ category, size }) => [category, size]));
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

const numberOf = ({ field }: Filed): string => String(ENTITY_TYPES.item.columns.find(({ name }) => name === field)?.number ?? '');

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
