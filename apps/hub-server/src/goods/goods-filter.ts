/** What articles are found by besides words: what they are filed under. A list of goods and a change of many of them find the same. */
import { attributeValueKey, ENTITY_TYPES, isAttributeCode, type Item } from '@holdfast/domain';

import type { Queries } from '../db/database.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

export interface GoodsFilter {
  readonly department?: string | undefined;
  /** Any of these: a category with all that lies in it. */
  readonly within?: readonly string[] | undefined;
  readonly brand?: string | undefined;
  readonly style?: string | undefined;
  readonly collection?: string | undefined;
  readonly taxClass?: string | undefined;
  /** `CODE:VALUE`, the value as it is kept. */
  readonly attribute?: string | undefined;
}

/** Undefined for a text that asks for no attribute. */
export function parseAttributeFilter(text: string): { readonly code: string; readonly value: string } | undefined {
  const colon = text.indexOf(':');
  const [code, value] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  return isAttributeCode(code) && value !== '' ? { code, value } : undefined;
}

/** As a place reads it: what it has of its own may put it elsewhere. Of its attributes an item says nothing: `withAttribute` asks. */
export const isFiled = (item: Item, { department, within, brand, style, collection, taxClass }: GoodsFilter): boolean =>
  (department === undefined || item.category === department) &&
  (within === undefined || (item.category !== undefined && within.includes(item.category))) &&
  (brand === undefined || item.brand === brand) &&
  (style === undefined || item.style === style) &&
  (taxClass === undefined || item.taxClass === taxClass) &&
  (collection === undefined || item.collections?.includes(collection) === true);

/** Those of some goods that have the value that is asked for, as the place reads them; without such a question all. */
export async function withAttribute(
  at: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  skus: readonly string[],
  { attribute }: GoodsFilter,
): Promise<ReadonlySet<string>> {
  const asked = attribute === undefined ? undefined : parseAttributeFilter(attribute);
  if (asked === undefined) return new Set(attribute === undefined ? skus : []);
  const keyOf = (sku: string): string => attributeValueKey(sku, asked.code);
  const held = await readMerged(at, ENTITY_TYPES.attributeValue, skus.map(keyOf));
  return new Set(skus.filter((sku) => held.get(keyOf(sku))?.['value'] === asked.value));
}

/** Of one brand, of one style. */
const MOST_COUNTED = 1_000_000;

export interface SkuPage {
  readonly most: number;
  readonly after: string;
  readonly filter: GoodsFilter;
}

/** In the order of their SKUs, from behind `after` on: all that some scope of the place files there, by the first of its filters that has an index, so that some of them may not be there in the end. */
export async function skusFrom(
  { database, tenantNo, scopes }: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  { most, after, filter: { department, within, brand, style, collection, attribute } }: SkuPage,
): Promise<readonly string[]> {
  const ask = async (of: string, value: string): Promise<readonly { readonly sku: string }[]> =>
    database.rows(`SELECT sku FROM ${of}($1, $2, $3, $4, $5)`, [tenantNo, value, scopes, after, most]);
  const asked = attribute === undefined ? undefined : parseAttributeFilter(attribute);
  const rows = await (style !== undefined
    ? ask('goods_of_style', style)
    : collection !== undefined
      ? ask('goods_of_collection', collection)
      : asked !== undefined
        ? database.rows<{ readonly sku: string }>('SELECT sku FROM goods_of_attribute($1, $2, $3, $4, $5, $6)', [
            tenantNo,
            asked.code,
            asked.value,
            scopes,
            after,
            most,
          ])
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

/** What articles are listed by, name by name: how the names are called, and how the goods of one are found. */
const LISTED = {
  brands: { names: 'SELECT brand AS name FROM brands_of_goods($1, $2, $3, $4)', goods: 'goods_of_brand' },
  styles: { names: 'SELECT style AS name FROM styles_of_goods($1, $2, $3, $4)', goods: 'goods_of_style' },
} as const;

export interface NameQuestion {
  readonly begins: string;
  readonly limit: number;
  readonly after?: string | undefined;
  /** How many articles have each, everywhere. */
  readonly counts?: boolean;
}

/** In the order of the names, from behind `after` on; those that begin so. */
export async function listNames(
  { database, tenantNo }: Pick<ReadPlace, 'database' | 'tenantNo'>,
  of: keyof typeof LISTED,
  { begins, limit, after, counts = false }: NameQuestion,
): Promise<{ readonly names: readonly string[]; readonly next: string | null; readonly sizes?: Readonly<Record<string, number>> }> {
  const rows = await database.rows<{ name: string }>(LISTED[of].names, [tenantNo, begins, after ?? null, limit + 1]);
  const names = rows.slice(0, limit).map(({ name }) => name);
  const next = rows.length > limit ? (names.at(-1) ?? null) : null;
  if (!counts) return { names, next };
  const counted = await database.rows<{ name: string; size: number }>(
    `SELECT name, (SELECT count(*)::int FROM ${LISTED[of].goods}($1, name, '{global}', '', ${MOST_COUNTED})) AS size FROM unnest($2::text[]) AS name`,
    [tenantNo, names],
  );
  return { names, next, sizes: Object.fromEntries(counted.map(({ name, size }) => [name, size])) };
}
