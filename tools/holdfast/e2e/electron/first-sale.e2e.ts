/**
 * The first sale in the lane's own window: real key events in Electron. The hub dies, the window sells on; its till is killed in
 * mid-basket and comes back with the basket; the hub comes back and has each sale once. Then each selling function under each condition. A second
 * display is the shopper's; a page that crashes is back with its basket.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { assert } from '@holdfast/base';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { orderDemo, type Action, type DemoStatus } from '../../src/demo-control.ts';
import { createHand, plugDevices, prepareFunctions, runFunctions } from '../conditions.ts';
import { GOODS, type Goods } from '../goods.ts';
import { expectProven, holdfast, nothingRuns, scratchFolder, startDemo, type DemoProcess } from '../processes.ts';
import { expectAccessible, scan } from '../screens.ts';
import { openApp, type OpenApp } from './electron-app.ts';

const START_TIMEOUT_MS = 180_000;
/** Ignored by git; for people who want to look. */
const pictures = fileURLToPath(new URL('../../../../.holdfast/pictures/', import.meta.url));

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let demo: DemoProcess;
let lane: OpenApp;
const faults: string[] = [];

beforeAll(async () => {
  await mkdir(pictures, { recursive: true });
  folder = await scratchFolder('electron-sale');
  demo = await startDemo(folder.path);
  const [first] = demo.ready.lanes;
  lane = await openApp({ HOLDFAST_TILL_URL: first?.url ?? '', HOLDFAST_TILL_DATA: first?.data ?? '' });
  lane.page.on('pageerror', (error) => faults.push(error.message));
  lane.page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await lane?.close();
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  await nothingRuns(folder.path);
  await folder.remove();
}, START_TIMEOUT_MS);

const money = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
const rows = (page: Page) => page.locator('[data-testid="lines"] [data-kind="item"]');

const hubState = (page: Page) => page.getByTestId('status-hub').getAttribute('data-hub');
const order = (...words: readonly string[]) => holdfast('demo', ...words, '--data', folder.path);

async function scanAll(page: Page, goods: readonly Goods[]): Promise<void> {
  for (const [index, { gtin }] of goods.entries()) {
    await scan(page, gtin);
    await rows(page).nth(index).waitFor();
  }
}

/** Takes the exact cash with one key; the receipt's number. */
async function payExact(page: Page, goods: readonly Goods[]): Promise<string> {
  const totalMinor = goods.reduce((sum, { priceMinor }) => sum + priceMinor, 0);
  await expect.poll(() => page.getByTestId('due').textContent()).toBe(money(totalMinor));
  await page.keyboard.press('F1');
  await page.getByTestId('completed').waitFor();
  return (await page.getByTestId('receipt-number').textContent()) ?? '';
}

async function sell(page: Page, goods: readonly Goods[]): Promise<string> {
  await scanAll(page, goods);
  return payExact(page, goods);
}

test(
  'the sell screen shows, and can be read by everyone',
  async () => {
    await expect.poll(() => hubState(lane.page)).toBe('connected');
    await lane.page.getByTestId('status-hub').waitFor();
    await expectAccessible(lane.page, 'sell screen in Electron');
    await lane.page.screenshot({ path: `${pictures}electron-sell.png` });
  },
  START_TIMEOUT_MS,
);

test('real goods are scanned and paid, and the receipt shows them', async () => {
  const goods = GOODS.slice(0, 5);
  expect(await sell(lane.page, goods)).toMatch(/^1-[0-9a-f]{4}-\d{6}$/u);
  for (const { name } of goods) await expect.poll(() => lane.page.getByTestId('receipt').textContent()).toContain(name);
  await lane.page.screenshot({ path: `${pictures}electron-paid.png` });
});

test(
  'without the hub, and through the death of its till, the window sells on',
  async () => {
    const { page } = lane;
    // What waits afterwards is counted: the sale before must have arrived.
    await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-waiting')).toBe('0');
    process.kill(demo.ready.hub.pid, 'SIGKILL');
    await sell(page, GOODS.slice(5, 7));
    // It found out by what it wanted to send.
    await expect.poll(() => hubState(page)).toBe('offline');
    const goods = GOODS.slice(7, 10);
    await scanAll(page, goods);
    process.kill(demo.ready.lanes[0]?.pid ?? 0, 'SIGKILL');
    await page.getByTestId('status-till').waitFor();
    expect(await order('start', '1')).toMatchObject({ code: 0 });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    await expect.poll(() => rows(page).count()).toBe(3);
    await payExact(page, goods);
    await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-waiting')).toBe('2');
  },
  START_TIMEOUT_MS,
);

test(
  'the hub comes back, and has each sale once',
  async () => {
    expect(await order('start', 'hub')).toMatchObject({ code: 0 });
    await expect.poll(() => lane.page.getByTestId('status-hub').getAttribute('data-waiting'), { timeout: 90_000 }).toBe('0');
    const { stdout } = await expectProven('demo', 'verify', '--data', folder.path);
    expect(stdout).toContain('each of the 3 sales exactly once');
    expect(faults).toEqual([]);
  },
  START_TIMEOUT_MS,
);

test(
  'each function: online, without the hub, without the neighbour, with devices that are dead, and killed in its middle; the window shows its sale there',
  async () => {
    const { page } = lane;
    const [first] = demo.ready.lanes;
    assert(first !== undefined, 'a lane');
    const tell = async (action: Action, part: string): Promise<unknown> => orderDemo(folder.path, { action, part });
    // The hub was started again, and has another token since.
    const { ready } = (await orderDemo(folder.path, { action: 'status' })) as DemoStatus;
    const hand = await createHand(first.data);
    await prepareFunctions(ready.hub, [hand]);
    const seesTheSale = async (): Promise<void> => {
      const { lines } = await hand.head();
      await expect.poll(() => page.locator('[data-testid="lines"] [data-line-id]').count()).toBe(lines.length);
    };
    const wrong: string[] = [];
    const run = async (condition: string, middle = seesTheSale): Promise<void> => {
      wrong.push(...(await runFunctions(condition, hand, middle)));
    };
    await run('online');
    await tell('cut', '1');
    await run('hub away');
    // It found out by what it wanted to send.
    await expect.poll(() => hubState(page)).toBe('offline');
    await tell('kill', '2');
    await run('neighbour away');
    await tell('join', '1');
    await plugDevices(first, false);
    await run('devices dead');
    await plugDevices(first, true);
    await run('killed', async () => {
      await tell('kill', '1');
      await tell('start', '1');
      await hand.reconnect();
      await page.getByTestId('status-till').waitFor({ state: 'detached' });
      await seesTheSale();
    });
    hand.close();
    expect(wrong).toEqual([]);
  },
  4 * START_TIMEOUT_MS,
);

type Screens = { getAllDisplays(): { id: number; bounds: { x: number; y: number; width: number; height: number } }[] };

/** A display beside the lane's, plugged in or pulled: what Electron says of displays, and the event that goes with it. */
const plugDisplay = (plugged: boolean): Promise<void> =>
  lane.app.evaluate(({ screen }, isPlugged) => {
    const screens = screen as unknown as Screens & { real?: Screens['getAllDisplays'] };
    screens.real ??= screens.getAllDisplays.bind(screen);
    const [first, ...others] = screens.real();
    if (first === undefined) throw new Error('no display');
    const second = { ...first, id: first.id + 1, bounds: { x: first.bounds.width, y: 0, width: 1024, height: 768 } };
    screens.getAllDisplays = () => (isPlugged ? [first, second] : [first, ...others]);
    screen.emit(isPlugged ? 'display-added' : 'display-removed', {}, second);
  }, plugged);

const windowCount = (): Promise<number> => lane.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);

test(
  'a second display shows the shopper the sale, leaves the keyboard to the lane, and goes with its plug',
  async () => {
    const { app, page } = lane;
    const [display] = await Promise.all([app.waitForEvent('window'), plugDisplay(true)]);
    await display.getByTestId('display').waitFor();
    expect(display.url()).toBe('app://holdfast/#display');
    const goods = GOODS.slice(0, 2);
    await scanAll(page, goods);
    await expect.poll(() => display.getByTestId('display-line').count()).toBe(2);
    await expect.poll(() => display.getByTestId('display-due').textContent()).toBe(await page.getByTestId('due').textContent());
    await display.screenshot({ path: `${pictures}electron-display.png` });
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isFocusable()))).toEqual(
      expect.arrayContaining([true, false]),
    );
    await payExact(page, goods);
    await display.getByTestId('display-completed').waitFor();
    await plugDisplay(false);
    await expect.poll(windowCount).toBe(1);
    await scanAll(page, goods);
    await payExact(page, goods);
  },
  START_TIMEOUT_MS,
);

/** Playwright gives up a page that has crashed: main asks the one that comes after it. */
const rowsThroughMain = (): Promise<number> =>
  lane.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
      `document.querySelectorAll('[data-testid="lines"] [data-kind="item"]').length`,
    ),
  );

const BACK_WITHIN_MS = 2_000;
/** The quickest of at most so many counts: what else the machine does in between is not the window's. */
const CRASHES = { least: 3, most: 12 } as const;

test(
  'a page that crashes is back with its basket within two seconds',
  async () => {
    await scanAll(lane.page, GOODS.slice(0, 4));
    const tookMs: number[] = [];
    const isDone = (): boolean =>
      tookMs.length >= CRASHES.least && (Math.min(...tookMs) < BACK_WITHIN_MS || tookMs.length === CRASHES.most);
    while (!isDone()) {
      const joined = lane.log.lines.length;
      const from = performance.now();
      await lane.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());
      await lane.log.find(({ message }) => message === 'attached to the till', joined);
      await expect.poll(rowsThroughMain, { interval: 20 }).toBe(4);
      tookMs.push(performance.now() - from);
    }
    expect(Math.min(...tookMs)).toBeLessThan(BACK_WITHIN_MS);
  },
  START_TIMEOUT_MS,
);
