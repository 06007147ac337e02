import { ENTITY_TYPES, priceKey } from '@holdfast/domain';
import { describe, expect, test } from 'vitest';

import { goodsRows, workloadFigures } from './workload.ts';

type Store = Parameters<typeof goodsRows>[0];

/** A lane that shows these articles, with these prices. */
function showing(articles: ReadonlyMap<string, number | null>): Store {
  const keys = [...articles.keys()].sort();
  const entity = (type: number, key: string, cents: number | null) => ({ type, key, scope: 'global', fields: new Map([[1, cents]]) });
  return {
    cut: () => ({ position: { hubEpoch: 'e', lsn: 1, historyHash: '' }, at: 1 }),
    readEntity: (type, key) => {
      const sku = keys.find((each) => key === each || key === priceKey(each, 'regular'));
      const cents = sku === undefined ? null : (articles.get(sku) ?? null);
      if (sku === undefined || (type === ENTITY_TYPES.price.type && cents === null)) return [];
      return [entity(type, key, cents)];
    },
    readPrefix: (type, _prefix, _at, limit, after = '') =>
      keys
        .filter((key) => key > after)
        .slice(0, limit)
        .map((key) => entity(type, key, null)),
  };
}

describe('what of the goods came out wrong', () => {
  const published = { count: 4, skuOf: (n: number) => `A-${n}`, centsOf: (n: number) => (n === 3 ? null : 100 + n) };

  test('nothing, where a lane shows what was published', () => {
    const lane = showing(
      new Map([
        ['A-0', 100],
        ['A-1', 101],
        ['A-2', 102],
      ]),
    );
    expect(goodsRows(lane, published)).toEqual({ lost: 0, doubled: 0, divergent: 0 });
  });

  test('an article without a price is lost, one that nobody published is there twice, and another price and a removed article differ', () => {
    const lane = showing(
      new Map([
        ['A-0', null],
        ['A-2', 7],
        ['A-3', 103],
        ['B-9', 1],
      ]),
    );
    expect(goodsRows(lane, published)).toEqual({ lost: 2, doubled: 1, divergent: 2 });
  });
});

describe('what is told of a workload', () => {
  const workload = {
    sentBytes: 300,
    boundBytes: 200,
    cost: {
      value: undefined,
      tookS: 2,
      used: [
        { cpuS: 1, peakMb: 10 },
        { cpuS: 3, peakMb: 20 },
      ],
    },
    rows: { lost: 1, doubled: 2, divergent: 3 },
  };

  test('is all that is asked of each of them', () => {
    expect(workloadFigures('W2', workload).map(({ name, value, unit }) => `${name} ${value} ${unit}`)).toEqual([
      'W2: sent 300 bytes',
      'W2: bound 200 bytes',
      'W2: sent ÷ bound 1.5 ×',
      'W2: converged 2 s',
      'W2: processor, both ends 4 s',
      'W2: peak memory, hub 10 MB',
      'W2: peak memory, lane 20 MB',
      'W2: rows lost 1 rows',
      'W2: rows doubled 2 rows',
      'W2: rows that differ 3 rows',
    ]);
  });

  test('has no share of a bound that is nothing', () => {
    expect(workloadFigures('W4', { ...workload, boundBytes: 0 }).some(({ name }) => name.includes('÷'))).toBe(false);
  });
});
