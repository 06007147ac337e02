import { expect, test } from 'vitest';

import { fromText, isShown, valueText, type Setting } from './settings.ts';

const setting = (more: Partial<Setting>): Setting => ({
  key: 'lockAfterMinutes',
  group: 'people',
  kind: 'count',
  value: '10',
  isSet: false,
  from: 'default',
  layers: [],
  elsewhere: [],
  ...more,
});

test('values are told in words, and what is the hub’s own not at all', () => {
  expect(valueText(setting({ kind: 'word' }), 'half-even')).toBe('half to even');
  expect(valueText(setting({}), '10')).toBe('10');
  expect(valueText(setting({ kind: 'own', isSet: true }), null)).toBe('is set');
  expect(['store:7', 'country', 'default', null].map(fromText)).toEqual(['Store 7', 'the country', 'the program', 'nothing says it']);
});

test('a setting is found by what it is called, its key and its value', () => {
  expect(['LOCKS', 'lockafter', '10', ''].map((q) => isShown(setting({}), q))).toEqual([true, true, true, true]);
  expect(isShown(setting({}), 'receipt')).toBe(false);
});
