/**
 * Spans to a collector, as OTLP over HTTP has them in JSON (opentelemetry-proto, trace/v1). They are kept for a moment and sent together; what a collector does not take is dropped and counted, never waited for: traces are for looking on, and
 * nothing of the company's rests on them.
 */
import type { Clock, Timers } from '@holdfast/base';

export interface Span {
  /** 32 and 16 hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Who did it: the hub, or a lane that the hub speaks for. */
  readonly service: 'holdfast-hub' | 'holdfast-lane';
  readonly kind: 'internal' | 'server';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isFailed?: boolean;
}

export interface Tracer {
  add(...spans: readonly Span[]): void;
  /** What is kept is sent, if that goes soon. */
  stop(): Promise<void>;
}

export interface OtlpPorts {
  /** As `OTEL_EXPORTER_OTLP_ENDPOINT` has it: spans go to `/v1/traces` below. */
  readonly endpoint: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly fetch: typeof fetch;
  /** At most once a minute. */
  readonly onDropped: (spans: number, reason: unknown) => void;
}

const EVERY_MS = 1_000;
const MOST_AT_ONCE = 512;
const MOST_KEPT = 8_192;
const PATIENCE_MS = 5_000;
const TELL_EVERY_MS = 60_000;
const KINDS = { internal: 1, server: 2 } as const;
const FAILED = 2;
const NS_PER_MS = 1_000_000n;

const valueOf = (value: string | number | boolean): object => {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) };
};
const attributesOf = (attributes: Span['attributes']): readonly object[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: valueOf(value) }));
const nanosOf = (ms: number): string => String(BigInt(Math.round(ms)) * NS_PER_MS);

/** An `ExportTraceServiceRequest`. */
function otlpRequest(spans: readonly Span[]): object {
  return {
    resourceSpans: [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
      resource: { attributes: attributesOf({ 'service.name': service }) },
      scopeSpans: [
        {
          scope: { name: 'holdfast' },
          spans: own.map(({ traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, isFailed }) => ({
            traceId,
            spanId,
            ...(parentSpanId !== undefined && { parentSpanId }),
            name,
            kind: KINDS[kind],
            startTimeUnixNano: nanosOf(startMs),
            // Clocks of lanes may be ahead of the hub's.
            endTimeUnixNano: nanosOf(Math.max(startMs, endMs)),
            attributes: attributesOf(attributes),
            ...(isFailed === true && { status: { code: FAILED } }),
          })),
        },
      ],
    })),
  };
}

export function createTracer({ endpoint, clock, timers, fetch: send, onDropped }: OtlpPorts): Tracer {
  const url = new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`);
  const kept: Span[] = [];
  let dropped = 0;
  let toldMs: number | undefined;
  let sending: Promise<void> | undefined;
  let cancel = (): void => undefined;

  const drop = (spans: number, reason: unknown): void => {
    dropped += spans;
    const nowMs = clock.monotonicMs();
    if (toldMs !== undefined && nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    onDropped(dropped, reason);
    dropped = 0;
  };
  const sendSome = async (): Promise<void> => {
    const spans = kept.splice(0, MOST_AT_ONCE);
    try {
      const response = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(otlpRequest(spans)),
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      if (!response.ok) drop(spans.length, new Error(`the collector answered ${response.status}`));
    } catch (error) {
      drop(spans.length, error);
    }
  };
  const flush = async (): Promise<void> => {
    while (kept.length > 0) await sendSome();
  };
  const call = (): void => {
    sending ??= flush().finally(() => {
      sending = undefined;
    });
  };
  const tick = (): void => {
    cancel = timers.after(EVERY_MS, () => {
      call();
      tick();
    });
  };
  tick();
  return {
    add: (...spans) => {
      const room = MOST_KEPT - kept.length;
      kept.push(...spans.slice(0, room));
      if (spans.length > room) drop(spans.length - room, new Error('more spans than are kept'));
      if (kept.length >= MOST_AT_ONCE) call();
    },
    stop: async () => {
      cancel();
      await sending;
      // Once: whoever stops waits for no collector that is away.
      if (kept.length > 0) await sendSome();
    },
  };
}
