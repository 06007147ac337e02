/**
 * Tells a keyboard-wedge scanner from a person typing, by rhythm alone and before any field sees a key.
 *
 * Every character is held back until the rhythm has decided: a burst that a terminator (Enter or Tab) ends is a scan; anything slower
 * is typing and is handed on, in order, at most `maxGapMs` later. Pure: time comes with the events.
 *
 * The rhythm is that of the times at which keys were pressed. A busy machine brings them later, by jerks: what is handed on because nothing more had come
 * stays a part of its burst, and a key that was pressed in time takes it back.
 *
 * Invariants (each tested with made-up times):
 * - Nothing is lost and nothing is doubled: the characters of `scan`, `typed` and `torn` effects, less what they take back, in order, are the ones that came in.
 * - No character of a scan stays typed, no scan is cut short by how late its keys came, and the terminator of a scan never reaches the page.
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
  /** Pressed `atMs`; the page heard of it only `seenAtMs`. */
  | { readonly type: 'character'; readonly character: string; readonly atMs: number; readonly seenAtMs: number }
  /** One of the profile's terminators. */
  | { readonly type: 'terminator'; readonly atMs: number }
  /** Any other key, or a touch: whoever does that was not scanning. */
  | { readonly type: 'other'; readonly atMs: number }
  /** `deadlineMs` has passed. */
  | { readonly type: 'time'; readonly atMs: number };

export type WedgeEffect =
  /** `takeBack`: what was typed last belongs to this code. */
  | { readonly type: 'scan'; readonly code: string; readonly takeBack: string }
  | { readonly type: 'typed'; readonly text: string }
  /** A scanner's burst that broke off: it must be scanned again, and must not be taken for typing, nor what was typed of it. */
  | { readonly type: 'torn'; readonly text: string; readonly takeBack: string };

export interface WedgeState {
  readonly characters: string;
  /** So many of them were handed on as typed. */
  readonly handedOn: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Behind the first character. */
  readonly firstGapMs: number;
  /** Of all gaps after that one. */
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
  /** Ask again with a `time` event after this moment, and not before. */
  readonly deadlineMs?: number;
}

export const IDLE: WedgeState = {
  characters: '',
  handedOn: 0,
  firstAtMs: 0,
  lastAtMs: Number.NEGATIVE_INFINITY,
  firstGapMs: 0,
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

const typed = (text: string): readonly WedgeEffect[] => (text === '' ? [] : [{ type: 'typed', text }]);

/** Ends the burst without a terminator. */
const close = (state: WedgeState, profile: WedgeProfile): Closed => {
  const { characters, handedOn, lastAtMs } = state;
  if (characters === '') return { effects: [], state: { ...IDLE, typedDigits: state.typedDigits, typedAtMs: state.typedAtMs } };
  if (isTorn(state, profile)) {
    const torn: WedgeEffect = { type: 'torn', text: characters, takeBack: characters.slice(0, handedOn) };
    return { effects: [torn], state: { ...IDLE, lastAtMs, tail: 'torn' } };
  }
  const isDigits = /^\d+$/u.test(characters);
  const continues = state.firstAtMs - state.typedAtMs <= profile.rejoinWithinMs;
  const typedDigits = isDigits ? `${continues ? state.typedDigits : ''}${characters}` : '';
  return { effects: typed(characters.slice(handedOn)), state: { ...IDLE, typedDigits, typedAtMs: lastAtMs } };
};

const GTIN_8_CHARS = 8;
const REJOINED_TO_GTIN_8 = 4;

/** One hand has chosen of a list by its figure when the other one scans: the figure came alone, and what is behind it is a code by itself. */
const isFigureAndScan = ({ characters, firstGapMs, longestGapMs, lastAtMs }: WedgeState, atMs: number, profile: WedgeProfile): boolean =>
  profile.prefix === '' &&
  firstGapMs > profile.shortGapMs &&
  Math.max(longestGapMs, atMs - lastAtMs) <= profile.shortGapMs &&
  /^\d+$/u.test(characters) &&
  !isGtin(characters) &&
  isGtin(characters.slice(1));

const figureAndScan = ({ characters, handedOn }: WedgeState): readonly WedgeEffect[] => [
  ...typed(characters.slice(handedOn, 1)),
  { type: 'scan', code: characters.slice(1), takeBack: characters.slice(1, Math.max(handedOn, 1)) },
];

/** The scan that the burst is, with the digits before it that a stall had cut off. */
const scanOf = (state: WedgeState, profile: WedgeProfile): WedgeEffect => {
  const code = state.characters.slice(profile.prefix.length);
  const handedOn = state.characters.slice(0, state.handedOn);
  const wasStalled = state.typedDigits !== '' && state.firstAtMs - state.typedAtMs <= profile.rejoinWithinMs;
  // One in ten ends of a GTIN-13 is a good GTIN-8 by itself; four digits or more before it were a scanner's all the same.
  const leastTakenBack = !isGtin(code) ? 1 : code.length === GTIN_8_CHARS ? REJOINED_TO_GTIN_8 : Infinity;
  if (wasStalled) {
    for (let count = state.typedDigits.length; count >= leastTakenBack; count -= 1) {
      const before = state.typedDigits.slice(-count);
      if (isGtin(`${before}${code}`)) return { type: 'scan', code: `${before}${code}`, takeBack: `${before}${handedOn}` };
    }
  }
  return { type: 'scan', code, takeBack: handedOn };
};

const isScan = (state: WedgeState, atMs: number, profile: WedgeProfile): boolean => {
  const { characters } = state;
  if (profile.prefix !== '') return characters.startsWith(profile.prefix) && characters.length > profile.prefix.length;
  // As many gaps as characters: the terminator's is one of them.
  if (characters.length >= profile.minChars) return atMs - state.firstAtMs <= profile.meanGapMs * characters.length;
  const longestGapMs = Math.max(state.firstGapMs, state.longestGapMs, atMs - state.lastAtMs);
  return characters.length >= profile.shortChars && longestGapMs <= profile.shortGapMs;
};

const isMultiplied = (characters: string, character: string, profile: WedgeProfile): boolean =>
  profile.multiplySigns.includes(character) && /^\d{1,4}(?:[.,]\d{1,3})?$/u.test(characters);

const onCharacter = (
  state: WedgeState,
  { character, atMs, seenAtMs }: WedgeEvent & { readonly type: 'character' },
  profile: WedgeProfile,
): WedgeStep => {
  if (state.tail === 'torn' && !isStale(state, atMs, profile)) {
    return { state: { ...state, lastAtMs: atMs }, effects: [{ type: 'torn', text: character, takeBack: '' }], swallow: true };
  }
  const closed = isStale(state, atMs, profile) ? close(state, profile) : undefined;
  const effects = closed?.effects ?? [];
  const burst = closed?.state ?? (state.tail === 'none' ? state : IDLE);
  if (isMultiplied(burst.characters, character, profile)) {
    return { state: IDLE, effects: [...effects, ...typed((burst.characters + character).slice(burst.handedOn))], swallow: true };
  }
  const gapMs = atMs - burst.lastAtMs;
  const { length } = burst.characters;
  const next: WedgeState = {
    ...burst,
    characters: burst.characters + character,
    firstAtMs: length === 0 ? atMs : burst.firstAtMs,
    lastAtMs: atMs,
    firstGapMs: length === 1 ? gapMs : burst.firstGapMs,
    longestGapMs: length > 1 ? Math.max(burst.longestGapMs, gapMs) : 0,
    tail: 'none',
  };
  // Where one key came late, the next one may come later yet.
  const lateMs = Math.max(0, seenAtMs - atMs);
  return { state: next, effects, swallow: true, deadlineMs: atMs + allowedGapMs(next, profile) + lateMs + lateMs };
};

/** Nothing more has come: what is held back is handed on. */
const onTime = (state: WedgeState, profile: WedgeProfile): Closed => {
  const { characters, handedOn } = state;
  if (characters === '' || isTorn(state, profile)) return close(state, profile);
  return { effects: typed(characters.slice(handedOn)), state: { ...state, handedOn: characters.length } };
};

const onTerminator = (state: WedgeState, atMs: number, profile: WedgeProfile): WedgeStep => {
  const stale = isStale(state, atMs, profile);
  if (state.tail !== 'none') return { state: IDLE, effects: [], swallow: !stale };
  if (!stale && isScan(state, atMs, profile)) {
    const effects = isFigureAndScan(state, atMs, profile) ? figureAndScan(state) : [scanOf(state, profile)];
    return { state: { ...IDLE, lastAtMs: atMs, tail: 'scan' }, effects, swallow: true };
  }
  const closed = close(state, profile);
  // The late terminator of a broken scan must not press whatever has the focus.
  return { state: IDLE, effects: closed.effects, swallow: closed.state.tail === 'torn' };
};

export const stepWedge = (state: WedgeState, event: WedgeEvent, profile: WedgeProfile): WedgeStep => {
  switch (event.type) {
    case 'character':
      return onCharacter(state, event, profile);
    case 'terminator':
      return onTerminator(state, event.atMs, profile);
    case 'other':
      return { state: IDLE, effects: close(state, profile).effects, swallow: false };
    case 'time':
      return { ...onTime(state, profile), swallow: false };
    default:
      return unreachable(event, 'stepWedge');
  }
};
