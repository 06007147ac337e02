/**
 * A whole replay: a store for it, its goods out of the same file, a lane, the sales, the way to the hub, and the comparison,
 * item by item and to the penny, with sums taken straight from the file. Works on a hub of its own (a temporary folder)
 * or on one that runs already, whose other stores it does not touch.
 *
 * Figures are differences between before and after, so a second replay into the same store compares as well as the first.
 */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startHub, startTill, stopSpawned, type RunningApp } from './app-process.ts';
import { awaitProgress } from './await-progress.ts';
import { CommandFailed } from './command.ts';
import { createHubApi, type HubApi } from './hub-api.ts';
import { chosenInvoices, replayInvoices, surveyFile, type RetailCounts, type Survey } from './replay.ts';
import { addInvoice, createSums, type RetailSums } from './retail-sums.ts';
import { accessTill, type TillAccess, type TillConnection } from './till-access.ts';
import { compareLedgers } from './verification.ts';

const STORE = 'online-retail';
const CURRENCY = 'GBP';
const TAX_CLASS = 'zero';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface ReplayOptions {
  readonly file: string;
  /** A running hub; without one the replay brings its own and takes it away again. */
  readonly hub?: { readonly url: string; readonly token: string };
  /** The lane's folder, kept afterwards; without one a temporary one. */
  readonly tillData?: string;
  /** A sample of so many invoices. */
  readonly invoices?: number;
  /** What is happening, for a person. `done` of `all` where it is countable. */
  readonly onStep: (step: string, done?: number, all?: number) => void;
}

export interface ReplayReport {
  readonly equal: boolean;
  /** What is not as it should be, in words; empty where all agrees. */
  readonly differences: readonly string[];
  readonly file: RetailCounts;
  readonly replayed: RetailCounts;
  readonly refusedLines: number;
  readonly documents: number;
  readonly currency: string;
  readonly totalMinor: { readonly file: string; readonly till: string; readonly hub: string };
  readonly skusCompared: number;
  readonly goods: number;
  readonly requests: number;
  readonly replayMs: number;
  readonly syncMs: number;
  readonly requestsPerSecond: number;
  readonly invoicesPerSecond: number;
}

/** Throws CommandFailed where it cannot get to the comparison; a Ctrl-C is such a case, so that nothing temporary is left behind. */
export async function replayFile(given: ReplayOptions): Promise<ReplayReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-replay-'));
  const running: RunningApp<object>[] = [];
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    stopSpawned();
  };
  const goOn = (): void => {
    if (interrupted) throw new CommandFailed('Interrupted. Nothing was compared; what was sold stands in the till’s ledger.');
  };
  const options: ReplayOptions = {
    ...given,
    onStep: (...step) => {
      goOn();
      given.onStep(...step);
    },
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    options.onStep('reading the file');
    const survey = await surveyFile(options.file, options.invoices, goOn);
    const hub = await reachHub(options, scratch, running);
    const lsn = await stockStore(hub, options);
    const till = await openLane(hub, options, scratch, running);
    await awaitGoods(till, survey.counts.skus, lsn, options.onStep);
    return await sellAndCompare(hub, till, survey, options);
  } catch (error) {
    goOn();
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    for (const app of running.toReversed()) await app.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function reachHub(options: ReplayOptions, scratch: string, running: RunningApp<object>[]): Promise<HubApi> {
  if (options.hub !== undefined) return createHubApi(options.hub.url, options.hub.token);
  options.onStep('starting a hub');
  const app = await startHub(['--data', join(scratch, 'hub'), '--port', '0'], { logFile: join(scratch, 'hub.log') });
  running.push(app);
  return createHubApi(app.ready.url, app.ready.consoleToken);
}

/** The store, its tax class and its goods; answers the last publication, null where nothing was new. */
async function stockStore(hub: HubApi, options: ReplayOptions): Promise<number | null> {
  const known = (await hub.stores()).find(({ store }) => store === STORE);
  if (known !== undefined && known.currency !== CURRENCY) {
    throw new CommandFailed(`This hub's store "${STORE}" sells in ${known.currency}; a replay needs ${CURRENCY}. Use another hub.`);
  }
  if (known === undefined) {
    await hub.createStore({ store: STORE, name: 'Online Retail', currency: CURRENCY, timeZone: 'Europe/London', taxInclusive: true });
  }
  const scope = `store:${STORE}`;
  const taxLsn = await hub.publish([{ type: 'tax', key: TAX_CLASS, scope, fields: { name: 'No tax', rateBps: 0 } }]);
  options.onStep('importing its goods');
  const report = await hub.importFile(
    'catalog',
    createReadStream(options.file),
    {
      scope,
      currency: CURRENCY,
      taxClass: TAX_CLASS,
      columns: 'sku=StockCode,name=Description,price=UnitPrice',
      source: 'Online Retail, UCI',
    },
    (rows) => options.onStep('importing its goods', rows),
  );
  return report.lsn ?? taxLsn;
}

async function openLane(hub: HubApi, options: ReplayOptions, scratch: string, running: RunningApp<object>[]): Promise<TillAccess> {
  options.onStep('starting a till');
  const data = options.tillData ?? join(scratch, 'till');
  await mkdir(data, { recursive: true });
  const start = async (extra: readonly string[]): Promise<TillAccess> => {
    const app = await startTill(['--data', data, '--hub', hub.url, '--port', '0', ...extra], { logFile: join(data, 'till.log') });
    running.push(app);
    return accessTill(data);
  };
  if (options.tillData !== undefined) {
    const till = await start([]);
    if ((await till.verify()).device !== null) return till;
    await running.pop()?.stop();
  }
  const { code } = await hub.mintEnrolmentCode({ store: STORE, name: 'Replay' });
  return start(['--enrol', code]);
}

const awaitGoods = (till: TillAccess, skus: number, lsn: number | null, onStep: ReplayOptions['onStep']): Promise<void> =>
  awaitProgress('waiting for the goods at the till', async () => {
    const { items, position } = await till.verify();
    onStep('waiting for the goods at the till', items, skus);
    return items >= skus && position.lsn >= (lsn ?? 0) ? null : items;
  });

async function sellAndCompare(hub: HubApi, till: TillAccess, survey: Survey, options: ReplayOptions): Promise<ReplayReport> {
  const before = await storeFigures(hub);
  const sums = createSums();
  const all = options.invoices === undefined ? survey.counts.invoices : (survey.chosen?.size ?? survey.counts.invoices);
  const connection = await till.connect();
  const opened = await connection.request({ type: 'open', version: 1 });
  if (opened.type !== 'reply' || (opened.value.state?.lines.length ?? 0) > 0) {
    throw new CommandFailed('The till has an open basket. Finish it or give it up; a replay starts from an empty one.');
  }
  const startedMs = performance.now();
  let sold = 0;
  const replayed = await replayInvoices(connection, chosenInvoices(options.file, survey), (invoice) => {
    addInvoice(sums, invoice);
    sold += 1;
    if (sold % 100 === 0) options.onStep('selling', sold, all);
  });
  const soldMs = performance.now();
  await awaitProgress('waiting for the hub to have every sale', async () => {
    const waitingEntries = await waitingEntriesOf(connection);
    options.onStep('waiting for the hub to have every sale: entries left', waitingEntries);
    return waitingEntries === 0 ? null : waitingEntries;
  });
  const syncedMs = performance.now();
  connection.close();
  options.onStep('comparing');
  const after = await storeFigures(hub);
  const difference = differencesOf(sums, before, after);
  const verification = compareLedgers(await hub.verify(), [await till.verify()]);
  const differences = [
    ...difference.found,
    ...verification.problems,
    ...verification.epochs.flatMap((epoch) => epoch.problems.map((problem) => `${epoch.device} epoch ${epoch.epoch}: ${problem}`)),
    ...expectEqual('documents', sums.documents, replayed.documents),
    ...expectEqual('refused lines', replayed.counts.linesByReason.negativePrice, replayed.refusedLines),
    ...expectEqual('pennies at the till', sums.totalPennies, replayed.totalMinor),
    ...expectEqual('pennies at the hub', sums.totalPennies, difference.totalPennies),
  ];
  const replayMs = Math.round(soldMs - startedMs);
  return {
    equal: differences.length === 0,
    differences,
    file: survey.counts,
    replayed: replayed.counts,
    refusedLines: replayed.refusedLines,
    documents: replayed.documents,
    currency: CURRENCY,
    totalMinor: { file: String(sums.totalPennies), till: String(replayed.totalMinor), hub: String(difference.totalPennies) },
    skusCompared: difference.skus,
    goods: survey.counts.skus,
    requests: replayed.requests,
    replayMs,
    syncMs: Math.round(syncedMs - soldMs),
    requestsPerSecond: Math.round((replayed.requests * 1_000) / Math.max(replayMs, 1)),
    invoicesPerSecond: Math.round((replayed.counts.invoices * 1_000) / Math.max(replayMs, 1)),
  };
}

/** By the status that a window shows: `verify` would read the whole ledger again each time. */
async function waitingEntriesOf(connection: TillConnection): Promise<number> {
  const answer = await connection.request({ type: 'open', version: 1 });
  const status = answer.type === 'reply' ? answer.value.state?.status : undefined;
  if (status === undefined) throw new CommandFailed('The till does not say what waits.');
  return status.waitingEntries;
}

const expectEqual = (what: string, expected: bigint | number, found: bigint | number): readonly string[] =>
  expected === found ? [] : [`${what}: ${found}, the file says ${expected}`];

interface Figure {
  quantity: bigint;
  amountPennies: bigint;
  onHand: bigint;
}

/** What the hub has folded for the store so far, by SKU. */
async function storeFigures(hub: HubApi): Promise<ReadonlyMap<string, Figure>> {
  const figures = new Map<string, Figure>();
  const of = (sku: string): Figure => {
    const figure = figures.get(sku) ?? { quantity: 0n, amountPennies: 0n, onHand: 0n };
    figures.set(sku, figure);
    return figure;
  };
  for (const row of await hub.sold(STORE)) {
    if (row.currency !== CURRENCY || row.unit !== 'piece')
      throw new CommandFailed(`${row.sku} was sold as ${row.unit} in ${row.currency}.`);
    of(row.sku).quantity += BigInt(row.quantity);
    of(row.sku).amountPennies += BigInt(row.amountMinor);
  }
  for (const row of await hub.stock(STORE)) of(row.sku).onHand += BigInt(row.onHand);
  return figures;
}

/** Every SKU that the file or the hub knows, each of its three figures. */
export function differencesOf(
  sums: RetailSums,
  before: ReadonlyMap<string, Figure>,
  after: ReadonlyMap<string, Figure>,
): { readonly found: readonly string[]; readonly skus: number; readonly totalPennies: bigint } {
  const found: string[] = [];
  const nothing: Figure = { quantity: 0n, amountPennies: 0n, onHand: 0n };
  const skus = new Set([...sums.bySku.keys(), ...after.keys()]);
  let totalPennies = 0n;
  for (const sku of skus) {
    const expected = sums.bySku.get(sku) ?? nothing;
    const [was, is] = [before.get(sku) ?? nothing, after.get(sku) ?? nothing];
    for (const field of ['quantity', 'amountPennies', 'onHand'] as const) {
      const moved = is[field] - was[field];
      if (moved !== expected[field]) found.push(`${sku}: ${field} ${moved}, the file says ${expected[field]}`);
    }
    totalPennies += is.amountPennies - was.amountPennies;
  }
  return { found, skus: skus.size, totalPennies };
}
