/**
 * One scanner over one link. What it reads becomes data events while it is enabled; while it is not, it is read and forgotten, so that nothing
 * of an earlier moment is sold in a later one.
 */
import { err, type Result, type Timers } from '@holdfast/base';

import { claimLine, type ClaimedLine, type LineTiming } from '../device/claimed-line.ts';
import { deviceFault, type Device, type DeviceFault, type DeviceHealth } from '../device/device.ts';
import type { Link } from '../link/link.ts';
import { createScanReader, type ScanMessage, type ScannerModel, type ScanReader } from './scan-readers.ts';

/** UnifiedPOS: DataEvent, ErrorEvent. */
export type ScannerEvent =
  | { readonly type: 'data'; readonly text: string }
  /** Characters without an end: the line was cut, or the scanner sends no suffix. */
  | { readonly type: 'torn' };

export interface ScannerOptions {
  readonly model: ScannerModel;
  readonly link: Link;
  readonly timers: Timers;
  readonly timing?: Partial<LineTiming & { readonly restMs: number }>;
  readonly onEvent: (event: ScannerEvent) => void;
  readonly onStatus?: () => void;
}

export interface Scanner extends Device {
  readonly kind: 'scanner';
  /** UnifiedPOS: DataEventEnabled; true from the start. */
  setDataEventEnabled(isEnabled: boolean): void;
}

/** For its line to open, while somebody waits. */
const CONNECT_MS = 3_000;
/** What is there for so long was not hung up at once. */
const STAYS_MS = 100;
/** A scanner sends a code in one go. */
const REST_MS = 200;

export function createScanner(options: ScannerOptions): Scanner {
  return new LinkedScanner(options);
}

class LinkedScanner implements Scanner {
  readonly kind = 'scanner';
  readonly model: ScannerModel;
  readonly address: string;
  readonly #options: ScannerOptions;
  readonly #line: ClaimedLine;
  readonly #statistics = { goodScanCount: 0, tornScanCount: 0 };
  #reader: ScanReader;
  #isEnabled = true;
  #cancelRest = (): void => {};

  constructor(options: ScannerOptions) {
    const { model, link, timers, timing, onStatus } = options;
    this.model = model;
    this.address = link.address;
    this.#options = options;
    this.#reader = createScanReader(model);
    this.#line = claimLine({
      link,
      timers,
      ...(timing !== undefined && { timing }),
      onConnected: () => {
        this.#reader = createScanReader(model);
      },
      onBytes: (bytes) => this.#hear(bytes),
      onPower: () => onStatus?.(),
    });
  }

  health(): DeviceHealth {
    const fault = this.#line.fault();
    const { connected, lost } = this.#line.counts();
    return {
      power: fault === undefined ? this.#line.power() : 'offline',
      ...(fault !== undefined && { reason: fault.reason }),
      statistics: { ...this.#statistics, connectCount: connected, lostCount: lost },
    };
  }

  /** A scanner answers no questions: that its line is there, and stays for a moment, is all that can be told. */
  async checkHealth(): Promise<Result<void, DeviceFault>> {
    const { lost } = this.#line.counts();
    const ready = await this.#line.ready(this.#options.timing?.connectMs ?? CONNECT_MS);
    if (!ready.ok) return ready;
    // Somebody between may take the call and hang up: an adapter does, whose scanner is unplugged.
    await new Promise<void>((resolve) => this.#options.timers.after(STAYS_MS, resolve));
    if (this.#line.counts().lost === lost) return ready;
    return err(this.#line.fault() ?? deviceFault('lost', 'safe', `${this.address} hangs up at once`));
  }

  setDataEventEnabled(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
  }

  close = (): void => {
    this.#cancelRest();
    this.#line.release();
  };

  #hear(bytes: Uint8Array): void {
    this.#cancelRest();
    for (const message of this.#reader.read(bytes)) this.#tell(message);
    this.#cancelRest = this.#options.timers.after(this.#options.timing?.restMs ?? REST_MS, () => {
      for (const message of this.#reader.rest()) this.#tell(message);
    });
  }

  #tell(message: ScanMessage): void {
    if (!this.#isEnabled) return;
    this.#statistics[message.type === 'scan' ? 'goodScanCount' : 'tornScanCount'] += 1;
    this.#options.onEvent(message.type === 'scan' ? { type: 'data', text: message.text } : { type: 'torn' });
  }
}
