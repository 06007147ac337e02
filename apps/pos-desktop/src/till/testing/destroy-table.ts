/** A damaged disk, for tests. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import Database from 'better-sqlite3';

import { DATABASE_FILE } from '../database/connection.ts';

/** Overwrites where a table begins in the database of a folder that no process has open. */
export function destroy(folder: string, table: string): void {
  const path = join(folder, DATABASE_FILE);
  const db = new Database(path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const pageBytes = db.pragma('page_size', { simple: true }) as number;
  const page = db.prepare<[string], number>('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(table);
  db.close();
  assert(page !== undefined, `there is a table ${table}`);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, (page - 1) * pageBytes);
  closeSync(file);
}
