/**
 * Who may use the console's API: people who signed in (`sign-in/`), programs by the tokens that people made for them, and whoever holds what this process printed at its start: a token, as a bearer, or a link, in the one browser that opened it. These
 * two are what is behind glass: for the first sign-in, for programs on this machine, and for the day on which nobody can sign in; their use is told among the sign-ins. The session of the link ends as all others do.
 *
 * Cookies are sent by browsers unasked, so a change by cookie must also come from the console's own pages (Sec-Fetch-Site, Origin). They are the host's own and go over TLS or within this
 * machine alone (`__Host-`); all that listens here shares them, so each hub's has its port in its name.
 */
import type { Clock, Random } from '@holdfast/base';
import type { Request, RequestHandler, Response } from 'express';

import { createToken, hashSecret, isSameHash } from '../enrolment/secrets.ts';
import { isTokenLike } from '../sign-in/api-token-text.ts';
import { hasEnded, type OpenSession, type Use, type Visitor } from '../sign-in/sessions.ts';
import { type Asker, BREAK_GLASS, rememberAsker } from './asker.ts';
import { sendProblem } from './problems.ts';
import { senderAddress } from './sender-address.ts';

export interface ConsoleSessions {
  /** A bearer's, for the life of this process. */
  readonly token: string;
  /** What its link ends with: good for nothing but to be opened. */
  readonly linkToken: string;
  /** True once: sets the cookie. */
  openByLink(token: string, request: Request, response: Response): boolean;
  /** Looks, and is no use of it. */
  isOpen(request: Request): Promise<boolean>;
  /** The browser holds this session from now on, and the one before no more. */
  give(request: Request, response: Response, token: string): Promise<void>;
  /** What a browser takes to the identity provider and back. */
  giveFlow(response: Response, sealed: string): void;
  /** Once. */
  takeFlow(request: Request, response: Response): string | undefined;
  /** Of a browser that signs out. */
  leave(request: Request, response: Response): void;
  readonly guard: RequestHandler;
}

export interface ConsoleSessionPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
  readonly portOf: () => number;
  readonly findSession: (token: string, use: Use) => Promise<OpenSession | undefined>;
  readonly isSessionOpen: (token: string) => Promise<boolean>;
  readonly endSession: (token: string) => Promise<void>;
  /** Who asks by the token of a program; undefined once it was refused. */
  readonly askerByToken: (secret: string, request: Request, response: Response) => Promise<Asker | undefined>;
  /** What is behind glass came into use: the link, or the token for the first time. */
  readonly onBreakGlass: (how: 'link' | 'bearer', visitor: Visitor) => void;
}

/** The console's page asks by itself, and nobody acted since it asked before. */
const BACKGROUND_HEADER = 'holdfast-background';
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** It comes along when another site, the provider's, sends the browser back. */
const FLOW_COOKIE = { httpOnly: true, sameSite: 'lax', path: '/', secure: true } as const;
const COOKIE = { httpOnly: true, sameSite: 'strict', path: '/', secure: true } as const;

export function createConsoleSessions({
  clock,
  random,
  portOf,
  findSession,
  isSessionOpen,
  endSession,
  askerByToken,
  onBreakGlass,
}: ConsoleSessionPorts): ConsoleSessions {
  const token = createToken(random);
  const tokenHash = hashSecret(token);
  const linkToken = createToken(random);
  const linkHash = hashSecret(linkToken);
  let link: { readonly hash: Uint8Array; readonly beganAtMs: number; seenAtMs: number } | undefined;
  let linkUsed = false;
  let bearerUsed = false;
  const cookieName = (): string => `__Host-holdfast_console_${portOf()}`;
  const cookieOf = (request: Request): string | undefined => readCookie(request.headers.cookie ?? '', cookieName());
  const setCookie = (response: Response, session: string): void => void response.cookie(cookieName(), session, COOKIE);
  const isLink = (value: string): boolean => {
    if (link !== undefined && hasEnded(link, clock.nowMs())) link = undefined;
    return link !== undefined && isSameHash(link.hash, hashSecret(value));
  };
  const endLink = (value: string): void => {
    if (isLink(value)) link = undefined;
  };

  const askerByCookie = async (request: Request, response: Response): Promise<Asker | undefined> => {
    const value = cookieOf(request);
    if (value === undefined) return undefined;
    const use = request.headers[BACKGROUND_HEADER] === undefined && request.headers.upgrade === undefined ? 'act' : 'background';
    if (isLink(value)) {
      if (link !== undefined && use === 'act') link.seenAtMs = clock.nowMs();
      return BREAK_GLASS;
    }
    const open = await findSession(value, use);
    if (open?.nextToken !== undefined) setCookie(response, open.nextToken);
    return open === undefined ? undefined : { user: open.person, posts: open.posts, session: open.session, provenAtMs: open.provenAtMs };
  };
  const isToken = (bearer: string, request: Request): boolean => {
    if (!isSameHash(hashSecret(bearer), tokenHash)) return false;
    if (!bearerUsed) onBreakGlass('bearer', visitorOf(request));
    bearerUsed = true;
    return true;
  };
  const flowName = (): string => `__Host-holdfast_sign_in_${portOf()}`;
  return {
    token,
    linkToken,
    give: async (request, response, session) => {
      const former = cookieOf(request);
      if (former !== undefined) {
        endLink(former);
        await endSession(former);
      }
      setCookie(response, session);
    },
    giveFlow: (response, sealed) => void response.cookie(flowName(), sealed, FLOW_COOKIE),
    takeFlow: (request, response) => {
      response.clearCookie(flowName(), FLOW_COOKIE);
      return readCookie(request.headers.cookie ?? '', flowName());
    },
    isOpen: async (request) => {
      const value = cookieOf(request);
      return value !== undefined && (isLink(value) || (await isSessionOpen(value)));
    },
    openByLink: (shown, request, response) => {
      if (linkUsed || !isSameHash(hashSecret(shown), linkHash)) return false;
      linkUsed = true;
      onBreakGlass('link', visitorOf(request));
      const session = createToken(random);
      const nowMs = clock.nowMs();
      link = { hash: hashSecret(session), beganAtMs: nowMs, seenAtMs: nowMs };
      setCookie(response, session);
      return true;
    },
    leave: (request, response) => {
      endLink(cookieOf(request) ?? '');
      response.clearCookie(cookieName(), COOKIE);
    },
    guard: async (request, response, next) => {
      const bearer = readBearer(request.headers.authorization);
      if (bearer !== undefined && isTokenLike(bearer)) {
        const program = await askerByToken(bearer, request, response);
        if (program === undefined) return undefined;
        rememberAsker(response, program);
        return next();
      }
      const asker = bearer === undefined ? await askerByCookie(request, response) : isToken(bearer, request) ? BREAK_GLASS : undefined;
      if (asker === undefined) {
        response.setHeader('WWW-Authenticate', 'Bearer');
        return sendProblem(response, {
          type: 'unauthorised',
          status: 401,
          title: 'This hub does not know you.',
          detail: 'Sign in, send the token of a program as a bearer, or open the link that the hub printed when it started.',
        });
      }
      if (bearer === undefined && !SAFE_METHODS.has(request.method) && !isOwnPage(request)) return sendForeign(response);
      rememberAsker(response, asker);
      return next();
    },
  };
}

export function sendForeign(response: Response): void {
  sendProblem(response, { type: 'foreignOrigin', status: 403, title: 'Changes are taken from the console’s own pages only.' });
}

export const visitorOf = (request: Request): Visitor => ({
  agent: request.headers['user-agent'] ?? '',
  address: senderAddress(request),
});

export function readBearer(header: string | undefined): string | undefined {
  const match = /^Bearer ([\w.~+/=-]{1,512})$/i.exec(header ?? '');
  return match?.[1];
}

function readCookie(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Browsers say both; one that says neither is none that holds a cookie. */
export function isOwnPage(request: Request): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin') return false;
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
