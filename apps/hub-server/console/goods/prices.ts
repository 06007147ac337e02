/** Prices as the hub tells them, checked on arrival: what goods cost where, now and next; what begins and ends when; changed after a look at what each store gets, and followed to the lanes. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { Places } from '../api.ts';
import { again } from '../ask.ts';
import { type Answer, askHub, type Preview, previewIn, publishedIn } from '../hub-client.ts';
import { priceText, type ShownPrice } from './products.ts';

export type PriceRow = Answer<'getPrices'>['prices'][number];
export type PricesOfOne = Answer<'getPricesBySku'>;
export type ExplainedPrice = PricesOfOne['prices'][number];
export type PriceMoment = Answer<'getPriceMoments'>['moments'][number];
export type PriceDay = Answer<'getPriceDays'>['days'][number];
export type PricePreview = Preview<'postPrices'>;
export type PriceKind = ShownPrice['type'];
export type PreviewedPrice = PricePreview['groups'][number]['prices'][number];
export type Reach = Answer<'getPublicationsByLsnReach'>;
export type ReachedDevice = Reach['stores'][number]['devices'][number];
type Publication = Answer<'getPublications'>['publications'][number];
/** How far it has come is asked for. */
export type PricePublication = Publication & { readonly reach: NonNullable<Publication['reach']> };
export const isFollowed = (publication: Publication): publication is PricePublication => publication.reach !== undefined;

const ROWS = 100;
const REFRESH_MS = 5_000;

export const usePrices = (text: string, scope: string) =>
  useInfiniteQuery({
    queryKey: ['prices', text, scope],
    queryFn: ({ pageParam, signal }) =>
      askHub('getPrices', { question: { scope, limit: ROWS, q: text, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const usePricesOf = (sku: string, scope: string) =>
  useQuery({
    queryKey: ['prices', 'one', sku, scope],
    queryFn: ({ signal }) => askHub('getPricesBySku', { question: { sku, scope } }, signal),
  });

export interface Span {
  /** Dates, the last one without it. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  /** Empty: wherever it is. */
  readonly scope: string;
}

export const usePriceMoments = (span: Span) =>
  useInfiniteQuery({
    queryKey: ['prices', 'moments', span],
    queryFn: ({ pageParam, signal }) =>
      askHub('getPriceMoments', { question: { ...span, limit: ROWS, cursor: pageParam ?? undefined } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

export const usePriceDays = (span: Span) =>
  useQuery({
    queryKey: ['prices', 'days', span],
    queryFn: async ({ signal }) => (await askHub('getPriceDays', { question: { ...span } }, signal)).days,
    placeholderData: keepPreviousData,
  });

export const usePricePublications = () =>
  useInfiniteQuery({
    queryKey: ['prices', 'publications'],
    queryFn: ({ pageParam, signal }) =>
      askHub('getPublications', { question: { type: 'price', reach: 'true', limit: 50, before: pageParam ?? undefined } }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    refetchInterval: again(REFRESH_MS),
  });

export const useReach = (lsn: string) =>
  useQuery({
    queryKey: ['prices', 'reach', lsn],
    queryFn: ({ signal }) => askHub('getPublicationsByLsnReach', { question: { lsn: Number(lsn) } }, signal),
    refetchInterval: again(REFRESH_MS),
  });

/** As `POST /api/v1/prices` takes it. */
export interface PriceLine {
  readonly sku: string;
  readonly scopes: readonly string[];
  readonly type: PriceKind;
  /** Null: there is no such price any more. */
  readonly amount: string | null;
  readonly currency?: string;
  readonly from: string;
  readonly to: string;
  readonly fromQuantity?: number;
  readonly customerGroup?: string;
}

export interface PriceWish {
  readonly lines: readonly PriceLine[];
  readonly reason?: string;
  readonly urgent?: boolean;
  readonly basedOn?: number;
}

const send = async (body: PriceWish, preview: 'true' | 'false'): Promise<Answer<'postPrices'>> =>
  askHub('postPrices', { question: { preview }, body });

export const usePricePreview = () =>
  useMutation({ mutationFn: async (wish: PriceWish) => previewIn(await send(wish, 'true')), networkMode: 'always' });

export function usePublishPrices() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: PriceWish) => publishedIn(await send(wish, 'false')),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['prices', 'product', 'products', 'changes', 'publications']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

export const KINDS: readonly { readonly value: PriceKind; readonly label: string }[] = [
  { value: 'regular', label: 'Regular' },
  { value: 'promotional', label: 'Promotional' },
  { value: 'clearance', label: 'Clearance' },
  { value: 'member', label: 'For members' },
  { value: 'quantityBreak', label: 'From a quantity' },
  { value: 'pack', label: 'Of a pack' },
];
export const kindIn = (text: string | null): PriceKind => KINDS.find(({ value }) => value === text)?.value ?? 'regular';
export const kindText = (type: string): string => KINDS.find(({ value }) => value === type)?.label ?? type;

const UNIT_MARKS: Readonly<Record<string, string>> = { gram: ' / kg', millilitre: ' / l', millimetre: ' / m' };
const perUnit = (unit: string): string => UNIT_MARKS[unit] ?? '';

export const shownText = (shown: ShownPrice | null, unit: string): string =>
  shown === null ? 'no price' : `${priceText(shown)}${perUnit(unit)}`;

/** Of a pack: what it costs, or what its pieces cost one by one. */
export const packText = (shown: ShownPrice | null, units: number): string =>
  shown === null || shown.type === 'pack' ? shownText(shown, 'piece') : `${units} × ${shownText(shown, 'piece')}`;

const REASONS: Readonly<Record<string, string>> = {
  otherCurrency: 'counts in another currency',
  otherScope: 'is of another place',
  notYet: 'comes later',
  over: 'is over',
  customer: 'is for members',
  quantity: 'is from a quantity',
  priority: 'another one has priority',
  type: 'a price of another kind goes before it',
  scope: 'a narrower place has its own',
  break: 'a higher quantity has its own',
  start: 'a later one goes before it',
  amount: 'another one is lower',
};
export const reasonText = (reason: string, type?: string): string =>
  type === 'pack' && reason === 'quantity' ? 'is of its pack' : (REASONS[reason] ?? reason);

/** The one currency of the stores that these places reach; undefined where they have several. */
export function currencyAt({ stores }: Pick<Places, 'stores'>, scopes: readonly string[]): string | undefined {
  const reached = stores.filter(({ store, zone }) => scopes.some((scope) => ['global', `zone:${zone}`, `store:${store}`].includes(scope)));
  const currencies = new Set(reached.map(({ currency }) => currency));
  return currencies.size === 1 ? [...currencies][0] : undefined;
}

export interface PriceForm {
  readonly amount: string;
  readonly type: PriceKind;
  readonly scopes: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly fromQuantity: string;
  readonly customerGroup: string;
}

export const EMPTY_FORM: PriceForm = { amount: '', type: 'regular', scopes: [], from: '', to: '', fromQuantity: '', customerGroup: '' };

/** Undefined as long as something is missing that a price needs. */
export function lineOf(sku: string, form: PriceForm): PriceLine | undefined {
  const { amount, type, scopes, from, to, fromQuantity, customerGroup } = form;
  const isEarned = type === 'member' || type === 'quantityBreak' || type === 'pack';
  const quantity = fromQuantity.trim();
  if (sku === '' || amount.trim() === '' || scopes.length === 0) return undefined;
  if ((type === 'quantityBreak' || type === 'pack') && quantity === '') return undefined;
  if (isEarned && quantity !== '' && !/^[1-9]\d{0,8}$/.test(quantity)) return undefined;
  return {
    sku,
    scopes,
    type,
    amount: amount.trim(),
    from,
    to,
    ...(isEarned && quantity !== '' && { fromQuantity: Number(quantity) }),
    ...(isEarned && customerGroup.trim() !== '' && { customerGroup: customerGroup.trim() }),
  };
}

/** The same price, taken away. */
export const withoutPrice = (sku: string, { scope, price: held, fromMs, fromQuantity, customerGroup }: ExplainedPrice): PriceLine => ({
  sku,
  scopes: [scope],
  type: held.type,
  amount: null,
  from: fromMs === null ? '' : new Date(fromMs).toISOString(),
  to: '',
  ...(fromQuantity !== null && { fromQuantity }),
  ...(customerGroup !== null && { customerGroup }),
});

export const REACHES: Readonly<
  Record<ReachedDevice['reach'], { readonly text: string; readonly tone: 'good' | 'warn' | 'bad' | 'quiet' }>
> = {
  has: { text: 'has it', tone: 'good' },
  underWay: { text: 'on its way', tone: 'quiet' },
  notTold: { text: 'asks in a moment', tone: 'quiet' },
  cutOff: { text: 'cut off', tone: 'warn' },
  never: { text: 'never seen', tone: 'quiet' },
  tooOld: { text: 'too old to read it', tone: 'bad' },
  stuck: { text: 'does not get on with it', tone: 'bad' },
};

/** The days of a month in weeks from Monday on, with those of its neighbours that fill them; `2026-12`. */
export function weeksOf(month: string): readonly (readonly string[])[] {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  const first = new Date(Date.UTC(year, number - 1, 1));
  const start = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS;
  const days = Math.ceil((Date.UTC(year, number, 1) - start) / (7 * DAY_MS)) * 7;
  const dates = Array.from({ length: days }, (_, index) => new Date(start + index * DAY_MS).toISOString().slice(0, 10));
  return Array.from({ length: days / 7 }, (_, week) => dates.slice(week * 7, week * 7 + 7));
}

const DAY_MS = 86_400_000;

/** `2026-12` a month later, or earlier. */
export function addMonths(month: string, months: number): string {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}
