/**
 * Holdfast beside what else there is from npm: the same goods, the same sales, the same line, which counts every byte. W1: a new lane takes the catalogue. W3: a lane comes back with its sales, while a
 * tenth of the prices changed, and one of them is urgent. Both ends of each peer are processes, so that one that takes too long can be ended, and is then told with what it had sent so far.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import type { PeerQuestion } from '../peers/peer-process.ts';
import { PEERS } from '../peers/peer.ts';
import { createPeerWorkload, type PeerWorkload } from '../peers/workload.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench, type BenchOptions, type Figure } from '../report.ts';
import { columnsBytes, repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy, type CountingProxy, type LineWidth } from './counting-proxy.ts';
import { rowOf } from './goods.ts';
import { usageOf } from './usage.ts';

/** With `--quick` the line is as wide as the machine. */
const LINE: LineWidth = { kilobitsPerS: 256, roundTripMs: 600 };
const PROCESS = fileURLToPath(new URL('../peers/peer-process.ts', import.meta.url));
const MS_PER_S = 1_000;
const SETUP_LIMIT_S = 1_200;
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  PouchDB: ['pouchdb-core', 'express-pouchdb'],
  RxDB: ['rxdb'],
  TinyBase: ['tinybase'],
  Yjs: ['yjs', 'y-websocket'],
  Automerge: ['@automerge/automerge', '@automerge/automerge-repo'],
};

export const syncPeers: Bench = async (options) => {
  const counts: Counts = { ...countsOf('sync-peers', options.quick), line: options.quick ? undefined : LINE };
  const workload = createPeerWorkload(counts.items, counts.sales);
  const bounds = boundsOf(workload);
  const figures: Figure[] = [figure('W1 bound', bounds.w1, 'bytes'), figure('W3 bound', bounds.w3, 'bytes')];
  const settings: string[] = [];
  const sent = new Map<string, { readonly w1: number; readonly w3: number }>();
  for (const name of Object.keys(PEERS)) {
    const measured = await measurePeer(name, counts, bounds, options);
    figures.push(...measured.figures);
    settings.push(`${name}${versionsOf(name)}: ${measured.setting}`);
    sent.set(name, measured.sent);
  }
  const own = sent.get('Holdfast') ?? { w1: Infinity, w3: Infinity };
  const others = [...sent].flatMap(([name, bytes]) => (name === 'Holdfast' ? [] : [bytes]));
  const least = (of: (bytes: { readonly w1: number; readonly w3: number }) => number): number => Math.min(...others.map(of));
  const { line } = counts;
  return {
    name: 'sync-peers',
    against: settings.join('; '),
    setting: `${counts.items.toLocaleString('en')} items, ${counts.sales.toLocaleString('en')} sales; ${line === undefined ? 'a line as wide as the machine' : `${line.kilobitsPerS} kbit/s, ${line.roundTripMs} ms round trip`}; every byte of both directions counted, headers included; at most ${counts.limitS} s each`,
    figures,
    targets: [
      atMost('W1: Holdfast ÷ the least of the peers', own.w1 / least(({ w1 }) => w1), 1, '×'),
      atMost('W3: Holdfast ÷ the least of the peers', own.w3 / least(({ w3 }) => w3), 1, '×'),
    ],
  };
};

/** Of what is installed. */
function versionsOf(peer: string): string {
  const versions = (PACKAGES[peer] ?? []).map((name) => {
    const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
    return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
  });
  return versions.length === 0 ? '' : ` ${versions.join(' + ')}`;
}

interface Bounds {
  readonly w1: number;
  readonly w3: number;
}

function boundsOf({ items, repriced, sales, otherSales, otherCents }: PeerWorkload): Bounds {
  const down = repricedBytes(items.length, [...repriced.values()], otherCents);
  return { w1: columnsBytes(items.map(({ cents }, n) => rowOf(n, cents))), w3: down + salesBytes(sales, otherSales) };
}

const openedSchema = z.object({ port: z.int(), code: z.string(), pid: z.int(), setting: z.string() });
const lostSchema = z.object({ lost: z.int(), doubled: z.int() });
const divergentSchema = z.object({ divergent: z.int() });
const answerSchema = z.object({ id: z.int(), value: z.unknown().optional(), error: z.string().optional() });

interface End {
  ask(question: PeerQuestion): Promise<unknown>;
  readonly opened: Promise<void>;
  end(): Promise<void>;
}

function startEnd(peer: string, role: 'shop' | 'lane', { items, sales }: { readonly items: number; readonly sales: number }): End {
  const child: ChildProcess = fork(PROCESS, [peer, role, String(items), String(sales)], {
    execArgv: ['--max-old-space-size=8192'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }>();
  let asked = 0;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answerTo = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
    });
  const opened = answerTo(0).then(() => undefined);
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
  return {
    opened,
    ask: (question) => {
      asked += 1;
      child.send({ id: asked, question });
      return answerTo(asked);
    },
    end: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await gone;
    },
  };
}

interface PeerResult {
  readonly figures: readonly Figure[];
  readonly setting: string;
  /** Infinity: it did not come to that. */
  readonly sent: Bounds;
}

interface Counts {
  readonly items: number;
  readonly sales: number;
  readonly limitS: number;
  readonly line: LineWidth | undefined;
}

async function measurePeer(name: string, counts: Counts, bounds: Bounds, { say }: BenchOptions): Promise<PeerResult> {
  say(`${name}: a shop and a lane`);
  const [shop, lane] = [startEnd(name, 'shop', counts), startEnd(name, 'lane', counts)];
  let proxy: CountingProxy | undefined;
  try {
    if ((await within(Promise.all([shop.opened, lane.opened]), SETUP_LIMIT_S)) === null) throw new Error(`${name} does not open`);
    const { port, code, pid, setting } = openedSchema.parse(await shop.ask({ type: 'open' }));
    const { pid: lanePid } = openedSchema.parse(await lane.ask({ type: 'open' }));
    proxy = await createCountingProxy(port, counts.line);
    const bench: Line = { name, proxy, shop, lane, code, pids: [pid, lanePid], limitS: counts.limitS };
    say(`${name}: W1`);
    const w1 = await takeCatalogue(bench, bounds.w1);
    if (w1.sent === Infinity) return { figures: w1.figures, setting, sent: { w1: Infinity, w3: Infinity } };
    say(`${name}: W3`);
    const w3 = await comeBack(bench, bounds.w3);
    return { figures: [...w1.figures, ...w3.figures], setting, sent: { w1: w1.sent, w3: w3.sent } };
  } finally {
    for (const each of [shop, lane]) await each.end();
    await proxy?.close();
  }
}

interface Line {
  readonly name: string;
  readonly proxy: CountingProxy;
  readonly shop: End;
  readonly lane: End;
  readonly code: string;
  readonly pids: readonly number[];
  readonly limitS: number;
}

interface Sent {
  readonly figures: readonly Figure[];
  readonly sent: number;
}

async function takeCatalogue(line: Line, bound: number): Promise<Sent> {
  return timed(line, 'W1', bound, async () => {
    await connect(line);
    await line.lane.ask({ type: 'hasItems' });
    return [];
  });
}

const connect = ({ lane, proxy, code }: Line): Promise<unknown> => lane.ask({ type: 'connect', url: proxy.url, code });

async function comeBack(line: Line, bound: number): Promise<Sent> {
  const { name, shop, lane, proxy } = line;
  await lane.ask({ type: 'disconnect' });
  await lane.ask({ type: 'sell' });
  await shop.ask({ type: 'reprice' });
  proxy.take();
  const measured = await timed(line, 'W3', bound, async (elapsedS) => {
    await connect(line);
    const urgent = lane.ask({ type: 'hasUrgent' }).then(() => figure(`${name} W3: urgent price there`, elapsedS(), 's'));
    const [urgentFigure] = await Promise.all([urgent, lane.ask({ type: 'hasPrices' }), shop.ask({ type: 'hasSales' })]);
    return [urgentFigure];
  });
  if (measured.sent === Infinity) return measured;
  const { lost, doubled } = lostSchema.parse(await shop.ask({ type: 'countSales' }));
  const { divergent } = divergentSchema.parse(await lane.ask({ type: 'countPrices' }));
  const rows = [figure(`${name} W3: sales lost`, lost, 'rows'), figure(`${name} W3: sales doubled`, doubled, 'rows')];
  return { ...measured, figures: [...measured.figures, ...rows, figure(`${name} W3: prices that differ`, divergent, 'rows')] };
}

/** Bytes, time, processor and memory of both ends; past the limit, with a note that says so. */
async function timed(
  { name, proxy, pids, limitS }: Line,
  workload: string,
  bound: number,
  run: (elapsedS: () => number) => Promise<readonly Figure[]>,
): Promise<Sent> {
  const before = pids.map(usageOf);
  const startMs = performance.now();
  const elapsedS = (): number => (performance.now() - startMs) / MS_PER_S;
  const extra = await within(run(elapsedS), limitS);
  const tookS = elapsedS();
  const { up, down } = proxy.take();
  const after = pids.map(usageOf);
  const cpuS = after.reduce((sum, usage, end) => sum + usage.cpuS - (before[end]?.cpuS ?? 0), 0);
  const note = extra === null ? `> ${limitS >= 60 ? `${limitS / 60} min` : `${limitS} s`}, so far` : undefined;
  const noted = (what: string, value: number, unit: Figure['unit']): Figure => figure(`${name} ${workload}: ${what}`, value, unit, note);
  return {
    sent: extra === null ? Infinity : up + down,
    figures: [
      noted('sent', up + down, 'bytes'),
      noted('sent ÷ bound', (up + down) / bound, '×'),
      noted('converged', tookS, 's'),
      ...(extra ?? []),
      noted('processor, both ends', cpuS, 's'),
      ...after.map(({ peakMb }, end) => noted(`peak memory, ${end === 0 ? 'shop' : 'lane'}`, peakMb, 'MB')),
    ],
  };
}

/** Null where it takes longer. */
async function within<T>(work: Promise<T>, limitS: number): Promise<T | null> {
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
