/** The document of the API (OpenAPI 3.1): what `Api` wrote down of its paths, in the words that tools read. It is made of the schemas that judge requests. */
import { z } from 'zod';

import { isWriting, type ApiPath } from './api-paths.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ParameterDocument {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface MediaDocument {
  readonly [type: string]: { readonly schema?: JsonSchema };
}

interface AnswerDocument {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: MediaDocument;
}

export interface OperationDocument {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly summary: string;
  /** Empty: it asks nobody who they are. */
  readonly security?: readonly [];
  readonly parameters: readonly ParameterDocument[];
  readonly requestBody?: { readonly required: boolean; readonly content: MediaDocument };
  readonly responses: Readonly<Record<string, AnswerDocument | { readonly $ref: string }>>;
}

export interface ApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationDocument>>>>;
  readonly components: JsonSchema;
}

/** Of the API: the number in its paths. What is added keeps it; what would break a caller begins another one beside it. */
const VERSION = '1';

export function describeApi(paths: readonly ApiPath[]): ApiDocument {
  const described: Record<string, Record<string, OperationDocument>> = {};
  for (const path of paths) {
    const of = (described[path.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {});
    of[path.method] = describe(path);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast hub',
      version: VERSION,
      description:
        'What headquarters do, and what programs do for them. Refusals are problem documents (RFC 9457): their type is for programs, their words for people, and what was refused changed nothing.',
    },
    security: [{ program: [] }, { session: [] }, { token: [] }],
    paths: described,
    components: {
      securitySchemes: {
        program: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'holdfast_pat_…',
          description:
            'A token that somebody made for this program in the console: it reads what they see at its places, does what it was made for and never what they may not. Refused with 401 where it is none, ran out or was revoked; with 403 (outsideToken) where it was not made for that.',
        },
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The console token that the hub printed when it started; for the hub’s own machine.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-holdfast_console_PORT',
          description:
            'Of a browser in which somebody signed in, or that opened the hub’s link. What it changes comes from the console’s own pages alone (Origin).',
        },
      },
      responses: {
        problem: {
          description: 'Why it was refused, or failed.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

const PROBLEM: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', description: 'A URN that stays the same: urn:holdfast:problem:…' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string', description: 'Under which the hub’s log has the cause.' },
  },
};

/** As whoever asks writes it: before defaults and conversions. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return described;
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `get /api/v1/product/:sku` is getProductBySku. */
function nameOf({ method, path }: ApiPath): string {
  const parts = path.replace(/^\/api\/v1\//, '').split('/');
  const words = parts.flatMap((part) => (part.startsWith(':') ? ['by', part.slice(1)] : part.split(/\W+/)));
  return (
    method +
    words
      .filter((word) => word !== '')
      .map(capital)
      .join('')
  );
}

function describe(path: ApiPath): OperationDocument {
  const [, , , first = 'health'] = path.path.split('/');
  // The same as a file is of the same part.
  const [tag = ''] = first.split('.');
  const body = bodyOf(path);
  return {
    operationId: nameOf(path),
    tags: [tag],
    summary: path.summary,
    ...(path.sight === 'everyone' && { security: [] as const }),
    parameters: [
      ...questionOf(path),
      ...(path.isVersioned === true ? [versionHeader(path.method !== 'get')] : []),
      ...(isWriting(path) && !takesFile(path) && path.sight !== 'everyone' ? [KEY_HEADER] : []),
    ],
    ...(body !== undefined && { requestBody: body }),
    responses: answersOf(path),
  };
}

function questionOf({ path, question }: ApiPath): readonly ParameterDocument[] {
  const schema = question === undefined ? {} : schemaOf(question);
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const named = new Set([...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name));
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: named.has(name) ? 'path' : 'query',
    required: named.has(name) || required.has(name),
    schema: of,
  }));
}

const versionHeader = (isOfWriting: boolean): ParameterDocument => ({
  name: isOfWriting ? 'If-Match' : 'If-None-Match',
  in: 'header',
  required: false,
  description: isOfWriting
    ? 'The ETag of what the sender saw: where somebody changed it since, nothing is changed (412).'
    : 'The ETag of what the sender holds: where it is the same, that is said (304) and nothing is sent.',
  schema: { type: 'string' },
});

const takesFile = ({ takes }: ApiPath): boolean => takes !== undefined && takes.read === undefined;

const KEY_HEADER: ParameterDocument = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Sent again with the same key within a day, the request gets the answer that it got, and is not done again. A key for another request is refused (422).',
  schema: { type: 'string', minLength: 8, maxLength: 128 },
};

function bodyOf({ body, takes }: ApiPath): OperationDocument['requestBody'] {
  if (takes !== undefined) return { required: true, content: Object.fromEntries([takes.type].flat().map((type) => [type, {}])) };
  if (body === undefined) return undefined;
  return { required: !body.safeParse(undefined).success, content: { 'application/json': { schema: schemaOf(body) } } };
}

function answersOf(path: ApiPath): OperationDocument['responses'] {
  const { method, status, isVersioned } = path;
  const isRead = method === 'get' && isVersioned === true;
  return {
    [String(status ?? 200)]: {
      description: 'It did what was asked.',
      ...(isRead && { headers: { ETag: { description: 'The version of what is answered.', schema: { type: 'string' } } } }),
      content: path.gives === undefined ? { 'application/json': { schema: schemaOf(path.answer) } } : { [path.gives]: {} },
    },
    ...(isRead && { '304': { description: 'Nothing changed.' } }),
    ...(method !== 'get' && isVersioned === true && { '412': { $ref: '#/components/responses/problem' } }),
    default: { $ref: '#/components/responses/problem' },
  };
}
