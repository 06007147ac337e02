/**
 * The main thread's hold on its sync worker. A worker that dies is started again; until then the lane sells on, and says
 * that the hub does not answer.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Clock, Logger, Timers } from '@holdfast/base';

import { compileCacheFolder } from './compile-cache.ts';
import { SILENT } from './surroundings.ts';
import type { FromSyncWorker, SyncWorkerData, ToSyncWorker } from './sync-messages.ts';

export interface SyncThreadPorts {
  readonly workerData: SyncWorkerData;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly onStatus: (status: typeof SILENT) => void;
  readonly onCut: () => void;
  /** The worker is dead, and what it held must be freed. */
  readonly onDeath: () => void;
}

export interface SyncThread {
  appended(): void;
  /** Lets what is under way end, and moves the log into the database. */
  stop(): Promise<void>;
}

const RESTART_MS = 1_000;
/** Its short-lived objects: a chunk of cells at a time. Node's default would let them grow to 48 MB. */
const YOUNG_MB = 12;
const STOP_WITHIN_MS = 3_000;

/** Beside this module, as source or as bundle. */
const workerUrl = (): URL => new URL(import.meta.url.endsWith('.ts') ? './sync-worker.ts' : './sync-worker.js', import.meta.url);

export function startSyncThread(ports: SyncThreadPorts): SyncThread {
  let worker: Worker | undefined;
  let isStopping = false;
  let cancelRestart = (): void => {};
  const start = (): void => {
    const current = new Worker(workerUrl(), {
      workerData: ports.workerData,
      env: { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder(ports.workerData.folder) },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker = current;
    current.on('message', (message: FromSyncWorker) => {
      if (message.type === 'status') ports.onStatus(message.status);
      else if (message.type === 'cut') ports.onCut();
    });
    current.on('error', (error) => ports.logger.error('the sync worker failed', { error }));
    current.on('exit', (code) => {
      worker = undefined;
      if (isStopping) return;
      ports.onDeath();
      ports.logger.error('the sync worker ended; it is started again', { code });
      ports.onStatus({ ...SILENT, offlineSinceMs: ports.clock.nowMs() });
      cancelRestart = ports.timers.after(RESTART_MS, start);
    });
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
  const tell = (message: ToSyncWorker): void => worker?.postMessage(message);
  start();
  return {
    appended: () => tell({ type: 'appended' }),
    async stop() {
      isStopping = true;
      cancelRestart();
      if (worker === undefined) return;
      const current = worker;
      const ended = once(current, 'exit');
      tell({ type: 'stop' });
      const cancel = ports.timers.after(STOP_WITHIN_MS, () => void current.terminate());
      await ended;
      cancel();
    },
  };
}
