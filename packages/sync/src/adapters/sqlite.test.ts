import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';

import { decodeCells, eachEntityOf, toAt } from '../down/cells.ts';
import { PORTS, saleDraft, SCHEMAS } from '../testing/fixtures.ts';
import { describeStore, IDENTITY } from '../testing/store-contract.ts';
import { afterPrefix, createSqliteStore, SYNC_MIGRATIONS } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sync-'));
const opened: Database.Database[] = [];
let files = 0;

function openDatabase(file: string): Database.Database {
  const database = new Database(file);
  opened.push(database);
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) database.pragma(pragma);
  return database;
}

function newDatabase(): { readonly file: string; readonly database: Database.Database } {
  files += 1;
  const file = join(folder, `store-${files}.sqlite`);
  const database = openDatabase(file);
  for (const migration of SYNC_MIGRATIONS) database.exec(migration.sql);
  return { file, database };
}

afterAll(() => {
  for (const database of opened) database.close();
  rmSync(folder, { recursive: true });
});

describeStore('sqlite', (onEntity) => {
  const { file, database } = newDatabase();
  const options = { schemas: SCHEMAS, hash: PORTS.hash, onEntity };
  let connection = database;
  let store = createSqliteStore(connection, options);
  return {
    store: () => store,
    transact: (work) => connection.transaction(work).immediate(),
    reopen: () => {
      connection.close();
      connection = openDatabase(file);
      store = createSqliteStore(connection, options);
    },
  };
});

describe('sqlite: its own', () => {
  const open = () => {
    const { file, database } = newDatabase();
    const store = createSqliteStore(database, { schemas: SCHEMAS, hash: PORTS.hash });
    store.enrol(IDENTITY, '00112233445566aa');
    return { file, database, store };
  };

  test('L-6: an entry is appended inside the caller’s transaction, and goes with it', () => {
    const { database, store } = open();
    expect(() => store.append(saleDraft(1))).toThrow('in the transaction');
    const aborted = database.transaction(() => {
      store.append(saleDraft(1));
      throw new Error('the sale fails');
    });
    expect(() => aborted()).toThrow('the sale fails');
    expect([store.epochs()[0]?.headSeq, store.waiting().entries]).toEqual([0, 0]);
    database.transaction(() => store.append(saleDraft(2)))();
    expect([store.epochs()[0]?.headSeq, store.waiting().entries]).toEqual([1, 1]);
  });

  test('L-6: two connections see each other’s work', () => {
    const { file, database, store } = open();
    const worker = createSqliteStore(openDatabase(file), { schemas: SCHEMAS, hash: PORTS.hash });
    database.transaction(() => store.append(saleDraft(1)))();
    expect(worker.waiting().entries).toBe(1);
    worker.confirm([{ epoch: '00112233445566aa', confirmedSeq: 1, diverged: false }], {});
    expect(store.waiting().entries).toBe(0);
    worker.mintEpoch('bbbbbbbbbbbbbbbb');
    expect(database.transaction(() => store.append(saleDraft(2)))().id).toEqual({
      device: IDENTITY.device,
      epoch: 'bbbbbbbbbbbbbbbb',
      seq: 1,
    });
  });

  test('L-6: an append is quick, and a status costs no scan', () => {
    const { database, store } = open();
    const timesMs: number[] = [];
    for (let serial = 0; serial < 400; serial += 1) {
      database.transaction(() => {
        const draft = saleDraft(serial, 6);
        const startedMs = performance.now();
        store.append(draft);
        timesMs.push(performance.now() - startedMs);
      })();
    }
    const median = timesMs.toSorted((left, right) => left - right)[200];
    // 0.04 ms on an idle machine; the bound leaves room for a busy one.
    expect(median).toBeLessThan(1);
    const plan = database
      .prepare<[], { detail: string }>('EXPLAIN QUERY PLAN SELECT kind, sum(appended - confirmed) FROM sync_entry_count GROUP BY kind')
      .all();
    expect(plan.map(({ detail }) => detail).join()).not.toContain('sync_entry ');
  });

  test('C-7: reads by key and by prefix go by the primary key', () => {
    const { database } = open();
    for (const where of ['type = 1 AND key = ?', 'type = 1 AND key >= ? AND key < ? ORDER BY key, scope']) {
      const plan = database.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN SELECT cells FROM sync_entity WHERE ${where}`);
      const details = plan.all(...Array.from({ length: where.split('?').length - 1 }, () => 'x')).map(({ detail }) => detail);
      expect(details).toHaveLength(1);
      expect(details[0]).toContain('USING PRIMARY KEY');
    }
  });

  test('C-7: the text after all texts with a prefix', () => {
    expect(['a', 'az', '\ud7ff', 'a\u{10ffff}', '', '\u{10ffff}'].map(afterPrefix)).toEqual(['b', 'a{', '\ue000', 'b', null, null]);
  });

  test('D-6: who follows the first cut is told of each entity with its fields, and of what comes after it without', () => {
    const { database } = newDatabase();
    const told: string[] = [];
    const first: unknown[] = [];
    const store = createSqliteStore(database, {
      schemas: SCHEMAS,
      hash: PORTS.hash,
      onEntity: ({ key }) => void told.push(key),
      onFirst: ({ key }, field) => first.push([key, field === null ? null : [1, 2, 3].map(field)]),
    });
    store.enrol(IDENTITY, '00112233445566aa');
    const position = (lsn: number) => ({ hubEpoch: 'aa'.repeat(8), lsn, historyHash: 'cd'.repeat(32) });
    for (const [lsn, key] of ['A', 'B'].entries()) {
      store.stage({ from: position(lsn), to: position(lsn + 1), rebase: false, segments: [], signature: String(lsn).padStart(128, '0') });
      const one = { type: 1, scope: 'global', generation: 2, stamp: lsn + 1 };
      const cells = [
        { ...one, key, field: 0, value: true },
        { ...one, key, field: 1, value: 'shown' },
        { ...one, key, field: 2, value: 'of before it was removed', generation: 1 },
        { ...one, key: `${key} removed`, field: 0, value: false },
        { ...one, key: `${key} unheard of`, field: 1, value: 'without existence' },
      ];
      const chunk = { segment: 's', chunk: 0, chunkCount: 1 };
      const keys = [key, `${key} removed`, `${key} unheard of`];
      for (let time = 0; time < 2; time += 1) expect(store.applyChunk(chunk, cells).map((touched) => touched.key)).toEqual(keys);
      store.expose();
    }
    const removed = [
      ['A removed', null],
      ['A unheard of', null],
    ];
    expect(first).toEqual([['A', ['shown', undefined, undefined]], ...removed, ['A', null], ...removed]);
    expect(told).toEqual([...told.slice(0, 3), ...told.slice(0, 3)]);
    expect(told.slice(0, 3)).toEqual(['B', 'B removed', 'B unheard of']);
  });

  test('D-5, D-6: a chunk of a first cut written entity by entity is the one that is applied cell by cell, also where some of it was there', () => {
    const [filled, applied] = [open(), open()];
    const one = { type: 1, key: 'B', scope: 'global', generation: 1, stamp: 1 };
    const before = [
      { ...one, field: 0, value: true },
      { ...one, field: 1, value: 'of a manifest that was given up' },
    ];
    const cells = [
      { ...one, key: 'A', field: 0, value: true },
      { ...one, key: 'A', field: 2, value: 17 },
      { ...one, field: 0, value: true, stamp: 2 },
      { ...one, field: 2, value: null, stamp: 2 },
      { ...one, key: 'C', field: 0, value: true },
      { ...one, key: 'C', field: 1, value: 'of before it was removed' },
      { ...one, key: 'C', field: 1, value: 'and again', generation: 2 },
    ];
    const position = { hubEpoch: 'aa'.repeat(8), lsn: 0, historyHash: 'cd'.repeat(32) };
    const chunk = { segment: 's', chunk: 0, chunkCount: 2 };
    const rowsOf = ({ database }: typeof filled): readonly unknown[] =>
      database.prepare('SELECT type, key, scope, cells FROM sync_entity ORDER BY key').all();
    for (const { store } of [filled, applied]) {
      store.stage({ from: position, to: { ...position, lsn: 2 }, rebase: false, segments: [], signature: '0'.repeat(128) });
      store.applyChunk(chunk, before, false);
    }
    applied.store.applyChunk(chunk, cells);
    for (let time = 0; time < 2; time += 1) filled.store.fillChunk?.(chunk, eachEntityOf(cells));
    expect(rowsOf(filled)).toEqual(rowsOf(applied));
    expect(rowsOf(filled).length).toBe(3);
    expect(filled.store.staged()?.progress).toEqual(new Map([['s', { applied: 1, chunkCount: 2 }]]));
    filled.store.expose();
    expect(() => filled.store.fillChunk?.(chunk, eachEntityOf(cells))).toThrow('no cut shows yet');
  });

  test.each([
    ['is no JSON any more', 'replace(manifest, \'{"from"\', \'["from"\')'],
    ['is no manifest any more', 'replace(manifest, \'"lsn":\', \'"lsm":\')'],
  ])('P-4, I-6: a staged manifest whose text %s is none: the cut begins anew, and ends', (_, flipped) => {
    const { database, store } = open();
    const position = { hubEpoch: 'aa'.repeat(8), lsn: 0, historyHash: 'cd'.repeat(32) };
    const manifest = { from: position, to: { ...position, lsn: 2 }, rebase: false, segments: [], signature: '0'.repeat(128) };
    const chunk = { segment: 's', chunk: 0, chunkCount: 2 };
    const apple = { type: 1, key: 'A', scope: 'global', generation: 1, stamp: 1, field: 0, value: true };
    store.stage(manifest);
    store.applyChunk(chunk, [apple]);
    expect(database.prepare(`UPDATE sync_staged SET manifest = ${flipped}`).run().changes).toBe(1);
    const again = createSqliteStore(database, { schemas: SCHEMAS, hash: PORTS.hash });
    expect(again.staged()).toBeNull();
    expect(again.stage(manifest)).toEqual({ manifest, progress: new Map() });
    for (const number of [0, 1]) again.applyChunk({ ...chunk, chunk: number }, [apple]);
    const cut = again.expose();
    expect([cut.position.lsn, again.readEntity(1, 'A', cut.at).length, again.proof()]).toEqual([2, 1, manifest]);
    // What shows where it came from is no more than a proof.
    database.prepare('UPDATE sync_cut SET proof = substr(proof, 2)').run();
    expect([again.proof(), again.cut()]).toEqual([null, cut]);
  });

  test('C-6: the largest LSN of the largest era is still one exact integer', () => {
    const { database } = open();
    const at = toAt(4_095, 2 ** 40 - 1);
    database.prepare('INSERT INTO sync_superseded (at, type, key, scope) VALUES (?, 1, ?, ?)').run(at, 'A', 'global');
    expect(database.prepare('SELECT at FROM sync_superseded').pluck().get()).toBe(at);
    expect(Number.isSafeInteger(at)).toBe(true);
  });

  test('D-19: a field that changes all day is held by few of its versions', () => {
    const { database, store } = open();
    const position = (lsn: number) => ({ hubEpoch: 'aa'.repeat(8), lsn, historyHash: 'cd'.repeat(32) });
    const price = { type: 1, key: 'A', scope: 'global', generation: 1 };
    let most = 0;
    for (let lsn = 1; lsn <= 300; lsn += 1) {
      store.stage({ from: position(lsn - 1), to: position(lsn), rebase: false, segments: [], signature: String(lsn).padStart(128, '0') });
      const cells = [{ ...price, field: 1, value: `at ${lsn}`, stamp: lsn }];
      store.applyChunk(
        { segment: 's', chunk: 0, chunkCount: 1 },
        lsn === 1 ? [{ ...price, field: 0, value: true, stamp: 1 }, ...cells] : cells,
      );
      store.expose();
      while (store.pruneVersions(Infinity, 10));
      const row = database.prepare<[], Uint8Array>('SELECT cells FROM sync_entity').pluck().get();
      most = Math.max(most, decodeCells(row ?? new Uint8Array()).get(1)?.length ?? 0);
    }
    expect(most).toBeGreaterThanOrEqual(store.heldCuts().length);
    expect(most).toBeLessThanOrEqual(20);
    for (const { at, lsn } of store.heldCuts()) expect(store.readEntity(1, 'A', at)[0]?.fields.get(1)).toBe(`at ${lsn}`);
  });

  test('L-6: every table is STRICT, and migrations are numbered from 1 without a gap', () => {
    const { database } = open();
    const tables = database
      .prepare<[], { name: string; strict: number }>("SELECT name, strict FROM pragma_table_list WHERE name LIKE 'sync_%'")
      .all();
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) expect(table).toMatchObject({ strict: 1 });
    expect(SYNC_MIGRATIONS.map(({ number }) => number)).toEqual(SYNC_MIGRATIONS.map((_, index) => index + 1));
  });
});
