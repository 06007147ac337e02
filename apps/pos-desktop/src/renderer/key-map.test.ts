import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { createKeyMap, FREE_KEYS, isMovable, parseKeyChoices, rebind } from './key-map.ts';
import { KEY_BINDINGS } from './keys.ts';

const press = (key: string) => ({ key: key.replace('Shift+', ''), shiftKey: key.startsWith('Shift+') });

test('without a choice the keys are those of the table', () => {
  const map = createKeyMap();
  expect(map.bindings).toEqual(KEY_BINDINGS);
  expect(map.actionOfKey(press('End'))).toBe('unlisted');
  expect(map.actionOfKey(press('Shift+End'))).toBe('slip');
  expect(map.actionOfKey(press('Shift+Enter'))).toBe('enter');
  expect(map.capOf('unlisted')).toBe('End');
});

test('an action that takes a key gives its own to whoever had it; a free key is taken alone', () => {
  const swapped = rebind({}, 'unlisted', 'F8') ?? {};
  const map = createKeyMap(swapped);
  expect([map.actionOfKey(press('F8')), map.actionOfKey(press('End'))]).toEqual(['unlisted', 'price']);
  expect([map.capOf('unlisted'), map.capOf('price')]).toEqual(['F8', 'End']);
  const alone = createKeyMap(rebind(swapped, 'service', 'Shift+Pause'));
  expect(alone.actionOfKey(press('Shift+Pause'))).toBe('service');
  expect(alone.capOf('service')).toBe('⇧Pause');
  expect(alone.actionOfKey(press('Shift+Home'))).toBe('drawer');
});

test.each([
  ['enter', 'F1'],
  ['clear', 'F1'],
  ['voidLine', 'F1'],
  ['yes', 'F1'],
  ['exact', 'Enter'],
  ['exact', 'Escape'],
  ['exact', 'F11'],
  ['exact', 'a'],
  ['exact', 'ArrowUp'],
] as const)('%s stays off %s', (action, key) => expect(rebind({}, action, key)).toBeUndefined());

test('what was kept is read back; what is none, or doubles a key, is none', () => {
  const choices = rebind({}, 'unlisted', 'F8') ?? {};
  expect(parseKeyChoices(JSON.stringify(choices))).toEqual(choices);
  expect(parseKeyChoices(JSON.stringify({ unlisted: 'F8' }))).toEqual({});
  for (const text of [null, '', '{', 'null', '[]', '"F1"', '{"nothing":"F1"}', '{"exact":"Enter"}', '{"exact":7}', '{"enter":"F1"}'])
    expect(parseKeyChoices(text), String(text)).toEqual({});
});

test('however often keys are moved, none does two things and none is lost', () => {
  const movable = KEY_BINDINGS.filter(isMovable).map(({ action }) => action);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...movable), fc.constantFrom(...FREE_KEYS)), { maxLength: 30 }), (moves) => {
      let choices = {};
      for (const [action, key] of moves) choices = rebind(choices, action, key) ?? choices;
      const { bindings } = createKeyMap(choices);
      const keys = bindings.flatMap((binding) => binding.keys ?? []);
      expect(new Set(keys).size).toBe(keys.length);
      expect(bindings.map(({ action }) => action)).toEqual(KEY_BINDINGS.map(({ action }) => action));
      expect(parseKeyChoices(JSON.stringify(choices))).toEqual(choices);
    }),
  );
});
