/** The map of keys: one key does one thing, and the cashier's guide says the same as the screen. */
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { actionOfCharacter, KEY_BINDINGS } from './keys.ts';
import { CATALOGUES } from './strings.ts';

test('no key and no character does two things', () => {
  const keys = KEY_BINDINGS.flatMap((binding) => binding.keys ?? []);
  const characters = KEY_BINDINGS.flatMap((binding) => binding.characters ?? []);
  expect(new Set(keys).size).toBe(keys.length);
  expect(new Set(characters).size).toBe(characters.length);
  expect(new Set(KEY_BINDINGS.map(({ cap }) => cap)).size).toBe(KEY_BINDINGS.length);
});

test('a character does what stands on its key', () => {
  expect(actionOfCharacter('?')).toBe('keyMap');
  expect(actionOfCharacter('q')).toBeUndefined();
});

test('docs/CASHIER.md has each key with its words, and no other', () => {
  const guide = readFileSync(new URL('../../../../docs/CASHIER.md', import.meta.url), 'utf8');
  const [, table = ''] = guide.split('## The keys');
  const rows = table.split('\n').flatMap((line) => {
    const [, cap, words] = /^\| `([^`]+)`\s*\| (.+?)\s*\|$/u.exec(line) ?? [];
    return cap === undefined || words === undefined ? [] : [[cap, words]];
  });
  expect(rows).toEqual(KEY_BINDINGS.map(({ action, cap }) => [cap, CATALOGUES.en.keyNames[action]]));
});
