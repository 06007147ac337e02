/** Tokens of programs as the hub tells of them, and what the page says of each. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { minuteText } from '../format.ts';
import { askHub, type Answer, type Asked } from '../hub-client.ts';
import type { Action } from '../rights.tsx';
import { proven } from './proof.ts';

export type ApiToken = Answer<'getApiTokens'>['tokens'][number];
export type ApiTokenWish = Asked<'postApiTokens'>['body'];

/** What the hub's API asks for, beyond reading, in the order in which it is chosen from. */
export const TOKEN_ACTIONS = [
  'publish',
  'importFile',
  'arrangeKeys',
  'closeStoreDay',
  'settleExceptions',
  'seeCost',
  'findCustomer',
  'keepCustomer',
  'eraseCustomer',
  'openInvoice',
  'openStore',
  'enrolDevice',
  'manageAccounts',
] as const satisfies readonly Action[];

export const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '180', label: 'half a year' },
  { value: '365', label: 'a year' },
] as const;

const SOON_MS = 14 * 24 * 60 * 60_000;

/** What is so of a token, in a word, and how loud it is said. */
export function tokenState(
  { revokedAtMs, untilMs }: Pick<ApiToken, 'revokedAtMs' | 'untilMs'>,
  nowMs: number,
): { readonly tone: 'good' | 'warn' | 'quiet'; readonly text: string; readonly isOpen: boolean } {
  if (revokedAtMs !== null) return { tone: 'quiet', text: 'revoked', isOpen: false };
  if (untilMs <= nowMs) return { tone: 'quiet', text: 'ran out', isOpen: false };
  return untilMs - nowMs <= SOON_MS ? { tone: 'warn', text: 'runs out soon', isOpen: true } : { tone: 'good', text: 'open', isOpen: true };
}

export function untilText({ revokedAtMs, untilMs }: Pick<ApiToken, 'revokedAtMs' | 'untilMs'>, timeZone: string | undefined): string {
  return revokedAtMs === null ? `until ${minuteText(untilMs, timeZone)}` : minuteText(revokedAtMs, timeZone);
}

const KEY = 'api-tokens';
const REFRESH_MS = 15_000;

export const useApiTokens = () =>
  useQuery({
    queryKey: [KEY],
    queryFn: async ({ signal }) => (await askHub('getApiTokens', {}, signal)).tokens,
    refetchInterval: REFRESH_MS,
  });

export const useApiTokenActs = (token: string) =>
  useQuery({
    queryKey: [KEY, token],
    queryFn: async ({ signal }) => (await askHub('getApiTokensByTokenActs', { question: { token } }, signal)).acts,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });

function useTold(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    for (const key of [KEY, 'sign-in-events']) await queries.invalidateQueries({ queryKey: [key] });
  };
}

export function useMakeApiToken() {
  const told = useTold();
  return useMutation({
    mutationFn: async (body: ApiTokenWish) => proven(async () => askHub('postApiTokens', { body })),
    networkMode: 'always',
    onSuccess: told,
  });
}

export function useRevokeApiToken() {
  const told = useTold();
  return useMutation({
    mutationFn: async (token: string) => askHub('deleteApiTokensByToken', { question: { token } }),
    networkMode: 'always',
    onSuccess: told,
  });
}
