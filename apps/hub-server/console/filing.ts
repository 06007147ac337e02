/** What articles are filed under, as the hub tells it, checked on arrival: collections, and the brands that there are. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './ask.ts';

const collectionsSchema = z.object({
  collections: z.array(z.object({ collection: z.string(), title: z.string(), description: z.string().nullable(), size: z.int() })),
  next: z.string().nullable(),
});
const brandsSchema = z.object({ brands: z.array(z.string()), next: z.string().nullable() });

/** More are found by how they begin, on their own page. */
const MOST = 200;

export const useCollections = () =>
  useQuery({
    queryKey: ['collections'],
    queryFn: async ({ signal }) => (await ask(collectionsSchema, `/api/v1/collection?limit=${MOST}`, {}, signal)).collections,
    staleTime: 60_000,
  });

/** Those whose names begin so. */
export const useBrands = (begins: string) =>
  useQuery({
    queryKey: ['brands', begins],
    queryFn: async ({ signal }) =>
      (await ask(brandsSchema, `/api/v1/brands?${String(new URLSearchParams({ q: begins, limit: '50' }))}`, {}, signal)).brands,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
