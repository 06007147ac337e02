/** What the pages ask of the hub, kept fresh by the live events and by asking again every few seconds. */
import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { SaleId } from './address.ts';
import {
  fetchClock,
  fetchExposure,
  fetchLaneProof,
  fetchOverview,
  fetchReturnExceptions,
  fetchSale,
  fetchSales,
  fetchStores,
  fetchUnlistedCodes,
  searchSales,
  type StoreInfo,
} from './api.ts';
import { again, failureOf } from './ask.ts';
import { addDays } from './format.ts';
import { type LiveState, openLive, throttle } from './live.ts';

const REFRESH_MS = 5_000;
const NAMES_REFRESH_MS = 60_000;
const AT_MOST_EVERY_MS = 1_000;
const LISTS_AT_MOST_EVERY_MS = 3_000;
/** A person looks at them some time today. */
const EXCEPTIONS_REFRESH_MS = 15_000;
const PAGE_ROWS = 100;
/** As many as the hub gives at once, for what is filtered and sorted here. */
const LARGE_PAGE_ROWS = 500;

/** Whether the hub can be reached is known by its answers; `navigator.onLine` says nothing about it. */
export const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: { queries: { networkMode: 'always', retry: false, refetchOnWindowFocus: true, staleTime: 500, gcTime: Infinity } },
  });

export interface HubClock {
  readonly asOfMs: number;
  /** On this page's monotonic clock: the hub's time now is `asOfMs` plus what has passed since. */
  readonly receivedMs: number;
}

/** By it each page knows that the hub answers: what all stores sold and how their lanes are is much, and asked for where it is shown. */
export const useHubClock = () =>
  useQuery({
    queryKey: ['clock'],
    queryFn: async ({ signal }): Promise<HubClock> => ({ ...(await fetchClock(signal)), receivedMs: performance.now() }),
    refetchInterval: REFRESH_MS,
    refetchIntervalInBackground: false,
  });

export const useOverview = () =>
  useQuery({
    queryKey: ['overview'],
    queryFn: ({ signal }) => fetchOverview(signal),
    refetchInterval: REFRESH_MS,
    refetchIntervalInBackground: false,
  });

/** The lanes of each store, for what they are called: that changes seldom. */
export const useLanes = () =>
  useQuery({
    queryKey: ['lanes'],
    queryFn: async ({ signal }) => new Map((await fetchOverview(signal)).stores.map(({ store, devices }) => [store, devices])),
    staleTime: NAMES_REFRESH_MS,
    refetchInterval: again(NAMES_REFRESH_MS),
  });

/** Goes through the whole ledger of a lane: only while somebody looks. */
export const useLaneProof = (device: string) =>
  useQuery({ queryKey: ['laneProof', device], queryFn: ({ signal }) => fetchLaneProof(device, signal), refetchInterval: REFRESH_MS });

/** As each is set up, and which day it is there. `isAsked`: not of who is known to see no place at all. */
export const useStores = (isAsked = true) =>
  useQuery({
    queryKey: ['stores'],
    queryFn: ({ signal }) => fetchStores(signal),
    staleTime: NAMES_REFRESH_MS,
    refetchInterval: again(NAMES_REFRESH_MS),
    enabled: isAsked,
  });

/** The zones of the stores, by store; empty until the hub has told. */
export const zonesOf = (stores: readonly StoreInfo[] = []): ReadonlyMap<string, string> =>
  new Map(stores.map(({ store, timeZone }) => [store, timeZone]));

export const useTimeZones = (): ReadonlyMap<string, string> => zonesOf(useStores().data);

/** The one zone of all stores; undefined where they lie in several: then times are told in the reader's own. */
export function commonZone(timeZones: ReadonlyMap<string, string>): string | undefined {
  const zones = new Set(timeZones.values());
  return zones.size === 1 ? [...zones][0] : undefined;
}

export interface SalesFilter {
  readonly date: string;
  readonly store: string;
  readonly device: string;
  /** The reader wants all of the day, not the newest. */
  readonly all: boolean;
}

/** Newest first, page by page. `date` is empty as long as the hub has not said which day it is. */
export const useSales = ({ all, ...filter }: SalesFilter) =>
  useInfiniteQuery({
    queryKey: ['sales', all, filter],
    queryFn: ({ pageParam, signal }) =>
      fetchSales({ ...filter, limit: all ? LARGE_PAGE_ROWS : PAGE_ROWS, ...(pageParam === null ? {} : { before: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: filter.date !== '',
    refetchInterval: (query) => (query.state.error === null ? false : REFRESH_MS),
    placeholderData: keepPreviousData,
  });

/** With the day itself. */
const SEARCHED_DAYS = 30;

/** Of any day, by the receipt’s number; by what they came to or what is in them, of the month up to a day. Empty: nothing is looked for. */
export const useFoundSales = (q: string, to: string, store: string) =>
  useQuery({
    queryKey: ['foundSales', q, to, store],
    queryFn: ({ signal }) => searchSales({ q, from: addDays(to, -SEARCHED_DAYS), to, store }, signal),
    enabled: q !== '' && to !== '',
    placeholderData: keepPreviousData,
  });

/** The last few of a business day. */
export const useLatestSales = (date: string, count: number, store?: string) =>
  useQuery({
    queryKey: ['latest', date, count, store],
    queryFn: ({ signal }) => fetchSales({ date, limit: count, ...(store !== undefined && { store }) }, signal),
    enabled: date !== '',
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? false : REFRESH_MS),
  });

/** Goods that came back in a way that a person should look at. */
export const useReturnExceptions = (count: number) =>
  useQuery({
    queryKey: ['returnExceptions', count],
    queryFn: ({ signal }) => fetchReturnExceptions(count, signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(EXCEPTIONS_REFRESH_MS),
  });

/** What lanes sell that no catalogue lists. */
export const useUnlistedCodes = (count: number) =>
  useQuery({
    queryKey: ['unlistedCodes', count],
    queryFn: ({ signal }) => fetchUnlistedCodes({ limit: count }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(EXCEPTIONS_REFRESH_MS),
  });

/** One of them; empty once it is listed. */
export const useUnlistedCode = (code: string) =>
  useQuery({
    queryKey: ['unlistedCodes', code],
    queryFn: ({ signal }) => fetchUnlistedCodes({ code }, signal),
    // Somebody is writing in what was read.
    refetchOnWindowFocus: false,
  });

/** What may be given beyond limits while lanes are cut off. */
export const useExposure = () =>
  useQuery({
    queryKey: ['exposure'],
    queryFn: ({ signal }) => fetchExposure(signal),
    placeholderData: keepPreviousData,
    refetchInterval: again(EXCEPTIONS_REFRESH_MS),
  });

/** A completed sale never changes; what came back of it does. */
export const useSale = (sale: SaleId) =>
  useQuery({
    queryKey: ['sale', sale.device, sale.epoch, sale.seq],
    queryFn: ({ signal }) => fetchSale(sale, signal),
    staleTime: REFRESH_MS,
    // Also one that is not there yet: its lane may send it in a moment.
    refetchInterval: (query) => (query.state.error === null || failureOf(query.state.error)?.type === 'sessionLost' ? false : REFRESH_MS),
  });

/** Follows the hub's events for as long as the page stands, and asks again for what they touch. */
export function useLive(enabled: boolean): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    if (!enabled) return undefined;
    const ask = (keys: readonly string[]) => (): void => {
      for (const key of keys) void client.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false });
    };
    const now = throttle(ask(['overview', 'week', 'latest']), AT_MOST_EVERY_MS);
    // A list that someone has loaded far down is asked for page by page: less often.
    const soon = throttle(ask(['sales', 'returnExceptions', 'storeDays', 'storeDay']), LISTS_AT_MOST_EVERY_MS);
    // What stores are called is published.
    const names = throttle(ask(['stores']), LISTS_AT_MOST_EVERY_MS);
    const close = openLive(
      '/api/v1/live',
      (event) => {
        if (event === 'publication' || event === 'missed') names.call();
        if (event === 'publication') return;
        now.call();
        if (event === 'sale' || event === 'missed') soon.call();
      },
      setState,
    );
    return () => {
      close();
      now.stop();
      soon.stop();
      names.stop();
    };
  }, [client, enabled]);
  return state;
}

/** The hub's time now, to the second, by this page's monotonic clock. */
export function useHubNowMs(atHand: HubClock | undefined): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (atHand === undefined) return 0;
  return atHand.asOfMs + Math.max(0, nowMs - atHand.receivedMs);
}
