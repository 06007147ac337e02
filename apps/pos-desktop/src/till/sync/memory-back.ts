/**
 * What the sync worker does about memory that it no longer needs. V8 keeps the pages of a heap that it has emptied, for the next objects: behind a first catalogue these are 40 MB of a till, for a worker that
 * mostly waits from then on. So it lets go of them once it has taken in much (docs/decisions/0050).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { ReplicaStatus } from '@holdfast/sync';

/** Collects the calling thread's garbage, all of it, and gives the system its empty pages back: some 50 ms of this thread's, nothing of another one's. */
export function giveMemoryBack(): void {
  // Node hands out what collects to a context that is made while the flag stands, and has no other way to ask for it.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('globalThis.gc') as NodeJS.GCFunction | undefined;
  setFlagsFromString('--no-expose-gc');
  // A runtime that hands out none keeps its pages.
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Hears how far the worker is with what came; true once much of it has been taken in, or given up. */
export function createMuchTaken(muchCells: number): (applying: ReplicaStatus['applying']) => boolean {
  let isMuch = false;
  return (applying) => {
    if (applying !== null) {
      isMuch ||= applying.cellsTotal >= muchCells;
      return false;
    }
    const wasMuch = isMuch;
    isMuch = false;
    return wasMuch;
  };
}
