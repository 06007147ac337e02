/**
 * Sorts the words of changed goods into their indexes, behind whoever changed them. They wait in lists first, which each search reads whole: 87 pages of 5,000 changed goods, where sorting the same in
 * was 32,000. So neither who searches nor who writes waits for it.
 */
import type { Database } from '../db/database.ts';

export interface WordSorter {
  /** So many entities have changed, of whichever kind: some are goods. */
  changed(entities: number): void;
  /** Nothing is being sorted. */
  readonly isIdle: boolean;
  /** What is under way is finished, nothing else begun. */
  stop(): Promise<void>;
}

/** More at once are no less work for each, and keep PGlite's one connection longer. */
export const SORTED_FROM = 500;

/** Begins with what an earlier process left. What was not sorted in is with the next that are; it is found all the same. */
export function createWordSorter(database: Pick<Database, 'rows'>, onFailure: (error: unknown) => void): WordSorter {
  let waiting = SORTED_FROM;
  let working: Promise<void> | undefined;
  let isStopped = false;
  const sort = async (): Promise<void> => {
    while (waiting >= SORTED_FROM) {
      waiting = 0;
      await database.rows('SELECT ready_goods_words()');
    }
  };
  const changed = (entities: number): void => {
    if (isStopped) return;
    waiting += entities;
    if (working !== undefined || waiting < SORTED_FROM) return;
    working = sort()
      .catch((error: unknown) => {
        waiting += SORTED_FROM;
        onFailure(error);
      })
      .finally(() => {
        working = undefined;
      });
  };
  changed(0);
  return {
    changed,
    get isIdle() {
      return working === undefined;
    },
    stop: async () => {
      isStopped = true;
      waiting = 0;
      await working;
    },
  };
}
