/**
 * One process per data folder: an exclusive lock on the SQLite file `NAME.lock`, held by an open transaction. The operating
 * system drops it with the process, however that ends, so no stale lock ever needs clearing by hand. `NAME.pid` says who
 * holds it, for people; it decides nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { err, ok, type Result } from './index.ts';

export interface FolderLock {
  release(): void;
}

export interface FolderHeld {
  readonly type: 'folderHeld';
  /** Undefined where the holder has not said yet. */
  readonly pid: number | undefined;
}

const SQLITE_BUSY = 5;

/** A connection that nobody refers to any more is collected, and its lock with it: whoever drops the answer still holds the folder. */
const held = new Set<DatabaseSync>();

/** `folder` exists. Throws what the disk throws. */
export function lockFolder(folder: string, name: 'till' | 'hub' | 'demo'): Result<FolderLock, FolderHeld> {
  const pidFile = join(folder, `${name}.pid`);
  const lock = new DatabaseSync(join(folder, `${name}.lock`), { timeout: 0 });
  try {
    // Nothing is ever written: the journal stays in memory and the file stays empty.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      return err({ type: 'folderHeld', pid: readHolder(pidFile) });
    }
    throw error;
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  held.add(lock);
  return ok({
    release: () => {
      held.delete(lock);
      lock.close();
    },
  });
}

function readHolder(pidFile: string): number | undefined {
  try {
    const text = readFileSync(pidFile, 'utf8').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
