/** A sale followed from its lane to where it counts, as a collector gets it over HTTP, and as both logs name it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';

import { entrySpanIdOf, traceIdOf } from '@holdfast/sync';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { enrolNextDevice } from '../testing/test-device.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { createTracer, type Span } from './otlp.ts';
import { readTraceParent } from './traces.ts';

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, string | boolean>> }[];
}
interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly value: { readonly stringValue: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Sent, 'service'>[] }[];
  }[];
}

const spans: Sent[] = [];
const lines: Readonly<Record<string, unknown>>[] = [];
const asked = new Set<string>();
let collector: Server;
let hub: TestHub;
beforeAll(async () => {
  collector = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.add([request.method, request.url, request.headers['content-type']].join(' '));
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString('utf8')) as Request;
      for (const { resource, scopeSpans } of resourceSpans)
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...span, service: resource.attributes[0]?.value.stringValue ?? '' });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const log = new Writable({
    write: (line: Buffer, _encoding, done) => {
      lines.push(JSON.parse(String(line)) as Readonly<Record<string, unknown>>);
      done();
    },
  });
  hub = await startTestHub(undefined, { tracesTo: url(), logger: pino({ level: 'info' }, log) });
});
afterAll(async () => {
  await hub.close();
  collector.close();
});
const url = (): string => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
const trace = (traceId: string): readonly Sent[] => spans.filter((span) => span.traceId === traceId);
const named = (traceId: string, name: string): Sent | undefined => trace(traceId).find((span) => span.name === name);

test('a sale is one trace, from its lane over the request and its commit to where it counts, under the name that its lane knows it by', async () => {
  const device = await enrolNextDevice(hub, '1');
  const sale = device.sell([{ sku: 'MILK', quantity: 1, amountMinor: 119 }]);
  const [traceId, saleId] = [traceIdOf(sale.hash), entrySpanIdOf(sale.hash)];
  const answered = await device.post(device.frame());
  expect(answered.status).toBe(200);
  await hub.json('/api/v1/sales');
  await expect
    .poll(
      () =>
        trace(traceId)
          .map(({ name }) => name)
          .toSorted(),
      { timeout: 60_000 },
    )
    .toEqual(['POST /sync/v1/ledger', 'commit', 'fold', 'sale']);
  const [lane, request, commit, fold] = ['sale', 'POST /sync/v1/ledger', 'commit', 'fold'].map((name) => named(traceId, name));
  expect(lane).toMatchObject({
    spanId: saleId,
    service: 'holdfast-lane',
    startTimeUnixNano: `${Date.parse('2026-11-21T10:00:00Z')}000000`,
  });
  expect(lane).not.toHaveProperty('parentSpanId');
  expect(request).toMatchObject({ parentSpanId: saleId, service: 'holdfast-hub', kind: 2 });
  expect([commit?.parentSpanId, fold?.parentSpanId]).toEqual([request?.spanId, saleId]);
  expect([...asked]).toEqual(['POST /v1/traces application/json']);
  const requestId = answered.headers.get('request-id');
  expect(request?.attributes).toContainEqual({ key: 'holdfast.request_id', value: { stringValue: requestId } });
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'request', requestId, traceId, path: '/sync/v1/ledger', status: 200 }));
});

test('each sale of a batch has its own trace; a question that brings nothing has none', async () => {
  const device = await enrolNextDevice(hub, '1');
  const sales = [1, 2, 3].map((quantity) => device.sell([{ sku: 'MILK', quantity, amountMinor: 119 * quantity }]));
  await device.send();
  await device.probe();
  await expect
    .poll(() => sales.map(({ hash }) => named(traceIdOf(hash), 'fold') !== undefined), { timeout: 60_000 })
    .toEqual([true, true, true]);
  expect(sales.map(({ hash }) => trace(traceIdOf(hash)).length)).toEqual([2, 2, 4]);
});

test('a request of the API goes on with the trace of who asks', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await hub.api('/api/v1/stores', { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  await expect.poll(() => named(traceId, 'GET /api/v1/stores'), { timeout: 60_000 }).toMatchObject({ parentSpanId: 'b7ad6b7169203331' });
  expect(lines).toContainEqual(expect.objectContaining({ traceId, path: '/api/v1/stores' }));
});

test.each([
  [undefined, false],
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more', true],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
  ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', false],
  ['x'.repeat(10_000), false],
])('the traceparent %s', (header, isOne) => expect(readTraceParent(header) !== undefined).toBe(isOne));

test('what a collector does not take is told once a minute, and nobody waits for it', async () => {
  const told: number[] = [];
  let nowMs = 0;
  let tick = (): void => undefined;
  let answer = (): Response => new Response('', { status: 503 });
  const tracer = createTracer({
    endpoint: 'http://collector/otlp',
    clock: { monotonicMs: () => nowMs },
    timers: {
      after: (_ms, run) => {
        tick = run;
        return () => undefined;
      },
    },
    fetch: async () => answer(),
    onDropped: (count) => told.push(count),
  });
  const span: Span = {
    traceId: 'a',
    spanId: 'b',
    name: 'n',
    service: 'holdfast-hub',
    kind: 'internal',
    startMs: 0,
    endMs: 0,
    attributes: {},
  };
  tracer.add(span, span);
  tick();
  await expect.poll(() => told).toEqual([2]);
  answer = () => {
    throw new Error('away');
  };
  tracer.add(...Array.from({ length: 9_000 }, () => span));
  await tracer.stop();
  nowMs = 60_000;
  tracer.add(span);
  await tracer.stop();
  // All that went since it was told of last.
  await expect.poll(() => told).toEqual([2, 9_001]);
});
