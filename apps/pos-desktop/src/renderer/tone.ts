/**
 * What is heard: a short tick (1,480 Hz) for a line, two low square tones (233 and 175 Hz) for a refusal, a rising pair (880 and
 * 1,320 Hz) for a sale that is complete. Recorded, not synthesised: opening Web Audio's device stops the page for up to half a
 * second, in the middle of the first scan, where media elements open it beside the page.
 */
import type { Sounds } from './preferences.ts';
import doneUrl from './tones/done.wav';
import errorUrl from './tones/error.wav';
import okUrl from './tones/ok.wav';

/** Starting a sound takes half a millisecond of the page's time: the line is painted first, and nobody hears so short a wait. */
const AFTER_FRAME_MS = 20;

export type ToneKind = 'ok' | 'error' | 'done';

/** How loud it is, of 1; 0 where it is not played. */
export const volumeOf = (kind: ToneKind, sounds: Sounds): number => {
  if (kind === 'ok' && sounds === 'refusals') return 0;
  return sounds === 'soft' ? SOFTLY : 1;
};

const SOFTLY = 0.35;

/** Without audio hardware, or before the first key or touch, it stays silent: the screen says the same. */
export const createTones = (sounds: () => Sounds): ((kind: ToneKind) => void) => {
  const load = (url: string): HTMLAudioElement => {
    const audio = new Audio(url);
    audio.preload = 'auto';
    return audio;
  };
  const tones: Readonly<Record<ToneKind, HTMLAudioElement>> = { ok: load(okUrl), error: load(errorUrl), done: load(doneUrl) };
  return (kind) => {
    const volume = volumeOf(kind, sounds());
    if (volume === 0) return;
    const audio = tones[kind];
    audio.volume = volume;
    window.setTimeout(() => {
      // One that has ended begins anew by itself.
      if (!audio.paused) audio.currentTime = 0;
      void audio.play().catch(() => undefined);
    }, AFTER_FRAME_MS);
  };
};
