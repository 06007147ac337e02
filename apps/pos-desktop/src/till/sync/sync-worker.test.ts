import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Logger } from '@holdfast/base';
import { readReport } from '@holdfast/domain';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { RequestBody, Status, TillMessage } from '../../shared/till-contract.ts';
import { DATABASE_FILE } from '../database/connection.ts';
import { destroy } from '../testing/destroy-table.ts';
import { mountSmallDisk } from '../testing/small-disk.ts';
import { startTestHub, type TestHub } from '../testing/test-hub.ts';
import { ASSORTMENT, createTestLane, goods, MILK, NOON_MS, priceOf } from '../testing/test-lane.ts';
import { startTill, type RunningTill } from '../till-process.ts';

const CODE = 'LET-ME-IN';
const logged: unknown[] = [];
const logger: Logger = {
  info: () => {},
  warn: (message, fields) => logged.push([message, fields]),
  error: (message, fields) => logged.push([message, fields]),
};

let folder: string;
let hub: TestHub;
let till: RunningTill;
let window: TestWindow;

/** Something hangs: without any status for so long, or in all. How fast a busy machine is says nothing of the till. */
const SILENT_MS = 60_000;
vi.setConfig({ testTimeout: 240_000 });

/** A window that remembers the last status, and says when one came that is wanted. */
interface TestWindow {
  take(body: RequestBody): TillMessage;
  /** Waits for the reply: of what the till asks its hub about first. */
  ask(body: RequestBody): Promise<TillMessage>;
  until(what: string, isWanted: (status: Status) => boolean): Promise<Status>;
}

/** A till remembers the ids that it has answered, over its own restarts. */
let asked = 0;

function openWindow(): TestWindow {
  let replied: TillMessage | undefined;
  let last: Status | undefined;
  const waiting = new Set<() => void>();
  const answered = new Map<string, (message: TillMessage) => void>();
  const hear = (message: TillMessage): void => {
    if (message.type === 'reply' || message.type === 'refused') {
      replied = message;
      answered.get(message.id)?.(message);
    }
    if (message.type !== 'status') return;
    last = message.status;
    for (const look of waiting) look();
  };
  const attached = till.windows.attach({ send: (...texts) => texts.forEach((text) => hear(JSON.parse(text) as TillMessage)) });
  return {
    take(body) {
      attached.receive(JSON.stringify({ id: `r-${process.pid}-${(asked += 1)}`, atMs: 1, body }));
      if (replied === undefined) throw new Error('no reply');
      return replied;
    },
    ask: (body) =>
      new Promise((resolve) => {
        const id = `a-${process.pid}-${(asked += 1)}`;
        answered.set(id, resolve);
        attached.receive(JSON.stringify({ id, atMs: 1, body }));
      }),
    until: (what, isWanted) =>
      new Promise((resolve, reject) => {
        const giveUp = (): void => reject(new Error(`${what} did not come; last: ${JSON.stringify(last)} ${JSON.stringify(logged)}`));
        let timer = setTimeout(giveUp, SILENT_MS);
        const look = (): void => {
          clearTimeout(timer);
          if (last === undefined || !isWanted(last)) {
            timer = setTimeout(giveUp, SILENT_MS);
            return;
          }
          waiting.delete(look);
          resolve(last);
        };
        waiting.add(look);
        look();
      }),
  };
}

async function open(given: { readonly hubUrl?: string; readonly enrolmentCode?: string } = {}, onDamage = (): void => {}): Promise<void> {
  const started = await startTill({ dataFolder: folder, port: 0, json: true, ...given }, logger, onDamage);
  if (!started.ok) throw new Error('the folder is held');
  till = started.value;
  window = openWindow();
}

/** How many of the ledger's entries are in the stock. */
function foldedTo(): number {
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
  const seq = db.prepare<[], number>('SELECT seq FROM stock_folded').pluck().get() ?? 0;
  db.close();
  return seq;
}

/** Of the newest cut that the worker exposed, whatever the open basket stands at. */
function exposedAt(): number {
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
  const at = db.prepare<[], number>('SELECT at FROM sync_cut').pluck().get() ?? 0;
  db.close();
  return at;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-sync-'));
  hub = await startTestHub(CODE);
  logged.length = 0;
});
afterEach(async () => {
  await till.stop();
  await hub.unplug();
  rmSync(folder, { recursive: true });
});

test('D-20: of which more waits than a batch brings, what the day comes to is told while not one sale has come, and no more once all have', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  hub.isBusy = true;
  const sales = 251;
  for (let sold = 0; sold < sales; sold += 1) {
    window.take({ type: 'scan', code: MILK });
    expect(window.take({ type: 'payCash', amountMinor: 119 })).toMatchObject({ type: 'reply' });
  }
  const toldOf = () => readReport(hub.reports.at(-1) ?? '')?.waitingDays;
  const ask = (): void => hub.publish([]);
  await vi.waitFor(
    () => {
      ask();
      expect(toldOf()).toMatchObject([{ currency: 'EUR', sales, totalMinor: sales * 119 }]);
    },
    { timeout: SILENT_MS, interval: 500 },
  );
  expect(hub.entries).toEqual([]);
  hub.isBusy = false;
  await window.until('the acknowledgement', (status) => status.waitingSales === 0 && status.waitingEntries === 0);
  await vi.waitFor(
    () => {
      ask();
      expect(toldOf()).toEqual([]);
    },
    { timeout: SILENT_MS, interval: 500 },
  );
});

test('enrols, gets its catalogue, sells, and the hub has the sale', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  expect(window.take({ type: 'scan', code: MILK })).toMatchObject({ type: 'reply' });
  expect(window.take({ type: 'payCash', amountMinor: 200 })).toMatchObject({ type: 'reply', value: { completed: { totalMinor: 119 } } });
  await window.until('the acknowledgement', (status) => status.waitingSales === 0 && status.hub === 'connected');
  expect(hub.entries.map((entry) => entry.id.seq)).toEqual([1]);
  expect(window.take({ type: 'search', text: 'mil', limit: 5 })).toMatchObject({ value: { tiles: [{ sku: 'MILK' }] } });
});

const disk = mountSmallDisk(12);
afterAll(() => disk?.remove());
const failures = (): readonly unknown[] => logged.filter((line) => JSON.stringify(line).includes('sync worker'));

test.runIf(disk !== undefined)('a full disk stops no worker: what was sold last is sent, and all is level once there is room', async () => {
  rmSync(folder, { recursive: true });
  folder = join(disk?.folder ?? '', 'lane');
  mkdirSync(folder);
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  window.take({ type: 'scan', code: MILK });
  window.take({ type: 'payCash', amountMinor: 119 });
  // The worker folds and sends in the next pause, and has no room for it.
  disk?.fill();
  await vi.waitFor(() => expect(hub.entries).toHaveLength(1), { timeout: SILENT_MS, interval: 20 });
  expect(window.take({ type: 'scan', code: MILK })).toMatchObject({ type: 'refused', refusal: { type: 'diskFull' } });
  await vi.waitFor(() => expect(foldedTo()).toBe(0), { timeout: SILENT_MS, interval: 20 });
  disk?.makeRoom();
  await window.until('the acknowledgement', (status) => status.waitingSales === 0 && status.hub === 'connected');
  await vi.waitFor(() => expect(foldedTo()).toBe(1), { timeout: SILENT_MS, interval: 200 });
  expect(failures()).toEqual([]);
});

test.each([
  ['reads', 'stock_folded'],
  ['begins by reading', 'sync_staged'],
])('I-6: a database that is damaged where only the worker %s is rebuilt, once no basket is open', async (_, table) => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  window.take({ type: 'scan', code: MILK });
  window.take({ type: 'payCash', amountMinor: 119 });
  await window.until('the acknowledgement', (status) => status.waitingSales === 0);
  window.take({ type: 'scan', code: MILK });
  await till.stop();
  destroy(folder, table);
  let ends = 0;
  await open({}, () => (ends += 1));
  await window.until('the hub', (status) => status.hub === 'connected');
  await vi.waitFor(() => expect(JSON.stringify(logged)).toContain('it is rebuilt as soon as no basket is open'), { timeout: SILENT_MS });
  expect(ends).toBe(0);
  expect(window.take({ type: 'payCash', amountMinor: 119 })).toMatchObject({ value: { completed: { totalMinor: 119 } } });
  await vi.waitFor(() => expect(ends).toBe(1), { timeout: SILENT_MS, interval: 100 });
  await till.stop();
  await open();
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected' && status.waitingSales === 0);
  expect(hub.entries).toHaveLength(2);
  expect(readdirSync(folder).filter((name) => name.startsWith('damaged-'))).toHaveLength(1);
});

test('S-2, I-5: what was told with the enrolment lies in files of its owner’s, and not in the database', async () => {
  const [key, secret] = ['5e'.repeat(32), 'c4'.repeat(32)];
  hub.equipment = { segmentKeys: { keys: [{ scope: 'global', key }] }, passcodeSecrets: { secrets: [{ number: 1, secret }] } };
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  const files = ['segment-keys.json', 'passcodes.json'].map((name) => join(folder, name));
  expect(files.map((file) => readFileSync(file, 'utf8').includes(file.endsWith('codes.json') ? secret : key))).toEqual([true, true]);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  const db = new Database(join(folder, DATABASE_FILE), { readonly: true });
  expect(db.prepare<[], string>('SELECT answer FROM sync_identity').pluck().get()).not.toContain('equipment');
  db.close();
});

test('a publication arrives by a poke, whole, and leaves the open basket alone', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.catalogueAt > 0);
  const before = exposedAt();
  window.take({ type: 'scan', code: MILK });
  hub.publish([priceOf('MILK', 149), ...goods({ sku: 'TEA', name: 'Tea', cents: 250 })]);
  const selling = await window.until('the new item', (status) => status.items === 9);
  // Items are counted as they come; what is sold next is of the cut that they end in, of which windows hear when this sale is over.
  await vi.waitFor(() => expect(exposedAt()).toBeGreaterThan(before), { timeout: SILENT_MS, interval: 20 });
  window.take({ type: 'scan', code: MILK });
  expect(window.take({ type: 'open', version: 1 })).toMatchObject({ value: { state: { lines: [{ amountMinor: 238 }] } } });
  window.take({ type: 'payCash', amountMinor: 300 });
  await window.until('the new cut', ({ catalogueAt }) => catalogueAt > selling.catalogueAt);
  window.take({ type: 'scan', code: MILK });
  expect(window.take({ type: 'open', version: 1 })).toMatchObject({ value: { state: { lines: [{ amountMinor: 149 }] } } });
});

test('N-12: a lane without a port for siblings hears as well that the hub was set back: what it holds of their ledgers goes up again once it has one', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8);
  const db = new Database(join(folder, DATABASE_FILE));
  const confirmed = (): unknown => db.prepare('SELECT confirmed_seq FROM sync_line').pluck().all();
  // Of when it had a port.
  db.prepare(
    `INSERT INTO sync_line (device, epoch, head_seq, head_hash, signature, confirmed_seq) VALUES ('lane-2', ?, 7, zeroblob(32), zeroblob(64), 7)`,
  ).run('cd'.repeat(8));
  hub.publish(goods({ sku: 'TEA', name: 'Tea', cents: 250 }));
  await window.until('the new item', (status) => status.items === 9);
  expect(confirmed()).toEqual([7]);
  hub.epoch = 'ee'.repeat(8);
  hub.publish(goods({ sku: 'COCOA', name: 'Cocoa', cents: 350 }));
  await window.until('the item of the new epoch', (status) => status.items === 10);
  expect(confirmed()).toEqual([0]);
  db.close();
});

/** Of the sync worker's thread, by the name that Node gives it. */
function nicenessOfWorker(): number | undefined {
  const thread = readdirSync('/proc/self/task').find((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8') === 'WorkerThread\n');
  return thread === undefined ? undefined : getPriority(Number(thread));
}

test.runIf(process.platform === 'linux')('gives way to the till and its window while much comes in, and not before', async () => {
  const own = getPriority();
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8);
  hub.publish([priceOf('MILK', 149), ...goods({ sku: 'TEA', name: 'Tea', cents: 250 })]);
  await window.until('the new item', (status) => status.items === 9);
  expect(nicenessOfWorker()).toBe(own);
  hub.publish(Array.from({ length: 1_500 }, (_, n) => goods({ sku: `S${n}`, name: `Sort ${n}`, cents: 100 + n })).flat());
  await window.until('the new assortment', (status) => status.items === 1_509);
  expect(nicenessOfWorker()).toBe(Math.min(19, own + 10));
  expect(getPriority()).toBe(own);
});

test('sells on without its hub, counts what waits, and brings it once when the hub is back', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8);
  await hub.unplug();
  for (let sale = 0; sale < 5; sale++) {
    window.take({ type: 'scan', code: MILK });
    window.take({ type: 'payCash', amountMinor: 119 });
  }
  const paid = window.take({ type: 'open', version: 1 });
  const receiptNumber = paid.type === 'reply' ? paid.value.state?.head.completed?.receiptNumber : undefined;
  expect(window.take({ type: 'postVoid', receiptNumber: receiptNumber ?? '' })).toMatchObject({ type: 'reply' });
  const offline = await window.until('offline', (status) => status.hub === 'offline');
  expect(offline).toMatchObject({ waitingSales: 5, waitingEntries: 6 });
  expect(offline.offlineSinceMs).toBeGreaterThan(0);
  // Also over a restart, for which neither hub nor code is said again.
  await till.stop();
  await hub.plugIn();
  await open();
  await window.until('the acknowledgement', (status) => status.waitingSales === 0 && status.hub === 'connected');
  expect(hub.entries.map((entry) => entry.id.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  // What undoes a sale waits there as no sale either.
  expect(hub.waiting).toContainEqual({ waitingEntries: 6, waitingSales: 5 });
});

test('an enrolment code that the hub refuses is said, and stops no till', async () => {
  await open({ hubUrl: hub.url, enrolmentCode: 'WRONG' });
  const status = await window.until('the refusal', ({ problem }) => problem !== undefined);
  expect(status).toMatchObject({ hub: 'notEnrolled', items: 0 });
  expect(window.take({ type: 'open', version: 1 })).toMatchObject({ type: 'reply' });
});

test('a hub that cannot be reached stops no till: it starts, says so, and goes on trying', async () => {
  await hub.unplug();
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  const status = await window.until('a failed attempt', ({ offlineSinceMs }) => offlineSinceMs !== undefined);
  expect(status.hub).toBe('notEnrolled');
  expect(window.take({ type: 'scan', code: MILK })).toMatchObject({ type: 'refused', refusal: { type: 'noCatalogue' } });
  hub.publish(ASSORTMENT);
  await hub.plugIn();
  await window.until('the catalogue', ({ items }) => items === 8);
});

test('goods of another store come back with the hub’s word; with the hub away they do not, and the till says so at once', async () => {
  const seller = createTestLane();
  const receiptNumber = '1-abcd-000002';
  for (let number = 0; number < 2; number += 1) {
    seller.take({ type: 'scan', code: MILK, quantity: 2 });
    seller.take({ type: 'payCash', amountMinor: 300 });
  }
  const [, sold] = seller.store.entriesAfter(seller.store.epochs()[0]?.epoch ?? '', 0, 10, 1_000_000);
  seller.close();
  const entry = Buffer.from(sold?.canonical ?? []).toString('base64');
  hub.returns.set(receiptNumber, { sale: { store: '2', atMs: NOON_MS, entry }, returns: [], granted: true });
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  hub.publish(ASSORTMENT);
  await window.until('a catalogue', ({ hub: state, items }) => state === 'connected' && items > 0);
  const setReturn: RequestBody = { type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] };
  expect(await window.ask(setReturn)).toMatchObject({ ok: true, value: { returnable: { lines: [{ returning: 1, left: { value: 2 } }] } } });
  expect(await window.ask({ type: 'returnable', receiptNumber: '1-abcd-000009' })).toMatchObject({ refusal: { type: 'noSuchReceipt' } });
  expect(hub.askedReturns).toEqual([
    { receiptNumber, take: true, ledger: { epoch: expect.stringMatching(/^[0-9a-f]{16}$/), seq: 0 } },
    // The right that was accepted is the first that its ledger says.
    { receiptNumber: '1-abcd-000009', take: false, ledger: { epoch: expect.stringMatching(/^[0-9a-f]{16}$/), seq: 1 } },
  ]);
  await hub.unplug();
  await window.until('offline', ({ hub: state }) => state === 'offline');
  // What was granted stays with the basket; of anything else nobody can say.
  expect(window.take({ type: 'refund' })).toMatchObject({ ok: true });
  expect(await window.ask({ type: 'returnable', receiptNumber })).toMatchObject({ refusal: { type: 'noSuchReceipt' } });
  expect(hub.askedReturns).toHaveLength(2);
});

test('counts stock on a sheet, which the sync worker reads, and the hub has what it states', async () => {
  hub.publish(ASSORTMENT);
  await open({ hubUrl: hub.url, enrolmentCode: CODE });
  await window.until('the catalogue', (status) => status.items === 8 && status.hub === 'connected');
  const opened = await window.ask({ type: 'openSheet', name: 'Aisle 3' });
  const document = opened.type === 'reply' ? (opened.value.document ?? '') : '';
  expect(opened).toMatchObject({ type: 'reply', value: { document: expect.stringMatching(/^[0-9a-f]{32}$/) } });
  // Two at once, of the same sheet as it stands: both count.
  const counts = await Promise.all([3, 4].map((quantity) => window.ask({ type: 'countGoods', document, sku: 'MILK', quantity })));
  expect(counts.map(({ type }) => type)).toEqual(['reply', 'reply']);
  expect(await window.ask({ type: 'sheet', document })).toMatchObject({
    value: { sheet: { lines: [{ sku: 'MILK', quantity: { value: 7 } }] } },
  });
  expect(await window.ask({ type: 'closeSheet', document })).toMatchObject({ type: 'reply' });
  await expect.poll(() => hub.entries.length, { timeout: 20_000 }).toBe(1);
  expect(await window.ask({ type: 'sheets' })).toMatchObject({ value: { sheets: [{ document, state: 'closed', lateChanges: 0 }] } });
});
