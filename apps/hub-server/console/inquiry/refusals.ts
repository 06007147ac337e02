/** What the hub refused, as it tells it: of whom, which answer, how often. */
import { useInfiniteQuery } from '@tanstack/react-query';

import { type Answer, askHub } from '../hub-client.ts';
import { dayRange } from './changes.ts';

export type Refusal = Answer<'getRefusals'>['refusals'][number];

/** As the hub asks it: `kind`, `who`, `status`, … */
export type RefusalQuery = Readonly<Record<string, string>>;

export const KINDS = [
  { value: 'person', label: 'People' },
  { value: 'program', label: 'Programs' },
  { value: 'device', label: 'Devices' },
  { value: 'hub', label: 'The hub’s own token' },
  { value: 'nobody', label: 'Nobody known' },
] as const;

export const STATUSES = [
  { value: '400', label: 'Malformed' },
  { value: '401', label: 'Not known' },
  { value: '403', label: 'Not allowed' },
  { value: '404', label: 'A place of others' },
  { value: '429', label: 'Too often' },
] as const;

const SAID: Readonly<Record<string, string>> = {
  foreignOrigin: 'a change from another page',
  outsideToken: 'not what the token is for',
  tokenRevoked: 'the token was revoked',
  tokenExpired: 'the token has run out',
  tokenMakerGone: 'whoever made the token is gone',
  deviceGone: 'the device is served no more',
  unknownDevice: 'no device’s token',
  wrongSignIn: 'name, password and code do not go together',
  tooManyAttempts: 'too many attempts to sign in',
  tooManyFailures: 'too many refusals',
  tooManyRequests: 'too many requests',
  noSuchPlace: 'a place that is not theirs',
  'wrong-device': 'a ledger of no device of the store',
  'bad-signature': 'a ledger that its device has not signed',
  more: 'more than are told apart',
};

/** `Not allowed`, or of what the hub says more about, that. */
export function answerText({ status, problem }: Pick<Refusal, 'status' | 'problem'>): string {
  const said = SAID[problem];
  if (said !== undefined) return said.charAt(0).toUpperCase() + said.slice(1);
  if (status === 413) return 'Too large';
  return STATUSES.find(({ value }) => value === String(status))?.label ?? `${status} ${problem}`;
}

/** What the filters of the page ask for; days are the reader's, both included. */
export function refusalQuery({
  kind = '',
  by = '',
  from = '',
  to = '',
  status = '',
  address = '',
}: Readonly<Partial<Record<string, string>>>): RefusalQuery {
  return {
    ...(kind !== '' && { kind }),
    ...(by !== '' && { who: by }),
    ...(status !== '' && { status }),
    ...(address !== '' && { address }),
    ...dayRange(from, to),
  };
}

const ROWS = 100;

export const useRefusals = (query: RefusalQuery) =>
  useInfiniteQuery({
    queryKey: ['refusals', query],
    queryFn: async ({ pageParam, signal }) =>
      askHub('getRefusals', { question: { ...query, limit: ROWS, before: pageParam ?? undefined } }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
  });
