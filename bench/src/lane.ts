/**
 * A real hub and a real lane with as many goods as a benchmark wants, brought there the way a shop's goods come: imported at
 * the hub, synced to the lane. Built once per run and size.
 *
 * A shop's hub is another machine. This one has to share the lane's, so once the lane has its goods it takes only the processor time that nobody
 * else wants, and its data lies in memory where that can be, so that its writes are not what the lane's disk waits for.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startHub, startTill, type HubReady, type RunningApp, type TillReady } from '@holdfast/tools/app-process';
import { buildAll } from '@holdfast/tools/build';
import { createForwarder, type Forwarder } from '@holdfast/tools/forwarder';
import { createHubApi, type HubApi } from '@holdfast/tools/hub-api';
import { accessTill, type TillAccess } from '@holdfast/tools/till-access';
import Database from 'better-sqlite3';

import { elsewhere, type Elsewhere } from './elsewhere.ts';

export interface Lane {
  readonly folder: string;
  readonly hubFolder: string;
  readonly hub: RunningApp<HubReady>;
  readonly hubElsewhere: Elsewhere;
  readonly api: HubApi;
  till: RunningApp<TillReady>;
  access: TillAccess;
  /** Between the two. */
  readonly cable: Forwarder;
  readonly items: number;
  /** From the start of the new lane's till until it holds them all, in seconds. */
  readonly firstSyncS: number;
}

const lanes = new Map<number, Promise<Lane>>();

export const laneWith = (items: number, say: (text: string) => void): Promise<Lane> => {
  const known = lanes.get(items) ?? buildLane(items, say);
  lanes.set(items, known);
  return known;
};

/** Ends what `laneWith` started. */
export async function closeLanes(): Promise<void> {
  for (const lane of lanes.values()) {
    const { till, hub, hubElsewhere, cable, folder, hubFolder } = await lane;
    await till.stop();
    await cable.close();
    await hub.stop();
    hubElsewhere.close();
    for (const each of [folder, hubFolder]) rmSync(each, { recursive: true, force: true });
  }
  lanes.clear();
}

/** Lets `run` have the till's data folder to itself; the till is started again afterwards. */
export async function withoutTill<T>(lane: Lane, run: (data: string) => Promise<T>): Promise<T> {
  const data = lane.till.ready.data;
  await lane.till.stop();
  try {
    return await run(data);
  } finally {
    lane.till = await startTill(['--data', data, '--port', '0']);
    lane.access = await accessTill(data);
  }
}

/** The n-th item's GTIN-13: its own digits and a right check digit. */
export function gtinOf(n: number): string {
  const body = `95${String(n).padStart(10, '0')}`;
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

const WORDS = [
  'Apple',
  'Bread',
  'Cheese',
  'Dark',
  'Extra',
  'Fresh',
  'Garden',
  'Honey',
  'Italian',
  'Juice',
  'Kitchen',
  'Lemon',
  'Milk',
  'Noodle',
  'Organic',
  'Pepper',
];

/** What the n-th item costs. */
export const centsOf = (n: number): number => 50 + ((n * 37) % 2_000);

/** A catalogue in CSV; `cents` moves every price, so that two of them differ in all prices. */
export function* catalogCsv(items: number, cents = 0): Generator<string> {
  yield 'gtin,name,brand,category,price,currency,tax_class,unit\n';
  let rows = '';
  for (let n = 0; n < items; n++) {
    const price = centsOf(n) + cents;
    const name = `${WORDS[n % 16]} ${WORDS[(n >> 4) % 16]} ${WORDS[(n >> 8) % 16]} ${n}`;
    rows += `${gtinOf(n)},${name},Brand ${n % 997},Department ${n % 12},${Math.floor(price / 100)}.${String(price % 100).padStart(2, '0')},EUR,standard,piece\n`;
    if (rows.length > 60_000) {
      yield rows;
      rows = '';
    }
  }
  yield rows;
}

export async function waitFor(what: string, timeoutMs: number, isThere: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + timeoutMs; performance.now() < end;) {
    if (await isThere()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not there after ${timeoutMs} ms`);
}

/** What the lane stands at, out of its database: asking the till would be work for the one that is measured. */
export function openShownCut(lane: Lane): { readonly at: () => number; readonly close: () => void } {
  const database = new Database(join(lane.till.ready.data, 'till.db'), { readonly: true });
  const read = database.prepare<[], number>('SELECT at FROM sync_cut').pluck();
  return { at: () => read.get() ?? 0, close: () => void database.close() };
}

/** Runs what only prepares: nobody waits for the lane meanwhile, so the hub has its part of the processor again. */
export async function prepared<T>({ hubElsewhere }: Lane, run: () => Promise<T>): Promise<T> {
  hubElsewhere.givesWay(false);
  try {
    return await run();
  } finally {
    hubElsewhere.givesWay(true);
  }
}

async function buildLane(items: number, say: (text: string) => void): Promise<Lane> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const hubFolder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-bench-'));
  // A checkout that nobody has started yet has no window to measure.
  const built = await buildAll({ only: ['window', 'main', 'preload'], onBuild: (name) => say(`building the ${name}`) });
  if (!built.ok) throw new Error(`the ${built.error.target} could not be built: ${built.error.output}`);
  say(`importing ${items.toLocaleString('en')} items at a hub`);
  const hub = await startHub(['--data', join(hubFolder, 'hub'), '--port', '0']);
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
  await api.importFile('catalog', Readable.from(catalogCsv(items)), {}, () => undefined);
  say('bringing them to a lane');
  const startedAt = performance.now();
  const cable = await createForwarder({ targetPort: Number(new URL(hub.ready.url).port) });
  const till = await startTill(['--data', join(folder, 'till'), '--port', '0', '--hub', cable.url, '--enrol', hub.ready.enrolmentCode]);
  const access = await accessTill(join(folder, 'till'));
  await waitFor('the catalogue at the lane', 1_800_000, async () => (await access.verify()).items >= items);
  const firstSyncS = (performance.now() - startedAt) / 1_000;
  const hubElsewhere = elsewhere(hub.ready.pid, say);
  hubElsewhere.givesWay(true);
  return { folder, hubFolder, hub, hubElsewhere, api, till, access, cable, items, firstSyncS };
}
