/**
 * Goods by what somebody types: words that begin words of their names or brands, or the beginning of a code or SKU; and the goods of a department. All work is bounded, whatever
 * is typed and however many goods there are: at most `MOST_CANDIDATES` come out of the index, and only those are put in order.
 *
 * A store's own fields cover its zone's, and those cover the company's, as its lanes read them.
 */
import { ENTITY_TYPES, gtinKey, pluKey, readItem, type Item } from '@holdfast/domain';
import type { Scalar } from '@holdfast/sync';
import { z } from 'zod';

import type { Queries } from '../db/database.ts';
import { type GoodsFilter, skusFrom } from './goods-filter.ts';
import { readMerged, type ReadPlace } from './merged-entities.ts';

export interface FoundGoods {
  readonly items: readonly Item[];
  /** What comes after these; null at the end. */
  readonly next: string | null;
}

const MOST_CANDIDATES = 2_000;
const MOST_BY_CODE = 60;
/** Where nothing is put in order: more than a hub holds. */
const MOST_OF_ALL = 100_000_000;
const MAX_WORDS = 8;
const MIN_LETTERS = 2;
const MIN_GTIN_DIGITS = 4;
const GTIN_LENGTHS = [13, 12, 8, 14] as const;
/** Beyond every text with the same beginning. */
const AFTER_ALL = '\u{10FFFF}';

interface Row {
  readonly sku: string;
  readonly place: string;
  readonly held: Readonly<Record<string, Scalar>>;
}

/** Where a page ended: how well the last one fitted, its name, its SKU. */
const cursorSchema = z.tuple([z.int().min(0).max(3), z.string().max(4_000), z.string().max(400)]);
type Rank = z.infer<typeof cursorSchema>;

export function parseGoodsCursor(text: string): Rank | undefined {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

const cursorOf = (rank: Rank): string => Buffer.from(JSON.stringify(rank)).toString('base64url');

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));
const compareRanks = (left: Rank, right: Rank): number => left[0] - right[0] || compare(left[1], right[1]) || compare(left[2], right[2]);

/** What it is in full comes first, then what begins with what was typed, then what has such words. */
export async function findGoods(
  place: ReadPlace,
  { text, limit, after }: { readonly text: string; readonly limit: number; readonly after?: Rank | undefined },
): Promise<FoundGoods> {
  const typed = text.trim();
  const folded = typed.toLowerCase();
  const byCode = await itemsOf(place, [...(await skusByCode(place, typed, MOST_BY_CODE))]);
  const ranks = new Map<string, Rank>();
  const rank = (sku: string, written: string): void => {
    const name = written.toLowerCase();
    const fit = sku === typed || name === folded ? 0 : byCode.has(sku) ? 1 : name.startsWith(folded) ? 2 : 3;
    ranks.set(sku, [fit, name, sku]);
  };
  for (const { sku, name } of byCode.values()) rank(sku, name);
  for (const { sku, held } of await rowsByWords(place, typed)) if (!byCode.has(sku) && typeof held['1'] === 'string') rank(sku, held['1']);
  const rest = [...ranks.values()].filter((each) => after === undefined || compareRanks(each, after) > 0).toSorted(compareRanks);
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  const items = await itemsOf(
    place,
    page.map(([, , sku]) => sku),
  );
  return { items: [...items.values()], next: last === undefined ? null : cursorOf(last) };
}

/** All goods of a place in the order of their SKUs, from behind `after` on; those that some scope of the place files under what is asked for. */
export async function listGoods(
  place: ReadPlace,
  { limit, after = '', filter = {} }: { readonly limit: number; readonly after?: string | undefined; readonly filter?: GoodsFilter },
): Promise<{ readonly items: readonly Item[]; readonly next: string | null }> {
  const found = await skusFrom(place, { most: limit + 1, after, filter });
  const skus = found.slice(0, limit);
  const items = await itemsOf(place, skus);
  return { items: [...items.values()], next: found.length > limit ? (skus.at(-1) ?? null) : null };
}

/** As a department's key page shows them where nobody arranged it: those with a PLU first, then by name; of a department of more than `MOST_CANDIDATES`, out of so many. */
export async function goodsOfDepartment(place: ReadPlace, department: string, limit: number): Promise<readonly Item[]> {
  const rows = await rowsOfQuery(place, quoted(`\u001F${department}`), MOST_CANDIDATES);
  const key = ({ held }: Row): string => `${typeof held['7'] === 'string' && held['7'] !== '' ? 0 : 1}${String(held['1']).toLowerCase()}`;
  const skus = rows.toSorted((left, right) => compare(key(left), key(right)) || compare(left.sku, right.sku)).map(({ sku }) => sku);
  const items = await itemsOf(place, [...new Set(skus)].slice(0, 2 * limit));
  return [...items.values()].filter((item) => item.category === department).slice(0, limit);
}

/** By SKU, in the order of `skus`; what does not exist there is left out. */
export async function itemsOf(place: ReadPlace, skus: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const held = await readMerged(place, ENTITY_TYPES.item, skus);
  return new Map(
    skus.flatMap((sku): readonly (readonly [string, Item])[] => {
      const fields = held.get(sku);
      const item = fields === undefined ? undefined : readItem(sku, fields);
      return item?.ok === true ? [[sku, item.value]] : [];
    }),
  );
}

const quoted = (word: string): string => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

async function rowsOfQuery({ database, tenantNo, scopes }: ReadPlace, query: string, most: number): Promise<readonly Row[]> {
  const rows = await database.rows<Row>('SELECT sku, place, held FROM goods_of_words($1, $2::tsquery, $3)', [tenantNo, query, most]);
  return rows.filter(({ place }) => scopes.includes(place));
}

/** All that a text finds, in the order of their SKUs, however many they are. */
export async function skusOfText(
  place: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  text: string,
): Promise<readonly string[]> {
  const typed = text.trim();
  const byCode = await skusByCode(place, typed, MOST_OF_ALL);
  const query = await queryOf(place, typed);
  const rows =
    query === undefined
      ? []
      : await place.database.rows<{ sku: string }>('SELECT DISTINCT sku FROM goods_of_words($1, $2::tsquery, $3) WHERE place = ANY($4)', [
          place.tenantNo,
          query,
          MOST_OF_ALL,
          place.scopes,
        ]);
  return [...new Set([...byCode, ...rows.map(({ sku }) => sku)])].toSorted(compare);
}

async function queryOf({ database }: { readonly database: Queries }, typed: string): Promise<string | undefined> {
  const [folded] = await database.rows<{ text: string }>('SELECT folded_text($1) AS text', [typed]);
  const words = (folded?.text ?? '').split(' ').filter((word) => word.length >= MIN_LETTERS);
  const query = words.slice(0, MAX_WORDS).map((word) => `${quoted(word)}:*`);
  return query.length === 0 ? undefined : query.join(' & ');
}

async function rowsByWords(place: ReadPlace, typed: string): Promise<readonly Row[]> {
  const query = await queryOf(place, typed);
  if (query === undefined) return [];
  const rows = await rowsOfQuery(place, query, MOST_CANDIDATES);
  // Of one that several scopes have the narrowest comes last, and counts.
  return rows.toSorted((left, right) => place.scopes.indexOf(left.place) - place.scopes.indexOf(right.place));
}

/** Digits may begin a PLU, or a GTIN of any length; any text may begin an SKU. */
async function skusByCode(
  { database, tenantNo, scopes }: Omit<ReadPlace, 'database'> & { readonly database: Queries },
  typed: string,
  most: number,
): Promise<ReadonlySet<string>> {
  const codes = /^\d{1,14}$/.test(typed) ? [pluKey(typed), ...gtinBeginnings(typed)] : [];
  const ranges = [
    ...codes.map((key) => ({ type: ENTITY_TYPES.code.type, key })),
    ...(typed.length < MIN_LETTERS ? [] : [{ type: ENTITY_TYPES.item.type, key: typed }]),
  ];
  const found = new Set<string>();
  for (const { type, key } of ranges) {
    const rows = await database.rows<{ sku: string }>(
      `SELECT CASE WHEN type = ${ENTITY_TYPES.code.type} THEN fields ->> '1' ELSE key END AS sku FROM entity
       WHERE tenant_no = $1 AND type = $2 AND alive AND key >= $3 AND key < $4 AND scope = ANY($5)
       ORDER BY key LIMIT ${most}`,
      [tenantNo, type, key, key + AFTER_ALL, scopes],
    );
    for (const { sku } of rows) found.add(sku);
  }
  return found;
}

/** A key is 14 digits: what was typed stands behind the zeros that each length of GTIN is padded with. */
const gtinBeginnings = (typed: string): readonly string[] =>
  typed.length < MIN_GTIN_DIGITS
    ? []
    : GTIN_LENGTHS.filter((length) => typed.length <= length).map((length) =>
        gtinKey(typed.padEnd(length, '\u0000')).replaceAll('\u0000', ''),
      );
