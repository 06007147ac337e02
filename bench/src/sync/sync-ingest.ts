/**
 * What the hub takes in on a real Postgres: every signature checked, every batch flushed before it is answered, everything folded into sales, lines and stock behind it. Hub,
 * Postgres (every flush on) and the lanes share the machine. Beside the bare insert of the same rows by the same Postgres.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '@holdfast/hub-server/postgres-server';
import { generatedSales } from '@holdfast/sync/generated-sales';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';
import { Client } from 'pg';

import { serverSetting } from '../hub/hub-world.ts';
import { countsOf } from '../plan.ts';
import { atLeast, atMost, figure, percentile, type Bench, type BenchOptions, type Figure, type Target } from '../report.ts';
import { enrolLane, RECEIVED, type LedgerLane } from './ledger-client.ts';

const BATCH_SALES = 250;
/** Lanes that send batches, in so many stores. */
const BACKLOG = { lanes: 40, stores: 10 } as const;
/** Lanes that sell, a sale in each `POST`. */
const TRADE = { lanesPerStore: 20, salesPerSecond: 1_500 } as const;
const MS_PER_S = 1_000;

interface World {
  readonly say: BenchOptions['say'];
  readonly hub: { readonly url: string; readonly consoleToken: string; readonly pid: number };
  readonly database: Client;
  readonly postgresPid: number;
  readonly figures: Figure[];
  readonly targets: Target[];
}

export const syncIngest: Bench = async ({ quick, say }) => {
  const counts = countsOf('sync-ingest', quick);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-ingest-'));
  const postgres = await startPostgres({ flushes: true });
  const database = new Client({ connectionString: postgres.url });
  let hub: Awaited<ReturnType<typeof startHub>> | undefined;
  try {
    await database.connect();
    process.env['DATABASE_URL'] = postgres.url;
    hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
    delete process.env['DATABASE_URL'];
    const world: World = { say, hub: hub.ready, database, postgresPid: await serverPid(database), figures: [], targets: [] };
    const floor = await bareInsert(world, counts.bareSales);
    let sent = await warmUp(world, counts.warmUpSales);
    sent += await drainBacklog(world, counts.backlogSales, floor);
    sent += await trade(world, counts);
    await expectAll(world, sent);
    return {
      name: 'sync-ingest',
      against: 'the same rows inserted bare into three tables by the same Postgres, 500 sales a statement',
      setting: `${await serverSetting(database)}; sales of 5.4 lines; hub, Postgres and lanes on one machine`,
      figures: world.figures,
      targets: world.targets,
    };
  } finally {
    await database.end();
    await hub?.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Of the server itself: the parent of the process that serves us. */
async function serverPid(database: Client): Promise<number> {
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return parentOf(rows[0]?.pid ?? 0);
}

const statOf = (pid: number): readonly string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};
const parentOf = (pid: number): number => Number(statOf(pid)[1]);
const TICK_MS = 10;

/** CPU that a process and its children have used; those that are gone are in their parent's. */
function cpuMs(pid: number): number {
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = statOf(Number(name));
      if (Number(name) === pid) ticks += stat.slice(11, 15).reduce((sum, part) => sum + Number(part), 0);
      else if (Number(stat[1]) === pid) ticks += Number(stat[11]) + Number(stat[12]);
    } catch {
      // Gone meanwhile: its parent has it.
    }
  }
  return ticks * TICK_MS;
}

/** Sales a second. */
async function bareInsert({ database, say, figures }: World, sales: number): Promise<number> {
  say(`floor: ${sales} sales by bare inserts`);
  await database.query(`CREATE TABLE floor_sale (id bigint PRIMARY KEY, receipt text, at_ms bigint, total bigint, canonical bytea);
    CREATE TABLE floor_line (sale bigint, line integer, sku text, quantity bigint, amount bigint, PRIMARY KEY (sale, line));
    CREATE TABLE floor_stock (sale bigint, sku text, quantity bigint)`);
  const startMs = performance.now();
  for (let first = 0; first < sales; first += 500) {
    const ids = Array.from({ length: 500 }, (_, index) => first + index);
    await database.query('BEGIN');
    await database.query(
      `INSERT INTO floor_sale SELECT id, '1-9f3a-' || id, 1773500000000 + id, 1190, decode(repeat('ab', 537), 'hex') FROM unnest($1::bigint[]) AS id`,
      [ids],
    );
    await database.query(
      `INSERT INTO floor_line SELECT id, line, '40000000' || (id + line) % 3000, 1, 238 FROM unnest($1::bigint[]) AS id, generate_series(1, 5) AS line`,
      [ids],
    );
    await database.query(
      `INSERT INTO floor_stock SELECT id, '40000000' || (id + line) % 3000, -1 FROM unnest($1::bigint[]) AS id, generate_series(1, 5) AS line`,
      [ids],
    );
    await database.query('COMMIT');
  }
  const perSecond = (sales * MS_PER_S) / (performance.now() - startMs);
  await database.query('DROP TABLE floor_sale, floor_line, floor_stock');
  figures.push(figure('floor: bare insert into three tables', perSecond, 'sales/s'));
  return perSecond;
}

async function enrolLanes({ hub, say }: World, lanes: number, stores: number, prefix: string): Promise<readonly LedgerLane[]> {
  say(`${lanes} lanes in ${stores} stores enrol`);
  const call = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${hub.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.consoleToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const names = Array.from({ length: stores }, (_, index) => `${prefix}${index}`);
  for (const store of names)
    await call('/api/v1/stores', { store, name: store, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
  const enrolled: LedgerLane[] = [];
  for (let lane = 0; lane < lanes; lane += 1) {
    const { code } = (await call('/api/v1/enrolment-codes', { store: names[lane % stores] })) as { code: string };
    enrolled.push(await enrolLane(hub.url, code));
  }
  return enrolled;
}

/** As a lane does: told to wait, it waits. Gives how often it was. */
async function postPatiently(lane: LedgerLane): Promise<number> {
  for (let later = 0; ; later += 1) {
    const status = await lane.post();
    if (status === RECEIVED) return later;
    if (status !== 429 && status !== 503) throw new Error(`a batch was answered ${status}`);
    await new Promise((resolve) => setTimeout(resolve, MS_PER_S));
  }
}

const waitingEntries = async (database: Client): Promise<number> =>
  Number((await database.query<{ entries: string }>('SELECT coalesce(sum(count - skip), 0) AS entries FROM ledger_run')).rows[0]?.entries);

/** What is measured is a hub that has run for a while: its threads are there, its code is compiled. */
async function warmUp(world: World, sales: number): Promise<number> {
  const lanes = await enrolLanes(world, 4, 2, 'w');
  // V8 compiles what is hot by what it saw: with 8,000 its compiler still took as much of the processor as opening the frames did.
  const perLane = Math.ceil(sales / lanes.length);
  for (const [index, lane] of lanes.entries()) {
    lane.sell(generatedSales(perLane, 5_000 + index), BATCH_SALES);
    while (lane.frames.length > 0) await postPatiently(lane);
    lane.close();
  }
  while ((await waitingEntries(world.database)) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return perLane * lanes.length;
}

/** As fast as it is answered, every lane a batch at a time; then until all of it is folded. */
async function drainBacklog(world: World, sales: number, floor: number): Promise<number> {
  const { say, hub, database, figures, targets } = world;
  const lanes = await enrolLanes(world, BACKLOG.lanes, BACKLOG.stores, 'b');
  const perLane = Math.ceil(sales / lanes.length / BATCH_SALES) * BATCH_SALES;
  say(`${perLane} sales for each of ${lanes.length} lanes are made and signed`);
  for (const [index, lane] of lanes.entries()) lane.sell(generatedSales(perLane, index + 1), BATCH_SALES);
  const sent = perLane * lanes.length;
  say(`${sent} sales in batches of ${BATCH_SALES}`);
  const cpuBefore = { hub: cpuMs(hub.pid), postgres: cpuMs(world.postgresPid), own: process.cpuUsage() };
  const startMs = performance.now();
  let later = 0;
  const postAll = async (lane: LedgerLane): Promise<void> => {
    while (lane.frames.length > 0) later += await postPatiently(lane);
  };
  await Promise.all(lanes.map(postAll));
  const receivedMs = performance.now() - startMs;
  const own = process.cpuUsage(cpuBefore.own);
  figures.push(figure('batches: hub’s CPU, a sale', ((cpuMs(hub.pid) - cpuBefore.hub) * MS_PER_S) / sent, 'µs'));
  figures.push(figure('batches: Postgres’ CPU, a sale', ((cpuMs(world.postgresPid) - cpuBefore.postgres) * MS_PER_S) / sent, 'µs'));
  figures.push(figure('batches: lanes’ CPU, a sale', (own.user + own.system) / sent, 'µs'));
  figures.push(figure('batches: asked for patience', later, 'rows'));
  targets.push(atLeast('batches of 250: received and flushed', (sent * MS_PER_S) / receivedMs, 30_000, 'sales/s'));

  const left = await waitingEntries(database);
  say(`${left} of them are to be folded yet`);
  const folding = { hub: cpuMs(hub.pid), postgres: cpuMs(world.postgresPid), startMs: performance.now() };
  while ((await waitingEntries(database)) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const foldedMs = performance.now() - folding.startMs;
  if (left > 0) {
    const perSecond = (left * MS_PER_S) / foldedMs;
    figures.push(figure('folding: hub’s CPU, a sale', ((cpuMs(hub.pid) - folding.hub) * MS_PER_S) / left, 'µs'));
    figures.push(figure('folding: Postgres’ CPU, a sale', ((cpuMs(world.postgresPid) - folding.postgres) * MS_PER_S) / left, 'µs'));
    figures.push(figure('folding ÷ floor', perSecond / floor, '×'));
    targets.push(atLeast('folded into sales, lines and stock', perSecond, 8_000, 'sales/s'));
  }
  for (const lane of lanes) lane.close();
  return sent;
}

/** How old the oldest run is that is not folded, ten times a second. */
async function watchFolds(database: Client, run: { behindMs: number; isOver: boolean }): Promise<void> {
  while (!run.isOver) {
    const { rows } = await database.query<{ behind: string }>(
      'SELECT coalesce(extract(epoch FROM clock_timestamp()) * 1000 - min(received_at_ms), 0)::bigint AS behind FROM ledger_run',
    );
    run.behindMs = Math.max(run.behindMs, Number(rows[0]?.behind));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Open loop: each sale at its moment, whether the ones before it were answered or not. */
async function trade(world: World, { lanes: count, seconds }: { readonly lanes: number; readonly seconds: number }): Promise<number> {
  const { say, database, figures, targets } = world;
  const lanes = await enrolLanes(world, count, Math.ceil(count / TRADE.lanesPerStore), 't');
  const sales = TRADE.salesPerSecond * seconds;
  say(`${sales} sales of ${lanes.length} lanes are made and signed, one by one`);
  for (const [index, lane] of lanes.entries()) lane.sell(generatedSales(Math.ceil(sales / lanes.length), index + 1_000), 1);
  say(`${TRADE.salesPerSecond} sales a second for ${seconds} s`);
  const latencies: number[] = [];
  const run = { later: 0, behindMs: 0, isOver: false };
  const watching = watchFolds(database, run);
  const cpuBefore = { hub: cpuMs(world.hub.pid), postgres: cpuMs(world.postgresPid) };
  const idle = [...lanes];
  const due: number[] = [];
  const underWay = new Set<Promise<void>>();
  const sell = async (lane: LedgerLane, atMs: number): Promise<void> => {
    run.later += await postPatiently(lane);
    latencies.push(performance.now() - atMs);
    if (lane.frames.length > 0) idle.push(lane);
    sendDue();
  };
  const sendDue = (): void => {
    while (due.length > 0 && idle.length > 0) {
      const sending = sell(idle.shift()!, due.shift()!).finally(() => underWay.delete(sending));
      underWay.add(sending);
    }
  };
  const startMs = performance.now();
  for (let sold = 0; sold < sales;) {
    const until = Math.min(sales, Math.floor(((performance.now() - startMs) * TRADE.salesPerSecond) / MS_PER_S));
    for (; sold < until; sold += 1) due.push(startMs + (sold * MS_PER_S) / TRADE.salesPerSecond);
    sendDue();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  while (underWay.size > 0 || due.length > 0) await Promise.all(underWay);
  const tookMs = performance.now() - startMs;
  while ((await waitingEntries(database)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  run.isOver = true;
  await watching;
  figures.push(figure('one by one: hub’s CPU, a sale', ((cpuMs(world.hub.pid) - cpuBefore.hub) * MS_PER_S) / sales, 'µs'));
  figures.push(figure('one by one: Postgres’ CPU, a sale', ((cpuMs(world.postgresPid) - cpuBefore.postgres) * MS_PER_S) / sales, 'µs'));
  figures.push(figure('one by one: asked for patience', run.later, 'rows'));
  for (const lane of lanes) lane.close();
  figures.push(figure('one by one: sale → answer, median', percentile(latencies, 0.5), 'ms'));
  targets.push(
    atLeast(`one sale a POST, ${count.toLocaleString('en')} lanes`, (sales * MS_PER_S) / tookMs, TRADE.salesPerSecond * 0.99, 'sales/s'),
  );
  targets.push(atMost('one by one: sale → answer, p99', percentile(latencies, 0.99), 500, 'ms'));
  targets.push(atMost('one by one: folds behind, at most', run.behindMs / MS_PER_S, 2, 's'));
  return sales;
}

/** Each sale counts once, and nothing was set aside: else the figures mean nothing. */
async function expectAll({ hub, database }: World, sales: number): Promise<void> {
  const { rows } = await database.query<{ sales: string; aside: string }>(
    'SELECT (SELECT count(*) FROM sale) AS sales, (SELECT count(*) FROM set_aside) AS aside',
  );
  if (Number(rows[0]?.sales) !== sales || Number(rows[0]?.aside) !== 0)
    throw new Error(`of ${sales} sales there are ${JSON.stringify(rows[0])}`);
  const verification = await createHubApi(hub.url, hub.consoleToken).verify();
  if (!verification.projectionsEqualLedger || verification.problems.length > 0) throw new Error('the folds differ from the ledger');
}
