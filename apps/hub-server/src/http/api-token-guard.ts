/** Programs at the API: who asks by a token, how often they may, and what they asked to change, written down beside the token that they asked by. */
import type { Clock } from '@holdfast/base';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';

import type { Database } from '../db/database.ts';
import { isTokenText } from '../sign-in/api-token-text.ts';
import { findApiToken, noteApiTokenAct, type OpenApiToken } from '../sign-in/api-tokens.ts';
import type { Asker } from './asker.ts';
import { sendProblem } from './problems.ts';
import { nameRefused } from './refused-requests.ts';
import { senderAddress } from './sender-address.ts';

export interface TokenGuardPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'error'>;
}

/** Of one token at one replica: more than a program needs that sends many things at once, and less than what would leave others without. */
export const MOST_PER_MINUTE = 600;
const MINUTE_MS = 60_000;
const MOST_PATH = 500;
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const CLOSED: Readonly<Record<Exclude<OpenApiToken['type'], 'open'>, { readonly type: string; readonly title: string }>> = {
  revoked: { type: 'tokenRevoked', title: 'This token was revoked.' },
  expired: { type: 'tokenExpired', title: 'This token has run out.' },
  noMaker: { type: 'tokenMakerGone', title: 'Whoever made this token does not come in here any more, and it with them.' },
};

function sendRefused(response: Response, problem: { readonly type: string; readonly title: string; readonly detail?: string }): void {
  response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
  sendProblem(response, { detail: 'In the console, on the page API tokens, somebody can make another one.', ...problem, status: 401 });
}

/** Seconds to wait; undefined: go on. */
function createPace({ monotonicMs }: Pick<Clock, 'monotonicMs'>): (token: string) => number | undefined {
  const asked = new Map<string, number>();
  let sinceMs = monotonicMs();
  return (token) => {
    const nowMs = monotonicMs();
    if (nowMs - sinceMs >= MINUTE_MS) {
      asked.clear();
      sinceMs = nowMs;
    }
    const count = (asked.get(token) ?? 0) + 1;
    asked.set(token, count);
    return count > MOST_PER_MINUTE ? Math.ceil((MINUTE_MS - (nowMs - sinceMs)) / 1_000) : undefined;
  };
}

/** Undefined once it was refused. */
export function createTokenGuard(
  ports: TokenGuardPorts,
): (secret: string, request: Request, response: Response) => Promise<Asker | undefined> {
  const { clock, logger } = ports;
  const pace = createPace({ monotonicMs: () => clock.monotonicMs() });
  const noteWhenDone = (token: string, request: Request, response: Response): void => {
    const { method, originalUrl } = request;
    const [path = ''] = originalUrl.split('?', 1);
    response.once('close', () => {
      const act = {
        atMs: clock.nowMs(),
        method,
        path: path.slice(0, MOST_PATH),
        status: response.statusCode,
        requestId: String(response.getHeader('Request-Id')),
        address: senderAddress(request),
      };
      noteApiTokenAct(ports, token, act).catch((error: unknown) =>
        logger.error({ err: error, token, ...act }, 'what a token was used for could not be written down'),
      );
    });
  };
  return async (secret, request, response) => {
    const isWhole = isTokenText(secret);
    const held = isWhole ? await findApiToken(ports, secret, senderAddress(request)) : undefined;
    if (held === undefined) {
      sendRefused(response, {
        type: 'unauthorised',
        title: 'This hub does not know this token.',
        ...(!isWhole && { detail: 'Its checksum is wrong: it was not copied whole, or never was one.' }),
      });
      return undefined;
    }
    const { name, maker } = held;
    if (held.type !== 'open') {
      nameRefused(response, { kind: 'program', who: maker, program: name });
      sendRefused(response, CLOSED[held.type]);
      return undefined;
    }
    const { token, posts, actions } = held;
    const waitSeconds = pace(token);
    if (waitSeconds !== undefined) {
      nameRefused(response, { kind: 'program', who: maker, program: name });
      response.setHeader('Retry-After', String(waitSeconds));
      sendProblem(response, {
        type: 'tooManyRequests',
        status: 429,
        title: `This token asked more than ${MOST_PER_MINUTE} times within a minute.`,
      });
      return undefined;
    }
    if (!READS.has(request.method)) noteWhenDone(token, request, response);
    return { user: maker, posts, token: { token, name }, only: actions };
  };
}
