/** What the adapters' rows have in common, whichever table they stand in. */
import type { Database } from 'better-sqlite3';

import type { EpochParent } from '../store.ts';

export interface ParentRow {
  readonly parent_epoch: string | null;
  readonly parent_seq: number | null;
  readonly parent_hash: Uint8Array | null;
}

/** better-sqlite3 hands out Buffers; what leaves the adapter are plain arrays of bytes. */
export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function parentOf(row: ParentRow): EpochParent | null {
  if (row.parent_epoch === null || row.parent_seq === null || row.parent_hash === null) return null;
  return { epoch: row.parent_epoch, seq: row.parent_seq, hash: plain(row.parent_hash) };
}

const wholes = new WeakMap<Database, (work: () => unknown) => unknown>();

/** One transaction of its own, or part of the caller's. Made once for a database: better-sqlite3 makes four functions of each. */
export function inTransaction<T>(database: Database, run: () => T): T {
  if (database.inTransaction) return run();
  const whole = wholes.get(database) ?? wholeOf(database);
  wholes.set(database, whole);
  return whole(run) as T;
}

function wholeOf(database: Database): (work: () => unknown) => unknown {
  const made = database.transaction((work: () => unknown) => work());
  return (work) => made.immediate(work);
}

const DOUBT_LINES = 'UPDATE sync_line SET confirmed_seq = forgotten_seq WHERE confirmed_seq > forgotten_seq';

/** As a neighbour store's `doubt`, for a device that is on no network and may have been: the hub may hold less than it did of siblings' ledgers. */
export const doubtLines = (database: Database): void => void database.prepare(DOUBT_LINES).run();
