/**
 * Tells a keyboard-wedge scanner from a person typing, by rhythm alone and before any field sees a key.
 *
 * Every character is held back until the rhythm has decided: a burst that a terminator (Enter or Tab) ends is a scan; anything slower
 * is typing and is handed on, in order, at most `maxGapMs` later. Pure: time comes with the events.
 *
 * Invariants (each tested with made-up times):
 * - Nothing is lost and nothing is doubled: the characters of `scan`, `typed` and `torn` effects, in order, are the ones that came in.
 * - No character of a scan is ever typed, and the terminator of a scan never reaches the page.
 * - Hysteresis: once `surelyChars` came in a scanner's rhythm, a gap of up to `sustainedGapMs` does not end the burst.
 */

import { unreachable } from '@holdfast/base';
import { isGtin } from '@holdfast/domain';

/** How a scanner types, as data: one record per kind of scanner. */
export interface WedgeProfile {
  /** The longest gap between two characters while it is undecided who types: so long is a typed character held back at most. */
  readonly maxGapMs: number;
  /** The longest average gap of a whole scan: a quick person stays above it. */
  readonly meanGapMs: number;
  /** The longest gap once the burst is surely a scanner's. */
  readonly sustainedGapMs: number;
  readonly surelyChars: number;
  /** From this length on, a burst with a terminator is a scan. */
  readonly minChars: number;
  /** Shorter labels, down to this length, must be faster still: no gap above `shortGapMs`. */
  readonly shortChars: number;
  readonly shortGapMs: number;
  /**
   * A busy machine can stall a scan's first digits past `maxGapMs`, and they pass for typing. Up to so long after them, digits that
   * make no code by themselves (or no longer one than a GTIN-8), and a whole one with right check digit together with those, take them back.
   */
  readonly rejoinWithinMs: number;
  /** For so long after a broken scan, what still comes belongs to it. */
  readonly tornTailMs: number;
  readonly terminators: readonly string[];
  /** What the scanner sends before each code, so that nothing else is a scan; empty where it sends nothing. */
  readonly prefix: string;
  /** Characters that people type after a quantity; a few digits before one are never a scan. */
  readonly multiplySigns: string;
}

export const DEFAULT_WEDGE_PROFILE: WedgeProfile = {
  maxGapMs: 45,
  meanGapMs: 30,
  sustainedGapMs: 250,
  rejoinWithinMs: 400,
  surelyChars: 5,
  minChars: 6,
  shortChars: 4,
  shortGapMs: 15,
  tornTailMs: 600,
  terminators: ['Enter', 'Tab'],
  prefix: '',
  multiplySigns: '*×',
};

/** As the scanner of this lane is set: `none` and `any` where it is as it came. */
export const wedgeProfileOf = (scanner: { readonly scannerPrefix: string; readonly scannerSuffix: string }): WedgeProfile => ({
  ...DEFAULT_WEDGE_PROFILE,
  ...(scanner.scannerPrefix !== 'none' && { prefix: scanner.scannerPrefix }),
  ...(scanner.scannerSuffix !== 'any' && { terminators: [scanner.scannerSuffix] }),
});

export type WedgeEvent =
  | { readonly type: 'character'; readonly character: string; readonly atMs: number }
  /** One of the profile's terminators. */
  | { readonly type: 'terminator'; readonly atMs: number }
  /** Any other key, or a touch: whoever does that was not scanning. */
  | { readonly type: 'other'; readonly atMs: number }
  /** `deadlineMs` has passed. */
  | { readonly type: 'time'; readonly atMs: number };

export type WedgeEffect =
  /** `takeBack`: so many characters that were typed last belong to this code. */
  | { readonly type: 'scan'; readonly code: string; readonly takeBack: number }
  | { readonly type: 'typed'; readonly text: string }
  /** A scanner's burst that broke off: it must be scanned again, and must not be taken for typing. */
  | { readonly type: 'torn'; readonly text: string };

export interface WedgeState {
  readonly characters: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly longestGapMs: number;
  /** A scan has just ended or broken off: what still dribbles in belongs to it. */
  readonly tail: 'none' | 'scan' | 'torn';
  /** The digits that were handed on as typed last, and when the last of them came. */
  readonly typedDigits: string;
  readonly typedAtMs: number;
}

export interface WedgeStep {
  readonly state: WedgeState;
  readonly effects: readonly WedgeEffect[];
  /** The key that caused this step must not reach the page. */
  readonly swallow: boolean;
  /** Ask again with a `time` event after this moment. */
  readonly deadlineMs?: number;
}

export const IDLE: WedgeState = {
  characters: '',
  firstAtMs: 0,
  lastAtMs: Number.NEGATIVE_INFINITY,
  longestGapMs: 0,
  tail: 'none',
  typedDigits: '',
  typedAtMs: 0,
};

const allowedGapMs = (state: WedgeState, profile: WedgeProfile): number => {
  if (state.tail === 'torn') return profile.tornTailMs;
  return state.characters.length >= profile.surelyChars || state.tail === 'scan' ? profile.sustainedGapMs : profile.maxGapMs;
};

const isStale = (state: WedgeState, atMs: number, profile: WedgeProfile): boolean => atMs - state.lastAtMs > allowedGapMs(state, profile);

/** A burst of mostly digits, as long as a code and as fast as a scanner, is no person's: without its terminator it is a broken scan. */
const isTorn = (state: WedgeState, profile: WedgeProfile): boolean => {
  const { length } = state.characters;
  const digits = state.characters.replaceAll(/\D/gu, '').length;
  return length >= profile.minChars && digits + digits > length && state.lastAtMs - state.firstAtMs <= profile.meanGapMs * (length - 1);
};

interface Closed {
  readonly effects: readonly WedgeEffect[];
  readonly state: WedgeState;
}

/** Ends the burst without a terminator. */
const close = (state: WedgeState, profile: WedgeProfile): Closed => {
  const { characters, lastAtMs } = state;
  if (characters === '') return { effects: [], state: { ...IDLE, typedDigits: state.typedDigits, typedAtMs: state.typedAtMs } };
  if (isTorn(state, profile)) return { effects: [{ type: 'torn', text: characters }], state: { ...IDLE, lastAtMs, tail: 'torn' } };
  const isDigits = /^\d+$/u.test(characters);
  const continues = state.firstAtMs - state.typedAtMs <= profile.rejoinWithinMs;
  const typedDigits = isDigits ? `${continues ? state.typedDigits : ''}${characters}` : '';
  return { effects: [{ type: 'typed', text: characters }], state: { ...IDLE, typedDigits, typedAtMs: lastAtMs } };
};

const GTIN_8_CHARS = 8;
const REJOINED_TO_GTIN_8 = 4;

/** The scan that the burst is, with the digits before it that a stall had cut off. */
const scanOf = (state: WedgeState, profile: WedgeProfile): WedgeEffect => {
  const code = state.characters.slice(profile.prefix.length);
  const wasStalled = state.typedDigits !== '' && state.firstAtMs - state.typedAtMs <= profile.rejoinWithinMs;
  // One in ten ends of a GTIN-13 is a good GTIN-8 by itself; four digits or more before it were a scanner's all the same.
  const leastTakenBack = !isGtin(code) ? 1 : code.length === GTIN_8_CHARS ? REJOINED_TO_GTIN_8 : Infinity;
  if (wasStalled) {
    for (let takeBack = state.typedDigits.length; takeBack >= leastTakenBack; takeBack -= 1) {
      const whole = `${state.typedDigits.slice(-takeBack)}${code}`;
      if (isGtin(whole)) return { type: 'scan', code: whole, takeBack };
    }
  }
  return { type: 'scan', code, takeBack: 0 };
};

const isScan = (state: WedgeState, atMs: number, profile: WedgeProfile): boolean => {
  const { characters } = state;
  if (profile.prefix !== '') return characters.startsWith(profile.prefix) && characters.length > profile.prefix.length;
  // As many gaps as characters: the terminator's is one of them.
  if (characters.length >= profile.minChars) return atMs - state.firstAtMs <= profile.meanGapMs * characters.length;
  return characters.length >= profile.shortChars && Math.max(state.longestGapMs, atMs - state.lastAtMs) <= profile.shortGapMs;
};

const isMultiplied = (characters: string, character: string, profile: WedgeProfile): boolean =>
  profile.multiplySigns.includes(character) && /^\d{1,4}(?:[.,]\d{1,3})?$/u.test(characters);

const withDeadline = (state: WedgeState, effects: readonly WedgeEffect[], swallow: boolean, profile: WedgeProfile): WedgeStep => {
  if (state.characters === '') return { state, effects, swallow };
  return { state, effects, swallow, deadlineMs: state.lastAtMs + allowedGapMs(state, profile) };
};

const onCharacter = (state: WedgeState, character: string, atMs: number, profile: WedgeProfile): WedgeStep => {
  if (state.tail === 'torn' && !isStale(state, atMs, profile)) {
    return { state: { ...state, lastAtMs: atMs }, effects: [{ type: 'torn', text: character }], swallow: true };
  }
  const closed = isStale(state, atMs, profile) ? close(state, profile) : undefined;
  const effects = closed?.effects ?? [];
  const burst = closed?.state ?? (state.tail === 'none' ? state : IDLE);
  if (isMultiplied(burst.characters, character, profile)) {
    return { state: IDLE, effects: [...effects, { type: 'typed', text: burst.characters + character }], swallow: true };
  }
  const longestGapMs = burst.characters === '' ? 0 : Math.max(burst.longestGapMs, atMs - burst.lastAtMs);
  const firstAtMs = burst.characters === '' ? atMs : burst.firstAtMs;
  const next: WedgeState = { ...burst, characters: burst.characters + character, firstAtMs, lastAtMs: atMs, longestGapMs, tail: 'none' };
  return withDeadline(next, effects, true, profile);
};

const onTerminator = (state: WedgeState, atMs: number, profile: WedgeProfile): WedgeStep => {
  const stale = isStale(state, atMs, profile);
  if (state.tail !== 'none') return { state: IDLE, effects: [], swallow: !stale };
  if (!stale && isScan(state, atMs, profile)) {
    return { state: { ...IDLE, lastAtMs: atMs, tail: 'scan' }, effects: [scanOf(state, profile)], swallow: true };
  }
  const closed = close(state, profile);
  // The late terminator of a broken scan must not press whatever has the focus.
  return { state: IDLE, effects: closed.effects, swallow: closed.state.tail === 'torn' };
};

export const stepWedge = (state: WedgeState, event: WedgeEvent, profile: WedgeProfile): WedgeStep => {
  switch (event.type) {
    case 'character':
      return onCharacter(state, event.character, event.atMs, profile);
    case 'terminator':
      return onTerminator(state, event.atMs, profile);
    case 'other':
      return { state: IDLE, effects: close(state, profile).effects, swallow: false };
    case 'time': {
      if (!isStale(state, event.atMs, profile)) return withDeadline(state, [], false, profile);
      const closed = close(state, profile);
      return { state: closed.state, effects: closed.effects, swallow: false };
    }
    default:
      return unreachable(event, 'stepWedge');
  }
};
