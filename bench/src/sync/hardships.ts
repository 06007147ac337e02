/**
 * A lane that comes back as W3 has it, with its sales and to changed prices, and something else is wrong: it is killed every few seconds on a line that falls silent and is cut (W6), a column was added to all goods and to its own sales
 * while it was away a month (W7), its clock is a year ahead (W8). Each is held against the lane that comes back with nothing wrong, in the same run; and of all of them it is counted what was lost, doubled, or is other than at the hub.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { generateSigningKey, systemClock } from '@holdfast/base/node';
import { ENTITY_TYPES } from '@holdfast/domain';
import { createSchemas, type EntryDraft } from '@holdfast/sync';
import { generatedSales, SALE_SCHEMAS } from '@holdfast/sync/generated-sales';
import type { HubApi } from '@holdfast/tools/hub-api';
import { z } from 'zod';

import { countsOf } from '../plan.ts';
import { atMost, figure, type BenchOptions, type Figure, type Target } from '../report.ts';
import { columnsBytes, repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy, type CountingProxy, type LineWidth } from './counting-proxy.ts';
import { drawCents, otherCents, sample, skuOf } from './goods.ts';
import type { LaneLife } from './lane-process.ts';
import { createSyncLane, type SyncLane, type SyncLaneOptions } from './sync-lane.ts';
import { metered, usageOf, type Metered, type Usage } from './usage.ts';
import { goodsRows, salesRows, sumOfRows, workloadFigures, wrongRows, type Rows, type Workload } from './workload.ts';

const LANE_PROCESS = fileURLToPath(new URL('./lane-process.ts', import.meta.url));
const YEAR_MS = 365 * 86_400_000;
const KILL_EVERY_MS = 3_000;
const BAD_LINE: LineWidth = { kilobitsPerS: 128, roundTripMs: 600, faults: { seed: 6, everyBytes: 32_768, silenceMostMs: 2_000 } };

/** What the lanes stand at, and how it changes. */
export interface Hardships {
  readonly api: HubApi;
  readonly port: number;
  readonly hubPid: number;
  readonly items: number;
  readonly next: () => number;
  /** Of each item, in cents; changed with what is published. */
  readonly cents: number[];
  /** Publishes these items as they stand now, with further columns. */
  readonly publish: (which: Iterable<number>, more?: { readonly head: string; readonly cell: (n: number) => string }) => Promise<number>;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
}

export async function hardships(shop: Hardships, { quick, say }: BenchOptions): Promise<Measured> {
  const { awaySales: sales, awayDays: days, awayLimitS } = countsOf('sync-bytes', quick);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-hardships-'));
  const line = await createCountingProxy(shop.port);
  const bad = await createCountingProxy(shop.port, BAD_LINE);
  try {
    const disk = { file: join(folder, 'lane.db'), signingKey: generateSigningKey() };
    say('W6, W8: three lanes go away, and sell');
    const generated = generatedSales(sales * 3, 11);
    const [sold, learntFrom] = [generated.slice(0, sales), generated.slice(sales)];
    const right = await laneAway(shop, line, {}, sold);
    const ahead = await laneAway(shop, line, { clock: YEAR_AHEAD }, sold);
    const killed = await laneAway(shop, line, { disk }, sold);
    await killed.lane.close();
    const which = sample(shop.items, Math.round(shop.items / 10), shop.next);
    for (const n of which) shop.cents[n] = otherCents(shop.cents[n] ?? 0, shop.next);
    const lsn = await shop.publish(which);
    const others = Array.from({ length: 20_000 }, () => drawCents(shop.next));
    const boundBytes =
      salesBytes(sold, learntFrom) +
      repricedBytes(
        shop.items,
        which.map((n) => shop.cents[n] ?? 0),
        others,
      );
    const plain = await comeBack(shop, right, line, lsn);
    say('W8: the one whose clock is a year ahead comes back');
    const wrongClock = await comeBack(shop, ahead, line, lsn);
    say('W6: the one that is killed comes back');
    const kills = await comeBackKilled(disk, bad, { limitMs: awayLimitS * 1_000, lsn, hubPid: shop.hubPid });
    const again = createSyncLane(() => line.url, '', { disk });
    const back = {
      plain: await rowsOf(shop, right),
      ahead: await rowsOf(shop, ahead),
      killed: await rowsOf(shop, { ...killed, lane: again }),
    };
    for (const lane of [right.lane, ahead.lane, again]) await lane.close();
    const column = await columnAdded(shop, line, { days, sales }, say);
    const wrong = wrongRows(sumOfRows([...Object.values(back), column.rows]));
    const workload = (cost: Metered<number>, rows: Rows): Workload => ({ sentBytes: cost.value, boundBytes, cost, rows });
    return {
      figures: [
        ...workloadFigures('W3 back, nothing wrong', workload(plain, back.plain)),
        figure('W6 killed: times', kills.kills, 'rows'),
        ...workloadFigures('W6 killed', workload(kills, back.killed), ...(kills.isBack ? [] : ['ended: not back'])),
        figure('W6 killed: sent ÷ nothing wrong', kills.value / plain.value, '×'),
        ...column.figures,
        ...workloadFigures('W8 clock a year ahead', workload(wrongClock, back.ahead)),
      ],
      targets: [
        ...column.targets,
        atMost('W8 clock a year ahead: sent ÷ nothing wrong', wrongClock.value / plain.value, 1.05, '×'),
        atMost('W3, W6, W7, W8: lost, doubled or different', wrong, 0, 'rows'),
      ],
    };
  } finally {
    for (const each of [line, bad]) await each.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const YEAR_AHEAD = { ...systemClock, nowMs: () => systemClock.nowMs() + YEAR_MS };

export interface Away {
  readonly lane: SyncLane;
  readonly device: string;
  readonly sold: readonly EntryDraft[];
  /** Onto another line. */
  readonly moveTo: (hubUrl: string) => void;
}

/** A new lane that held all goods, and sells while it reaches nobody. */
export async function laneAway(
  { api }: Hardships,
  line: CountingProxy,
  options: SyncLaneOptions,
  sold: readonly EntryDraft[],
): Promise<Away> {
  const { code } = await api.mintEnrolmentCode({ store: '1' });
  let { url } = line;
  const lane = createSyncLane(() => url, code, options);
  await lane.start(1);
  await lane.stop();
  lane.sell(sold);
  const device = lane.store.identity()?.device ?? '';
  return { lane, device, sold, moveTo: (hubUrl) => (url = hubUrl) };
}

/** Answers the bytes. */
async function comeBack({ hubPid }: Hardships, { lane }: Away, line: CountingProxy, lsn: number): Promise<Metered<number>> {
  line.take();
  const cost = await metered([hubPid, process.pid], () => lane.start(lsn));
  await lane.stop();
  const { up, down } = line.take();
  return { ...cost, value: up + down };
}

interface Killing {
  readonly lsn: number;
  readonly hubPid: number;
  readonly limitMs: number;
}

/** Life after life of its process, until one ends by itself; or until it has taken too long, and what it lacks is counted as lost and different. */
async function comeBackKilled(
  disk: NonNullable<SyncLaneOptions['disk']>,
  line: CountingProxy,
  { lsn, hubPid, limitMs }: Killing,
): Promise<Metered<number> & { readonly kills: number; readonly isBack: boolean }> {
  const life: LaneLife = { file: disk.file, signingKeyHex: Buffer.from(disk.signingKey).toString('hex'), hubUrl: line.url, lsn };
  const startMs = performance.now();
  line.take();
  let [cpuS, peakMb] = [0, 0];
  const lives = await metered([hubPid], async () => {
    for (let kills = 0; ; kills += 1) {
      const { isBack, used } = await liveOnce(life, KILL_EVERY_MS);
      cpuS += used.cpuS;
      peakMb = Math.max(peakMb, used.peakMb);
      if (isBack || performance.now() - startMs >= limitMs) return { kills: isBack ? kills : kills + 1, isBack };
    }
  });
  const { up, down } = line.take();
  return { ...lives.value, value: up + down, tookS: lives.tookS, used: [...lives.used, { cpuS, peakMb }] };
}

/** A process that does not even start by then is ended as well. */
const START_LIMIT_MS = 30_000;

const usedSchema = z.object({ cpuS: z.number(), peakMb: z.number() });

/** What it used by its end. Not back: it was killed, so many ms after it had started. */
function liveOnce(life: LaneLife, killAfterMs: number): Promise<{ readonly isBack: boolean; readonly used: Usage }> {
  const child = fork(LANE_PROCESS, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let used: Usage = { cpuS: 0, peakMb: 0 };
  const killAfter = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      if (child.pid !== undefined && child.exitCode === null) used = usageOf(child.pid);
      child.kill('SIGKILL');
    }, ms);
  let killer = killAfter(START_LIMIT_MS);
  child.on('message', (message) => {
    if (message !== 'started') {
      used = usedSchema.parse(message);
      return;
    }
    clearTimeout(killer);
    killer = killAfter(killAfterMs);
  });
  child.send(life);
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      clearTimeout(killer);
      if (code === 0 || signal === 'SIGKILL') resolve({ isBack: code === 0, used });
      else reject(new Error(`a lane ended with ${code}`));
    });
  });
}

/** Of a lane that came back: its sales at the hub, and its goods beside what was published. */
export async function rowsOf({ api, cents }: Hardships, { lane, device, sold }: Pick<Away, 'lane' | 'device' | 'sold'>): Promise<Rows> {
  const goods = goodsRows(lane.store, { count: cents.length, skuOf, centsOf: (n) => cents[n] ?? null });
  return sumOfRows([await salesRows(api, device, sold.length), goods]);
}

const TABLE_COLUMN = 990;
/** Its release knows a column of a sale of which the hub has not heard. */
const NEXT_SALE_SCHEMAS = createSchemas(
  [...SALE_SCHEMAS.values()].map((schema) => ({
    ...schema,
    columns: [...schema.columns, { number: TABLE_COLUMN, name: 'table', type: 'int' as const, optional: true as const }],
  })),
);

/** Each day some prices change; in the middle of the month every item gets a value that none had before. The lane comes back with a column of its own. */
async function columnAdded(
  shop: Hardships,
  line: CountingProxy,
  { days, sales }: { readonly days: number; readonly sales: number },
  say: BenchOptions['say'],
): Promise<Measured & { readonly rows: Rows }> {
  say('W7: a column is added while a lane is away');
  const sold = generatedSales(sales, 14).map((draft, at) => ({ ...draft, fields: { ...draft.fields, table: at % 40 } }));
  const away = await laneAway(shop, line, { schemas: NEXT_SALE_SCHEMAS }, []);
  const most = Array.from({ length: shop.items }, () => 1 + Math.floor(shop.next() * 6));
  const touched = new Set<number>();
  let lsn = 0;
  for (let day = 0; day < days; day += 1) {
    const which = sample(shop.items, Math.round(shop.items / 1_000), shop.next);
    for (const n of which) {
      shop.cents[n] = otherCents(shop.cents[n] ?? 0, shop.next);
      touched.add(n);
    }
    const isAdded = day === Math.floor(days / 2);
    lsn = await shop.publish(
      isAdded ? shop.cents.keys() : which,
      isAdded ? { head: 'maximum_per_sale', cell: (n) => String(most[n]) } : undefined,
    );
  }
  const cost = await comeBack(shop, away, line, lsn);
  const down = cost.value;
  away.lane.sell(sold);
  const { value: up } = await comeBack(shop, away, line, lsn);
  const { at } = away.lane.store.cut();
  const { number } = ENTITY_TYPES.item.columns.find(({ name }) => name === 'maximumPerSale') ?? { number: 0 };
  const without = most.filter(
    (value, n) => away.lane.store.readEntity(ENTITY_TYPES.item.type, skuOf(n), at)[0]?.fields.get(number) !== value,
  );
  const held = await rowsOf(shop, { ...away, sold });
  const rows = { ...held, divergent: held.divergent + without.length };
  await away.lane.close();
  const others = Array.from({ length: 20_000 }, () => drawCents(shop.next));
  const prices = repricedBytes(
    shop.items,
    [...touched].map((n) => shop.cents[n] ?? 0),
    others,
  );
  const bound = columnsBytes(most.map((value) => [String(value)])) + prices;
  return {
    figures: [
      ...workloadFigures('W7 a column added', { sentBytes: down, boundBytes: bound, cost, rows }),
      figure('W7 a column of its own: up and down, a sale', up / sold.length, 'bytes'),
    ],
    targets: [atMost('W7 a column added: sent down', down, 1.5 * bound + 2_048, 'bytes')],
    rows,
  };
}
