/**
 * What a real device is put through by hand: the contract that the virtual ones keep in the tests, step by step, with a person to do what only hands
 * can. A step says what it wants done, then asks the device; what it answers is held against what the contract says.
 */
import type { Clock, Result, Timers } from '@holdfast/base';

import { encodeDocument, openRegistry, type DeviceEntry, type DeviceRegistry } from '../src/index.ts';

export interface Person {
  /** Says what is to be done, and waits until it was. */
  does(what: string): Promise<void>;
  /** Asks what only eyes can see. */
  sees(what: string): Promise<boolean>;
}

export interface Step {
  readonly name: string;
  readonly run: (registry: DeviceRegistry, person: Person) => Promise<boolean>;
}

const answered = (result: Result<unknown, { readonly reason: string }> | undefined, wanted: 'ok' | readonly string[]): boolean => {
  if (result === undefined) return false;
  return result.ok ? wanted === 'ok' : wanted !== 'ok' && wanted.includes(result.error.reason);
};
const check = async (registry: DeviceRegistry, wanted: 'ok' | readonly string[]): Promise<boolean> => {
  const [first] = await registry.checkHealth();
  return answered(first?.check, wanted);
};
const GONE = ['lost', 'unreachable', 'noSuchDevice', 'noAnswer'];

const there: Step = { name: 'it answers', run: async (registry) => await check(registry, 'ok') };
const lostAndFound: Step = {
  name: 'unplugged it is missed, and found again by itself',
  run: async (registry, person) => {
    await person.does('Pull its cable.');
    const isMissed = await check(registry, GONE);
    await person.does('Plug it in again, and wait until it is ready.');
    return isMissed && (await check(registry, 'ok'));
  },
};

const print = async ({ printers: [printer] }: DeviceRegistry) =>
  await printer?.print(
    encodeDocument(
      {
        direction: 'ltr',
        blocks: [
          { type: 'text', text: 'äöü € Ελληνικά 日本語' },
          { type: 'qr', data: 'HOLDFAST' },
        ],
      },
      printer.model.id,
    ),
  );

const printerSteps: readonly Step[] = [
  there,
  {
    name: 'a page is printed, and it says so',
    run: async (registry, person) =>
      answered(await print(registry), 'ok') &&
      (await person.sees('Does the page show äöü € Ελληνικά 日本語 and a QR code, and was it cut?')),
  },
  {
    name: 'an open cover is told, and nothing is printed',
    run: async (registry, person) => {
      await person.does('Open its cover.');
      const isRefused = answered(await print(registry), ['coverOpen', 'paperOut', 'offline']);
      await person.does('Close the cover.');
      return isRefused && answered(await print(registry), 'ok');
    },
  },
  {
    name: 'paper that is out is told',
    run: async (registry, person) => {
      await person.does('Take the roll out, and close the cover.');
      const isTold = answered(await print(registry), ['paperOut']);
      await person.does('Put the roll in again.');
      return isTold && answered(await print(registry), 'ok');
    },
  },
  {
    name: 'the drawer opens',
    run: async (registry, person) => answered(await registry.printers[0]?.openDrawer(), 'ok') && (await person.sees('Is the drawer open?')),
  },
  lostAndFound,
];

const weigh = async (registry: DeviceRegistry) => await registry.scale?.readWeight();
const scaleSteps: readonly Step[] = [
  there,
  {
    name: 'nothing is no weight',
    run: async (registry, person) => {
      await person.does('Take everything off it.');
      return answered(await weigh(registry), ['empty', 'underCapacity']);
    },
  },
  {
    name: 'a kilogram is a kilogram',
    run: async (registry, person) => {
      await person.does('Put a weight of 1 kg on it.');
      const read = await weigh(registry);
      return read?.ok === true && Math.abs(read.value.grams - 1_000) <= 5;
    },
  },
  {
    name: 'what moves is no weight',
    run: async (registry, person) => {
      await person.does('Press it with a hand, and go on moving while you answer and for five seconds more.');
      return answered(await weigh(registry), ['moving', 'notReady']);
    },
  },
  lostAndFound,
];

export const STEPS: Readonly<Partial<Record<DeviceEntry['kind'], readonly Step[]>>> = {
  receiptPrinter: printerSteps,
  scale: scaleSteps,
  scanner: [there, lostAndFound],
  lineDisplay: [there, lostAndFound],
  paymentTerminal: [there, lostAndFound],
};

export interface ManualPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly newId: () => string;
  readonly person: Person;
  readonly say: (line: string) => void;
}

/** How many steps the device failed. */
export async function runSteps(entry: DeviceEntry, { clock, timers, newId, person, say }: ManualPorts): Promise<number> {
  const registry = openRegistry([entry], { clock, timers, terminalNames: { saleId: () => 'by-hand', newId } });
  let failed = 0;
  try {
    for (const { name, run } of STEPS[entry.kind] ?? []) {
      const isKept = await run(registry, person);
      if (!isKept) failed += 1;
      say(`${isKept ? 'ok  ' : 'FAIL'}  ${name}`);
    }
  } finally {
    registry.close();
  }
  return failed;
}
