import { expect, test } from 'vitest';

import { SETTINGS } from './setting-table.ts';
import { readSettings, ZONE_SETTING, type StoreSettings } from './settings.ts';

const NEEDED: readonly (readonly [string, string])[] = [
  ['currency', 'EUR'],
  ['taxInclusive', 'true'],
  ['timeZone', 'Europe/Berlin'],
];

/** Writes down what it is asked for. */
class AskedMap extends Map<string, string> {
  readonly asked = new Set<string>();
  override get(key: string): string | undefined {
    this.asked.add(key);
    return super.get(key);
  }
}

test('the table has every setting that is read, and no other one', () => {
  const asked = new AskedMap(NEEDED);
  expect(readSettings(asked).ok).toBe(true);
  const keys = SETTINGS.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  // Which zone a store stands in its lanes are told by their hub.
  expect(keys.filter((key) => key !== ZONE_SETTING).toSorted()).toEqual([...asked.asked].toSorted());
});

const settingsOf = (more: Readonly<Record<string, string>>): StoreSettings => {
  const read = readSettings(new Map([...NEEDED, ...Object.entries(more)]));
  if (!read.ok) throw new Error(read.error.detail.key);
  expect(read.value.faults).toEqual([]);
  return read.value.settings;
};

test.each(SETTINGS.flatMap(({ key, fallback }) => (fallback === undefined || fallback === '' ? [] : [[key, fallback]])))(
  '%s says %s where nobody says it',
  (key, fallback) => {
    // Of returns and of signing on what stands at its default is told where any of them is said.
    const { returns: _returns, signOn: _signOn, ...told } = settingsOf({ [key]: fallback });
    const { returns: _none, signOn: _nobody, ...untold } = settingsOf({});
    expect({ dayRollsAtHour: 4, ...told }).toEqual({ dayRollsAtHour: 4, ...untold });
  },
);

test.each(SETTINGS.flatMap(({ key, words = [] }) => words.map((word) => [key, word])))('%s may say %s', (key, word) => {
  const read = readSettings(new Map([...NEEDED, [key, word]]));
  expect(read.ok && read.value.faults).toEqual([]);
});
