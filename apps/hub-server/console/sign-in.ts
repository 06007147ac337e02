/** Who is here, as the hub tells it, and the ways in and out. Passwords and codes go to the hub and stay nowhere in the page. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask, failureOf } from './ask.ts';

export const sessionSchema = z.object({
  user: z.string(),
  /** By the link that the hub printed, and nobody in particular. */
  isBreakGlass: z.boolean(),
  posts: z.array(z.object({ scope: z.string(), roles: z.array(z.string()) })),
  /** By action, at which of their places. */
  may: z.record(z.string(), z.array(z.string())),
  /** By action, at which places within these they may not. */
  mayNot: z.record(z.string(), z.array(z.string())),
  /** Those that they see. */
  stores: z.array(z.string()),
  /** Of a person's own; absent: by the hub's own token. */
  signIn: z.object({ name: z.string(), recoveryCodes: z.int() }).optional(),
});
export type Session = z.infer<typeof sessionSchema>;

/** What somebody may do changes while they are here. */
const REFRESH_MS = 60_000;

export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => ask(sessionSchema, '/api/v1/session', {}, signal),
    refetchInterval: REFRESH_MS,
  });

/** What comes live tells of the whole company. */
export const seesCompany = (session: Pick<Session, 'may'> | undefined): boolean => session?.may['useConsole']?.includes('global') === true;

const send = <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> =>
  ask(schema, path, {
    method,
    ...(body !== undefined && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });

const nothing = z.object({});
export const authenticatorSchema = z.object({ seed: z.string(), address: z.string(), picture: z.string() });
export type Authenticator = z.infer<typeof authenticatorSchema>;

export interface Proof {
  readonly password: string;
  /** Of the authenticator, or a recovery code. */
  readonly code: string;
}

export const signIn = (wish: Proof & { readonly name: string }): Promise<object> => send(nothing, 'POST', '/api/v1/sign-in', wish);
export const signOut = (): Promise<object> => send(nothing, 'DELETE', '/api/v1/session');

export const lookAtInvitation = (token: string) =>
  send(z.object({ name: z.string(), authenticator: authenticatorSchema }), 'POST', '/api/v1/invitation', { token });

const codesSchema = z.object({ recoveryCodes: z.array(z.string()) });
export const acceptInvitation = (wish: Proof & { readonly token: string }) => send(codesSchema, 'POST', '/api/v1/invitation/accept', wish);

const ownSessionsSchema = z.object({
  sessions: z.array(
    z.object({
      session: z.string(),
      beganAtMs: z.number(),
      seenAtMs: z.number(),
      agent: z.string(),
      address: z.string(),
      isThis: z.boolean(),
    }),
  ),
});

export const useOwnSessions = () =>
  useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => (await ask(ownSessionsSchema, '/api/v1/sessions', {}, signal)).sessions,
  });

/** What is somebody's own; whatever it was, it is read anew. */
function useOwn<Wish, Answer>(act: (wish: Wish) => Promise<Answer>) {
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
  useOwn(async (session: string) => send(nothing, 'DELETE', `/api/v1/sessions/${encodeURIComponent(session)}`));
export const useNewPassword = () =>
  useOwn(async (wish: Proof & { readonly next: string }) => send(nothing, 'PUT', '/api/v1/session/password', wish));
export const useNewAuthenticator = () =>
  useOwn(async (proof: Proof) => send(z.object({ authenticator: authenticatorSchema }), 'POST', '/api/v1/session/authenticator', proof));
export const useConfirmAuthenticator = () =>
  useOwn(async (code: string) => send(codesSchema, 'POST', '/api/v1/session/authenticator/confirm', { code }));
export const useNewRecoveryCodes = () => useOwn(async (proof: Proof) => send(codesSchema, 'POST', '/api/v1/session/recovery-codes', proof));

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

/** What the link of an invitation ends with; it stands behind #, so that no server's log and no other page is told it. */
export const invitationIn = (hash: string): string | undefined => /^#invitation=([\w-]{43})$/.exec(hash)?.[1];

/** In groups of four, as a person reads it off. */
export const seedText = (seed: string): string => seed.replaceAll(/(.{4})(?=.)/g, '$1 ');

export const LEAST_PASSWORD = 12;

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
