/** The two ends of a peer as processes, so that one that takes too long can be ended, and is then told with what it had sent so far; and what both took of the machine meanwhile. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { EntryDraft } from '@holdfast/sync';
import { z } from 'zod';

import type { PeerOptions, PeerQuestion } from '../peers/peer-process.ts';
import { saleKey } from '../peers/workload.ts';
import { figure, type Figure } from '../report.ts';
import type { CountingProxy } from './counting-proxy.ts';
import { metered, together, type Metered } from './usage.ts';

const PROCESS = fileURLToPath(new URL('../peers/peer-process.ts', import.meta.url));
const MS_PER_S = 1_000;
const SETUP_LIMIT_S = 1_200;

const answerSchema = z.object({ id: z.int(), value: z.unknown().optional(), error: z.string().optional() });
const openedSchema = z.object({
  port: z.int(),
  pid: z.int(),
  setting: z.string(),
  canServe: z.boolean(),
  withoutDisk: z.string().optional(),
});
const goodsSchema = z.object({ lost: z.int(), doubled: z.int(), divergent: z.int() });

export interface End extends z.infer<typeof openedSchema> {
  ask(question: PeerQuestion): Promise<unknown>;
  end(): Promise<void>;
}

/** Resolves when it is open. What is written to it is cloned as a whole, so that sales may come along. */
export async function startEnd(peer: string, role: 'shop' | 'lane', options: PeerOptions): Promise<End> {
  const child: ChildProcess = fork(PROCESS, [peer, role, JSON.stringify(options)], {
    execArgv: ['--max-old-space-size=8192'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  let asked = 0;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answerTo = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
  child.on('message', (message) => {
    const { id, value, error } = answerSchema.parse(message);
    const entry = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) entry?.resolve(value);
    else entry?.reject(new Error(error));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the ${role} of ${peer} is gone`));
  });
  // What is asked of one that was killed is never answered.
  child.on('error', () => undefined);
  const ask = (question: PeerQuestion): Promise<unknown> => {
    asked += 1;
    child.send({ id: asked, question }, () => undefined);
    return answerTo(asked);
  };
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await gone;
  };
  if ((await within(answerTo(0), SETUP_LIMIT_S)) === null) {
    await end();
    throw new Error(`the ${role} of ${peer} does not open`);
  }
  return { ...openedSchema.parse(await ask({ type: 'open' })), ask, end };
}

/** A peer's shop, and what is known of it. */
export interface PeerBench {
  readonly name: string;
  readonly shop: End;
  readonly proxy: CountingProxy;
  readonly limitS: number;
  readonly stillMs: number;
}

export interface Sent {
  readonly figures: readonly Figure[];
  /** Infinity: it did not come to its end. */
  readonly sent: number;
}

export interface GoodsRows {
  readonly lost: number;
  readonly doubled: number;
  readonly divergent: number;
}

/** What the lane shows of the goods now, beside all changes up to this one. */
export const goodsRowsOf = async (lane: End, change: number): Promise<GoodsRows> =>
  goodsSchema.parse(await lane.ask({ type: 'countGoods', change }));

export const goodsFigures = (name: string, { lost, doubled, divergent }: GoodsRows): readonly Figure[] => [
  figure(`${name}: goods lost`, lost, 'rows'),
  figure(`${name}: goods doubled`, doubled, 'rows'),
  figure(`${name}: goods that differ`, divergent, 'rows'),
];

export const saleKeysOf = async (end: End): Promise<readonly string[]> => z.array(z.string()).parse(await end.ask({ type: 'saleKeys' }));

/** Of what was sold, how much has not come to those that were there before, and how much is there more than once. */
export async function salesRowsOf(
  end: End,
  sold: readonly EntryDraft[],
  before = 0,
): Promise<{ readonly lost: number; readonly doubled: number }> {
  const keys = await saleKeysOf(end);
  const there = new Set(keys);
  return { lost: Math.max(0, new Set(sold.map(saleKey)).size - (there.size - before)), doubled: keys.length - there.size };
}

export const salesFigures = (name: string, { lost, doubled }: { readonly lost: number; readonly doubled: number }): readonly Figure[] => [
  figure(`${name}: sales lost`, lost, 'rows'),
  figure(`${name}: sales doubled`, doubled, 'rows'),
];

/** Null where it takes longer. */
export async function within<T>(work: Promise<T>, limitS: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), limitS * MS_PER_S)));
  // What was asked of an end that is then ended is never answered.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const pastNote = (limitS: number): string => `> ${limitS >= 60 ? `${limitS / 60} min` : `${limitS} s`}, so far`;

/** Bytes, time, processor and memory; `note`: where it did not come to its end. The first of what was used is the shop's. */
export function sentFigures(
  name: string,
  { sent, bound, cost: { tookS, used } }: { readonly sent: number; readonly bound: number; readonly cost: Metered<unknown> },
  note?: string,
): readonly Figure[] {
  const [shop, ...lanes] = used;
  return [
    figure(`${name}: sent`, sent, 'bytes', note),
    ...(bound > 0 ? [figure(`${name}: sent ÷ bound`, sent / bound, '×', note)] : []),
    figure(`${name}: converged`, tookS, 's', note),
    figure(`${name}: processor, both ends`, together(used).cpuS, 's', note),
    figure(`${name}: peak memory, shop`, shop?.peakMb ?? 0, 'MB', note),
    figure(`${name}: peak memory, lane`, together(lanes).peakMb, 'MB', note),
  ];
}

/** Past the limit, with a note that says so. `tailS`: of the time, what was only waited at its end. */
export async function timed(
  { name, proxy, shop, limitS }: PeerBench,
  { workload, lane, bound, tailS = 0 }: { readonly workload: string; readonly lane: End; readonly bound: number; readonly tailS?: number },
  run: (elapsedS: () => number) => Promise<readonly Figure[]>,
): Promise<Sent> {
  const startMs = performance.now();
  const cost = await metered([shop.pid, lane.pid], () =>
    within(
      run(() => (performance.now() - startMs) / MS_PER_S),
      limitS,
    ),
  );
  const { up, down } = proxy.take();
  const isLate = cost.value === null;
  const measured = { sent: up + down, bound, cost: { ...cost, tookS: cost.tookS - (isLate ? 0 : tailS) } };
  const figures = sentFigures(`${name} ${workload}`, measured, isLate ? pastNote(limitS) : undefined);
  return { sent: isLate ? Infinity : up + down, figures: [...figures, ...(cost.value ?? [])] };
}

const LOOK_MS = 50;

/** Until nothing has passed for `stillMs`: longer than a round trip, and shorter than what a connection says to stay open. */
export async function stillness({ proxy, stillMs }: Pick<PeerBench, 'proxy' | 'stillMs'>): Promise<void> {
  for (let [lastMs, before] = [performance.now(), proxy.passed()]; ;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const [nowMs, passed] = [performance.now(), proxy.passed()];
    if (passed !== before) [lastMs, before] = [nowMs, passed];
    if (nowMs - lastMs >= stillMs) return;
  }
}

/** Away, with the goodbyes of both ends gone over the line: what changes behind it is told to nobody. */
export async function goAway(bench: Pick<PeerBench, 'proxy' | 'stillMs'>, lane: End): Promise<void> {
  await lane.ask({ type: 'disconnect' });
  await stillness(bench);
}
