import { expect, test } from 'vitest';

import type { Tile } from '../../shared/till-contract.ts';
import { SHOWN_AT_ONCE, shownGoods } from './shown-goods.ts';

const goods = (count: number): readonly Tile[] =>
  Array.from({ length: count }, (_, index) => ({ sku: `S${index}`, name: 'x', unit: 'piece' }));
const skus = (count: number, turn: number): readonly string[] => shownGoods(goods(count), turn).map(({ sku }) => sku);

test.each([
  [0, 0, []],
  [3, 7, ['S0', 'S1', 'S2']],
  [4, 1, ['S0', 'S1', 'S2', 'S3']],
  [6, 0, ['S0', 'S1', 'S2', 'S3']],
  [6, 1, ['S4', 'S5', 'S0', 'S1']],
  [6, 2, ['S2', 'S3', 'S4', 'S5']],
])('of %d goods the turn %d shows %o', (count, turn, shown) => {
  expect(skus(count, turn)).toEqual(shown);
});

test('each has its turn, and none stands twice at once', () => {
  for (let count = 1; count < 20; count += 1) {
    const turns = Array.from({ length: count }, (_, turn) => skus(count, turn));
    expect(new Set(turns.flat()).size).toBe(count);
    for (const shown of turns) expect(new Set(shown).size).toBe(Math.min(count, SHOWN_AT_ONCE));
  }
});
