import type { Clock } from '@holdfast/base';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { forgetOldAnswers } from './answer-once.ts';

/** A day goes by when a test says so. */
let aheadMs = 0;
const clock: Clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() };
const DAY_MS = 24 * 60 * 60 * 1_000;

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(undefined, { clock });
});
afterAll(async () => hub.close());

const send = async (method: string, path: string, key: string | undefined, body?: object): Promise<Response> =>
  hub.api(path, {
    method,
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const told = async (response: Response): Promise<unknown> => [
  response.status,
  response.headers.get('idempotency-replayed'),
  (await response.json()) as unknown,
];
const lsn = async (): Promise<unknown> => hub.database.rows('SELECT lsn FROM tenant');
const article = (sku: string, name = 'Soap') => ({ sku, fields: { name, taxClass: 'standard', unit: 'piece' } });

test('sent again it gets the answer that it got, whatever happened since, and changes nothing', async () => {
  const first = await told(await send('POST', '/api/v1/product', 'once-0001', article('ONCE-1')));
  expect(first).toMatchObject([201, null, { changed: 1 }]);
  expect((await send('DELETE', '/api/v1/product/ONCE-1', undefined)).status).toBe(200);
  const before = await lsn();
  const [, , body] = first as [number, null, object];
  expect(await told(await send('POST', '/api/v1/product', 'once-0001', article('ONCE-1')))).toEqual([201, 'true', body]);
  expect(await lsn()).toEqual(before);
  expect((await hub.api('/api/v1/product/ONCE-1')).status).toBe(404);
});

test('a key is for one request: another body or another article is refused; of another path it is another key', async () => {
  await send('PUT', '/api/v1/product/ONCE-2', 'once-0002', article('ONCE-2'));
  for (const [path, name] of [
    ['/api/v1/product/ONCE-2', 'Other'],
    ['/api/v1/product/ONCE-3', 'Soap'],
    ['/api/v1/product/ONCE-2?preview=true', 'Soap'],
  ] as const) {
    const refused = await send('PUT', path, 'once-0002', article('ONCE-2', name));
    expect([refused.status, await refused.json()], path).toEqual([
      422,
      expect.objectContaining({ type: 'urn:holdfast:problem:idempotencyKeyReused' }),
    ]);
  }
  expect((await send('DELETE', '/api/v1/product/ONCE-2', 'once-0002')).status).toBe(200);
});

test('what was refused is not kept: corrected, or once it is possible, it is done with the same key', async () => {
  const patch = { fields: { name: 'Gel' } };
  expect((await send('PATCH', '/api/v1/product/ONCE-4', 'once-0004', patch)).status).toBe(404);
  expect((await send('PATCH', '/api/v1/product/ONCE-4', 'once-0004', { fields: 7 })).status).toBe(400);
  await send('POST', '/api/v1/product', undefined, article('ONCE-4'));
  expect((await send('PATCH', '/api/v1/product/ONCE-4', 'once-0004', patch)).status).toBe(200);
  expect((await send('PATCH', '/api/v1/product/ONCE-4', 'once-0004', patch)).headers.get('idempotency-replayed')).toBe('true');
});

test('ten at once do it once: one is answered, the others are told that it is under way, or get its answer', async () => {
  const before = (await hub.json<{ stores: readonly object[] }>('/api/v1/stores')).stores.length;
  const store = { store: 'once', name: 'Once', currency: 'EUR', timeZone: 'UTC', taxInclusive: true };
  const answers = await Promise.all(Array.from({ length: 10 }, async () => send('POST', '/api/v1/stores', 'once-0005', store)));
  const made = answers.filter(({ status, headers }) => status === 201 && headers.get('idempotency-replayed') === null);
  expect(made.length).toBe(1);
  for (const { status, headers } of answers.filter((answer) => !made.includes(answer)))
    expect([status, headers.get(status === 201 ? 'idempotency-replayed' : 'retry-after')]).toEqual(
      status === 201 ? [201, 'true'] : [409, '1'],
    );
  expect((await hub.json<{ stores: readonly object[] }>('/api/v1/stores')).stores.length).toBe(before + 1);
});

test('what a hub began and never ended is done anew after a minute', async () => {
  await send('POST', '/api/v1/product', 'once-0006', article('ONCE-6'));
  await hub.database.rows('UPDATE answered_once SET answer = NULL');
  expect((await send('POST', '/api/v1/product', 'once-0006', article('ONCE-6'))).status).toBe(409);
  aheadMs += 61_000;
  const anew = await send('POST', '/api/v1/product', 'once-0006', article('ONCE-6'));
  expect(await anew.json()).toMatchObject({ type: 'urn:holdfast:problem:productExists' });
});

test('neither a key nor an answer is to be read from the database', async () => {
  const issued = await send('POST', '/api/v1/enrolment-codes', 'once-secret-7', { store: '1' });
  const { code } = (await issued.json()) as { code: string };
  const rows = await hub.database.rows<{ row: string }>(
    `SELECT encode(key_hash || asked_hash || coalesce(answer, ''), 'escape') AS row FROM answered_once`,
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { row } of rows) for (const secret of [code, 'once-secret-7']) expect(row).not.toContain(secret);
  expect(await (await send('POST', '/api/v1/enrolment-codes', 'once-secret-7', { store: '1' })).json()).toMatchObject({ code });
});

test('after a day a key is new, and what was kept is gone', async () => {
  await send('POST', '/api/v1/product', 'once-0008', article('ONCE-8'));
  aheadMs += DAY_MS;
  expect((await send('POST', '/api/v1/product', 'once-0008', article('ONCE-8'))).status).toBe(409);
  await send('POST', '/api/v1/product', 'once-0009', article('ONCE-9'));
  await forgetOldAnswers({ database: hub.database, tenantNo: 1, clock });
  expect(await hub.database.rows('SELECT count(*)::int AS held FROM answered_once')).toEqual([{ held: 1 }]);
});

test.each(['short', 'has a space in it', 'x'.repeat(129), 'naïve-key'])('%j is no key', async (key) => {
  expect((await send('POST', '/api/v1/product', key, article('ONCE-10'))).status).toBe(400);
});

test('a file takes no key', async () => {
  const response = await hub.api('/api/v1/import/catalog', {
    method: 'POST',
    headers: { 'idempotency-key': 'once-0011' },
    body: 'sku,name\n',
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    expect.objectContaining({ type: 'urn:holdfast:problem:badIdempotencyKey' }),
  ]);
});
