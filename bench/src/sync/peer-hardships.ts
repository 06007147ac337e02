/**
 * What else happens to a store, at a smaller shop than that of W1 to W4. W5: its lanes reach nobody but each other, and each of them serves the others as its documentation shows for servers. W6: a lane that comes back is killed every few seconds, on a line that falls silent and is cut.
 * W7: every article got a column while a lane was away for a month. W8: a lane comes back whose clock is a year ahead. W9: each day some goods went, and came back the day after.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { EntryDraft } from '@holdfast/sync';
import { z } from 'zod';

import type { PeerOptions } from '../peers/peer-process.ts';
import {
  createPeerSales,
  createPeerWorkload,
  goodsAfter,
  otherPrices,
  pricesOf,
  rowsOf,
  saleKey,
  type Change,
  type PeerWorkload,
} from '../peers/workload.ts';
import type { countsOf } from '../plan.ts';
import { figure, type Figure, type Unsupported } from '../report.ts';
import { columnsBytes, repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy, type CountingProxy, type LineWidth } from './counting-proxy.ts';
import {
  goAway,
  goodsFigures,
  goodsRowsOf,
  pastNote,
  salesFigures,
  saleKeysOf,
  salesRowsOf,
  sentFigures,
  startEnd,
  stillness,
  timed,
  within,
  type End,
  type GoodsRows,
  type PeerBench,
  type Sent,
} from './peer-ends.ts';
import { metered, together, usageOf, type Usage } from './usage.ts';

const YEAR_MS = 365 * 86_400_000;
const MS_PER_S = 1_000;

/** What a lane comes back on, and what it is killed on. */
interface Lines {
  readonly back: LineWidth | undefined;
  readonly bad: LineWidth;
}

const FULL: Lines = {
  back: { kilobitsPerS: 256, roundTripMs: 600 },
  bad: { kilobitsPerS: 128, roundTripMs: 600, faults: { seed: 6, everyBytes: 32_768, silenceMostMs: 2_000 } },
};
const QUICK: Lines = {
  back: undefined,
  bad: { kilobitsPerS: 2_048, roundTripMs: 60, faults: { seed: 6, everyBytes: 32_768, silenceMostMs: 200 } },
};

/** The changes of the script, in its order. */
const [READDED, COLUMN, BACK] = [0, 1, 2];

export interface HardWorkloads {
  readonly counts: ReturnType<typeof countsOf<'sync-peers'>>;
  readonly lines: Lines;
  readonly workload: PeerWorkload;
  /** Of the lane whose clock is ahead, of the one that is killed, and of each lane of a store that is by itself. */
  readonly ahead: readonly EntryDraft[];
  readonly killed: readonly EntryDraft[];
  readonly store: readonly (readonly EntryDraft[])[];
  readonly bounds: {
    readonly readded: number;
    readonly column: number;
    readonly ahead: number;
    readonly killed: number;
    readonly catalogue: number;
    readonly sales: number;
  };
}

export function createHardWorkloads(counts: HardWorkloads['counts'], isQuick: boolean): HardWorkloads {
  const { hardItems, hardSales, days, lanes, lanSales } = counts;
  const workload = createPeerWorkload({ items: hardItems, script: 'hard', days });
  const { sold, others } = createPeerSales(2 * hardSales + lanes * lanSales);
  const [ahead, killed, all] = [sold.slice(0, hardSales), sold.slice(hardSales, 2 * hardSales), sold.slice(2 * hardSales)];
  const { items, changes } = workload;
  const changeOf = (at: number): Change => changes[at] ?? [];
  const otherCents = otherPrices();
  const repriced = (at: number): number => repricedBytes(items.length, [...pricesOf(changeOf(at)).values()], otherCents);
  const [readded, now] = [goodsAfter(workload, READDED), goodsAfter(workload, BACK)];
  const wasPut = new Set(changeOf(READDED).flatMap(({ put = [] }) => put.map(({ sku }) => sku)));
  const limits = [...goodsAfter(workload, COLUMN).values()].map(({ maximumPerSale }) => [String(maximumPerSale)]);
  return {
    counts,
    lines: isQuick ? QUICK : FULL,
    workload,
    ahead,
    killed,
    store: Array.from({ length: lanes }, (_, lane) => all.slice(lane * lanSales, (lane + 1) * lanSales)),
    bounds: {
      readded: columnsBytes(
        rowsOf([...readded.values()].filter(({ sku }) => wasPut.has(sku))).map((row) => [
          row[1] ?? '',
          row[2] ?? '',
          row[3] ?? '',
          row[4] ?? '',
        ]),
      ),
      column: columnsBytes(limits) + repriced(COLUMN),
      ahead: salesBytes(ahead, others) + repriced(BACK),
      killed: salesBytes(killed, others) + repriced(BACK),
      catalogue: (lanes - 1) * columnsBytes(rowsOf(now.values())),
      sales: (lanes - 1) * salesBytes(all, others),
    },
  };
}

const CATALOGUE = 'W5 catalogue among lanes';
const SALES = 'W5 sales among lanes';

export const hardBoundFigures = ({ bounds }: HardWorkloads): readonly Figure[] => [
  figure(`${CATALOGUE} bound`, bounds.catalogue, 'bytes'),
  figure(`${SALES} bound`, bounds.sales, 'bytes'),
  figure('W6 bound', bounds.killed, 'bytes'),
  figure('W7 bound', bounds.column, 'bytes'),
  figure('W8 bound', bounds.ahead, 'bytes'),
  figure('W9 bound', bounds.readded, 'bytes'),
];

interface Hardships {
  readonly figures: readonly Figure[];
  readonly unsupported: readonly Unsupported[];
}

interface Store extends PeerBench {
  readonly hard: HardWorkloads;
  start(more?: Partial<PeerOptions>): Promise<End>;
}

export async function peerHardships(name: string, hard: HardWorkloads, say: (workload: string) => void): Promise<Hardships> {
  const { counts, lines } = hard;
  const { hardItems, days, hardLimitS, stillMs } = counts;
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-peers-'));
  const options: PeerOptions = { items: hardItems, script: 'hard', days };
  const started: End[] = [];
  const proxies: CountingProxy[] = [];
  const start = async (role: 'shop' | 'lane', more: Partial<PeerOptions> = {}): Promise<End> => {
    const end = await startEnd(name, role, { ...options, ...more });
    started.push(end);
    return end;
  };
  const lineTo = async (port: number): Promise<CountingProxy> => {
    const proxy = await createCountingProxy(port);
    proxies.push(proxy);
    return proxy;
  };
  try {
    say('W9');
    const [shop, lane] = await Promise.all([start('shop'), start('lane')]);
    const store: Store = {
      name,
      shop,
      proxy: await lineTo(shop.port),
      limitS: hardLimitS,
      stillMs,
      hard,
      start: (more) => start('lane', more),
    };
    const figures: Figure[] = [];
    await takeIn(store, lane, BEFORE_ALL);
    store.proxy.become(lines.back);
    figures.push(...(await comeBackTo(store, lane, 'W9', READDED, hard.bounds.readded)));
    say('W7');
    figures.push(...(await comeBackTo(store, lane, 'W7', COLUMN, hard.bounds.column)));
    await lane.end();
    say('W8');
    // It is there before the prices change that all who come back are to find.
    const disk = shop.withoutDisk === undefined ? { ...store, proxy: await lineTo(shop.port) } : null;
    const killed = disk && (await goAwayWithDisk(disk, folder));
    figures.push(...(await comeBackAhead(store)));
    if (lane.canServe) {
      say('W5');
      figures.push(...(await amongLanes(store, lineTo)));
    }
    if (killed === null || disk === null)
      return { figures, unsupported: [{ name: `${name} W6`, why: shop.withoutDisk ?? 'it has no disk' }] };
    say('W6');
    disk.proxy.become(lines.bad);
    figures.push(...(await comeBackKilled(disk, killed)));
    return { figures, unsupported: [] };
  } finally {
    for (const each of started) await each.end();
    for (const each of proxies) await each.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const BEFORE_ALL = -1;
const SETUP_LIMIT_S = 600;

const admit = async (shop: End): Promise<string> => z.string().parse(await shop.ask({ type: 'admit' }));

/** A new lane takes all there is, and goes away; on a line as wide as the machine. Answers what let it in. */
async function takeIn(store: PeerBench, lane: End, change: number): Promise<string> {
  const code = await admit(store.shop);
  store.proxy.become(undefined);
  const work = async (): Promise<true> => {
    await lane.ask({ type: 'connect', urls: [store.proxy.url], code });
    await lane.ask({ type: 'hasItems', change });
    if (change !== BEFORE_ALL) await lane.ask({ type: 'hasGoods', change });
    await stillness(store);
    await goAway(store, lane);
    return true;
  };
  if ((await within(work(), SETUP_LIMIT_S)) === null) throw new Error(`${store.name}: a new lane does not take the catalogue`);
  store.proxy.take();
  return code;
}

/** W7, W9: what changed while it was away. */
async function comeBackTo(store: Store, lane: End, workload: string, change: number, bound: number): Promise<readonly Figure[]> {
  await goAway(store, lane);
  await store.shop.ask({ type: 'play', change });
  store.proxy.take();
  const code = await admit(store.shop);
  const { figures }: Sent = await timed(store, { workload, lane, bound }, async () => {
    await lane.ask({ type: 'connect', urls: [store.proxy.url], code });
    await lane.ask({ type: 'hasGoods', change });
    return [];
  });
  return [...figures, ...(await goodsThere(store, lane, workload, change))];
}

/** Of a lane that did not come to its end as well. */
async function goodsThere({ name, limitS }: PeerBench, lane: End, workload: string, change: number): Promise<readonly Figure[]> {
  const rows = await within(goodsRowsOf(lane, change), limitS);
  return rows === null ? [] : goodsFigures(`${name} ${workload}`, rows);
}

/** W8, which all who come back find the same prices for: they change here. */
async function comeBackAhead(store: Store): Promise<readonly Figure[]> {
  const { name, shop, proxy, hard } = store;
  const lane = await store.start({ aheadMs: YEAR_MS });
  const code = await takeIn(store, lane, COLUMN);
  await lane.ask({ type: 'sell', sales: hard.ahead });
  await shop.ask({ type: 'play', change: BACK });
  proxy.become(hard.lines.back);
  proxy.take();
  const { figures } = await timed(store, { workload: 'W8', lane, bound: hard.bounds.ahead }, async () => {
    await lane.ask({ type: 'connect', urls: [proxy.url], code });
    await Promise.all([lane.ask({ type: 'hasGoods', change: BACK }), shop.ask({ type: 'hasSales', count: hard.ahead.length })]);
    return [];
  });
  const rows = [...(await goodsThere(store, lane, 'W8', BACK)), ...salesFigures(`${name} W8`, await salesRowsOf(shop, hard.ahead))];
  await lane.end();
  return [...figures, ...rows];
}

interface Killed {
  readonly folder: string;
  readonly code: string;
}

/** A lane whose data outlives it sells while it reaches nobody, and is ended. */
async function goAwayWithDisk(store: Store, folder: string): Promise<Killed> {
  const lane = await store.start({ disk: { folder, code: '' } });
  const code = await takeIn(store, lane, COLUMN);
  await lane.ask({ type: 'sell', sales: store.hard.killed });
  await lane.end();
  return { folder, code };
}

/** W6: life after life, until one comes to its end; or until it has taken too long. */
async function comeBackKilled(store: Store, { folder, code }: Killed): Promise<readonly Figure[]> {
  const { name, shop, proxy, hard, limitS } = store;
  const { killMs } = hard.counts;
  const disk = { folder, code };
  const before = (await saleKeysOf(shop)).length;
  const allSold = shop.ask({ type: 'hasSales', count: before + hard.killed.length });
  allSold.catch(() => undefined);
  proxy.take();
  const startMs = performance.now();
  let used: Usage = { cpuS: 0, peakMb: 0 };
  let goods: GoodsRows | null = null;
  const live = async (): Promise<boolean> => {
    const lane = await store.start({ disk });
    const isBack = await within(
      lane
        .ask({ type: 'connect', urls: [proxy.url], code })
        .then(() => Promise.all([lane.ask({ type: 'hasGoods', change: BACK }), allSold]))
        .then(() => true),
      killMs / MS_PER_S,
    );
    const life = usageOf(lane.pid);
    used = { cpuS: used.cpuS + life.cpuS, peakMb: Math.max(used.peakMb, life.peakMb) };
    if (isBack !== null) goods = await goodsRowsOf(lane, BACK);
    await lane.end();
    return isBack !== null;
  };
  const cost = await metered([shop.pid], async () => {
    for (let kills = 0; ; kills += 1) {
      if (await live()) return { kills, isBack: true };
      if (performance.now() - startMs >= limitS * MS_PER_S) return { kills: kills + 1, isBack: false };
    }
  });
  const { up, down } = proxy.take();
  const { kills, isBack } = cost.value;
  if (goods === null) {
    // What its disk holds.
    const lane = await store.start({ disk });
    goods = await goodsRowsOf(lane, BACK);
    await lane.end();
  }
  const measured = { sent: up + down, bound: hard.bounds.killed, cost: { ...cost, used: [...cost.used, used] } };
  return [
    figure(`${name} W6: killed, times`, kills, 'rows'),
    ...sentFigures(`${name} W6`, measured, isBack ? undefined : pastNote(limitS)),
    ...goodsFigures(`${name} W6`, goods),
    ...salesFigures(`${name} W6`, await salesRowsOf(shop, hard.killed, before)),
  ];
}

/** W5: one lane has the catalogue, and the others take it; then each of them sells, and all of them hold what all of them sold. Of two lanes the later one asks the earlier. */
async function amongLanes(store: Store, lineTo: (port: number) => Promise<CountingProxy>): Promise<readonly Figure[]> {
  const { name, hard } = store;
  const lanes = await Promise.all(hard.store.map(() => store.start()));
  const [first] = lanes;
  if (first === undefined) return [];
  const code = await takeIn(store, first, BACK);
  const cables: CountingProxy[] = [];
  for (const lane of lanes) cables.push(await lineTo(z.int().parse(await lane.ask({ type: 'serve' }))));
  const meet = async (): Promise<void> => {
    await Promise.all(lanes.map((lane, at) => lane.ask({ type: 'connect', urls: cables.slice(0, at).map(({ url }) => url), code })));
  };
  const part = async (workload: string, bound: number, isThere: (lane: End) => readonly Promise<unknown>[]): Promise<readonly Figure[]> => {
    for (const cable of cables) cable.take();
    const pids = lanes.map(({ pid }) => pid);
    const cost = await metered(pids, () => within(Promise.all([meet(), ...lanes.flatMap(isThere)]), store.limitS));
    const sent = cables.reduce((sum, cable) => {
      const { up, down } = cable.take();
      return sum + up + down;
    }, 0);
    const note = cost.value === null ? pastNote(store.limitS) : undefined;
    const { cpuS, peakMb } = together(cost.used);
    return [
      figure(`${name} ${workload}: sent`, sent, 'bytes', note),
      figure(`${name} ${workload}: sent ÷ bound`, sent / bound, '×', note),
      figure(`${name} ${workload}: converged`, cost.tookS, 's', note),
      figure(`${name} ${workload}: processor, all lanes`, cpuS, 's', note),
      figure(`${name} ${workload}: peak memory, a lane`, peakMb, 'MB', note),
    ];
  };
  const catalogue = await part(CATALOGUE, hard.bounds.catalogue, (lane) => [
    lane.ask({ type: 'hasItems', change: BACK }),
    lane.ask({ type: 'hasGoods', change: BACK }),
  ]);
  await Promise.all(lanes.map((lane) => lane.ask({ type: 'disconnect' })));
  await Promise.all(lanes.map((lane, at) => lane.ask({ type: 'sell', sales: hard.store[at] ?? [] })));
  const keys = hard.store.flat().map(saleKey);
  const sales = await part(SALES, hard.bounds.sales, (lane) => [lane.ask({ type: 'hasSales', keys })]);
  let [goods, lost, doubled]: [GoodsRows, number, number] = [{ lost: 0, doubled: 0, divergent: 0 }, 0, 0];
  for (const lane of lanes) {
    const rows = await goodsRowsOf(lane, BACK);
    goods = { lost: goods.lost + rows.lost, doubled: goods.doubled + rows.doubled, divergent: goods.divergent + rows.divergent };
    const held = await saleKeysOf(lane);
    const known = new Set(held);
    lost += keys.filter((key) => !known.has(key)).length;
    doubled += held.length - known.size;
  }
  for (const lane of lanes) await lane.end();
  return [...catalogue, ...sales, ...goodsFigures(`${name} W5`, goods), ...salesFigures(`${name} W5`, { lost, doubled })];
}
