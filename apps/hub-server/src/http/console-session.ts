/**
 * Who may use the console's API: whoever holds the token that this process printed at its start, as a bearer, or a browser that opened the
 * one link made of it and holds the cookie for that. Cookies are sent by browsers unasked, so a change by cookie must also come from
 * the console's own pages (Origin).
 */
import type { Random } from '@holdfast/base';
import type { Request, RequestHandler, Response } from 'express';

import { createToken, hashSecret, isSameHash } from '../enrolment/secrets.ts';
import { sendProblem } from './problems.ts';

export interface ConsoleSessions {
  /** For the life of this process. */
  readonly token: string;
  /** True once: sets the cookie. */
  openByLink(token: string, response: Response): boolean;
  hasSession(request: Request): boolean;
  readonly guard: RequestHandler;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export function createConsoleSessions(random: Random, portOf: () => number): ConsoleSessions {
  const token = createToken(random);
  const tokenHash = hashSecret(token);
  const sessions: Uint8Array[] = [];
  let linkUsed = false;
  const cookieName = (): string => `holdfast_console_${portOf()}`;

  const hasSession = (request: Request): boolean => {
    const value = readCookie(request.headers.cookie ?? '', cookieName());
    if (value === undefined) return false;
    const hash = hashSecret(value);
    return sessions.some((held) => isSameHash(held, hash));
  };
  return {
    token,
    hasSession,
    openByLink: (shown, response) => {
      if (linkUsed || !isSameHash(hashSecret(shown), tokenHash)) return false;
      linkUsed = true;
      const session = createToken(random);
      sessions.push(hashSecret(session));
      response.cookie(cookieName(), session, { httpOnly: true, sameSite: 'strict', path: '/' });
      return true;
    },
    guard: (request, response, next) => {
      const bearer = readBearer(request.headers.authorization);
      if (bearer !== undefined && isSameHash(hashSecret(bearer), tokenHash)) return next();
      if (bearer !== undefined || !hasSession(request)) {
        response.setHeader('WWW-Authenticate', 'Bearer');
        return sendProblem(response, {
          type: 'unauthorised',
          status: 401,
          title: 'This hub does not know you.',
          detail: 'Open the link that the hub printed when it started, or send its console token as a bearer.',
        });
      }
      if (!SAFE_METHODS.has(request.method) && !isOwnOrigin(request)) {
        return sendProblem(response, { type: 'foreignOrigin', status: 403, title: 'Changes are taken from the console’s own pages only.' });
      }
      return next();
    },
  };
}

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

function isOwnOrigin(request: Request): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
