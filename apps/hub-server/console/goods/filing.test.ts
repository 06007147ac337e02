import { expect, test } from 'vitest';

import { filingChangeOf } from './filing-drawer.tsx';

const WRITTEN = { act: 'rename' as const, name: '', parent: '', into: '' };

test.each([
  [{ category: 'Dairy' }, { name: ' Milk ' }, { act: 'rename', category: 'Dairy', name: 'Milk' }],
  [{ category: 'Dairy' }, { name: 'Dairy ' }, undefined],
  [{ category: 'Dairy' }, { act: 'move' as const, parent: 'Food' }, { act: 'move', category: 'Dairy', parent: 'Food' }],
  [{ category: 'Dairy' }, { act: 'move' as const }, { act: 'move', category: 'Dairy', parent: null }],
  [{ category: 'Dairy' }, { act: 'join' as const, into: 'Food' }, { act: 'join', category: 'Dairy', into: 'Food' }],
  [{ category: 'Dairy' }, { act: 'join' as const }, undefined],
  [{ category: 'Dairy' }, { act: 'remove' as const, name: 'x' }, { act: 'remove', category: 'Dairy' }],
  [{ category: null }, { name: 'Fish', parent: 'Food' }, { act: 'make', category: 'Fish', parent: 'Food' }],
  [{ category: null }, { name: ' ' }, undefined],
  [{ brand: 'Alm' }, { name: 'Alp' }, { act: 'renameBrand', brand: 'Alm', name: 'Alp' }],
  [{ brand: 'Alm' }, { name: 'Alm' }, undefined],
])('of %o, %o asks the hub for %o', (of, written, asked) => {
  expect(filingChangeOf(of, { ...WRITTEN, ...written })).toEqual(asked);
});
