/**
 * Holdfast beside what else there is from npm: the same goods, the same sales, the same line, which counts every byte. W1: a new lane takes the catalogue. W4: it goes and comes back, and nothing is new. W2: some prices changed meanwhile. W3: a lane comes back with its sales, while a
 * tenth of the prices changed, and one of them is urgent. W5 to W9 are smaller, at a shop of their own (`peer-hardships.ts`).
 */
import { readFileSync } from 'node:fs';

import { z } from 'zod';

import { PEERS } from '../peers/peer.ts';
import { createPeerSales, createPeerWorkload, otherPrices, pricesOf, rowsOf, type PeerWorkload } from '../peers/workload.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench, type BenchOptions, type Figure, type Unsupported } from '../report.ts';
import { columnsBytes, repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy, type CountingProxy, type LineWidth } from './counting-proxy.ts';
import {
  goAway,
  goodsFigures,
  goodsRowsOf,
  salesFigures,
  salesRowsOf,
  startEnd,
  stillness,
  timed,
  within,
  type End,
  type PeerBench,
  type Sent,
} from './peer-ends.ts';
import { createHardWorkloads, hardBoundFigures, peerHardships, type HardWorkloads } from './peer-hardships.ts';

/** With `--quick` the line is as wide as the machine. */
const LINE: LineWidth = { kilobitsPerS: 256, roundTripMs: 600 };
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  PouchDB: ['pouchdb-core', 'express-pouchdb'],
  RxDB: ['rxdb'],
  TinyBase: ['tinybase'],
  Yjs: ['yjs', 'y-websocket'],
  Automerge: ['@automerge/automerge', '@automerge/automerge-repo'],
};

export const syncPeers: Bench = async (options) => {
  const counts = countsOf('sync-peers', options.quick);
  const line = options.quick ? undefined : LINE;
  const workload = createPeerWorkload({ items: counts.items, script: 'plain', days: 0 });
  const plain: Plain = { ...counts, line, workload, ...createPeerSales(counts.sales) };
  const bounds = boundsOf(plain);
  const hard = createHardWorkloads(counts, options.quick);
  const figures: Figure[] = [
    figure('W1 bound', bounds.w1, 'bytes'),
    ...bounds.w2.map((bound, round) => figure(`${REPRICED[round]} bound`, bound, 'bytes')),
    figure('W3 bound', bounds.w3, 'bytes'),
    ...hardBoundFigures(hard),
  ];
  const settings: string[] = [];
  const unsupported: Unsupported[] = [];
  const sent = new Map<string, Sums>();
  for (const name of Object.keys(PEERS)) {
    const measured = await measurePeer(name, { plain, bounds, hard }, options);
    figures.push(...measured.figures);
    unsupported.push(...measured.unsupported);
    settings.push(`${name}${versionsOf(name)}: ${measured.setting}`);
    sent.set(name, measured.sent);
  }
  const own = sent.get(OURS) ?? NOTHING_SENT;
  const others = [...sent].flatMap(([name, bytes]) => (name === OURS ? [] : [bytes]));
  const least = (of: (bytes: Sums) => number): number => Math.min(...others.map(of));
  return {
    name: 'sync-peers',
    against: settings.join('; '),
    setting: `${counts.items.toLocaleString('en')} items, ${counts.sales.toLocaleString('en')} sales; ${line === undefined ? 'a line as wide as the machine' : `${line.kilobitsPerS} kbit/s, ${line.roundTripMs} ms round trip`}; every byte of both directions counted, headers included; at most ${counts.limitS} s each; W5 to W9: ${counts.hardItems.toLocaleString('en')} items, ${counts.hardSales.toLocaleString('en')} sales, ${counts.days} days, ${counts.lanes} lanes with ${counts.lanSales.toLocaleString('en')} sales each, killed every ${counts.killMs.toLocaleString('en')} ms, at most ${counts.hardLimitS} s`,
    figures,
    unsupported,
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

interface Plain extends ReturnType<typeof createPeerSales> {
  readonly items: number;
  readonly limitS: number;
  readonly stillMs: number;
  readonly line: LineWidth | undefined;
  readonly workload: PeerWorkload;
}

interface Bounds {
  readonly w1: number;
  /** Of each round of new prices. */
  readonly w2: readonly number[];
  readonly w3: number;
}

function boundsOf({ workload: { items, changes }, sold, others }: Plain): Bounds {
  const otherCents = otherPrices();
  const [some = 0, tenth = 0, again = 0] = changes.map((change) => repricedBytes(items.length, [...pricesOf(change).values()], otherCents));
  return { w1: columnsBytes(rowsOf(items)), w2: [some, tenth], w3: again + salesBytes(sold, others) };
}

/** Where a peer fails, the others are read all the same; where this one does, that is a fault. */
const OURS = 'Holdfast';

const saidOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

interface PeerResult {
  readonly figures: readonly Figure[];
  readonly unsupported: readonly Unsupported[];
  readonly setting: string;
  readonly sent: Sums;
}

/** Infinity: it did not come to that. */
interface Sums {
  readonly w1: number;
  readonly w3: number;
}

const NOTHING_SENT: Sums = { w1: Infinity, w3: Infinity };

interface Workloads {
  readonly plain: Plain;
  readonly bounds: Bounds;
  readonly hard: HardWorkloads;
}

async function measurePeer(name: string, { plain, bounds, hard }: Workloads, { say }: BenchOptions): Promise<PeerResult> {
  say(`${name}: a shop and a lane`);
  const first = await measurePlain(name, plain, bounds, (workload) => say(`${name}: ${workload}`));
  const later = await peerHardships(name, hard, (workload) => say(`${name}: ${workload}`)).catch((error: unknown) => {
    if (name === OURS) throw error;
    return { figures: [], unsupported: [{ name: `${name} W5 to W9`, why: `not read: ${saidOf(error)}` }] };
  });
  return { ...first, figures: [...first.figures, ...later.figures], unsupported: [...first.unsupported, ...later.unsupported] };
}

async function measurePlain(name: string, plain: Plain, bounds: Bounds, say: (workload: string) => void): Promise<PeerResult> {
  const started: End[] = [];
  const start = async (role: 'shop' | 'lane'): Promise<End> => {
    const end = await startEnd(name, role, { items: plain.items, script: 'plain', days: 0 });
    started.push(end);
    return end;
  };
  const figures: Figure[] = [];
  let [w1, w3, setting, under] = [Infinity, Infinity, '', 'W1'];
  const left = (from: string, why: string): PeerResult => ({
    figures,
    setting,
    sent: { w1, w3 },
    unsupported: [{ name: `${name} ${from}`, why: `not read: ${why}` }],
  });
  const behind = (from: string): PeerResult =>
    left(`${from} to W3`, 'the lane does not catch up, not even on a line as wide as the machine');
  let proxy: CountingProxy | undefined;
  try {
    const [shop, lane] = await Promise.all([start('shop'), start('lane')]);
    const code = String(await shop.ask({ type: 'admit' }));
    proxy = await createCountingProxy(shop.port, plain.line);
    const bench: Plainly = { name, proxy, shop, lane, code, limitS: plain.limitS, stillMs: plain.stillMs };
    ({ setting } = shop);
    const take = async (workload: string, run: () => Promise<Sent>): Promise<number> => {
      under = workload;
      say(workload);
      const measured = await run();
      figures.push(...measured.figures);
      return measured.sent;
    };
    w1 = await take('W1', () => takeCatalogue(bench, bounds.w1));
    if (w1 === Infinity && !(await catchUp(bench, plain.line, BEFORE_ALL))) return behind('W4');
    await take('W4', () => reconnect(bench));
    for (const [round, bound] of bounds.w2.entries()) {
      const workload = REPRICED[round] ?? '';
      const sent = await take(workload, () => takePrices(bench, workload, round, bound));
      if (sent === Infinity && !(await catchUp(bench, plain.line, round))) return behind(REPRICED[round + 1] ?? 'W3');
    }
    w3 = await take('W3', () => comeBack(bench, plain, bounds.w3));
    return { figures, setting, sent: { w1, w3 }, unsupported: [] };
  } catch (error) {
    if (name === OURS) throw error;
    return left(`${under} and what follows`, saidOf(error));
  } finally {
    for (const each of started) await each.end();
    await proxy?.close();
  }
}

/** What did not come in time comes over a line as wide as the machine, so that the workloads behind it begin where they should; false: not even so. */
async function catchUp(bench: Plainly, line: LineWidth | undefined, change: number): Promise<boolean> {
  const { lane, proxy, limitS } = bench;
  const work = async (): Promise<true> => {
    await lane.ask({ type: 'disconnect' });
    proxy.become(undefined);
    await connect(bench);
    await lane.ask({ type: 'hasItems', change });
    if (change !== BEFORE_ALL) await lane.ask({ type: 'hasGoods', change });
    await stillness(bench);
    await lane.ask({ type: 'disconnect' });
    proxy.become(line);
    await connect(bench);
    return true;
  };
  return (await within(work(), limitS)) !== null;
}

interface Plainly extends PeerBench {
  readonly lane: End;
  readonly code: string;
}

const connect = ({ lane, proxy, code }: Plainly): Promise<unknown> => lane.ask({ type: 'connect', urls: [proxy.url], code });

async function takeCatalogue(bench: Plainly, bound: number): Promise<Sent> {
  const measured = await timed(bench, { workload: 'W1', lane: bench.lane, bound }, async () => {
    await connect(bench);
    await bench.lane.ask({ type: 'hasItems' });
    return [];
  });
  return measured.sent === Infinity ? measured : withGoods(bench, measured, 'W1', BEFORE_ALL);
}

/** W2 of a hundredth and of a tenth, and the tenth of W3. */
const REPRICED: readonly string[] = ['W2 1 % repriced', 'W2 10 % repriced'];
const SELLING = REPRICED.length;
const BEFORE_ALL = -1;

async function withGoods({ name, lane }: Plainly, measured: Sent, workload: string, change: number): Promise<Sent> {
  return { ...measured, figures: [...measured.figures, ...goodsFigures(`${name} ${workload}`, await goodsRowsOf(lane, change))] };
}

const MS_PER_S = 1_000;

/** W4: away and back, and nothing is new. It took until the last byte. */
async function reconnect(bench: Plainly): Promise<Sent> {
  await goAway(bench, bench.lane);
  bench.proxy.take();
  const measured = await timed(bench, { workload: 'W4', lane: bench.lane, bound: 0, tailS: bench.stillMs / MS_PER_S }, async () => {
    await connect(bench);
    await stillness(bench);
    return [];
  });
  return withGoods(bench, measured, 'W4', BEFORE_ALL);
}

/** W2: prices change while the lane is away. */
async function takePrices(bench: Plainly, workload: string, change: number, bound: number): Promise<Sent> {
  const { lane, shop, proxy } = bench;
  await goAway(bench, lane);
  await shop.ask({ type: 'play', change });
  proxy.take();
  const measured = await timed(bench, { workload, lane, bound }, async () => {
    await connect(bench);
    await lane.ask({ type: 'hasGoods', change });
    return [];
  });
  return measured.sent === Infinity ? measured : withGoods(bench, measured, workload, change);
}

async function comeBack(bench: Plainly, { sold }: Plain, bound: number): Promise<Sent> {
  const { name, shop, lane, proxy } = bench;
  await goAway(bench, lane);
  await lane.ask({ type: 'sell', sales: sold });
  await shop.ask({ type: 'play', change: SELLING });
  proxy.take();
  const measured = await timed(bench, { workload: 'W3', lane, bound }, async (elapsedS) => {
    await connect(bench);
    const urgent = lane.ask({ type: 'hasUrgent', change: SELLING }).then(() => figure(`${name} W3: urgent price there`, elapsedS(), 's'));
    const there = [lane.ask({ type: 'hasGoods', change: SELLING }), shop.ask({ type: 'hasSales', count: sold.length })];
    const [urgentFigure] = await Promise.all([urgent, ...there]);
    return [urgentFigure];
  });
  if (measured.sent === Infinity) return measured;
  const sales = salesFigures(`${name} W3`, await salesRowsOf(shop, sold));
  return withGoods(bench, { ...measured, figures: [...measured.figures, ...sales] }, 'W3', SELLING);
}
