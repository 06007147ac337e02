/**
 * Web Audio as the tones want it. A media element would take the machine's sound for each tone and give it back, which is more work
 * than the line that the tone stands for.
 *
 * Opening it stops the page until the browser's audio service answers, and that service starts with its first use: for up to a second
 * where it does not run, a few milliseconds where it does. So it is woken up beside the page, by a question that nobody waits for, and
 * the device is opened when the page has nothing else to do.
 */
import { type SoundDevice, TONE_KINDS, type ToneKind } from './tone.ts';
import doneUrl from './tones/done.wav';
import errorUrl from './tones/error.wav';
import okUrl from './tones/ok.wav';

const URLS: Readonly<Record<ToneKind, string>> = { ok: okUrl, error: errorUrl, done: doneUrl };

const whenIdle = (): Promise<void> =>
  new Promise((resolve) => {
    window.requestIdleCallback(() => resolve());
  });

/** A page that came over the network without TLS has no such list. */
const wakeAudioService = async (): Promise<void> => {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  await devices?.enumerateDevices().catch(() => undefined);
};

/** A page that is never used opens nothing, and one that comes back has nothing but its sale to do. */
export const openSound = async (onLost: () => void): Promise<SoundDevice> => {
  const recorded = await Promise.all(TONE_KINDS.map(async (kind) => [kind, await (await fetch(URLS[kind])).arrayBuffer()] as const));
  await wakeAudioService();
  await whenIdle();
  const context = new AudioContext();
  const recordings = new Map<ToneKind, AudioBuffer>();
  for (const [kind, bytes] of recorded) recordings.set(kind, await context.decodeAudioData(bytes));
  context.addEventListener('error', () => {
    onLost();
    void context.close();
  });
  return {
    isRunning: () => context.state === 'running',
    resume: () => context.resume(),
    suspend: () => context.suspend(),
    play: (kind, volume) => {
      const source = new AudioBufferSourceNode(context, { buffer: recordings.get(kind) ?? null });
      source.connect(new GainNode(context, { gain: volume })).connect(context.destination);
      source.start();
    },
  };
};
