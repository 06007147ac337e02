/**
 * Who does the computing of ingest: what is small is done at once (its signature beside), what is large by worker threads, so that nobody who asks for little waits for whoever brings much.
 * A thread is started when there is work for it, and again where it died; its task then fails, and whoever gave it tries again. Until the first one is ready, nobody waits for
 * it: the work is done here.
 *
 * Stores take turns for the threads (`fair-queue.ts`).
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { ok, unreachable, type Result } from '@holdfast/base';
import { nodeCompression, nodeHash, nodeVerifier, nodeVerifierAside } from '@holdfast/base/node';

import { createFairQueue } from './fair-queue.ts';
import { openBatch, openBatchAside, openedBatch, type OpenedBatch, type OpenedFrame, type OpenError, type Sender } from './open-batch.ts';
import { prepareRuns, type PreparedRuns, type StoredRun } from './prepare-runs.ts';

export interface Crew {
  open(frame: Uint8Array, sender: Sender & { readonly store: string }): Promise<Result<OpenedBatch, OpenError>>;
  prepare(runs: readonly StoredRun[]): Promise<PreparedRuns>;
  close(): Promise<void>;
}

export type CrewTask =
  | { readonly type: 'open'; readonly frame: Uint8Array; readonly sender: Sender }
  | { readonly type: 'prepare'; readonly runs: readonly StoredRun[] };

export type CrewValue = Result<OpenedFrame, OpenError> | PreparedRuns;

export type FromCrew = { readonly type: 'ready' } | { readonly type: 'done'; readonly value: CrewValue };

interface Work {
  readonly task: CrewTask;
  readonly done: (value: CrewValue) => void;
  readonly failed: (cause: Error) => void;
}

interface Hand {
  readonly worker: Worker;
  isReady: boolean;
  work: Work | undefined;
}

/** About a hundred sales: opening them takes less than a few milliseconds. */
const SMALL_FRAME_BYTES = 4_096;
/** How much longer canonical bytes are than the frame that says them. */
const CANONICAL_SHARE = 8;
/** The folder's own turn among the stores. */
const FOLDER = ' ';

/** What such a frame grows to where it is honest. */
const SMALL_BODY_BYTES = 65_536;

const ports = { compression: nodeCompression, hash: nodeHash, verifier: nodeVerifier };
/** A small frame that claims to be large is no small work. Of one that is small, its signature is nearly all: of a thousand sales a second, each sent by itself, this thread has to answer the requests. */
const smallPorts = {
  hash: nodeHash,
  verifier: nodeVerifierAside,
  compression: {
    ...nodeCompression,
    decompress: (bytes: Uint8Array, maxBytes: number, dictionary?: Uint8Array) =>
      nodeCompression.decompress(bytes, Math.min(maxBytes, SMALL_BODY_BYTES), dictionary),
  },
};

/** In whatever thread. */
export function doTask(task: CrewTask): CrewValue {
  switch (task.type) {
    case 'open':
      return openBatch(task.frame, task.sender, ports);
    case 'prepare':
      return prepareRuns(task.runs, ports);
    default:
      return unreachable(task, 'crew task');
  }
}

export function createCrew(threads: number = availableParallelism()): Crew {
  const queue = createFairQueue<Work>();
  const hands = new Set<Hand>();
  let isClosing = false;

  const next = (): Work | undefined => (isClosing ? undefined : queue.take((taken) => taken.length === 1)[0]);

  const give = (): void => {
    for (const hand of hands) {
      if (!hand.isReady || hand.work !== undefined) continue;
      hand.work = next();
      if (hand.work === undefined) return;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      hand.worker.postMessage(hand.work.task);
    }
    if (queue.size === 0) return;
    if (hands.size < threads) hire();
    if (![...hands].some(({ isReady }) => isReady)) setImmediate(doHere);
  };

  /** One piece in each turn of the event loop. */
  const doHere = (): void => {
    const work = next();
    if (work === undefined) return;
    try {
      work.done(doTask(work.task));
    } catch (cause) {
      work.failed(cause instanceof Error ? cause : new Error(String(cause)));
    }
    give();
  };

  const hire = (): void => {
    const worker = new Worker(new URL('./crew-worker.ts', import.meta.url));
    const hand: Hand = { worker, isReady: false, work: undefined };
    hands.add(hand);
    worker.unref();
    const fail = (cause: Error): void => {
      hand.work?.failed(cause);
      hand.work = undefined;
    };
    worker.on('message', (message: FromCrew) => {
      hand.isReady = true;
      if (message.type === 'done') {
        const { work } = hand;
        hand.work = undefined;
        work?.done(message.value);
      }
      give();
    });
    worker.on('error', fail);
    worker.on('exit', (code) => {
      hands.delete(hand);
      fail(new Error(`a worker of the crew ended with ${code}`));
      if (!isClosing) give();
    });
  };

  const work = async <T extends CrewValue>(store: string, task: CrewTask): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (isClosing) return reject(new Error('the crew is closed'));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      queue.push(store, { task, done: (value) => resolve(value as T), failed: reject });
      return give();
    });

  return {
    open: async (frame, { device, publicKey, store }) => {
      const sender = { device, publicKey };
      if (frame.length <= SMALL_FRAME_BYTES) {
        const opened = await openBatchAside(frame, sender, smallPorts);
        if (opened.ok) return ok(openedBatch(opened.value));
        if (opened.error.type === 'refused') return opened;
      }
      const opened = await work<Result<OpenedFrame, OpenError>>(store, { type: 'open', frame, sender });
      return opened.ok ? ok(openedBatch(opened.value)) : opened;
    },
    prepare: async (runs) => {
      const bytes = runs.reduce(
        (sum, { frame, entries }) => sum + (frame?.length ?? (entries?.canonicals.length ?? 0) / CANONICAL_SHARE),
        0,
      );
      return bytes <= SMALL_FRAME_BYTES ? prepareRuns(runs, ports) : work<PreparedRuns>(FOLDER, { type: 'prepare', runs });
    },
    close: async () => {
      isClosing = true;
      for (const { failed } of queue.take(() => false)) failed(new Error('the crew is closed'));
      await Promise.all([...hands].map(async ({ worker }) => worker.terminate()));
    },
  };
}
