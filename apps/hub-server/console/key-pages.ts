/** Pages of keys as the hub tells them, checked on arrival, in the shape that the shared editor arranges. */
import type { ArrangedKey, ArrangedPage, KeyArrangerWords, SavedPage } from '@holdfast/ui';
import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';

const productSchema = z.object({
  sku: z.string(),
  name: z.string(),
  brand: z.string().optional(),
  plu: z.string().optional(),
  symbol: z.string().optional(),
  picture: z.string().optional(),
});
type Product = z.infer<typeof productSchema>;

const foundSchema = z.object({ products: z.array(productSchema), next: z.string().nullable() });
const pagesSchema = z.object({
  pages: z.array(z.object({ name: z.string(), position: z.int(), isArranged: z.boolean(), keys: z.array(productSchema) })),
  maxKeys: z.int(),
  maxName: z.int(),
});
const arrangedSchema = z.object({ lsn: z.int().nullable() });

const MOST_FOUND = 24;

/** The global scope, or a store's: `global`, `store:1`. */
export const scopeOf = (store: string | undefined): string => (store === undefined || store === '' ? 'global' : `store:${store}`);

/** What tells goods of one name apart stands below it. */
export const keyOf = ({ sku, name, brand, plu, symbol, picture }: Product): ArrangedKey => ({
  sku,
  name,
  symbol,
  picture: picture && `./api/v1/pictures/${picture}`,
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
      const { pages, ...most } = await ask(pagesSchema, `/api/v1/key-pages?${String(new URLSearchParams({ scope }))}`, {}, signal);
      return { ...most, pages: pages.map((page) => ({ ...page, keys: page.keys.map(keyOf) })) };
    },
  });

export async function findProducts(scope: string, text: string): Promise<readonly ArrangedKey[]> {
  const query = new URLSearchParams({ q: text, scope, limit: String(MOST_FOUND) });
  return (await ask(foundSchema, `/api/v1/product?${String(query)}`, {})).products.map(keyOf);
}

export const arrangeKeys = async (scope: string, { name, position, skus }: SavedPage): Promise<unknown> =>
  ask(arrangedSchema, `/api/v1/key-pages/${encodeURIComponent(name)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ scope, position, skus }),
  });

const picturedSchema = z.object({ picture: z.string().nullable() });

/** Null takes it away. */
export async function putPicture(scope: string, sku: string, picture: Blob | null): Promise<unknown> {
  const path = `/api/v1/product/${encodeURIComponent(sku)}/picture?${String(new URLSearchParams({ scope }))}`;
  return picture === null
    ? ask(picturedSchema, path, { method: 'DELETE' })
    : ask(picturedSchema, path, { method: 'PUT', headers: { 'content-type': picture.type }, body: picture });
}

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
  count: (keys, most) => `${keys} of ${most}`,
  asTheyCome: 'Nobody arranged it: the department’s goods, as they come.',
  clearPage: 'Take the page away',
  discard: 'Discard',
  save: 'Save',
  picture: { set: 'Picture…', remove: 'Remove the picture' },
  saved: 'Saved: lanes show it within moments, those that are offline once they are back.',
};
