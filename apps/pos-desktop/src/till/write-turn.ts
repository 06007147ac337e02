/**
 * Whose turn it is to write: one word of shared memory between the till's main thread and its sync worker, so that neither
 * ever meets SQLite's busy wait. The main thread goes first: it raises `WANTED`, and the worker, which looks before each of
 * its short transactions, stays away until that is lowered again.
 *
 * The words (Int32): 0 holder (0 nobody, 1 main, 2 worker) · 1 main wants it · 2 how often main has written · 3 how often the worker has.
 */
import { assert, InvariantError } from '@holdfast/base';

const HOLDER = 0;
const WANTED = 1;
const MAIN_WRITES = 2;
const WORKER_WRITES = 3;
const WORDS = 4;

const NOBODY = 0;
const MAIN = 1;
const WORKER = 2;

/** Longer than any transaction of either side; whoever waits longer has found a bug, not a queue. */
const STUCK_MS = 10_000;

export const createWriteTurnMemory = (): SharedArrayBuffer => new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);

export interface WriteTurn {
  /** Runs `write` while nobody else writes. Not reentrant. */
  run<T>(write: () => T): T;
}

export interface MainTurn extends WriteTurn {
  /** How often the worker has written, modulo 2^32: while it does not change, nothing that only the worker writes does. */
  workerWrites(): number;
  /** The worker is dead: what it held is free. */
  releaseDead(): void;
}

/** The main thread's side. It waits at most for the one transaction that the worker is in. */
export function createMainTurn(memory: SharedArrayBuffer): MainTurn {
  const words = new Int32Array(memory);
  return {
    run(write) {
      Atomics.store(words, WANTED, 1);
      let holder = Atomics.compareExchange(words, HOLDER, NOBODY, MAIN);
      assert(holder !== MAIN, 'the main thread writes in one transaction at a time');
      while (holder !== NOBODY) {
        if (Atomics.wait(words, HOLDER, holder, STUCK_MS) === 'timed-out') {
          Atomics.store(words, WANTED, 0);
          Atomics.notify(words, WANTED);
          throw new InvariantError('the worker gives the write turn back');
        }
        holder = Atomics.compareExchange(words, HOLDER, NOBODY, MAIN);
      }
      try {
        return write();
      } finally {
        Atomics.add(words, MAIN_WRITES, 1);
        Atomics.store(words, WANTED, 0);
        Atomics.store(words, HOLDER, NOBODY);
        Atomics.notify(words, HOLDER);
        Atomics.notify(words, WANTED);
      }
    },
    workerWrites: () => Atomics.load(words, WORKER_WRITES),
    releaseDead() {
      // It may have written and not said so.
      Atomics.add(words, WORKER_WRITES, 1);
      Atomics.compareExchange(words, HOLDER, WORKER, NOBODY);
      Atomics.notify(words, HOLDER);
    },
  };
}

export interface WorkerTurn extends WriteTurn {
  /** How often the main thread has written, modulo 2^32: while it changes, someone is selling. */
  mainWrites(): number;
  /** The main thread waits for the turn, or has it. */
  isAwaited(): boolean;
}

/** The worker's side: it takes the turn only while the main thread does not want it. */
export function createWorkerTurn(memory: SharedArrayBuffer): WorkerTurn {
  const words = new Int32Array(memory);
  const take = (): void => {
    for (;;) {
      while (Atomics.load(words, WANTED) === 1) Atomics.wait(words, WANTED, 1, STUCK_MS);
      const holder = Atomics.compareExchange(words, HOLDER, NOBODY, WORKER);
      if (holder === NOBODY) return;
      assert(holder === MAIN, 'the worker writes in one transaction at a time');
      Atomics.wait(words, HOLDER, MAIN, STUCK_MS);
    }
  };
  return {
    run(write) {
      take();
      try {
        return write();
      } finally {
        Atomics.add(words, WORKER_WRITES, 1);
        Atomics.store(words, HOLDER, NOBODY);
        Atomics.notify(words, HOLDER);
      }
    },
    mainWrites: () => Atomics.load(words, MAIN_WRITES),
    isAwaited: () => Atomics.load(words, WANTED) === 1,
  };
}
