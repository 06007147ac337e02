/**
 * What a real device is put through by hand: the contract that the virtual ones keep in the tests, step by step, with a person to do what only hands
 * can. A step says what it wants done, then asks the device; what it answers is held against what the contract says.
 */
import { findCardNumbers, type Clock, type Result, type Timers } from '@holdfast/base';

import {
  DEFAULT_STOCK,
  encodeDocument,
  encodeLabel,
  isLabelModelId,
  openRegistry,
  type BagSight,
  type DeviceEntry,
  type DeviceRegistry,
  type ScannerEvent,
  type TerminalOrder,
  type TerminalOutcome,
} from '../src/index.ts';

export interface Person {
  /** Says what is to be done, and waits until it was. */
  does(what: string): Promise<void>;
  /** Asks what only eyes can see. */
  sees(what: string): Promise<boolean>;
}

/** The device on its bench, and what it has said by itself. */
export interface Bench {
  readonly registry: DeviceRegistry;
  readonly person: Person;
  /** What its scanner reads; undefined: nothing came in time. */
  readonly nextScan: () => Promise<ScannerEvent | undefined>;
  /** Whether its scale under bags comes to such a sight in time. */
  readonly seesBag: (isSo: (sight: BagSight) => boolean) => Promise<boolean>;
  /** For a terminal that is known by its names and the time. */
  readonly order: (order: Partial<TerminalOrder>) => TerminalOrder;
}

export interface Step {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<boolean>;
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

const there: Step = { name: 'it answers', run: async ({ registry }) => await check(registry, 'ok') };
const lostAndFound: Step = {
  name: 'unplugged it is missed, and found again by itself',
  run: async ({ registry, person }) => {
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
    run: async ({ registry, person }) =>
      answered(await print(registry), 'ok') &&
      (await person.sees('Does the page show äöü € Ελληνικά 日本語 and a QR code, and was it cut?')),
  },
  {
    name: 'an open cover is told, and nothing is printed',
    run: async ({ registry, person }) => {
      await person.does('Open its cover.');
      const isRefused = answered(await print(registry), ['coverOpen', 'paperOut', 'offline']);
      await person.does('Close the cover.');
      return isRefused && answered(await print(registry), 'ok');
    },
  },
  {
    name: 'paper that is out is told',
    run: async ({ registry, person }) => {
      await person.does('Take the roll out, and close the cover.');
      const isTold = answered(await print(registry), ['paperOut']);
      await person.does('Put the roll in again.');
      return isTold && answered(await print(registry), 'ok');
    },
  },
  {
    name: 'the drawer opens',
    run: async ({ registry, person }) =>
      answered(await registry.printers[0]?.openDrawer(), 'ok') && (await person.sees('Is the drawer open?')),
  },
  lostAndFound,
];

const weigh = async (registry: DeviceRegistry) => await registry.scale?.readWeight();
const scaleSteps: readonly Step[] = [
  there,
  {
    name: 'nothing is no weight',
    run: async ({ registry, person }) => {
      await person.does('Take everything off it.');
      return answered(await weigh(registry), ['empty', 'underCapacity']);
    },
  },
  {
    name: 'a kilogram is a kilogram',
    run: async ({ registry, person }) => {
      await person.does('Put a weight of 1 kg on it.');
      const read = await weigh(registry);
      return read?.ok === true && Math.abs(read.value.grams - 1_000) <= 5;
    },
  },
  {
    name: 'what moves is no weight',
    run: async ({ registry, person }) => {
      await person.does('Press it with a hand, and go on moving while you answer and for five seconds more.');
      return answered(await weigh(registry), ['moving', 'notReady']);
    },
  },
  {
    name: 'too much is no weight',
    run: async ({ registry, person }) => {
      await person.does('Put more on it than it carries.');
      const isTold = answered(await weigh(registry), ['overCapacity']);
      await person.does('Take everything off it.');
      return isTold;
    },
  },
  {
    name: 'it is set to zero, or says that only its own key does that',
    run: async ({ registry, person }) => {
      await person.does('Put something light on it, as a bag.');
      const zeroed = await registry.scale?.zeroScale();
      if (zeroed?.ok !== true) return answered(zeroed, ['ownKeyOnly']);
      const isEmpty = answered(await weigh(registry), ['empty', 'underCapacity']);
      await person.does('Take everything off it.');
      return isEmpty && answered(await weigh(registry), ['belowZero', 'underCapacity']);
    },
  },
  lostAndFound,
];

const rests = (about: number) => (sight: BagSight) => sight.state === 'resting' && Math.abs(sight.grams - about) <= 5;
const baggingSteps: readonly Step[] = [
  there,
  {
    name: 'each weight that has come to rest is told, an empty one too',
    run: async ({ seesBag, person }) => {
      await person.does('Take everything off it.');
      const isEmpty = await seesBag(rests(0));
      await person.does('Put a weight of 1 kg on it.');
      const isWeighed = await seesBag(rests(1_000));
      await person.does('Take everything off it.');
      return isEmpty && isWeighed && (await seesBag(rests(0)));
    },
  },
  {
    name: 'what moves is told as moving',
    run: async ({ seesBag, person }) => {
      await person.does('Press it with a hand, and go on moving while you answer and for five seconds more.');
      return await seesBag(({ state }) => state === 'moving');
    },
  },
  {
    name: 'too much is told',
    run: async ({ seesBag, person }) => {
      await person.does('Put more on it than it carries.');
      const isTold = await seesBag(({ state }) => state === 'over');
      await person.does('Take everything off it.');
      return isTold;
    },
  },
  lostAndFound,
];

const ean = '4006381333931';
const EAN_14 = `0${ean}`;
const isRead = (event: ScannerEvent | undefined): boolean => event?.type === 'data' && /^(?:\]E0)?4006381333931$/u.test(event.text);
/** The fixed field first or last: as whoever made the symbol has put them. */
const GS = String.fromCharCode(29);
const GS1_TEXTS: ReadonlySet<string> = new Set([`01${EAN_14}10AB12${GS}17301231`, `01${EAN_14}1730123110AB12`]);
const scannerSteps: readonly Step[] = [
  there,
  {
    name: 'a code is read as it is, and once',
    run: async ({ nextScan, person }) => {
      await person.does(`Scan an EAN-13 of ${ean} once as on a shelf label.`);
      const first = await nextScan();
      await person.does('Scan nothing now.');
      return isRead(first) && (await nextScan()) === undefined;
    },
  },
  {
    name: 'two scans are two codes',
    run: async ({ nextScan, person }) => {
      await person.does('Scan the same code twice, one right behind the other.');
      return isRead(await nextScan()) && isRead(await nextScan());
    },
  },
  {
    name: 'GS1 codes come with what ends a field',
    run: async ({ nextScan, person }) => {
      await person.does('Scan a GS1-128 or GS1 DataMatrix of (01)04006381333931(10)AB12(17)301231.');
      const event = await nextScan();
      return event?.type === 'data' && GS1_TEXTS.has(event.text.replace(/^\](?:C1|e0|d2|Q3|J1)/u, ''));
    },
  },
  lostAndFound,
];

const displaySteps: readonly Step[] = [
  there,
  {
    name: 'both rows stand where they should, with marks on the letters',
    run: async ({ registry, person }) => {
      const [display] = registry.displays;
      display?.show(['Äpfel 0,842 kg  2.51', 'Total         12.34']);
      return (
        answered(await display?.settled(), 'ok') && (await person.sees('Does it show "Äpfel 0,842 kg  2.51" over "Total         12.34"?'))
      );
    },
  },
  {
    name: 'nothing of the frame before is left',
    run: async ({ registry, person }) => {
      const [display] = registry.displays;
      display?.show(['Thank you', '']);
      return answered(await display?.settled(), 'ok') && (await person.sees('Does it show "Thank you" and nothing else?'));
    },
  },
  {
    name: 'unplugged and back, it shows what it should without being asked',
    run: async ({ registry, person }) => {
      await person.does('Pull its cable.');
      registry.displays[0]?.show(['Total', '1.19']);
      await person.does('Plug it in again, and wait until it is ready.');
      return await person.sees('Does it show "Total" over "1.19"?');
    },
  },
];

const printLabel = async ({ labelPrinters: [printer] }: DeviceRegistry) =>
  printer === undefined || !isLabelModelId(printer.model)
    ? undefined
    : await printer.print(
        encodeLabel(
          {
            direction: 'ltr',
            title: 'Äpfel Gala, りんご',
            price: '2.98',
            per: '/ kg',
            before: '3.49',
            notes: ['4011'],
            barcode: { kind: 'ean13', data: ean },
          },
          { model: printer.model, stock: DEFAULT_STOCK },
        ),
      );
const labelSteps: readonly Step[] = [
  there,
  {
    name: 'a label is printed, and it says so',
    run: async ({ registry, person }) =>
      answered(await printLabel(registry), 'ok') &&
      (await person.sees('Does the label show Äpfel Gala, りんご, the price 2.98 / kg, 3.49 struck out, and bars that a scanner reads?')),
  },
  {
    name: 'an open head is told, and nothing is printed',
    run: async ({ registry, person }) => {
      await person.does('Open its cover.');
      const isRefused = answered(await printLabel(registry), ['coverOpen', 'offline']);
      await person.does('Close the cover.');
      return isRefused && answered(await printLabel(registry), 'ok');
    },
  },
  {
    name: 'labels that are out are told',
    run: async ({ registry, person }) => {
      await person.does('Take the roll out, and close the cover.');
      const isTold = answered(await printLabel(registry), ['paperOut', 'offline']);
      await person.does('Put the roll in again.');
      return isTold && answered(await printLabel(registry), 'ok');
    },
  },
  lostAndFound,
];

/** The smallest amount that hosts of tests take. */
const TEST_MINOR = 100;
async function pay({ registry: { terminal }, order }: Bench, given: Partial<TerminalOrder> = {}) {
  const wish = order(given);
  const prepared = await terminal?.prepare(wish);
  if (terminal === undefined || prepared?.ok !== true) return undefined;
  const full = prepared.value.mark === undefined ? wish : { ...wish, mark: prepared.value.mark };
  return { wish: full, outcome: await terminal.run(full) };
}
const isApproved = (outcome: TerminalOutcome | undefined) => outcome?.type === 'approved';
/** In a test host's world: a test card, no real money. */
const terminalSteps: readonly Step[] = [
  there,
  {
    name: 'a payment is approved, and nothing of the card’s number comes with it',
    run: async (bench) => {
      await bench.person.does('Have a TEST card ready, and hold it against the terminal when it asks.');
      const paid = await pay(bench);
      return isApproved(paid?.outcome) && findCardNumbers(JSON.stringify(paid?.outcome)).length === 0;
    },
  },
  {
    name: 'what was approved is known when it is asked for again',
    run: async (bench) => {
      await bench.person.does('Hold the card against it once more.');
      const paid = await pay(bench);
      const answer = paid === undefined ? undefined : await bench.registry.terminal?.ask(paid.wish);
      return isApproved(paid?.outcome) && answer?.type === 'approved';
    },
  },
  {
    name: 'cancelled by the shopper it is declined',
    run: async (bench) => {
      await bench.person.does('Press the red key of the terminal when it asks for the card.');
      return (await pay(bench))?.outcome.type === 'declined';
    },
  },
  {
    name: 'its cable pulled in the middle, it is unknown, and answered for when it is back',
    run: async (bench) => {
      await bench.person.does('Hold the card against it when it asks, and pull its network cable at once.');
      const paid = await pay(bench);
      if (paid?.outcome.type !== 'unknown') return false;
      await bench.person.does('Plug it in again, and wait until it is ready.');
      const answer = await bench.registry.terminal?.ask(paid.wish);
      return ['approved', 'declined', 'notFound'].includes(answer?.type ?? '');
    },
  },
  {
    name: 'a payment is given back',
    run: async (bench) => {
      await bench.person.does('Hold the card against it, and again where it asks a second time.');
      const atMs = bench.order({}).atMs;
      const paid = await pay(bench, { atMs });
      if (paid?.outcome.type !== 'approved') return false;
      const { transactionId } = paid.outcome.card;
      const back = await pay(bench, { act: 'refund', ...(transactionId !== undefined && { original: { transactionId, atMs } }) });
      return isApproved(back?.outcome);
    },
  },
  {
    name: 'it is settled, and counts anew',
    run: async (bench) => {
      const { serviceId, currency, minorDigits, atMs } = bench.order({});
      const settled = await bench.registry.terminal?.settle({ serviceId, currency, minorDigits, atMs });
      return settled?.ok === true;
    },
  },
  lostAndFound,
];

export const STEPS: Readonly<Record<DeviceEntry['kind'], readonly Step[]>> = {
  receiptPrinter: printerSteps,
  scale: scaleSteps,
  baggingScale: baggingSteps,
  scanner: scannerSteps,
  lineDisplay: displaySteps,
  labelPrinter: labelSteps,
  paymentTerminal: terminalSteps,
};

export interface ManualPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly newId: () => string;
  readonly person: Person;
  readonly say: (line: string) => void;
  /** ISO 4217, of two decimals: what a terminal is tried in. */
  readonly currency?: string;
  /** For a scan, or a weight to come to rest. */
  readonly withinMs?: number;
}

/** What comes by itself, for whoever asks for it, in time or not at all. */
function createInbox<T>(
  timers: Timers,
  withinMs: number,
): { readonly put: (item: T) => void; readonly next: () => Promise<T | undefined> } {
  const items: T[] = [];
  let wake = (): void => {};
  return {
    put: (item) => {
      items.push(item);
      wake();
    },
    next: async () => {
      if (items.length === 0) {
        await new Promise<void>((resolve) => {
          const cancel = timers.after(withinMs, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
      }
      return items.shift();
    },
  };
}

function openBench(entry: DeviceEntry, { clock, timers, newId, person, currency = 'EUR', withinMs = 5_000 }: ManualPorts): Bench {
  const scans = createInbox<ScannerEvent>(timers, withinMs);
  const sights = createInbox<BagSight>(timers, withinMs);
  const registry = openRegistry([entry], {
    clock,
    timers,
    terminalNames: { saleId: () => 'by-hand', newId },
    onScan: scans.put,
    onBag: sights.put,
  });
  return {
    registry,
    person,
    nextScan: scans.next,
    seesBag: async (isSo) => {
      for (let sight = registry.baggingScale?.sight(); sight !== undefined; sight = await sights.next()) if (isSo(sight)) return true;
      return false;
    },
    order: (given) => ({
      serviceId: newId(),
      act: 'payment',
      amountMinor: TEST_MINOR,
      currency,
      minorDigits: 2,
      mayBeOffline: false,
      atMs: clock.nowMs(),
      ...given,
    }),
  };
}

/** How many steps the device failed. */
export async function runSteps(entry: DeviceEntry, ports: ManualPorts): Promise<number> {
  const bench = openBench(entry, ports);
  let failed = 0;
  try {
    for (const { name, run } of STEPS[entry.kind]) {
      const isKept = await run(bench);
      if (!isKept) failed += 1;
      ports.say(`${isKept ? 'ok  ' : 'FAIL'}  ${name}`);
    }
  } finally {
    bench.registry.close();
  }
  return failed;
}
