import { expect, test } from 'vitest';

import { keyOf, scopeOf } from './key-pages.ts';

test.each([
  [{ sku: 'A', name: 'Apples', plu: '4011', brand: 'Bio' }, '4011 · Bio'],
  [{ sku: 'A', name: 'Apples', plu: '4011' }, '4011'],
  [{ sku: 'A', name: 'Apples', brand: 'Bio' }, 'Bio'],
  [{ sku: 'A', name: 'Apples' }, 'A'],
])('goods of one name are told apart by PLU and brand, else by SKU: %o', (product, note) => {
  expect(keyOf({ ...product, unit: 'piece' }).note).toBe(note);
});

test('a page is laid out for all stores where none is chosen', () => {
  expect([scopeOf(undefined), scopeOf(''), scopeOf('7')]).toEqual(['global', 'global', 'store:7']);
});
