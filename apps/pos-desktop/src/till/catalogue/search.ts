/**
 * Goods by name, brand or code, as they are typed. The index holds one row per item of the newest cells; a result counts
 * only where the item exists at the asker's cut. All work is bounded, whatever is typed and however many goods there are:
 * a fixed number of candidates comes out of each index, and only those are ranked.
 */
import type { Clock } from '@holdfast/base';
import { ENTITY_TYPES, gtinKey, isPictureName, parseOptions, pluKey, variantName } from '@holdfast/domain';
import {
  eraOf,
  mergeScopes,
  splitScope,
  type OnEntity,
  type OnFirst,
  type ReplicaStore,
  type Scalar,
  type ScopedEntity,
} from '@holdfast/sync';
import type Database from 'better-sqlite3';

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
  // Most of what is compared is plain: it has nothing to take apart.
  if (PLAIN.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain
    .replaceAll(/[ßøæœłđðþı]/g, (letter) => LETTERS[letter] ?? letter)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** ASCII in which single spaces stand between words. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

const wordsOf = (folded: string): readonly string[] => folded.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');

/** A row of the index, but for its number. */
interface Indexed {
  readonly folded: string;
  readonly category: string | null;
  readonly tile_rank: number;
  readonly picture: string | null;
  readonly style: string | null;
}

const ITEM = ENTITY_TYPES.item.type;
const NUMBER_OF = Object.fromEntries(ENTITY_TYPES.item.columns.map((column) => [column.name, column.number])) as Record<
  (typeof ENTITY_TYPES.item.columns)[number]['name'],
  number
>;

/** `field`: by its number. */
function indexedOf(field: (number: number) => Scalar | undefined): Indexed {
  const textOf = (column: 'name' | 'brand' | 'category' | 'plu' | 'picture' | 'style' | 'options'): string => {
    const value = field(NUMBER_OF[column]);
    return typeof value === 'string' ? value : '';
  };
  const style = textOf('style') || null;
  const options = style === null ? undefined : parseOptions(textOf('options'));
  // As it is sold, so that it is found by what tells it apart; a style's own words count as a brand's do.
  const name = variantName(textOf('name'), options?.ok === true ? options.value : []);
  return {
    folded: `${fold(name)}${NAME_END}${fold(`${textOf('brand')} ${style ?? ''}`)}`,
    category: textOf('category') || null,
    tile_rank: textOf('plu') === '' ? 1 : 0,
    picture: isPictureName(textOf('picture')) ? textOf('picture') : null,
    style,
  };
}

const rowOf = (field: (number: number) => Scalar | undefined) => {
  const { folded, category, tile_rank: tileRank, picture, style } = indexedOf(field);
  return [folded, category, tileRank, picture, style] as const;
};

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
  return (entity) => {
    if (entity.type !== ITEM) return;
    const fields = mergeZones(store().readEntity(ITEM, entity.key, store().newestAt()), scopes());
    const known = find.get(entity.key);
    if (fields === null) {
      if (known !== undefined) {
        removeText.run(known.docid);
        remove.run(known.docid);
        count.run(-1);
      }
      return;
    }
    const { folded, category, tile_rank: tileRank, picture, style } = indexedOf((field) => fields.get(field));
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

/** As migrations left them; a test compares. */
const INDEXES: Readonly<Record<string, string>> = {
  search_item_folded: '(folded)',
  search_item_category: '(category, tile_rank, folded) WHERE category IS NOT NULL',
  search_item_picture: '(picture) WHERE picture IS NOT NULL',
  search_item_style: '(style, sku) WHERE style IS NOT NULL',
};

/** What is read at a time dies young; what is written together takes a tenth of a second or so. */
const PAGE_ENTITIES = 64;
const STEP_PAGES = 64;
const STEP_TEXTS = 16_384;
const STEP_AGAIN = 1_024;

/** Filled as goods come, and filled out of all cells at the end. */
const FOLLOWED = 'search_item_first';
const READ = 'search_item_fill';
/** In place of a rank: what a row says is to be read again. */
const AGAIN = -1;
const FIRST_ERA = 1;

export interface SearchFill {
  /** Before anything comes, inside a turn: goods are followed from here on, where none are there yet or all of them were followed. */
  open(): void;
  /** Inside the transaction that applies a chunk. */
  readonly onFirst: OnFirst;
  /** One step, in a transaction; true where more remain. `begins` starts anew, whatever a kill has left. */
  prepare(begins: boolean): boolean;
}

/**
 * The index of a first catalogue, made before it shows (docs/decisions/0048 and 0052): a table beside the index's own takes each of the goods with its cells; once all are there their texts are
 * indexed and the table's indexes made, and it takes that one's place. Where goods came that it did not take, it is made of all cells, in the order of their SKUs.
 */
export function createSearchFill(db: Connection, store: () => ReplicaStore, scopes: () => readonly string[]): SearchFill {
  const inTransaction = <T>(work: () => T): T => db.transaction(work).immediate();
  const definition = db.prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").pluck();
  const definitionOf = (table: string): string =>
    (definition.get('search_item') ?? '').replace(/^CREATE TABLE "?search_item"?/, `CREATE TABLE ${table}`);
  const insertInto = (table: string) =>
    db.prepare(
      `INSERT INTO ${table} (sku, folded, category, tile_rank, picture, style) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (sku) DO UPDATE SET tile_rank = ${AGAIN}`,
    );
  /** Undefined: goods are not followed. */
  let follow: Database.Statement | undefined;
  const isShown = new Map<string, boolean>();

  /** By itself, as `mergeZones` shows it. */
  function shows(scope: string): boolean {
    const known = isShown.get(scope) ?? mergeZones([{ type: ITEM, key: '', scope, fields: new Map() }], scopes()) !== null;
    isShown.set(scope, known);
    return known;
  }

  function* readAll(): Generator<void, void> {
    inTransaction(() => db.exec(`DROP TABLE IF EXISTS ${READ}; ${definitionOf(READ)}`));
    const insert = insertInto(READ);
    const [at, scopesThen] = [store().newestAt(), scopes()];
    const add = (entities: readonly ScopedEntity[]): void => {
      const fields = mergeZones(entities, scopesThen);
      if (fields !== null) insert.run(entities[0]?.key, ...rowOf((field) => fields.get(field)));
    };
    let after: string | undefined;
    /** True where more remain. */
    const addPage = (): boolean => {
      const page = store().readPrefix(ITEM, '', at, PAGE_ENTITIES, after);
      for (let start = 0; start < page.length;) {
        let end = start + 1;
        while (page[end]?.key === page[start]?.key) end += 1;
        add(page.slice(start, end));
        start = end;
      }
      after = page.at(-1)?.key;
      return page.length >= PAGE_ENTITIES;
    };
    const addPages = (): boolean => {
      for (let page = 0; page < STEP_PAGES; page += 1) if (!addPage()) return false;
      return true;
    };
    do yield;
    while (inTransaction(addPages));
  }

  /** What came in more than one piece, or went again. */
  function* readAgain(): Generator<void, void> {
    const due = db.prepare<[number], { readonly docid: number; readonly sku: string }>(
      `SELECT docid, sku FROM ${FOLLOWED} WHERE docid > ? AND tile_rank = ${AGAIN} ORDER BY docid LIMIT ${STEP_AGAIN}`,
    );
    const remove = db.prepare(`DELETE FROM ${FOLLOWED} WHERE docid = ?`);
    const update = db.prepare(`UPDATE ${FOLLOWED} SET folded = ?, category = ?, tile_rank = ?, picture = ?, style = ? WHERE docid = ?`);
    const [at, scopesThen] = [store().newestAt(), scopes()];
    let after = 0;
    const next = (): boolean => {
      const rows = due.all(after);
      for (const { docid, sku } of rows) {
        const fields = mergeZones(store().readEntity(ITEM, sku, at), scopesThen);
        if (fields === null) remove.run(docid);
        else update.run(...rowOf((field) => fields.get(field)), docid);
        after = docid;
      }
      return rows.length === STEP_AGAIN;
    };
    do yield;
    while (inTransaction(next));
  }

  function* indexTexts(table: string): Generator<void, void> {
    const last = db.prepare<[], number>(`SELECT coalesce(max(docid), 0) FROM ${table}`).pluck();
    const texts = db.prepare(`INSERT INTO search_text (rowid, folded) SELECT docid, folded FROM ${table} WHERE docid > ? AND docid <= ?`);
    yield;
    inTransaction(() => db.exec("INSERT INTO search_text (search_text) VALUES ('delete-all')"));
    const end = last.get() ?? 0;
    for (let from = 0; from < end; from += STEP_TEXTS) {
      yield;
      inTransaction(() => texts.run(from, from + STEP_TEXTS));
    }
  }

  function* fill(): Generator<void, void> {
    // What is sorted for an index must not lie in memory.
    db.pragma('temp_store = FILE');
    // Of what came of a history that the hub has lost since, only the cells know.
    const isFollowed = follow !== undefined && eraOf(store().newestAt()) === FIRST_ERA;
    const [table, other] = isFollowed ? [FOLLOWED, READ] : [READ, FOLLOWED];
    yield* isFollowed ? readAgain() : readAll();
    yield* indexTexts(table);
    for (const [name, on] of Object.entries(INDEXES)) {
      yield;
      inTransaction(() => void db.exec(`DROP INDEX IF EXISTS ${name}; CREATE INDEX ${name} ON ${table} ${on}`));
    }
    yield;
    inTransaction(() => {
      db.exec(`DROP TABLE search_item; ALTER TABLE ${table} RENAME TO search_item; DROP TABLE IF EXISTS ${other}`);
      db.exec('UPDATE search_count SET items = (SELECT count(*) FROM search_item) WHERE id = 1');
    });
    follow = undefined;
    db.pragma('temp_store = MEMORY');
  }
  let steps = fill();
  return {
    open() {
      const held = definition.get(FOLLOWED);
      const isEmpty = store().cut().at === 0 && held === undefined && store().countEntities(ITEM) === 0;
      if (isEmpty) db.exec(definitionOf(FOLLOWED));
      // Left behind by a build that knew other columns, or by one that did without.
      else if (held !== undefined && (held !== definitionOf(FOLLOWED) || store().cut().at > 0)) db.exec(`DROP TABLE ${FOLLOWED}`);
      if (definition.get(FOLLOWED) !== undefined) follow = insertInto(FOLLOWED);
    },
    onFirst({ type, key, scope }, field) {
      if (type !== ITEM || follow === undefined) return;
      if (field === null || !shows(scope)) follow.run(key, '', null, AGAIN, null, null);
      else follow.run(key, ...rowOf(field));
    },
    prepare(begins) {
      if (begins) steps = fill();
      return steps.next().done !== true;
    },
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
