/** Price campaigns as the hub tells them, checked on arrival: written by several people, seen by each of them within moments; and the steps that each may take. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { type Answer, askHub } from '../hub-client.ts';
import type { PriceForm, PriceLine } from './prices.ts';

export type Campaign = Answer<'getPriceCampaigns'>['campaigns'][number];
export type WholeCampaign = Answer<'getPriceCampaignsByCampaign'>;
export type CampaignLine = WholeCampaign['lines'][number];
export type LineContent = NonNullable<CampaignLine['content']>;

export const STATES: Readonly<Record<Campaign['state'], { readonly text: string; readonly tone: 'good' | 'warn' | 'bad' | 'quiet' }>> = {
  draft: { text: 'being written', tone: 'quiet' },
  review: { text: 'to be reviewed', tone: 'warn' },
  approved: { text: 'approved', tone: 'good' },
  published: { text: 'published', tone: 'good' },
  dropped: { text: 'dropped', tone: 'bad' },
};

export type CampaignStep = 'submit' | 'approve' | 'sendBack' | 'publish' | 'drop';
export interface StepWords {
  readonly label: string;
  readonly about: string;
  readonly asksPin?: true;
  readonly asksNote?: true;
}
export const STEPS: Readonly<Record<CampaignStep, StepWords>> = {
  submit: {
    label: 'Ask for review',
    about: 'You vouch for all of it as it stands. Somebody else looks at it and approves.',
    asksPin: true,
  },
  approve: {
    label: 'Approve',
    about: 'You looked at what every store gets. Who wrote of it, or asked for this review, cannot approve it.',
    asksPin: true,
  },
  sendBack: { label: 'Send back', about: 'It is being written again, with what you say here.', asksNote: true },
  publish: {
    label: 'Publish',
    about: 'All of it becomes visible as one, at each store within moments, and holds from when each price begins.',
  },
  drop: { label: 'Drop', about: 'It is kept to be looked at, and never published.', asksNote: true },
};

export function stepsOf({ state, lineCount }: Pick<Campaign, 'state' | 'lineCount'>): readonly CampaignStep[] {
  if (state === 'draft') return lineCount === 0 ? ['drop'] : ['submit', 'drop'];
  if (state === 'review') return ['approve', 'sendBack', 'drop'];
  return state === 'approved' ? ['publish', 'sendBack', 'drop'] : [];
}

export const isOpen = ({ state }: Pick<Campaign, 'state'>): boolean => state !== 'published' && state !== 'dropped';

const REFRESH_MS = 3_000;

export const useCampaigns = () =>
  useQuery({
    queryKey: ['campaigns'],
    queryFn: async ({ signal }) => (await askHub('getPriceCampaigns', {}, signal)).campaigns,
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

/** What others write of it comes within moments. */
export const useCampaign = (campaign: string) =>
  useQuery({
    queryKey: ['campaigns', campaign],
    queryFn: ({ signal }) => askHub('getPriceCampaignsByCampaign', { question: { campaign: Number(campaign) } }, signal),
    refetchInterval: (query) => (query.state.data?.state === 'published' ? false : again(REFRESH_MS)(query)),
  });

export const useCampaignPreview = (campaign: string) =>
  useMutation({
    mutationFn: async () => askHub('getPriceCampaignsByCampaignPreview', { question: { campaign: Number(campaign) } }),
    networkMode: 'always',
  });

export function useOpenCampaign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: { readonly name: string; readonly by: string }) => askHub('postPriceCampaigns', { body }),
    networkMode: 'always',
    onSuccess: async () => client.invalidateQueries({ queryKey: ['campaigns'] }),
  });
}

export interface Written {
  readonly by: string;
  readonly lines?: readonly { readonly line: string; readonly content: LineContent | PriceLine | null; readonly basedOn: number }[];
  readonly cleared?: readonly string[];
}

export function useWriteCampaign(campaign: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (written: Written) =>
      askHub('patchPriceCampaignsByCampaign', { question: { campaign: Number(campaign) }, body: written }),
    networkMode: 'always',
    onSuccess: (whole) => client.setQueryData(['campaigns', campaign], whole),
  });
}

export interface Taking {
  readonly step: CampaignStep;
  readonly by: string;
  readonly version: number;
  readonly pin?: string;
  readonly note?: string;
  readonly basedOn?: number;
}

export function useTakeCampaign(campaign: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ step, ...taking }: Taking) =>
      askHub('postPriceCampaignsByCampaignByStep', { question: { campaign: Number(campaign), step }, body: taking }),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['campaigns', 'prices', 'products', 'product', 'changes', 'publications'])
        await client.invalidateQueries({ queryKey: [key] });
    },
  });
}

/** Not `randomUUID`: browsers have none where the hub is reached without TLS. */
export const newLineName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A line as its fields are written. */
export const formOfLine = ({ amount, type, scopes, from, to, fromQuantity, customerGroup }: LineContent): PriceForm => ({
  amount: amount ?? '',
  type,
  scopes,
  from,
  to,
  fromQuantity: fromQuantity === undefined ? '' : String(fromQuantity),
  customerGroup: customerGroup ?? '',
});

/** `0.99, regular, Zone north, from 2026-12-01 08:00 until 2026-12-06 20:00`, with places as `nameOf` has them. */
export function lineText({ amount, type, scopes, from, to }: LineContent, nameOf: (scope: string) => string): string {
  const when = [...(from === '' ? [] : [`from ${from.replace('T', ' ')}`]), ...(to === '' ? [] : [`until ${to.replace('T', ' ')}`])];
  return [amount ?? 'taken away', type, scopes.map(nameOf).join(' and '), ...(when.length === 0 ? [] : [when.join(' ')])].join(', ');
}
