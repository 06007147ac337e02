/**
 * What the baskets of some days would have paid at other prices: the sales of the stores that the prices reach, the newest day first, priced anew by the domain in a thread of their own. Whoever asked is
 * told how far it is, and nothing goes on once they are gone. It ends after `MOST_MS` or `MOST_BASKETS`, and says which days it got through: figures of part of the days are never taken for all.
 */
import { Worker } from 'node:worker_threads';

import { nodeHash } from '@holdfast/base/node';
import { ENTITY_TYPES, type Promotion, readCustomer, readItem, readPromotion, type SimulationPlace } from '@holdfast/domain';
import { namedFields, type Scalar } from '@holdfast/sync';

import type { Database } from '../db/database.ts';
import { findSettings, placesOf, type Store } from '../enrolment/stores.ts';
import { readMerged } from '../goods/merged-entities.ts';
import type { SimulatedLines } from './price-changes.ts';
import {
  addSums,
  type AroundSales,
  type ArticleSum,
  type HeldSale,
  type NamedInSales,
  type SimulationSums,
  type SimulatorTerms,
  type StoreSum,
  type ToSimulation,
  type UndoingSale,
} from './simulator.ts';

export interface SimulationSpan {
  /** Business dates, both included. */
  readonly from: string;
  readonly to: string;
}

export type SimulationNews =
  | { readonly type: 'progress'; readonly day: string; readonly done: number; readonly of: number }
  | ({ readonly type: 'result' } & SimulationResult);

export interface SimulationResult extends SimulationSpan {
  /** Days whose baskets are all in the sums; `from` of what was asked is before it where time ran out. */
  readonly wholeFrom: string | null;
  /** Baskets that hold an article whose price is changed, and all of these days. */
  readonly looked: number;
  readonly baskets: number;
  readonly stores: readonly StoreSum[];
  readonly articles: readonly (ArticleSum & { readonly name: string })[];
}

export interface SimulationPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: { monotonicMs(): number };
}

const MOST_MS = 60_000;
const MOST_BASKETS = 500_000;
/** As many as a thread prices in some hundredths of a second. */
const BATCH = 400;
const MOST_ARTICLES = 500;

/** `isGone`: nobody waits for it any more. */
export async function* simulate(
  ports: SimulationPorts,
  { stores, prices }: SimulatedLines,
  span: SimulationSpan,
  isGone: () => boolean,
): AsyncGenerator<SimulationNews> {
  const startedMs = ports.clock.monotonicMs();
  const days = daysOf(span).toReversed();
  const terms = await termsOf(ports, stores, prices);
  const thread = startThread(terms);
  let sums: SimulationSums = { stores: [], articles: [] };
  const told = { wholeFrom: null as string | null, looked: 0, baskets: 0 };
  try {
    for (const day of days) {
      const question = { day, stores: stores.map(({ store }) => store), skus: prices.map(({ sku }) => sku) };
      const { entries, all } = await basketsOf(ports, question, thread);
      told.baskets += all;
      for (let at = 0; at < entries.length; at += BATCH) {
        const isOver = ports.clock.monotonicMs() - startedMs > MOST_MS || told.looked > MOST_BASKETS;
        if (isGone() || isOver) break;
        yield { type: 'progress', day, done: at, of: entries.length };
        const sales = await salesOf(ports, entries.slice(at, at + BATCH));
        const named = await thread.read(sales);
        sums = addSums(sums, await thread.price(await aroundOf(ports, named)));
        told.looked += sales.length;
        if (at + BATCH >= entries.length) told.wholeFrom = day;
      }
      if (isGone()) return;
      if (entries.length === 0) told.wholeFrom = day;
      if (told.wholeFrom !== day) break;
    }
  } finally {
    await thread.close();
  }
  const shown = sums.articles
    .toSorted((one, other) => Math.abs(other.afterMinor - other.beforeMinor) - Math.abs(one.afterMinor - one.beforeMinor))
    .slice(0, MOST_ARTICLES);
  const named = await readMerged(
    { ...ports, scopes: ['global'] },
    ENTITY_TYPES.item,
    shown.map(({ sku }) => sku),
  );
  const articles = shown.map((article) => {
    const name = named.get(article.sku)?.['name'];
    return { ...article, name: typeof name === 'string' ? name : article.sku };
  });
  yield { type: 'result', ...span, ...told, stores: sums.stores.toSorted((one, other) => (one.store < other.store ? -1 : 1)), articles };
}

const DAY_MS = 86_400_000;

/** Of dates that are ones. */
export function daysOf({ from, to }: SimulationSpan): readonly string[] {
  const [first, last] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${to}T00:00:00Z`)];
  return Array.from({ length: Math.round((last - first) / DAY_MS) + 1 }, (_, index) =>
    new Date(first + index * DAY_MS).toISOString().slice(0, 10),
  );
}

interface DayQuestion {
  readonly day: string;
  readonly stores: readonly string[];
  readonly skus: readonly string[];
}

/** Entries that hold one of the articles, and how many baskets there were at all. Returns alone, training, and what was undone or undoes something are none. */
async function basketsOf(
  ports: SimulationPorts,
  question: DayQuestion,
  thread: Thread,
): Promise<{ readonly entries: readonly number[]; readonly all: number }> {
  const { database, tenantNo } = ports;
  const { day, stores, skus } = question;
  const undoing = new Set<number>();
  const undone = new Set<string>();
  const mayUndo = await mayUndoOf(ports, question);
  for (let at = 0; at < mayUndo.length; at += BATCH) {
    for (const found of await thread.undoing(await salesOf(ports, mayUndo.slice(at, at + BATCH)))) {
      undoing.add(found.entry);
      undone.add(receiptKey(found.store, found.undone));
    }
  }
  const all = await database.rows<{ entry: number; store: string; receipt: string; is_touched: boolean }>(
    `SELECT s.entry_no AS entry, s.store, s.receipt_number AS receipt, EXISTS (SELECT 1 FROM sale_line l WHERE l.entry_no = s.entry_no AND l.sku = ANY($4)) AS is_touched
     FROM sale s WHERE s.tenant_no = $1 AND s.business_date = $2 AND s.store = ANY($3) AND s.kind = 'sale' AND NOT s.training ORDER BY s.entry_no`,
    [tenantNo, day, stores, skus],
  );
  const rows = all.filter(({ entry, store, receipt }) => !undoing.has(entry) && !undone.has(receiptKey(store, receipt)));
  return { entries: rows.filter((row) => row.is_touched).map(({ entry }) => entry), all: rows.length };
}

const receiptKey = (store: string, receiptNumber: string): string => JSON.stringify([store, receiptNumber]);

/** Entries of which some undo a sale of the day, or something else on it: what gives back, and what took no money. Their rows do not say which; a sale may be undone days later. */
async function mayUndoOf({ database, tenantNo }: SimulationPorts, { day, stores }: DayQuestion): Promise<readonly number[]> {
  const rows = await database.rows<{ entry: number }>(
    `SELECT s.entry_no AS entry FROM sale s WHERE s.tenant_no = $1 AND s.business_date = $2 AND s.store = ANY($3) AND NOT s.training
       AND (s.total_minor <= 0 OR EXISTS (SELECT 1 FROM return_line r WHERE r.entry_no = s.entry_no))
     UNION
     SELECT r.entry_no FROM sale s JOIN return_line r ON r.tenant_no = s.tenant_no AND r.store = s.store AND r.receipt_number = s.receipt_number
     WHERE s.tenant_no = $1 AND s.business_date = $2 AND s.store = ANY($3) AND NOT s.training ORDER BY entry`,
    [tenantNo, day, stores],
  );
  return rows.map(({ entry }) => entry);
}

async function salesOf({ database, tenantNo }: SimulationPorts, entries: readonly number[]): Promise<readonly HeldSale[]> {
  return database.rows<HeldSale>(
    `SELECT s.entry_no AS entry, s.store, s.at_ms AS "atMs", e.canonical
     FROM sale s CROSS JOIN LATERAL (
       SELECT canonical FROM ledger_held h WHERE h.tenant_no = s.tenant_no AND h.device = s.device AND h.epoch = s.epoch AND h.seq = s.seq AND h.branch = s.branch
         AND h.from_seq <= s.seq AND h.to_seq >= s.seq OFFSET 0) AS e
     WHERE s.tenant_no = $1 AND s.entry_no = ANY($2)`,
    [tenantNo, entries],
  );
}

/** As they are today. */
async function aroundOf({ database, tenantNo }: SimulationPorts, { skus, customers }: NamedInSales): Promise<AroundSales> {
  const items = await readMerged({ database, tenantNo, scopes: ['global'] }, ENTITY_TYPES.item, skus);
  const goods = [...items].flatMap(([sku, fields]) => {
    const item = readItem(sku, fields);
    return item.ok ? [item.value] : [];
  });
  const groups = new Map<string, readonly string[]>();
  const rows = await database.rows<{ key: string; scope: string; fields: Readonly<Record<string, Scalar>> }>(
    `SELECT key, scope, fields FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.customer.type} AND alive AND key = ANY($2)`,
    [tenantNo, customers],
  );
  for (const { key, fields } of rows) {
    const numbered = new Map(Object.entries(fields).map(([number, value]) => [Number(number), value]));
    const customer = readCustomer(key, namedFields(ENTITY_TYPES.customer.columns, numbered));
    if (customer.ok) groups.set(key, customer.value.groups);
  }
  return { goods, groups };
}

async function termsOf(
  { database, tenantNo }: SimulationPorts,
  stores: readonly Store[],
  prices: SimulatedLines['prices'],
): Promise<SimulatorTerms> {
  const places: SimulationPlace[] = [];
  for (const store of stores) {
    const settings = await findSettings(database, tenantNo, store.store);
    places.push({
      store: store.store,
      scopes: placesOf(store),
      timeZone: store.timeZone,
      ...(settings?.lineRounding !== undefined && { lineRounding: settings.lineRounding }),
      ...(settings?.promotionPolicy !== undefined && { policy: settings.promotionPolicy }),
    });
  }
  const promotions: Promotion[] = [];
  for (const [key, fields] of await readMerged({ database, tenantNo, scopes: ['global'] }, ENTITY_TYPES.promotion)) {
    const promotion = readPromotion(key, fields, nodeHash);
    if (promotion.ok) promotions.push(promotion.value);
  }
  return { places, prices, promotions };
}

interface Thread {
  undoing(sales: readonly HeldSale[]): Promise<readonly UndoingSale[]>;
  read(sales: readonly HeldSale[]): Promise<NamedInSales>;
  price(around: AroundSales): Promise<SimulationSums>;
  close(): Promise<void>;
}

function startThread(terms: SimulatorTerms): Thread {
  const worker = new Worker(new URL('simulation-thread.ts', import.meta.url));
  worker.unref();
  const send = (message: ToSimulation): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(message);
  };
  /** One question at a time. */
  const ask = async <T>(message: ToSimulation): Promise<T> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        worker.off('message', onAnswer).off('error', onEnd).off('exit', onEnd);
      };
      const onAnswer = (answer: T): void => {
        leave();
        resolve(answer);
      };
      const onEnd = (cause: unknown): void => {
        leave();
        reject(cause instanceof Error ? cause : new Error('the thread that prices baskets ended'));
      };
      worker.on('message', onAnswer).on('error', onEnd).on('exit', onEnd);
      send(message);
    });
  send({ type: 'terms', terms });
  return {
    undoing: async (sales) => ask<readonly UndoingSale[]>({ type: 'undoing', sales }),
    read: async (sales) => ask<NamedInSales>({ type: 'sales', sales }),
    price: async (around) => ask<SimulationSums>({ type: 'price', around }),
    close: async () => {
      await worker.terminate();
    },
  };
}
