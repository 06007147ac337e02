/**
 * A lane's devices, opened from its profile, each with its health and its counts. Opening never fails and never waits: a device that is not
 * known or not there is one that is down, and the others work.
 */
import { assert, err, ok, unreachable, type Clock, type Result, type Timers } from '@holdfast/base';

import { isDisplayProtocolId } from '../displays/display-protocols.ts';
import { createLineDisplay, type LineDisplay } from '../displays/line-display.ts';
import { createLabelPrinter, type LabelPrinter, type LabelTiming } from '../labels/label-printer.ts';
import { isLabelModelId } from '../labels/zpl.ts';
import { codePagesOf } from '../printers/code-pages.ts';
import { isPrinterModelId } from '../printers/models.ts';
import { createPrinter, type Printer, type PrinterTiming } from '../printers/printer.ts';
import type { PrinterCondition } from '../printers/status.ts';
import { type BaggingScale, type BagSight, createBaggingScale } from '../scales/bagging-scale.ts';
import { isScaleProtocolId } from '../scales/protocols.ts';
import { createScale, type Scale, type ScaleTiming } from '../scales/scale.ts';
import { SCANNER_MODELS } from '../scanners/scan-readers.ts';
import { createScanner, type ScannerEvent } from '../scanners/scanner.ts';
import type { PaymentTerminal } from '../terminals/terminal.ts';
import { watchTerminal, type TerminalNames } from '../terminals/watched-terminal.ts';
import type { LineTiming } from './claimed-line.ts';
import { deviceFault, type Device, type DeviceFault, type DeviceHealth } from './device.ts';
import { entryFault, linkOf, type DeviceEntry } from './profile.ts';

export interface RegistryPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  /** A scanner has read something. */
  readonly onScan?: (event: ScannerEvent, entry: DeviceEntry) => void;
  /** What lies in the bagging area is another weight, or is not known any more. */
  readonly onBag?: (sight: BagSight) => void;
  /** Without them a payment terminal is none that anything can be asked. */
  readonly terminalNames?: TerminalNames;
  readonly onPrinter?: (printer: Printer, condition: PrinterCondition | undefined) => void;
  /** The health of one is another. */
  readonly onStatus?: () => void;
  readonly timing?: DeviceTiming;
}

/** Where other times than their drivers' own hold. */
export interface DeviceTiming {
  readonly receiptPrinter?: Partial<PrinterTiming>;
  readonly scale?: Partial<ScaleTiming & LineTiming>;
  readonly labelPrinter?: Partial<LabelTiming & LineTiming>;
}

export interface RegisteredDevice {
  readonly entry: DeviceEntry;
  readonly health: DeviceHealth;
}

export interface DeviceRegistry {
  readonly printers: readonly Printer[];
  readonly scale: Scale | undefined;
  readonly baggingScale: BaggingScale | undefined;
  /** All that the lane has; each shows the same. */
  readonly displays: readonly LineDisplay[];
  readonly labelPrinters: readonly LabelPrinter[];
  readonly terminal: PaymentTerminal | undefined;
  list(): readonly RegisteredDevice[];
  /** Asks each of them, all at once, or those that are wanted. */
  checkHealth(
    isWanted?: (entry: DeviceEntry) => boolean,
  ): Promise<readonly (RegisteredDevice & { readonly check: Result<void, DeviceFault> })[]>;
  close(): void;
}

interface Registered {
  readonly entry: DeviceEntry;
  readonly device: Pick<Device, 'health' | 'checkHealth' | 'close'>;
}

export function openRegistry(profile: readonly DeviceEntry[], ports: RegistryPorts): DeviceRegistry {
  const printers: Printer[] = [];
  const scales: Scale[] = [];
  const baggingScales: BaggingScale[] = [];
  const displays: LineDisplay[] = [];
  const labelPrinters: LabelPrinter[] = [];
  const terminals: PaymentTerminal[] = [];
  const registered = profile.map((entry): Registered => ({
    entry,
    device: openDevice(entry, ports, { printers, scales, baggingScales, displays, labelPrinters, terminals }),
  }));
  return {
    printers,
    scale: scales[0],
    baggingScale: baggingScales[0],
    displays,
    labelPrinters,
    terminal: terminals[0],
    list: () => registered.map(({ entry, device }) => ({ entry, health: device.health() })),
    checkHealth: async (isWanted = () => true) =>
      await Promise.all(
        registered
          .filter(({ entry }) => isWanted(entry))
          .map(async ({ entry, device }) => {
            const check = await device.checkHealth();
            return { entry, check, health: device.health() };
          }),
      ),
    close() {
      for (const { device } of registered) device.close();
    },
  };
}

interface Opened {
  readonly printers: Printer[];
  readonly scales: Scale[];
  readonly baggingScales: BaggingScale[];
  readonly displays: LineDisplay[];
  readonly labelPrinters: LabelPrinter[];
  readonly terminals: PaymentTerminal[];
}

const timed = <T extends object>(timing: T | undefined): { timing?: T } => (timing === undefined ? {} : { timing });

function openDevice(entry: DeviceEntry, ports: RegistryPorts, opened: Opened): Registered['device'] {
  const { clock, timers, timing = {}, onScan, onPrinter, onStatus } = ports;
  if (entry.kind === 'paymentTerminal') return openRegisteredTerminal(entry, ports, opened);
  const link = linkOf(entry);
  if (!link.ok) return unknownDevice(`${link.error.problem} of ${entry.model}@${entry.address}; known: ${link.error.expected}`);
  const told = { ...(onStatus !== undefined && { onStatus }) };
  switch (entry.kind) {
    case 'receiptPrinter': {
      assert(isPrinterModelId(entry.model), 'a model with a link is known');
      const printer: Printer = createPrinter({
        model: entry.model,
        link: link.value,
        timers,
        ...timed(timing.receiptPrinter),
        onCondition: (condition) => {
          onPrinter?.(printer, condition);
          onStatus?.();
        },
      });
      opened.printers.push(printer);
      // Asked for now, not while the first shopper waits.
      codePagesOf(entry.model);
      return { health: () => printer.health(), checkHealth: async () => await checkPrinter(printer), close: printer.close };
    }
    case 'scale': {
      assert(isScaleProtocolId(entry.model), 'a model with a link is known');
      const scale = createScale({ protocol: entry.model, link: link.value, clock, timers, ...told, ...timed(timing.scale) });
      opened.scales.push(scale);
      return scale;
    }
    case 'baggingScale': {
      assert(isScaleProtocolId(entry.model), 'a model with a link is known');
      const scale = createBaggingScale({
        protocol: entry.model,
        link: link.value,
        clock,
        timers,
        ...told,
        ...(ports.onBag !== undefined && { onSight: ports.onBag }),
      });
      opened.baggingScales.push(scale);
      return scale;
    }
    case 'scanner': {
      const model = SCANNER_MODELS.find((known) => known === entry.model);
      assert(model !== undefined, 'a model with a link is known');
      return createScanner({ model, link: link.value, timers, onEvent: (event) => onScan?.(event, entry), ...told });
    }
    case 'lineDisplay': {
      assert(isDisplayProtocolId(entry.model), 'a model with a link is known');
      const display = createLineDisplay({ protocol: entry.model, link: link.value, timers, ...told });
      opened.displays.push(display);
      return display;
    }
    case 'labelPrinter': {
      assert(isLabelModelId(entry.model), 'a model with a link is known');
      const printer = createLabelPrinter({ model: entry.model, link: link.value, clock, timers, ...told, ...timed(timing.labelPrinter) });
      opened.labelPrinters.push(printer);
      return printer;
    }
    default:
      return unreachable(entry.kind, 'openDevice');
  }
}

function openRegisteredTerminal(
  entry: DeviceEntry,
  { clock, terminalNames, onStatus }: RegistryPorts,
  { terminals }: Opened,
): Registered['device'] {
  const fault = entryFault(entry);
  if (fault !== undefined || terminalNames === undefined)
    return unknownDevice(fault?.expected ?? 'nobody says by which name the lane pays');
  const terminal = watchTerminal({ entry, clock, ...terminalNames, ...(onStatus !== undefined && { onStatus }) });
  terminals.push(terminal);
  return terminal;
}

async function checkPrinter(printer: Printer): Promise<Result<void, DeviceFault>> {
  const refreshed = await printer.refresh();
  if (!refreshed.ok) return err(deviceFault(refreshed.error.reason, refreshed.error.retry, refreshed.error.detail));
  const { reason } = printer.health();
  return reason === undefined ? ok(undefined) : err(deviceFault(reason, 'safe'));
}

function unknownDevice(detail: string): Registered['device'] {
  const fault = deviceFault('unknown', 'safe', detail);
  return {
    health: () => ({ power: 'offline', reason: fault.reason, statistics: {} }),
    checkHealth: async () => err(fault),
    close: () => {},
  };
}
