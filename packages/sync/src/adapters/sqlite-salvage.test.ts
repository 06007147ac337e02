import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { genesisHead, verifyChain, type ChainedEntry } from '../replica/ledger.ts';
import { batchOfEntries, NEXT_EPOCH, PORTS, saleDraft, SCHEMAS, seeded } from '../testing/fixtures.ts';
import { IDENTITY } from '../testing/store-contract.ts';
import { decodeBatch, encodeBatch } from '../wire/batch.ts';
import { sameBytes } from '../wire/bytes.ts';
import { salvageLedger, strandedText, type Salvage } from './sqlite-salvage.ts';
import { createSqliteStore, SYNC_MIGRATIONS } from './sqlite.ts';

const FIRST_EPOCH = '00112233445566aa';
const [FIRST, CONFIRMED, SECOND] = [600, 400, 150];
const PAGE_BYTES = 4_096;

const folder = mkdtempSync(join(tmpdir(), 'holdfast-salvage-'));
const whole = join(folder, 'whole.sqlite');
const opened: Database.Database[] = [];
let original: readonly ChainedEntry[] = [];

function openFresh(file = ':memory:'): Database.Database {
  const database = new Database(file);
  opened.push(database);
  for (const { sql } of SYNC_MIGRATIONS) database.exec(sql);
  return database;
}

beforeAll(() => {
  const database = openFresh(whole);
  const store = createSqliteStore(database, { schemas: SCHEMAS, hash: PORTS.hash });
  const sell = (count: number): void =>
    database.transaction(() => {
      for (let serial = 1; serial <= count; serial += 1) store.append(saleDraft(serial));
    })();
  store.enrol(IDENTITY, FIRST_EPOCH);
  sell(FIRST);
  store.confirm([{ epoch: FIRST_EPOCH, confirmedSeq: CONFIRMED, diverged: false }], {});
  store.mintEpoch(NEXT_EPOCH);
  store.noteShared({ epoch: FIRST_EPOCH, seq: FIRST });
  sell(SECOND);
  original = [FIRST_EPOCH, NEXT_EPOCH].flatMap((epoch) => store.entriesAfter(epoch, 0, 10_000, 1e9));
  database.close();
});
afterAll(() => {
  for (const database of opened) database.close();
  rmSync(folder, { recursive: true });
});

/** The file with some of its pages overwritten, salvaged into a fresh database. */
function salvaged(damage: (bytes: Uint8Array) => void): { readonly salvage: Salvage; readonly fresh: Database.Database } {
  const file = join(folder, `damaged-${opened.length}.sqlite`);
  copyFileSync(whole, file);
  const bytes = new Uint8Array(readFileSync(file));
  damage(bytes);
  writeFileSync(file, bytes);
  const damaged = new Database(file);
  opened.push(damaged);
  const fresh = openFresh();
  return { salvage: salvageLedger(damaged, fresh, PORTS.hash), fresh };
}

const isOriginal = ({ id, canonical }: ChainedEntry): boolean => {
  const written = original[(id.epoch === FIRST_EPOCH ? 0 : FIRST) + id.seq - 1];
  return written !== undefined && written.id.epoch === id.epoch && sameBytes(written.canonical, canonical);
};

/** What waits there is a chain that a hub takes: byte by byte what was written, from what it has confirmed on. */
function checkWaiting(fresh: Database.Database): number {
  const store = createSqliteStore(fresh, { schemas: SCHEMAS, hash: PORTS.hash });
  let waiting = 0;
  for (const { device, epoch, confirmedSeq, headSeq, headHash, parent } of store.epochs()) {
    const entries = store.entriesAfter(epoch, confirmedSeq, 10_000, 1e9);
    expect(entries).toHaveLength(headSeq - confirmedSeq);
    expect(entries.every(isOriginal)).toBe(true);
    const [first] = entries;
    if (first === undefined) continue;
    const from = { ...genesisHead(device, epoch, parent?.hash ?? null), seq: confirmedSeq, hash: first.previousHash };
    expect(verifyChain(PORTS.hash, entries, from)).toMatchObject({ ok: true, value: { seq: headSeq, hash: headHash } });
    const batch = batchOfEntries(entries, confirmedSeq === 0 ? parent : null);
    expect(decodeBatch(encodeBatch(batch, PORTS.compression), PORTS)).toMatchObject({ ok: true });
    waiting += entries.length;
  }
  expect(store.waiting().entries).toBe(waiting);
  return waiting;
}

/** Pages whose bytes hold an entry's canonical bytes, or a part of them. */
function pagesOf(seqs: (entry: ChainedEntry) => boolean): ReadonlySet<number> {
  const bytes = Buffer.from(readFileSync(whole));
  return new Set(
    original.filter(seqs).flatMap(({ canonical }) => {
      const at = bytes.indexOf(canonical.subarray(0, 40));
      return at < 0 ? [] : [Math.floor(at / PAGE_BYTES)];
    }),
  );
}
const overwrite = (bytes: Uint8Array, page: number): void => void bytes.fill(0xa5, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);

describe('I-6: what of a damaged database can still be believed', () => {
  test('of a whole one: all of it, with what was confirmed and what continues what', () => {
    const { salvage, fresh } = salvaged(() => {});
    expect(salvage).toMatchObject({
      identity: IDENTITY,
      epochs: [
        { epoch: FIRST_EPOCH, headSeq: FIRST, confirmedSeq: CONFIRMED, entries: FIRST },
        { epoch: NEXT_EPOCH, headSeq: SECOND, confirmedSeq: 0, entries: SECOND },
      ],
      stranded: [],
    });
    const store = createSqliteStore(fresh, { schemas: SCHEMAS, hash: PORTS.hash });
    expect(store.epochs()[1]?.parent).toMatchObject({ epoch: FIRST_EPOCH, seq: FIRST });
    expect(store.sharedUpTo(), 'I-8').toEqual({ epoch: FIRST_EPOCH, seq: FIRST });
    expect(checkWaiting(fresh)).toBe(FIRST - CONFIRMED + SECOND);
    expect(store.waiting().byKind.get(1)).toBe(FIRST - CONFIRMED + SECOND);
    // It goes on from there as from any other.
    store.mintEpoch('00112233445566cc');
    fresh.transaction(() => store.append(saleDraft(1)))();
    expect(store.epochs().at(-1)).toMatchObject({ headSeq: 1, parent: { epoch: NEXT_EPOCH, seq: SECOND } });
  });

  test('a page of entries that the hub has costs nothing that it has not', () => {
    const [page] = pagesOf(({ id }) => id.epoch === FIRST_EPOCH && id.seq > 100 && id.seq < 200);
    assert(page !== undefined, 'a page of entries');
    const { salvage, fresh } = salvaged((bytes) => overwrite(bytes, page));
    expect(salvage.stranded).toEqual([]);
    expect(salvage.epochs[0]?.entries).toBeLessThan(FIRST);
    expect(checkWaiting(fresh)).toBe(FIRST - CONFIRMED + SECOND);
  });

  test('behind a page of entries that the hub lacks, those that follow are handed over for a person', () => {
    const [page] = pagesOf(({ id }) => id.epoch === FIRST_EPOCH && id.seq > 500 && id.seq < 550);
    assert(page !== undefined, 'a page of entries');
    const { salvage, fresh } = salvaged((bytes) => overwrite(bytes, page));
    const [first] = salvage.epochs;
    expect(first?.headSeq).toBeGreaterThan(CONFIRMED);
    expect(first?.headSeq).toBeLessThan(550);
    const shared = createSqliteStore(fresh, { schemas: SCHEMAS, hash: PORTS.hash }).sharedUpTo();
    expect(shared, 'I-8').toEqual({ epoch: FIRST_EPOCH, seq: first?.headSeq });
    expect(salvage.stranded.length).toBeGreaterThan(0);
    expect(salvage.stranded.every(isOriginal)).toBe(true);
    expect(strandedText(salvage.stranded).split('\n')).toHaveLength(salvage.stranded.length + 1);
    checkWaiting(fresh);
  });

  test('one bit of an entry, and it is not there', () => {
    const victim = original.find(({ id }) => id.epoch === NEXT_EPOCH && id.seq === SECOND);
    assert(victim !== undefined, 'the last entry');
    const { salvage, fresh } = salvaged((bytes) => {
      const at = Buffer.from(bytes).indexOf(victim.canonical.subarray(30));
      bytes[at + 60] = (bytes[at + 60] ?? 0) ^ 1;
    });
    expect(salvage.epochs[1]?.headSeq).toBe(SECOND - 1);
    checkWaiting(fresh);
  });

  test('whatever pages are overwritten, nothing is believed that was not written, and what goes up chains', () => {
    const next = seeded(2_611);
    const pages = Math.floor(readFileSync(whole).length / PAGE_BYTES);
    let most = 0;
    for (let round = 0; round < 25; round += 1) {
      const { salvage, fresh } = salvaged((bytes) => {
        // Without its first page nothing can be opened as a database at all.
        for (let hit = 0; hit <= round % 5; hit += 1) overwrite(bytes, 1 + Math.floor(next() * (pages - 1)));
      });
      expect(salvage.stranded.every(isOriginal)).toBe(true);
      most = Math.max(most, checkWaiting(fresh));
    }
    // Where what the hub confirmed is lost, all of it goes up again.
    expect(most).toBeGreaterThanOrEqual(FIRST - CONFIRMED + SECOND);
  });

  test('I-8: that the hub holds another history of an epoch is known by the epoch, where no place was kept yet or its table is lost', () => {
    const diverged = (database: Database.Database): void =>
      void database.prepare('UPDATE sync_epoch SET diverged = 1 WHERE epoch = ?').run(FIRST_EPOCH);
    const loses = [
      (database: Database.Database): void => void database.exec('DROP TABLE sync_shared'),
      (database: Database.Database): void => void database.exec('ALTER TABLE sync_shared RENAME COLUMN seq TO lost'),
    ];
    for (const lose of loses) {
      const file = join(folder, `diverged-${opened.length}.sqlite`);
      copyFileSync(whole, file);
      const damaged = new Database(file);
      opened.push(damaged);
      diverged(damaged);
      lose(damaged);
      const fresh = openFresh();
      salvageLedger(damaged, fresh, PORTS.hash);
      const store = createSqliteStore(fresh, { schemas: SCHEMAS, hash: PORTS.hash });
      expect(store.sharedUpTo()).toEqual({ epoch: FIRST_EPOCH, seq: FIRST });
    }
  });

  test('of what is no database, nothing', () => {
    const { salvage } = salvaged((bytes) => void bytes.fill(0xa5));
    expect(salvage).toEqual({ identity: null, epochs: [], stranded: [] });
  });
});
