/** Every path of the API, as its router has it, is asked by headquarters what nobody should ask: no answer may be the hub's own fault, and what is refused is a problem document. */
import express, { type Router } from 'express';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { pathsOf } from './api-paths.ts';
import { createConsoleRoutes, type ConsoleRoutePorts } from './console-routes.ts';

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
}

/** Nothing is asked of its ports before a request comes. */
const router: Router = createConsoleRoutes({
  sessions: { guard: express.json() },
  clock: { nowMs: () => 0, monotonicMs: () => 0 },
} as unknown as ConsoleRoutePorts);

/** An open stream ends with its reader alone. */
const APART: ReadonlySet<string> = new Set(['get /api/v1/live']);

const routes = (router.stack as unknown as readonly Layer[]).flatMap(({ route }) =>
  route === undefined ? [] : Object.keys(route.methods).map((method) => ({ method, path: String(route.path) })),
);
const asked = routes.filter(({ method, path }) => path.startsWith('/api/') && !APART.has(`${method} ${path}`));

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
const FIELDS = [
  'q',
  'scope',
  'limit',
  'cursor',
  'before',
  'after',
  'store',
  'date',
  'lsn',
  'type',
  'key',
  'sku',
  'by',
  'fromMs',
  'preview',
  'prices',
];
const BODY_FIELDS = [
  'cells',
  'changes',
  'fields',
  'codes',
  'price',
  'name',
  'waves',
  'skus',
  'position',
  'customer',
  'answer',
  'values',
  'reason',
  'user',
];
const value = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
);
const body = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(fc.constantFrom(...FIELDS, ...BODY_FIELDS), value, { maxKeys: 8 }).map((held) => JSON.stringify(held)),
  },
  { weight: 1, arbitrary: value.map((held) => JSON.stringify(held) ?? 'null') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '{',
      '[[[[',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      '\u0000',
    ),
  },
);
const question = fc.record({
  parts: fc.array(text, { minLength: 4, maxLength: 4 }),
  query: fc.dictionary(fc.constantFrom(...FIELDS), text, { maxKeys: 4 }),
  body,
  tag: fc.constantFrom(undefined, '*', '"x"', 'W/"', '\u00FF'),
});

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 120_000);
afterAll(async () => hub.close());

/** Half of a character has no place in an address; a body may hold it. */
const wellFormed = (part: string): string => encodeURIComponent(part.toWellFormed());

const urlOf = (
  path: string,
  { parts, query }: { readonly parts: readonly string[]; readonly query: Readonly<Record<string, string>> },
): string => {
  let index = 0;
  // A dot alone is taken away by whoever sends it.
  const filled = path.replaceAll(/:\w+/g, () => wellFormed(parts[index++] ?? '') || 'x');
  const pairs = Object.entries(query).map(([name, held]) => `${name}=${wellFormed(held)}`);
  return `${filled}?${pairs.join('&')}`;
};

test('every path that is written down is one of the router’s', () => {
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining(pathsOf(router).map(({ method, path }) => `${method} ${path}`)),
  );
  expect(asked.length).toBeGreaterThan(60);
});

test.each(asked)(
  '$method $path answers whatever it is asked, and fails at nothing',
  async ({ method, path }) => {
    const property = fc.asyncProperty(question, async (wish) => {
      const response = await hub.api(urlOf(path, wish), {
        method: method.toUpperCase(),
        headers: { 'content-type': 'application/json', ...(wish.tag !== undefined && { 'if-match': wish.tag, 'if-none-match': wish.tag }) },
        ...(method !== 'get' && { body: wish.body }),
      });
      const answer = await response.text();
      expect(response.status, answer).toBeLessThan(500);
      const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
      expect(isProblem, `${response.status} ${answer}`).toBe(response.status >= 400);
    });
    await fc.assert(property, { numRuns: 4, seed: 20_261_126 });
  },
  60_000,
);
