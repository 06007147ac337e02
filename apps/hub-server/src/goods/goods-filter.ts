/** What articles are found by besides words: what they are filed under. A list of goods and a change of many of them find the same. */
import { ENTITY_TYPES, type Item } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import type { ReadPlace } from './merged-entities.ts';

export interface GoodsFilter {
  readonly department?: string | undefined;
  readonly brand?: string | undefined;
  readonly collection?: string | undefined;
  readonly taxClass?: string | undefined;
}

/** As a place reads it: what it has of its own may put it elsewhere. */
export const isFiled = (item: Item, { department, brand, collection, taxClass }: GoodsFilter): boolean =>
  (department === undefined || item.category === department) &&
  (brand === undefined || item.brand === brand) &&
  (taxClass === undefined || item.taxClass === taxClass) &&
  (collection === undefined || item.collections?.includes(collection) === true);

export interface SkuPage {
  readonly most: number;
  readonly after: string;
  readonly filter: GoodsFilter;
}

/** In the order of their SKUs, from behind `after` on: all that some scope of the place files there, by the first of its filters that has an index, so that some of them may not be there in the end. */
export async function skusFrom(
  { database, tenantNo, scopes }: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  { most, after, filter: { department, brand, collection } }: SkuPage,
): Promise<readonly string[]> {
  const ask = async (of: string, value: string): Promise<readonly { readonly sku: string }[]> =>
    database.rows(`SELECT sku FROM ${of}($1, $2, $3, $4, $5)`, [tenantNo, value, scopes, after, most]);
  const rows = await (collection !== undefined
    ? ask('goods_of_collection', collection)
    : brand !== undefined
      ? ask('goods_of_brand', brand)
      : department !== undefined
        ? ask('goods_of_department', department)
        : database.rows<{ readonly sku: string }>(
            `SELECT DISTINCT key AS sku FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.item.type} AND alive AND key > $2 AND scope = ANY($3)
             ORDER BY key LIMIT $4`,
            [tenantNo, after, scopes, most],
          ));
  return rows.map(({ sku }) => sku);
}

/** In the order of their names, from behind `after` on; those whose names begin so. */
export async function listBrands(
  { database, tenantNo }: Pick<ReadPlace, 'database' | 'tenantNo'>,
  { begins, limit, after }: { readonly begins: string; readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly brands: readonly string[]; readonly next: string | null }> {
  const rows = await database.rows<{ brand: string }>('SELECT brand FROM brands_of_goods($1, $2, $3, $4)', [
    tenantNo,
    begins,
    after ?? null,
    limit + 1,
  ]);
  const brands = rows.slice(0, limit).map(({ brand }) => brand);
  return { brands, next: rows.length > limit ? (brands.at(-1) ?? null) : null };
}
