import { expect, test } from 'vitest';

import { answerSchema } from '../hub-client.ts';
import { MISSING_WORDS } from './missing-list.ts';

test('P-5: each kind that the hub may tell has its words; what is of no kind is refused', () => {
  const read = (kind: string) =>
    answerSchema('getMissingReferences').safeParse({
      missing: [{ kind, name: '1-feed-000001', store: '1', names: 2, sinceMs: 5, entry: null, cell: null }],
    }).success;
  const words = Object.entries(MISSING_WORDS).map(([kind, { what, namedBy }]) =>
    [read(kind), what, namedBy(1, 'K'), namedBy(3, 'K')].join(' | '),
  );
  expect(words).toEqual([
    'true | Receipt | goods came back of it | goods came back of it 3 times',
    'true | What was put on | it was paid with | it was paid with 3 times',
    'true | Entry | what comes behind it was sent, and is not taken without it | what comes behind it was sent, and is not taken without it',
    'true | Entries up to | in what 1 count found | in what 3 counts found',
    'true | Entry | it set a basket aside with which another lane went on | it set a basket aside with which another lane went on',
    'true | Article | code K | 3 codes, K first',
    'true | Article | 1 price | 3 prices',
    'true | Article | page of keys K | 3 pages of keys, K first',
    'true | Deposit | article K | 3 articles, K first',
    'true | Tax class | article K | 3 articles, K first',
  ]);
  expect(read('operator')).toBe(false);
});
