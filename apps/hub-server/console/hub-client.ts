/** Asks the hub by the names of its operations: what each takes and answers stands in `hub-api.ts`, which the hub wrote; what comes is checked by the hub's own schema. */
import { z } from 'zod';

import { ApiFailure, ask } from './ask.ts';
import { OPERATIONS, type Operations } from './hub-api.ts';

export type Operation = keyof Operations;
export type Answer<Name extends Operation> = Operations[Name]['answer'];
type Question<Name extends Operation> = Operations[Name]['question'];
type Body<Name extends Operation> = Operations[Name]['body'];

/** `question`: what stands in the path and behind the question mark; what is undefined or empty there is not sent. */
export type Asked<Name extends Operation> = (object extends Question<Name>
  ? { readonly question?: Question<Name> }
  : { readonly question: Question<Name> }) &
  (undefined extends Body<Name> ? { readonly body?: Body<Name> } : { readonly body: Body<Name> }) & {
    /** The version of what was read: where somebody changed it since, the hub refuses. */
    readonly ifMatch?: string | undefined;
  };

const schemas = new Map<Operation, z.ZodType>();

/** By which an answer is judged. */
export function answerSchema<Name extends Operation>(name: Name): z.ZodType<Answer<Name>> {
  const held = schemas.get(name) ?? z.fromJSONSchema(OPERATIONS[name].answer as unknown as Parameters<typeof z.fromJSONSchema>[0]);
  schemas.set(name, held);
  return held as z.ZodType<Answer<Name>>;
}

export function addressOf<Name extends Operation>(name: Name, question: Question<Name> | undefined): string {
  const { path } = OPERATIONS[name];
  const rest = new URLSearchParams();
  let filled: string = path;
  for (const [key, value] of Object.entries((question ?? {}) as Readonly<Record<string, string | number | undefined>>)) {
    if (value === undefined || value === '') continue;
    const text = String(value);
    if (filled.includes(`{${key}}`)) filled = filled.replace(`{${key}}`, () => encodeURIComponent(text));
    else rest.set(key, text);
  }
  return rest.size === 0 ? filled : `${filled}?${String(rest)}`;
}

export async function askHub<Name extends Operation>(name: Name, asked: Asked<Name>, signal?: AbortSignal): Promise<Answer<Name>> {
  const { question, body, ifMatch } = asked as {
    readonly question?: Question<Name>;
    readonly body?: unknown;
    readonly ifMatch?: string;
  };
  const init = {
    method: OPERATIONS[name].method,
    ...((body !== undefined || ifMatch !== undefined) && {
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(ifMatch !== undefined && { 'If-Match': `"${ifMatch}"` }),
      },
    }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  return ask(answerSchema(name), addressOf(name, question), init, signal);
}

/** A path that writes answers what it wrote, and what each store would get to who asks for a preview. */
export type Preview<Name extends Operation> = PreviewOf<Answer<Name>>;
type PreviewOf<Written> = Extract<Written, { readonly groups: unknown }>;

export function previewIn<Written extends object>(written: Written): PreviewOf<Written> {
  if (!isPreview(written)) throw new ApiFailure({ type: 'malformed', at: 'groups' });
  return written;
}

export function publishedIn<Written extends object>(written: Written): Exclude<Written, { readonly groups: unknown }> {
  if (isPreview(written)) throw new ApiFailure({ type: 'malformed', at: 'lsn' });
  return written as Exclude<Written, { readonly groups: unknown }>;
}

const isPreview = <Written extends object>(written: Written): written is PreviewOf<Written> => 'groups' in written;
