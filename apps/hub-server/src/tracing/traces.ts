/** What is traced: a sale from its lane over the hub's commit to where it counts, and each request of the API. A sale's trace is named by its entry's hash (`traceIdOf`); the lane's part is told by the hub, from what the entry says. */
import { randomBytes } from 'node:crypto';

import { bytesToHex, entrySpanIdOf, traceIdOf } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import type { Span, Tracer } from './otlp.ts';

export interface Traces {
  /** A batch of a lane's: `head` is the hash of its last entry. */
  ledger(request: TracedLedger): void;
  api(request: TracedRequest): void;
  /** Entries were folded: those behind `after`, up to `upTo`. */
  folded(after: number, upTo: number): void;
  stop(): Promise<void>;
}

export interface TracedRequest {
  /** W3C; of whoever asked, or the hub's own. */
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface TracedLedger extends Omit<TracedRequest, 'traceId' | 'parentSpanId' | 'method'> {
  readonly head: Uint8Array;
  readonly device: string;
  /** From when the body was there until it was committed. */
  readonly commit: { readonly startMs: number; readonly endMs: number };
}

const SPAN_BYTES = 8;
const TRACE_BYTES = 16;
const newSpanId = (): string => randomBytes(SPAN_BYTES).toString('hex');
export const newTraceId = (): string => randomBytes(TRACE_BYTES).toString('hex');

export interface TraceParent {
  readonly traceId: string;
  readonly parentSpanId: string;
}

/** `traceparent` as W3C Trace Context has it; undefined for what is none. */
export function readTraceParent(header: string | readonly string[] | undefined): TraceParent | undefined {
  const [, version, traceId, parentSpanId] =
    typeof header === 'string' ? (/^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/.exec(header) ?? []) : [];
  if (traceId === undefined || parentSpanId === undefined || version === 'ff') return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(parentSpanId) ? undefined : { traceId, parentSpanId };
}

const requestSpan = (request: TracedRequest, spanId: string): Span => ({
  traceId: request.traceId,
  spanId,
  ...(request.parentSpanId !== undefined && { parentSpanId: request.parentSpanId }),
  name: `${request.method} ${request.path}`,
  service: 'holdfast-hub',
  kind: 'server',
  startMs: request.startMs,
  endMs: request.endMs,
  attributes: {
    'http.request.method': request.method,
    'url.path': request.path,
    'http.response.status_code': request.status,
    'holdfast.request_id': request.requestId,
  },
  isFailed: request.status >= 500,
});

export interface TracesPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: { nowMs(): number };
  readonly tracer: Tracer;
  readonly onFailure: (error: unknown) => void;
}

export function createTraces({ database, tenantNo, clock, tracer, onFailure }: TracesPorts): Traces {
  let telling: Promise<void> = Promise.resolve();
  return {
    ledger: ({ head, device, commit, ...request }) => {
      const [traceId, spanId] = [traceIdOf(head), newSpanId()];
      tracer.add(requestSpan({ ...request, method: 'POST', traceId, parentSpanId: entrySpanIdOf(head) }, spanId), {
        traceId,
        spanId: newSpanId(),
        parentSpanId: spanId,
        name: 'commit',
        service: 'holdfast-hub',
        kind: 'internal',
        ...commit,
        attributes: { 'holdfast.device': device },
      });
    },
    api: (request) => tracer.add(requestSpan(request, newSpanId())),
    folded: (after, upTo) => {
      const foldedAtMs = clock.nowMs();
      telling = telling
        .then(async () =>
          tracer.add(...(await salesBetween(database, { tenantNo, after, upTo })).flatMap((sale) => saleSpans(sale, foldedAtMs))),
        )
        .catch(onFailure);
    },
    stop: async () => {
      await telling;
      await tracer.stop();
    },
  };
}

interface FoldedSale {
  readonly hash: Uint8Array;
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly seq: number;
  readonly atMs: number;
  readonly receivedAtMs: number;
}

const salesBetween = async (
  database: Database,
  { tenantNo, after, upTo }: { readonly tenantNo: number; readonly after: number; readonly upTo: number },
): Promise<readonly FoldedSale[]> =>
  database.rows<FoldedSale>(
    `SELECT e.hash, s.device, s.store, s.lane, s.seq, s.at_ms AS "atMs", s.received_at_ms AS "receivedAtMs" FROM sale s JOIN ledger_entry e ON e.entry_no = s.entry_no
     WHERE s.tenant_no = $1 AND s.entry_no > $2 AND s.entry_no <= $3 ORDER BY s.entry_no`,
    [tenantNo, after, upTo],
  );

/** From the lane's receipt to the hub's commit, by the clock of each; and from there to where it counts. */
function saleSpans({ hash, device, store, lane, seq, atMs, receivedAtMs }: FoldedSale, foldedAtMs: number): readonly Span[] {
  const [traceId, spanId] = [traceIdOf(hash), entrySpanIdOf(hash)];
  const attributes = {
    'holdfast.device': device,
    'holdfast.store': store,
    'holdfast.lane': lane,
    'holdfast.seq': seq,
    'holdfast.entry': bytesToHex(hash),
  };
  return [
    { traceId, spanId, name: 'sale', service: 'holdfast-lane', kind: 'internal', startMs: atMs, endMs: receivedAtMs, attributes },
    {
      traceId,
      spanId: newSpanId(),
      parentSpanId: spanId,
      name: 'fold',
      service: 'holdfast-hub',
      kind: 'internal',
      startMs: receivedAtMs,
      endMs: foldedAtMs,
      attributes: { 'holdfast.device': device },
    },
  ];
}
