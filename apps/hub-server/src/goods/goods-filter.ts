/** What articles are found by besides words: what they are filed under. A list of goods and a change of many of them find the same. */
import { ENTITY_TYPES, type Item } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import type { ReadPlace } from './merged-entities.ts';

export interface GoodsFilter {
  readonly department?: string | undefined;
  /** Any of these: a category with all that lies in it. */
  readonly within?: readonly string[] | undefined;
  readonly brand?: string | undefined;
  readonly collection?: string | undefined;
  readonly taxClass?: string | undefined;
}

/** As a place reads it: what it has of its own may put it elsewhere. */
export const isFiled = (item: Item, { department, within, brand, collection, taxClass }: GoodsFilter): boolean =>
  (department === undefined || item.category === department) &&
  (within === undefined || (item.category !== undefined && within.includes(item.category))) &&
  (brand === undefined || item.brand === brand) &&
  (taxClass === undefined || item.taxClass === taxClass) &&
  (collection === undefined || item.collections?.includes(collection) === true);

/** Of one brand. */
const MOST_COUNTED = 1_000_000;

export interface SkuPage {
  readonly most: number;
  readonly after: string;
  readonly filter: GoodsFilter;
}

/** In the order of their SKUs, from behind `after` on: all that some scope of the place files there, by the first of its filters that has an index, so that some of them may not be there in the end. */
export async function skusFrom(
  { database, tenantNo, scopes }: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  { most, after, filter: { department, within, brand, collection } }: SkuPage,
): Promise<readonly string[]> {
  const ask = async (of: string, value: string): Promise<readonly { readonly sku: string }[]> =>
    database.rows(`SELECT sku FROM ${of}($1, $2, $3, $4, $5)`, [tenantNo, value, scopes, after, most]);
  const rows = await (collection !== undefined
    ? ask('goods_of_collection', collection)
    : brand !== undefined
      ? ask('goods_of_brand', brand)
      : department !== undefined
        ? ask('goods_of_department', department)
        : within !== undefined
          ? database.rows<{ readonly sku: string }>(
              `SELECT DISTINCT found.sku COLLATE "C" AS sku FROM unnest($2::text[]) AS asked, LATERAL goods_of_department($1, asked, $3, $4, $5) AS found
               ORDER BY found.sku COLLATE "C" LIMIT $5`,
              [tenantNo, within, scopes, after, most],
            )
          : database.rows<{ readonly sku: string }>(
              `SELECT DISTINCT key AS sku FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.item.type} AND alive AND key > $2 AND scope = ANY($3)
             ORDER BY key LIMIT $4`,
              [tenantNo, after, scopes, most],
            ));
  return rows.map(({ sku }) => sku);
}

export interface BrandQuestion {
  readonly begins: string;
  readonly limit: number;
  readonly after?: string | undefined;
  /** How many articles have each, everywhere. */
  readonly counts?: boolean;
}

/** In the order of their names, from behind `after` on; those whose names begin so. */
export async function listBrands(
  { database, tenantNo }: Pick<ReadPlace, 'database' | 'tenantNo'>,
  { begins, limit, after, counts = false }: BrandQuestion,
): Promise<{ readonly brands: readonly string[]; readonly next: string | null; readonly sizes?: Readonly<Record<string, number>> }> {
  const rows = await database.rows<{ brand: string }>('SELECT brand FROM brands_of_goods($1, $2, $3, $4)', [
    tenantNo,
    begins,
    after ?? null,
    limit + 1,
  ]);
  const brands = rows.slice(0, limit).map(({ brand }) => brand);
  const next = rows.length > limit ? (brands.at(-1) ?? null) : null;
  if (!counts) return { brands, next };
  const counted = await database.rows<{ brand: string; size: number }>(
    `SELECT brand, (SELECT count(*)::int FROM goods_of_brand($1, brand, '{global}', '', ${MOST_COUNTED})) AS size FROM unnest($2::text[]) AS brand`,
    [tenantNo, brands],
  );
  return { brands, next, sizes: Object.fromEntries(counted.map(({ brand, size }) => [brand, size])) };
}
