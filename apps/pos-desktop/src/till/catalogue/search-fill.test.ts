/** The index of a first catalogue, beside the one that follows each chunk: the same rows, whatever is killed in between. */
import { rmSync } from 'node:fs';

import { nodeHash, systemClock } from '@holdfast/base/node';
import type { ReplicaStore } from '@holdfast/sync';
import { createSqliteStore } from '@holdfast/sync/sqlite';
import { afterEach, expect, test } from 'vitest';

import { openConnection, type Connection } from '../database/connection.ts';
import { migrate } from '../database/migrations.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, fastFolder, goods, publish, SHOP, type PublishedEntity } from '../testing/test-lane.ts';
import { createSearchFill, createSearchIndexer, type SearchFill } from './search.ts';

const SCOPES = ['global', 'zone:1', 'store:1'];
const folders: string[] = [];
const opened: Connection[] = [];

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Indexed {
  readonly db: Connection;
  readonly store: ReplicaStore;
  readonly fill: SearchFill;
}

/** `indexed`: with each entity, as after the first cut. `followed`: goods stand in the new table as they come. `read`: nothing was followed. */
type How = 'indexed' | 'followed' | 'read';
const FILLED: readonly How[] = ['followed', 'read'];

function open(folder: string, how: How): Indexed {
  const db = openConnection(folder);
  opened.push(db);
  migrate(db, systemClock);
  const scopes = () => SCOPES;
  const store: ReplicaStore = createSqliteStore(db, {
    schemas: LEDGER_SCHEMAS,
    hash: nodeHash,
    onEntity: createSearchIndexer(db, () => store, scopes),
    ...(how !== 'indexed' && { onFirst: (entity, field) => fill.onFirst(entity, field) }),
  });
  const fill = createSearchFill(db, () => store, scopes);
  if (how === 'followed') fill.open();
  return { db, store, fill };
}

function newFolder(): string {
  const folder = fastFolder();
  folders.push(folder);
  return folder;
}

/** All of it is applied, and nothing shows. */
const apply = (store: ReplicaStore, entities: readonly PublishedEntity[]): void =>
  publish({ ...store, expose: () => store.cut() }, entities);

function fillWhole({ fill }: Indexed): number {
  let steps = 1;
  for (let begins = true; fill.prepare(begins); begins = false) steps += 1;
  return steps;
}

const shirt = (sku: string, options: string): PublishedEntity => ({
  type: 'item',
  key: sku,
  fields: { name: 'Oxford shirt', brand: 'Kern', unit: 'piece', taxClass: 'standard', style: 'Oxford', options },
});
const GOODS: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  ...goods({ sku: 'BREAD', name: '  Weißbrot   geschnitten ', cents: 219, brand: 'Müller', category: 'Bakery' }),
  ...goods({ sku: 'CREME', name: 'Crème brûlée', cents: 349, category: 'Dairy' }),
  shirt('OX-1', 'Size: XL; Colour: Blue'),
  { type: 'item', key: 'PEAR', scope: 'store:1', fields: { name: 'Our own pear' } },
  { type: 'item', key: 'PEAR', scope: 'zone:2', fields: { name: 'Of another zone' } },
  { type: 'item', key: 'TILE', fields: { name: 'With a picture', picture: 'ab'.repeat(32) } },
  { type: 'item', key: 'GONE' },
];

const rowsOf = ({ db }: Indexed): readonly unknown[] =>
  db.prepare('SELECT sku, folded, category, tile_rank, picture, style FROM search_item ORDER BY sku').all();
const skusOf = ({ db }: Indexed, query: string): readonly unknown[] =>
  db
    .prepare('SELECT sku FROM search_item WHERE docid IN (SELECT rowid FROM search_text WHERE search_text MATCH ?) ORDER BY sku')
    .pluck()
    .all(query);
const countsOf = ({ db }: Indexed): readonly unknown[] => [
  db.prepare('SELECT items FROM search_count').pluck().get(),
  db.prepare('SELECT count(*) FROM search_text_docsize').pluck().get(),
];
/** Tables and indexes of the database; a renamed table's name is quoted. */
const schemaOf = ({ db }: Indexed): readonly unknown[] =>
  db
    .prepare<[], { type: string; name: string; sql: string | null }>('SELECT type, name, sql FROM sqlite_schema ORDER BY name')
    .all()
    .map(({ type, name, sql }) => [type, name, sql?.replaceAll('"search_item"', 'search_item')]);

function expectLevel(filled: Indexed, followed: Indexed): void {
  expect(rowsOf(filled)).toEqual(rowsOf(followed));
  expect(countsOf(filled)).toEqual(countsOf(followed));
  for (const query of ['"mil"*', '"weissbrot"', '"kern" "xl"', '"our" "own"*', '"another"', '"ap"*', '"nobody"'])
    expect([query, skusOf(filled, query)]).toEqual([query, skusOf(followed, query)]);
  expect(schemaOf(filled)).toEqual(schemaOf(followed));
}

test.each(FILLED)('D-6: the index of a first catalogue, %s, is the one that follows each entity, and is followed from there on', (how) => {
  const [filled, followed] = [open(newFolder(), how), open(newFolder(), 'indexed')];
  for (const { store } of [filled, followed]) apply(store, GOODS);
  expect(rowsOf(filled)).toEqual([]);
  expect(rowsOf(followed).length).toBeGreaterThan(10);
  fillWhole(filled);
  for (const { store } of [filled, followed]) store.expose();
  expectLevel(filled, followed);
  expect(filled.db.pragma('temp_store', { simple: true })).toBe(followed.db.pragma('temp_store', { simple: true }));
  const later: readonly PublishedEntity[] = [
    { type: 'item', key: 'MILK', fields: { name: 'Milk of another name', unit: 'piece', taxClass: 'reduced' } },
    { type: 'item', key: 'BEER' },
    ...goods({ sku: 'NEW', name: 'Milk powder', cents: 99 }),
  ];
  for (const { store } of [filled, followed]) publish(store, later);
  expectLevel(filled, followed);
});

test.each(FILLED)('D-5, D-6: %s, killed after any step or begun again, it is made anew, and nothing stands in it twice', (how) => {
  const followed = open(newFolder(), 'indexed');
  publish(followed.store, GOODS);
  const whole = open(newFolder(), how);
  apply(whole.store, GOODS);
  const steps = fillWhole(whole);
  expect(steps).toBeGreaterThan(5);
  for (let done = 1; done <= steps; done += 1) {
    const folder = newFolder();
    const killed = open(folder, how);
    apply(killed.store, GOODS);
    for (let step = 0; step < done; step += 1) killed.fill.prepare(step === 0);
    if (done % 2 === 0) killed.db.close();
    const again = done % 2 === 0 ? open(folder, how) : killed;
    expect(again.store.cut().at).toBe(0);
    fillWhole(again);
    again.store.expose();
    expectLevel(again, followed);
  }
});

test.each(FILLED)(
  'D-6: many goods, %s, are indexed in several steps, none twice for its scopes; a half index of a build before goes',
  (how) => {
    const many = Array.from({ length: 20_000 }, (_, n): readonly PublishedEntity[] => {
      const key = `K${String(n).padStart(5, '0')}`;
      const apple: PublishedEntity = { type: 'item', key, fields: { name: `Apple ${n}`, unit: 'piece', taxClass: 'standard' } };
      return n % 10 === 0 ? [apple, { type: 'item', key, scope: 'store:1', fields: { name: `Own apple ${n}` } }] : [apple];
    }).flat();
    const filled = open(newFolder(), how);
    apply(filled.store, [...SHOP, ...many]);
    filled.db.exec("INSERT INTO search_item (sku, folded, tile_rank) VALUES ('OLD', 'left behind', 1)");
    filled.db.exec("INSERT INTO search_text (rowid, folded) VALUES (1, 'left behind'); UPDATE search_count SET items = 1");
    expect(fillWhole(filled)).toBeGreaterThan(10);
    filled.store.expose();
    expect(countsOf(filled)).toEqual([20_000, 20_000]);
    expect(skusOf(filled, '"own" "19990"')).toEqual(['K19990']);
    expect(skusOf(filled, '"left"')).toEqual([]);
  },
);

test('D-6: another connection reads on while the index is made, and finds in it what it has then', () => {
  const folder = newFolder();
  const filled = open(folder, 'followed');
  const reader = openConnection(folder);
  opened.push(reader);
  const found = reader.prepare('SELECT sku FROM search_item WHERE folded >= ? AND folded < ? ORDER BY folded').pluck();
  const milks = () => found.all('milk', 'milk\u{10FFFF}');
  apply(filled.store, GOODS);
  for (let begins = true; filled.fill.prepare(begins); begins = false) expect(milks()).toEqual([]);
  filled.store.expose();
  expect(milks()).toEqual(['MILK']);
});

test('D-5, D-6: what was followed before a kill stands; goods that came again, in other pieces or not at all are read', () => {
  const folder = newFolder();
  const followed = open(newFolder(), 'indexed');
  const first = open(folder, 'followed');
  apply(first.store, GOODS.slice(0, 8));
  first.db.close();
  const then = open(folder, 'followed');
  apply(then.store, [...GOODS.slice(4), { type: 'item', key: 'MILK', fields: { name: 'Milk of another name', unit: 'piece' } }]);
  apply(followed.store, [...GOODS, { type: 'item', key: 'MILK', fields: { name: 'Milk of another name', unit: 'piece' } }]);
  const again = then.db.prepare('SELECT count(*) FROM search_item_first WHERE tile_rank = -1').pluck().get() as number;
  expect(again).toBeGreaterThan(5);
  expect(again).toBeLessThan(then.db.prepare('SELECT count(*) FROM search_item_first').pluck().get() as number);
  fillWhole(then);
  for (const { store } of [then, followed]) store.expose();
  expectLevel(then, followed);
});

test('D-6: what a build with other columns followed is not gone on with, nor what came before anything was followed', () => {
  const followed = open(newFolder(), 'indexed');
  publish(followed.store, GOODS);
  const [other, late] = [open(newFolder(), 'read'), open(newFolder(), 'read')];
  other.db.exec('CREATE TABLE search_item_first (docid INTEGER PRIMARY KEY, sku TEXT)');
  for (const lane of [other, late]) {
    apply(lane.store, GOODS);
    lane.fill.open();
    expect(lane.db.prepare("SELECT name FROM sqlite_schema WHERE name = 'search_item_first'").get()).toBeUndefined();
    fillWhole(lane);
    lane.store.expose();
    lane.fill.open();
    expectLevel(lane, followed);
  }
});

test('C-6, D-6: of a history that the hub lost before anything was shown, nothing stands in the index', () => {
  const [followed, read] = [open(newFolder(), 'followed'), open(newFolder(), 'read')];
  for (const { store } of [followed, read]) {
    apply(store, GOODS);
    const lost: ReplicaStore = {
      ...store,
      stage: (manifest) =>
        store.stage({ ...manifest, to: { ...manifest.to, hubEpoch: 'bb'.repeat(8) }, signature: manifest.signature.replace(/^./, 'f') }),
    };
    apply(
      lost,
      GOODS.filter(({ key }) => key !== 'MILK'),
    );
  }
  for (const lane of [followed, read]) fillWhole(lane);
  expect(skusOf(followed, '"mil"*')).toEqual([]);
  expect(skusOf(followed, '"weissbrot"')).toEqual(['BREAD']);
  for (const { store } of [followed, read]) store.expose();
  expectLevel(followed, read);
});
