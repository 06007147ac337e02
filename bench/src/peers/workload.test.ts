import { describe, expect, test } from 'vitest';

import { createPeerWorkload, goodsAfter, pricesOf, skusOf, type PeerWorkload } from './workload.ts';

const DAYS = 5;
const ITEMS = 300;
const plain = createPeerWorkload({ items: ITEMS, script: 'plain', days: DAYS });
const hard = createPeerWorkload({ items: ITEMS, script: 'hard', days: DAYS });
const changeOf = ({ changes }: PeerWorkload, at: number) => changes[at] ?? [];

describe('what peers are given', () => {
  test('is the same for both ends', () => {
    const other = createPeerWorkload({ items: ITEMS, script: 'hard', days: DAYS });
    expect([...goodsAfter(other, 2).values()]).toEqual([...goodsAfter(hard, 2).values()]);
  });

  test('a hundredth of the prices changes, a tenth, and a tenth with one more that is urgent', () => {
    expect(plain.changes.map((change) => pricesOf(change).size)).toEqual([3, 30, 31]);
    expect(changeOf(plain, 2).filter(({ isUrgent }) => isUrgent)).toHaveLength(1);
  });

  test('each price that changes is another one than before', () => {
    for (const [at, change] of plain.changes.entries()) {
      const before = goodsAfter(plain, at - 1);
      expect([...pricesOf(change)].filter(([sku, cents]) => before.get(sku)?.cents === cents)).toEqual([]);
    }
  });

  test('what goes is back the day after: in the end what went last is not there, and all else is as it was', () => {
    const change = changeOf(hard, 0);
    const gone = change.at(-1)?.removed ?? [];
    expect(change).toHaveLength(DAYS);
    expect(gone.length).toBeGreaterThan(0);
    const before = goodsAfter(hard, -1);
    expect(goodsAfter(hard, 0)).toEqual(new Map([...before].filter(([sku]) => !gone.includes(sku))));
    expect(skusOf(change).length).toBeGreaterThan(gone.length);
  });

  test('a column comes to every article, and prices that change behind it leave it there', () => {
    const [before, after] = [goodsAfter(hard, 0), goodsAfter(hard, 1)];
    expect([...before.values()].every(({ maximumPerSale }) => maximumPerSale === undefined)).toBe(true);
    expect([...after.values()].every(({ maximumPerSale }) => maximumPerSale !== undefined)).toBe(true);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    expect([...goodsAfter(hard, 2).values()].every(({ maximumPerSale }) => maximumPerSale !== undefined)).toBe(true);
  });
});
