/**
 * Holdfast beside what else there is from npm: the same goods, the same sales, the same line, which counts every byte. W1: a new lane takes the catalogue. W4: it goes and comes back, and nothing is new. W2: some prices changed meanwhile. W3: a lane comes back with its sales, while a
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
/** What is shipped for Node: replication with a server, whose address a lane is given. */
const WITHOUT_A_SERVER = 'lanes find and reach each other by a server only';
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
  const figures: Figure[] = [
    figure('W1 bound', bounds.w1, 'bytes'),
    ...bounds.w2.map((bound, round) => figure(`${REPRICED[round]} bound`, bound, 'bytes')),
    figure('W3 bound', bounds.w3, 'bytes'),
  ];
  const settings: string[] = [];
  const sent = new Map<string, Sums>();
  for (const name of Object.keys(PEERS)) {
    const measured = await measurePeer(name, counts, bounds, options);
    figures.push(...measured.figures);
    settings.push(`${name}${versionsOf(name)}: ${measured.setting}`);
    sent.set(name, measured.sent);
  }
  const own = sent.get('Holdfast') ?? NOTHING_SENT;
  const others = [...sent].flatMap(([name, bytes]) => (name === 'Holdfast' ? [] : [bytes]));
  const least = (of: (bytes: Sums) => number): number => Math.min(...others.map(of));
  const { line } = counts;
  return {
    name: 'sync-peers',
    against: settings.join('; '),
    setting: `${counts.items.toLocaleString('en')} items, ${counts.sales.toLocaleString('en')} sales; ${line === undefined ? 'a line as wide as the machine' : `${line.kilobitsPerS} kbit/s, ${line.roundTripMs} ms round trip`}; every byte of both directions counted, headers included; at most ${counts.limitS} s each`,
    figures,
    unsupported: Object.keys(PEERS)
      .filter((name) => name !== 'Holdfast')
      .map((name) => ({ name: `${name} W5`, why: WITHOUT_A_SERVER })),
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
  /** Of each round of new prices. */
  readonly w2: readonly number[];
  readonly w3: number;
}

function boundsOf({ items, rounds, sales, otherSales, otherCents }: PeerWorkload): Bounds {
  const [some = 0, tenth = 0, again = 0] = rounds.map((round) => repricedBytes(items.length, [...round.values()], otherCents));
  return {
    w1: columnsBytes(items.map(({ cents }, n) => rowOf(n, cents))),
    w2: [some, tenth],
    w3: again + salesBytes(sales, otherSales),
  };
}

const openedSchema = z.object({ port: z.int(), code: z.string(), pid: z.int(), setting: z.string() });
const salesSchema = z.object({ lost: z.int(), doubled: z.int() });
const pricesSchema = z.object({ lost: z.int(), doubled: z.int(), divergent: z.int() });
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
  readonly sent: Sums;
}

/** Infinity: it did not come to that. */
interface Sums {
  readonly w1: number;
  readonly w3: number;
}

const NOTHING_SENT: Sums = { w1: Infinity, w3: Infinity };

interface Counts {
  readonly items: number;
  readonly sales: number;
  readonly limitS: number;
  readonly stillMs: number;
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
    const bench: Line = { name, proxy, shop, lane, code, pids: [pid, lanePid], limitS: counts.limitS, stillMs: counts.stillMs };
    const figures: Figure[] = [];
    const take = async (workload: string, run: () => Promise<Sent>): Promise<number> => {
      say(`${name}: ${workload}`);
      const measured = await run();
      figures.push(...measured.figures);
      return measured.sent;
    };
    const w1 = await take('W1', () => takeCatalogue(bench, bounds.w1));
    if (w1 === Infinity) return { figures, setting, sent: NOTHING_SENT };
    await take('W4', () => reconnect(bench));
    for (const [round, bound] of bounds.w2.entries()) {
      const workload = REPRICED[round] ?? '';
      const sent = await take(workload, () => takePrices(bench, workload, round, bound));
      if (sent === Infinity) return { figures, setting, sent: { ...NOTHING_SENT, w1 } };
    }
    const w3 = await take('W3', () => comeBack(bench, bounds.w3));
    return { figures, setting, sent: { w1, w3 } };
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
  readonly stillMs: number;
}

interface Sent {
  readonly figures: readonly Figure[];
  readonly sent: number;
}

async function takeCatalogue(line: Line, bound: number): Promise<Sent> {
  const measured = await timed(line, 'W1', bound, async () => {
    await connect(line);
    await line.lane.ask({ type: 'hasItems' });
    return [];
  });
  return measured.sent === Infinity ? measured : withGoods(line, measured, 'W1', BEFORE_ALL_ROUNDS);
}

const connect = ({ lane, proxy, code }: Line): Promise<unknown> => lane.ask({ type: 'connect', url: proxy.url, code });

/** W2 of a hundredth and of a tenth, and the tenth of W3. */
const REPRICED: readonly string[] = ['W2 1 % repriced', 'W2 10 % repriced'];
const SELLING_ROUND = REPRICED.length;
const BEFORE_ALL_ROUNDS = -1;

/** With what the lane shows of the goods now, all rounds up to this one. */
async function withGoods({ name, lane }: Line, measured: Sent, workload: string, round: number): Promise<Sent> {
  const rows = pricesSchema.parse(await lane.ask({ type: 'countPrices', round }));
  return {
    ...measured,
    figures: [
      ...measured.figures,
      figure(`${name} ${workload}: goods lost`, rows.lost, 'rows'),
      figure(`${name} ${workload}: goods doubled`, rows.doubled, 'rows'),
      figure(`${name} ${workload}: goods that differ`, rows.divergent, 'rows'),
    ],
  };
}

const LOOK_MS = 50;

/** W4: away and back, and nothing is new. It has ended where the line was still for `stillMs`, longer than a round trip and shorter than what a connection says to stay open; and took until the last byte. */
async function reconnect(line: Line): Promise<Sent> {
  await line.lane.ask({ type: 'disconnect' });
  await stillness(line);
  line.proxy.take();
  const measured = await timed(
    line,
    'W4',
    0,
    async () => {
      await connect(line);
      await stillness(line);
      return [];
    },
    line.stillMs / MS_PER_S,
  );
  return withGoods(line, measured, 'W4', BEFORE_ALL_ROUNDS);
}

async function stillness({ proxy, stillMs }: Line): Promise<void> {
  for (let [lastMs, before] = [performance.now(), proxy.passed()]; ;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const [nowMs, passed] = [performance.now(), proxy.passed()];
    if (passed !== before) [lastMs, before] = [nowMs, passed];
    if (nowMs - lastMs >= stillMs) return;
  }
}

/** W2: prices change while the lane is away. */
async function takePrices(line: Line, workload: string, round: number, bound: number): Promise<Sent> {
  await line.lane.ask({ type: 'disconnect' });
  await line.shop.ask({ type: 'reprice', round });
  line.proxy.take();
  const measured = await timed(line, workload, bound, async () => {
    await connect(line);
    await line.lane.ask({ type: 'hasPrices', round });
    return [];
  });
  return measured.sent === Infinity ? measured : withGoods(line, measured, workload, round);
}

async function comeBack(line: Line, bound: number): Promise<Sent> {
  const { name, shop, lane, proxy } = line;
  await lane.ask({ type: 'disconnect' });
  await lane.ask({ type: 'sell' });
  await shop.ask({ type: 'reprice', round: SELLING_ROUND });
  proxy.take();
  const measured = await timed(line, 'W3', bound, async (elapsedS) => {
    await connect(line);
    const urgent = lane.ask({ type: 'hasUrgent' }).then(() => figure(`${name} W3: urgent price there`, elapsedS(), 's'));
    const there = [lane.ask({ type: 'hasPrices', round: SELLING_ROUND }), shop.ask({ type: 'hasSales' })];
    const [urgentFigure] = await Promise.all([urgent, ...there]);
    return [urgentFigure];
  });
  if (measured.sent === Infinity) return measured;
  const { lost, doubled } = salesSchema.parse(await shop.ask({ type: 'countSales' }));
  const sales = [figure(`${name} W3: sales lost`, lost, 'rows'), figure(`${name} W3: sales doubled`, doubled, 'rows')];
  return withGoods(line, { ...measured, figures: [...measured.figures, ...sales] }, 'W3', SELLING_ROUND);
}

/** Bytes, time, processor and memory of both ends; past the limit, with a note that says so. `tailS`: of the time, what was only waited at its end. */
async function timed(
  { name, proxy, pids, limitS }: Line,
  workload: string,
  bound: number,
  run: (elapsedS: () => number) => Promise<readonly Figure[]>,
  tailS = 0,
): Promise<Sent> {
  const before = pids.map(usageOf);
  const startMs = performance.now();
  const elapsedS = (): number => (performance.now() - startMs) / MS_PER_S;
  const extra = await within(run(elapsedS), limitS);
  const tookS = elapsedS() - (extra === null ? 0 : tailS);
  const { up, down } = proxy.take();
  const after = pids.map(usageOf);
  const cpuS = after.reduce((sum, usage, end) => sum + usage.cpuS - (before[end]?.cpuS ?? 0), 0);
  const note = extra === null ? `> ${limitS >= 60 ? `${limitS / 60} min` : `${limitS} s`}, so far` : undefined;
  const noted = (what: string, value: number, unit: Figure['unit']): Figure => figure(`${name} ${workload}: ${what}`, value, unit, note);
  return {
    sent: extra === null ? Infinity : up + down,
    figures: [
      noted('sent', up + down, 'bytes'),
      ...(bound > 0 ? [noted('sent ÷ bound', (up + down) / bound, '×')] : []),
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
