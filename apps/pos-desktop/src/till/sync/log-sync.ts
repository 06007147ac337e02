/**
 * Syncs the write-ahead log apart from the commits that wrote it (docs/decisions/0007 and 0011): the main thread in the background, the worker behind its turn.
 *
 * In the background is in a thread of libuv's: one call at a time, begun a moment after the request in hand was answered. What is asked for in that moment is one call together, and a
 * payment that comes in it meets no call that has begun, and spares it: its own sync covers all that was written before.
 *
 * A failure is only logged: SQLite has a descriptor of its own, to which Linux reports the same failure once (since 4.13), so the next
 * durable commit fails by itself and says so.
 */
import { fdatasyncSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import type { Clock, Logger, Timers } from '@holdfast/base';

import type { Connection } from '../database/connection.ts';
import type { WriteTurn } from '../write-turn.ts';

export interface LogSync {
  /** The log's file is there: something was written to it before. */
  ask(): void;
  /** Somebody else has synced all that was asked for. */
  covered(): void;
  /** When what was asked for has been done. */
  stop(): Promise<void>;
}

/** Goods that come in a burst come within it, as does who pays right behind them. No hand scans, or cuts the power, between two of these. */
const SYNC_AFTER_MS = 20;

export function createLogSync(log: string, logger: Logger, timers: Timers): LogSync {
  let file: FileHandle | undefined;
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  const sync = async (): Promise<void> => {
    try {
      file ??= await open(log, 'r+');
      await file.datasync();
    } catch (error) {
      logger.error('the log could not be synced in the background', { error });
    } finally {
      running = undefined;
    }
  };
  const covered = (): void => {
    cancel?.();
    cancel = undefined;
  };
  const ask = (): void => {
    cancel ??= timers.after(SYNC_AFTER_MS, () => {
      cancel = undefined;
      // A call that runs may have begun before what was written last.
      if (running === undefined) running = sync();
      else ask();
    });
  };
  return {
    ask,
    covered,
    async stop() {
      await running;
      if (cancel !== undefined) {
        covered();
        await sync();
      }
      await file?.close();
      file = undefined;
    },
  };
}

export interface SyncedTurn extends WriteTurn {
  /** For what comes again where a power cut takes it, and of which nobody is told before a `run` has returned: it is synced with that one, or a moment later. */
  runPart<T>(write: () => T): T;
}

/** A payment's own sync writes what was not synced before it: no more than a few transactions of the worker. */
const PARTS_UNSYNCED_MS = 250;

/**
 * The worker's turn without the wait for the disk in it: its transactions commit with `synchronous=NORMAL`, and the log is synced once the turn was given
 * back. Whoever writes in it goes on only when what was written is on the disk, as with FULL; only the main thread no longer waits for that. `sync` throws where it could not.
 */
export function createSyncedTurn(db: Connection, turn: WriteTurn, clock: Clock, sync: () => void = syncLogOf(db)): SyncedTurn {
  db.pragma('synchronous = NORMAL');
  let syncedAtMs = -Infinity;
  const syncNow = (): void => {
    sync();
    syncedAtMs = clock.monotonicMs();
  };
  return {
    run(write) {
      const value = turn.run(write);
      syncNow();
      return value;
    },
    runPart(write) {
      const value = turn.run(write);
      if (clock.monotonicMs() - syncedAtMs >= PARTS_UNSYNCED_MS) syncNow();
      return value;
    },
  };
}

/** On the calling thread. The file stands for as long as a connection does. */
function syncLogOf(db: Connection): () => void {
  let file: number | undefined;
  return () => {
    file ??= openSync(`${db.name}-wal`, 'r+');
    fdatasyncSync(file);
  };
}
