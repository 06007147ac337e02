/**
 * The scale under the bags of a kiosk. It is watched, not asked: whoever listens hears of each weight that has come to rest, an empty one too, and of nothing in between. What a thing should
 * weigh, and whether that is what was put down, is the kiosk's to know.
 *
 * A weight is at rest when the scale says so and says the same twice. While the scale is away nothing is known of what lies there; what is told when it is back may be another weight.
 */
import { err, ok, unreachable, type Result } from '@holdfast/base';

import { deviceFault, type Device, type DeviceFault, type DeviceHealth } from '../device/device.ts';
import { scaleProtocol } from './protocols.ts';
import type { ScaleReading } from './scale-protocol.ts';
import { createScale, SCALE_TIMING, type NotZeroed, type NoWeight, type ScaleOptions } from './scale.ts';

export type BagSight =
  /** Nobody answers, or has not yet. */
  | { readonly state: 'unknown' }
  | { readonly state: 'moving' }
  | { readonly state: 'resting'; readonly grams: number }
  /** More than it carries. */
  | { readonly state: 'over' }
  /** Less than when it was set to zero. */
  | { readonly state: 'below' };

export interface BaggingScale extends Device {
  readonly kind: 'baggingScale';
  sight(): BagSight;
  /** Waits until what lies there is at rest, `settleMs` at most, and says how many grams; 0 of nothing. */
  settled(): Promise<Result<number, DeviceFault | NoWeight>>;
  zeroScale(): Promise<Result<void, DeviceFault | NotZeroed>>;
}

export interface BaggingScaleOptions extends ScaleOptions {
  readonly onSight?: (sight: BagSight) => void;
}

export const createBaggingScale = (options: BaggingScaleOptions): BaggingScale => new WatchedScale(options);

/** Where nobody answers, it is asked ever more slowly. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [250, 5_000];

class WatchedScale implements BaggingScale {
  readonly kind = 'baggingScale';
  readonly model: string;
  readonly address: string;
  readonly #options: BaggingScaleOptions;
  readonly #scale: ReturnType<typeof createScale>;
  readonly #waiting = new Set<() => void>();
  #sight: BagSight = { state: 'unknown' };
  /** Said once, and not yet a second time. */
  #lastGrams: number | undefined;
  #restCount = 0;
  #isClosed = false;
  #cancelLook = (): void => {};

  constructor(options: BaggingScaleOptions) {
    this.#options = options;
    this.#scale = createScale(options);
    this.model = this.#scale.model;
    this.address = this.#scale.address;
    void this.#look(FIRST_RETRY_MS);
  }

  sight = (): BagSight => this.#sight;
  checkHealth = async (): Promise<Result<void, DeviceFault>> => await this.#scale.checkHealth();
  zeroScale = async (): Promise<Result<void, DeviceFault | NotZeroed>> => await this.#scale.zeroScale();

  async settled(): Promise<Result<number, DeviceFault | NoWeight>> {
    const { timers, timing } = this.#options;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#sight.state === 'resting') done();
      };
      const done = (): void => {
        cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const cancel = timers.after(timing?.settleMs ?? SCALE_TIMING.settleMs, done);
      this.#waiting.add(look);
      look();
    });
    return this.#asResult();
  }

  #asResult(): Result<number, DeviceFault | NoWeight> {
    const sight = this.#sight;
    switch (sight.state) {
      case 'resting':
        return ok(sight.grams);
      case 'unknown':
        return err(deviceFault(this.#scale.health().reason ?? 'noAnswer', 'safe', `nothing is known of ${this.address}`));
      case 'moving':
        return err({ type: 'noWeight', reason: 'moving' });
      case 'over':
        return err({ type: 'noWeight', reason: 'overCapacity' });
      case 'below':
        return err({ type: 'noWeight', reason: 'belowZero' });
      default:
        return unreachable(sight, 'WatchedScale.settled');
    }
  }

  health(): DeviceHealth {
    const { statistics, ...health } = this.#scale.health();
    const { connectCount = 0, lostCount = 0, communicationErrorCount = 0 } = statistics;
    return { ...health, statistics: { goodWeightReadCount: this.#restCount, communicationErrorCount, connectCount, lostCount } };
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#scale.close();
  }

  async #look(retryMs: number): Promise<void> {
    const read = await this.#scale.read();
    if (this.#isClosed) return;
    this.#note(read.ok ? this.#sightOf(read.value) : { state: 'unknown' });
    if (!read.ok) this.#lastGrams = undefined;
    const [waitMs, nextMs] = read.ok
      ? [scaleProtocol(this.#options.protocol).pollMs, FIRST_RETRY_MS]
      : [retryMs, Math.min(retryMs * 2, LAST_RETRY_MS)];
    this.#cancelLook = this.#options.timers.after(waitMs, () => void this.#look(nextMs));
  }

  #sightOf(reading: ScaleReading): BagSight {
    const grams = reading.type === 'weight' ? reading.weight.grams : reading.reason === 'empty' ? 0 : undefined;
    const isTwice = grams !== undefined && grams === this.#lastGrams;
    this.#lastGrams = grams;
    if (grams !== undefined) return isTwice ? { state: 'resting', grams } : { state: 'moving' };
    const { reason } = reading as Extract<ScaleReading, { type: 'none' }>;
    switch (reason) {
      case 'overCapacity':
        return { state: 'over' };
      case 'belowZero':
      case 'underCapacity':
        return { state: 'below' };
      case 'moving':
      case 'notReady':
      case 'empty':
        return { state: 'moving' };
      default:
        return unreachable(reason, 'WatchedScale.sightOf');
    }
  }

  #note(sight: BagSight): void {
    const before = this.#sight;
    const isSame = before.state === sight.state && (sight.state !== 'resting' || (before as typeof sight).grams === sight.grams);
    if (isSame) return;
    this.#sight = sight;
    if (sight.state === 'resting') this.#restCount += 1;
    for (const look of this.#waiting) look();
    this.#options.onSight?.(sight);
  }
}
