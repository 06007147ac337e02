/** A made-up keyboard with made-up times: keys go in, what the wedge makes of them comes out. */
import { DEFAULT_WEDGE_PROFILE, IDLE, stepWedge, type WedgeEffect, type WedgeProfile, type WedgeState } from '../wedge.ts';

export interface Heard {
  readonly effects: readonly WedgeEffect[];
  /** Terminators that reached the page. */
  readonly passed: number;
}

/** One key, and how long after the one before it came. `⏎` is the terminator, `⇥` any other key, `…` only time. */
export type Press = readonly [key: string, gapMs: number];

/** The characters of `text`, one every `gapMs`; the first after `pauseMs`. */
export const keys = (text: string, gapMs: number, pauseMs = 1_000): readonly Press[] =>
  [...text].map((key, index) => [key, index === 0 ? pauseMs : gapMs] as const);

export const hear = (presses: readonly Press[], profile: WedgeProfile = DEFAULT_WEDGE_PROFILE): Heard => {
  let state: WedgeState = IDLE;
  let deadlineMs: number | undefined;
  let atMs = 10_000;
  let passed = 0;
  const effects: WedgeEffect[] = [];
  const step = (event: Parameters<typeof stepWedge>[1]): boolean => {
    const next = stepWedge(state, event, profile);
    state = next.state;
    deadlineMs = next.deadlineMs;
    effects.push(...next.effects);
    return next.swallow;
  };
  const wait = (untilMs: number): void => {
    for (let dueMs = deadlineMs; dueMs !== undefined && dueMs + 1 < untilMs; dueMs = deadlineMs) step({ type: 'time', atMs: dueMs + 1 });
  };
  for (const [key, gapMs] of presses) {
    atMs += gapMs;
    wait(atMs);
    if (key === '⏎') passed += step({ type: 'terminator', atMs }) ? 0 : 1;
    else if (key === '⇥') step({ type: 'other', atMs });
    else if (key !== '…') step({ type: 'character', character: key, atMs });
  }
  wait(Number.POSITIVE_INFINITY);
  return { effects, passed };
};

export const typedText = (effects: readonly WedgeEffect[]): string =>
  effects.map((effect) => (effect.type === 'typed' ? effect.text : '')).join('');

export const scans = (effects: readonly WedgeEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'scan' ? [effect.code] : []));
