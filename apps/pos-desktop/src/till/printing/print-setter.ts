/**
 * Text that goes to a printer as pictures is set by a thread of its own, started with the first of it: sixty lines of Arabic take a tenth of a second of a processor, the fonts three
 * quarters, and the next scan waits for none of it.
 */
import { Worker } from 'node:worker_threads';

import type { LabelDocument, LabelModelId, LabelStock, PrinterModelId } from '@holdfast/hardware';
import type { PrintDocument } from '@holdfast/paper/document';

export type Paper =
  | { readonly type: 'document'; readonly document: PrintDocument; readonly model: PrinterModelId }
  | { readonly type: 'label'; readonly label: LabelDocument; readonly on: { readonly model: LabelModelId; readonly stock: LabelStock } };

export interface PaperOrder {
  readonly number: number;
  readonly paper: Paper;
}

export type PaperSet = { readonly number: number } & ({ readonly bytes: Uint8Array } | { readonly cause: string });

export interface PrintSetter {
  /** Rejects where it cannot be set, and where the thread ends over it; the next paper has a new one. */
  set(paper: Paper): Promise<Uint8Array>;
  close(): void;
}

/** Beside this module, as source or as bundle. */
const workerUrl = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './print-setter-worker.ts' : './print-setter-worker.js', import.meta.url);

export function createPrintSetter(): PrintSetter {
  const waiting = new Map<number, { readonly done: (bytes: Uint8Array) => void; readonly failed: (cause: Error) => void }>();
  let worker: Worker | undefined;
  let number = 0;

  const start = (): Worker => {
    const started = new Worker(workerUrl());
    // It keeps no process that has nothing else to do.
    started.unref();
    started.on('message', (answer: PaperSet) => {
      const order = waiting.get(answer.number);
      waiting.delete(answer.number);
      if ('bytes' in answer) order?.done(answer.bytes);
      else order?.failed(new Error(answer.cause));
    });
    const ended = (cause: Error): void => {
      if (worker !== started) return;
      worker = undefined;
      for (const { failed } of waiting.values()) failed(cause);
      waiting.clear();
    };
    started.on('error', (error: Error) => ended(error));
    started.on('exit', () => ended(new Error('the thread that sets papers ended')));
    return started;
  };

  return {
    set: async (paper) =>
      await new Promise((done, failed) => {
        worker ??= start();
        number += 1;
        waiting.set(number, { done, failed });
        const order: PaperOrder = { number, paper };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(order);
      }),
    close: () => void worker?.terminate(),
  };
}
