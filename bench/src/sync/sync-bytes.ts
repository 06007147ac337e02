/**
 * What sync sends, byte by byte: a real hub, a lane's real sync, and a proxy between them that counts. Beside the least that could say the same (`bounds.ts`, docs/BENCHMARKS.md).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import type { EntryDraft } from '@holdfast/sync';
import { generatedSales, hasOnlineRetail, onlineRetailSales } from '@holdfast/sync/generated-sales';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';

import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench, type BenchOptions, type Figure, type Target } from '../report.ts';
import { columnsBytes, repricedBytes, salesBytes } from './bounds.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { csvOf, drawCents, otherCents, rowOf, sample, seeded, skuOf } from './goods.ts';
import { hardships, type Hardships } from './hardships.ts';
import { monthOfAStore } from './month.ts';
import { createSyncLane } from './sync-lane.ts';
import { metered, type Metered } from './usage.ts';
import { costFigures, goodsRows, rowFigures, salesRows, workloadFigures, wrongRows } from './workload.ts';

/** 120,000 goods of Open Food Facts: GTIN and name. */
const REAL = fileURLToPath(new URL('../../../../shared/data/catalog/large.csv.gz', import.meta.url));

interface Measured {
  readonly figures: Figure[];
  readonly targets: Target[];
}

export const syncBytes: Bench = async (options) => {
  const { items } = countsOf('sync-bytes', options.quick);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bytes-'));
  const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
  const proxy = await createCountingProxy(Number(new URL(hub.ready.url).port));
  try {
    const real = existsSync(REAL) ? await bootstrapReal(options) : { figures: [], targets: [] };
    const made = await measure(options, items, { hub: hub.ready, proxy });
    const measured = { figures: [...real.figures, ...made.figures], targets: [...real.targets, ...made.targets] };
    return {
      name: 'sync-bytes',
      against: 'ideal code lengths under the models of docs/BENCHMARKS.md, fitted on other data',
      setting: `${items.toLocaleString('en')} items; every byte through a TCP proxy, both directions, headers included; one lane, connections kept open; processor and peak memory of the hub's process, and of this one, in which lane, proxy and counting run`,
      ...measured,
    };
  } finally {
    await proxy.close();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** W1 with real names and numbers: a hub of its own, whose only goods are these, with prices made up for them. */
async function bootstrapReal({ quick, say }: BenchOptions): Promise<Measured> {
  say('W1: large.csv.gz to a new lane');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bytes-'));
  const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
  const proxy = await createCountingProxy(Number(new URL(hub.ready.url).port));
  try {
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const [head = '', ...all] = gunzipSync(readFileSync(REAL)).toString('utf8').trim().split('\n');
    const lines = all.slice(0, countsOf('sync-bytes', quick).realItems);
    const upload = Readable.from([head, ...lines].map((line) => `${line}\n`));
    const report = await api.importFile('catalog', upload, { currency: 'EUR', syntheticPrices: 'true' }, () => undefined);
    const lane = createSyncLane(() => proxy.url, hub.ready.enrolmentCode);
    const cost = await metered([hub.ready.pid, process.pid], () => lane.start(report.lsn ?? 0));
    const { up, down } = proxy.take();
    await lane.stop();
    const goods = realRows(lines);
    const boundBytes = columnsBytes(goods);
    // A few stand there twice.
    const published = [...new Map(goods.map(([sku = '', , price = '']) => [sku, Number(price.replace('.', ''))]))];
    const rows = goodsRows(lane.store, {
      count: published.length,
      skuOf: (n) => published[n]?.[0] ?? '',
      centsOf: (n) => published[n]?.[1] ?? null,
    });
    const name = `W1 ${lines.length < all.length ? `${lines.length.toLocaleString('en')} of ` : ''}large.csv.gz`;
    return {
      figures: [...workloadFigures(name, { sentBytes: up + down, boundBytes, cost, rows })],
      targets: [
        atMost(`${name}: sent`, up + down, 1.3 * boundBytes, 'bytes'),
        atMost(`${name}: lost, doubled or different`, wrongRows(rows), 0, 'rows'),
      ],
    };
  } finally {
    await proxy.close();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** GTIN, name and price, as a hub makes up the price for an article that comes without (`synthetic-price.ts`): FNV-1a of the SKU, in steps of ten cents. */
function realRows(lines: readonly string[]): readonly (readonly string[])[] {
  return lines.map((line) => {
    const comma = line.indexOf(',');
    const gtin = line.slice(0, comma);
    let hash = 0x811c9dc5;
    for (let at = 0; at < gtin.length; at += 1) hash = Math.imul(hash ^ gtin.charCodeAt(at), 0x01000193) >>> 0;
    const cents = 49 + 10 * (hash % 200);
    return [gtin, line.slice(comma + 1), `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`];
  });
}

interface Ends {
  readonly hub: { readonly url: string; readonly consoleToken: string; readonly enrolmentCode: string; readonly pid: number };
  readonly proxy: Awaited<ReturnType<typeof createCountingProxy>>;
}

async function measure({ quick, say }: BenchOptions, items: number, { hub, proxy }: Ends): Promise<Measured> {
  const api = createHubApi(hub.url, hub.consoleToken);
  const { publications } = countsOf('sync-bytes', quick);
  const result: Measured = { figures: [], targets: [] };
  const next = seeded(1);
  const cents = Array.from({ length: items }, () => drawCents(next));
  const rows = (which: Iterable<number>): readonly (readonly string[])[] => [...which].map((n) => rowOf(n, cents[n] ?? 0));
  const publish: Hardships['publish'] = async (which, more) => {
    const numbers = [...which];
    const extended = rows(numbers).map((row, at) => (more === undefined ? row : [...row, more.cell(numbers[at] ?? 0)]));
    const report = await api.importFile('catalog', csvOf(extended, more?.head), { currency: 'EUR' }, () => undefined);
    if (report.lsn === null) throw new Error('nothing was published');
    return report.lsn;
  };
  const start = (to: number): Promise<Metered<void>> => metered([hub.pid, process.pid], () => lane.start(to));
  let wrong = 0;
  /** What has passed since the workload began, and what the lane shows now. `gone`: what of the goods was taken away. */
  const tell: Shop['tell'] = (name, bound, limit, cost, gone = new Set()) => {
    const { up, down } = proxy.take();
    const held = goodsRows(lane.store, { count: items, skuOf, centsOf: (n) => (gone.has(n) ? null : (cents[n] ?? null)) });
    wrong += wrongRows(held);
    result.figures.push(...workloadFigures(name, { sentBytes: up + down, boundBytes: bound, cost, rows: held }));
    result.targets.push(atMost(`${name}: sent`, up + down, limit, 'bytes'));
  };

  say(`W1: ${items} items to a new lane`);
  await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
  let lsn = await publish(cents.keys());
  const lane = createSyncLane(() => proxy.url, hub.enrolmentCode);
  const first = await start(lsn);
  const snapshot = columnsBytes(rows(cents.keys()));
  tell('W1 bootstrap', snapshot, 1.3 * snapshot, first);

  say('W4: nothing new');
  await lane.ask();
  proxy.take();
  const noOp = await metered([hub.pid, process.pid], () => lane.ask());
  tell('W4 no-op', 0, 2_048, noOp);

  for (const share of [0.01, 0.1]) {
    say(`W2: ${share * 100} % repriced while the lane was away`);
    await lane.stop();
    proxy.take();
    const which = sample(items, Math.round(items * share), next);
    for (const n of which) cents[n] = otherCents(cents[n] ?? 0, next);
    lsn = await publish(which);
    const cost = await start(lsn);
    const bound = repricedBytes(
      items,
      which.map((n) => cents[n] ?? 0),
      Array.from({ length: 20_000 }, () => drawCents(next)),
    );
    tell(`W2 ${share * 100} % repriced`, bound, 1.2 * bound + 4_096, cost);
  }

  say('W2 at a random cursor: many publications, a hot set among them');
  await lane.stop();
  proxy.take();
  const touched = new Set<number>();
  for (let publication = 0; publication < publications; publication += 1) {
    const which = [...sample(items, Math.round(items / 1_000), next), ...sample(Math.min(items, 50), 10, next)];
    for (const n of new Set(which)) {
      cents[n] = otherCents(cents[n] ?? 0, next);
      touched.add(n);
    }
    lsn = await publish(new Set(which));
  }
  const many = await start(lsn);
  const conflated = repricedBytes(
    items,
    [...touched].map((n) => cents[n] ?? 0),
    Array.from({ length: 20_000 }, () => drawCents(next)),
  );
  tell('W2 many publications', conflated, 1.5 * conflated + 2_048, many);

  await deleteAndReadd({ quick, say }, { items, api, lane, proxy, next, rows, start, tell });
  wrong += await sellMany({ quick, say }, { api, lane, proxy, start, result });
  result.targets.push(atMost('W1, W2, W4, W9, sales: lost, doubled or different', wrong, 0, 'rows'));
  await lane.stop();
  const away: Hardships = { api, port: Number(new URL(hub.url).port), items, next, cents, publish, hubPid: hub.pid };
  const month = await monthOfAStore(away, { quick, say });
  const hard = await hardships(away, { quick, say });
  return {
    figures: [...result.figures, ...month.figures, ...hard.figures],
    targets: [...result.targets, ...month.targets, ...hard.targets],
  };
}

interface Shop {
  readonly items: number;
  readonly api: ReturnType<typeof createHubApi>;
  readonly lane: ReturnType<typeof createSyncLane>;
  readonly proxy: Ends['proxy'];
  readonly next: () => number;
  readonly rows: (which: Iterable<number>) => readonly (readonly string[])[];
  readonly start: (lsn: number) => Promise<Metered<void>>;
  readonly tell: (name: string, bound: number, limit: number, cost: Metered<void>, gone?: ReadonlySet<number>) => void;
}

/** Each day some go and those of the day before come back; the lane sees the end of it. Its bound: what differs in the end. */
async function deleteAndReadd({ say, quick }: BenchOptions, shop: Shop): Promise<void> {
  say('W9: goods that go and come back, over 30 days');
  await shop.lane.stop();
  shop.proxy.take();
  const { days } = countsOf('sync-bytes', quick);
  let gone: readonly number[] = [];
  let lsn: number | null = null;
  const returned = new Set<number>();
  for (let day = 0; day < days; day += 1) {
    const back = gone;
    gone = sample(shop.items, Math.round(shop.items / 500), shop.next).filter((n) => !back.includes(n));
    lsn = await shop.api.publish(gone.map((n) => ({ type: 'item', key: skuOf(n), scope: 'global', removed: true })));
    for (const n of gone) returned.delete(n);
    if (back.length === 0) continue;
    const report = await shop.api.importFile('catalog', csvOf(shop.rows(back)), { currency: 'EUR' }, () => undefined);
    lsn = report.lsn ?? lsn;
    for (const n of back) returned.add(n);
  }
  const cost = await shop.start(lsn ?? 0);
  const bound = columnsBytes(
    shop.rows([...returned].sort((left, right) => left - right)).map((row) => [row[1] ?? '', row[2] ?? '', row[3] ?? '', row[4] ?? '']),
  );
  shop.tell('W9 delete and re-add', bound, 1.5 * bound + 2_048, cost, new Set(gone));
  // Whoever comes next finds all goods.
  await shop.lane.stop();
  const all = await shop.api.importFile('catalog', csvOf(shop.rows(gone)), { currency: 'EUR' }, () => undefined);
  await shop.lane.start(all.lsn ?? 0);
}

const ONLINE_RETAIL = 'Online Retail';

/** Answers how many sales were lost or doubled. */
async function sellMany(
  { say, quick }: BenchOptions,
  { api, lane, proxy, start, result }: Pick<Shop, 'api' | 'lane' | 'proxy' | 'start'> & { readonly result: Measured },
): Promise<number> {
  const { sales: wanted, retailSales } = countsOf('sync-bytes', quick);
  const generated = generatedSales(wanted * 3, 7);
  const drafts: { readonly name: string; readonly sold: readonly EntryDraft[]; readonly others: readonly EntryDraft[] }[] = [
    { name: 'generated sales', sold: generated.slice(0, wanted), others: generated.slice(wanted) },
  ];
  if (hasOnlineRetail()) {
    const all = onlineRetailSales(retailSales);
    drafts.push({ name: ONLINE_RETAIL, sold: all.slice(0, wanted), others: all.slice(wanted) });
  }
  await lane.start(0);
  for (const { name, sold, others } of drafts) {
    say(`ledger: ${sold.length} sales of ${name}`);
    proxy.take();
    lane.sell(sold);
    const cost = await start(0);
    const { up, down } = proxy.take();
    const bound = salesBytes(sold, others) / sold.length;
    result.figures.push(
      figure(`${name}: up and down, a sale`, (up + down) / sold.length, 'bytes'),
      figure(`${name}: bound, a sale`, bound, 'bytes'),
      figure(`${name}: sent ÷ bound`, (up + down) / sold.length / bound, '×'),
      ...costFigures(name, cost),
    );
    if (name === ONLINE_RETAIL) result.targets.push(atMost(`${name}: a sale ÷ bound`, (up + down) / sold.length / bound, 1.5, '×'));
  }
  const all = drafts.reduce((sum, { sold }) => sum + sold.length, 0);
  const rows = await salesRows(api, lane.store.identity()?.device ?? '', all);
  result.figures.push(...rowFigures('sales', rows));
  return wrongRows(rows);
}
