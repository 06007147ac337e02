/**
 * One request to the hub, its answer checked on arrival, and the ways in which asking can fail. The session is a cookie that the browser
 * keeps; the console itself never sees a token.
 *
 * Every failure is an `ApiFailure` with a `type`; asking again is safe after each of them, as all requests but the making of an enrolment code only read.
 */
import { unreachable } from '@holdfast/base';
import { z } from 'zod';

import type { Presence } from './presence.ts';

const problemSchema = z.object({ type: z.string().optional(), title: z.string().optional(), detail: z.string().optional() });

export type Failure =
  /** No session, or one that the hub no longer knows. */
  | { readonly type: 'sessionLost' }
  /** No answer: the hub is down, or the network between is. */
  | { readonly type: 'unreachable' }
  | { readonly type: 'notFound' }
  | { readonly type: 'problem'; readonly status: number; readonly text: string; /** As programs know it. */ readonly name?: string }
  /** An answer that is not what was agreed; `at` names the field. */
  | { readonly type: 'malformed'; readonly at: string };

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failureText(failure));
    this.failure = failure;
  }
}

/** What happened, for a person, and what to do. */
export function failureText(failure: Failure): string {
  switch (failure.type) {
    case 'sessionLost':
      return 'The session has ended.';
    case 'unreachable':
      return 'The hub does not answer.';
    case 'notFound':
      return 'The hub does not know it.';
    case 'problem':
      return `The hub refused (${failure.status}): ${failure.text}`;
    case 'malformed':
      return `The hub’s answer could not be read (${failure.at}). Console and hub may be of different versions: reload the page.`;
    default:
      return unreachable(failure, 'failureText');
  }
}

export const failureOf = (error: unknown): Failure | null => (error instanceof ApiFailure ? error.failure : null);

/** A hub that is away, or has too much to do, answers later what it does not answer now. */
function isOverSoon(error: Error): boolean {
  const failure = failureOf(error);
  if (failure?.type === 'problem') return failure.status === 429 || failure.status >= 500;
  return failure?.type === 'unreachable';
}

/** A query's `refetchInterval`: so often, and as often as long as the hub does not answer; what it refused is not asked for again. */
export const again =
  (everyMs: number) =>
  ({ state: { error } }: { readonly state: { readonly error: Error | null } }): number | false =>
    error === null || isOverSoon(error) ? everyMs : false;

const ANSWER_WITHIN_MS = 10_000;

/** Until it is given, each request is somebody's. */
let presence: Presence | undefined;
export const tellPresence = (of: Presence): void => void (presence = of);

async function problemOf(response: Response): Promise<{ readonly text: string; readonly name?: string }> {
  const body: unknown = await response.json().catch(() => null);
  const problem = problemSchema.safeParse(body);
  const text = problem.success ? (problem.data.detail ?? problem.data.title) : undefined;
  const [, name] = /^urn:holdfast:problem:(\w+)$/.exec(problem.data?.type ?? '') ?? [];
  return { text: text ?? (response.statusText || 'no reason given'), ...(name !== undefined && { name }) };
}

function headersOf({ headers }: RequestInit): Pick<RequestInit, 'headers'> {
  const own = Object.entries(presence?.headersOf() ?? {});
  if (own.length === 0) return {};
  const all = new Headers(headers);
  for (const [name, value] of own) all.set(name, value);
  return { headers: all };
}

/** What the hub says there, checked; every way in which asking can fail is an `ApiFailure`. */
export async function ask<T>(
  schema: z.ZodType<T>,
  path: string,
  init: RequestInit,
  signal?: AbortSignal,
  withinMs = ANSWER_WITHIN_MS,
): Promise<T> {
  const deadline = AbortSignal.timeout(withinMs);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, {
      ...init,
      ...headersOf(init),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    if (response.ok) body = await response.json();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiFailure({ type: 'unreachable' });
  }
  if (response.status === 401) throw new ApiFailure({ type: 'sessionLost' });
  if (response.status === 404) throw new ApiFailure({ type: 'notFound' });
  // A proxy says so in place of a hub that is down or starting.
  if ([502, 503, 504].includes(response.status)) throw new ApiFailure({ type: 'unreachable' });
  if (!response.ok) throw new ApiFailure({ type: 'problem', status: response.status, ...(await problemOf(response)) });
  const checked = schema.safeParse(body);
  if (!checked.success) throw new ApiFailure({ type: 'malformed', at: checked.error.issues[0]?.path.join('.') ?? path });
  return checked.data;
}
