/** What articles are filed under, as the hub tells it, checked on arrival: categories, collections, and the brands that there are; and what is changed of them. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { z } from 'zod';

import { type Answer, askHub } from '../hub-client.ts';
import { askLines, type Progress } from '../progress.ts';

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

export type Category = Answer<'getCategories'>['categories'][number];

export const useCategories = () =>
  useQuery({
    queryKey: ['categories'],
    queryFn: async ({ signal }) => (await askHub('getCategories', {}, signal)).categories,
    staleTime: 60_000,
  });

/** With how many articles have each. */
export const useBrandSizes = (begins: string) =>
  useInfiniteQuery({
    queryKey: ['brands', 'sizes', begins],
    queryFn: async ({ pageParam, signal }) =>
      askHub('getBrands', { question: { q: begins, limit: 100, counts: 'true', cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** As the hub takes it. */
export type FilingChange =
  | { readonly act: 'make'; readonly category: string; readonly parent: string | null }
  | { readonly act: 'move'; readonly category: string; readonly parent: string | null }
  | { readonly act: 'rename'; readonly category: string; readonly name: string }
  | { readonly act: 'join'; readonly category: string; readonly into: string }
  | { readonly act: 'remove'; readonly category: string }
  | { readonly act: 'renameBrand'; readonly brand: string; readonly name: string };

const reportSchema = z.object({
  type: z.literal('report'),
  goods: z.int(),
  isDepartment: z.boolean(),
  keyPages: z.int(),
  promotions: z.array(z.string()),
  joins: z.string().nullable(),
  version: z.string(),
  lsn: z.int().nullable(),
});
export type FilingReport = z.infer<typeof reportSchema>;

/** Without `basedOn` it is a look; how many articles the hub has read, while it does. */
export function useFilingChange() {
  const client = useQueryClient();
  const [read, setRead] = useState(0);
  const asked = useMutation({
    mutationFn: async (wish: { readonly change: FilingChange; readonly basedOn?: string }): Promise<FilingReport> => {
      setRead(0);
      return askLines(
        reportSchema,
        '/api/v1/filing-changes',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wish) },
        (progress: Progress) => setRead(progress['read'] ?? 0),
      );
    },
    networkMode: 'always',
    onSuccess: async ({ lsn }) => {
      if (lsn === null) return;
      for (const key of ['categories', 'brands', 'attributes', 'products', 'product', 'goodsWords', 'changes', 'publications'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
  return { ...asked, read };
}
