/**
 * One label printer over one link. A job counts as printed when the printer has said, after it, that nothing is left to print. Where it does not
 * say so, nobody knows what hangs out of it: the fault tells that printing again may print twice.
 */
import { err, ok, type Clock, type Result, type Timers } from '@holdfast/base';

import { claimLine, type ClaimedLine, type LineTiming } from '../device/claimed-line.ts';
import { deviceFault, type Device, type DeviceFault, type DeviceFaultReason, type DeviceHealth } from '../device/device.ts';
import type { Link } from '../link/link.ts';
import { createStatusReader, type LabelCondition, type StatusReader } from './host-status.ts';
import type { LabelModelId } from './zpl.ts';

export interface LabelTiming {
  readonly answerMs: number;
  /** Between two questions while it prints. */
  readonly pollMs: number;
  /** For all labels of a job, while nothing is wrong. */
  readonly jobMs: number;
  /** As long as something is wrong that a person can put right. */
  readonly patienceMs: number;
}

const LABEL_TIMING: LabelTiming = { answerMs: 2_000, pollMs: 250, jobMs: 120_000, patienceMs: 60_000 };

export interface LabelPrinterOptions {
  readonly model: LabelModelId;
  readonly link: Link;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timing?: Partial<LabelTiming & LineTiming>;
  /** Its health is another one. */
  readonly onStatus?: () => void;
}

export interface LabelPrinter extends Device {
  readonly kind: 'labelPrinter';
  readonly model: LabelModelId;
  /** One job at a time, in the order of the calls. */
  print(zpl: Uint8Array): Promise<Result<void, DeviceFault>>;
}

const ASK = new TextEncoder().encode('~HS\n');

function hindranceOf({ isPaperOut, isHeadUp, isRibbonOut, isPaused }: LabelCondition): DeviceFaultReason | undefined {
  if (isPaperOut) return 'paperOut';
  if (isHeadUp) return 'coverOpen';
  if (isRibbonOut) return 'fault';
  return isPaused ? 'offline' : undefined;
}

export function createLabelPrinter(options: LabelPrinterOptions): LabelPrinter {
  return new LinkedLabelPrinter(options);
}

class LinkedLabelPrinter implements LabelPrinter {
  readonly kind = 'labelPrinter';
  readonly model: LabelModelId;
  readonly address: string;
  readonly #options: LabelPrinterOptions;
  readonly #timing: LabelTiming;
  readonly #line: ClaimedLine;
  readonly #statistics = { goodPrintCount: 0, failedPrintCount: 0 };
  #reader: StatusReader = createStatusReader();
  #onCondition: ((condition: LabelCondition) => void) | undefined;
  /** What the printer itself said last, or that it said nothing. */
  #reason: DeviceFaultReason | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LabelPrinterOptions) {
    const { model, link, timers, timing, onStatus } = options;
    this.model = model;
    this.address = link.address;
    this.#options = options;
    this.#timing = { ...LABEL_TIMING, ...timing };
    this.#line = claimLine({
      link,
      timers,
      ...(timing !== undefined && { timing }),
      onConnected: () => {
        this.#reader = createStatusReader();
      },
      onBytes: (bytes) => {
        for (const condition of this.#reader.read(bytes)) this.#onCondition?.(condition);
      },
      onPower: () => onStatus?.(),
    });
  }

  health(): DeviceHealth {
    const reason = this.#line.fault()?.reason ?? this.#reason;
    const { connected, lost } = this.#line.counts();
    return {
      power: reason === undefined ? this.#line.power() : 'offline',
      ...(reason !== undefined && { reason }),
      statistics: { ...this.#statistics, connectCount: connected, lostCount: lost },
    };
  }

  print = async (zpl: Uint8Array): Promise<Result<void, DeviceFault>> => {
    const printed = await this.#inTurn(async () => await this.#print(zpl));
    this.#statistics[printed.ok ? 'goodPrintCount' : 'failedPrintCount'] += 1;
    return printed;
  };

  checkHealth = async (): Promise<Result<void, DeviceFault>> => await this.#inTurn(async () => await this.#ready());

  close = (): void => this.#line.release();

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return await turn;
  }

  async #ready(): Promise<Result<void, DeviceFault>> {
    const asked = await this.#ask();
    if (!asked.ok) return asked;
    const reason = hindranceOf(asked.value);
    return reason === undefined ? ok(undefined) : err(deviceFault(reason, 'safe'));
  }

  async #print(zpl: Uint8Array): Promise<Result<void, DeviceFault>> {
    const ready = await this.#ready();
    if (!ready.ok) return ready;
    const sent = await this.#line.write(zpl, this.#timing.jobMs);
    return sent.ok ? await this.#untilDone() : sent;
  }

  async #untilDone(): Promise<Result<void, DeviceFault>> {
    const { clock, timers } = this.#options;
    const { jobMs, patienceMs, pollMs } = this.#timing;
    const beganMs = clock.monotonicMs();
    let hinderedMs: number | undefined;
    for (;;) {
      const asked = await this.#ask();
      if (!asked.ok) return err({ ...asked.error, retry: 'mayDuplicate' });
      if (asked.value.waiting === 0) return ok(undefined);
      const reason = hindranceOf(asked.value);
      const nowMs = clock.monotonicMs();
      hinderedMs = reason === undefined ? undefined : (hinderedMs ?? nowMs);
      if (reason !== undefined && nowMs - (hinderedMs ?? nowMs) >= patienceMs) return err(deviceFault(reason, 'mayDuplicate'));
      if (reason === undefined && nowMs - beganMs >= jobMs)
        return err(deviceFault('noAnswer', 'mayDuplicate', 'it does not come to an end'));
      await new Promise<void>((resolve) => void timers.after(pollMs, resolve));
    }
  }

  async #ask(): Promise<Result<LabelCondition, DeviceFault>> {
    const { answerMs } = this.#timing;
    let condition: LabelCondition | undefined;
    const heard = new Promise<void>((resolve) => {
      const cancel = this.#options.timers.after(answerMs, resolve);
      this.#onCondition = (told) => {
        condition = told;
        cancel();
        resolve();
      };
    });
    const sent = await this.#line.write(ASK, answerMs);
    if (sent.ok) await heard;
    this.#onCondition = undefined;
    if (condition !== undefined) {
      this.#note(hindranceOf(condition));
      return ok(condition);
    }
    if (!sent.ok) return sent;
    const fault = this.#line.fault() ?? deviceFault('noAnswer', 'safe', `${this.address} did not answer within ${answerMs} ms`);
    this.#note(fault.reason);
    // A late answer would be taken for the next question's.
    this.#line.drop();
    return err(fault);
  }

  #note(reason: DeviceFaultReason | undefined): void {
    const isNews = reason !== this.#reason;
    this.#reason = reason;
    if (isNews) this.#options.onStatus?.();
  }
}
