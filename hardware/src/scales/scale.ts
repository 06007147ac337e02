/**
 * One scale over one link. It gives weights that goods may be sold by and nothing else: at rest, above zero, within its capacity. Everything
 * short of that is a reason, never a number.
 *
 * Asking may be repeated without harm: nothing that a scale answers moves money.
 */
import { err, ok, unreachable, type Clock, type Result, type Timers } from '@holdfast/base';

import { claimLine, type ClaimedLine, type LineTiming } from '../device/claimed-line.ts';
import { deviceFault, type Device, type DeviceFault, type DeviceHealth } from '../device/device.ts';
import type { Link } from '../link/link.ts';
import { scaleProtocol, type ScaleProtocolId } from './protocols.ts';
import type { NoWeightReason, ScaleMessage, ScaleProtocol, ScaleReader, ScaleReading, Weight } from './scale-protocol.ts';

/** It answered, and there is nothing to sell by. */
export interface NoWeight {
  readonly type: 'noWeight';
  readonly reason: NoWeightReason;
}

export interface ScaleTiming {
  /** For one answer. */
  readonly answerMs: number;
  /** For goods to come to rest. */
  readonly settleMs: number;
}

export const SCALE_TIMING: ScaleTiming = { answerMs: 1_000, settleMs: 3_000 };

export interface ScaleOptions {
  readonly protocol: ScaleProtocolId;
  readonly link: Link;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly timing?: Partial<ScaleTiming & LineTiming>;
  /** Its health is another one. */
  readonly onStatus?: () => void;
}

export interface Scale extends Device {
  readonly kind: 'scale';
  /** Waits until what lies there is at rest, `settleMs` at most. UnifiedPOS: `readWeight`. */
  readWeight(): Promise<Result<Weight, DeviceFault | NoWeight>>;
  /** What it says now, whatever that is. */
  read(): Promise<Result<ScaleReading, DeviceFault>>;
  /** UnifiedPOS: `zeroScale`; done once it says itself that it stands at zero. */
  zeroScale(): Promise<Result<void, DeviceFault | NotZeroed>>;
}

/** `ownKeyOnly`: its protocol has no word for it. `outsideZero`: it did not come to zero; scales take no more than a few parts in a hundred of their capacity for nothing. */
export interface NotZeroed {
  readonly type: 'notZeroed';
  readonly reason: 'ownKeyOnly' | 'outsideZero';
}

export function createScale(options: ScaleOptions): Scale {
  return new LinkedScale(options);
}

class LinkedScale implements Scale {
  readonly kind = 'scale';
  readonly model: ScaleProtocolId;
  readonly address: string;
  readonly #protocol: ScaleProtocol;
  readonly #options: ScaleOptions;
  readonly #timing: ScaleTiming;
  readonly #line: ClaimedLine;
  readonly #statistics = { goodWeightReadCount: 0, failedWeightReadCount: 0, communicationErrorCount: 0 };
  #reader: ScaleReader;
  #onReading: ((reading: ScaleReading) => void) | undefined;
  #silence: DeviceFault | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: ScaleOptions) {
    const { protocol, link, timers, timing, onStatus } = options;
    this.model = protocol;
    this.address = link.address;
    this.#options = options;
    this.#protocol = scaleProtocol(protocol);
    this.#timing = { ...SCALE_TIMING, ...timing };
    this.#reader = this.#protocol.createReader();
    this.#line = claimLine({
      link,
      timers,
      ...(timing !== undefined && { timing }),
      onConnected: () => {
        this.#reader = this.#protocol.createReader();
      },
      onBytes: (bytes) => {
        for (const message of this.#reader.read(bytes)) this.#hear(message);
      },
      onPower: () => onStatus?.(),
    });
  }

  health(): DeviceHealth {
    const fault = this.#silence ?? this.#line.fault();
    const { connected, lost } = this.#line.counts();
    return {
      power: fault === undefined ? this.#line.power() : 'offline',
      ...(fault !== undefined && { reason: fault.reason }),
      statistics: { ...this.#statistics, connectCount: connected, lostCount: lost },
    };
  }

  readWeight = async (): Promise<Result<Weight, DeviceFault | NoWeight>> => {
    const read = await this.#inTurn(async () => await this.#settle());
    this.#statistics[read.ok ? 'goodWeightReadCount' : 'failedWeightReadCount'] += 1;
    return read;
  };

  read = async (): Promise<Result<ScaleReading, DeviceFault>> => await this.#inTurn(async () => await this.#ask());

  zeroScale = async (): Promise<Result<void, DeviceFault | NotZeroed>> => {
    const { zero } = this.#protocol;
    if (zero === undefined) return err({ type: 'notZeroed', reason: 'ownKeyOnly' });
    return await this.#inTurn(async () => {
      const sent = await this.#line.write(zero, this.#timing.answerMs);
      if (!sent.ok) return sent;
      // What it says to the word itself is no answer to the question behind it.
      await this.#pause();
      const now = await this.#settle();
      if (now.ok || (now.error.type === 'noWeight' && now.error.reason !== 'empty'))
        return err({ type: 'notZeroed', reason: 'outsideZero' });
      return now.error.type === 'noWeight' ? ok(undefined) : err(now.error);
    });
  };

  checkHealth = async (): Promise<Result<void, DeviceFault>> => {
    const asked = await this.#inTurn(async () => await this.#ask());
    return asked.ok ? ok(undefined) : asked;
  };

  close = (): void => this.#line.release();

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    this.#tail = turn.catch(() => undefined);
    return await turn;
  }

  async #settle(): Promise<Result<Weight, DeviceFault | NoWeight>> {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + this.#timing.settleMs;
    for (;;) {
      const answer = await this.#ask();
      if (!answer.ok) return answer;
      const reading = answer.value;
      if (reading.type === 'weight') return ok(reading.weight);
      const isSettling = reading.reason === 'moving' || reading.reason === 'notReady';
      if (!isSettling || clock.monotonicMs() + this.#protocol.pollMs >= untilMs) return err({ type: 'noWeight', reason: reading.reason });
      await this.#pause();
    }
  }

  #pause = async (): Promise<void> => await new Promise<void>((resolve) => void this.#options.timers.after(this.#protocol.pollMs, resolve));

  /** What it says now: its first answer behind the question; where it speaks unasked, the first that it did not begin before. */
  async #ask(): Promise<Result<ScaleReading, DeviceFault>> {
    const { ask, pollMs } = this.#protocol;
    const { clock, timers } = this.#options;
    const line = ask === undefined ? await this.#line.ready(this.#timing.answerMs) : ok(undefined);
    const fromMs = ask === undefined ? clock.monotonicMs() + pollMs : 0;
    let answer: ScaleReading | undefined;
    const heard = new Promise<void>((resolve) => {
      const cancel = timers.after(this.#timing.answerMs, resolve);
      this.#onReading = (reading) => {
        if (clock.monotonicMs() < fromMs) return;
        answer = reading;
        cancel();
        resolve();
      };
    });
    const sent = ask === undefined ? line : await this.#line.write(ask, this.#timing.answerMs);
    if (sent.ok) await heard;
    this.#onReading = undefined;
    const result = answer === undefined ? err(sent.ok ? this.#silent() : sent.error) : ok(answer);
    this.#note(result.ok ? undefined : result.error);
    return result;
  }

  /** A late answer would be taken for the next goods' weight: the connection ends with the question. */
  #silent(): DeviceFault {
    const fault =
      this.#line.fault() ?? deviceFault('noAnswer', 'safe', `${this.address} did not answer within ${this.#timing.answerMs} ms`);
    this.#line.drop();
    return fault;
  }

  #note(fault: DeviceFault | undefined): void {
    if (fault !== undefined) this.#statistics.communicationErrorCount += 1;
    // What the line lacks, the line knows; that it answers nothing shows here alone.
    const silence = fault?.reason === 'noAnswer' ? fault : undefined;
    const isNews = silence?.reason !== this.#silence?.reason;
    this.#silence = silence;
    if (isNews) this.#options.onStatus?.();
  }

  #hear(message: ScaleMessage): void {
    switch (message.type) {
      case 'reading':
        this.#onReading?.(message.reading);
        return;
      case 'turn':
        void this.#line.write(message.bytes, this.#timing.answerMs);
        return;
      case 'noise':
        return;
      default:
        unreachable(message, 'LinkedScale.hear');
    }
  }
}
