/** The steps themselves, with hands that do to virtual devices what a person does to real ones. */
import { systemClock, systemTimers } from '@holdfast/base/node';
import { afterEach, expect, test } from 'vitest';

import type { DeviceEntry, DevicePeer } from '../src/index.ts';
import { createVirtualPrinter, createVirtualScale, serveDevice } from '../src/virtual/index.ts';
import { runSteps, type Person } from './steps.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function run(
  entry: Omit<DeviceEntry, 'address'>,
  connect: (peer: DevicePeer) => boolean,
  person: Person,
): Promise<readonly string[]> {
  const port = await serveDevice(0, connect);
  closing.push(port.close);
  const said: string[] = [];
  const ports = {
    clock: systemClock,
    timers: systemTimers,
    newId: () => 'A123456789',
    person,
    say: (line: string) => void said.push(line),
  };
  const failed = await runSteps({ ...entry, address: `tcp://127.0.0.1:${port.port}` }, ports);
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

test('a printer that keeps the contract passes each step; one that says nothing of its cover does not', async () => {
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

test('a scale passes with what lies on it as it was asked for', async () => {
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
      'Pull its cable': () => {
        scale.setFaults({});
        scale.setPlugged(false);
      },
      'Plug it in': () => scale.setPlugged(true),
    }),
  );
  expect(said.filter((line) => !line.startsWith('ok'))).toEqual([]);
});
