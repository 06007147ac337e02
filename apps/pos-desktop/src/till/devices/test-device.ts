/** One device, tried by a person who stands before it: the registry's own where it is in the profile, else opened for the moment. */
import { err, ok, unreachable, type Clock, type Result, type Timers } from '@holdfast/base';
import type { Refusal } from '@holdfast/domain';
import type * as Hardware from '@holdfast/hardware';
import type {
  DeviceEntry,
  DeviceFault,
  DeviceRegistry,
  LabelDocument,
  PrinterModelId,
  PrintFault,
  ScannerEvent,
  TerminalNames,
} from '@holdfast/hardware';
import type { PrintDocument } from '@holdfast/paper/document';

import type { PrintSetter } from '../printing/print-setter.ts';
import type { DevicesRequest } from './device-requests.ts';
import { scaleRefusal } from './weigh.ts';

type TestRequest = Extract<DevicesRequest, { type: 'testDevice' }>;

export interface TestPorts {
  readonly hardware: typeof Hardware;
  readonly registry: DeviceRegistry | undefined;
  readonly scans: ScanWait;
  readonly setter: PrintSetter;
  readonly setDocument: SetDocument;
  readonly terminalNames: TerminalNames;
  readonly clock: Clock;
  readonly timers: Timers;
}

export type SetDocument = (document: PrintDocument, model: PrinterModelId) => Promise<Uint8Array>;

/** What a test came to, where there is something to tell. */
export interface Tested {
  readonly grams?: number;
  readonly code?: string;
}

/** A scan that somebody waits for at the setup screen: it is shown there, and nothing is sold. */
export interface ScanWait {
  /** True where it was waited for. */
  hear(event: ScannerEvent, from: DeviceEntry): boolean;
  /** Undefined: nothing came in time. */
  wait(from: DeviceEntry): Promise<ScannerEvent | undefined>;
}

/** Long enough to fetch something with a code on it. */
const SCAN_WITHIN_MS = 20_000;

export function createScanWait(timers: Timers, withinMs = SCAN_WITHIN_MS): ScanWait {
  let waiting: { readonly from: DeviceEntry; readonly resolve: (event: ScannerEvent | undefined) => void } | undefined;
  return {
    hear(event, from) {
      if (waiting === undefined || !isSame(waiting.from, from)) return false;
      waiting.resolve(event);
      return true;
    },
    async wait(from) {
      waiting?.resolve(undefined);
      return await new Promise((resolve) => {
        const mine = {
          from,
          resolve: (event: ScannerEvent | undefined): void => {
            cancel();
            if (waiting === mine) waiting = undefined;
            resolve(event);
          },
        };
        const cancel = timers.after(withinMs, () => mine.resolve(undefined));
        waiting = mine;
      });
    },
  };
}

export const isSame = (one: DeviceEntry, other: DeviceEntry): boolean =>
  one.kind === other.kind && one.model === other.model && one.address === other.address;

const failed = ({ reason, retry, detail }: DeviceFault | PrintFault): Refusal => ({
  type: 'deviceFailed',
  detail: { reason, retry, detail },
});

export async function testDevice({ device, act }: TestRequest, ports: TestPorts): Promise<Result<Tested, Refusal>> {
  const { hardware, registry, scans, setter, setDocument, terminalNames, clock, timers } = ports;
  const isOpen = registry?.list().some(({ entry }) => isSame(entry, device)) === true;
  const tried = isOpen
    ? registry
    : hardware.openRegistry([device], { clock, timers, terminalNames, onScan: (event, from) => void scans.hear(event, from) });
  try {
    return await tryDevice(act, device, tried, { hardware, scans, setter, setDocument });
  } finally {
    if (!isOpen) tried.close();
  }
}

async function tryDevice(
  act: TestRequest['act'],
  device: DeviceEntry,
  registry: DeviceRegistry,
  { hardware, scans, setter, setDocument }: Pick<TestPorts, 'hardware' | 'scans' | 'setter' | 'setDocument'>,
): Promise<Result<Tested, Refusal>> {
  const printer = registry.printers.find(({ model }) => model.id === device.model);
  switch (act) {
    case 'print': {
      if (device.kind === 'labelPrinter') return await printLabel(device, registry, { hardware, setter });
      if (printer === undefined) return err(NOT_KNOWN);
      const page = await setDocument(testPage(printer.model.name, device.address), printer.model.id);
      const printed = await printer.print(page);
      return printed.ok ? ok({}) : err(failed(printed.error));
    }
    case 'openDrawer': {
      const opened = await printer?.openDrawer();
      return opened === undefined ? err(NOT_KNOWN) : opened.ok ? ok({}) : err(failed(opened.error));
    }
    case 'weigh': {
      const { scale, baggingScale } = registry;
      if (device.kind === 'baggingScale') {
        const rested = await baggingScale?.settled();
        return rested === undefined ? err(NOT_KNOWN) : rested.ok ? ok({ grams: rested.value }) : err(scaleRefusal(rested.error));
      }
      const read = await scale?.readWeight();
      return read === undefined ? err(NOT_KNOWN) : read.ok ? ok({ grams: read.value.grams }) : err(scaleRefusal(read.error));
    }
    case 'zero': {
      const zeroed = await (device.kind === 'baggingScale' ? registry.baggingScale : registry.scale)?.zeroScale();
      if (zeroed === undefined) return err(NOT_KNOWN);
      if (zeroed.ok) return ok({});
      return err(
        zeroed.error.type === 'notZeroed' ? { type: 'deviceFailed', detail: { reason: zeroed.error.reason } } : failed(zeroed.error),
      );
    }
    case 'show': {
      const display = registry.displays.find(({ model, address }) => model === device.model && address.startsWith(device.address));
      if (display === undefined) return err(NOT_KNOWN);
      display.show(['Holdfast äöüß éèñ', '1234567890  1.234,56']);
      const shown = await display.settled();
      return shown.ok ? ok({}) : err(failed(shown.error));
    }
    case 'scan': {
      const isThere = await check(registry, device);
      if (!isThere.ok) return isThere;
      const event = await scans.wait(device);
      if (event === undefined) return err({ type: 'deviceFailed', detail: { reason: 'nothingScanned' } });
      return event.type === 'data' ? ok({ code: event.text }) : err({ type: 'deviceFailed', detail: { reason: 'torn' } });
    }
    case 'check':
      return await check(registry, device);
    default:
      return unreachable(act, 'tryDevice');
  }
}

async function check(registry: DeviceRegistry, device: DeviceEntry): Promise<Result<Tested, Refusal>> {
  const checks = await registry.checkHealth((entry) => isSame(entry, device));
  const found = checks.find(({ entry }) => isSame(entry, device));
  return found === undefined ? err(NOT_KNOWN) : found.check.ok ? ok({}) : err(failed(found.check.error));
}

const NOT_KNOWN: Refusal = { type: 'deviceFailed', detail: { reason: 'unknown' } };

async function printLabel(
  device: DeviceEntry,
  registry: DeviceRegistry,
  { hardware, setter }: Pick<TestPorts, 'hardware' | 'setter'>,
): Promise<Result<Tested, Refusal>> {
  const printer = registry.labelPrinters.find(({ model, address }) => model === device.model && device.address.startsWith(address));
  if (printer === undefined) return err(NOT_KNOWN);
  const label = await setter.set({ type: 'label', label: TEST_LABEL, on: { model: printer.model, stock: hardware.DEFAULT_STOCK } });
  const printed = await printer.print(label);
  return printed.ok ? ok({}) : err(failed(printed.error));
}

const TEST_LABEL: LabelDocument = {
  direction: 'ltr',
  title: 'Holdfast äöü é 日本語',
  price: '12.34',
  per: '/ kg',
  before: '15.00',
  notes: ['TEST'],
  barcode: { kind: 'code128', data: 'HOLDFAST-TEST' },
};

/** Letters of several scripts, both ends of a line, codes: what a receipt is made of. */
const testPage = (model: string, address: string): PrintDocument => ({
  direction: 'ltr',
  blocks: [
    { type: 'text', text: 'Holdfast', align: 'center', isBold: true, isLarge: true },
    { type: 'text', text: model, align: 'center' },
    { type: 'text', text: address, align: 'center' },
    { type: 'rule' },
    { type: 'row', start: 'äöüß éèñ ÅØÆ', end: '1 234,56 €' },
    { type: 'row', start: 'Ελληνικά, Кириллица', end: '12.34' },
    { type: 'text', text: '日本語 العربية ไทย' },
    { type: 'rule' },
    { type: 'qr', data: 'HOLDFAST-TEST' },
    { type: 'feed', lines: 1 },
    { type: 'barcode', data: 'HOLDFAST-TEST' },
  ],
});
