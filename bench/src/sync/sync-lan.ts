/**
 * Ten lanes of one store on its network (W5): what a new lane takes from a sibling, what the store's one line to the hub carries for all of them beside what it carries for one, and how long the
 * backlog of a lane that reaches nobody but its siblings takes to the hub. Real tills, as processes, all on one machine; every byte to and from the hub passes a proxy that counts.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startHub, startTill, type HubReady, type RunningApp, type TillReady } from '@holdfast/tools/app-process';
import { createForwarder } from '@holdfast/tools/forwarder';
import { createHubApi, type HubApi } from '@holdfast/tools/hub-api';
import { accessTill, type TillAccess } from '@holdfast/tools/till-access';
import Database from 'better-sqlite3';

import { catalogCsv, centsOf, gtinOf, waitFor } from '../lane.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench, type BenchOptions, type Figure, type Target } from '../report.ts';
import { columnsBytes, repricedBytes } from './bounds.ts';
import { createCountingProxy, type CountingProxy } from './counting-proxy.ts';
import { catalogGoods, catalogRows } from './goods.ts';
import { metered, together, usageOf, type Metered, type Usage } from './usage.ts';
import {
  costFigures,
  goodsRowsOfTill,
  rowFigures,
  salesRows,
  sumOfRows,
  workloadFigures,
  wrongRows,
  type PublishedGoods,
  type Rows,
} from './workload.ts';

const LINES = 5;
/** Of the goods, what is sold: few enough that asking the hub what was sold costs it little. */
const SOLD_GOODS = 50;
const PATIENCE_MS = 1_800_000;
const MS_PER_S = 1_000;

interface Measured {
  readonly figures: readonly Figure[];
  readonly targets: readonly Target[];
}

export const syncLan: Bench = async (options) => {
  const counts = countsOf('sync-lan', options.quick);
  const sibling = await withShop(counts.siblingItems, options, (shop) => takeFromSibling(shop, options));
  const ten = await withShop(counts.items, options, async (shop) => {
    const line = await shareOneLine(shop, counts.lanes, options);
    const backlog = await drainBacklog(shop, line, counts.sales, options);
    return { figures: [...line.figures, ...backlog.figures], targets: [...line.targets, ...backlog.targets] };
  });
  return {
    name: 'sync-lan',
    against: 'a lane that is by itself, in the same run',
    setting: `${counts.siblingItems.toLocaleString('en')} items from a sibling; ${counts.lanes} lanes with ${counts.items.toLocaleString('en')} items; a backlog of ${counts.sales.toLocaleString('en')} sales of ${LINES} lines; hub and all lanes on one machine`,
    figures: [...sibling.figures, ...ten.figures],
    targets: [...sibling.targets, ...ten.targets],
  };
};

interface BenchTill {
  readonly folder: string;
  readonly access: TillAccess;
  readonly app: RunningApp<TillReady>;
}

/** A hub with a catalogue, and what was started around it. */
interface Shop {
  readonly api: HubApi;
  readonly hub: RunningApp<HubReady>;
  readonly items: number;
  readonly lsn: number;
  line(): Promise<CountingProxy>;
  /** A new lane, enrolled over `hubUrl`. */
  open(hubUrl: string, store: string, flags: readonly string[]): Promise<BenchTill>;
  startAgain(till: BenchTill): Promise<BenchTill>;
}

async function withShop<T>(items: number, { say }: BenchOptions, run: (shop: Shop) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-lan-'));
  const tills = new Map<string, RunningApp<TillReady>>();
  const lines: CountingProxy[] = [];
  const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
  const start = async (data: string, flags: readonly string[]): Promise<BenchTill> => {
    const app = await startTill(['--data', data, '--port', '0', ...flags]);
    tills.set(data, app);
    return { folder: data, app, access: await accessTill(data) };
  };
  try {
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    say(`importing ${items.toLocaleString('en')} items at a hub`);
    await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
    await api.createStore({ store: 'alone', name: 'alone', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
    const report = await api.importFile('catalog', Readable.from(catalogCsv(items)), { currency: 'EUR' }, () => undefined);
    return await run({
      api,
      hub,
      items,
      lsn: report.lsn ?? 0,
      line: async () => {
        const line = await createCountingProxy(Number(new URL(hub.ready.url).port));
        lines.push(line);
        return line;
      },
      open: async (hubUrl, store, flags) => {
        const { code } = await api.mintEnrolmentCode({ store });
        return start(mkdtempSync(join(folder, 'till-')), ['--hub', hubUrl, '--enrol', code, ...flags]);
      },
      startAgain: ({ folder: data }) => start(data, []),
    });
  } finally {
    await Promise.all([...tills.values()].map((app) => app.stop()));
    for (const line of lines) await line.close();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const standsAt = (tills: readonly BenchTill[], lsn: number): Promise<void> =>
  waitFor(`LSN ${lsn} at ${tills.length} lanes`, PATIENCE_MS, async () => {
    const positions = await Promise.all(tills.map(async ({ access }) => (await access.verify()).position.lsn));
    return positions.every((position) => position >= lsn);
  });

/** On one machine multicast DNS is silent: lanes are named to each other by port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What `work` takes of the hub and of all these lanes together; where they are started for it, from their start on. */
async function costOf(shop: Shop, tills: () => readonly BenchTill[], work: () => Promise<void>): Promise<Metered<void>> {
  const before = new Map([shop.hub, ...tills().map(({ app }) => app)].map(({ ready: { pid } }) => [pid, usageOf(pid).cpuS]));
  const { tookS } = await metered([...before.keys()], work);
  const usedBy = (pid: number): Usage => {
    const { cpuS, peakMb } = usageOf(pid);
    return { cpuS: cpuS - (before.get(pid) ?? 0), peakMb };
  };
  return { value: undefined, tookS, used: [usedBy(shop.hub.ready.pid), together(tills().map(({ app }) => usedBy(app.ready.pid)))] };
}

/** Lane by lane: the line that they hang on passes this process, and who gets no pong for 10 s takes the hub for gone. */
async function rowsOfLanes(lanes: readonly BenchTill[], goods: PublishedGoods): Promise<Rows> {
  const rows: Rows[] = [];
  for (const { folder } of lanes) {
    rows.push(goodsRowsOfTill(join(folder, 'till.db'), goods));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return sumOfRows(rows);
}

const seconds = (startMs: number): number => (performance.now() - startMs) / MS_PER_S;

async function takeFromSibling(shop: Shop, { say }: BenchOptions): Promise<Measured> {
  const port = await freePort();
  const line = await shop.line();
  say('the first lane takes the catalogue from the hub');
  const fromHubMs = performance.now();
  const first = await shop.open(line.url, '1', ['--lan', String(port)]);
  await standsAt([first], shop.lsn);
  const fromHubS = seconds(fromHubMs);
  const alone = bytesOf(line);
  say('the second takes it from the first');
  const opened: BenchTill[] = [];
  const cost = await costOf(
    shop,
    () => opened,
    async () => {
      const second = await shop.open(line.url, '1', ['--lan', '0', '--neighbour', `127.0.0.1:${port}`]);
      opened.push(second);
      await standsAt([second], shop.lsn);
      const window = await second.access.connect();
      await waitFor('an item by its name', PATIENCE_MS, async () => {
        const found = await window.request({ type: 'search', text: `Apple ${shop.items - 16}`, limit: 5 });
        return found.type === 'reply' && JSON.stringify(found.value).includes('Apple');
      });
      window.close();
    },
  );
  const beside = bytesOf(line);
  const rows = await rowsOfLanes(opened, catalogGoods(shop.items));
  for (const { app } of [first, ...opened]) await app.stop();
  return {
    figures: [
      figure('snapshot from the hub: start to all items', fromHubS, 's'),
      figure('snapshot from the hub: over the line', alone, 'bytes'),
      figure('snapshot from a sibling: over the line', beside, 'bytes'),
      ...costFigures('W5 snapshot from a sibling', cost),
      ...rowFigures('W5 snapshot from a sibling', rows),
    ],
    targets: [
      atMost('snapshot from a sibling: start to searchable', cost.tookS, 20, 's'),
      atMost('snapshot from a sibling: lost, doubled or different', wrongRows(rows), 0, 'rows'),
    ],
  };
}

function bytesOf(line: CountingProxy): number {
  const { up, down } = line.take();
  return up + down;
}

/** A new store: its first lane asks the hub, the others come when it is there. Then a tenth of the prices changes, and all of them hear of it in the same moment. */
async function shareOneLine(
  shop: Shop,
  count: number,
  { say }: BenchOptions,
): Promise<Measured & { readonly lanes: readonly BenchTill[]; readonly line: CountingProxy }> {
  const [shared, own] = [await shop.line(), await shop.line()];
  say('a lane by itself, and the first of several');
  const alone = await shop.open(own.url, 'alone', []);
  const port = await freePort();
  const lanes: BenchTill[] = [];
  const firstCost = await costOf(
    shop,
    () => lanes,
    async () => {
      lanes.push(await shop.open(shared.url, '1', ['--lan', String(port)]));
      await standsAt([alone, ...lanes], shop.lsn);
      say(`${count - 1} more`);
      const others = Array.from({ length: count - 1 }, () =>
        shop.open(shared.url, '1', ['--lan', '0', '--neighbour', `127.0.0.1:${port}`]),
      );
      lanes.push(...(await Promise.all(others)));
      await standsAt(lanes, shop.lsn);
    },
  );
  const all = [alone, ...lanes];
  const firstRows = await rowsOfLanes(all, catalogGoods(shop.items));
  // What lanes tell behind it is of it, and of nothing that comes then.
  await waitFor('headquarters to hear of it', PATIENCE_MS, () => shop.api.isReached(shop.lsn));
  const [aloneFirst, tenFirst] = [bytesOf(own), bytesOf(shared)];
  say('a tenth of the prices changes');
  const repriced = Math.floor(shop.items / 10);
  const report = await shop.api.importFile('catalog', Readable.from(catalogCsv(repriced, 3)), { currency: 'EUR' }, () => undefined);
  const thenCost = await costOf(
    shop,
    () => lanes,
    () => standsAt(all, report.lsn ?? 0),
  );
  const [aloneThen, tenThen] = [bytesOf(own), bytesOf(shared)];
  const goods = catalogGoods(shop.items, repriced, 3);
  const thenRows = await rowsOfLanes(all, goods);
  await alone.app.stop();
  const firstBound = columnsBytes(catalogRows(shop.items));
  const numbers = Array.from({ length: shop.items }, (_, n) => n);
  const before = numbers.map((n) => centsOf(n));
  const thenBound = repricedBytes(
    shop.items,
    numbers
      .slice(0, repriced)
      .map(goods.centsOf)
      .filter((cents) => cents !== null),
    before,
  );
  const [firstName, thenName] = [`W5 first catalogue, ${count} lanes`, `W5 a tenth repriced, ${count} lanes`];
  return {
    lanes,
    line: shared,
    figures: [
      figure('first catalogue, one lane: over its line', aloneFirst, 'bytes'),
      ...workloadFigures(firstName, { sentBytes: tenFirst, boundBytes: firstBound, cost: firstCost, rows: firstRows }),
      figure('a tenth repriced, one lane: over its line', aloneThen, 'bytes'),
      ...workloadFigures(thenName, { sentBytes: tenThen, boundBytes: thenBound, cost: thenCost, rows: thenRows }),
    ],
    targets: [
      atMost(`first catalogue, ${count} lanes ÷ one`, tenFirst / aloneFirst, 1.1, '×'),
      atMost(`a tenth repriced, ${count} lanes ÷ one`, tenThen / aloneThen, 1.1, '×'),
      atMost(`${count} lanes: lost, doubled or different`, wrongRows(sumOfRows([firstRows, thenRows])), 0, 'rows'),
    ],
  };
}

/** The first lane sells for a month with neither hub nor siblings; then its siblings come, and they alone reach the hub. */
async function drainBacklog(
  shop: Shop,
  { lanes, line }: { readonly lanes: readonly BenchTill[]; readonly line: CountingProxy },
  sales: number,
  { say }: BenchOptions,
): Promise<Measured> {
  const [first, ...others] = lanes;
  if (first === undefined) throw new Error('a store has a lane');
  say(`one lane sells ${sales.toLocaleString('en')} times, and reaches nobody`);
  await Promise.all(lanes.map(({ app }) => app.stop()));
  const cable = await createForwarder({ targetPort: 1 });
  cable.set('cut');
  try {
    const cutOff = await startCutOff(first, cable.url);
    try {
      await sellMany(cutOff, sales);
      const { epochs, device } = await cutOff.access.verify();
      const entries = epochs.reduce((sum, { seq }) => sum + seq, 0);
      say('its siblings come');
      line.take();
      let back: readonly BenchTill[] = [];
      let [upS, sharedS] = [Infinity, Infinity];
      const cost = await costOf(
        shop,
        () => back,
        async () => {
          const startMs = performance.now();
          back = await Promise.all(others.map((till) => shop.startAgain(till)));
          const secondsUntil = async (what: string, isThere: () => Promise<boolean>): Promise<number> => {
            await waitFor(what, PATIENCE_MS, isThere);
            return seconds(startMs);
          };
          [upS, sharedS] = await Promise.all([
            secondsUntil('the backlog at the hub', async () => {
              const sold = await shop.api.sold('1');
              return sold.reduce((sum, { lines }) => sum + lines, 0) >= sales * LINES;
            }),
            secondsUntil('the backlog at every sibling', async () => back.every(({ folder }) => entriesHeld(folder) >= entries)),
          ]);
        },
      );
      const sentBytes = bytesOf(line);
      const rows = await salesRows(shop.api, device ?? '', sales);
      return {
        figures: [
          figure('backlog: entries', entries, 'rows'),
          figure(`backlog: at ${back.length} siblings, their start included`, sharedS, 's'),
          figure('W5 backlog: over the line', sentBytes, 'bytes'),
          figure('W5 backlog: over the line, a sale', sentBytes / sales, 'bytes'),
          ...costFigures('W5 backlog', cost),
          ...rowFigures('W5 backlog', rows),
        ],
        targets: [
          atMost('backlog: at the hub, by siblings, their start included', upS, 60, 's'),
          atMost('backlog: lost or doubled', wrongRows(rows), 0, 'rows'),
        ],
      };
    } finally {
      await cutOff.app.stop();
    }
  } finally {
    await cable.close();
  }
}

async function startCutOff({ folder }: BenchTill, hubUrl: string): Promise<BenchTill> {
  const app = await startTill(['--data', folder, '--port', '0', '--hub', hubUrl]);
  return { folder, app, access: await accessTill(folder) };
}

async function sellMany({ access }: BenchTill, sales: number): Promise<void> {
  const window = await access.connect();
  const take = async (body: Readonly<Record<string, unknown>>): Promise<void> => {
    const reply = await window.request(body);
    if (reply.type !== 'reply') throw new Error(`refused: ${JSON.stringify(reply)}`);
  };
  for (let sale = 0; sale < sales; sale += 1) {
    const asked = Array.from({ length: LINES }, (_, line) => take({ type: 'scan', code: gtinOf((sale * LINES + line) % SOLD_GOODS) }));
    await Promise.all([...asked, take({ type: 'payCash', amountMinor: 100_000_00 })]);
  }
  window.close();
}

/** The longest line of another lane that a lane's database holds. */
function entriesHeld(folder: string): number {
  const database = new Database(join(folder, 'till.db'), { readonly: true });
  try {
    return database.prepare<[], number>('SELECT coalesce(max(head_seq), 0) FROM sync_line').pluck().get() ?? 0;
  } finally {
    database.close();
  }
}
