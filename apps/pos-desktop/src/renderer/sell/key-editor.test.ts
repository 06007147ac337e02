import { expect, test } from 'vitest';

import { createPreferenceStore } from '../preferences.ts';
import { createKeyEditor } from './key-editor.ts';

const open = () => {
  const held = new Map<string, string>();
  const storage = { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, value: string) => void held.set(key, value) };
  const preferences = createPreferenceStore(storage, ['en']);
  const tones: string[] = [];
  return { preferences, tones, editor: createKeyEditor(preferences, (kind) => tones.push(kind)) };
};
const press = (key: string, shiftKey = false) => ({ key, shiftKey });

test('an action waits for its key, and the key does nothing else', () => {
  const { editor, preferences, tones } = open();
  expect(editor.key(press('F8'))).toBe(false);
  editor.begin('unlisted');
  expect(editor.key(press('Shift', true))).toBe(false);
  expect(editor.key(press('F8'))).toBe(true);
  expect(preferences.preferences().keys).toEqual({ unlisted: 'F8', price: 'End' });
  expect([editor.editing(), editor.isChanged(), tones]).toEqual([undefined, true, ['ok']]);
  editor.reset();
  expect([editor.isChanged(), preferences.preferences().keys]).toEqual([false, {}]);
});

test('a key that stays where it is is refused and asked for again; Escape, or the same row again, leaves it', () => {
  const { editor, preferences, tones } = open();
  editor.begin('unlisted');
  expect(editor.key(press('Enter'))).toBe(true);
  expect([editor.editing(), tones]).toEqual(['unlisted', ['error']]);
  expect(editor.key(press('Escape'))).toBe(true);
  editor.begin('price');
  editor.begin('price');
  expect([editor.editing(), preferences.preferences().keys]).toEqual([undefined, {}]);
});
