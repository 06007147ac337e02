/** The steps themselves, with hands that do to virtual devices what a person does to real ones. */
import type { Timers } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import { afterAll, expect, test } from 'vitest';

import type { DeviceEntry, DevicePeer } from '../src/index.ts';
import {
  createVirtualDisplay,
  createVirtualLabelPrinter,
  createVirtualPrinter,
  createVirtualScale,
  createVirtualScanner,
  createVirtualTerminal,
  serveDevice,
  serveTerminal,
  type TerminalProtocol,
} from '../src/virtual/index.ts';
import { runSteps, type Person } from './steps.ts';

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0)) await close();
});

async function run(
  entry: Omit<DeviceEntry, 'address'>,
  connect: (peer: DevicePeer) => boolean,
  person: Person,
): Promise<readonly string[]> {
  const port = await serveDevice(0, connect);
  closing.push(port.close);
  return await stepsOf({ ...entry, address: `tcp://127.0.0.1:${port.port}` }, person);
}

/**
 * Both ends stand in this one process, which a busy machine lets stand still for seconds: whoever waits for an answer waits five times as long. What comes
 * in time comes no later by that.
 */
const patientTimers: Timers = { after: (delayMs, onDue) => systemTimers.after(delayMs < 1_000 ? delayMs : delayMs * 5, onDue) };

let ids = 0;
async function stepsOf(entry: DeviceEntry, person: Person): Promise<readonly string[]> {
  const said: string[] = [];
  const ports = {
    clock: systemClock,
    timers: patientTimers,
    newId: () => `A${String(++ids).padStart(9, '0')}`,
    withinMs: 1_500,
    person,
    say: (line: string) => void said.push(line),
  };
  const failed = await runSteps(entry, ports);
  expect(failed).toBe(said.filter((line) => line.startsWith('FAIL')).length);
  return said;
}

/** What is asked to be done, by its first words. */
const hands = (deeds: Readonly<Record<string, () => void>>): Person => ({
  does: async (what) => {
    const deed = Object.entries(deeds).find(([words]) => what.startsWith(words));
    expect(deed, what).toBeDefined();
    deed?.[1]();
  },
  sees: async () => true,
});

test.concurrent('a printer that keeps the contract passes each step; one that says nothing of its cover does not', async () => {
  const printer = createVirtualPrinter({ model: 'epson-tm-t20iii', timers: systemTimers });
  const deeds = {
    'Open its cover': () => printer.setCover(true),
    'Close the cover': () => printer.setCover(false),
    'Take the roll out': () => printer.takePaperAway(),
    'Put the roll in': () => printer.loadPaper(),
    'Pull its cable': () => printer.setPlugged(false),
    'Plug it in': () => printer.setPlugged(true),
  };
  const entry = { kind: 'receiptPrinter', model: 'epson-tm-t20iii' } as const;
  const said = await run(entry, (peer) => printer.connect(peer), hands(deeds));
  expect(said.filter((line) => !line.startsWith('ok'))).toEqual([]);
  const deaf = await run(entry, (peer) => printer.connect(peer), hands({ ...deeds, 'Open its cover': () => {} }));
  expect(deaf.filter((line) => line.startsWith('FAIL'))).toEqual(['FAIL  an open cover is told, and nothing is printed']);
});

test.concurrent('a scale passes with what lies on it as it was asked for', async () => {
  const scale = createVirtualScale({ protocol: 'dialog-06', clock: systemClock, timers: systemTimers });
  const said = await run(
    { kind: 'scale', model: 'dialog-06' },
    (peer) => scale.connect(peer),
    hands({
      'Take everything off': () => scale.put(0),
      'Put a weight of 1 kg': () => scale.put(1_000),
      'Press it with a hand': () => {
        scale.setFaults({ unstableMs: 60_000 });
        scale.put(700);
      },
      'Put more on it': () => {
        scale.setFaults({});
        scale.put(16_000);
      },
      'Put something light': () => scale.put(7),
      'Pull its cable': () => {
        scale.setFaults({});
        scale.setPlugged(false);
      },
      'Plug it in': () => scale.setPlugged(true),
    }),
  );
  expect(said.filter((line) => !line.startsWith('ok'))).toEqual([]);
});

const failedOf = (said: readonly string[]): readonly string[] => said.filter((line) => !line.startsWith('ok'));

test.concurrent('a scale under bags passes as it is watched', async () => {
  const scale = createVirtualScale({ protocol: 'toledo-8217', clock: systemClock, timers: systemTimers });
  const deeds = {
    'Take everything off': () => {
      scale.setFaults({});
      scale.put(0);
    },
    'Put a weight of 1 kg': () => scale.put(1_000),
    'Press it with a hand': () => {
      scale.setFaults({ unstableMs: 60_000 });
      scale.put(700);
    },
    'Put more on it': () => {
      scale.setFaults({});
      scale.put(16_000);
    },
    'Pull its cable': () => scale.setPlugged(false),
    'Plug it in': () => scale.setPlugged(true),
  };
  const entry = { kind: 'baggingScale', model: 'toledo-8217' } as const;
  expect(failedOf(await run(entry, (peer) => scale.connect(peer), hands(deeds)))).toEqual([]);
});

test.concurrent('a scanner passes with what is scanned as it was asked for; one that reads twice does not', async () => {
  const scanner = createVirtualScanner({ model: 'serial', timers: systemTimers });
  const once = (): void => void scanner.scan('4006381333931', ']E0');
  const deeds = {
    'Scan an EAN-13': once,
    'Scan nothing': () => {},
    'Scan the same code': () => [once, once].forEach((scan) => scan()),
    'Scan a GS1-128': () => void scanner.scan('010400638133393110AB12\u001d17301231', ']C1'),
    'Pull its cable': () => scanner.setPlugged(false),
    'Plug it in': () => scanner.setPlugged(true),
  };
  const entry = { kind: 'scanner', model: 'serial' } as const;
  expect(failedOf(await run(entry, (peer) => scanner.connect(peer), hands(deeds)))).toEqual([]);
  scanner.setFaults({ readsTwice: true });
  expect(failedOf(await run(entry, (peer) => scanner.connect(peer), hands(deeds)))).toContain('FAIL  a code is read as it is, and once');
});

test.concurrent('a display passes with what it is seen to show', async () => {
  const display = createVirtualDisplay({ protocol: 'cd5220', timers: systemTimers });
  const shown = (): string => `${display.state().upper.trimEnd()}|${display.state().lower.trimEnd()}`;
  const seen: string[] = [];
  const person: Person = {
    ...hands({ 'Pull its cable': () => display.setPlugged(false), 'Plug it in': () => display.setPlugged(true) }),
    sees: async (what) => {
      const wanted = [...what.matchAll(/"([^"]*)"/gu)].map(([, row = '']) => row.trimEnd());
      const isShown = (): boolean => shown() === `${wanted[0]}|${wanted[1] ?? ''}`;
      // Eyes wait a moment.
      await new Promise<void>((resolve) => {
        const stop = display.onChange(() => look());
        const look = (): void => {
          if (!isShown()) return;
          stop();
          resolve();
        };
        look();
      });
      seen.push(shown());
      return true;
    },
  };
  expect(failedOf(await run({ kind: 'lineDisplay', model: 'cd5220' }, (peer) => display.connect(peer), person))).toEqual([]);
  expect(seen).toEqual(['Äpfel 0,842 kg  2.51|Total         12.34', 'Thank you|', 'Total|1.19']);
});

test.concurrent('a label printer passes each step', async () => {
  const printer = createVirtualLabelPrinter({ model: 'zpl-203', timers: systemTimers });
  const deeds = {
    'Open its cover': () => printer.setHeadUp(true),
    'Close the cover': () => printer.setHeadUp(false),
    'Take the roll out': () => printer.setPaper(false),
    'Put the roll in': () => printer.setPaper(true),
    'Pull its cable': () => printer.setPlugged(false),
    'Plug it in': () => printer.setPlugged(true),
  };
  const entry = { kind: 'labelPrinter', model: 'zpl-203' } as const;
  expect(failedOf(await run(entry, (peer) => printer.connect(peer), hands(deeds)))).toEqual([]);
});

test.concurrent.each(['nexo', 'zvt'] as const)('a terminal that speaks %s passes each step', async (protocol: TerminalProtocol) => {
  const terminal = createVirtualTerminal({ timers: systemTimers });
  const served = await serveTerminal(terminal, protocol, { port: 0 });
  closing.push(served.close);
  const approving = { shopper: { does: 'approve', afterMs: 20 } } as const;
  const deeds = {
    'Have a TEST card': () => terminal.setFaults(approving),
    'Hold the card against it when it asks, and pull': () => {
      terminal.setFaults({});
      const stop = terminal.onChange(() => {
        if (terminal.current() === undefined) return;
        stop();
        // The cable, not the power: what it is about it finishes.
        setImmediate(() => {
          terminal.setPlugged(false);
          terminal.decide('approve');
        });
      });
    },
    'Hold the card': () => terminal.setFaults(approving),
    'Press the red key': () => terminal.setFaults({ shopper: { does: 'cancel', afterMs: 20 } }),
    'Pull its cable': () => terminal.setPlugged(false),
    'Plug it in': () => {
      terminal.setFaults(approving);
      terminal.setPlugged(true);
    },
  };
  const address = served.address.replace(`${protocol}@`, '');
  expect(failedOf(await stepsOf({ kind: 'paymentTerminal', model: protocol, address }, hands(deeds)))).toEqual([]);
});
