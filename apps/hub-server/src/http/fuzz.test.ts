/**
 * Every path of the API, as its router has it, is asked by headquarters what nobody should ask: half of it is what the hub's own document says that the path takes, half is anything. No
 * answer may be the hub's own fault, and what is refused is a problem document.
 */
import express, { type Router } from 'express';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { watchRequests } from '../testing/asked-by-requests.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createConsoleRoutes, type ConsoleRoutePorts } from './console-routes.ts';
import { createHealthRoutes, type HealthRoutePorts } from './health-routes.ts';
import type { ApiDocument, JsonSchema, OperationDocument } from './openapi.ts';

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
}

/** Nothing is asked of their ports before a request comes, but what they are. */
const ports = {
  database: { engine: 'pglite' },
  sessions: { guard: express.json() },
  clock: { nowMs: () => 0, monotonicMs: () => 0 },
} as unknown as ConsoleRoutePorts & HealthRoutePorts;
const routers: readonly Router[] = [createConsoleRoutes(ports), createHealthRoutes(ports).router];

const routes = routers
  .flatMap(({ stack }) => stack as unknown as readonly Layer[])
  .flatMap(({ route }) => (route === undefined ? [] : Object.keys(route.methods).map((method) => ({ method, path: String(route.path) }))));

const NAUGHTY = [
  '',
  ' ',
  '\u0000',
  '\u001F',
  'a\nb',
  '\uD800',
  '../../etc/passwd',
  "' OR 1=1 --",
  '%',
  '%00',
  '=cmd|"/c calc"!A1',
  '__proto__',
  'constructor',
  'global',
  'store:1',
  'store:',
  'zone:\u0000',
  'kiosk@store:1',
  '9223372036854775808',
  '-1',
  '1e400',
  'NaN',
  'true',
  '0123456789abcdef',
  '🧂'.repeat(300),
  'x'.repeat(5_000),
];
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAUGHTY) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const BODIES = ['', '{', '[[[[', '{"a":1,"a":2}', '{"__proto__":{"x":1}}', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, '\u0000'];

const matching = (pattern: string): Arbitrary<string> => {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'));
  } catch {
    // A pattern that looks around is found by chance alone.
    return text;
  }
};

const lengthOf = ({ minLength, maxLength }: JsonSchema) => ({
  minLength: Number(minLength ?? 0),
  maxLength: Math.min(Number(maxLength ?? 40), 40),
});

function stringOf(schema: JsonSchema): Arbitrary<unknown> {
  if (typeof schema['pattern'] === 'string') return matching(schema['pattern']);
  return fc.oneof(fc.string(lengthOf(schema)), text);
}

function objectOf({ properties, required, additionalProperties }: JsonSchema): Arbitrary<unknown> {
  const needed = new Set((required ?? []) as readonly string[]);
  const named = Object.entries((properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  if (named.length === 0) return fc.dictionary(text, asAgreed((additionalProperties ?? {}) as JsonSchema), { maxKeys: 3 });
  return fc.record(Object.fromEntries(named.map(([name, of]) => [name, asked(of)])), {
    requiredKeys: named.map(([name]) => name).filter((name) => needed.has(name)),
  });
}

/** What a schema of the document lets through, as far as it says. */
function asAgreed(schema: JsonSchema): Arbitrary<unknown> {
  const { enum: words, const: only, anyOf, type, items, minimum, maximum, minItems } = schema;
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(words)) return fc.constantFrom<unknown>(...words);
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(asAgreed));
  if (Array.isArray(type)) return fc.oneof(...type.map((one: string) => asAgreed({ ...schema, type: one })));
  if (type === 'integer' || type === 'number')
    return fc.maxSafeInteger().map((any) => Math.min(Math.max(any, Number(minimum ?? any)), Number(maximum ?? any)));
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array')
    return fc.array(asked((items ?? {}) as JsonSchema), {
      minLength: Number(minItems ?? 0),
      maxLength: Math.max(3, Number(minItems ?? 0)),
    });
  if (type === 'object') return objectOf(schema);
  return type === 'string' ? stringOf(schema) : text;
}

const anything = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
);
const wordOf = (held: unknown): string => (typeof held === 'string' ? held : (JSON.stringify(held) ?? ''));
const asked = (schema: JsonSchema): Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: asAgreed(schema) }, { weight: 1, arbitrary: anything });

function wishOf({ parameters, requestBody }: OperationDocument) {
  const asks = (where: string) =>
    parameters.filter((parameter) => parameter.in === where).map(({ name, schema }) => [name, asked(schema).map(wordOf)] as const);
  const schema = requestBody?.content['application/json']?.schema;
  const body = schema === undefined ? text : asked(schema).map((held) => JSON.stringify(held) ?? 'null');
  return fc.record({
    path: fc.record(Object.fromEntries(asks('path'))),
    query: fc.record(Object.fromEntries(asks('query')), { requiredKeys: [] }),
    body: fc.oneof({ weight: 8, arbitrary: body }, { weight: 1, arbitrary: fc.constantFrom(...BODIES) }),
    key: fc.constantFrom(undefined, undefined, 'x', '\u00FF', 'for-once-and-all'),
    tag: fc.constantFrom(undefined, '*', '"x"', 'W/"', '\u00FF'),
  });
}

const watched = watchRequests(await openMemoryDatabase());
/** Tables that the folder writes, and what it asks before a question that waits for it. */
const READS_FOLDS =
  /\b(?:FROM|JOIN)\s+(?:ledger_(?:entry|held|gap|exception)|sale|sale_line|sale_sum|return_line|return_hold|stock\w*|account_(?:balance|movement|grant)|card_payment|shift_span|safe_movement|attendance_mark|points_earned|promotion_use|uses_counted|unlisted_line|basket_takeover)\b/;
const SETTLES = /SELECT max\(run_no\) AS run_no FROM ledger_run/;
let foldsRead = 0;

let hub: TestHub;
let document: ApiDocument;
beforeAll(async () => {
  hub = await startTestHub(watched.database);
  document = await hub.json<ApiDocument>('/api/v1/openapi.json');
});
afterAll(async () => hub.close());

/** Half of a character has no place in an address; a body may hold it. */
const wellFormed = (part: string): string => encodeURIComponent(part.toWellFormed());

const documentPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

const urlOf = (
  path: string,
  { path: parts, query }: { readonly path: Readonly<Record<string, string>>; readonly query: Readonly<Record<string, string | undefined>> },
): string => {
  // A dot alone is taken away by whoever sends it.
  const filled = path.replaceAll(/:(\w+)/g, (_all, name: string) => wellFormed(parts[name] ?? '').replace(/^\.{1,2}$/, '') || 'x');
  const pairs = Object.entries(query).map(([name, held]) => `${name}=${wellFormed(held ?? '')}`);
  return `${filled}?${pairs.join('&')}`;
};

test('the document has every path that is answered but to devices, and no other', () => {
  const written = Object.entries(document.paths).flatMap(([path, of]) => Object.keys(of).map((method) => `${method} ${path}`));
  const routed = routes.map(({ method, path }) => `${method} ${documentPath(path)}`);
  expect(written.toSorted()).toEqual(routed.toSorted());
  expect(written.length).toBeGreaterThan(85);
});

test('what stands in a path is in its document, and each operation has a name of its own', () => {
  const names = Object.entries(document.paths).flatMap(([path, of]) =>
    Object.values(of).map(({ operationId, parameters }) => {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => `{${name}}`);
      expect(inPath.toSorted(), operationId).toEqual((path.match(/\{\w+\}/g) ?? []).toSorted());
      return operationId;
    }),
  );
  expect(new Set(names).size).toBe(names.length);
});

test.each(routes)(
  '$method $path answers whatever it is asked, and fails at nothing',
  async ({ method, path }) => {
    const operation = document.paths[documentPath(path)]?.[method];
    if (operation === undefined) throw new Error(`the document does not have ${method} ${path}`);
    const mediaType = Object.keys(operation.requestBody?.content ?? {}).find((type) => type.startsWith('image/')) ?? 'application/json';
    const property = fc.asyncProperty(wishOf(operation), async (wish) => {
      const response = await hub.api(urlOf(path, wish), {
        method: method.toUpperCase(),
        // Where a browser is sent is an answer.
        redirect: 'manual',
        headers: {
          'content-type': mediaType,
          ...(wish.key !== undefined && { 'idempotency-key': wish.key }),
          ...(wish.tag !== undefined && { 'if-match': wish.tag, 'if-none-match': wish.tag }),
        },
        ...(method !== 'get' && { body: wish.body }),
      });
      const answer = await response.text();
      expect(response.status, answer).toBeLessThan(500);
      const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
      expect(isProblem, `${response.status} ${answer}`).toBe(response.status >= 400);
    });
    watched.takeAsked();
    await fc.assert(property, { numRuns: 6, seed: 20_261_126 });
    // Readings for programs say how far folding is, and wait for nothing.
    if (method !== 'get' || !path.startsWith('/api/v1/')) return;
    const unfolded = watched.takeAsked().filter((statements) => {
      const first = statements.findIndex((sql) => READS_FOLDS.test(sql));
      foldsRead += first === -1 ? 0 : 1;
      return first !== -1 && !statements.slice(0, first).some((sql) => SETTLES.test(sql));
    });
    expect(unfolded, 'what it tells is folded: it waits for what was received').toEqual([]);
  },
  60_000,
);

test('what is read out of folds was found, where it is read', () => {
  expect(foldsRead).toBeGreaterThan(60);
});
