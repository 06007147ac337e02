import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { keyPageFields, MAX_PAGE_KEYS, readKeyPage } from './key-page.ts';

const PAGE = { position: 3, skus: ['BK-1', 'BK-2', 'a b|c'] };

test('a page reads back as it was written', () => {
  expect(readKeyPage('Bakery', keyPageFields(PAGE))).toEqual({ ok: true, value: PAGE });
});

test('a page without keys is read: it takes the one of a wider scope away', () => {
  expect(readKeyPage('Bakery', { position: 0 })).toEqual({ ok: true, value: { position: 0, skus: [] } });
  expect(readKeyPage('Bakery', { position: 0, keys: '' })).toEqual({ ok: true, value: { position: 0, skus: [] } });
});

test.each([
  ['no name', '', {}, 'key'],
  ['a name with blanks around it', ' Bakery', {}, 'key'],
  ['a name of two lines', 'Ba\nkery', {}, 'key'],
  ['a name that no tab holds', 'x'.repeat(41), {}, 'key'],
  ['no position', 'Bakery', { position: undefined }, 'position'],
  ['a position that no tab has', 'Bakery', { position: 10_000_000 }, 'position'],
  ['half a position', 'Bakery', { position: 0.5 }, 'position'],
  ['an empty line', 'Bakery', { keys: 'A\n\nB' }, 'keys'],
  ['goods twice', 'Bakery', { keys: 'A\nB\nA' }, 'keys'],
  ['too many keys', 'Bakery', { keys: Array.from({ length: MAX_PAGE_KEYS + 1 }, (_, index) => `S${index}`).join('\n') }, 'keys'],
  ['keys that are a number', 'Bakery', { keys: 4 }, 'keys'],
])('%s: no page', (_what, name, more, field) => {
  const read = readKeyPage(name, { ...keyPageFields(PAGE), ...more });
  assert(!read.ok && read.error.type === 'malformedEntity', 'it is refused');
  expect(read.error.detail).toMatchObject({ entity: 'keyPage', key: name, field });
});
