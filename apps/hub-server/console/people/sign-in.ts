/** Who is here, as the hub tells it, and the ways in and out. Passwords and codes go to the hub and stay nowhere in the page. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { failureOf } from '../ask.ts';
import { type Answer, askHub } from '../hub-client.ts';
import { proven } from './proof.ts';

export type Session = Answer<'getSession'>;

/** What somebody may do changes while they are here. */
const REFRESH_MS = 60_000;

export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => askHub('getSession', {}, signal),
    refetchInterval: REFRESH_MS,
    // Also where nobody looks: a session that ended leaves nothing on a page that lies behind others.
    refetchIntervalInBackground: true,
  });

/** What comes live tells of the whole company. */
export const seesCompany = (session: Pick<Session, 'may'> | undefined): boolean => session?.may['useConsole']?.includes('global') === true;

export type Authenticator = Answer<'postSessionAuthenticator'>['authenticator'];

export interface Proof {
  readonly password: string;
  /** Of the authenticator, or a recovery code. */
  readonly code: string;
}

export const signIn = (wish: Proof & { readonly name: string }): Promise<object> => askHub('postSignIn', { body: wish });
/** Whoever came in by the identity provider is sent there, to sign out of it as well. */
export async function signOut(): Promise<void> {
  const { goTo } = await askHub('deleteSession', {});
  if (goTo !== undefined) window.location.assign(goTo);
}

/** By what people sign in here, beside name, password and code. */
export const useWaysIn = () => useQuery({ queryKey: ['sign-in'], queryFn: ({ signal }) => askHub('getSignIn', {}, signal), retry: false });

export const beginAtProvider = async (): Promise<void> => window.location.assign((await askHub('postSignInProvider', {})).goTo);

const FAILED: Readonly<Record<string, string>> = {
  notKnown:
    'Nobody here signs in by that account: somebody has to be invited by its verified address first. Ask whoever looks after sign-ins.',
  refused: 'That sign-in did not come to its end: it took too long, was begun in another window, or was refused. Begin again.',
  tooWeak:
    'The identity provider did not say that you signed in there by what this hub asks for, such as a second factor. Sign out there, sign in with it, then begin again.',
  unreachable: 'The identity provider does not answer. Sign in by name, password and code, or try again.',
  wait: 'Too many attempts from this address. Wait a minute, then begin again.',
};

/** Why the provider’s way in led nowhere, where the hub sent the browser back with it. */
export const failedIn = (hash: string): string | undefined => FAILED[/^#sign-in-failed=(\w+)$/.exec(hash)?.[1] ?? ''];

/** The hub's own link: it opens one browser, once. */
export const openByLink = (token: string) => askHub('postSignInLink', { body: { token } });

export const lookAtInvitation = (token: string) => askHub('postInvitation', { body: { token } });

export const acceptInvitation = (wish: Proof & { readonly token: string }) => askHub('postInvitationAccept', { body: wish });

export const useOwnSessions = () =>
  useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => (await askHub('getSessions', {}, signal)).sessions,
  });

/** What is somebody's own; whatever it was, it is read anew. */
function useOwn<Wish, Done>(act: (wish: Wish) => Promise<Done>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['session', 'sessions']) await queries.invalidateQueries({ queryKey: [key] });
    },
  });
}

export const useEndSession = () =>
  useOwn(async (session: string) => proven(async () => askHub('deleteSessionsBySession', { question: { session } })));
export const useNewPassword = () => useOwn(async (wish: Proof & { readonly next: string }) => askHub('putSessionPassword', { body: wish }));
export const useNewAuthenticator = () => useOwn(async (proof: Proof) => askHub('postSessionAuthenticator', { body: proof }));
export const useConfirmAuthenticator = () => useOwn(async (code: string) => askHub('postSessionAuthenticatorConfirm', { body: { code } }));
export const useNewRecoveryCodes = () => useOwn(async (proof: Proof) => askHub('postSessionRecoveryCodes', { body: proof }));

const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/Edg\//u, 'Edge'],
  [/OPR\//u, 'Opera'],
  [/Firefox\//u, 'Firefox'],
  [/Chrom(?:e|ium)\//u, 'Chrome'],
  [/Safari\//u, 'Safari'],
];
const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/Windows/u, 'Windows'],
  [/iPhone|iPad/u, 'iOS'],
  [/Android/u, 'Android'],
  [/Mac OS X/u, 'macOS'],
  [/Linux/u, 'Linux'],
];

/** What a browser calls itself, as a person would; of one that nobody knows, its own first words. */
export function agentText(agent: string): string {
  const nameIn = (names: typeof BROWSERS): string | undefined => names.find(([mark]) => mark.test(agent))?.[1];
  const [browser, system] = [nameIn(BROWSERS), nameIn(SYSTEMS)];
  if (browser === undefined) return agent === '' ? 'unknown' : agent.slice(0, 40);
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** What a link ends with that somebody opened here; it stands behind #, so that no server's log and no other page is told it. */
export function linkIn(hash: string): { readonly type: 'invitation' | 'link'; readonly token: string } | undefined {
  const [, type, token] = /^#(invitation|link)=([\w-]{43})$/.exec(hash) ?? [];
  return token === undefined ? undefined : { type: type === 'link' ? 'link' : 'invitation', token };
}

/** In groups of four, as a person reads it off. */
export const seedText = (seed: string): string => seed.replaceAll(/(.{4})(?=.)/g, '$1 ');

const LEAST_PASSWORD = 12;

/** What can be told before the hub is asked; it refuses what is guessed first. */
export function passwordProblem(password: string, again: string): string | undefined {
  if ([...password].length < LEAST_PASSWORD) return `${LEAST_PASSWORD} characters or more`;
  return password === again ? undefined : 'The two are not the same';
}

/** In the hub's own words: these forms are where they are read. */
export function reasonOf(error: unknown): string | undefined {
  const failure = failureOf(error);
  if (failure === null) return error === null || error === undefined ? undefined : 'The hub’s answer could not be read. Reload the page.';
  if (failure.type === 'problem') return failure.text;
  return failure.type === 'unreachable' ? 'The hub does not answer. Try again.' : 'The hub does not know it.';
}
