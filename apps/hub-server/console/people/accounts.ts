/** Who signs in to the console, as the hub tells it, checked on arrival; inviting, locking, and what becomes of each. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { type Answer, askHub } from '../hub-client.ts';

export type SignIn = Answer<'getSignIns'>['signIns'][number];
export type Post = SignIn['posts'][number];
export type SignInEvent = Answer<'getSignInEvents'>['events'][number];
export type Invited = Answer<'postSignIns'>;

/** Others come in meanwhile. */
const REFRESH_MS = 15_000;

export const useSignIns = () =>
  useQuery({
    queryKey: ['sign-ins'],
    queryFn: async ({ signal }) => (await askHub('getSignIns', {}, signal)).signIns,
    refetchInterval: REFRESH_MS,
  });

const MOST_EVENTS = 500;

export const useSignInEvents = (isAsked: boolean) =>
  useQuery({
    queryKey: ['sign-in-events'],
    queryFn: async ({ signal }) => (await askHub('getSignInEvents', { question: { limit: MOST_EVENTS } }, signal)).events,
    enabled: isAsked,
    refetchInterval: REFRESH_MS,
  });

/** What is done to somebody's sign-in. */
export type Act =
  | { readonly type: 'lock'; readonly isLocked: boolean }
  | { readonly type: 'endSessions' }
  | { readonly type: 'remove' }
  | { readonly type: 'posts'; readonly posts: readonly Post[] };

function act(person: string, wanted: Act): Promise<object> {
  if (wanted.type === 'lock') return askHub('postSignInsByPersonLock', { question: { person }, body: { isLocked: wanted.isLocked } });
  if (wanted.type === 'endSessions') return askHub('postSignInsByPersonEndSessions', { question: { person } });
  if (wanted.type === 'remove') return askHub('deleteSignInsByPerson', { question: { person } });
  return askHub('putSignInsByPersonPosts', { question: { person }, body: { posts: wanted.posts } });
}

export interface InviteWish {
  /** Of somebody on the staff; absent: somebody new. */
  readonly person?: string;
  readonly name: string;
  readonly displayName?: string;
  readonly posts?: readonly Post[];
}

const useTold = (): (() => Promise<void>) => {
  const queries = useQueryClient();
  return async () => {
    for (const key of ['sign-ins', 'sign-in-events', 'staff', 'session', 'sessions']) await queries.invalidateQueries({ queryKey: [key] });
  };
};

export function useAct(person: string) {
  const told = useTold();
  return useMutation({ mutationFn: async (wanted: Act) => act(person, wanted), networkMode: 'always', onSuccess: told });
}

export function useInvite() {
  const told = useTold();
  return useMutation({
    mutationFn: async (wish: InviteWish) => askHub('postSignIns', { body: wish }),
    networkMode: 'always',
    onSuccess: told,
  });
}

/** What opens it stands behind #, which no server is told. */
export const linkOf = (origin: string, token: string): string => `${origin}/#invitation=${token}`;

export interface SignInState {
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
  readonly text: string;
}

export function stateOf({ hasJoined, isInvited, isLocked, posts }: SignIn): SignInState {
  if (isLocked) return { tone: 'bad', text: 'locked out' };
  if (posts.length === 0) return { tone: 'warn', text: 'on no staff: may not come in' };
  if (!hasJoined) return isInvited ? { tone: 'quiet', text: 'invited' } : { tone: 'warn', text: 'invitation has run out' };
  return isInvited ? { tone: 'quiet', text: 'invited anew' } : { tone: 'good', text: 'may come in' };
}

/** Fewer than so many are left: somebody should make new ones. */
export const FEW_CODES = 3;

export const personText = ({ displayName, name }: Pick<SignIn, 'displayName' | 'name'>): string => displayName ?? name;

export const isSignInShown = (of: SignIn, q: string): boolean =>
  [of.person, of.name, of.displayName ?? '', ...of.posts.flatMap(({ scope, roles }) => [scope, ...roles])].some((text) =>
    text.toLowerCase().includes(q.trim().toLowerCase()),
  );

const EVENT_TEXTS: Readonly<Record<string, string>> = {
  invited: 'invited',
  joined: 'came in by an invitation',
  signedIn: 'signed in',
  recoveryCodeUsed: 'a recovery code was used',
  refused: 'refused: name, password and code did not go together',
  signedInByProvider: 'signed in by the identity provider',
  providerLinked: 'an account of the identity provider’s became theirs',
  providerRefused: 'refused: no account of the identity provider’s that may come in',
  signedOut: 'signed out',
  sessionsEnded: 'sessions ended',
  passwordChanged: 'another password',
  authenticatorChanged: 'another authenticator',
  recoveryCodesChanged: 'new recovery codes',
  postsChanged: 'other places or roles',
  locked: 'locked out',
  unlocked: 'let in again',
  removed: 'sign-in taken away',
  tokenMade: 'made a token for a program',
  tokenRevoked: 'a token of theirs was revoked',
  breakGlass: 'the hub’s own link or token was used',
};
export const eventText = (what: string): string => EVENT_TEXTS[what] ?? what;
/** What somebody should look at twice. */
export const isDoubtful = (what: string): boolean =>
  what === 'refused' || what === 'providerRefused' || what === 'providerLinked' || what === 'breakGlass' || what === 'recoveryCodeUsed';

/** The posts as they can be written: each place once, each with a role; undefined while they cannot. */
export function writtenPosts(posts: readonly Post[]): readonly Post[] | undefined {
  const isWhole = posts.length > 0 && posts.every(({ scope, roles }) => scope !== '' && roles.length > 0);
  return isWhole && new Set(posts.map(({ scope }) => scope)).size === posts.length ? posts : undefined;
}
