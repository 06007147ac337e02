/**
 * The product's main job on real input: real GTINs are scanned and paid at two lanes, the hub dies, both sell on, one till is
 * killed in mid-basket, the hub comes back, and it holds each completed sale exactly once, to the cent, and says so.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { GOODS, type Goods, money } from './goods.ts';
import { askHub, expectProven, holdfast, nothingRuns, scratchFolder, startDemo, type DemoProcess } from './processes.ts';
import { expectAccessible, openBrowser, openPage, scan } from './screens.ts';

const LANE_SIZE = { width: 1366, height: 768 };
const CONSOLE_SIZE = { width: 1440, height: 900 };
/** Sold while the hub is away, half of them on each lane. */
const OFFLINE_SALES = 50;

interface Sold {
  readonly receiptNumber: string;
  readonly totalMinor: number;
}

interface SaleRow extends Sold {
  readonly device: string;
  readonly epoch: string;
  readonly seq: number;
  readonly lineCount: number;
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let demo: DemoProcess;
let browser: Browser;
const lanes: { page: Page; faults: readonly string[] }[] = [];
const sold: Sold[] = [];

const lane = (number: 1 | 2): Page => lanes[number - 1]!.page;
const rows = (page: Page) => page.locator('[data-testid="lines"] [data-kind="item"]');
const hubState = (page: Page) => page.getByTestId('status-hub').getAttribute('data-hub');
const order = (...words: readonly string[]) => holdfast('demo', ...words, '--data', folder.path);

/** Different goods for each sale, so that no two lines join. */
const goodsFor = (sale: number, count: number): readonly Goods[] =>
  Array.from({ length: count }, (_, line) => GOODS[(sale * 7 + line * 13) % GOODS.length]!);

async function scanAll(page: Page, goods: readonly Goods[]): Promise<void> {
  for (const [index, { gtin }] of goods.entries()) {
    await scan(page, gtin);
    await rows(page)
      .nth(index)
      .waitFor()
      .catch(async (error: unknown) => {
        throw new Error(`no line after scan ${index + 1} of ${gtin}; the screen says: ${await page.locator('main').innerText()}`, {
          cause: error,
        });
      });
  }
}

/** Takes the exact cash with one key, and notes what the receipt says. */
async function payExact(page: Page, goods: readonly Goods[]): Promise<Sold> {
  const totalMinor = goods.reduce((sum, { priceMinor }) => sum + priceMinor, 0);
  await expect.poll(() => page.getByTestId('due').textContent()).toBe(money(totalMinor));
  await page.keyboard.press('F1');
  await page.getByTestId('completed').waitFor();
  const receiptNumber = (await page.getByTestId('receipt-number').textContent()) ?? '';
  const sale = { receiptNumber, totalMinor };
  sold.push(sale);
  return sale;
}

/** In the page: how many tones were played. */
function countTones(): void {
  window.AudioBufferSourceNode = class extends AudioBufferSourceNode {
    override start(when?: number): void {
      const { dataset } = document.documentElement;
      dataset['tones'] = String(Number(dataset['tones'] ?? 0) + 1);
      super.start(when);
    }
  };
}

async function sell(page: Page, sale: number): Promise<void> {
  const goods = goodsFor(sale, 1 + (sale % 3));
  await scanAll(page, goods);
  await payExact(page, goods);
}

beforeAll(async () => {
  folder = await scratchFolder('first-sale');
  [demo, browser] = await Promise.all([startDemo(folder.path), openBrowser()]);
  for (const { url } of demo.ready.lanes) lanes.push(await openPage(browser, url, LANE_SIZE));
});

afterAll(async () => {
  await browser?.close();
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  await nothingRuns(folder.path);
  await folder.remove();
});

describe('the first sale', () => {
  test('an open till is ready, and its screen is accessible', async () => {
    await expect.poll(() => hubState(lane(1))).toBe('connected');
    await expectAccessible(lane(1), 'an empty basket');
    await lane(1).evaluate(countTones);
  });

  test('nothing moves on its own: while nobody touches the lane, not one frame is drawn for which a line may have to wait', async () => {
    const entry = lane(1).getByTestId('entry');
    await expect.poll(() => entry.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await entry.evaluate((field) => getComputedStyle(field).getPropertyValue('caret-animation'))).toBe('manual');
    expect(await lane(1).evaluate(() => document.getAnimations().length)).toBe(0);
  });

  test('scanned goods stand in the basket at their price', async () => {
    const goods = GOODS.slice(0, 5);
    await scanAll(lane(1), goods);
    for (const [index, { name, priceMinor }] of goods.entries()) {
      await expect.poll(() => rows(lane(1)).nth(index).textContent()).toContain(name);
      expect(await rows(lane(1)).nth(index).textContent()).toContain(money(priceMinor));
    }
    await expectAccessible(lane(1), 'a basket');
  });

  test('a second scan of the same goods joins their line', async () => {
    await scan(lane(1), GOODS[0]!.gtin);
    await expect.poll(() => lane(1).getByTestId('item-count').textContent()).toContain('6');
    expect(await rows(lane(1)).count()).toBe(5);
  });

  test('a code that nothing has, and one with a wrong check digit, stay as red rows until they are cleared', async () => {
    const refused = lane(1).locator('[data-testid="lines"] [data-kind="refused"]');
    await scan(lane(1), '4006381333931');
    await scan(lane(1), `${GOODS[1]!.gtin.slice(0, -1)}${(Number(GOODS[1]!.gtin.at(-1)) + 1) % 10}`);
    await expect.poll(() => refused.count()).toBe(2);
    await expectAccessible(lane(1), 'refused rows');
    await lane(1).keyboard.press('Escape');
    await lane(1).keyboard.press('Escape');
    await expect.poll(() => refused.count()).toBe(0);
  });

  test('exact cash completes it; the receipt stands on the screen, line by line', async () => {
    const goods = [...GOODS.slice(0, 5), GOODS[0]!];
    const { receiptNumber } = await payExact(lane(1), goods);
    expect(receiptNumber).toMatch(/^1-[0-9a-f]{4}-\d{6}$/);
    const receipt = lane(1).getByTestId('receipt');
    for (const { name } of goods) await expect.poll(() => receipt.textContent()).toContain(name);
    await expectAccessible(lane(1), 'a completed sale');
  });
});

describe('the hub dies', () => {
  test('both lanes say so, and nothing else changes', async () => {
    // What waits afterwards is counted: the sale before must have arrived.
    await expect.poll(() => lane(1).getByTestId('status-hub').getAttribute('data-waiting')).toBe('0');
    process.kill(demo.ready.hub.pid, 'SIGKILL');
    for (const number of [1, 2] as const) await expect.poll(() => hubState(lane(number))).toBe('offline');
    await expectAccessible(lane(1), 'offline');
  });

  test(`${OFFLINE_SALES} more sales on two lanes; one till is killed in mid-basket and has its basket again`, async () => {
    const half = OFFLINE_SALES / 2;
    const lane1 = async (): Promise<void> => {
      for (let sale = 0; sale < half; sale += 1) await sell(lane(1), sale);
    };
    const lane2 = async (): Promise<void> => {
      for (let sale = half; sale < half + 12; sale += 1) await sell(lane(2), sale);
      const goods = goodsFor(half + 12, 3);
      await scanAll(lane(2), goods);
      process.kill(demo.ready.lanes[1]!.pid, 'SIGKILL');
      await lane(2).getByTestId('status-till').waitFor();
      expect(await order('start', '2')).toMatchObject({ code: 0 });
      await lane(2).getByTestId('status-till').waitFor({ state: 'detached' });
      await expect.poll(() => rows(lane(2)).count()).toBe(3);
      for (const [index, { name }] of goods.entries()) expect(await rows(lane(2)).nth(index).textContent()).toContain(name);
      await payExact(lane(2), goods);
      for (let sale = half + 13; sale < OFFLINE_SALES; sale += 1) await sell(lane(2), sale);
    };
    await Promise.all([lane1(), lane2()]);
    expect(sold).toHaveLength(OFFLINE_SALES + 1);
    expect(new Set(sold.map(({ receiptNumber }) => receiptNumber)).size).toBe(OFFLINE_SALES + 1);
    for (const number of [1, 2] as const) {
      await expect.poll(() => lane(number).getByTestId('status-hub').getAttribute('data-waiting')).toBe(String(half));
    }
  }, 300_000);
});

describe('the hub comes back', () => {
  let token: string;
  let held: readonly SaleRow[];

  test('and has every sale of both lanes exactly once, to the cent', async () => {
    expect(await order('start', 'hub')).toMatchObject({ code: 0 });
    const status = JSON.parse((await holdfast('demo', 'status', '--json', '--data', folder.path)).stdout) as {
      ready: DemoProcess['ready'];
    };
    demo = { ...demo, ready: status.ready };
    token = status.ready.hub.consoleToken;
    for (const number of [1, 2] as const) {
      await expect.poll(() => lane(number).getByTestId('status-hub').getAttribute('data-waiting'), { timeout: 90_000 }).toBe('0');
    }
    // Received is not folded yet.
    await expect.poll(async () => (held = await allSales(token)).length).toBe(sold.length);
    const byReceipt = (a: Sold, b: Sold): number => a.receiptNumber.localeCompare(b.receiptNumber);
    expect(held.map(({ receiptNumber, totalMinor }) => ({ receiptNumber, totalMinor })).sort(byReceipt)).toEqual(sold.toSorted(byReceipt));
  });

  test('`verify` proves it', async () => {
    const tills = demo.ready.lanes.flatMap(({ data }) => ['--till', data]);
    const { stdout } = await expectProven('verify', '--hub', demo.ready.hub.url, '--token', token, ...tills, '--json');
    const verification = JSON.parse(stdout) as {
      proven: boolean;
      totals: { sales: number; byCurrency: { currency: string; totalMinor: number }[] };
    };
    expect(verification.proven).toBe(true);
    expect(verification.totals.sales).toBe(sold.length);
    const totalMinor = sold.reduce((sum, sale) => sum + sale.totalMinor, 0);
    expect(verification.totals.byCurrency).toMatchObject([{ currency: 'EUR', totalMinor }]);
    const words = await expectProven('demo', 'verify', '--data', folder.path);
    expect(words.stdout).toContain(`each of the ${sold.length} sales exactly once`);
  });

  test('the console shows the sales, and one opened line by line', async () => {
    const { page, faults } = await openPage(browser, demo.ready.hub.consoleUrl, CONSOLE_SIZE);
    await page.getByTestId('overview').waitFor();
    await expect.poll(() => page.getByTestId('kpi-sales-today').textContent()).toContain(`${sold.length} sales`);
    await expectAccessible(page, 'the console');
    // The newest by a click, the first one by its address.
    await page.getByTestId('latest-sales').getByRole('link').first().click();
    await page.getByTestId('sale-drawer').waitFor();
    await expectAccessible(page, 'the newest sale');
    const { device, epoch, seq, receiptNumber } = held.find(({ lineCount }) => lineCount === 5)!;
    await page.goto(`${demo.ready.hub.url}/?page=sales&sale=${device}/${epoch}/${seq}`);
    await page.getByTestId('sale-drawer').waitFor();
    await expect.poll(() => page.getByTestId('sale-line').count()).toBe(5);
    for (const [index, { name }] of GOODS.slice(0, 5).entries()) {
      expect(await page.getByTestId('sale-line').nth(index).textContent()).toContain(name);
    }
    expect(await page.getByRole('dialog').textContent()).toContain(receiptNumber);
    await expectAccessible(page, 'all sales, and one of them open');
    expect(faults).toEqual([]);
  });

  test('no page had a fault, and what was sold was heard', async () => {
    for (const { faults } of lanes) expect(faults).toEqual([]);
    expect(await lane(1).evaluate(() => Number(document.documentElement.dataset['tones']))).toBeGreaterThan(0);
  });
});

describe('one lane’s cable is cut', () => {
  test('what waits there is not called proven, and what was called back is not sold; joined again, it is', async () => {
    await callBack(lane(1), 'LOT7', 'glass splinters');
    expect(await order('cut', '1')).toMatchObject({ code: 0 });
    await expect.poll(() => hubState(lane(1))).toBe('offline');
    await refuseRecalled(lane(1), 'LOT7', 'glass splinters');
    await sell(lane(1), OFFLINE_SALES + 1);
    await sell(lane(2), OFFLINE_SALES + 2);
    await expect.poll(() => lane(2).getByTestId('status-hub').getAttribute('data-waiting')).toBe('0');
    const apart = await order('verify');
    expect(apart.code).toBe(1);
    expect(apart.stdout).toContain('not at the hub yet');
    expect(await order('join', '1')).toMatchObject({ code: 0 });
    await expect.poll(() => lane(1).getByTestId('status-hub').getAttribute('data-waiting'), { timeout: 90_000 }).toBe('0');
    await expectProven('demo', 'verify', '--data', folder.path);
  });
});

const RECALLED = GOODS[7]!;

const recalledLabel = (batch: string): string => `]C101${RECALLED.gtin.padStart(14, '0')}10${batch}`;
const rowsOf = (page: Page, kind: string) => page.locator(`[data-testid="lines"] [data-kind="${kind}"]`);

async function clearRow(page: Page, kind: 'item' | 'refused'): Promise<void> {
  await page.keyboard.press(kind === 'item' ? 'Delete' : 'Escape', { delay: 40 });
  await expect.poll(() => rowsOf(page, kind).count()).toBe(0);
}

/** One batch of it, by a file, and until a lane has heard of it. */
async function callBack(page: Page, batch: string, reason: string): Promise<void> {
  const file = join(folder.path, 'recalls.csv');
  await writeFile(file, `gtin,batch,reason\n${RECALLED.gtin},${batch},${reason}\n`);
  const { hub } = demo.ready;
  const taken = await holdfast('import', 'recalls', file, '--hub', hub.url, '--token', hub.consoleToken, '--json');
  expect(JSON.parse(taken.stdout)).toMatchObject({ created: 1, refused: 0 });
  const isRefused = async (): Promise<boolean> => {
    await scan(page, recalledLabel(batch));
    await expect.poll(async () => (await rowsOf(page, 'item').count()) + (await rowsOf(page, 'refused').count())).toBe(1);
    const refused = (await rowsOf(page, 'refused').count()) === 1;
    await clearRow(page, refused ? 'refused' : 'item');
    return refused;
  };
  // The same label again at once would be the double read of one.
  await expect.poll(isRefused, { interval: 500 }).toBe(true);
}

/** Its other batches are sold. */
async function refuseRecalled(page: Page, batch: string, reason: string): Promise<void> {
  await scan(page, recalledLabel(batch));
  await expect.poll(() => rowsOf(page, 'refused').count()).toBe(1);
  expect(await rowsOf(page, 'refused').first().textContent()).toContain(reason);
  await clearRow(page, 'refused');
  await scan(page, recalledLabel(`${batch}8`));
  await expect.poll(() => rowsOf(page, 'item').count()).toBe(1);
  await clearRow(page, 'item');
}

async function allSales(token: string): Promise<readonly SaleRow[]> {
  const found: SaleRow[] = [];
  let before = '';
  for (;;) {
    const page: { sales: SaleRow[]; next: string | null } = await askHub(demo.ready, `/api/v1/sales?limit=20${before}`, token);
    found.push(...page.sales);
    if (page.next === null || page.next === undefined) return found;
    before = `&before=${encodeURIComponent(page.next)}`;
  }
}
