/**
 * The lane's devices, as its profile says. A sale is on disk before anything here hears of it, and nothing of a sale ever waits for anything here
 * but goods that are to be weighed. A device that is not known or not there is told in the status line, and the lane sells without it.
 */
import { assert, err, ok, unreachable, type Clock, type Logger, type Result, type Timers } from '@holdfast/base';
import { receiptWordsOf, type Refusal } from '@holdfast/domain';
import type * as HardwareModule from '@holdfast/hardware';
import type {
  DeviceEntry,
  DeviceRegistry,
  DeviceTiming,
  PaymentTerminal,
  Printer,
  PrinterCondition,
  PrintJob,
  PrintOutcome,
  PrintQueue,
  RegisteredDevice,
  TerminalNames,
} from '@holdfast/hardware';

import type { ReplyValue, Status, TillMessage } from '../../shared/till-contract.ts';
import { createPrintSetter } from '../printing/print-setter.ts';
import type { ReceiptToPrint } from '../till-ports.ts';
import { type DisplayShop, displayRows, type DisplaySight, sightAfter } from './customer-display.ts';
import type { DevicesAnswer, DevicesRequest } from './device-requests.ts';
import { type DrawerSight, watchDrawer } from './drawer-watch.ts';
import { createDeviceFinder, type DeviceFinder } from './find-devices.ts';
import { receiptToPrint } from './receipt-print.ts';
import { createScanWait, isSame, type ScanWait, type SetDocument, type Tested, testDevice } from './test-device.ts';
import { scaleRefusal, type ScaleWeight } from './weigh.ts';

export interface LaneDevices {
  /**
   * Opens them, and prints what was left. Loads the drivers, which a lane without devices never does, and never fails: a lane whose drivers cannot
   * be loaded sells without them.
   */
  start(): Promise<void>;
  hasPrinter(): boolean;
  hasTerminal(): boolean;
  /** Never throws: whatever is wrong with a receipt, the sale stands. */
  printReceipt(print: ReceiptToPrint): void;
  /** The drawer on the first printer, now or not at all. */
  openDrawer(): void;
  weigh(): Promise<ScaleWeight>;
  /** What windows are told; the customer display shows it as soon as there is a pause. */
  told(message: TillMessage): void;
  answer(request: DevicesRequest): Promise<DevicesAnswer>;
  /** Each device with its health and counts; what it is opened with is left out. */
  list(): readonly RegisteredDevice[];
  /** For the status line. */
  status(): Status['devices'];
  close(): void;
}

export interface DevicePorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** What `status` answers has changed. */
  readonly onChange: () => void;
  /** A scanner read `code`; undefined: it was torn. */
  readonly onScan: (code: string | undefined) => void;
  /** The drawer was opened, and not by the till. */
  readonly onDrawerOpened: () => void;
  /** A job's first byte is about to be sent, or it is done with for good. */
  readonly onPrinting: (jobNo: number) => void;
  readonly onPrinted: (jobNo: number) => void;
  /** A window has changed what stands on the lane. */
  readonly onProfile: (profile: readonly DeviceEntry[]) => void;
  readonly terminalNames: TerminalNames;
  /** The driver of the payment terminal, or that there is none any more: whoever held the one before lets go of it. */
  readonly onTerminal: (terminal: PaymentTerminal | undefined) => void;
  /** What is still to be printed, when the printers are others. */
  readonly waitingPrints: () => readonly ReceiptToPrint[];
  /** Undefined before the first catalogue. */
  readonly shop: () => DisplayShop | undefined;
  readonly pace?: DevicePace;
}

export interface DevicePace {
  /** How often a device is asked whether it is well while nobody uses it. */
  readonly askEveryMs: number;
  /** After a receipt that did not come out. */
  readonly printAgainMs?: number;
  readonly timing?: DeviceTiming;
}

const PACE: DevicePace = { askEveryMs: 10_000 };

const WORDS: Readonly<Record<string, string>> = {
  unknown: 'not known',
  busy: 'in use by something else',
  unreachable: 'no connection',
  noSuchDevice: 'not plugged in',
  noAnswer: 'does not answer',
  lost: 'connection lost',
  garbled: 'is not understood',
  paperOut: 'paper is out',
  coverOpen: 'cover is open',
  cutter: 'cutter is stuck',
  offline: 'is switched off line',
  fault: 'has a fault',
  paperLow: 'paper is low',
  openedAlone: 'was opened, and not by the till',
};

const STATUS_NAMES: Readonly<Record<DeviceEntry['kind'], string>> = {
  receiptPrinter: 'printer',
  scale: 'scale',
  baggingScale: 'baggingScale',
  scanner: 'scanner',
  lineDisplay: 'display',
  labelPrinter: 'labelPrinter',
  paymentTerminal: 'terminal',
};

/** Nothing is open yet. */
export const createLaneDevices = (profile: readonly DeviceEntry[], ports: DevicePorts): LaneDevices => new LaneDeviceSet(profile, ports);

type Hardware = typeof HardwareModule;

class LaneDeviceSet implements LaneDevices {
  readonly #ports: DevicePorts;
  readonly #scans: ScanWait;
  #profile: readonly DeviceEntry[];
  #hardware: Hardware | undefined;
  #finder: DeviceFinder | undefined;
  #registry: DeviceRegistry | undefined;
  #queue: PrintQueue | undefined;
  #drawer: DrawerSight | undefined;
  #sight: DisplaySight = {};
  readonly #setter = createPrintSetter();
  #isShowing = false;
  #isClosed = false;
  /** What a person asks of the devices goes one after the other. */
  #tail: Promise<unknown> = Promise.resolve();
  #cancelAsking = (): void => {};

  constructor(profile: readonly DeviceEntry[], ports: DevicePorts) {
    this.#profile = profile;
    this.#ports = ports;
    this.#scans = createScanWait(ports.timers);
  }

  async start(): Promise<void> {
    if (this.#profile.length === 0) return;
    try {
      this.#hardware ??= await import('@holdfast/hardware');
    } catch (error) {
      this.#ports.logger.error('the lane has no devices: their drivers cannot be loaded', { error });
      return;
    }
    const { clock, timers, terminalNames, pace, onChange, onScan, onTerminal } = this.#ports;
    const { openRegistry, hindrance } = this.#hardware;
    if (this.#isClosed) return;
    const registry = openRegistry(this.#profile, {
      clock,
      timers,
      terminalNames,
      onScan: (event, entry) => {
        if (!this.#scans.hear(event, entry)) onScan(event.type === 'data' ? event.text : undefined);
      },
      onPrinter: (printer, condition: PrinterCondition | undefined) => {
        if (condition !== undefined && printer === registry.printers[0]) this.#watch(printer, condition);
        if (condition !== undefined && hindrance(condition) === undefined) this.#queue?.nudge();
      },
      onStatus: onChange,
      ...(pace?.timing !== undefined && { timing: pace.timing }),
    });
    this.#registry = registry;
    onTerminal(registry.terminal);
    this.#queue = this.#openQueue(registry);
    for (const { entry, health } of registry.list())
      if (health.reason === 'unknown')
        this.#ports.logger.error('a device of the lane is not known', { ...this.#hardware.withoutSecret(entry) });
    for (const print of this.#ports.waitingPrints()) this.printReceipt(print);
    void this.#ask();
    this.#show();
    onChange();
  }

  #openQueue(registry: DeviceRegistry): PrintQueue | undefined {
    const [first, second] = registry.printers;
    if (first === undefined || this.#hardware === undefined) return undefined;
    const { clock, timers, pace } = this.#ports;
    const isOpen = (): boolean => this.#registry === registry;
    return this.#hardware.createPrintQueue({
      first,
      ...(second !== undefined && { second }),
      clock,
      timers,
      ...(pace?.printAgainMs !== undefined && { retryMs: pace.printAgainMs }),
      encode: this.#setDocument,
      onSending: (job) => {
        if (isOpen()) this.#ports.onPrinting(Number(job.id));
      },
      onOutcome: (job, outcome) => {
        // What is given up because the devices are closed is printed when they are open again.
        if (isOpen()) this.#note(job, outcome);
      },
    });
  }

  /** Pictures are made beside this thread; where theirs has ended over it, here. */
  #setDocument: SetDocument = async (document, model) => {
    assert(this.#hardware !== undefined, 'whoever prints has the drivers');
    const { encodeDocument, needsPictures } = this.#hardware;
    if (!needsPictures(document, model)) return encodeDocument(document, model);
    try {
      return await this.#setter.set({ type: 'document', document, model });
    } catch (error) {
      this.#ports.logger.error('a paper was not set by its thread', { error });
      return encodeDocument(document, model);
    }
  };

  #watch(printer: Printer, { isDrawerOpen }: PrinterCondition): void {
    const before = this.#drawer;
    this.#drawer = watchDrawer(before, isDrawerOpen, printer.health().statistics['openDrawerCount'] ?? 0);
    if (this.#drawer.isAlone && before?.isAlone !== true) this.#ports.onDrawerOpened();
  }

  #note(job: PrintJob, outcome: PrintOutcome): void {
    const { logger, onChange, onPrinted } = this.#ports;
    const about = { job: job.id, ...outcome };
    if (outcome.type === 'givenUp') logger.error('a receipt was not printed', about);
    else logger.info(outcome.type === 'printed' ? 'a receipt was printed' : 'a receipt waits for its printer', about);
    if (outcome.type !== 'waiting') onPrinted(Number(job.id));
    onChange();
  }

  /** Whoever is busy answers for itself. */
  async #ask(): Promise<void> {
    const registry = this.#registry;
    if (registry !== undefined && (this.#queue?.waiting() ?? 0) === 0) await registry.checkHealth(({ kind }) => kind !== 'paymentTerminal');
    if (this.#registry !== registry || this.#isClosed) return;
    this.#ports.onChange();
    this.#cancelAsking = this.#ports.timers.after((this.#ports.pace ?? PACE).askEveryMs, () => void this.#ask());
  }

  hasTerminal(): boolean {
    return this.#profile.some(({ kind }) => kind === 'paymentTerminal');
  }

  hasPrinter(): boolean {
    return this.#profile.some(({ kind }) => kind === 'receiptPrinter');
  }

  printReceipt({ jobNo, hasBegun, receipt, locale, opensDrawer, isReprint }: ReceiptToPrint): void {
    const { logger, onChange, onPrinted } = this.#ports;
    if (this.#queue === undefined) return;
    try {
      const view = receipt();
      const language = view.language ?? locale;
      const copyMark = receiptWordsOf(language).copy;
      const document = receiptToPrint(view, { locale: language, ...((isReprint || hasBegun) && { mark: copyMark }) });
      this.#queue.add({ id: String(jobNo), document, copyMark, opensDrawer });
    } catch (error) {
      logger.error('a receipt could not be made', { error });
      onPrinted(jobNo);
    }
    onChange();
  }

  openDrawer(): void {
    const [first] = this.#registry?.printers ?? [];
    first?.openDrawer().catch((error: unknown) => this.#ports.logger.error('the drawer was not opened', { error }));
  }

  async weigh(): Promise<ScaleWeight> {
    const scale = this.#registry?.scale;
    if (scale === undefined) return err({ type: 'scaleUnavailable', detail: { reason: 'unknown' } });
    const read = await scale.readWeight();
    return read.ok ? read : err(scaleRefusal(read.error));
  }

  async #zero(): Promise<DevicesAnswer> {
    const scale = this.#registry?.scale;
    if (scale === undefined) return err({ type: 'scaleUnavailable', detail: { reason: 'unknown' } });
    const zeroed = await scale.zeroScale();
    return zeroed.ok ? ok({}) : err(scaleRefusal(zeroed.error));
  }

  told(message: TillMessage): void {
    if (message.type === 'basket') this.#sight = sightAfter(this.#sight, message);
    // A status tells of another name of the store.
    if (message.type === 'basket' || message.type === 'status') this.#show();
  }

  /** Whoever asked is answered first; of several changes the last one is shown. */
  #show(): void {
    if (this.#isShowing || this.#registry === undefined || this.#registry.displays.length === 0) return;
    this.#isShowing = true;
    setImmediate(() => {
      this.#isShowing = false;
      // The till may have been closed meanwhile.
      const displays = this.#registry?.displays ?? [];
      const shop = displays.length === 0 ? undefined : this.#ports.shop();
      if (shop === undefined || this.#hardware === undefined) return;
      const rows = displayRows(this.#sight, shop, this.#hardware.DISPLAY_COLUMNS);
      for (const display of displays) display.show(rows);
    });
  }

  async answer(request: DevicesRequest): Promise<DevicesAnswer> {
    // Whoever weighs for a shopper does not wait behind who sets the lane up; the scale takes its own turns.
    if (request.type === 'devices' || request.type === 'zeroScale') return await this.#answer(request);
    const turn = this.#tail.then(async () => await this.#answer(request));
    this.#tail = turn;
    return await turn;
  }

  /** Never rejects. */
  async #answer(request: DevicesRequest): Promise<DevicesAnswer> {
    try {
      this.#hardware ??= await import('@holdfast/hardware');
      switch (request.type) {
        case 'devices':
          return ok(await this.#described(request.find === true || request.network === true, request.network === true));
        case 'testDevice': {
          const device = this.#hardware.withSecret(request.device, this.#profile);
          const tested = await this.#test({ ...request, device }, this.#hardware);
          return tested.ok ? ok({ tested: { ...tested.value } }) : tested;
        }
        case 'zeroScale':
          return await this.#zero();
        case 'setDevices': {
          const { withSecret } = this.#hardware;
          const devices = request.devices.map((entry) => withSecret(entry, this.#profile));
          const refusal = this.#refusalOf(devices);
          if (refusal !== undefined) return err(refusal);
          await this.#restart(devices);
          // Whoever saves is told how they are, not that they are looked for.
          await this.#registry?.checkHealth(({ kind }) => kind !== 'paymentTerminal');
          return ok(await this.#described(false));
        }
        default:
          return unreachable(request, 'LaneDevices.answer');
      }
    } catch (error) {
      this.#ports.logger.error('the devices could not be asked', { request: request.type, error });
      return err({ type: 'deviceFailed', detail: { reason: 'unknown' } });
    }
  }

  /** A line has one driver at a time: what is tried where another model of the profile stands has the line for the moment. */
  async #test(request: Extract<DevicesRequest, { type: 'testDevice' }>, hardware: Hardware): Promise<Result<Tested, Refusal>> {
    const { device } = request;
    const { lineOf } = hardware;
    const isTaken = this.#profile.some(
      (entry) => !isSame(entry, device) && lineOf(entry) !== undefined && lineOf(entry) === lineOf(device),
    );
    const ports = { ...this.#ports, hardware, scans: this.#scans, setter: this.#setter, setDocument: this.#setDocument };
    if (!isTaken) return await testDevice(request, { ...ports, registry: this.#registry });
    this.#closeAll();
    try {
      return await testDevice(request, { ...ports, registry: undefined });
    } finally {
      await this.start();
    }
  }

  #refusalOf(devices: readonly DeviceEntry[]): Refusal | undefined {
    for (const entry of devices) {
      const fault = this.#hardware?.entryFault(entry);
      if (fault !== undefined) return { type: 'deviceFailed', detail: { reason: 'unknown', device: entry.kind, problem: fault.problem } };
    }
    return undefined;
  }

  async #restart(profile: readonly DeviceEntry[]): Promise<void> {
    this.#closeAll();
    this.#profile = profile;
    this.#ports.onProfile(profile);
    await this.start();
  }

  async #described(find: boolean, inNetwork = false): Promise<ReplyValue> {
    const models = this.#hardware === undefined ? {} : modelsByKind(this.#hardware);
    const devices = this.list().map(({ entry, health }) => ({ ...entry, ...health, statistics: { ...health.statistics } }));
    if (this.#hardware !== undefined) this.#finder ??= createDeviceFinder(this.#hardware);
    const found = find ? await this.#finder?.find(this.#profile, inNetwork) : undefined;
    return { devices: { devices, models, ...(found !== undefined && { found: [...found] }) } };
  }

  list(): readonly RegisteredDevice[] {
    const known =
      this.#registry?.list() ??
      this.#profile.map((entry): RegisteredDevice => ({ entry, health: { power: 'offline', reason: 'unknown', statistics: {} } }));
    return known.map(({ entry, health }) => ({ entry: this.#told(entry), health }));
  }

  /** Before the drivers are loaded nobody knows what of an address is a secret. */
  #told(entry: DeviceEntry): DeviceEntry {
    return this.#hardware?.withoutSecret(entry) ?? { ...entry, address: entry.address.replace(/\?.*/u, '') };
  }

  status(): Status['devices'] {
    const drawer: Status['devices'] =
      this.#drawer?.isAlone === true
        ? [{ device: 'drawer', state: 'warning', detail: WORDS['openedAlone'] ?? '', reason: 'openedAlone' }]
        : [];
    return [...this.#statusOfEach(), ...drawer];
  }

  #statusOfEach(): Status['devices'] {
    const seen = new Set<string>();
    return this.list().flatMap(({ entry, health }): Status['devices'] => {
      // How the terminal is, who works with it tells.
      if (entry.kind === 'paymentTerminal') return [];
      // The second printer shows where the first one's receipts go; the line says how the first one is.
      const device = STATUS_NAMES[entry.kind];
      if (seen.has(device) && entry.kind === 'receiptPrinter') return [];
      const name = seen.has(device) ? `${device} ${entry.address}` : device;
      seen.add(device);
      const waiting = entry.kind === 'receiptPrinter' ? (this.#queue?.waiting() ?? 0) : 0;
      const reason = health.reason ?? (health.isWarning === true ? 'paperLow' : undefined);
      if (reason === undefined) return [{ device: name, state: 'ready', detail: '' }];
      const isDown = health.reason !== undefined;
      const detail = `${WORDS[reason] ?? reason}${isDown && waiting > 0 ? `, ${waiting} waiting` : ''}`;
      return [{ device: name, state: isDown ? 'down' : 'warning', detail, reason, ...(waiting > 0 && { waiting }) }];
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#closeAll();
    this.#setter.close();
  }

  #closeAll(): void {
    this.#cancelAsking();
    const [queue, registry] = [this.#queue, this.#registry];
    this.#queue = undefined;
    this.#registry = undefined;
    if (registry !== undefined) this.#ports.onTerminal(undefined);
    this.#drawer = undefined;
    queue?.close();
    registry?.close();
  }
}

function modelsByKind({ DEVICE_KINDS, deviceModels }: Hardware): Record<string, string[]> {
  return Object.fromEntries(DEVICE_KINDS.map((kind) => [kind, [...deviceModels(kind)]]));
}
