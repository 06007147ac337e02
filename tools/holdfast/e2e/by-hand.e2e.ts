/** The same sale by touch alone and by keyboard alone: every verb of the sell screen, as a cashier's hands do it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { nothingRuns, scratchFolder, startDemo, type DemoProcess } from './processes.ts';
import { openBrowser, openPage } from './screens.ts';

const LANE_SIZE = { width: 1366, height: 768 };

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let demo: DemoProcess;
let browser: Browser;

beforeAll(async () => {
  folder = await scratchFolder('by-hand');
  [demo, browser] = await Promise.all([startDemo(folder.path), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  await nothingRuns(folder.path);
  await folder.remove();
});

const rows = (page: Page) => page.locator('[data-testid="lines"] [data-line-id]');
const entry = (page: Page): Promise<string> => page.getByTestId('entry').inputValue();
/** Each row's cells, as they are read. */
const shown = async (page: Page): Promise<readonly string[]> =>
  (await rows(page).allInnerTexts()).map((text) => text.replaceAll(/\s*\n\s*/gu, ' | ').replaceAll('\u00a0', ' '));

test('by touch alone', async () => {
  const { page, faults } = await openPage(browser, demo.ready.lanes[0]!.url, LANE_SIZE, { hasTouch: true });
  const tap = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.locator(`[data-key="${key}"]`).first().tap()), Promise.resolve());
  const tile = (sku: string) => page.locator(`[data-sku="${sku}"]`);

  await tile('PR-4011').tap();
  await tap('0', '.', '8', '4', '2', 'PLU');
  await expect.poll(() => shown(page)).toEqual(['0.842 kg | Bananas | 1.79 / kg | 1.51']);

  await tap('F7', 'v', 'o', 'd', 'k', 'a');
  await page.getByTestId('result').first().tap();
  await expect.poll(() => rows(page).count()).toBe(2);
  expect(await entry(page)).toBe('');
  await tap('F1');
  await page.getByText('the age is not checked').waitFor();
  await tap('F10');
  await expect.poll(async () => (await shown(page))[1]).toContain('age checked | 8.99');

  await rows(page).first().tap();
  await tap('Del');
  await expect.poll(() => rows(page).count()).toBe(1);
  await tap('3', '×');
  await rows(page).first().tap();
  await expect.poll(() => page.getByTestId('due').textContent()).toBe('26.97');

  await tap('F5');
  await expect.poll(() => rows(page).count()).toBe(0);
  await tap('F5');
  await page.locator('[data-basket-id]').tap();
  await expect.poll(() => rows(page).count()).toBe(1);
  await tap('F10');
  await expect.poll(async () => (await shown(page))[0]).toContain('age checked |');

  await tap('F9', 'Shift Del', 'N');
  expect(await rows(page).count()).toBe(1);
  await tap('5', '0');
  const pay = await page.locator('[data-key="F4"]').boundingBox();
  const [x, y] = [pay!.x + pay!.width / 2, pay!.y + pay!.height / 2];
  await Promise.all([page.touchscreen.tap(x, y), page.touchscreen.tap(x, y)]);
  await expect.poll(() => page.getByTestId('change').textContent()).toBe('23.03');
  expect(await page.getByTestId('receipt-number').textContent()).toMatch(/-000001$/u);
  expect(faults).toEqual([]);
});

test('by keyboard alone; a figure is never cut, however long', async () => {
  const { page, faults } = await openPage(browser, demo.ready.lanes[1]!.url, LANE_SIZE);
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key, { delay: 40 })), Promise.resolve());

  // A button that has the focus does not take the Enter of what is typed.
  await press('Tab', ...'0.842*4011', 'Enter');
  await expect.poll(() => shown(page)).toEqual(['0.842 kg | Bananas | 1.79 / kg | 1.51']);
  await press(...'vodka');
  await page.getByTestId('result').first().waitFor();
  await press('Enter');
  await expect.poll(() => rows(page).count()).toBe(2);
  await press('F10', 'ArrowUp', 'Delete');
  await expect.poll(() => rows(page).count()).toBe(1);

  await press(...'999999999*', 'Enter');
  await page.locator('[data-notice="askQuantity"]').waitFor();
  await press('y');
  await expect.poll(() => page.getByTestId('due').textContent()).toBe('8,989,999,991.01');
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('[data-testid="lines"] [role="gridcell"], [data-key^="F"] > span')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.textContent),
  );
  expect(cut).toEqual([]);

  await press('F8');
  await page.locator('[data-task="price"][data-question="number"]').waitFor();
  await press('Escape', ...'3*', 'Enter');
  await expect.poll(() => page.getByTestId('due').textContent()).toBe('26.97');
  await press('F5');
  await expect.poll(() => rows(page).count()).toBe(0);
  await press('F5');
  await page.locator('[data-basket-id]').waitFor();
  await press('1');
  await expect.poll(() => rows(page).count()).toBe(1);
  await press('F10', 'Shift+Delete');
  await page.locator('[data-notice="askVoidSale"]').waitFor();
  await press('Escape', ...'50', 'F4');
  await expect.poll(() => page.getByTestId('change').textContent()).toBe('23.03');
  await press('F1', 'F4');
  expect(await page.getByTestId('receipt-number').textContent()).toMatch(/-000001$/u);
  expect(faults).toEqual([]);
});
