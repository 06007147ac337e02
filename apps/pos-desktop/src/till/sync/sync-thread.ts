/**
 * The main thread's hold on its sync worker. A worker that dies is started again; until then the lane sells on, and says
 * that the hub does not answer.
 */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

import type { Clock, Logger, Timers } from '@holdfast/base';
import type { ReportedDevice } from '@holdfast/domain';
import type { PasscodeSecretsAnswer } from '@holdfast/sync';

import type { AskingLane } from '../acts/leave-acts.ts';
import { compileCacheFolder } from '../compile-cache.ts';
import { ASK_WITHIN_MS } from '../customers/ask-balance.ts';
import { isDamage } from '../database/connection.ts';
import type { SiblingAnswer } from '../lan/store-lan.ts';
import type { SheetAnswer, SheetQuestion } from '../sheets/sheet-questions.ts';
import { SILENT } from '../surroundings.ts';
import type { Wipe } from './lane-wipe.ts';
import type { FromSyncWorker, SyncWorkerData, ToSyncWorker } from './sync-messages.ts';

export interface SyncThreadPorts {
  readonly workerData: SyncWorkerData;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly onStatus: (status: typeof SILENT) => void;
  readonly onCut: () => void;
  /** They came with the enrolment, of which `onStatus` tells afterwards. */
  readonly onPasscodeSecrets: (secrets: PasscodeSecretsAnswer) => void;
  /** Another lane of the store asks; undefined: there is no such question. */
  readonly onAsked: (lane: AskingLane, question: string, value: unknown) => unknown;
  /** Of lanes that are heard, by how much their clocks are ahead of this one's. */
  readonly onSiblings: (clocksAheadMs: readonly number[], copies: readonly string[]) => void;
  /** Headquarters has this lane erased, and all of it is at the hub. */
  readonly onWipe: (wipe: Wipe) => void;
  /** The database is damaged, where the worker reads. Said once by each worker. */
  readonly onDamage: () => void;
  /** Entries of other lanes were taken. */
  readonly onSiblingEntries: () => void;
  /** The worker is dead, and what it held must be freed. */
  readonly onDeath: () => void;
}

export interface SyncThread {
  appended(): void;
  /** A piece of a working document was written. */
  documentWritten(): void;
  /** What its stock-count sheets hold, or what an edit makes of one; undefined where the worker is gone. */
  askSheet(question: SheetQuestion): Promise<SheetAnswer | undefined>;
  /** Asks one other lane, or all that are there: those that answer. None, where the worker is gone. */
  ask(question: string, value: unknown, device?: string): Promise<readonly SiblingAnswer[]>;
  /** How what hangs on this lane is by now: told on where something of it changed. */
  devices(devices: readonly ReportedDevice[]): void;
  /** Lets what is under way end, and moves the log into the database. */
  stop(): Promise<void>;
}

/** A worker that ends before it has said anything is started again after twice as long, each time. */
const [RESTART_MS, MOST_RESTART_MS] = [1_000, 60_000];
/** Half of the room for its short-lived objects, a chunk of cells at a time: a quarter of the main thread’s costs it no more of the processor, and keeps 6 MB less. */
const SEMI_SPACE_MB = 1;
const STOP_WITHIN_MS = 3_000;

/** Beside this module, as source or as bundle. */
const workerUrl = (): URL => new URL(import.meta.url.endsWith('.ts') ? './sync-worker.ts' : './sync-worker.js', import.meta.url);

export function startSyncThread(ports: SyncThreadPorts): SyncThread {
  let worker: Worker | undefined;
  let isStopping = false;
  let cancelRestart = (): void => {};
  let restartMs = RESTART_MS;
  let asked = 0;
  let reported: readonly ReportedDevice[] = [];
  const waiting = new Map<number, (answers: readonly SiblingAnswer[]) => void>();
  const sheets = new Map<number, (answer: SheetAnswer | undefined) => void>();
  const settleSheet = (id: number, answer: SheetAnswer | undefined): void => {
    sheets.get(id)?.(answer);
    sheets.delete(id);
  };
  const settle = (id: number, answers: readonly SiblingAnswer[]): void => {
    waiting.get(id)?.(answers);
    waiting.delete(id);
  };
  /** What one lane asks of another never ends a till: it is rolled back, logged, and not answered. */
  const attempt = ({ from, key, question, value }: Extract<FromSyncWorker, { type: 'asked' }>): unknown => {
    try {
      return ports.onAsked({ device: from, publicKey: key }, question, value);
    } catch (error) {
      ports.logger.error('a question of another lane failed', { question, error });
      return undefined;
    }
  };
  const start = (): void => {
    // Not by `resourceLimits`: the flag that a till is started with would go before them. The main thread's own room was laid out at its start.
    setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_MB}`);
    const current = new Worker(workerUrl(), {
      workerData: ports.workerData,
      env: { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder(ports.workerData.folder) },
    });
    worker = current;
    if (reported.length > 0) tell({ type: 'devices', devices: reported });
    current.on('message', (message: FromSyncWorker) => {
      // It has begun.
      if (message.type !== 'damaged') restartMs = RESTART_MS;
      if (message.type === 'status') ports.onStatus(message.status);
      else if (message.type === 'cut') ports.onCut();
      else if (message.type === 'passcodeSecrets') ports.onPasscodeSecrets(message.secrets);
      else if (message.type === 'siblings') ports.onSiblings(message.clocksAheadMs, message.copies);
      else if (message.type === 'siblingEntries') ports.onSiblingEntries();
      else if (message.type === 'wipe') ports.onWipe(message.wipe);
      else if (message.type === 'damaged') ports.onDamage();
      else if (message.type === 'answered') settle(message.id, message.answers);
      else if (message.type === 'sheetAnswered') settleSheet(message.id, message.answer);
      else if (message.type === 'asked') tell({ type: 'told', id: message.id, value: attempt(message) });
    });
    current.on('error', (error) => {
      ports.logger.error('the sync worker failed', { error });
      if (isDamage(error)) ports.onDamage();
    });
    current.on('exit', (code) => {
      worker = undefined;
      for (const id of waiting.keys()) settle(id, []);
      for (const id of sheets.keys()) settleSheet(id, undefined);
      if (isStopping) return;
      ports.onDeath();
      ports.logger.error('the sync worker ended; it is started again', { code });
      ports.onStatus({ ...SILENT, offlineSinceMs: ports.clock.nowMs() });
      cancelRestart = ports.timers.after(restartMs, start);
      restartMs = Math.min(2 * restartMs, MOST_RESTART_MS);
    });
  };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
  const tell = (message: ToSyncWorker): void => worker?.postMessage(message);
  start();
  return {
    // Of what was paid last the worker is told behind the answer: it may be stopping by then, and finds it when it starts again.
    appended: () => {
      if (!isStopping) tell({ type: 'appended' });
    },
    documentWritten: () => tell({ type: 'documentWritten' }),
    devices: (devices) => {
      if (JSON.stringify(devices) === JSON.stringify(reported)) return;
      reported = devices;
      tell({ type: 'devices', devices });
    },
    askSheet: (question) => {
      if (worker === undefined) return Promise.resolve(undefined);
      const id = (asked += 1);
      return new Promise((resolve) => {
        sheets.set(id, resolve);
        tell({ type: 'askSheet', id, question });
      });
    },
    ask: (question, value, device) => {
      if (worker === undefined) return Promise.resolve([]);
      const id = (asked += 1);
      tell({ type: 'ask', id, question, value, ...(device !== undefined && { device }) });
      return new Promise((resolve) => {
        const cancel = ports.timers.after(ASK_WITHIN_MS, () => settle(id, []));
        waiting.set(id, (answers) => {
          cancel();
          resolve(answers);
        });
      });
    },
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
