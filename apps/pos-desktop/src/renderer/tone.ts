/**
 * What is heard: a short tick (1,480 Hz) for a line, two low square tones (233 and 175 Hz) for a refusal, a rising pair (880 and
 * 1,320 Hz) for a sale that is complete.
 *
 * The machine's sound is opened with the first tone, and rests while nobody sells. A tone that cannot be heard at once is not heard
 * later: it would be taken for the answer to something else.
 */
import type { Sounds } from './preferences.ts';

/** Later than this after what it stands for, a tone misleads. */
const LATE_MS = 500;
/** A device that runs wakes the machine a hundred times a second, whether it plays or not. */
const REST_AFTER_MS = 15_000;

export const TONE_KINDS = ['ok', 'error', 'done'] as const;
export type ToneKind = (typeof TONE_KINDS)[number];

/** The machine's sound, opened. */
export interface SoundDevice {
  readonly isRunning: () => boolean;
  /** Ends when it plays: before the page's first key or touch, a browser lets nothing be heard. */
  readonly resume: () => Promise<void>;
  readonly suspend: () => Promise<void>;
  /** `volume` in 0..1 of how it was recorded. */
  readonly play: (kind: ToneKind, volume: number) => void;
}

export interface TonePorts {
  readonly sounds: () => Sounds;
  /** Fails where there is no sound. `onLost`: what was opened plays no more. */
  readonly open: (onLost: () => void) => Promise<SoundDevice>;
  readonly nowMs: () => number;
  /** Runs `task` after `delayMs`; returns what cancels it. */
  readonly delay: (task: () => void, delayMs: number) => () => void;
}

/** How loud it is, of 1; 0 where it is not played. */
export const volumeOf = (kind: ToneKind, sounds: Sounds): number => {
  if (kind === 'ok' && sounds === 'refusals') return 0;
  return sounds === 'soft' ? SOFTLY : 1;
};

const SOFTLY = 0.35;

/** Without audio hardware it stays silent: the screen says the same. */
export const createTones = ({ sounds, open, nowMs, delay }: TonePorts): ((kind: ToneKind) => void) => {
  let opening: Promise<SoundDevice> | undefined;
  let stopWaiting: (() => void) | undefined;

  const forget = (): void => {
    opening = undefined;
  };

  const restLater = (device: SoundDevice): void => {
    stopWaiting?.();
    stopWaiting = delay(() => void device.suspend().catch(forget), REST_AFTER_MS);
  };

  const play = async (kind: ToneKind, volume: number, askedMs: number): Promise<void> => {
    opening ??= open(forget);
    const device = await opening;
    if (!device.isRunning()) await device.resume();
    if (nowMs() - askedMs > LATE_MS) return;
    device.play(kind, volume);
    restLater(device);
  };

  return (kind) => {
    const volume = volumeOf(kind, sounds());
    if (volume > 0) void play(kind, volume, nowMs()).catch(forget);
  };
};
