/**
 * One customer display over one link. What it shows is the newest frame: a frame that a newer one overtakes is never sent, and after a connection
 * that was lost the display shows again what it should. Showing twice harms nobody, so every fault may be tried again.
 */
import { err, ok, type Result, type Timers } from '@holdfast/base';

import { claimLine, type ClaimedLine, type LineTiming } from '../device/claimed-line.ts';
import { deviceFault, type Device, type DeviceFault, type DeviceHealth } from '../device/device.ts';
import type { Link } from '../link/link.ts';
import { displayProtocol, encodeFrame, type DisplayProtocolId, type DisplayRows } from './display-protocols.ts';

export interface LineDisplayTiming {
  /** For one frame to be taken. */
  readonly writeMs: number;
}

const LINE_DISPLAY_TIMING: LineDisplayTiming = { writeMs: 1_000 };

export interface LineDisplayOptions {
  readonly protocol: DisplayProtocolId;
  readonly link: Link;
  readonly timers: Timers;
  readonly timing?: Partial<LineDisplayTiming & LineTiming>;
  /** Its health is another one. */
  readonly onStatus?: () => void;
}

export interface LineDisplay extends Device {
  readonly kind: 'lineDisplay';
  /** UnifiedPOS: `displayText`, both rows at once. Never waits, and never fails: what cannot be shown now is shown when it can, unless it is stale by then. */
  show(rows: DisplayRows): void;
  /** Resolves when the frame that it should show was sent, or could not be. */
  settled(): Promise<Result<void, DeviceFault>>;
}

export function createLineDisplay(options: LineDisplayOptions): LineDisplay {
  return new LinkedDisplay(options);
}

class LinkedDisplay implements LineDisplay {
  readonly kind = 'lineDisplay';
  readonly model: DisplayProtocolId;
  readonly address: string;
  readonly #timing: LineDisplayTiming;
  readonly #line: ClaimedLine;
  readonly #onStatus: (() => void) | undefined;
  readonly #statistics = { framesShownCount: 0, communicationErrorCount: 0 };
  #wanted: DisplayRows | undefined;
  /** What stands on it, as far as anybody knows. */
  #shown: DisplayRows | undefined;
  #working: Promise<Result<void, DeviceFault>> | undefined;

  constructor({ protocol, link, timers, timing, onStatus }: LineDisplayOptions) {
    this.model = protocol;
    this.address = link.address;
    this.#timing = { ...LINE_DISPLAY_TIMING, ...timing };
    this.#onStatus = onStatus;
    this.#line = claimLine({
      link,
      timers,
      ...(timing !== undefined && { timing }),
      // It may be another one, or have lost its power.
      onConnected: () => {
        this.#shown = undefined;
      },
      onBytes: () => {},
      onPower: (power) => {
        if (power === 'online') void this.#work();
        this.#onStatus?.();
      },
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

  show(rows: DisplayRows): void {
    if (rows[0] === this.#wanted?.[0] && rows[1] === this.#wanted[1]) return;
    this.#wanted = rows;
    if (this.#line.power() === 'online') void this.#work();
  }

  settled = async (): Promise<Result<void, DeviceFault>> => await this.#work();

  /** A display answers nothing: that it takes what it should show is all that can be told. */
  async checkHealth(): Promise<Result<void, DeviceFault>> {
    const ready = await this.#line.ready(this.#timing.writeMs);
    return ready.ok ? await this.#work() : ready;
  }

  close = (): void => this.#line.release();

  async #work(): Promise<Result<void, DeviceFault>> {
    if (this.#working === undefined && this.#isStale()) this.#working = this.#catchUp();
    return (await this.#working) ?? ok(undefined);
  }

  #isStale = (): boolean => this.#wanted !== undefined && this.#wanted !== this.#shown;

  async #catchUp(): Promise<Result<void, DeviceFault>> {
    let fault: DeviceFault | undefined;
    while (this.#wanted !== undefined && this.#isStale() && fault === undefined) fault = await this.#send(this.#wanted);
    // At once: whoever comes now begins anew.
    this.#working = undefined;
    return fault === undefined ? ok(undefined) : err(fault);
  }

  async #send(rows: DisplayRows): Promise<DeviceFault | undefined> {
    const { connected } = this.#line.counts();
    const written = await this.#line.write(this.#bytesOf(rows), this.#timing.writeMs);
    if (!written.ok) {
      this.#statistics.communicationErrorCount += 1;
      return deviceFault(written.error.reason, 'safe', written.error.detail);
    }
    this.#statistics.framesShownCount += 1;
    // What went to a connection that has been replaced meanwhile stands nowhere.
    if (this.#line.counts().connected === connected) this.#shown = rows;
    return undefined;
  }

  #bytesOf(rows: DisplayRows): Uint8Array {
    const frame = encodeFrame(this.model, rows);
    return this.#shown === undefined ? Uint8Array.of(...displayProtocol(this.model).begin, ...frame) : frame;
  }
}
