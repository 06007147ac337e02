/**
 * The main thread's transactions, and what each of them outlives once it has returned (docs/decisions/0007).
 *
 * - `durable`: a power cut. SQLite's `synchronous=FULL`, which is the connection's own state. Whatever moves money or appends to the ledger.
 * - `kept`: the end of this process, for its frames of the log lie in the kernel; and a power cut as soon as the log was synced, which is asked
 *   for at once, in the background. For an open basket alone: it is no promise to anybody yet.
 *
 * The log is one file in one order: a durable commit syncs everything before it too, whoever wrote it, unless it wrote nothing itself. A power cut leaves a prefix of
 * what was committed, never a gap.
 */
import type { Connection } from './database/connection.ts';
import type { LogSync } from './sync/log-sync.ts';
import type { WriteTurn } from './write-turn.ts';

export interface Transactions {
  /** Throws what `change` throws, after rolling back whole. */
  durable<T>(change: () => T): T;
  /** As `durable`, but for a power cut within the next milliseconds. */
  kept<T>(change: () => T): T;
  /** Of the transaction in hand: false inside of `kept`. */
  isDurable(): boolean;
}

/** `log` is synced soon after what is kept, outside of this thread. */
export function createTransactions(db: Connection, turn: WriteTurn, log: Pick<LogSync, 'ask' | 'covered'>): Transactions {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const rollback = db.prepare('ROLLBACK');
  const written = db.prepare<[], number>('SELECT total_changes()').pluck();
  let isDurable = true;
  const durable = <T>(change: () => T): T =>
    turn.run(() => {
      const writtenBefore = isDurable ? written.get() : undefined;
      begin.run();
      try {
        const value = change();
        commit.run();
        // What writes nothing syncs nothing.
        if (isDurable && written.get() !== writtenBefore) log.covered();
        return value;
      } catch (error) {
        // A full disk may have rolled back already.
        if (db.inTransaction) rollback.run();
        throw error;
      }
    });
  return {
    durable,
    kept(change) {
      // Not as prepared statements: SQLite obeys this pragma when it is compiled.
      db.exec('PRAGMA synchronous = NORMAL');
      isDurable = false;
      try {
        return durable(change);
      } finally {
        isDurable = true;
        db.exec('PRAGMA synchronous = FULL');
        log.ask();
      }
    },
    isDurable: () => isDurable,
  };
}
