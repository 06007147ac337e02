/**
 * What the sync worker knows of the lane's pace: how long nobody has sold anything. It does its own work in the pauses, so that no
 * scan and no payment waits for the processor or for the disk on its account.
 */
import type { Clock, Timers } from '@holdfast/base';

import type { SyncedTurn } from '../sync/log-sync.ts';
import type { WorkerTurn } from '../write-turn.ts';

/** From one scan of a sale to the next, and from one shopper to the next in a queue: so long after a write the next one may come at any moment. */
const SELLING_MS = 10_000;

export interface Selling {
  /** Since the main thread's last write that was seen; Infinity before the first. */
  quietMs(): number;
  isSelling(): boolean;
}

export function watchSelling(turn: Pick<WorkerTurn, 'mainWrites'>, clock: Clock): Selling {
  let seenWrites = turn.mainWrites();
  let seenAtMs = -Infinity;
  const quietMs = (): number => {
    const writes = turn.mainWrites();
    if (writes !== seenWrites) {
      seenWrites = writes;
      seenAtMs = clock.monotonicMs();
    }
    return clock.monotonicMs() - seenAtMs;
  };
  return { quietMs, isSelling: () => quietMs() < SELLING_MS };
}

/** While someone is selling, the worker rests so many times as long as it has worked: a scan at a random moment finds nobody in its way. */
const REST_SHARE = 8;
const LEAST_REST_MS = 3;
const MOST_REST_MS = 40;

/** The worker's write turn with manners: it rests before each transaction while someone is selling. `canSell`: false before the first catalogue, for which everybody waits. */
export function createPacedTurn(turn: SyncedTurn, selling: Selling, clock: Clock, canSell: () => boolean): SyncedTurn {
  const bell = new Int32Array(new SharedArrayBuffer(4));
  let restedAtMs = -Infinity;
  const rest = (): void => {
    if (selling.isSelling() && canSell()) {
      const workedMs = clock.monotonicMs() - restedAtMs;
      // Nobody rings the bell: this is a rest of the worker's own thread.
      Atomics.wait(bell, 0, 0, Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, workedMs * REST_SHARE)));
    }
    restedAtMs = clock.monotonicMs();
  };
  return {
    run(write) {
      rest();
      return turn.run(write);
    },
    runPart(write) {
      rest();
      return turn.runPart(write);
    },
  };
}

/** A pause between two shoppers, or the moment in which one of them looks for a purse. */
export const PAUSE_MS = 150;
/** A lane that never pauses is not put off for longer. */
const PUT_OFF_MS = 1_500;
const LOOK_EVERY_MS = 50;

export interface InPause {
  /** Asks for one run in the next pause; asking again before it changes nothing. */
  ask(): void;
  /** For good: who asks afterwards asks for nothing. */
  stop(): void;
}

/** What is sent then carries the sales of a whole burst, in fewer bytes than one by one. */
export function inPause(run: () => void, selling: Selling, clock: Clock, timers: Timers): InPause {
  let cancel: (() => void) | undefined;
  let isStopped = false;
  const look = (askedAtMs: number): void => {
    const isDue = selling.quietMs() >= PAUSE_MS || clock.monotonicMs() - askedAtMs >= PUT_OFF_MS;
    cancel = isDue ? undefined : timers.after(LOOK_EVERY_MS, () => look(askedAtMs));
    if (isDue) run();
  };
  return {
    ask() {
      if (!isStopped && cancel === undefined) look(clock.monotonicMs());
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}
