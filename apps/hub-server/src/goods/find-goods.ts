/**
 * Goods by what somebody types: words that begin words of their names or brands, or the beginning of a code or SKU; and the goods of a department. All work is bounded, whatever
 * is typed and however many goods there are: at most `MOST_CANDIDATES` come out of the index, and only those are put in order.
 *
 * A store's own fields cover its zone's, and those cover the company's, as its lanes read them.
 */
import { ENTITY_TYPES, gtinKey, pluKey, readItem, type Item } from '@holdfast/domain';
import type { Scalar } from '@holdfast/sync';
import { z } from 'zod';

import { readMerged, type ReadPlace } from './merged-entities.ts';

export interface FoundGoods {
  readonly items: readonly Item[];
  /** What comes after these; null at the end. */
  readonly next: string | null;
}

const MOST_CANDIDATES = 2_000;
const MOST_BY_CODE = 60;
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
  const byCode = await itemsOf(place, [...(await skusByCode(place, typed))]);
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

/** All goods of a place in the order of their SKUs, from behind `after` on; of a collection, those that some scope of the place puts there. */
export async function listGoods(
  place: ReadPlace,
  {
    limit,
    after = '',
    collection,
  }: { readonly limit: number; readonly after?: string | undefined; readonly collection?: string | undefined },
): Promise<{ readonly items: readonly Item[]; readonly next: string | null }> {
  const rows = await skusFrom(place, { most: limit + 1, after, collection });
  const skus = rows.slice(0, limit).map(({ sku }) => sku);
  const items = await itemsOf(place, skus);
  return { items: [...items.values()], next: rows.length > limit ? (skus.at(-1) ?? null) : null };
}

async function skusFrom(
  { database, tenantNo, scopes }: ReadPlace,
  { most, after, collection }: { readonly most: number; readonly after: string; readonly collection: string | undefined },
): Promise<readonly { readonly sku: string }[]> {
  if (collection !== undefined)
    return database.rows('SELECT sku FROM goods_of_collection($1, $2, $3, $4, $5)', [tenantNo, collection, scopes, after, most]);
  return database.rows(
    `SELECT DISTINCT key AS sku FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.item.type} AND alive AND key > $2 AND scope = ANY($3)
     ORDER BY key LIMIT $4`,
    [tenantNo, after, scopes, most],
  );
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
  await database.rows('SELECT ready_goods_words()');
  const rows = await database.rows<Row>('SELECT sku, place, held FROM goods_of_words($1, $2::tsquery, $3)', [tenantNo, query, most]);
  return rows.filter(({ place }) => scopes.includes(place));
}

async function rowsByWords(place: ReadPlace, typed: string): Promise<readonly Row[]> {
  const [folded] = await place.database.rows<{ text: string }>('SELECT folded_text($1) AS text', [typed]);
  const words = (folded?.text ?? '').split(' ').filter((word) => word.length >= MIN_LETTERS);
  if (words.length === 0) return [];
  const query = words.slice(0, MAX_WORDS).map((word) => `${quoted(word)}:*`);
  const rows = await rowsOfQuery(place, query.join(' & '), MOST_CANDIDATES);
  // Of one that several scopes have the narrowest comes last, and counts.
  return rows.toSorted((left, right) => place.scopes.indexOf(left.place) - place.scopes.indexOf(right.place));
}

/** Digits may begin a PLU, or a GTIN of any length; any text may begin an SKU. */
async function skusByCode({ database, tenantNo, scopes }: ReadPlace, typed: string): Promise<ReadonlySet<string>> {
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
       ORDER BY key LIMIT ${MOST_BY_CODE}`,
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
