/** A made-up keyboard with made-up times: keys go in, what the wedge makes of them comes out. */
import { assert } from '@holdfast/base';

import { DEFAULT_WEDGE_PROFILE, IDLE, stepWedge, type WedgeEffect, type WedgeProfile, type WedgeState } from '../wedge.ts';

export interface Heard {
  readonly effects: readonly WedgeEffect[];
  /** Terminators that reached the page. */
  readonly passed: number;
}

/** One key, how long after the one before it was pressed, and by how much later it is heard of. `⏎` is the terminator, `⇥` any other key, `…` only time. */
export type Press = readonly [key: string, gapMs: number, lateMs?: number];

/** The characters of `text`, one every `gapMs`; the first after `pauseMs`. */
export const keys = (text: string, gapMs: number, pauseMs = 1_000): readonly Press[] =>
  [...text].map((key, index) => [key, index === 0 ? pauseMs : gapMs] as const);

export const hear = (presses: readonly Press[], profile: WedgeProfile = DEFAULT_WEDGE_PROFILE): Heard => {
  let state: WedgeState = IDLE;
  let deadlineMs: number | undefined;
  let atMs = 10_000;
  let seenAtMs = atMs;
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
  for (const [key, gapMs, lateMs = 0] of presses) {
    atMs += gapMs;
    // Late or not, they come in the order in which they were pressed.
    seenAtMs = Math.max(seenAtMs, atMs + lateMs);
    wait(seenAtMs);
    if (key === '⏎') passed += step({ type: 'terminator', atMs }) ? 0 : 1;
    else if (key === '⇥') step({ type: 'other', atMs });
    else if (key !== '…') step({ type: 'character', character: key, atMs, seenAtMs });
  }
  wait(Number.POSITIVE_INFINITY);
  return { effects, passed };
};

const without = (text: string, end: string): string => {
  assert(text.endsWith(end), `${end} was typed last`);
  return text.slice(0, text.length - end.length);
};

/** What stays typed. */
export const typedText = (effects: readonly WedgeEffect[]): string =>
  effects.reduce((text, effect) => (effect.type === 'typed' ? text + effect.text : without(text, effect.takeBack)), '');

export const scans = (effects: readonly WedgeEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.type === 'scan' ? [effect.code] : []));
