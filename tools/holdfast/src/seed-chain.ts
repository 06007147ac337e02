/**
 * Gives a hub a chain of any size, all of it by the ways that shops use: goods by an import, stores by the API, sales as signed ledgers of lanes that enrolled. So every number that the console shows
 * of it is proven by `verify`, and a receipt can be opened.
 *
 * Goods and prices follow from their numbers: the same import again changes nothing. Lanes are new ones each time, and sell again.
 */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { createSigner, generateSigningKey, nodeCompression, nodeHash, systemRandom } from '@holdfast/base/node';
import { businessDateOf, LEDGER_KINDS } from '@holdfast/domain';
import { bytesToHex, chainEntry, createSchemas, encodeBatch, genesisHead, signHead, type ChainHead, type EntryDraft } from '@holdfast/sync';
import { z } from 'zod';

import { CommandFailed } from './command.ts';
import { believe, type HubApi } from './hub-api.ts';

export interface ChainSize {
  readonly items: number;
  readonly stores: number;
  readonly sales: number;
}

export interface SeededChain extends ChainSize {
  readonly lanes: number;
}

const LANES_PER_STORE = 4;
const ZONES = 10;
const TIME_ZONE = 'Europe/Berlin';
const DAYS = 20;
const HOUR_MS = 3_600_000;
const [OPENS_MS, CLOSES_MS] = [7, 19].map((hour) => hour * HOUR_MS) as [number, number];
const DAY_MS = 86_400_000;
const BATCH_SALES = 250;
/** Lanes that send at the same time. */
const AT_ONCE = 8;
const WAIT_MS = 1_000;
const SCHEMAS = createSchemas(Object.values(LEDGER_KINDS));
const RATE_BPS = 1_900;

const NOUNS = ['Milk', 'Bread', 'Soap', 'Coffee', 'Apples', 'Candles', 'Pasta', 'Rice', 'Paint', 'Socks', 'Batteries', 'Honey'];
const KINDS = ['Organic', 'Plain', 'Fine', 'Family', 'Extra', 'Garden', 'Dark'];

const skuOf = (n: number): string => `C-${String(n).padStart(7, '0')}`;
const centsOf = (n: number): number => 49 + ((n * 37) % 2_000);

/** GTIN-13 with its check digit, in a range for use within a company. */
function gtinOf(n: number): string {
  const body = `29${String(n).padStart(10, '0')}`;
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** As a file that `import catalog` takes. */
export function* catalogOf(items: number): Generator<string> {
  yield 'gtin,sku,name,brand,category,price,currency,tax_class,unit\n';
  for (let n = 0; n < items; n += 1) {
    const name = `${KINDS[n % KINDS.length]} ${NOUNS[Math.floor(n / KINDS.length) % NOUNS.length]} ${n}`;
    const price = `${Math.floor(centsOf(n) / 100)}.${String(centsOf(n) % 100).padStart(2, '0')}`;
    yield `${gtinOf(n)},${skuOf(n)},${name},Brand ${n % 500},Department ${n % 40},${price},EUR,standard,piece\n`;
  }
}

/** When each of `count` sales was rung up: evenly, in the hours that shops are open, on the twenty days up to now; ascending. */
export function momentsOf(count: number, nowMs: number): readonly number[] {
  const midnightMs = nowMs - (nowMs % DAY_MS);
  const open = Array.from({ length: DAYS }, (_, index) => {
    const dayMs = midnightMs - (DAYS - 1 - index) * DAY_MS;
    const fromMs = dayMs + OPENS_MS;
    return { fromMs, lengthMs: Math.max(0, Math.min(dayMs + CLOSES_MS, nowMs) - fromMs) };
  });
  const wholeMs = open.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  return Array.from({ length: count }, (_, index) => {
    let restMs = Math.floor(((index + 0.5) * wholeMs) / count);
    for (const { fromMs, lengthMs } of open) {
      if (restMs < lengthMs) return fromMs + restMs;
      restMs -= lengthMs;
    }
    return nowMs;
  });
}

const dates = new Map<number, string>();
/** Asking the calendar takes longer than all else of a sale, and within an hour it has one answer. */
function dateAt(wallMs: number): string {
  const hour = Math.floor(wallMs / HOUR_MS);
  const date = dates.get(hour) ?? businessDateOf(wallMs, TIME_ZONE);
  dates.set(hour, date);
  return date;
}

/** The `number`-th sale of a lane; `items`: of how many goods. Sums as the fold of a hub demands them: included tax, rounded half up. */
export function saleOf(
  items: number,
  { lane, number, wallMs }: { readonly lane: number; readonly number: number; readonly wallMs: number },
): EntryDraft {
  const lines = Array.from({ length: 1 + ((lane + number) % 9) }, (_, line) => {
    const n = (lane * 7_919 + number * 104_729 + line * 1_299_709) % items;
    const quantity = (n + line) % 7 === 0 ? 2 : 1;
    return {
      sku: skuOf(n),
      quantity,
      unit: 'piece',
      unitPriceAmount: centsOf(n),
      unitPriceDecimals: 2,
      priceType: 'regular',
      amountMinor: quantity * centsOf(n),
      taxClass: 'standard',
      taxRateBps: RATE_BPS,
      stockQuantity: quantity,
    };
  });
  const totalMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const taxMinor = Math.floor((totalMinor * RATE_BPS * 2 + 10_000 + RATE_BPS) / (2 * (10_000 + RATE_BPS)));
  return {
    kind: LEDGER_KINDS.sale.kind,
    wallMs,
    clockUncertaintyMs: 25,
    hubOffsetMs: 0,
    fields: {
      businessDate: dateAt(wallMs),
      shift: 1,
      drawer: 'A',
      operator: 'seed',
      training: false,
      basketId: `seed-${lane}-${number}`,
      currency: 'EUR',
      cutHubEpoch: '0000000000000000',
      cutLsn: 1,
      lines,
      totalMinor,
      receiptNumber: `seed-${lane}-${String(number).padStart(6, '0')}`,
      taxInclusive: true,
      taxes: [{ taxClass: 'standard', rateBps: RATE_BPS, netMinor: totalMinor - taxMinor, taxMinor }],
      tenders: [{ tenderType: 'cash', amountMinor: totalMinor }],
      changeMinor: 0,
    },
  };
}

/** `say`: how far it is, now and then. */
export async function seedChain(hub: HubApi, size: ChainSize, nowMs: number, say: (text: string) => void): Promise<SeededChain> {
  await giveGoods(hub, size.items, say);
  const there = new Set((await hub.stores()).map(({ store }) => store));
  const stores = Array.from({ length: size.stores }, (_, index) => `chain-${index + 1}`);
  for (const [index, store] of stores.entries())
    if (!there.has(store))
      await hub.createStore({
        store,
        name: `Market ${index + 1}`,
        zone: `region-${1 + (index % ZONES)}`,
        currency: 'EUR',
        timeZone: TIME_ZONE,
        taxInclusive: true,
      });
  say(`${stores.length} stores`);
  const lanes = stores.flatMap((store) => Array.from({ length: LANES_PER_STORE }, () => store));
  let [next, sent] = [0, 0];
  const sellOn = async (): Promise<void> => {
    for (let lane = next++; lane < lanes.length; lane = next++) {
      const count = Math.floor(((lane + 1) * size.sales) / lanes.length) - Math.floor((lane * size.sales) / lanes.length);
      const drafts = momentsOf(count, nowMs).map((wallMs, index) => saleOf(size.items, { lane, number: index + 1, wallMs }));
      await sellAt(hub, lanes[lane]!, drafts, (entries) => {
        sent += entries;
        say(`${sent} sales`);
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sellOn));
  return { ...size, lanes: lanes.length };
}

/** An import is taken whole or not at all, in the order of its rows: where the last article is, all are, and a million need not be compared again. */
async function giveGoods(hub: HubApi, items: number, say: (text: string) => void): Promise<void> {
  if (items === 0 || (await hub.hasProduct(skuOf(items - 1)))) return;
  const report = await hub.importFile('catalog', Readable.from(catalogOf(items)), { source: 'holdfast seed' }, (rows) =>
    say(`${rows} goods`),
  );
  if (report.refused > 0) throw new CommandFailed(`Goods were refused: ${JSON.stringify(report.refusals)}`);
}

const enrolledSchema = z.object({ device: z.string(), token: z.string() }).loose();
const PROTOCOL = { 'holdfast-protocol': '1' };

/** A new lane of the store, and its ledger; `onSent` hears of each batch. */
async function sellAt(hub: HubApi, store: string, drafts: readonly EntryDraft[], onSent: (entries: number) => void): Promise<void> {
  const signer = createSigner(generateSigningKey());
  const { code } = await hub.mintEnrolmentCode({ store });
  const enrolment = JSON.stringify({ code, publicKey: bytesToHex(signer.publicKey) });
  const answer = await fetch(`${hub.url}/sync/v1/enrol`, {
    method: 'POST',
    headers: { ...PROTOCOL, 'content-type': 'application/json' },
    body: enrolment,
  });
  if (!answer.ok) throw new CommandFailed(`A lane of ${store} could not enrol (${answer.status}): ${await answer.text()}`);
  const { device, token } = believe(enrolledSchema, '/sync/v1/enrol', await answer.json());
  const epoch = bytesToHex(systemRandom.bytes(8));
  let head: ChainHead = genesisHead(device, epoch, null);
  for (let first = 0; first < drafts.length; first += BATCH_SALES) {
    const before = head;
    const entries = drafts.slice(first, first + BATCH_SALES).map((draft) => {
      const entry = chainEntry(nodeHash, head, draft, SCHEMAS);
      head = { ...entry.id, hash: entry.hash };
      return entry;
    });
    const batch = {
      device,
      epoch,
      parent: null,
      firstSeq: before.seq + 1,
      previousHash: before.hash,
      entries,
      head: signHead(signer, head),
    };
    await post(`${hub.url}/sync/v1/ledger`, token, encodeBatch(batch, nodeCompression));
    onSent(entries.length);
  }
}

/** As a lane does: told to wait, it waits. */
async function post(url: string, token: string, frame: Uint8Array): Promise<void> {
  for (;;) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...PROTOCOL, authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(frame),
    });
    if (answer.ok) return void (await answer.arrayBuffer());
    if (answer.status !== 429 && answer.status !== 503)
      throw new CommandFailed(`The hub refused a ledger (${answer.status}): ${await answer.text()}`);
    await answer.arrayBuffer();
    await delay(WAIT_MS);
  }
}
