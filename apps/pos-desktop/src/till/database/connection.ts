/**
 * A connection to a till's database. Durability is a property of the connection, so it is set and checked on every one:
 * WAL, `synchronous=FULL` (the build's own default in WAL is NORMAL, which loses acknowledged commits in a power cut), foreign keys.
 */
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import Database from 'better-sqlite3';

export type Connection = Database.Database;

export const DATABASE_FILE = 'till.db';

/** The write turn keeps our two connections apart; this is only for a stranger with a shell open on the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** 8 MiB for each connection: the upper levels of the indexes of a million items. */
const CACHE_KIB = 8_192;

/** The worker checkpoints when idle; this is the net under it, reached after some 400 MB. */
const CHECKPOINT_NET_PAGES = 100_000;

/** A stranger has the file, and kept it for longer than one waits. */
export const isBusy = (error: unknown): boolean => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** What SQLite says of a file that is no longer what it wrote, or of which its disk gives a page no more; also of an error that another thread threw. */
export const isDamage = (error: unknown): boolean => /^SQLITE_(?:CORRUPT|NOTADB|IOERR_(?:READ|SHORT_READ|CORRUPTFS)$)/.test(codeOf(error));

/** SQLite's word for it, or the disk's own. */
export const isDiskFull = (error: unknown): boolean => /^(?:SQLITE_FULL|SQLITE_IOERR_WRITE|ENOSPC|EDQUOT)$/.test(codeOf(error));

export function openConnection(folder: string): Connection {
  const db = new Database(join(folder, DATABASE_FILE), { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma('temp_store = MEMORY');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_NET_PAGES}`);
    checkDurability(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function checkDurability(db: Connection): void {
  assert(db.pragma('journal_mode', { simple: true }) === 'wal', 'the database is in WAL mode');
  assert(db.pragma('synchronous', { simple: true }) === 2, 'every commit is synced to disk (synchronous=FULL)');
  assert(db.pragma('foreign_keys', { simple: true }) === 1, 'foreign keys are enforced');
}
