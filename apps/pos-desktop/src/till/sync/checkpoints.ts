/**
 * Keeps the write-ahead log. It is made long once, so that no commit has to lengthen its file: that is metadata, which the disk must
 * make durable besides, and costs about as much again as the commit itself. And it moves the log into the database from the worker's side, so that no sale pays for it: when there is something
 * to move and the lane has been quiet for a moment, or when the log has grown long. A passive checkpoint blocks nobody, and leaves what was written meanwhile; of a long log that
 * rest, a few pages, is moved inside of the write turn, for only a log that is level begins anew.
 *
 * Whoever writes first behind a checkpoint begins the log anew, and SQLite has the disk keep its new head at once, with `synchronous=NORMAL` too: that is a scan, mostly, and the only one
 * that waits for a disk. Between two scans there often is a quiet second, so a short log stays as it is (docs/decisions/0051).
 */
import { closeSync, fsyncSync, openSync, statfsSync, statSync } from 'node:fs';

import type { Logger, Timers } from '@holdfast/base';

import type { Connection } from '../database/connection.ts';
import type { Selling } from '../selling/selling.ts';
import type { WriteTurn } from '../write-turn.ts';

const LOOK_MS = 1_000;
/** 4 MB: less of it a start reads in a moment, and a quiet second leaves it where it is. */
const WORTH_MOVING_PAGES = 1_000;
/** 32 MB: so long it may grow while selling goes on without a pause. */
const LONG_PAGES = 8_000;
const WRITES_PER_LOOK = 100;

export interface CheckpointPorts {
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface Checkpoints {
  /** The worker has written a transaction. */
  wrote(): void;
  stop(): void;
}

/** Long enough for what a till writes at once to be written, short enough to come between two scans. */
const QUIET_MS = 1_000;

/** A full disk has no room for what the log holds, and does not get it from one second to the next. */
const FAILED_MS = 30_000;

export function createCheckpoints(db: Connection, turn: WriteTurn, selling: Selling, { timers, logger }: CheckpointPorts): Checkpoints {
  let written = 0;
  let isLevel = false;
  let cancel = (): void => {};
  const moveLog = (): void => void db.pragma('wal_checkpoint(PASSIVE)');
  /** False: the log stays as it is, and the lane sells on behind it. */
  const checkpoint = (): boolean => {
    written = 0;
    try {
      const isLong = walPages(db) > LONG_PAGES;
      moveLog();
      // It answers of the log as it was when it began: whoever sold meanwhile has written behind that.
      if (isLong && walPages(db) > 0) turn.run(moveLog);
      isLevel = walPages(db) === 0;
      return true;
    } catch (error) {
      logger.warn('the log was not moved into the database', { error });
      return false;
    }
  };
  const look = (): void => {
    const isQuiet = selling.quietMs() >= QUIET_MS;
    // Whoever sells writes, also after the log was brought level.
    if (!isQuiet) isLevel = false;
    const isDue = !isLevel && walPages(db) > (isQuiet ? WORTH_MOVING_PAGES : LONG_PAGES);
    cancel = timers.after(isDue && !checkpoint() ? FAILED_MS : LOOK_MS, look);
  };
  cancel = timers.after(LOOK_MS, look);
  return {
    wrote() {
      isLevel = false;
      written += 1;
      // A shop that sells all day long still has its log moved by `look`.
      if (written >= WRITES_PER_LOOK && !selling.isSelling()) checkpoint();
    },
    stop() {
      cancel();
      checkpoint();
    },
  };
}

/** What a busy lane writes between two pauses. */
const LOG_BYTES = 16 * 1_024 * 1_024;
/** On a disk with less room the log grows as it must. */
const LEAST_FREE_BYTES = 1_024 * 1_024 * 1_024;
const PAGES_KEPT = 64;
const PAGE_BYTES = 4_096;

/** Lengthens the log's file, where the disk has room. Inside the write turn; takes some 50 ms. */
export function lengthenLog(db: Connection): void {
  const log = `${db.name}-wal`;
  const { bavail, bsize } = statfsSync(db.name);
  if (bavail * bsize < LEAST_FREE_BYTES || (statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= LOG_BYTES) return;
  const cachePages = db.pragma('cache_size', { simple: true }) as number;
  try {
    // What does not fit into so small a cache goes to the log at once, and stays there as free room after the rollback.
    db.pragma(`cache_size = ${PAGES_KEPT}`);
    db.exec('BEGIN IMMEDIATE; CREATE TABLE log_room (bytes BLOB NOT NULL) STRICT');
    db.prepare('INSERT INTO log_room VALUES (zeroblob(?))').run(LOG_BYTES + 2 * PAGES_KEPT * PAGE_BYTES);
  } finally {
    // A disk that turned out to be full may have rolled back already.
    if (db.inTransaction) db.exec('ROLLBACK');
    db.pragma(`cache_size = ${cachePages}`);
  }
  // Now, and not as part of the next sale.
  const file = openSync(log, 'r+');
  fsyncSync(file);
  closeSync(file);
}

/**
 * Moves a log that became long while its lane was killed again and again, each time before its worker had looked: every start reads all of it. Before anybody sells; true where
 * there was such a log.
 */
export function moveLongLog(db: Connection): boolean {
  if (walPages(db) <= LONG_PAGES) return false;
  db.pragma('wal_checkpoint(PASSIVE)');
  return true;
}

/** Pages in the log that are not in the database yet cannot be asked for without a checkpoint; this asks for none of them to be moved. */
function walPages(db: Connection): number {
  const [row] = db.pragma('wal_checkpoint(NOOP)') as [{ log: number; checkpointed: number }];
  return row.log - row.checkpointed;
}
