/**
 * A shopper pays by card, over each protocol: as it should be; and in the worst minute, when the terminal has approved, its answer is lost, and the till is killed before it could ask. Started again,
 * the till asks, and the shopper has paid once. In the evening the terminal is settled, and its count is the lane's.
 */
import { findCardNumbers } from '@holdfast/base';
import { TEST_CARDS } from '@holdfast/hardware/virtual';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { demoInBrowser } from './demo-in-browser.ts';
import { GOODS, money } from './goods.ts';
import { askHub, filesOf, holdfast } from './processes.ts';
import { expectAccessible, openPage, scan } from './screens.ts';
import { expectPaidByCard, terminalPage, type TerminalPage } from './terminals.ts';

const LANE_SIZE = { width: 1366, height: 768 };
const CONSOLE_SIZE = { width: 1440, height: 900 };

const here = demoInBrowser('card-payment');

const [FIRST, SECOND] = [GOODS[0]!, GOODS[1]!];
const order = (...words: readonly string[]) => holdfast('demo', ...words, '--data', here.path);

/** Scanned, and the card is chosen. */
async function askForCard(page: Page, { gtin, priceMinor }: (typeof GOODS)[number]): Promise<void> {
  await scan(page, gtin);
  await expect.poll(() => page.getByTestId('due').textContent()).toBe(money(priceMinor));
  await page.keyboard.press('/');
  await page.getByTestId('tenders').waitFor();
  await page.keyboard.press('1');
}

describe.each([
  [1, 'nexo'],
  [2, 'ZVT'],
] as const)('lane %i, over %s', (number, _protocol) => {
  let page: Page;
  let faults: readonly string[];
  let terminal: TerminalPage;

  beforeAll(async () => {
    const lane = here.demo.ready.lanes[number - 1]!;
    terminal = terminalPage(lane);
    ({ page, faults } = await openPage(here.browser, lane.url, LANE_SIZE));
  });

  test('a card pays, and the receipt says with which', async () => {
    await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub')).toBe('connected');
    await terminal.script('');
    await askForCard(page, FIRST);
    await page.locator('[data-testid="terminal"][data-state="waiting"]').waitFor();
    await expectAccessible(page, 'the terminal at work');
    await expect.poll(() => terminal.screen()).toContain(money(FIRST.priceMinor));
    await terminal.press('card-0');
    await expectPaidByCard(page);
    expect(await terminal.approved()).toEqual([['payment', `${money(FIRST.priceMinor)} EUR`]]);
  });

  test('approved, the answer lost, the till killed: started again it asks, and the shopper has paid once', async () => {
    await askForCard(page, SECOND);
    await page.locator('[data-testid="terminal"][data-state="waiting"]').waitFor();
    await expect.poll(() => terminal.screen()).toContain(money(SECOND.priceMinor));
    expect(await order('kill', String(number))).toMatchObject({ code: 0 });
    await terminal.press('lose-answer');
    await page.getByTestId('status-till').waitFor();
    expect(await terminal.approved()).toHaveLength(2);
    expect(await order('start', String(number))).toMatchObject({ code: 0 });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    await expectPaidByCard(page);
    expect(await terminal.approved()).toEqual([
      ['payment', `${money(SECOND.priceMinor)} EUR`],
      ['payment', `${money(FIRST.priceMinor)} EUR`],
    ]);
    expect(faults).toEqual([]);
  });

  test('what the terminal counted is what its lane has; nothing needs a look', async () => {
    await page.keyboard.press('Shift+F11');
    await page.locator('[data-way="cards"]').click();
    await page.locator('[data-testid="card-cases"][aria-busy="false"]').waitFor();
    expect(await page.locator('[data-case]').count()).toBe(0);
    await expectAccessible(page, 'card payments');
    await page.keyboard.press('0');
    await page.locator('[data-testid="cash"][data-task="settle"]').waitFor();
    await page.keyboard.press('Enter');
    const settlement = page.getByTestId('settlement');
    await settlement.waitFor();
    await expectAccessible(page, 'a settlement');
    await expect.poll(() => settlement.getAttribute('data-difference')).toBe('0');
    await expect.poll(() => settlement.locator('[data-row="counted"] dd').textContent()).toBe(money(FIRST.priceMinor + SECOND.priceMinor));
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByTestId('cash').waitFor({ state: 'detached' });
  });

  test('a card that the terminal refuses to give back goes out of the drawer, and its sale is undone', async () => {
    await terminal.script('');
    await askForCard(page, FIRST);
    await page.locator('[data-testid="terminal"][data-state="waiting"]').waitFor();
    await expect.poll(() => terminal.screen()).toContain(money(FIRST.priceMinor));
    await terminal.press('card-0');
    await expectPaidByCard(page);
    await terminal.script('refund declined');
    await page.keyboard.press('Shift+F6');
    await page.locator('[data-testid="receipts"] [data-receipt]').first().waitFor();
    await page.keyboard.press('1');
    await page.getByTestId('receipt-chosen').waitFor();
    await page.keyboard.press('3');
    await page.getByTestId('receipt-undo').waitFor();
    await page.keyboard.press('y');
    await page.getByTestId('receipt-card').waitFor();
    expect(await page.locator('[data-key="card-in-cash"]').count()).toBe(0);
    await page.keyboard.press('y');
    await page.locator('[data-testid="terminal"][data-state="declined"]').waitFor();
    await page.keyboard.press('1');
    await page.getByTestId('receipt-card').waitFor();
    await expectAccessible(page, 'a card that the terminal refuses');
    await page.keyboard.press('3');
    await page.getByTestId('receipt-in-cash').waitFor();
    await expect.poll(() => page.getByTestId('receipt-in-cash').textContent()).toContain(money(FIRST.priceMinor));
    await expectAccessible(page, 'cash in place of a card');
    await page.keyboard.press('y');
    await page.locator('[data-testid="receipts"] [data-receipt]').first().waitFor();
    interface Sale {
      readonly device: string;
      readonly epoch: string;
      readonly seq: number;
      readonly lane: number;
      readonly totalMinor: number;
    }
    const undone = async (): Promise<Sale | undefined> =>
      (await askHub<{ sales: readonly Sale[] }>(here.demo.ready, '/api/v1/sales?limit=100')).sales.find(
        ({ lane, totalMinor }) => lane === number && totalMinor < 0,
      );
    await expect.poll(async () => (await undone())?.totalMinor).toBe(-FIRST.priceMinor);
    const { device, epoch, seq } = (await undone())!;
    expect(await askHub(here.demo.ready, `/api/v1/sales/${device}/${epoch}/${seq}`)).toMatchObject({
      tenders: [{ tenderType: 'cash', amountMinor: -FIRST.priceMinor, inPlaceOf: 'card' }],
    });
    expect(faults).toEqual([]);
  });
});

test('headquarters has each sale once, and no card payment to look at', async () => {
  for (const { url } of here.demo.ready.lanes) expect(url).not.toBe('');
  await expect
    .poll(async () => (await askHub<{ sales: readonly unknown[] }>(here.demo.ready, '/api/v1/sales?limit=100')).sales.length)
    .toBe(8);
  const { sales } = await askHub<{ sales: readonly { totalMinor: number }[] }>(here.demo.ready, '/api/v1/sales?limit=100');
  expect(sales.reduce((sum, { totalMinor }) => sum + totalMinor, 0)).toBe(2 * (FIRST.priceMinor + SECOND.priceMinor));
  await expect.poll(() => askHub(here.demo.ready, '/api/v1/card-cases')).toEqual({ cases: [], lanes: [] });
  const { page, faults } = await openPage(here.browser, here.demo.ready.hub.consoleUrl, CONSOLE_SIZE);
  await page.getByRole('link', { name: 'Card payments' }).click();
  await page.getByTestId('no-card-cases').waitFor();
  await expectAccessible(page, 'no card payment to look at');
  await page.getByRole('link', { name: 'Store days' }).click();
  await page.locator('[data-testid="store-days"] tbody a').first().click();
  await page.getByTestId('terminals').waitFor();
  await expect.poll(() => page.locator('[data-testid="terminals"] tbody tr').count()).toBe(2);
  for (const lane of [1, 2]) await expect.poll(() => page.getByTestId(`terminal-${lane}`).getAttribute('data-difference')).toBe('0');
  await expectAccessible(page, 'a day with terminals');
  expect(faults).toEqual([]);
});

/** The terminals spoke of whole numbers, in fields and on printed lines. */
test('no file of the tills, the hub and their logs holds the number of a card that was used, and no answer of the hub', async () => {
  const numbers = TEST_CARDS.map(({ pan }) => pan);
  const files = filesOf(here.path);
  expect(files.size).toBeGreaterThan(10);
  const found = [...files].flatMap(([path, bytes]) => {
    const text = bytes.toString('latin1');
    return numbers.some((number) => text.includes(number)) || (isText(path) && findCardNumbers(text).length > 0) ? [path] : [];
  });
  expect(found).toEqual([]);
  const { sales } = await askHub<{ sales: readonly { device: string; epoch: string; seq: number }[] }>(
    here.demo.ready,
    '/api/v1/sales?limit=100',
  );
  const paths = [
    '/api/v1/overview',
    '/api/v1/card-cases?open=false',
    '/api/v1/store-days',
    ...sales.map(({ device, epoch, seq }) => `/api/v1/sales/${device}/${epoch}/${seq}`),
  ];
  for (const path of paths) expect(findCardNumbers(JSON.stringify(await askHub(here.demo.ready, path))), path).toEqual([]);
});

const isText = (path: string): boolean => /\.(log|json|txt|csv)$/u.test(path);
