/**
 * What this machine's screen looks like: the only thing that a window itself keeps. Whoever else writes to the machine's storage, what is read
 * back is one of the known values or the default.
 */
import { type Appearance, APPEARANCES, isAppearance } from '@holdfast/ui';

import { type KeyChoices, parseKeyChoices } from './key-map.ts';
import { isLanguage, type Language, LANGUAGES } from './strings.ts';

/** Where the number pad stands. */
export const HANDS = ['right', 'left'] as const;
export type Hand = (typeof HANDS)[number];

/** What is heard: everything, everything softly, or refusals and finished sales alone. A refusal is always heard: goods must not be bagged unnoticed. */
export const SOUNDS = ['all', 'soft', 'refusals'] as const;
export type Sounds = (typeof SOUNDS)[number];

/** What a scanner that types like a keyboard is set to send before each code, so that nothing else is one; `none`: it is told by its rhythm. */
export const SCANNER_PREFIXES = ['none', '#', '$', '~'] as const;
export type ScannerPrefix = (typeof SCANNER_PREFIXES)[number];

/** And behind it. */
export const SCANNER_SUFFIXES = ['any', 'Enter', 'Tab'] as const;
export type ScannerSuffix = (typeof SCANNER_SUFFIXES)[number];

export interface Preferences {
  readonly appearance: Appearance;
  readonly language: Language;
  readonly hand: Hand;
  readonly sounds: Sounds;
  readonly scannerPrefix: ScannerPrefix;
  readonly scannerSuffix: ScannerSuffix;
  /** Where they are not as they come. */
  readonly keys: KeyChoices;
}

export interface PreferenceStore {
  readonly preferences: () => Preferences;
  readonly set: (change: Partial<Preferences>) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Another window of this machine chose. */
  readonly readAgain: () => void;
}

const KEYS = {
  appearance: 'holdfast.appearance',
  language: 'holdfast.language',
  hand: 'holdfast.hand',
  sounds: 'holdfast.sounds',
  scannerPrefix: 'holdfast.scanner-prefix',
  scannerSuffix: 'holdfast.scanner-suffix',
} as const;
const KEY_CHOICES = 'holdfast.keys';

export const nextOf = <T>(all: readonly T[], current: T): T => all[(all.indexOf(current) + 1) % all.length] ?? current;

export { APPEARANCES, LANGUAGES };

/** `languages`: what the machine's user prefers, first to last (BCP 47). */
export const readPreferences = (read: (key: string) => string | null, languages: readonly string[]): Preferences => {
  const [appearance, language, hand, sounds] = [read(KEYS.appearance), read(KEYS.language), read(KEYS.hand), read(KEYS.sounds)];
  const preferred = languages.map((tag) => tag.split('-')[0]).find(isLanguage);
  return {
    appearance: isAppearance(appearance) ? appearance : 'system',
    language: isLanguage(language) ? language : (preferred ?? 'en'),
    hand: HANDS.find((known) => known === hand) ?? 'right',
    sounds: SOUNDS.find((known) => known === sounds) ?? 'all',
    scannerPrefix: SCANNER_PREFIXES.find((known) => known === read(KEYS.scannerPrefix)) ?? 'none',
    scannerSuffix: SCANNER_SUFFIXES.find((known) => known === read(KEYS.scannerSuffix)) ?? 'any',
    keys: parseKeyChoices(read(KEY_CHOICES)),
  };
};

export const createPreferenceStore = (storage: Pick<Storage, 'getItem' | 'setItem'>, languages: readonly string[]): PreferenceStore => {
  const read = (): Preferences => readPreferences((key) => storage.getItem(key), languages);
  let current = read();
  const listeners = new Set<() => void>();
  return {
    preferences: () => current,
    set: (change) => {
      current = { ...current, ...change };
      for (const name of ['appearance', 'language', 'hand', 'sounds', 'scannerPrefix', 'scannerSuffix'] as const) {
        if (change[name] !== undefined) storage.setItem(KEYS[name], change[name]);
      }
      if (change.keys !== undefined) storage.setItem(KEY_CHOICES, JSON.stringify(change.keys));
      for (const listener of listeners) listener();
    },
    readAgain: () => {
      const next = read();
      // The machine's storage holds more than what is chosen here.
      if (JSON.stringify(next) === JSON.stringify(current)) return;
      current = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

/** How numbers and times are written: as the machine's user has it where that is the language, else as the language has it; figures are those on the keys. */
export const localeOf = (language: Language, languages: readonly string[]): string => {
  const own = languages.find((tag) => tag.split('-')[0] === language) ?? language;
  return language === 'ar' ? new Intl.Locale(own, { numberingSystem: 'latn' }).toString() : own;
};
