/** What articles are filed under, on the console's page by keyboard alone: categories made, renamed, taken back; found with all that lies in them; brands joined. A real hub and browser. */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { expectAccessible, open, openPage } from './screens.ts';
import { startStockedHub, type StockedHub } from './stocked-hub.ts';

const SIZE = { width: 1280, height: 800 };

let hub: StockedHub;
const item = (key: string, category: string, brand: string): object => ({
  type: 'item',
  key,
  scope: 'global',
  fields: { name: `Bun ${key}`, taxClass: 'full', unit: 'piece', category, brand },
});
beforeAll(async () => {
  hub = await startStockedHub('filing', [
    { type: 'department', key: 'Bakery', scope: 'global', fields: { position: 1 } },
    item('1', 'Bakery', 'Mill'),
    item('2', 'Rolls', 'The mill'),
    item('3', 'Rolls', 'Oven'),
    item('4', 'Dairy', 'Alm'),
  ]);
});
afterAll(async () => hub.stop());

test('a category is made in another one, renamed with its articles and taken back; another one is moved into it; brands become one', async () => {
  const { page, faults } = await openPage(hub.browser, hub.ready.consoleUrl, SIZE);
  await page.getByTestId('overview').waitFor();
  const leave = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const choose = async (field: Locator, name: string): Promise<void> => {
    await field.fill(name);
    await page.getByRole('option', { name }).first().waitFor();
    await field.press('ArrowDown');
    await field.press('Enter');
  };
  const publish = async (): Promise<void> => {
    await open(page.getByTestId('preview-filing'), page.getByTestId('filing-report'));
    await open(page.getByTestId('publish-filing'), page.getByTestId('bulk-done'));
  };
  const row = (name: string): Locator => page.getByTestId('category-row').filter({ hasText: name });
  await open(page.getByRole('navigation').getByRole('link', { name: 'Categories', exact: true }), row('Bakery'));
  await expectAccessible(page, 'the tree of categories');
  await open(page.getByTestId('new-category'), page.getByTestId('filing-form'));
  const form = page.getByTestId('filing-form');
  const name = form.getByRole('textbox', { name: 'Name' });
  await name.fill('Sweet');
  await choose(form.getByRole('combobox', { name: 'Lies in' }), 'Bakery');
  await expectAccessible(page, 'a category that is to be made');
  await publish();
  await leave();
  await expect.poll(() => row('Sweet').getAttribute('data-level')).toBe('2');
  const fold = row('Bakery').getByRole('button', { name: 'What lies in Bakery' });
  await fold.press('Enter');
  await row('Sweet').waitFor({ state: 'detached' });
  await fold.press('Enter');

  await open(row('Rolls').getByRole('link', { name: 'Rolls' }), form);
  const what = form.getByRole('combobox', { name: 'What' });
  await what.press('ArrowDown');
  await page.getByRole('option', { name: 'Move it', exact: true }).waitFor();
  await what.press('ArrowDown');
  await what.press('Enter');
  await choose(form.getByRole('combobox', { name: 'Lies in' }), 'Bakery › Sweet');
  await publish();
  await leave();
  await expect.poll(() => row('Rolls').getAttribute('data-level')).toBe('3');

  await open(row('Rolls').getByRole('link', { name: 'Rolls' }), form);
  await name.fill('Buns');
  await open(page.getByTestId('preview-filing'), page.getByTestId('filing-report'));
  await expect.poll(() => page.getByTestId('filing-report').textContent()).toContain('articles go along2');
  await expectAccessible(page, 'what would come of another name');
  await open(page.getByTestId('publish-filing'), page.getByTestId('bulk-done'));
  await row('Buns').waitFor();
  await page.getByTestId('undo-bulk').press('Enter');
  await page.getByText('Taken back').waitFor();
  await row('Rolls').waitFor();
  await leave();

  await open(page.getByTestId('filing-brands'), page.getByTestId('brand-row'));
  await expectAccessible(page, 'the brands');
  await open(page.getByTestId('brand-row').getByRole('link', { name: 'The mill' }), form);
  await form.getByRole('combobox', { name: 'Name' }).fill('Mill');
  await open(page.getByTestId('preview-filing'), page.getByTestId('filing-report'));
  await expect.poll(() => page.getByTestId('filing-report').textContent()).toContain('they become one');
  await page.getByTestId('publish-filing').press('Enter');
  await page.getByTestId('bulk-done').waitFor();
  await leave();
  await expect.poll(() => page.getByTestId('brand-row').allTextContents()).toEqual(['Alm1', 'Mill2', 'Oven1']);

  // All that lies in a category, however deep, is its list of articles.
  await page.getByRole('tab', { name: 'Categories' }).press('Enter');
  await open(row('tab at lanes').getByRole('link', { name: '3' }), page.getByTestId('product-row'));
  await expect.poll(() => page.getByTestId('product-row').count()).toBe(3);
  expect(faults).toEqual([]);
});
