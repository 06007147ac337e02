/**
 * The paths of the API as what they take: each is added to its router and written down at once, judged by the very schemas that are written down, so that the document of
 * the API (`openapi.ts`) leaves none out and says of none what it is not.
 */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { z } from 'zod';

import { type FieldGuard, placeAsked } from './field-guard.ts';
import { judge } from './judge.ts';
import type { KeepsPace } from './pace.ts';
import type { MaySee, Sight } from './sight.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type ApiPath<Question = unknown, Body = unknown> = PathOfApi<Question, Body> & Answered;

/** As JSON, when it did what was asked; or else what it gives. */
type Answered = { readonly answer: z.ZodType; readonly gives?: never } | { readonly gives: string; readonly answer?: never };

interface PathOfApi<Question, Body> {
  readonly method: Method;
  /** As Express writes it: `/api/v1/product/:sku`. */
  readonly path: string;
  readonly summary: string;
  /** What stands in the path and behind the question mark. */
  readonly question?: z.ZodType<Question>;
  /** A JSON body. */
  readonly body?: z.ZodType<Body>;
  /** A body that is no JSON; without a reader its handler takes it as it comes. */
  readonly takes?: { readonly type: string | readonly string[]; readonly read?: RequestHandler };
  /** Of what it answers when it did what was asked; absent: 200. */
  readonly status?: number;
  /** It changes nothing, though it is asked with a body. */
  readonly onlyReads?: true;
  /** It costs the hub much, however little is asked (docs/API.md): nobody has many of it in a row. */
  readonly isCostly?: true;
  /** What it answers carries its version as an ETag: `If-None-Match` is told that nothing changed; of what is written, `If-Match` says what it was. */
  readonly isVersioned?: true;
  /** Whom it is open to at all; absent: who sees the whole company. What may be done there the path asks itself. */
  readonly sight?: Sight;
}

export interface Asked<Question, Body> {
  readonly question: Question;
  readonly body: Body;
}

type Answer<Question, Body> = (response: Response, asked: Asked<Question, Body>, request: Request) => unknown;

export interface Api {
  /** `answer` is called with what the schemas made of the request, and not at all where it is not what the path takes. */
  add<Question, Body>(path: ApiPath<Question, Body>, answer: Answer<Question, Body>): void;
  readonly paths: readonly ApiPath[];
}

const MAX_BODY = '16mb';

export const isWriting = ({ method, onlyReads }: ApiPath): boolean => method !== 'get' && onlyReads !== true;

const isForEveryone = ({ sight }: ApiPath): boolean => sight === 'everyone';

/** `answer` asks the database for no more than whoever asks sees. */
export type Narrowly = (path: ApiPath, response: Response, answer: () => Promise<unknown>) => Promise<unknown>;

/** `keepsPace` stands before whatever a path reads, `once` before each path that changes something, behind the reader of its body; `maySee` before whatever a path does; `fields` before what is written and what is told. */
export interface ApiGuards {
  readonly once: (path: ApiPath) => RequestHandler;
  readonly keepsPace: KeepsPace;
  readonly maySee: MaySee;
  readonly narrowly: Narrowly;
  readonly fields: FieldGuard;
}

export function createApi(router: Router, { once, keepsPace, maySee, narrowly, fields }: ApiGuards): Api {
  const json = express.json({ limit: MAX_BODY });
  const paths: ApiPath[] = [];
  return {
    paths,
    add: (path, answer) => {
      paths.push(path);
      const read = path.body === undefined ? path.takes?.read : json;
      router[path.method](
        path.path,
        // Before its body costs anything.
        ...(isForEveryone(path) ? [] : [atItsPace(keepsPace, path)]),
        ...(read === undefined ? [] : [read]),
        ...(isWriting(path) && !isForEveryone(path) ? [once(path)] : []),
        async (request, response) => {
          const asked = judged(path, request, response);
          if (asked === undefined || !(await maySee(path, asked.question, request, response))) return undefined;
          // Nobody is asked who they are: it tells of no goods.
          if (isForEveryone(path)) return narrowly(path, response, async () => answer(response, asked, request));
          const place = placeAsked(asked.question);
          if (path.body !== undefined && !(await fields.mayWrite(response, asked.body, place))) return undefined;
          const isOut = fields.watch(response, place);
          await narrowly(path, response, async () => answer(response, asked, request));
          return isOut();
        },
      );
    },
  };
}

const atItsPace =
  (keepsPace: KeepsPace, path: ApiPath): RequestHandler =>
  (request, response, next) => {
    if (keepsPace(path, request, response)) next();
  };

function judged<Question, Body>(
  { question, body }: ApiPath<Question, Body>,
  request: Request,
  response: Response,
): Asked<Question, Body> | undefined {
  const place = question === undefined ? undefined : judge(response, question, { ...request.query, ...request.params });
  if (question !== undefined && place === undefined) return undefined;
  const sent = body === undefined ? undefined : judge(response, body, request.body);
  if (body !== undefined && sent === undefined) return undefined;
  return { question: place as Question, body: sent as Body };
}
