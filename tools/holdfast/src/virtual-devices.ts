/** Virtual devices on real ports, each with its page: for `pnpm holdfast device`, and for the demo's lanes. */
import { systemClock, systemTimers } from '@holdfast/base/node';
import {
  deviceModels,
  isDisplayProtocolId,
  isLabelModelId,
  isPrinterModelId,
  isScaleProtocolId,
  type DeviceKind,
  type DevicePeer,
} from '@holdfast/hardware';
import {
  createVirtualDisplay,
  createVirtualLabelPrinter,
  createVirtualPrinter,
  createVirtualScale,
  createVirtualScanner,
  displayPanel,
  labelPanel,
  printerPanel,
  scalePanel,
  scannerPanel,
  serveDevice,
  servePanel,
  type PanelFace,
} from '@holdfast/hardware/virtual';

import { UsageError } from './command.ts';
import { startDemoTerminal, type DemoTerminal } from './demo-terminal.ts';

export const VIRTUAL_KINDS = ['printer', 'scale', 'scanner', 'display', 'label'] as const;
export type VirtualKind = (typeof VIRTUAL_KINDS)[number];

const KINDS: Readonly<Record<VirtualKind, { readonly kind: DeviceKind; readonly model: string; readonly port: number }>> = {
  printer: { kind: 'receiptPrinter', model: 'epson-tm-t20iii', port: 9_100 },
  scale: { kind: 'scale', model: 'toledo-8217', port: 9_101 },
  scanner: { kind: 'scanner', model: 'serial', port: 9_102 },
  display: { kind: 'lineDisplay', model: 'cd5220', port: 9_103 },
  label: { kind: 'labelPrinter', model: 'zpl-203', port: 9_105 },
};

export interface VirtualDevice {
  readonly name: string;
  readonly model: string;
  readonly address: string;
  /** As a till takes it. */
  readonly argument: string;
  readonly panelUrl: string;
  close(): Promise<void>;
}

export interface VirtualDeviceOptions {
  readonly model?: string;
  readonly script?: string;
  /** 0: any. Absent: the kind's own. */
  readonly port?: number;
  readonly panelPort?: number;
}

interface Made {
  readonly face: PanelFace;
  connect(peer: DevicePeer): boolean;
}

/** Throws a UsageError where the model or the script is not known; rejects where a port is taken. */
export async function startVirtualDevice(kind: VirtualKind, options: VirtualDeviceOptions = {}): Promise<VirtualDevice> {
  const { model = KINDS[kind].model, script = '', port = KINDS[kind].port, panelPort = 0 } = options;
  const known = deviceModels(KINDS[kind].kind);
  if (!known.includes(model)) throw new UsageError(`There is no ${kind} "${model}". Models: ${known.join(', ')}.`);
  const made = make(kind, model);
  const faults = made.face.setFaults(script);
  if (!faults.ok) throw new UsageError(`--script does not know "${faults.error.word}". It knows: ${faults.error.expected}.`);
  const device = await serveDevice(port, (peer) => made.connect(peer));
  const panel = await servePanel(made.face, panelPort);
  const address = `tcp://127.0.0.1:${device.port}`;
  return {
    name: made.face.name,
    model,
    address,
    argument: `${model}@${address}`,
    panelUrl: panel.url,
    close: async () => {
      await panel.close();
      await device.close();
    },
  };
}

function make(kind: VirtualKind, model: string): Made {
  if (kind === 'printer' && isPrinterModelId(model)) {
    const printer = createVirtualPrinter({ model, timers: systemTimers });
    return { face: printerPanel(printer), connect: (peer) => printer.connect(peer) };
  }
  if (kind === 'scale' && isScaleProtocolId(model)) {
    const scale = createVirtualScale({ protocol: model, clock: systemClock, timers: systemTimers });
    return { face: scalePanel(scale), connect: (peer) => scale.connect(peer) };
  }
  if (kind === 'display' && isDisplayProtocolId(model)) {
    const display = createVirtualDisplay({ protocol: model, timers: systemTimers });
    return { face: displayPanel(display), connect: (peer) => display.connect(peer) };
  }
  if (kind === 'label' && isLabelModelId(model)) {
    const printer = createVirtualLabelPrinter({ model, timers: systemTimers });
    return { face: labelPanel(printer), connect: (peer) => printer.connect(peer) };
  }
  const scanner = createVirtualScanner({ model: model === 'hid-pos' ? 'hid-pos' : 'serial', timers: systemTimers });
  return { face: scannerPanel(scanner), connect: (peer) => scanner.connect(peer) };
}

/** What stands on a lane of the demo. */
export interface LaneDevices extends Readonly<Record<Exclude<VirtualKind, 'label'>, VirtualDevice>> {
  readonly terminal: DemoTerminal;
  close(): Promise<void>;
}

export async function startLaneDevices(lane: number): Promise<LaneDevices> {
  const printer = await startVirtualDevice('printer', { port: 0 });
  const scale = await startVirtualDevice('scale', { port: 0 });
  const scanner = await startVirtualDevice('scanner', { port: 0 });
  const display = await startVirtualDevice('display', { port: 0 });
  const terminal = await startDemoTerminal(lane);
  return {
    printer,
    scale,
    scanner,
    display,
    terminal,
    close: async () => {
      await Promise.all([printer.close(), scale.close(), scanner.close(), display.close(), terminal.close()]);
    },
  };
}
