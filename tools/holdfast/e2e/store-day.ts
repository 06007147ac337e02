/**
 * A whole day of a store, at the screens of its lanes, whatever shows them: three lanes, two cashiers and a manager. The internet is cut at 10:00, the store's network for lane 3 at 11:00;
 * lane 2 is killed at 12:00 in the middle of a card payment that the terminal approves; the day is closed at 18:00 with lane 3 away, which is back the next morning.
 * Every figure of the store's day is what the people at the lanes rang up, reckoned by `day-ledger.ts` alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { seedDemo } from '../src/demo-seed.ts';
import { accessTill } from '../src/till-access.ts';
import { dueOf, figuresOf, type Bought, type Moved, type Receipt } from './day-ledger.ts';
import { GOODS, money } from './goods.ts';
import { expectProven, holdfast, nothingRuns, scratchFolder } from './processes.ts';
import { askUntilThere, scan } from './screens.ts';
import { startStoreMachines, type LaneMachine, type StoreMachines } from './store-machines.ts';

const DAY = '2026-12-01';
const moment = (time: string, day = DAY): string => `${day}T${time}:00+01:00`;
const FLOAT_MINOR = 15_000;

interface LaneWindow {
  readonly page: Page;
  /** What went wrong in it. */
  readonly faults: readonly string[];
}

export interface LaneWindows {
  open(machine: LaneMachine): Promise<LaneWindow>;
  close(): Promise<void>;
}

interface Lane extends LaneWindow {
  readonly machine: LaneMachine;
  readonly receipts: Receipt[];
  readonly moved: Moved[];
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let store: StoreMachines;
let windows: LaneWindows;
const lanes: Lane[] = [];
let nextGoods = 0;

const lane = (number: 1 | 2 | 3): Lane => lanes[number - 1]!;
const rows = ({ page }: Lane) => page.locator('[data-testid="lines"] [data-kind="item"]');
/** All that a lane has written, its sales and what it writes by itself. */
const waiting = ({ page }: Lane) => page.getByTestId('status-hub').getAttribute('data-waiting-entries');
const signer = ({ page }: Lane) => page.locator('[data-testid="status-device"][data-device="fiscalSigner"]').getAttribute('data-state');
const hubOf = ({ page }: Lane) => page.getByTestId('status-hub').getAttribute('data-hub');

/** Goods that nobody has bought yet today, so that no two lines join. */
const basket = (...pieces: readonly number[]): readonly Bought[] =>
  pieces.map((count) => ({ goods: GOODS[(nextGoods += 3) % GOODS.length]!, pieces: count }));

async function press({ page }: Lane, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key, { delay: 40 });
}

async function ringUp(at: Lane, bought: readonly Bought[]): Promise<void> {
  for (const [index, { goods, pieces }] of bought.entries()) {
    if (pieces > 1) await press(at, ...String(pieces), '*');
    await scan(at.page, goods.gtin);
    await rows(at).nth(index).waitFor();
  }
  await expect.poll(() => at.page.getByTestId('due').textContent()).toBe(money(dueOf(bought)));
}

const lastReceipt = new Map<Lane, string>();
/** What the completed sale on the screen is called: another one than before. */
async function completed(at: Lane): Promise<string> {
  const number = at.page.getByTestId('receipt-number');
  const read = async (): Promise<string> => ((await number.count()) === 0 ? '' : ((await number.textContent()) ?? ''));
  await expect.poll(async () => ['', lastReceipt.get(at)].includes(await read())).toBe(false);
  lastReceipt.set(at, await read());
  return read();
}

/** `noteMinor`: what is handed over; without one it is exact. */
async function sellForCash(at: Lane, bought: readonly Bought[], noteMinor?: number): Promise<string> {
  await ringUp(at, bought);
  await press(at, ...(noteMinor === undefined ? ['F1'] : [...String(noteMinor / 100), 'F4']));
  const receiptNumber = await completed(at);
  await expect.poll(() => at.page.getByTestId('change').textContent()).toBe(money((noteMinor ?? dueOf(bought)) - dueOf(bought)));
  at.receipts.push({ receiptNumber, bought, by: 'cash', ...(noteMinor !== undefined && { cashMinor: noteMinor }) });
  return receiptNumber;
}

async function payByCard(at: Lane): Promise<void> {
  await press(at, '/');
  await at.page.locator('[data-tender]').first().waitFor();
  await press(at, '1');
}

async function sellByCard(at: Lane, bought: readonly Bought[]): Promise<string> {
  await ringUp(at, bought);
  await payByCard(at);
  const receiptNumber = await completed(at);
  at.receipts.push({ receiptNumber, bought, by: 'card' });
  return receiptNumber;
}

const way = ({ page }: Lane, id: string) => page.locator(`[data-testid="cash"] [data-way="${id}"]`);
const FACES = [50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/** Counts an amount into the open sheet, face by face. */
async function countInto(at: Lane, amountMinor: number): Promise<void> {
  let leftMinor = amountMinor;
  for (const face of FACES) {
    const pieces = Math.floor(leftMinor / face);
    leftMinor -= pieces * face;
    if (pieces === 0) continue;
    await at.page.locator(`[data-face="${face}"]`).click();
    await press(at, ...String(pieces));
  }
  await way(at, 'done').click();
}

async function openDrawer(at: Lane): Promise<void> {
  await press(at, 'Shift+F11');
  await way(at, 'openShift').click();
  await countInto(at, FLOAT_MINOR);
  await way(at, 'closeShift').waitFor();
  await press(at, 'Escape');
  at.moved.push({ act: 'float', amountMinor: FLOAT_MINOR });
}

/** A drop, or cash paid out for the first reason of the list, which a cashier may not alone. */
async function moveCash(at: Lane, { act, amountMinor }: Moved, approver?: string): Promise<void> {
  await press(at, 'Shift+F11');
  await way(at, act).click();
  await press(at, ...money(amountMinor), 'Enter', ...(act === 'paidOut' ? ['1'] : []));
  if (approver !== undefined) {
    await at.page.getByTestId('wanted').waitFor();
    await scan(at.page, approver);
    await at.page.getByTestId('wanted').waitFor({ state: 'detached' });
  }
  await way(at, 'closeShift').waitFor();
  await press(at, 'Escape');
  at.moved.push({ act, amountMinor });
}

/** The drawer is counted; `offMinor` of it is gone. */
async function closeDrawer(at: Lane, offMinor = 0): Promise<void> {
  await press(at, 'Shift+F11');
  await way(at, 'closeShift').click();
  await countInto(at, figuresOf(at.receipts, at.moved).drawerMinor + offMinor);
  if (offMinor !== 0) {
    await at.page.locator('[data-problem="overShort"]').waitFor();
    await press(at, '1');
  }
  await at.page.locator('[data-testid="cash"][data-task="closed"]').waitFor();
  await press(at, 'Escape');
}

const STALLS_AFTER = 4;

/** A machine that was just switched on brings the badge's keys by jerks: the first ones stand there as typed when the others come. */
async function signOn(at: Lane, badge: string, user: string): Promise<void> {
  const typed = at.page.getByTestId('people').locator('output');
  await typed.waitFor();
  const isTyped = (): Promise<unknown> => expect.poll(() => typed.textContent()).toBe(badge.slice(0, STALLS_AFTER));
  await scan(at.page, badge, { after: STALLS_AFTER, until: isTyped });
  await expect.poll(() => at.page.getByTestId('operator').getAttribute('data-user')).toBe(user);
}

const BUYER = { name: 'ACME', address: 'Harbour Road 1', taxNumber: 'DE123456789' };

/** The name is touched, the PIN is typed: Enter is the PIN's. */
async function signOnByHand(at: Lane, user: string, pin: string): Promise<void> {
  await at.page.locator(`[data-testid="people"] [data-user="${user}"]`).click();
  await press(at, ...pin, 'Enter');
  await expect.poll(() => at.page.getByTestId('operator').getAttribute('data-user')).toBe(user);
}

/** Of the sale that stands completed; it is printed at once. */
async function makeInvoice(at: Lane): Promise<void> {
  await press(at, 'Shift+End', '3');
  for (const text of Object.values(BUYER)) {
    for (const character of text) await at.page.keyboard.press(character, { delay: 40 });
    await press(at, 'Enter');
  }
}

/** Scans a neighbour's receipt until its ledger has come, and what may come back of it is shown. */
async function openReturns(at: Lane, receiptNumber: string): Promise<void> {
  await askUntilThere(at.page.getByTestId('returns'), async () => scan(at.page, receiptNumber));
}

/** Registers the day's steps. `name`: of its scratch folder. */
export function wholeDay(name: string, openWindows: () => Promise<LaneWindows>): void {
  beforeAll(async () => {
    folder = await scratchFolder(name);
    windows = await openWindows();
    const opening: Promise<LaneWindow>[] = [];
    store = await startStoreMachines(folder.path, {
      isoTime: moment('08:00'),
      protocols: ['zvt', 'nexo', 'zvt'],
      furnish: async (api) => {
        await seedDemo(api, '1', Date.parse(moment('08:00')), DAY);
        return await api.publish([
          { type: 'setting', key: 'signOnStartsAs', scope: 'store:1', removed: true },
          { type: 'setting', key: 'fiscalSigning', scope: 'store:1', fields: { value: 'plain' } },
        ]);
      },
      started: (machine) => opening.push(windows.open(machine)),
    });
    for (const [index, machine] of store.lanes.entries()) {
      lanes.push({ ...(await opening[index]!), machine, receipts: [], moved: [] });
    }
  });

  afterAll(async () => {
    await windows?.close();
    await store?.stop();
    await nothingRuns(folder.path);
    await folder.remove();
  });

  test('08:00: two cashiers and a manager sign on, and their drawers are opened', async () => {
    const people = [
      [lane(1), 'HF-BADGE-ALEX', '2'],
      [lane(2), 'HF-BADGE-NOOR', '3'],
      [lane(3), 'HF-BADGE-ROBIN', '1'],
    ] as const;
    const start = async ([at, badge, user]: (typeof people)[number]): Promise<void> => {
      if (user === '3') await signOnByHand(at, user, '8462');
      else await signOn(at, badge, user);
      await openDrawer(at);
      await sellForCash(at, basket(1, 2));
    };
    await Promise.all(people.map(start));
    await sellForCash(lane(1), basket(1, 1), 5_000);
    await sellByCard(lane(2), basket(2));
    for (const each of lanes) await expect.poll(() => waiting(each)).toBe('0');
  });

  test('10:00: without the internet all three sell on, and what lane 1 sold comes back at lane 2', async () => {
    store.setClock(moment('10:00'));
    for (const { machine } of lanes) machine.internet.set('cut');
    const bought = basket(3);
    const receiptNumber = await sellForCash(lane(1), bought, 10_000);
    await makeInvoice(lane(1));
    // Its fiscal signer is away until noon; sales wait for nobody.
    store.signer.setPlugged(false);
    const ofLane3 = await sellByCard(lane(3), basket(1, 1));
    await sellByCard(lane(1), basket(1));
    await moveCash(lane(1), { act: 'paidOut', amountMinor: 1_234 }, 'HF-BADGE-ROBIN');

    // Scanned again at once it would be the double read of one label.
    await openReturns(lane(2), receiptNumber);
    await press(lane(2), '0');
    await expect.poll(() => lane(2).page.getByTestId('due').textContent()).toContain(money(dueOf(bought)));
    await press(lane(2), 'F1');
    lane(2).receipts.push({ receiptNumber: await completed(lane(2)), bought, by: 'cash', isReturn: true });
    await openReturns(lane(1), ofLane3);
    await press(lane(1), 'Escape', 'c', 'c');
    // Whoever wants something of the hub finds out; each of them did.
    for (const each of lanes) await expect.poll(() => hubOf(each)).toBe('offline');
  });

  test('11:00: lane 3 has nobody any more, and sells', async () => {
    store.setClock(moment('11:00'));
    lane(3).machine.setLan(true);
    await sellForCash(lane(3), basket(1, 1, 2), 10_000);
    await sellByCard(lane(3), basket(2));
    await sellForCash(lane(1), basket(1));
    for (const each of lanes) await expect.poll(() => hubOf(each)).toBe('offline');
  });

  /** The shopper of 12:00. */
  let noon: readonly Bought[];
  test('12:00: lane 2 is killed in the middle of a payment that its terminal approves, and its shopper has paid once', async () => {
    store.setClock(moment('12:00'));
    store.signer.setPlugged(true);
    const { machine, page, receipts } = lane(2);
    machine.terminal.setFaults({});
    noon = basket(1, 2, 1);
    await ringUp(lane(2), noon);
    await payByCard(lane(2));
    await expect.poll(() => machine.terminal.current()?.amountMinor).toBe(dueOf(noon));
    await machine.app.kill();
    machine.terminal.decide('approve');
    await page.getByTestId('status-till').waitFor();
    await machine.start();
    machine.terminal.setFaults({ shopper: { does: 'approve', afterMs: 200 } });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    receipts.push({ receiptNumber: await completed(lane(2)), bought: noon, by: 'card' });
    const ofNoon = machine.terminal.journal().filter(({ amountMinor }) => amountMinor === dueOf(noon));
    expect(ofNoon.map(({ state, authorisedMinor }) => [state, authorisedMinor])).toEqual([['approved', dueOf(noon)]]);
    await sellForCash(lane(2), basket(1));
    // It is back, and has signed what went out without.
    await expect.poll(() => signer(lane(1))).toBe('ready');
  });

  test('18:00: lanes 1 and 2 count their drawers, and headquarters closes the day without lane 3', async () => {
    store.setClock(moment('17:00'));
    for (const number of [1, 2] as const) lane(number).machine.internet.set('joined');
    await moveCash(lane(2), { act: 'drop', amountMinor: 5_000 });
    await sellByCard(lane(2), basket(1, 1));
    await sellForCash(lane(3), basket(1));
    store.setClock(moment('18:00'));
    await Promise.all([closeDrawer(lane(1), -10), closeDrawer(lane(2))]);
    // What lane 3 sold until 11:00 its neighbours bring. Both by one answer, the last before the day is closed.
    const here = [...lane(1).receipts, ...lane(2).receipts, ...lane(3).receipts.slice(0, 2)];
    const stillAway = async (): Promise<readonly [waiting: readonly number[], sales: number]> => {
      const day = await hubAsks<StoreDay>('GET', `/api/v1/store-days/1/${DAY}`);
      return [day.lanes.flatMap(({ lane: number, waits }) => (waits.length > 0 ? [number] : [])), day.sums.sales];
    };
    await expect.poll(stillAway).toEqual([[3], here.length]);
    const closed = await hubAsks<StoreDay>('POST', `/api/v1/store-days/1/${DAY}/close`);
    // What it was about to send when its line was cut depends on the moment.
    expect(closed.lanes.map(({ lane: number, waits }) => [number, waits.map(({ type }) => type)])).toEqual([
      [1, []],
      [2, []],
      [3, expect.arrayContaining(['close'])],
    ]);
    expect(closed.sums).toMatchObject({ sales: here.length, totalMinor: figuresOf(here, []).totalMinor });
  });

  test('the next morning: lane 3 had rolled over by itself; it is back, and every figure of the day is there', async () => {
    await sellByCard(lane(3), basket(1));
    store.setClock(moment('04:05', '2026-12-02'));
    await lane(3).page.getByTestId('status-rolled').waitFor();
    expect(await lane(3).page.getByTestId('status-rolled').textContent()).toContain('2026');
    store.setClock(moment('08:00', '2026-12-02'));
    lane(3).machine.setLan(false);
    lane(3).machine.internet.set('joined');
    for (const each of lanes) await expect.poll(() => waiting(each)).toBe('0');
    await expect.poll(() => hubOf(lane(3))).toBe('connected');

    const ofDay = async (): Promise<StoreDay> => hubAsks<StoreDay>('GET', `/api/v1/store-days/1/${DAY}`);
    await expect.poll(async () => (await ofDay()).lanes.flatMap(({ waits }) => waits)).toEqual([]);
    const day = await ofDay();
    expect(day.shifts).toHaveLength(3);
    for (const [index, { sums, z, unreadable }] of day.shifts.entries()) {
      const at = lanes[index]!;
      const figures = figuresOf(at.receipts, at.moved);
      const off = index === 0 ? -10 : 0;
      expect(sums, `lane ${index + 1}`).toMatchObject(figures);
      expect(z, `lane ${index + 1}`).toMatchObject({
        differences: [],
        isRolled: index === 2,
        countedMinor: figures.drawerMinor + off,
        overShortMinor: off,
        perpetualMinor: figures.totalMinor,
      });
      expect(unreadable).toBe(0);
      expect(at.machine.terminal.chargedMinor(), `terminal ${index + 1}`).toBe(
        figures.tenders.find(({ tenderType }) => tenderType === 'card')?.amountMinor,
      );
    }
    const all = figuresOf(
      lanes.flatMap(({ receipts }) => receipts),
      lanes.flatMap(({ moved }) => moved),
    );
    expect(day.sums).toMatchObject(all);
    const late = figuresOf(lane(3).receipts.slice(2), []);
    expect(day.supplements).toMatchObject([
      { lane: 3, isZ: true, sums: { sales: late.sales, totalMinor: late.totalMinor, taxes: late.taxes } },
    ]);
    const drawers = lanes.map(({ receipts, moved }) => figuresOf(receipts, moved));
    expect(day.safe.movements.filter(({ act }) => act === 'float').map(({ amountMinor }) => amountMinor)).toContain(-FLOAT_MINOR);
    expect(day.overShortMinor).toBe(-10);
    expect(day.countedMinor).toBe(drawers.reduce((sum, { drawerMinor }) => sum + drawerMinor, -10));
  });

  test('each receipt that a shopper saw is at the hub once, and each lane’s journal proves itself', async () => {
    type Sales = { readonly sales: readonly { readonly receiptNumber: string; readonly totalMinor: number }[] };
    const seen = lanes.flatMap(({ receipts }) => receipts);
    const told = (receiptNumber: string, totalMinor: number): string => `${receiptNumber} ${totalMinor}`;
    const atHub = async (): Promise<readonly string[]> =>
      (await hubAsks<Sales>('GET', '/api/v1/sales?limit=200')).sales
        .map(({ receiptNumber, totalMinor }) => told(receiptNumber, totalMinor))
        .toSorted();
    await expect
      .poll(atHub)
      .toEqual(
        seen
          .map(({ receiptNumber, bought, isReturn }) => told(receiptNumber, isReturn === true ? -dueOf(bought) : dueOf(bought)))
          .toSorted(),
      );
    const sold = await store.api.sold('1');
    const pieces = new Map<string, number>();
    for (const { bought, isReturn } of seen)
      for (const { goods, pieces: count } of bought)
        pieces.set(goods.sku, (pieces.get(goods.sku) ?? 0) + (isReturn === true ? -count : count));
    expect(
      sold
        .filter(({ quantity }) => quantity !== 0)
        .map(({ sku, quantity }) => `${sku} ${quantity}`)
        .toSorted(),
    ).toEqual(
      [...pieces]
        .filter(([, count]) => count !== 0)
        .map(([sku, count]) => `${sku} ${count}`)
        .toSorted(),
    );
    const tills = lanes.flatMap(({ machine }) => ['--till', machine.data]);
    const { url, consoleToken } = store.hub.ready;
    // What lanes write by themselves as the clock goes on is on its way, too.
    for (const each of lanes) await expect.poll(() => waiting(each)).toBe('0');
    await expectProven('verify', '--hub', url, '--token', consoleToken, ...tills, '--json');
    const prove = async ({ machine }: Lane): Promise<void> => {
      const file = join(folder.path, `lane-${machine.lane}.ndjson`);
      const till = await accessTill(machine.data);
      writeFileSync(file, (await holdfast('journal', '--data', machine.data)).stdout);
      expect(await holdfast('verify', 'journal', file, '--key', await till.publicKey()), file).toMatchObject({ code: 0 });
    };
    await Promise.all(lanes.map(prove));
    expectSigned(lane(1));
    await expectInvoiced();
    for (const { faults } of lanes) expect(faults).toEqual([]);
  });
}

type Said = Readonly<Record<string, unknown>>;

/** What the exported journal of a lane says of one kind. */
const saidOf = ({ machine }: Lane, kind: string): readonly Said[] =>
  readFileSync(join(folder.path, `lane-${machine.lane}.ndjson`), 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly says: Said })
    .flatMap((entry) => (entry.kind === kind ? [entry.says] : []));

/** Each sale of a lane with a signer is signed, once; from when to when receipts went out without stands there. */
function expectSigned(at: Lane): void {
  const signed = saidOf(at, 'fiscalSignature').map((says) => String(says['receiptNumber']));
  expect(signed.toSorted()).toEqual(at.receipts.map(({ receiptNumber }) => receiptNumber).toSorted());
  expect(saidOf(at, 'fiscalGap').map((says) => says['act'])).toEqual(['begin', 'end']);
}

/** An invoice of lane 1 came back at lane 2: its credit note names it, no ledger names the buyer, and headquarters opens both alike. */
async function expectInvoiced(): Promise<void> {
  const [invoice] = saidOf(lane(1), 'invoice');
  const [credit] = saidOf(lane(2), 'invoice');
  expect(credit?.['creditOf']).toBe(invoice?.['invoiceNumber']);
  for (const said of [invoice, credit]) {
    const opened = await hubAsks<Said>('POST', '/api/v1/invoices/open', { store: '1', invoiceNumber: said?.['invoiceNumber'] });
    expect(opened['buyer']).toEqual(BUYER);
  }
}

interface StoreDay {
  readonly sums: { readonly sales: number };
  readonly countedMinor: number;
  readonly overShortMinor: number;
  readonly shifts: readonly { readonly sums: unknown; readonly z: unknown; readonly unreadable: number }[];
  readonly lanes: readonly { readonly lane: number; readonly waits: readonly { readonly type: string }[] }[];
  readonly supplements: readonly unknown[];
  readonly safe: { readonly movements: readonly { readonly act: string; readonly amountMinor: number }[] };
}

async function hubAsks<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const { url, consoleToken } = store.hub.ready;
  const headers = { authorization: `Bearer ${consoleToken}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  expect(response.ok, `${path}: ${response.status}`).toBe(true);
  return (await response.json()) as T;
}
