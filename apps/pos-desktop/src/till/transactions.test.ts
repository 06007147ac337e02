import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemTimers } from '@holdfast/base/node';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { checkDurability, openConnection, type Connection } from './database/connection.ts';
import { createLogSync, createSyncedTurn } from './sync/log-sync.ts';
import { cutPower, hasStrace, traceDisk, type Moment } from './testing/power-cut.ts';
import { fastFolder } from './testing/test-lane.ts';
import { createTransactions, type Transactions } from './transactions.ts';
import { createMainTurn, createWorkerTurn, createWriteTurnMemory } from './write-turn.ts';

const clock = { nowMs: () => 0, monotonicMs: () => 0 };
let folder: string;
beforeEach(() => {
  // What is synced is read off the calls, whatever the disk makes of them.
  folder = fastFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a transaction', () => {
  let db: Connection;
  let asked: number;
  let covered: number;
  let transactions: Transactions;
  beforeEach(() => {
    db = openConnection(folder);
    db.exec('CREATE TABLE done (n INTEGER PRIMARY KEY) STRICT');
    [asked, covered] = [0, 0];
    transactions = createTransactions(db, createMainTurn(createWriteTurnMemory()), {
      ask: () => (asked += 1),
      covered: () => (covered += 1),
    });
  });
  afterEach(() => db.close());
  const rows = (): readonly unknown[] => db.prepare('SELECT n FROM done').pluck().all();
  const level = (): unknown => db.pragma('synchronous', { simple: true });

  test('says inside of it what it outlives, and leaves the connection as it was', () => {
    const insert = db.prepare('INSERT INTO done VALUES (?)');
    const inside = (n: number): readonly unknown[] => [insert.run(n).changes, transactions.isDurable(), level()];
    expect(transactions.durable(() => inside(1))).toEqual([1, true, 2]);
    expect([asked, covered]).toEqual([0, 1]);
    expect(transactions.kept(() => inside(2))).toEqual([1, false, 1]);
    expect([asked, covered]).toEqual([1, 1]);
    expect(transactions.isDurable()).toBe(true);
    checkDurability(db);
    expect(rows()).toEqual([1, 2]);
  });

  test('covers what was kept before it where it syncs the log, which it does where it has written', () => {
    db.exec('INSERT INTO done VALUES (1)');
    transactions.durable(() => rows());
    transactions.durable(() => db.exec('UPDATE done SET n = 2 WHERE n = 9'));
    expect(() =>
      transactions.durable(() => {
        db.exec('UPDATE done SET n = 3');
        throw new Error('broken');
      }),
    ).toThrow('broken');
    expect(covered).toBe(0);
    transactions.durable(() => db.exec('UPDATE done SET n = 2'));
    expect(covered).toBe(1);
  });

  test.each(['durable', 'kept'] as const)('that is %s and throws leaves nothing, and the next one is as before', (kind) => {
    expect(() =>
      transactions[kind](() => {
        db.exec('INSERT INTO done VALUES (1)');
        throw new Error('broken');
      }),
    ).toThrow('broken');
    expect(rows()).toEqual([]);
    expect(transactions.isDurable()).toBe(true);
    checkDurability(db);
    transactions.durable(() => db.exec('INSERT INTO done VALUES (2)'));
    expect(rows()).toEqual([2]);
  });
});

test("the worker's disk keeps nobody waiting, and the worker goes on only behind it", () => {
  const memory = createWriteTurnMemory();
  const [db, worker] = [openConnection(folder), openConnection(folder)];
  db.exec('CREATE TABLE done (n INTEGER PRIMARY KEY) STRICT');
  const main = createTransactions(db, createMainTurn(memory), { ask: () => {}, covered: () => {} });
  const said: string[] = [];
  const turn = createSyncedTurn(worker, createWorkerTurn(memory), clock, () => {
    // While it syncs, the turn is free, and what it wrote is there.
    main.durable(() => said.push(`main reads ${String(db.prepare('SELECT max(n) FROM done').pluck().get())}`));
  });
  turn.run(() => worker.exec('INSERT INTO done VALUES (7)'));
  said.push('the worker goes on');
  expect(said).toEqual(['main reads 7', 'the worker goes on']);
  const broken = createSyncedTurn(worker, createWorkerTurn(memory), clock, () => {
    throw new Error('disk');
  });
  expect(() => broken.run(() => 1)).toThrow('disk');
  expect(main.durable(() => 1)).toBe(1);
  worker.close();
  db.close();
});

test('parts of what the worker writes are synced with what it says something of, and a moment later where it says nothing', () => {
  const worker = openConnection(folder);
  let nowMs = 0;
  let syncs = 0;
  const turn = createSyncedTurn(worker, createWorkerTurn(createWriteTurnMemory()), { nowMs: () => nowMs, monotonicMs: () => nowMs }, () => {
    syncs += 1;
  });
  turn.run(() => 1);
  for (nowMs = 0; nowMs < 240; nowMs += 24) turn.runPart(() => 1);
  expect(syncs).toBe(1);
  turn.run(() => 1);
  expect(syncs).toBe(2);
  // For a second nothing but parts.
  for (const endMs = nowMs + 1_000; nowMs < endMs; nowMs += 25) turn.runPart(() => 1);
  expect(syncs).toBe(5);
  worker.close();
});

test('a log that cannot be synced is told, and asked for again the next time', async () => {
  const errors: unknown[] = [];
  const logger = { info: () => {}, warn: () => {}, error: (message: string) => errors.push(message) };
  const logSync = createLogSync(join(folder, 'nowhere'), logger, systemTimers);
  logSync.ask();
  await logSync.stop();
  logSync.ask();
  await logSync.stop();
  expect(errors).toHaveLength(2);
});

test('goods that come in a burst are synced together, a moment after the first of them', async () => {
  const errors: unknown[] = [];
  const due: (() => void)[] = [];
  const timers = {
    after: (delayMs: number, run: () => void) => (expect(delayMs).toBeLessThanOrEqual(20), due.push(run), () => due.splice(0)),
  };
  // It says of each call that there is no such file.
  const logger = { info: () => {}, warn: () => {}, error: (message: string) => errors.push(message) };
  const logSync = createLogSync(join(folder, 'nowhere'), logger, timers);
  for (let scan = 0; scan < 12; scan += 1) logSync.ask();
  expect(due).toHaveLength(1);
  due.shift()?.();
  // While that call runs: another one is due behind it.
  logSync.ask();
  expect(due).toHaveLength(1);
  due.shift()?.();
  expect(due).toHaveLength(1);
  await logSync.stop();
  expect([due.length, errors.length]).toEqual([0, 2]);
});

test('what a payment has synced is synced once, and what is kept behind it a moment later', async () => {
  const errors: unknown[] = [];
  const due = new Set<() => void>();
  const timers = { after: (_: number, run: () => void) => (due.add(run), () => void due.delete(run)) };
  const logger = { info: () => {}, warn: () => {}, error: (message: string) => errors.push(message) };
  const logSync = createLogSync(join(folder, 'nowhere'), logger, timers);
  logSync.ask();
  logSync.covered();
  expect(due.size).toBe(0);
  await logSync.stop();
  expect(errors).toEqual([]);
  logSync.ask();
  expect(due.size).toBe(1);
  await logSync.stop();
  expect(errors).toHaveLength(1);
});

if (!hasStrace) process.stderr.write('not run: what a power cut leaves (there is no strace here)\n');

describe.runIf(hasStrace)('after a power cut', () => {
  const ROWS = 24;
  const WRITER = fileURLToPath(new URL('testing/transactions-under-trace.ts', import.meta.url));
  const before = (): string => join(folder, 'before');
  beforeEach(() => {
    mkdirSync(before());
    const db = openConnection(before());
    db.exec('CREATE TABLE done (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
    db.close();
    cpSync(before(), folder, { recursive: true });
  });
  const moments = (): readonly Moment[] => traceDisk([process.execPath, WRITER, folder, String(ROWS)], join(folder, 'trace'));
  const rowsAfter = (moment: Moment, isThere?: (sector: number) => boolean): number => {
    const disk = mkdtempSync(join(folder, 'disk-'));
    cpSync(before(), disk, { recursive: true });
    cutPower(moment, disk, isThere);
    const db = new Database(join(disk, 'till.db'));
    const rows = db.prepare<[], number>('SELECT n FROM done ORDER BY n').pluck().all();
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    // What is left is a prefix of what was committed, never with a gap.
    expect(rows).toEqual(rows.map((_, index) => index + 1));
    return rows.length;
  };

  test('what was durable is there with everything before it, whatever became of the rest', () => {
    const said = moments();
    expect(said).toHaveLength(ROWS + 1);
    const promised = (moment: number): number => {
      const [kind, n] = said[moment]!.said.split(' ');
      if (kind === 'kept' || kind === 'part') return moment === 0 ? 0 : promised(moment - 1);
      return Number(n);
    };
    let lost = 0;
    for (const [index, moment] of said.entries()) {
      const left = rowsAfter(moment);
      expect(left).toBeGreaterThanOrEqual(promised(index));
      lost = Math.max(lost, index + 1 - left);
    }
    // And the test sees what it is about: at some moment a basket's last change was not on the disk yet.
    expect(lost).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.nat(ROWS), fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }), (index, bits) => {
        expect(rowsAfter(said[index]!, (sector) => bits[sector % bits.length]!)).toBeGreaterThanOrEqual(promised(index));
      }),
      { numRuns: 60 },
    );
  });

  test('a change of the basket is there as well, once the log was synced in the background', () => {
    const settled = moments().at(-1);
    expect(settled?.said).toBe(`settled ${ROWS + 1}`);
    expect(rowsAfter(settled!)).toBe(ROWS + 1);
  });
});
