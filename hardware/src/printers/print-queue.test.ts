import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import type { PrintDocument } from '@holdfast/paper';
import { expect, test } from 'vitest';

import { memoryLink } from '../link/memory-link.ts';
import { parseFaults } from '../virtual/printer/faults.ts';
import { createVirtualPrinter, type VirtualPrinter } from '../virtual/printer/virtual-printer.ts';
import { createPrintQueue, type PrintOutcome, type PrintQueue } from './print-queue.ts';
import { createPrinter, type Printer } from './printer.ts';

function printerOf(script: string): { readonly virtual: VirtualPrinter; readonly printer: Printer } {
  const faults = parseFaults(script);
  assert(faults.ok, 'the script is known');
  const virtual = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers, faults: faults.value });
  const timing = { connectMs: 200, answerMs: 200, jobMs: 200, patienceMs: 200 };
  return {
    virtual,
    printer: createPrinter({ model: 'epson-tm-t20iii', link: memoryLink('memory://', (peer) => virtual.connect(peer)), timing }),
  };
}

interface Desk {
  readonly queue: PrintQueue;
  readonly outcomes: PrintOutcome[];
  /** Resolves with the first outcome of that kind. */
  readonly until: (type: PrintOutcome['type']) => Promise<PrintOutcome>;
}

function deskOf(first: Printer, second?: Printer, giveUpMs = 60_000): Desk {
  const outcomes: PrintOutcome[] = [];
  let wake = (): void => {};
  const queue = createPrintQueue({
    first,
    ...(second !== undefined && { second }),
    clock: systemClock,
    timers: systemTimers,
    retryMs: 20,
    giveUpMs,
    onOutcome: (_, outcome) => {
      outcomes.push(outcome);
      wake();
    },
  });
  const until = async (type: PrintOutcome['type']): Promise<PrintOutcome> => {
    for (;;) {
      const found = outcomes.find((outcome) => outcome.type === type);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { queue, outcomes, until };
}

const job = (id: string) =>
  ({ id, copyMark: 'COPY', document: { direction: 'ltr', blocks: [{ type: 'text', text: `Receipt ${id}` }] } }) as const;

test('what is surely not on paper goes to the second printer, unmarked', async () => {
  const [first, second] = [printerOf(''), printerOf('')];
  first.virtual.setPlugged(false);
  const desk = deskOf(first.printer, second.printer);
  desk.queue.add(job('1'));
  expect(await desk.until('printed')).toMatchObject({ isSecond: true, isMarked: false });
  expect(second.virtual.text()).toContain('Receipt 1');
});

test('what may be on paper is printed again with the mark', async () => {
  const [first, second] = [printerOf('answer lost'), printerOf('')];
  const desk = deskOf(first.printer, second.printer);
  desk.queue.add(job('1'));
  expect(await desk.until('printed')).toMatchObject({ isSecond: true, isMarked: true });
  expect(first.virtual.text()).not.toContain('COPY');
  expect(second.virtual.text()).toMatch(/COPY[^]*Receipt 1/);
});

test('without a second printer it waits, and prints as soon as the first one can', async () => {
  const { virtual, printer } = printerOf('');
  virtual.takePaperAway();
  const desk = deskOf(printer);
  desk.queue.add(job('1'));
  desk.queue.add(job('2'));
  expect(await desk.until('waiting')).toMatchObject({ fault: { reason: 'paperOut', retry: 'safe' } });
  virtual.loadPaper();
  desk.queue.nudge();
  await desk.until('printed');
  while (desk.queue.waiting() > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(virtual.text()).toMatch(/Receipt 1[^]*Receipt 2/);
  expect(virtual.text()).not.toContain('COPY');
});

test('nothing waits for ever, and nothing is lost in silence', async () => {
  const { virtual, printer } = printerOf('');
  virtual.setPlugged(false);
  const desk = deskOf(printer, undefined, 50);
  desk.queue.add({ ...job('1'), opensDrawer: true });
  expect(await desk.until('givenUp')).toMatchObject({ fault: { reason: 'unreachable' } });
  while (desk.queue.waiting() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a document that cannot be set is given up, and the next one is printed', async () => {
  const { virtual, printer } = printerOf('');
  const desk = deskOf(printer);
  const broken: PrintDocument = {
    direction: 'ltr',
    get blocks(): never {
      throw new Error('broken');
    },
  };
  desk.queue.add({ id: '1', document: broken, copyMark: 'COPY' });
  desk.queue.add(job('2'));
  expect(await desk.until('givenUp')).toMatchObject({ fault: { reason: 'fault', detail: 'Error: broken' } });
  await desk.until('printed');
  expect(virtual.text()).toContain('Receipt 2');
});
