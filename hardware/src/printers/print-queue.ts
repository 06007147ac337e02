/**
 * What a lane has to print, in order, on its printer or on the one that stands in for it. Adding a job never waits and never fails; what became
 * of it is told to `onOutcome`.
 *
 * - What is surely not on paper is printed as it is: on the second printer, or on the first as soon as it can.
 * - What may be on paper, whole or torn off, is printed again with the mark, so that no two receipts pass for two sales.
 * - Nothing waits for ever: after `giveUpMs` a job is given up, and that is told as well.
 */
import { assert, type Clock, type Timers } from '@holdfast/base';
import type { PrintDocument } from '@holdfast/paper';

import { encodeDocument } from './encode.ts';
import type { PrinterModelId } from './models.ts';
import type { Printed, Printer, PrintFault } from './printer.ts';

export interface PrintJob {
  readonly id: string;
  readonly document: PrintDocument;
  /** Stands above it where it may be a second copy. */
  readonly copyMark: string;
  /** It opens the drawer before it prints. */
  readonly opensDrawer?: boolean;
}

export type PrintOutcome =
  | {
      readonly type: 'printed';
      readonly printer: string;
      readonly isSecond: boolean;
      readonly isMarked: boolean;
      readonly printed: Printed;
    }
  /** It is tried again. */
  | { readonly type: 'waiting'; readonly fault: PrintFault }
  | { readonly type: 'givenUp'; readonly fault: PrintFault };

export interface PrintQueueOptions {
  readonly first: Printer;
  readonly second?: Printer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly retryMs?: number;
  readonly giveUpMs?: number;
  /** Where something else than `encodeDocument` makes bytes of it: in a thread of its own, say. */
  readonly encode?: (document: PrintDocument, model: PrinterModelId) => Promise<Uint8Array>;
  /** From now on some of the job may be on paper. */
  readonly onSending?: (job: PrintJob) => void;
  readonly onOutcome: (job: PrintJob, outcome: PrintOutcome) => void;
}

export interface PrintQueue {
  add(job: PrintJob): void;
  /** Jobs that are not done with, the present one included. */
  waiting(): number;
  /** Something has changed: whoever waits tries at once. */
  nudge(): void;
  close(): void;
}

const RETRY_MS = 2_000;
const GIVE_UP_MS = 15 * 60_000;
const CLOSED: PrintFault = { type: 'printFailed', reason: 'unreachable', detail: 'the queue is closed', retry: 'safe' };

export function createPrintQueue(options: PrintQueueOptions): PrintQueue {
  const { first, second, clock, timers, retryMs = RETRY_MS, giveUpMs = GIVE_UP_MS, encode, onSending, onOutcome } = options;
  const jobs: PrintJob[] = [];
  let isWorking = false;
  let isClosed = false;
  let wake = (): void => {};

  const pause = async (): Promise<void> =>
    await new Promise((resolve) => {
      const cancel = timers.after(retryMs, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });

  const printOn = async (printer: Printer, job: PrintJob, isMarked: boolean): Promise<PrintFault | undefined> => {
    const document: PrintDocument = isMarked ? { ...job.document, mark: job.copyMark } : job.document;
    const { id } = printer.model;
    const bytes = encode === undefined ? encodeDocument(document, id) : await encode(document, id);
    const printed = await printer.print(bytes, () => onSending?.(job));
    if (!printed.ok) return printed.error;
    onOutcome(job, {
      type: 'printed',
      printer: printer.address,
      isSecond: printer === second,
      isMarked: document.mark !== undefined,
      printed: printed.value,
    });
    return undefined;
  };

  const work = async (job: PrintJob): Promise<void> => {
    const beganMs = clock.monotonicMs();
    let isMarked = false;
    for (;;) {
      let fault: PrintFault | undefined;
      for (const printer of second === undefined ? [first] : [first, second]) {
        // A printer that is closed is somebody else's to open.
        fault = isClosed ? CLOSED : await printOn(printer, job, isMarked);
        if (fault === undefined) return;
        isMarked ||= fault.retry === 'mayDuplicate';
      }
      assert(fault !== undefined, 'what was not printed has a reason');
      if (isClosed || clock.monotonicMs() - beganMs >= giveUpMs) {
        onOutcome(job, { type: 'givenUp', fault });
        return;
      }
      onOutcome(job, { type: 'waiting', fault });
      await pause();
    }
  };

  const run = async (): Promise<void> => {
    isWorking = true;
    for (let job = jobs[0]; job !== undefined; job = jobs[0]) {
      try {
        await work(job);
      } catch (error) {
        // What cannot be set today cannot be set in a minute either; the jobs behind it can.
        onOutcome(job, { type: 'givenUp', fault: { type: 'printFailed', reason: 'fault', detail: String(error), retry: 'safe' } });
      }
      jobs.shift();
    }
    isWorking = false;
  };

  return {
    add(job) {
      // The drawer belongs to the first printer, and to the moment: it waits for no job before it, and is not opened minutes later.
      if (job.opensDrawer === true && !isClosed) void first.openDrawer();
      jobs.push(job);
      if (!isWorking) void run();
    },
    waiting: () => jobs.length,
    nudge: () => wake(),
    close() {
      isClosed = true;
      wake();
      first.close();
      second?.close();
    },
  };
}
