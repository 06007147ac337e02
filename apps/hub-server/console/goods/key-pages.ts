/** Pages of keys as the hub tells them, checked on arrival, in the shape that the shared editor arranges. */
import { keysInOrder, type ArrangedKey, type ArrangedPage, type KeyArrangerWords, type SavedPage } from '@holdfast/ui';
import { useQuery } from '@tanstack/react-query';

import { type Answer, askHub } from '../hub-client.ts';
import { pictureAddress } from './pictures.ts';

type Product = Answer<'getKeyPages'>['pages'][number]['keys'][number];

const MOST_FOUND = 24;

/** The global scope, or a store's: `global`, `store:1`. */
export const scopeOf = (store: string | undefined): string => (store === undefined || store === '' ? 'global' : `store:${store}`);

/** What tells goods of one name apart stands below it. */
export const keyOf = ({ sku, name, brand, plu, symbol, picture }: Product): ArrangedKey => ({
  sku,
  name,
  symbol,
  picture: picture && pictureAddress(picture),
  note: [plu, brand ?? (plu === undefined ? sku : undefined)].filter((part) => part !== undefined && part !== '').join(' · '),
});

export interface KeyPages {
  readonly pages: readonly ArrangedPage[];
  readonly maxKeys: number;
  readonly maxName: number;
}

export const useKeyPages = (scope: string) =>
  useQuery({
    queryKey: ['keyPages', scope],
    queryFn: async ({ signal }): Promise<KeyPages> => {
      const { pages, ...most } = await askHub('getKeyPages', { question: { scope } }, signal);
      return {
        ...most,
        pages: pages.map((page) => ({ ...page, keys: keysInOrder(page.keys.map(keyOf), page.skus, 'not in the catalogue') })),
      };
    },
  });

export async function findProducts(scope: string, text: string): Promise<readonly ArrangedKey[]> {
  return (await askHub('getProduct', { question: { q: text, scope, limit: MOST_FOUND } })).products.map(keyOf);
}

export const arrangeKeys = async (scope: string, { name, position, skus }: SavedPage): Promise<unknown> =>
  askHub('putKeyPagesByPage', { question: { page: name }, body: { scope, position, skus } });

export const KEY_PAGE_WORDS: KeyArrangerWords = {
  pages: 'Pages of keys',
  newPage: 'New page',
  addPage: 'Add',
  place: 'Stands',
  first: 'in front of all',
  after: (page) => `behind ${page}`,
  keys: 'Keys of this page',
  noKeys: 'No keys yet: find goods beside this.',
  earlier: 'Earlier',
  later: 'Later',
  remove: 'Take off',
  find: 'Find goods by name, brand or code',
  found: 'Goods found',
  nothingFound: 'Nothing is called that',
  full: 'The page is full: take a key off first',
  count: (keys, most) => `${keys} of ${most}`,
  asTheyCome: 'Nobody arranged it: the department’s goods, as they come.',
  clearPage: 'Take the page away',
  discard: 'Discard',
  save: 'Save',
  picture: { set: 'Picture…', remove: 'Remove the picture' },
  saved: 'Saved: lanes show it within moments, those that are offline once they are back.',
};
