import { expect, test } from 'vitest';

import { createPreferenceStore, localeOf, nextOf, readPreferences } from './preferences.ts';

const memory = (held: Record<string, string> = {}) => ({
  held,
  getItem: (key: string) => held[key] ?? null,
  setItem: (key: string, value: string) => {
    held[key] = value;
  },
});

test('a new machine speaks the first of its user’s languages that there is, else English', () => {
  const nothing = () => null;
  expect(readPreferences(nothing, ['de-AT', 'en'])).toEqual({
    appearance: 'system',
    language: 'de',
    hand: 'right',
    sounds: 'all',
    scannerPrefix: 'none',
    scannerSuffix: 'any',
    keys: {},
  });
  expect(readPreferences(nothing, ['fi', 'ja-JP']).language).toBe('ja');
  expect(readPreferences(nothing, ['fi']).language).toBe('en');
});

test('what is not a preference of this window is not taken for one', () => {
  const odd = (key: string): string =>
    ({
      'holdfast.appearance': 'neon',
      'holdfast.language': 'tlh',
      'holdfast.hand': '',
      'holdfast.sounds': 'mute',
      'holdfast.scanner-prefix': '7',
      'holdfast.scanner-suffix': 'F1',
    })[key] ?? '';
  expect(readPreferences(odd, ['fr'])).toEqual({
    appearance: 'system',
    language: 'fr',
    hand: 'right',
    sounds: 'all',
    scannerPrefix: 'none',
    scannerSuffix: 'any',
    keys: {},
  });
});

test('what is set is kept, told, and read back', () => {
  const storage = memory();
  const store = createPreferenceStore(storage, ['en']);
  let told = 0;
  const stop = store.subscribe(() => (told += 1));
  store.set({ language: 'ar', hand: 'left', sounds: 'soft', scannerPrefix: '#', scannerSuffix: 'Tab' });
  stop();
  store.set({ appearance: 'dark' });
  expect(told).toBe(1);
  store.set({ keys: { unlisted: 'F8', price: 'End' } });
  expect(createPreferenceStore(storage, ['en']).preferences()).toEqual({
    appearance: 'dark',
    language: 'ar',
    hand: 'left',
    sounds: 'soft',
    scannerPrefix: '#',
    scannerSuffix: 'Tab',
    keys: { unlisted: 'F8', price: 'End' },
  });
});

test('what another window of the machine chose is heard', () => {
  const storage = memory();
  const [lane, shopper] = [createPreferenceStore(storage, ['en']), createPreferenceStore(storage, ['en'])];
  let told = 0;
  shopper.subscribe(() => (told += 1));
  lane.set({ language: 'ar', appearance: 'dark' });
  shopper.readAgain();
  expect(shopper.preferences()).toMatchObject({ language: 'ar', appearance: 'dark' });
  expect(told).toBe(1);
  // Something else that is kept there is no choice.
  const { keys } = shopper.preferences();
  storage.setItem('holdfast.other', '1');
  shopper.readAgain();
  expect(told).toBe(1);
  expect(shopper.preferences().keys).toBe(keys);
});

test('numbers are the user’s own where the language is, and their figures are those on the keys', () => {
  expect(localeOf('en', ['de-DE', 'en-GB'])).toBe('en-GB');
  expect(localeOf('fr', ['de-DE'])).toBe('fr');
  expect(new Intl.NumberFormat(localeOf('ar', ['ar-EG'])).format(1_234.5)).toMatch(/^1[,.]234[.,]5$/u);
});

test('a choice goes round', () => {
  expect(nextOf(['a', 'b'], 'b')).toBe('a');
});
