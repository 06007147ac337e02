import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, goods, IDENTITY, MILK, publish, type TestLane } from '../testing/test-lane.ts';
import { fold } from './search.ts';

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([
    ...ASSORTMENT,
    ...goods({ sku: 'BREAD', name: 'Weißbrot geschnitten', cents: 219, brand: 'Müller', category: 'Bakery' }),
    ...goods({ sku: 'CREME', name: 'Crème brûlée', cents: 349, category: 'Dairy' }),
    ...goods({ sku: 'MILKCHOC', name: 'Chocolate with milk', cents: 99, brand: 'Ritter', category: 'Sweets' }),
    ...goods({ sku: 'MILKSHAKE', name: 'Milkshake', cents: 199, category: 'Dairy' }),
    ...goods({ sku: 'CJK', name: '牛奶 milk tea', cents: 199 }),
  ]);
});
afterEach(() => lane.close());

const find = (text: string, limit = 10): readonly string[] =>
  (lane.take({ type: 'search', text, limit }).tiles ?? []).map((tile) => tile.sku);

describe('goods are found', () => {
  test.each([
    ['by the beginning of a word, the best first', 'milk', ['MILK', 'CJK', 'MILKCHOC', 'MILKSHAKE']],
    ['as it is typed', 'mil', ['MILK', 'MILKSHAKE', 'CJK', 'MILKCHOC']],
    ['from the first letter on', 'm', ['MILK', 'MILKSHAKE']],
    ['by several beginnings in any order', 'mil choc', ['MILKCHOC']],
    ['without their diacritics', 'creme bru', ['CREME']],
    ['with theirs', 'Crème', ['CREME']],
    ['with ß as ss', 'weissbrot', ['BREAD']],
    ['by brand', 'muller', ['BREAD']],
    ['by brand and name together', 'Ritter cho', ['MILKCHOC']],
    ['by PLU', '4011', ['APPLE']],
    ['by the beginning of a GTIN-13', MILK.slice(0, 6), ['MILK']],
    ['by a whole GTIN-13', MILK, ['MILK']],
    ['by SKU, bytewise', '85123A', ['85123A']],
    ['in other scripts', '牛', ['CJK']],
  ])('%s: %s', (_how, text, skus) => {
    expect(find(text)).toEqual(skus);
  });

  test.each(['', ' ', '"', '*', 'AND', 'NEAR(', '^', '-', "'; --", 'milk"*', '\u0000', 'zz', ')('])('and %j breaks nothing', (text) => {
    expect(lane.ask({ type: 'search', text, limit: 10 }).reply.type).toBe('reply');
  });

  test('with what they cost now', () => {
    expect(lane.take({ type: 'search', text: 'apples', limit: 1 }).tiles).toEqual(
      [{ sku: 'APPLE', name: 'Apples', category: undefined, plu: '4011', unit: 'gram', unitPrice: { amount: 299, decimals: 2 } }].map(
        ({ category: _category, ...tile }) => tile,
      ),
    );
  });
});

describe('variants of a style', () => {
  const shirt = (sku: string, options: string, more: object = {}) => ({
    type: 'item' as const,
    key: sku,
    fields: { name: 'Oxford shirt', brand: 'Kern', unit: 'piece', taxClass: 'standard', style: 'Oxford', options, ...more },
  });
  const names = (text: string, how: { readonly byStyle?: true; readonly style?: string } = { byStyle: true }): readonly string[] =>
    (lane.take({ type: 'search', text, limit: 20, ...how }).tiles ?? []).map(({ name, variants }) =>
      variants === undefined ? name : `${name} (${variants})`,
    );
  beforeEach(() =>
    publish(lane.store, [
      shirt('OX-1', 'Size: XL; Colour: Blue'),
      shirt('OX-2', 'Size: M; Colour: Blue'),
      shirt('OX-3', 'Size: M; Colour: White', { name: 'Milk white shirt M' }),
      ...goods({ sku: 'OXTAIL', name: 'Oxtail soup', cents: 349 }),
    ]),
  );

  test('stand once, as their style; one that is meant alone stands as itself', () => {
    expect(names('ox')).toEqual(['Oxtail soup', 'Oxford (3)']);
    expect(names('oxford blue')).toEqual(['Oxford (3)']);
    expect(names('oxford white')).toEqual(['Milk white shirt M']);
    expect(names('OX-2')).toEqual(['Oxford shirt M Blue']);
    expect(names('kern xl')).toEqual(['Oxford shirt XL Blue']);
    expect(names('ox', {}).toSorted()).toEqual(['Milk white shirt M', 'Oxford shirt M Blue', 'Oxford shirt XL Blue', 'Oxtail soup']);
  });

  test('are told in the order of their options, and sold under what tells them apart', () => {
    expect(names('ox', { style: 'Oxford' })).toEqual(['Oxford shirt M Blue', 'Milk white shirt M', 'Oxford shirt XL Blue']);
    expect(names('', { style: 'oxford' })).toEqual([]);
    publish(lane.store, [shirt('OX-2', 'Size: M; Colour: Blue', { style: null, options: null }), { type: 'item', key: 'OX-1' }]);
    expect(names('', { style: 'Oxford' })).toEqual(['Milk white shirt M']);
    expect(names('oxf').toSorted()).toEqual(['Milk white shirt M', 'Oxford shirt']);
    publish(
      lane.store,
      goods({ sku: 'OX-4', name: 'Oxford shirt', cents: 4_990, gtin: '4006381333931', style: 'Oxford', options: 'Size: S; Colour: Red' }),
    );
    lane.take({ type: 'scan', code: '4006381333931' });
    expect(lane.lines()).toMatchObject([{ sku: 'OX-4', name: 'Oxford shirt S Red', amountMinor: 4_990 }]);
  });
});

describe('the index follows the cells', () => {
  test('a renamed item is found by its new name only, a removed one not at all', () => {
    publish(lane.store, [{ type: 'item', key: 'MILK', fields: { name: 'Oat drink', unit: 'piece', taxClass: 'reduced' } }]);
    expect(find('oat')).toEqual(['MILK']);
    expect(find('milk')).not.toContain('MILK');
    publish(lane.store, [{ type: 'item', key: 'MILK' }]);
    expect(find('oat')).toEqual([]);
    expect(lane.till.itemCount()).toBe(12);
  });

  test('a name of this store’s own hides the one that all have', () => {
    publish(lane.store, [{ type: 'item', key: 'MILK', scope: 'store:1', fields: { name: 'Village milk' } }]);
    publish(lane.store, [{ type: 'item', key: 'BEER', scope: 'store:2', fields: { name: 'Elsewhere' } }]);
    expect(find('village')).toEqual(['MILK']);
    expect(find('elsewhere')).toEqual([]);
  });

  test('C-11: goods of the zone that the store moves to are found with the cut that moves it, under the name that they have there', () => {
    const named = (key: string, name: string) => ({
      type: 'item' as const,
      key,
      scope: 'zone:2',
      fields: { name, taxClass: 'standard', unit: 'piece' },
    });
    expect(find('island')).toEqual([]);
    const moves = { type: 'setting' as const, key: 'zone', scope: `store:${IDENTITY.store}`, fields: { value: '2' } };
    publish(lane.store, [named('BEER', 'Island beer'), named('RUM', 'Island rum'), moves]);
    expect(find('island').toSorted()).toEqual(['BEER', 'RUM']);
  });

  test('an open basket searches its own cut', () => {
    lane.take({ type: 'scan', code: MILK });
    publish(lane.store, goods({ sku: 'NEW', name: 'Brand-new', cents: 1 }));
    expect(find('brand-new')).toEqual([]);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(find('brand-new')).toEqual(['NEW']);
  });
});

describe('the keys of the screen', () => {
  test('departments in their order, else the categories that items name', () => {
    expect(lane.take({ type: 'tiles' }).departments).toEqual(['Bakery', 'Dairy', 'Drinks', 'Produce', 'Sweets']);
    publish(lane.store, [
      { type: 'department', key: 'Produce', fields: { position: 1 } },
      { type: 'department', key: 'Dairy', fields: { position: 2 } },
    ]);
    expect(lane.take({ type: 'tiles' }).departments).toEqual(['Produce', 'Dairy']);
  });

  test('goods with a PLU first, then by name', () => {
    publish(lane.store, goods({ sku: 'AAA', name: 'Aardvark fruit', cents: 100, category: 'Produce' }));
    const tiles = lane.take({ type: 'tiles', department: 'Produce' }).tiles ?? [];
    expect(tiles.map((tile) => tile.sku)).toEqual(['APPLE', 'PEAR', 'AAA']);
  });
});

test.each([
  ['  Crème   BRÛLÉE ', 'creme brulee'],
  ['Straße', 'strasse'],
  ['Łódź', 'lodz'],
  ['Smørrebrød', 'smorrebrod'],
  ['ﬁsh', 'fish'],
])('%j folds to %j', (text, folded) => {
  expect(fold(text)).toBe(folded);
});
