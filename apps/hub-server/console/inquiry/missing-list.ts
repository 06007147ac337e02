/** What is named and not there, as the hub tells it, checked on arrival, and in words. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { plural } from '../format.ts';
import { type Answer, askHub } from '../hub-client.ts';

export type MissingReference = Answer<'getMissingReferences'>['missing'][number];

const REFRESH_MS = 15_000;
/** Of each kind; what has come makes room for the next. */
export const MOST_MISSING = 50;

export const useMissingReferences = () =>
  useQuery({
    queryKey: ['missing-references'],
    queryFn: async ({ signal }) => (await askHub('getMissingReferences', { question: { limit: MOST_MISSING } }, signal)).missing,
    placeholderData: keepPreviousData,
    // Also where it was not told in time: of very many goods the first look behind a publication may take longer than somebody waits, and the next one has it.
    refetchInterval: REFRESH_MS,
  });

interface Words {
  readonly what: string;
  /** Of how many, and the key of the first. */
  readonly namedBy: (names: number, cell: string) => string;
  readonly until: string;
}

/** A price's key has parts that nobody reads; the first is its SKU. */
const several = (names: number, one: string, many: string, cell: string): string =>
  names === 1 ? `${one} ${cell}` : `${plural(names, one, many)}, ${cell} first`;

export const MISSING_WORDS: Readonly<Record<MissingReference['kind'], Words>> = {
  receiptOfReturn: {
    what: 'Receipt',
    namedBy: (names) => (names === 1 ? 'goods came back of it' : `goods came back of it ${names} times`),
    until: 'the lane that sold is heard of',
  },
  loadOfAccount: {
    what: 'What was put on',
    namedBy: (names) => (names === 1 ? 'it was paid with' : `it was paid with ${names} times`),
    until: 'the lane that sold it is heard of',
  },
  entryBeforeBatch: {
    what: 'Entry',
    namedBy: () => 'what comes behind it was sent, and is not taken without it',
    until: 'its device, or another lane of the store, sends it',
  },
  entryOfCount: {
    what: 'Entries up to',
    namedBy: (names) => `in what ${plural(names, 'count')} found`,
    until: 'that lane is heard of',
  },
  entryOfBasket: {
    what: 'Entry',
    namedBy: () => 'it set a basket aside with which another lane went on',
    until: 'that lane is heard of',
  },
  itemOfCode: {
    what: 'Article',
    namedBy: (names, cell) => several(names, 'code', 'codes', cell),
    until: 'it is published: until then the code is unknown at lanes',
  },
  itemOfPrice: {
    what: 'Article',
    namedBy: (names) => plural(names, 'price'),
    until: 'it is published: until then the price is nobody’s',
  },
  itemOfKey: {
    what: 'Article',
    namedBy: (names, cell) => several(names, 'page of keys', 'pages of keys', cell),
    until: 'it is published: until then the key is not shown',
  },
  itemOfDeposit: {
    what: 'Deposit',
    namedBy: (names, cell) => several(names, 'article', 'articles', cell),
    until: 'it is published',
  },
  taxClassOfItem: {
    what: 'Tax class',
    namedBy: (names, cell) => several(names, 'article', 'articles', cell),
    until: 'it is published',
  },
};
