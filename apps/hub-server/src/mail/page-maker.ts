/** Receipts as pages, made by a thread that is started with the first of them, and anew where it died. */
import { Worker } from 'node:worker_threads';

import { assert } from '@holdfast/base';
import type { PageFacts } from '@holdfast/paper';
import type { PrintDocument } from '@holdfast/paper/document';

export interface Pages {
  readonly html: string;
  readonly pdf: Uint8Array;
}

export interface PageOrder {
  readonly number: number;
  readonly document: PrintDocument;
  readonly facts: PageFacts;
}

export interface PageMaker {
  /** Rejects where it cannot be set. */
  make(document: PrintDocument, facts: PageFacts): Promise<Pages>;
  close(): Promise<void>;
}

type FromThread = { readonly number: number } & ({ readonly pages: Pages } | { readonly cause: string });

export function createPageMaker(): PageMaker {
  const waiting = new Map<number, { readonly done: (pages: Pages) => void; readonly failed: (cause: Error) => void }>();
  const hand: { worker: Worker | undefined } = { worker: undefined };
  let number = 0;

  const start = (): Worker => {
    const started = new Worker(new URL('page-thread.ts', import.meta.url));
    // Whoever waits for a page keeps the process; a thread that has nothing to do does not.
    started.unref();
    started.on('message', (answer: FromThread) => {
      const order = waiting.get(answer.number);
      waiting.delete(answer.number);
      if ('pages' in answer) order?.done(answer.pages);
      else order?.failed(new Error(answer.cause));
    });
    started.on('error', () => undefined);
    started.on('exit', () => {
      if (hand.worker === started) hand.worker = undefined;
      for (const { failed } of waiting.values()) failed(new Error('the thread that sets pages ended'));
      waiting.clear();
    });
    return started;
  };

  return {
    make: async (document, facts) =>
      new Promise((done, failed) => {
        hand.worker ??= start();
        number += 1;
        assert(!waiting.has(number), 'orders are numbered once');
        waiting.set(number, { done, failed });
        const order: PageOrder = { number, document, facts };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        hand.worker.postMessage(order);
      }),
    close: async () => {
      await hand.worker?.terminate();
    },
  };
}
