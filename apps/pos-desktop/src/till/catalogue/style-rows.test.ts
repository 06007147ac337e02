import { expect, test } from 'vitest';

import { styleRows } from './style-rows.ts';

test.each([
  ['nothing', '', ''],
  ['goods of no style', 'a b c', 'a b c'],
  ['a style once, where its first variant stood', 'a b:S c d:S e:S', 'a S(b,d,e) c'],
  ['one variant alone as itself', 'b:S a', 'b a'],
  ['each style by itself', 'a:S b:T c:T d:S e:U', 'S(a,d) T(b,c) e'],
])('%s', (_what, hits, rows) => {
  const found = hits
    .split(' ')
    .filter((hit) => hit !== '')
    .map((hit) => ({ sku: hit.split(':')[0] ?? '', style: hit.split(':')[1] }));
  expect(
    styleRows(found)
      .map(({ style, skus }) => (style === undefined ? skus.join('+') : `${style}(${skus.join(',')})`))
      .join(' '),
  ).toBe(rows);
});
