import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Logger } from '@holdfast/base';
import { SqliteError } from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { DATABASE_FILE, openConnection, type Connection } from '../database/connection.ts';
import { createCheckpoints, lengthenLog, moveLongLog } from './checkpoints.ts';

const warned: string[] = [];
const logger: Logger = { info: () => {}, warn: (message) => void warned.push(message), error: () => {} };

let folder: string;
let main: Connection;
let worker: Connection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
  main = openConnection(folder);
  main.exec('CREATE TABLE sold (number INTEGER PRIMARY KEY, bytes BLOB) STRICT');
  worker = openConnection(folder);
});
afterEach(() => {
  worker.close();
  main.close();
  rmSync(folder, { recursive: true });
});

const logBytes = (): number => statSync(join(folder, `${DATABASE_FILE}-wal`)).size;
const sell = (count: number): void => {
  const insert = main.prepare('INSERT INTO sold (bytes) VALUES (zeroblob(200))');
  for (let n = 0; n < count; n += 1) insert.run();
};

const inLog = (): number => {
  const [row] = main.pragma('wal_checkpoint(NOOP)') as [{ log: number; checkpointed: number }];
  return row.log - row.checkpointed;
};

test('the log is long before it is needed: commits fill it and do not lengthen it, and nothing else is changed', () => {
  sell(5);
  lengthenLog(worker);
  const longBytes = logBytes();
  expect(longBytes).toBeGreaterThan(16_000_000);
  sell(1_000);
  expect(logBytes()).toBe(longBytes);
  lengthenLog(worker);
  expect(logBytes()).toBe(longBytes);
  expect(worker.prepare('SELECT count(*) FROM sold').pluck().get()).toBe(1_005);
  expect(main.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'log_room'").pluck().get()).toBe(0);
  expect(main.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(worker.pragma('cache_size', { simple: true })).toBe(main.pragma('cache_size', { simple: true }));
});

test('the log is moved into the database when nobody sells, and begins anew without growing', () => {
  lengthenLog(worker);
  const longBytes = logBytes();
  let isSelling = true;
  const due: (() => void)[] = [];
  const checkpoints = createCheckpoints(
    worker,
    { run: (write) => write() },
    { isSelling: () => isSelling, quietMs: () => (isSelling ? 0 : 1_000) },
    { timers: { after: (_, run) => (due.push(run), () => undefined) }, logger },
  );
  const sellMuch = main.prepare('INSERT INTO sold (bytes) VALUES (zeroblob(5000000))');
  for (let day = 0; day < 5; day += 1) {
    sellMuch.run();
    isSelling = true;
    due.shift()?.();
    expect(inLog()).toBeGreaterThan(1_000);
    isSelling = false;
    due.shift()?.();
    expect(inLog()).toBe(0);
  }
  expect(logBytes()).toBe(longBytes);
  checkpoints.stop();
});

test('a long log begins anew, also where somebody sells whenever it is moved', () => {
  const due: (() => void)[] = [];
  let isTurn = false;
  const sellsMeanwhile = new Proxy(worker, {
    get: (target, name) =>
      name !== 'pragma'
        ? Reflect.get(target, name)
        : (text: string) => {
            const answer = target.pragma(text);
            if (text.includes('PASSIVE') && !isTurn) sell(1);
            return answer;
          },
  });
  const turn = {
    run: <T>(write: () => T): T => {
      isTurn = true;
      const value = write();
      isTurn = false;
      return value;
    },
  };
  createCheckpoints(
    sellsMeanwhile,
    turn,
    { isSelling: () => true, quietMs: () => 0 },
    { timers: { after: (_, run) => (due.push(run), () => undefined) }, logger },
  );
  const sellMuch = main.prepare('INSERT INTO sold (bytes) VALUES (zeroblob(33000000))');
  for (let hour = 0; hour < 3; hour += 1) {
    sellMuch.run();
    expect(inLog()).toBeGreaterThan(8_000);
    due.shift()?.();
    expect(inLog()).toBe(0);
  }
  expect(logBytes()).toBeLessThan(40_000_000);
  expect(main.prepare('SELECT count(*) FROM sold').pluck().get()).toBe(6);
});

test('a short log stays as it is in the pauses between two scans, whose first write would have to wait for the disk; it is moved when the lane ends', () => {
  const due: (() => void)[] = [];
  const checkpoints = createCheckpoints(
    worker,
    { run: (write) => write() },
    { isSelling: () => false, quietMs: () => 60_000 },
    { timers: { after: (_, run) => (due.push(run), () => undefined) }, logger },
  );
  for (let scan = 1; scan <= 5; scan += 1) {
    sell(10);
    due.shift()?.();
    expect(inLog()).toBeGreaterThanOrEqual(scan * 10);
  }
  checkpoints.stop();
  expect(inLog()).toBe(0);
});

test('a full disk has no room for what the log holds: it stays there, also behind what the worker has written, and is moved once there is room', () => {
  const due: { readonly run: () => void; readonly ms: number }[] = [];
  let isFull = true;
  const onFullDisk = new Proxy(worker, {
    get: (target, name) =>
      name !== 'pragma'
        ? Reflect.get(target, name)
        : (text: string) => {
            if (isFull && text.includes('PASSIVE')) throw new SqliteError('database or disk is full', 'SQLITE_FULL');
            return target.pragma(text);
          },
  });
  const checkpoints = createCheckpoints(
    onFullDisk,
    { run: (write) => write() },
    { isSelling: () => false, quietMs: () => 60_000 },
    { timers: { after: (ms, run) => (due.push({ run, ms }), () => undefined) }, logger },
  );
  main.prepare('INSERT INTO sold (bytes) VALUES (zeroblob(5000000))').run();
  due.shift()?.run();
  expect(warned).toEqual(['the log was not moved into the database']);
  expect(inLog()).toBeGreaterThan(1_000);
  // Nobody looks each second at what failed.
  expect(due.map(({ ms }) => ms)).toEqual([30_000]);
  for (let written = 0; written < 100; written += 1) checkpoints.wrote();
  isFull = false;
  due.shift()?.run();
  expect(inLog()).toBe(0);
  expect(due.map(({ ms }) => ms)).toEqual([1_000]);
  checkpoints.stop();
});

test('a log that lanes left long, each killed before its worker looked, is moved at the start of the next', () => {
  sell(100);
  expect(moveLongLog(main)).toBe(false);
  expect(inLog()).toBeGreaterThan(100);
  main.prepare('INSERT INTO sold (bytes) VALUES (zeroblob(?))').run(40_000_000);
  expect(moveLongLog(main)).toBe(true);
  expect(inLog()).toBe(0);
});
