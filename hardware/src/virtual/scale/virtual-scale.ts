/**
 * A scale without the hardware: goods are put on it and taken off, it takes its time to come to rest, has a capacity and a tare of its own, and
 * answers in the bytes of its protocol as its script lets it.
 */
import type { Clock, Timers } from '@holdfast/base';

import type { DevicePeer } from '../../link/memory-link.ts';
import type { ScaleProtocolId } from '../../scales/protocols.ts';
import type { ScaleFaults } from './faults.ts';
import { scaleVoice, type ScaleLook, type ScaleVoice } from './scale-voice.ts';

export interface VirtualScaleState {
  readonly loadGrams: number;
  readonly shownGrams: number;
  readonly isMoving: boolean;
  readonly isOver: boolean;
  readonly isPlugged: boolean;
  readonly answers: number;
}

export interface VirtualScale {
  readonly protocol: ScaleProtocolId;
  readonly capacityGrams: number;
  /** False where it is unplugged. */
  connect(peer: DevicePeer): boolean;
  state(): VirtualScaleState;
  /** What lies on it. */
  put(grams: number): void;
  /** Its own tare and zero keys; what is too much for zero stays. */
  pressTare(): void;
  pressZero(): void;
  setPlugged(isPlugged: boolean): void;
  /** New faults; answers are counted from now. */
  setFaults(faults: ScaleFaults): void;
  onChange(listener: () => void): () => void;
}

export interface VirtualScaleOptions {
  readonly protocol: ScaleProtocolId;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly faults?: ScaleFaults;
  readonly capacityGrams?: number;
}

const CAPACITY_GRAMS = 15_000;
/** Two parts in a hundred may be taken for nothing, as of most scales for trade. */
const ZERO_RANGE_PARTS = 50;
/** Longer than any that a scale is asked. */
const MAX_QUESTION_BYTES = 64;
const SPEAK_EVERY_MS = 100;
const GARBAGE = Uint8Array.of(0xff, 0x9b, 0x81, 0xe0);

export function createVirtualScale(options: VirtualScaleOptions): VirtualScale {
  return new ScaleOfNumbers(options);
}

class ScaleOfNumbers implements VirtualScale {
  readonly protocol: ScaleProtocolId;
  readonly capacityGrams: number;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #voice: ScaleVoice;
  readonly #listeners = new Set<() => void>();
  #faults: ScaleFaults;
  #caller: DevicePeer | undefined;
  #heard: number[] = [];
  #loadGrams = 0;
  #zeroGrams = 0;
  #tareGrams = 0;
  #restsAtMs = 0;
  #isPlugged = true;
  #answers = 0;

  constructor({ protocol, clock, timers, faults = {}, capacityGrams = CAPACITY_GRAMS }: VirtualScaleOptions) {
    this.protocol = protocol;
    this.capacityGrams = capacityGrams;
    this.#clock = clock;
    this.#timers = timers;
    this.#voice = scaleVoice(protocol);
    this.#faults = faults;
  }

  connect(peer: DevicePeer): boolean {
    if (!this.#isPlugged) return false;
    this.#caller?.close();
    this.#caller = peer;
    this.#heard = [];
    peer.onBytes((bytes) => {
      if (this.#caller === peer) this.#hear(peer, bytes);
    });
    void this.#hangUp(peer);
    this.#speak(peer);
    return true;
  }

  async #hangUp(peer: DevicePeer): Promise<void> {
    await peer.closed;
    if (this.#caller === peer) this.#caller = undefined;
  }

  state(): VirtualScaleState {
    const { grams, isMoving, isOver } = this.#look();
    return { loadGrams: this.#loadGrams, shownGrams: grams, isMoving, isOver, isPlugged: this.#isPlugged, answers: this.#answers };
  }

  put(grams: number): void {
    this.#loadGrams = grams;
    const { unstableMs = 0 } = this.#faults;
    this.#restsAtMs = this.#clock.monotonicMs() + unstableMs;
    if (unstableMs > 0) this.#timers.after(unstableMs, () => this.#changed());
    this.#changed();
  }

  pressTare(): void {
    this.#tareGrams = this.#loadGrams - this.#zeroGrams;
    this.#changed();
  }

  pressZero(): void {
    if (Math.abs(this.#loadGrams) * ZERO_RANGE_PARTS > this.capacityGrams) return;
    this.#zeroGrams = this.#loadGrams;
    this.#tareGrams = 0;
    this.#changed();
  }

  setPlugged(isPlugged: boolean): void {
    this.#isPlugged = isPlugged;
    if (!isPlugged) {
      this.#caller?.close();
      this.#caller = undefined;
    }
    this.#changed();
  }

  setFaults(faults: ScaleFaults): void {
    this.#faults = faults;
    this.#answers = 0;
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #look(): ScaleLook {
    return {
      grams: this.#loadGrams - this.#zeroGrams - this.#tareGrams,
      isMoving: this.#clock.monotonicMs() < this.#restsAtMs,
      isOver: this.#loadGrams > this.capacityGrams,
      isNet: this.#tareGrams !== 0,
    };
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #hear(peer: DevicePeer, bytes: Uint8Array): void {
    this.#heard.push(...bytes);
    let at = 0;
    while (at < this.#heard.length) {
      const answer = this.#voice.hear(this.#heard.slice(at, at + MAX_QUESTION_BYTES), this.#look());
      if (answer === undefined) break;
      at += answer.length;
      if (answer.does === 'zero') this.pressZero();
      if (answer.says !== undefined) this.#say(peer, answer.says);
    }
    this.#heard = this.#heard.slice(at);
  }

  #say(peer: DevicePeer, bytes: Uint8Array): void {
    const { answerMs, losesAnswers, talksGarbage, unpluggedAfterAnswers, backAfterMs } = this.#faults;
    if (losesAnswers === true) return;
    if (this.#answers === unpluggedAfterAnswers) {
      this.setPlugged(false);
      if (backAfterMs !== undefined) this.#timers.after(backAfterMs, () => this.setPlugged(true));
      return;
    }
    this.#answers += 1;
    const send = (): void => {
      if (this.#caller !== peer) return;
      if (talksGarbage === true) peer.send(GARBAGE);
      peer.send(bytes);
    };
    if (answerMs === undefined) send();
    else this.#timers.after(answerMs, send);
  }

  #speak(peer: DevicePeer): void {
    const { says } = this.#voice;
    if (says === undefined) return;
    const again = (): void => {
      if (this.#caller !== peer) return;
      this.#say(peer, says(this.#look()));
      this.#timers.after(SPEAK_EVERY_MS, again);
    };
    again();
  }
}
