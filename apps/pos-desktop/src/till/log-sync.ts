/**
 * Syncs the write-ahead log in the background, in a thread of libuv's: one call at a time, begun at once. What is asked for
 * meanwhile is one call more.
 *
 * A failure is only logged: SQLite has a descriptor of its own, to which Linux reports the same failure once (since 4.13), so the next
 * durable commit fails by itself and says so.
 */
import { open, type FileHandle } from 'node:fs/promises';

import type { Logger } from '@holdfast/base';

export interface LogSync {
  /** The log's file is there: something was written to it before. */
  ask(): void;
  /** When what was asked for has been done. */
  stop(): Promise<void>;
}

export function createLogSync(log: string, logger: Logger): LogSync {
  let file: FileHandle | undefined;
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  const sync = async (): Promise<void> => {
    try {
      do {
        isAskedAgain = false;
        file ??= await open(log, 'r+');
        await file.datasync();
      } while (isAskedAgain);
    } catch (error) {
      logger.error('the log could not be synced in the background', { error });
    } finally {
      running = undefined;
    }
  };
  return {
    ask() {
      isAskedAgain = true;
      running ??= sync();
    },
    async stop() {
      await running;
      await file?.close();
      file = undefined;
    },
  };
}
