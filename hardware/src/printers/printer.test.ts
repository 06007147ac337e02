/** A printer driver against a virtual printer that speaks its bytes: both languages, over memory and over a real TCP port. */
import { assert, type Result } from '@holdfast/base';
import { systemTimers } from '@holdfast/base/node';
import type { PrintDocument } from '@holdfast/paper';
import { afterEach, describe, expect, test } from 'vitest';

import { fileLink } from '../link/file-link.ts';
import { memoryLink } from '../link/memory-link.ts';
import { tcpLink } from '../link/tcp-link.ts';
import { parseFaults } from '../virtual/printer/faults.ts';
import { createVirtualPrinter, type VirtualPrinter } from '../virtual/printer/virtual-printer.ts';
import { serveDevice } from '../virtual/tcp-server.ts';
import { encodeDocument } from './encode.ts';
import type { PrinterModelId } from './models.ts';
import { createPrinter, type Printer, type PrintFault, type Printed } from './printer.ts';
import type { PrinterCondition } from './status.ts';

const RECEIPT: PrintDocument = {
  direction: 'ltr',
  blocks: [
    ...Array.from({ length: 20 }, (_, line) => ({ type: 'row', start: `Milk ${line + 1}`, end: '1.19 A' }) as const),
    { type: 'qr', data: 'R1' },
  ],
};

interface Rig {
  readonly printer: Printer;
  readonly virtual: VirtualPrinter;
  readonly conditions: (PrinterCondition | undefined)[];
  readonly print: () => Promise<Result<Printed, PrintFault>>;
}

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function rigOf(model: PrinterModelId, over: 'memory' | 'TCP', script = ''): Promise<Rig> {
  const faults = parseFaults(script);
  assert(faults.ok, 'the script is known');
  const virtual = createVirtualPrinter({ model, timers: systemTimers, faults: faults.value });
  let link = memoryLink('memory://printer', (peer) => virtual.connect(peer));
  if (over === 'TCP') {
    const server = await serveDevice(0, (peer) => virtual.connect(peer));
    closing.push(server.close);
    link = tcpLink('127.0.0.1', server.port);
  }
  const conditions: (PrinterCondition | undefined)[] = [];
  const printer = createPrinter({
    model,
    link,
    timing: { connectMs: 2_000, answerMs: 1_000, jobMs: 1_500, patienceMs: 1_500 },
    onCondition: (condition) => conditions.push(condition),
  });
  closing.push(printer.close);
  return { printer, virtual, conditions, print: async () => await printer.print(encodeDocument(RECEIPT, model)) };
}

const until = async (virtual: VirtualPrinter, isSo: () => boolean): Promise<void> =>
  await new Promise((resolve) => {
    const look = (): void => {
      if (!isSo()) return;
      stop();
      resolve();
    };
    const stop = virtual.onChange(look);
    look();
  });

describe.each([
  ['epson-tm-t20iii', 'memory'],
  ['epson-tm-t20iii', 'TCP'],
  ['star-tsp100iv', 'memory'],
  ['star-tsp100iv', 'TCP'],
] as const)('%s over %s', (model, over) => {
  test('prints, and counts as printed when the printer has said so', async () => {
    const { print, virtual, conditions } = await rigOf(model, over);
    expect(await print()).toEqual({ ok: true, value: { proof: 'answered', wasInterrupted: false } });
    expect(await print()).toMatchObject({ ok: true });
    expect(virtual.text().match(/Milk 20 +1.19 A/g)).toHaveLength(2);
    expect(virtual.state()).toMatchObject({ cuts: 2, held: 0, unknownCommands: [] });
    expect(conditions.at(-1)).toMatchObject({ isOnline: true, paper: 'ok' });
  });

  test('a job during which the paper runs out is finished on the new roll', async () => {
    const { print, virtual } = await rigOf(model, over, 'paper-out after 12 lines, paper-in after 200 ms');
    expect(await print()).toEqual({ ok: true, value: { proof: 'answered', wasInterrupted: true } });
    expect(virtual.text().match(/Milk \d+ /g)).toHaveLength(20);
  });

  test('a roll that nobody changes is told, and so is that some of it may be on paper', async () => {
    const { print, virtual, printer } = await rigOf(model, over, 'paper-out after 12 lines');
    expect(await print()).toMatchObject({ ok: false, error: { reason: 'paperOut', retry: 'mayDuplicate' } });
    // Now nothing is sent at all.
    expect(await print()).toMatchObject({ ok: false, error: { reason: 'paperOut', retry: 'safe' } });
    virtual.loadPaper();
    expect(await printer.refresh()).toMatchObject({ ok: true, value: { paper: 'ok' } });
  });

  test('a lost answer is no proof: it may have printed', async () => {
    const { print, virtual } = await rigOf(model, over, 'answer lost');
    expect(await print()).toMatchObject({ ok: false, error: { reason: 'noAnswer', retry: 'mayDuplicate' } });
    expect(virtual.text()).toContain('Milk 20');
  });

  test('garbage between the answers, an open cover, and a slow printer do no harm', async () => {
    const { print, virtual } = await rigOf(model, over, 'garbage, slow 5 ms');
    expect(await print()).toMatchObject({ ok: true });
    virtual.setCover(true);
    expect(await print()).toMatchObject({ ok: false, error: { reason: 'coverOpen', retry: 'safe' } });
    virtual.setCover(false);
    expect(await print()).toMatchObject({ ok: true });
  });

  test('unplugged while it prints, it is found again without a restart', async () => {
    const { print, virtual, conditions } = await rigOf(model, over, 'unplugged after 5 lines');
    expect(await print()).toMatchObject({ ok: false, error: { reason: 'lost', retry: 'mayDuplicate' } });
    expect(conditions.at(-1)).toBeUndefined();
    expect(await print()).toMatchObject({ ok: false, error: { retry: 'safe' } });
    virtual.setPlugged(true);
    expect(await print()).toMatchObject({ ok: true });
  });

  test('opens the drawer, and hears that it is open', async () => {
    const { printer, virtual } = await rigOf(model, over);
    expect(await printer.openDrawer()).toEqual({ ok: true, value: undefined });
    expect(await printer.refresh()).toMatchObject({ ok: true, value: { isDrawerOpen: true } });
    virtual.closeDrawer();
    expect(await printer.refresh()).toMatchObject({ ok: true, value: { isDrawerOpen: false } });
    expect(virtual.state().drawerPulses).toBe(1);
  });

  test('opens the drawer at once, also while a job waits for paper', async () => {
    const { print, printer, virtual } = await rigOf(model, over, 'paper-out after 5 lines');
    const printing = print();
    await until(virtual, () => virtual.state().paper === 'out');
    expect(await printer.openDrawer()).toEqual({ ok: true, value: undefined });
    await until(virtual, () => virtual.state().drawerPulses === 1);
    virtual.loadPaper();
    expect(await printing).toMatchObject({ ok: true });
    expect(virtual.state().drawerPulses).toBe(1);
  });
});

test('a printer that never answers is taken at its word no further than that the bytes were sent', async () => {
  const { print } = await rigOf('pos-5890', 'TCP');
  expect(await print()).toEqual({ ok: true, value: { proof: 'sent', wasInterrupted: false } });
});

test('jobs are printed one behind the other', async () => {
  const { print, virtual } = await rigOf('epson-tm-t20iii', 'TCP', 'slow 1 ms');
  const printed = await Promise.all([print(), print(), print()]);
  expect(printed.every(({ ok }) => ok)).toBe(true);
  const lines = virtual.text().match(/Milk \d+/g) ?? [];
  expect(lines).toEqual([...lines.slice(0, 20), ...lines.slice(0, 20), ...lines.slice(0, 20)]);
});

test('one that is not plugged in is told from one that does not answer', async () => {
  const printer = createPrinter({ model: 'epson-tm-t20iii', link: fileLink('/dev/usb/no-such-printer') });
  expect(await printer.refresh()).toMatchObject({ ok: false, error: { reason: 'noSuchDevice', retry: 'safe' } });
  expect(printer.health()).toMatchObject({ power: 'offline', reason: 'noSuchDevice' });
});

test('of one that takes a connection and says nothing, nothing is told: no drawer is shut or open by a guess', async () => {
  const told: (PrinterCondition | undefined)[] = [];
  const printer = createPrinter({
    model: 'epson-tm-t20iii',
    link: memoryLink('memory://silent', () => true),
    timing: { answerMs: 20 },
    onCondition: (condition) => told.push(condition),
  });
  expect(await printer.refresh()).toMatchObject({ ok: false, error: { reason: 'noAnswer', retry: 'safe' } });
  expect(told).toEqual([undefined]);
});
