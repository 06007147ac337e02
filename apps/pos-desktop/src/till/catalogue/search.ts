/**
 * Goods by name, brand or code, as they are typed. The index holds one row per item of the newest cells; a result counts
 * only where the item exists at the asker's cut. All work is bounded, whatever is typed and however many goods there are:
 * a fixed number of candidates comes out of each index, and only those are ranked.
 */
import type { Clock } from '@holdfast/base';
import { ENTITY_TYPES, gtinKey, isPictureName, parseOptions, pluKey, variantName } from '@holdfast/domain';
import { mergeScopes, splitScope, type OnEntity, type ReplicaStore, type ScopedEntity } from '@holdfast/sync';

import type { Connection } from '../database/connection.ts';
import type { CatalogueView } from './catalogue.ts';
import type { Hit } from './style-rows.ts';

/** Out of the full-text index, in no particular order. */
const MAX_TEXT_CANDIDATES = 240;
/** Whose name begins with what was typed, in the order of their names. */
const MAX_NAME_CANDIDATES = 100;
const MAX_WORDS = 8;
const TEXT_BUDGET_MS = 8;
const WINDOW_DOCIDS = 100_000;
/** Prefixes of fewer letters are not looked up in the full-text index: they would match half of it. */
const MIN_INDEXED_LETTERS = 2;

/** Beyond every folded text with the same beginning. */
const AFTER_ALL = '\u{10FFFF}';
/** Between the name and the brand of a row. */
const NAME_END = '\u001F';

const LETTERS: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** As texts are compared: lower case, without diacritics, single spaces. */
export function fold(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain
    .replaceAll(/[ßøæœłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const wordsOf = (folded: string): readonly string[] => folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

interface Indexed {
  readonly folded: string;
  readonly category: string | null;
  readonly tile_rank: number;
  readonly picture: string | null;
  readonly style: string | null;
}

/** Keeps the index level with the cells, from inside of the transaction that applies them. */
export function createSearchIndexer(db: Connection, store: () => ReplicaStore, scopes: () => readonly string[]): OnEntity {
  const find = db.prepare<[string], Indexed & { readonly docid: number }>(
    'SELECT docid, folded, category, tile_rank, picture, style FROM search_item WHERE sku = ?',
  );
  const insert = db.prepare('INSERT INTO search_item (sku, folded, category, tile_rank, picture, style) VALUES (?, ?, ?, ?, ?, ?)');
  const update = db.prepare('UPDATE search_item SET folded = ?, category = ?, tile_rank = ?, picture = ?, style = ? WHERE docid = ?');
  const remove = db.prepare('DELETE FROM search_item WHERE docid = ?');
  const insertText = db.prepare('INSERT INTO search_text (rowid, folded) VALUES (?, ?)');
  const count = db.prepare('UPDATE search_count SET items = items + ? WHERE id = 1');
  const removeText = db.prepare('DELETE FROM search_text WHERE rowid = ?');
  const { type, columns } = ENTITY_TYPES.item;
  const numberOf = Object.fromEntries(columns.map((column) => [column.name, column.number])) as Record<
    (typeof columns)[number]['name'],
    number
  >;
  return (entity) => {
    if (entity.type !== type) return;
    const fields = mergeZones(store().readEntity(type, entity.key, store().newestAt()), scopes());
    const known = find.get(entity.key);
    if (fields === null) {
      if (known !== undefined) {
        removeText.run(known.docid);
        remove.run(known.docid);
        count.run(-1);
      }
      return;
    }
    const textOf = (column: 'name' | 'brand' | 'category' | 'plu' | 'picture' | 'style' | 'options'): string => {
      const value = fields.get(numberOf[column]);
      return typeof value === 'string' ? value : '';
    };
    const style = textOf('style') || null;
    const options = style === null ? undefined : parseOptions(textOf('options'));
    // As it is sold, so that it is found by what tells it apart; a style's own words count as a brand's do.
    const name = variantName(textOf('name'), options?.ok === true ? options.value : []);
    const folded = `${fold(name)}${NAME_END}${fold(`${textOf('brand')} ${style ?? ''}`)}`;
    const category = textOf('category') || null;
    const tileRank = textOf('plu') === '' ? 1 : 0;
    const picture = isPictureName(textOf('picture')) ? textOf('picture') : null;
    if (known === undefined) {
      insertText.run(insert.run(entity.key, folded, category, tileRank, picture, style).lastInsertRowid, folded);
      count.run(1);
    } else if (
      known.folded !== folded ||
      known.category !== category ||
      known.tile_rank !== tileRank ||
      known.picture !== picture ||
      known.style !== style
    ) {
      update.run(folded, category, tileRank, picture, style, known.docid);
      if (known.folded === folded) return;
      removeText.run(known.docid);
      insertText.run(known.docid, folded);
    }
  };
}

/** Goods of other zones too: a store moves with the cut that brings its new zone's, and whoever searches drops what does not exist at theirs. */
function mergeZones(entities: readonly ScopedEntity[], scopes: readonly string[]): ReturnType<typeof mergeScopes> {
  const others = entities
    .map(({ scope }) => scope)
    .filter((scope) => !scopes.includes(scope) && splitScope(scope).scope.startsWith('zone:'));
  const broad = scopes.filter((scope) => splitScope(scope).scope === 'global');
  return mergeScopes(entities, [...broad, ...others, ...scopes.slice(broad.length)]);
}

interface Candidate {
  readonly sku: string;
  readonly folded: string;
  readonly tile_rank: number;
}

export interface Search {
  /** SKUs, best first; of the newest cells, so the caller drops those that do not exist at its cut. `limit` bounds the ones found by code. */
  find(view: CatalogueView, typed: string, limit: number): readonly string[];
  /** The style of each that is a variant of one, as it was found. */
  withStyles(skus: readonly string[]): readonly Hit[];
  /** SKUs of a style's variants, at most `limit`; of the newest cells too. */
  ofStyle(style: string, limit: number): readonly string[];
  /** SKUs of a department, those with a PLU first, then by name; of the newest cells too. */
  inDepartment(department: string, limit: number): readonly string[];
  /** Of the newest cells. Costs nothing. */
  itemCount(): number;
  /** Categories that items name, for a catalogue without departments; at most `limit`, in the order of their names. */
  categories(limit: number): readonly string[];
}

export function createSearch(db: Connection, clock: Clock): Search {
  const byText = db.prepare<[string, number, number, number], Candidate>(
    `SELECT sku, folded, tile_rank FROM search_item
     WHERE docid IN (SELECT rowid FROM search_text WHERE search_text MATCH ? AND rowid > ? AND rowid <= ? LIMIT ?)`,
  );
  const lastDocid = db.prepare<[], number>('SELECT coalesce(max(docid), 0) FROM search_item').pluck();
  const byName = db.prepare<[string, string, number], Candidate>(
    'SELECT sku, folded, tile_rank FROM search_item WHERE folded >= ? AND folded < ? ORDER BY folded LIMIT ?',
  );
  const byCategory = db
    .prepare<[string, number], string>('SELECT sku FROM search_item WHERE category = ? ORDER BY tile_rank, folded LIMIT ?')
    .pluck();
  const hasStyles = db.prepare<[], number>('SELECT 1 FROM search_item WHERE style IS NOT NULL LIMIT 1').pluck();
  const styleOf = db.prepare<[string], string | null>('SELECT style FROM search_item WHERE sku = ?').pluck();
  const byStyle = db.prepare<[string, number], string>('SELECT sku FROM search_item WHERE style = ? ORDER BY sku LIMIT ?').pluck();
  const countItems = db.prepare<[], number>('SELECT items FROM search_count WHERE id = 1').pluck();
  const nextCategory = db.prepare<[string], string | null>('SELECT min(category) FROM search_item WHERE category > ?').pluck();
  /** Window by window, until there are enough or the time is up: words that are common but never together end here too. */
  const findByText = (query: string): readonly Candidate[] => {
    const endsAtMs = clock.monotonicMs() + TEXT_BUDGET_MS;
    const found: Candidate[] = [];
    for (let upTo = lastDocid.get() ?? 0; upTo > 0 && found.length < MAX_TEXT_CANDIDATES; upTo -= WINDOW_DOCIDS) {
      found.push(...byText.all(query, upTo - WINDOW_DOCIDS, upTo, MAX_TEXT_CANDIDATES - found.length));
      if (clock.monotonicMs() >= endsAtMs) break;
    }
    return found;
  };
  return {
    find(view, typed, limit) {
      const folded = fold(typed);
      if (folded === '') return [];
      const words = wordsOf(folded).slice(0, MAX_WORDS);
      const candidates = new Map<string, Candidate>();
      for (const candidate of byName.all(folded, folded + AFTER_ALL, MAX_NAME_CANDIDATES)) candidates.set(candidate.sku, candidate);
      const indexed = words.filter((word) => word.length >= MIN_INDEXED_LETTERS);
      if (indexed.length > 0) {
        const query = indexed.map((word) => `"${word}"*`).join(' ');
        for (const candidate of findByText(query)) candidates.set(candidate.sku, candidate);
      }
      const ranked = [...candidates.values()]
        .map((candidate) => ({ sku: candidate.sku, rank: rankOf(candidate, folded, words) }))
        .filter((candidate) => candidate.rank !== undefined)
        .sort((left, right) => compareRanks(left.rank ?? [], right.rank ?? []) || (left.sku < right.sku ? -1 : 1))
        .map((candidate) => candidate.sku);
      return [...new Set([...skusByCode(view, typed.trim(), limit), ...ranked])];
    },
    withStyles(skus) {
      // Most shops have no variants: theirs are not looked up one by one.
      const looksUp = hasStyles.get() !== undefined;
      return skus.map((sku) => ({ sku, style: looksUp ? (styleOf.get(sku) ?? undefined) : undefined }));
    },
    ofStyle: (style, limit) => byStyle.all(style, limit),
    inDepartment: (department, limit) => byCategory.all(department, limit),
    itemCount: () => countItems.get() ?? 0,
    categories(limit) {
      const categories: string[] = [];
      for (
        let next = nextCategory.get('');
        next !== null && next !== undefined && categories.length < limit;
        next = nextCategory.get(next)
      ) {
        categories.push(next);
      }
      return categories;
    },
  };
}

/** Lower is better, element by element; undefined where some word that was typed begins no word of the item. */
function rankOf(candidate: Candidate, typed: string, words: readonly string[]): readonly number[] | undefined {
  const [name = '', brand = ''] = candidate.folded.split(NAME_END);
  const nameWords = wordsOf(name);
  const allWords = [...nameWords, ...wordsOf(brand)];
  let whole = 0;
  for (const word of words) {
    if (!allWords.some((other) => other.startsWith(word))) return undefined;
    if (allWords.includes(word)) whole += 1;
  }
  const first = nameWords[0] ?? '';
  return [
    name === typed ? 0 : 1,
    words.length - whole,
    name.startsWith(typed) ? 0 : 1,
    words.some((word) => first.startsWith(word)) ? 0 : 1,
    candidate.tile_rank,
    name.length,
  ];
}

function compareRanks(left: readonly number[], right: readonly number[]): number {
  for (const [index, rank] of left.entries()) {
    const difference = rank - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Digits may begin a PLU, or a GTIN of any length; any text may begin an SKU. What it is in full comes before what it begins. */
function skusByCode(view: CatalogueView, typed: string, limit: number): readonly string[] {
  const found: string[] = [];
  if (/^\d{1,14}$/.test(typed)) {
    const plus = view.codesFrom(pluKey(typed), limit);
    found.push(...plus.map((code) => code.sku));
    if (typed.length >= 4) {
      // A key is 14 digits: what was typed stands behind the zeros that each length of GTIN is padded with.
      for (const length of [13, 12, 8, 14]) {
        if (typed.length > length) continue;
        const key = gtinKey(typed.padEnd(length, '\u0000')).replaceAll('\u0000', '');
        found.push(...view.codesFrom(key, limit).map((code) => code.sku));
      }
    }
  }
  if (typed.length >= 2) found.push(...view.skusFrom(typed, limit));
  return found;
}
