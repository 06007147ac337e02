/** A lane with virtual devices on real ports, as a window and a shopper meet them. */
import { randomBytes } from 'node:crypto';

import { assert } from '@holdfast/base';
import { systemClock, systemTimers } from '@holdfast/base/node';
import type { DeviceEntry, DevicePeer, PaymentTerminal, PrinterModelId } from '@holdfast/hardware';
import {
  createVirtualDisplay,
  createVirtualLabelPrinter,
  createVirtualPrinter,
  createVirtualScale,
  createVirtualScanner,
  hasSocat,
  parseFaults,
  parseLabelFaults,
  parseScaleFaults,
  serveDevice,
  serveSerial,
  type VirtualDisplay,
  type VirtualLabelPrinter,
  type VirtualPrinter,
  type VirtualScale,
  type VirtualScanner,
} from '@holdfast/hardware/virtual';

import type { RequestBody } from '../../shared/till-contract.ts';
import { createLaneDevices, type DevicePace, type LaneDevices } from '../devices/lane-devices.ts';
import { createPrintJobs, type PrintJobs } from '../devices/print-jobs.ts';
import type { Outcome } from '../windows.ts';
import { createTestLane, IDENTITY, silentLogger, type TestLane } from './test-lane.ts';

export interface Rig {
  readonly lane: TestLane;
  readonly paper: VirtualPrinter;
  readonly labels: VirtualLabelPrinter;
  readonly scale: VirtualScale;
  readonly scanner: VirtualScanner;
  readonly display: VirtualDisplay;
  readonly scans: (string | undefined)[];
  /** Each driver that was handed over, and undefined where there was none any more. */
  readonly terminals: (PaymentTerminal | undefined)[];
  readonly profile: readonly DeviceEntry[];
  /** What was saved, as the lane remembers it. */
  readonly profiles: (readonly DeviceEntry[])[];
  devices: LaneDevices;
  readonly jobs: () => PrintJobs;
  /** Resolves when `isSo` holds, looking again at each change. */
  readonly until: (isSo: () => boolean) => Promise<void>;
  /** As a window asks: the devices first, then the till. */
  readonly ask: (body: RequestBody) => Promise<Outcome['reply']>;
  /** As after a kill: the database is opened again, the devices anew. */
  readonly restart: () => Promise<void>;
}

/** What a test has opened, closed behind it. */
export const closing: (() => Promise<void> | void)[] = [];
export const closeRig = async (): Promise<void> => {
  for (const close of closing.splice(0).toReversed()) await close();
};

export async function serve(connect: (peer: DevicePeer) => boolean): Promise<string> {
  const port = await serveDevice(0, connect);
  closing.push(port.close);
  return `tcp://127.0.0.1:${port.port}`;
}

/** How the printer is plugged in. */
export type PrinterLine = 'TCP' | 'a serial line' | 'USB';

export interface RigOptions {
  readonly model?: PrinterModelId;
  readonly line?: PrinterLine;
  readonly labelScript?: string;
  readonly pace?: DevicePace;
}

async function servePrinter(paper: VirtualPrinter, line: PrinterLine): Promise<string> {
  if (line === 'TCP') return await serve((peer) => paper.connect(peer));
  assert(hasSocat(), 'socat is installed (apt: socat)');
  const place = await serveSerial(paper);
  closing.push(async () => place.close());
  return line === 'USB' ? `usb://${place.path}` : `serial://${place.path}?baud=115200`;
}

/** Faults as the virtual devices read them. */
export async function openRig(script = '', scaleScript = '', options: RigOptions = {}): Promise<Rig> {
  const { model = 'epson-tm-t20iii', line = 'TCP', labelScript, pace } = options;
  const [faults, scaleFaults] = [parseFaults(script), parseScaleFaults(scaleScript)];
  assert(faults.ok && scaleFaults.ok, 'the scripts are known');
  const labelFaults = parseLabelFaults(labelScript ?? '');
  assert(labelFaults.ok, 'the script is known');
  const labels = createVirtualLabelPrinter({ model: 'zpl-203', timers: systemTimers, faults: labelFaults.value });
  const paper = createVirtualPrinter({ model, timers: systemTimers, faults: faults.value });
  const scale = createVirtualScale({ protocol: 'dialog-06', clock: systemClock, timers: systemTimers, faults: scaleFaults.value });
  const scanner = createVirtualScanner({ model: 'serial', timers: systemTimers });
  const display = createVirtualDisplay({ protocol: 'cd5220', timers: systemTimers });
  const profile: readonly DeviceEntry[] = [
    { kind: 'receiptPrinter', model, address: await servePrinter(paper, line) },
    { kind: 'scale', model: 'dialog-06', address: await serve((peer) => scale.connect(peer)) },
    { kind: 'scanner', model: 'serial', address: await serve((peer) => scanner.connect(peer)) },
    { kind: 'lineDisplay', model: 'cd5220', address: await serve((peer) => display.connect(peer)) },
    ...(labelScript === undefined
      ? []
      : [{ kind: 'labelPrinter', model: 'zpl-203', address: await serve((peer) => labels.connect(peer)) } as const]),
  ];
  const looking = new Set<() => void>();
  const look = (): void => looking.forEach((again) => again());
  for (const device of [paper, scale, scanner, display, labels]) device.onChange(look);
  const scans: (string | undefined)[] = [];
  const terminals: (PaymentTerminal | undefined)[] = [];
  const profiles: (readonly DeviceEntry[])[] = [];
  const jobs = (): PrintJobs => createPrintJobs(lane.db, () => true);
  const openDevices = (): LaneDevices =>
    createLaneDevices(profile, {
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger,
      onChange: look,
      onScan: (code) => {
        scans.push(code);
        look();
      },
      onDrawerOpened: () => void lane.till.drawerOpened(),
      onPrinting: (jobNo) => jobs().begin(jobNo),
      onPrinted: (jobNo) => jobs().forget(jobNo),
      onProfile: (saved) => profiles.push(saved),
      terminalNames: { saleId: () => IDENTITY.device, newId: () => randomBytes(5).toString('hex').toUpperCase() },
      onTerminal: (found) => terminals.push(found),
      waitingPrints: () => lane.till.waitingPrints(),
      shop: () => lane.till.shop(),
      ...(pace !== undefined && { pace }),
    });
  const lane = createTestLane(undefined, undefined, (print) => rig.devices.printReceipt(print));
  closing.push(() => lane.close());
  const rig: Rig = {
    lane,
    paper,
    labels,
    scale,
    scanner,
    display,
    scans,
    terminals,
    profile,
    profiles,
    jobs,
    devices: openDevices(),
    until: async (isSo) =>
      await new Promise((resolve) => {
        const again = (): void => {
          if (!isSo()) return;
          looking.delete(again);
          resolve();
        };
        looking.add(again);
        again();
      }),
    ask: async (body) => {
      const request = { id: crypto.randomUUID(), atMs: 0, body };
      const weight = lane.till.wantsWeight(request) ? await rig.devices.weigh() : undefined;
      const asked = lane.till.devicesToAsk(request);
      const answer = asked === undefined ? undefined : await rig.devices.answer(asked);
      return lane.till.handle(request, { weight, devices: answer }).reply;
    },
    restart: async () => {
      rig.devices.close();
      lane.reopen();
      rig.devices = openDevices();
      await rig.devices.start();
    },
  };
  closing.push(() => rig.devices.close());
  await rig.devices.start();
  return rig;
}
