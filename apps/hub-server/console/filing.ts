/** What articles are filed under, as the hub tells it, checked on arrival: collections, and the brands that there are. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { askHub } from './hub-client.ts';

/** More are found by how they begin, on their own page. */
const MOST = 200;

export const useCollections = () =>
  useQuery({
    queryKey: ['collections'],
    queryFn: async ({ signal }) => (await askHub('getCollection', { question: { limit: MOST } }, signal)).collections,
    staleTime: 60_000,
  });

/** Those whose names begin so. */
export const useBrands = (begins: string) =>
  useQuery({
    queryKey: ['brands', begins],
    queryFn: async ({ signal }) => (await askHub('getBrands', { question: { q: begins, limit: 50 } }, signal)).brands,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
