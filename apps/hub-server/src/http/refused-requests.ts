/**
 * Which requests are kept as refused, and as what. What was malformed, not allowed, from elsewhere or too often says something of who asks; what a person can do nothing wrong by (a price that was changed meanwhile, a
 * page that asks after its session ended, a lane that is told to send on later) does not.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Refused, RefusalLog } from '../refusals/refusals.ts';
import type { Asker } from './asker.ts';
import type { Problem } from './problems.ts';
import { senderAddress } from './sender-address.ts';

type Named = Pick<Refused, 'kind' | 'who' | 'program'>;

const STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 413, 415, 429]);
/** Of other statuses: what lies where the asker does not look, and ledgers that another device signed, or none. */
const PROBLEMS: ReadonlySet<string> = new Set(['noSuchPlace', 'wrong-device', 'bad-signature']);
/** A backlog that comes as fast as it can (SPEC: U-18). */
const PATIENCE = 'later';
const NOBODY: Named = { kind: 'nobody', who: '', program: '' };

const named = new WeakMap<ServerResponse, Named>();

/** Whose the request is, where no guard lets it in as theirs. */
export function nameRefused(response: ServerResponse, { kind, who, program = '' }: Partial<Named> & Pick<Named, 'kind' | 'who'>): void {
  named.set(response, { kind, who, program });
}

/** Before anything is answered. */
export function keepRefusals(log: Pick<RefusalLog, 'note'>, request: IncomingMessage, response: ServerResponse): void {
  response.once('problem', (problem: Problem) => {
    if (isKept(problem, request))
      log.note({
        ...(named.get(response) ?? askerNamed(response)),
        address: senderAddress(request),
        method: request.method ?? '',
        route: routeOf(request),
        status: problem.status,
        problem: problem.type,
        requestId: String(response.getHeader('Request-Id')),
      });
  });
}

function isKept({ status, type }: Problem, { headers }: IncomingMessage): boolean {
  if (type === PATIENCE) return false;
  // Who shows nothing is only asked to sign in.
  if (status === 401 && headers.authorization === undefined) return false;
  return STATUSES.has(status) || PROBLEMS.has(type);
}

function askerNamed(response: ServerResponse): Named {
  const { locals } = response as ServerResponse & { readonly locals?: { readonly asker?: Asker } };
  const asker = locals?.asker;
  if (asker === undefined) return NOBODY;
  if (asker.token !== undefined) return { kind: 'program', who: asker.user, program: asker.token.name };
  return { kind: asker.isBreakGlass === true ? 'hub' : 'person', who: asker.user, program: '' };
}

/** As the path was written down, or as much of it as names nothing of anybody's. */
function routeOf(request: IncomingMessage): string {
  const { route, originalUrl, url } = request as IncomingMessage & {
    readonly route?: { readonly path?: unknown };
    readonly originalUrl?: string;
  };
  if (typeof route?.path === 'string') return route.path;
  return /^\/(?:api|sync)\/v\d\/[a-z-]{1,40}(?=[/?]|$)/.exec(originalUrl ?? url ?? '')?.[0] ?? '/';
}
