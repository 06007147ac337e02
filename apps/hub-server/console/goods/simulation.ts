/** What baskets of some days would have paid, as the hub tells it line by line: how far it is, then what it came to. Whoever leaves ends it. */
import { useEffect, useRef, useState } from 'react';
import { z } from 'zod';

import { ApiFailure, type Failure, failureOf } from '../ask.ts';
import { format, plural } from '../format.ts';

const sums = { currency: z.string(), beforeMinor: z.int(), afterMinor: z.int() };
const resultSchema = z.object({
  type: z.literal('result'),
  from: z.string(),
  to: z.string(),
  /** The first day whose baskets are all in it; null: none are. */
  wholeFrom: z.string().nullable(),
  looked: z.int(),
  baskets: z.int(),
  stores: z.array(z.object({ store: z.string(), baskets: z.int(), soldMinor: z.int(), ...sums })),
  articles: z.array(
    z.object({
      sku: z.string(),
      name: z.string(),
      unit: z.enum(['piece', 'gram', 'millilitre', 'millimetre']),
      quantity: z.int(),
      lines: z.int(),
      ...sums,
    }),
  ),
});
export type SimulationResult = z.infer<typeof resultSchema>;
const progressSchema = z.object({ type: z.literal('progress'), day: z.string(), done: z.int(), of: z.int() });
export type SimulationProgress = z.infer<typeof progressSchema>;
const newsSchema = z.discriminatedUnion('type', [resultSchema, progressSchema]);
type News = z.infer<typeof newsSchema>;
const problemSchema = z.object({ title: z.string().optional(), detail: z.string().optional() });

/** Whole lines of what came; what is behind the last end is kept for the next piece. Exported for its test. */
export function readNews(text: string): { readonly news: readonly News[]; readonly rest: string } {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const news = lines.map((line): News => {
    const read = newsSchema.safeParse(JSON.parse(line));
    if (!read.success) throw new ApiFailure({ type: 'malformed', at: read.error.issues[0]?.path.join('.') ?? 'price-simulations' });
    return read.data;
  });
  return { news, rest };
}

async function failed(response: Response): Promise<Failure> {
  if (response.status === 401) return { type: 'sessionLost' };
  const problem = problemSchema.safeParse(await response.json().catch(() => null)).data;
  return { type: 'problem', status: response.status, text: problem?.detail ?? problem?.title ?? response.statusText };
}

export interface SimulationSpan {
  readonly from: string;
  readonly to: string;
}

async function run(campaign: number, span: SimulationSpan, signal: AbortSignal, onNews: (news: News) => void): Promise<void> {
  const response = await fetch('/api/v1/price-simulations', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ campaign, ...span }),
    signal,
  });
  if (!response.ok || response.body === null) throw new ApiFailure(await failed(response));
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const read = readNews(rest + piece);
    rest = read.rest;
    for (const news of read.news) onNews(news);
  }
}

export interface Simulating {
  readonly progress: SimulationProgress | null;
  readonly result: SimulationResult | null;
  readonly error: unknown;
  readonly isRunning: boolean;
  readonly start: (span: SimulationSpan) => void;
  readonly cancel: () => void;
}

interface Shown {
  readonly progress: SimulationProgress | null;
  readonly result: SimulationResult | null;
  readonly error: unknown;
}

const NOTHING: Shown = { progress: null, result: null, error: null };

export function useSimulation(campaign: number): Simulating {
  const [shown, setShown] = useState(NOTHING);
  const [isRunning, setRunning] = useState(false);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const cancel = (): void => {
    running.current?.abort();
    running.current = undefined;
    setRunning(false);
  };
  const start = (span: SimulationSpan): void => {
    cancel();
    const controller = new AbortController();
    running.current = controller;
    setShown(NOTHING);
    setRunning(true);
    run(campaign, span, controller.signal, (news) =>
      setShown((held) => (news.type === 'progress' ? { ...held, progress: news } : { ...held, result: news })),
    )
      .catch((error: unknown) => {
        const failure = failureOf(error) ?? { type: 'unreachable' as const };
        if (!controller.signal.aborted) setShown({ ...NOTHING, error: new ApiFailure(failure) });
      })
      .finally(() => {
        if (running.current === controller) setRunning(false);
      });
  };
  return { ...shown, isRunning, start, cancel };
}

/** By currency: what all stores together would have taken. */
export function totalsOf({ stores }: SimulationResult): readonly {
  readonly currency: string;
  readonly baskets: number;
  readonly soldMinor: number;
  readonly beforeMinor: number;
  readonly afterMinor: number;
}[] {
  return [...Map.groupBy(stores, ({ currency }) => currency)].map(([currency, rows]) => ({
    currency,
    baskets: rows.reduce((sum, row) => sum + row.baskets, 0),
    soldMinor: rows.reduce((sum, row) => sum + row.soldMinor, 0),
    beforeMinor: rows.reduce((sum, row) => sum + row.beforeMinor, 0),
    afterMinor: rows.reduce((sum, row) => sum + row.afterMinor, 0),
  }));
}

/** `+3.2 %`, to a tenth; of nothing there is no share. */
export function changeText(beforeMinor: number, afterMinor: number): string {
  if (beforeMinor === 0) return '';
  const share = new Intl.NumberFormat('en-GB', {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  return share
    .format((afterMinor - beforeMinor) / Math.abs(beforeMinor))
    .replace('-', '−')
    .replace('%', ' %');
}

/** Which days and baskets are in it. */
export function scopeText({ from, to, wholeFrom, looked, baskets }: SimulationResult): string {
  const told = `${plural(looked, 'basket')} of ${format.count(baskets)} hold one of these goods`;
  if (wholeFrom === from) return `${from} to ${to}: ${told}.`;
  const days = wholeFrom === null ? 'No day is whole' : `Only ${wholeFrom} to ${to} is whole`;
  return `${days}, for time ran out: ${told}. Ask for fewer days.`;
}
