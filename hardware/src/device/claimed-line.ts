/**
 * A connection that is kept: made when it is claimed, made again whenever it ends, until it is released. One device's driver holds it; the
 * same address is claimed once in a process, and the system keeps a serial line from other processes.
 *
 * Looking for a device that is gone costs little and never ends: first at once, then ever more slowly, up to `lastRetryMs`.
 */
import { err, ok, type Result, type Timers } from '@holdfast/base';

import type { Link, LinkConnection } from '../link/link.ts';
import { deviceFault, fromLinkFault, type DeviceFault, type PowerState } from './device.ts';

export interface LineTiming {
  readonly connectMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

const LINE_TIMING: LineTiming = { connectMs: 3_000, firstRetryMs: 250, lastRetryMs: 5_000 };

export interface ClaimedLine {
  readonly address: string;
  power(): PowerState;
  /** Why it is not there; absent while it is, and before anybody tried. */
  fault(): DeviceFault | undefined;
  /** Resolves when it is there, `deadlineMs` at most. */
  ready(deadlineMs: number): Promise<Result<void, DeviceFault>>;
  /** As `ready`, and sends; after a failed write the connection is a new one. */
  write(bytes: Uint8Array, deadlineMs: number): Promise<Result<void, DeviceFault>>;
  /** Whatever comes now belongs to nothing: the connection ends, and the next one is made. */
  drop(): void;
  release(): void;
  /** How often it was made, and how often it ended by itself. */
  counts(): { readonly connected: number; readonly lost: number };
}

export interface LineOptions {
  readonly link: Link;
  readonly timers: Timers;
  readonly timing?: Partial<LineTiming>;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** A new connection: what was half read belongs to the old one. */
  readonly onConnected?: () => void;
  /** It was found, or lost. */
  readonly onPower?: (power: PowerState) => void;
}

const claimed = new Set<string>();

export function claimLine(options: LineOptions): ClaimedLine {
  return new KeptLine(options);
}

class KeptLine implements ClaimedLine {
  readonly address: string;
  readonly #options: LineOptions;
  readonly #timing: LineTiming;
  readonly #isOurs: boolean;
  readonly #waiting = new Set<() => void>();
  #connection: LinkConnection | undefined;
  #fault: DeviceFault | undefined;
  #power: PowerState = 'unknown';
  #isReleased = false;
  #retryMs: number;
  #cancelRetry = (): void => {};
  #connected = 0;
  #lost = 0;

  constructor(options: LineOptions) {
    this.#options = options;
    this.address = options.link.address;
    this.#timing = { ...LINE_TIMING, ...options.timing };
    this.#retryMs = this.#timing.firstRetryMs;
    this.#isOurs = !claimed.has(this.address);
    if (this.#isOurs) {
      claimed.add(this.address);
      void this.#connect();
    } else {
      this.#fault = deviceFault('busy', 'safe', `${this.address} is claimed already`);
    }
  }

  power = (): PowerState => this.#power;
  fault = (): DeviceFault | undefined => this.#fault;
  counts = (): { connected: number; lost: number } => ({ connected: this.#connected, lost: this.#lost });

  async ready(deadlineMs: number): Promise<Result<void, DeviceFault>> {
    const connection = await this.#found(deadlineMs);
    return connection.ok ? ok(undefined) : connection;
  }

  async write(bytes: Uint8Array, deadlineMs: number): Promise<Result<void, DeviceFault>> {
    const connection = await this.#found(deadlineMs);
    if (!connection.ok) return connection;
    const written = await connection.value.write(bytes, deadlineMs);
    if (written.ok) return ok(undefined);
    connection.value.close();
    return err(fromLinkFault(written.error));
  }

  drop(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    connection.close();
    void connection.closed.then(() => this.#connect());
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#cancelRetry();
    this.#connection?.close();
    if (this.#isOurs) claimed.delete(this.address);
    this.#wake();
  }

  async #connect(): Promise<void> {
    if (this.#isReleased) return;
    const opened = await this.#options.link.open(this.#timing.connectMs);
    if (this.#isReleased) {
      if (opened.ok) opened.value.close();
      return;
    }
    if (!opened.ok) {
      this.#fault = fromLinkFault(opened.error);
      this.#setPower('offline');
      this.#retry();
      this.#wake();
      return;
    }
    const connection = opened.value;
    this.#connection = connection;
    this.#fault = undefined;
    this.#connected += 1;
    this.#options.onConnected?.();
    connection.onBytes((bytes) => {
      if (this.#connection !== connection) return;
      // What talks is there: the next loss is looked for at once.
      this.#retryMs = this.#timing.firstRetryMs;
      this.#options.onBytes(bytes);
    });
    this.#setPower('online');
    this.#wake();
    await connection.closed;
    // Else it was dropped, and the next one is on its way.
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (this.#isReleased) return;
    this.#lost += 1;
    this.#fault = deviceFault('lost', 'safe', `${this.address} has hung up`);
    this.#setPower('offline');
    this.#retry();
  }

  #retry(): void {
    this.#cancelRetry = this.#options.timers.after(this.#retryMs, () => void this.#connect());
    this.#retryMs = Math.min(this.#retryMs * 2, this.#timing.lastRetryMs);
  }

  #setPower(power: PowerState): void {
    if (power === this.#power) return;
    this.#power = power;
    this.#options.onPower?.(power);
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }

  async #found(deadlineMs: number): Promise<Result<LinkConnection, DeviceFault>> {
    const connection = this.#connection ?? (await this.#awaitConnection(deadlineMs));
    if (connection !== undefined) return ok(connection);
    return err(this.#fault ?? deviceFault('unreachable', 'safe', `${this.address} did not open in time`));
  }

  /** Undefined where the next attempt fails, or takes too long. */
  async #awaitConnection(deadlineMs: number): Promise<LinkConnection | undefined> {
    if (!this.#isOurs || this.#isReleased) return undefined;
    // Somebody wants it now: it is not left to the slow search.
    if (this.#power === 'offline') {
      this.#cancelRetry();
      void this.#connect();
    }
    return await new Promise((resolve) => {
      const look = (): void => {
        cancel();
        this.#waiting.delete(look);
        resolve(this.#connection);
      };
      const cancel = this.#options.timers.after(deadlineMs, look);
      this.#waiting.add(look);
    });
  }
}
