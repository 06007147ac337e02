import { expect, test } from 'vitest';

import { columnsIn, columnsText, rememberColumns, rememberedColumns } from './shown-columns.ts';

/** A browser's, in memory. */
function createStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { readonly held: ReadonlyMap<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  };
}

test('columns are as they were chosen, each once, and no more than stand beside each other; what is no code is left out', () => {
  expect(columnsIn('')).toEqual([]);
  expect(columnsIn('voltage,fabric,voltage')).toEqual(['voltage', 'fabric']);
  expect(columnsIn('Voltage,,a b,constructor')).toEqual(['constructor']);
  expect(columnsIn('a,b,c,d,e')).toEqual(['a', 'b', 'c', 'd']);
  expect(columnsIn(columnsText(['b', 'a']))).toEqual(['b', 'a']);
});

test('each person’s are kept for themselves; who wants none leaves nothing behind', () => {
  const storage = createStorage();
  rememberColumns(storage, 'kim', ['voltage', 'fabric']);
  rememberColumns(storage, 'sam', ['fabric']);
  expect([rememberedColumns(storage, 'kim'), rememberedColumns(storage, 'sam'), rememberedColumns(storage, 'robin')]).toEqual([
    ['voltage', 'fabric'],
    ['fabric'],
    [],
  ]);
  rememberColumns(storage, 'kim', []);
  rememberColumns(storage, 'sam', []);
  expect(storage.held.size).toBe(0);
});

test('what somebody else wrote there is read as codes, or not at all', () => {
  const storage = createStorage();
  storage.setItem('holdfast.columns.kim', '[1,"<b>",fabric');
  expect(rememberedColumns(storage, 'kim')).toEqual(['fabric']);
});
