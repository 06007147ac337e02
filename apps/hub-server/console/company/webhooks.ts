/** Webhooks as the hub tells of them, and what the page says of each. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { askHub, type Answer } from '../hub-client.ts';

export type Webhook = Answer<'getWebhooks'>['webhooks'][number];
export type WebhookMessage = Answer<'getWebhookMessages'>['messages'][number];
export type WebhookEvent = Webhook['events'][number];

/** In the order in which they are chosen from. */
export const EVENT_NAMES: Readonly<Record<WebhookEvent, string>> = {
  'sale.completed': 'A sale or a return is received',
  'shift.closed': 'A lane’s shift is closed (its Z)',
  'day.closed': 'A store’s day is closed',
  'product.published': 'Articles are published',
  'price.published': 'Prices are published',
  'device.enrolled': 'A device joins a store',
  'entry.setAside': 'An entry is set aside',
};
export const EVENTS = Object.keys(EVENT_NAMES) as readonly WebhookEvent[];

export const MESSAGE_STATES: Readonly<Record<WebhookMessage['state'], string>> = { waiting: 'Waiting', sent: 'Sent', failed: 'Failed' };

/** What is so of a webhook, in a word, and how loud it is said. */
export function webhookState({ isPaused, failed, waiting, lastSentAtMs }: Webhook): {
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  readonly text: string;
} {
  if (isPaused) return { tone: 'warn', text: 'paused' };
  if (failed > 0) return { tone: 'bad', text: failed === 1 ? '1 failed' : `${failed} failed` };
  if (waiting > 0) return { tone: 'quiet', text: waiting === 1 ? '1 waits' : `${waiting} wait` };
  return lastSentAtMs === null ? { tone: 'quiet', text: 'nothing yet' } : { tone: 'good', text: 'arrives' };
}

/** Of an address what tells it from others: its host and path. */
export const shortUrl = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');

const REFRESH_MS = 5_000;
const MOST_MESSAGES = 100;

export const useWebhooks = () =>
  useQuery({
    queryKey: ['webhooks'],
    queryFn: async ({ signal }) => (await askHub('getWebhooks', {}, signal)).webhooks,
    refetchInterval: again(REFRESH_MS),
  });

export const useWebhookMessages = (webhook: string, state: string) =>
  useQuery({
    queryKey: ['webhooks', 'messages', webhook, state],
    queryFn: async ({ signal }) => {
      const of = state === 'waiting' || state === 'sent' || state === 'failed' ? state : undefined;
      return (await askHub('getWebhookMessages', { question: { webhook, state: of, limit: MOST_MESSAGES } }, signal)).messages;
    },
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export interface WebhookWish {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly note: string;
}

/** Whatever is asked of webhooks: the lists are asked for again. */
export function useWebhookAct<Wish, Done>(act: (wish: Wish) => Promise<Done>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    networkMode: 'always',
    onSettled: async () => client.invalidateQueries({ queryKey: ['webhooks'] }),
  });
}

export const addWebhook = async (body: WebhookWish): Promise<Answer<'postWebhooks'>> => askHub('postWebhooks', { body });
export const changeWebhook = async (webhook: string, body: Partial<WebhookWish> & { readonly isPaused?: boolean }): Promise<object> =>
  askHub('patchWebhooksByWebhook', { question: { webhook }, body });
export const newSecret = async (webhook: string): Promise<Answer<'postWebhooks'>> =>
  askHub('postWebhooksByWebhookSecret', { question: { webhook } });
export const sendPing = async (webhook: string): Promise<object> => askHub('postWebhooksByWebhookPing', { question: { webhook } });
export const removeWebhook = async (webhook: string): Promise<object> => askHub('deleteWebhooksByWebhook', { question: { webhook } });
export const sendAgain = async (message: string): Promise<object> => askHub('postWebhookMessagesByMessageAgain', { question: { message } });
