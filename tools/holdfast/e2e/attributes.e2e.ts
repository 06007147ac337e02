/** Attributes that a retailer defines, on the console's pages by keyboard alone: defined, written of articles, found and changed by, renamed, removed and taken back. A real hub and browser. */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { expectAccessible, open, openPage } from './screens.ts';
import { startStockedHub, type StockedHub } from './stocked-hub.ts';

const SIZE = { width: 1366, height: 768 };

let hub: StockedHub;
const item = (key: string, name: string, category: string): object => ({
  type: 'item',
  key,
  scope: 'global',
  fields: { name, taxClass: 'full', unit: 'piece', category },
});
beforeAll(async () => {
  hub = await startStockedHub('attributes', [
    { type: 'tax', key: 'full', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } },
    { type: 'category', key: 'Lamps', scope: 'global', fields: { parent: 'Home' } },
    item('L1', 'Desk lamp', 'Lamps'),
    item('L2', 'Floor lamp', 'Lamps'),
    item('S1', 'Soap', 'Home'),
  ]);
});
afterAll(async () => hub.stop());

test('attributes are defined, written, found and changed by; what no article of a category has is refused; one goes with its values and comes back', async () => {
  const { page, faults } = await openPage(hub.browser, hub.ready.consoleUrl, SIZE);
  await page.getByTestId('overview').waitFor();
  const link = (name: string): Locator => page.getByRole('navigation').getByRole('link', { name, exact: true });
  const leave = async (): Promise<void> => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  /** In a list that opens; `typed`: it is looked for. */
  const choose = async (field: Locator, name: string, typed = ''): Promise<void> => {
    if (typed === '') await field.press('ArrowDown');
    else await field.fill(typed);
    const option = page.getByRole('option', { name, exact: true });
    await option.waitFor();
    const isMarked = async (): Promise<boolean> => (await option.getAttribute('data-combobox-selected')) !== null;
    while (!(await isMarked())) await field.press('ArrowDown');
    await field.press('Enter');
  };
  const row = (name: string): Locator => page.getByTestId('attribute-row').filter({ hasText: name });
  const form = page.getByTestId('attribute-form');
  const publish = async (): Promise<void> => open(page.getByTestId('publish-attribute'), page.getByTestId('bulk-done'));

  await open(link('Categories'), page.getByTestId('category-row'));
  await open(page.getByTestId('filing-attributes'), page.getByTestId('no-attributes'));
  await expectAccessible(page, 'a company without attributes');
  await open(page.getByTestId('new-attribute'), form);
  await form.getByRole('textbox', { name: 'Name' }).fill('Energy class');
  expect(await form.getByRole('textbox', { name: 'Code' }).inputValue()).toBe('energy-class');
  await choose(form.getByRole('combobox', { name: 'What it is' }), 'One of several');
  await form.getByRole('textbox', { name: 'To choose from' }).fill('A\nB\nC');
  await choose(form.getByRole('combobox', { name: 'Of which goods' }), 'Home › Lamps', 'Lamps');
  await expectAccessible(page, 'an attribute that is to be defined');
  await publish();
  await leave();
  await open(page.getByTestId('new-attribute'), form);
  await form.getByRole('textbox', { name: 'Name' }).fill('Voltage');
  await choose(form.getByRole('combobox', { name: 'What it is' }), 'Number');
  await form.getByRole('textbox', { name: 'Unit' }).fill('V');
  await choose(form.getByRole('combobox', { name: 'Decimals' }), '1');
  await publish();
  await leave();
  await expect
    .poll(() => page.getByTestId('attribute-row').allInnerTexts())
    .toEqual([
      expect.stringMatching(/Energy class\s+energy-class\s+One of 3: A, B, C\s+Lamps\s+0/u),
      expect.stringMatching(/Voltage\s+voltage\s+Number, V, 1 decimal\s+all\s+0/u),
    ]);
  await expectAccessible(page, 'the attributes');

  const rows = page.getByTestId('product-row');
  const edit = page.getByTestId('edit-product');
  const preview = page.getByTestId('preview');
  const voltage = edit.getByRole('textbox', { name: 'Voltage, V' });
  const energy = edit.getByRole('combobox', { name: 'Energy class' });
  await open(link('Catalogue'), rows);
  await open(page.getByRole('link', { name: 'Soap' }), voltage);
  expect(await energy.count()).toBe(0);
  await leave();
  await open(page.getByRole('link', { name: 'Desk lamp' }), energy);
  await choose(energy, 'B');
  await voltage.fill('12,505');
  await open(page.getByTestId('preview-product'), edit.getByRole('alert'));
  await voltage.fill('12,50');
  await open(page.getByTestId('preview-product'), preview);
  expect((await preview.innerText()).replaceAll(/\s+/gu, ' ')).toContain('Energy class B Voltage 12.5');
  await expectAccessible(page, 'what an article would say of its attributes');
  await page.getByTestId('publish-product').press('Enter');
  await preview.waitFor({ state: 'detached' });
  await expect.poll(() => voltage.inputValue()).toBe('12.5');
  await open(page.getByRole('tab', { name: 'History' }), page.getByTestId('change').filter({ hasText: 'Value of an attribute Voltage' }));
  await leave();

  await choose(page.getByRole('combobox', { name: 'Attribute' }), 'Energy class', 'Energy');
  await choose(page.getByRole('combobox', { name: 'Energy class' }), 'B', 'B');
  await expect.poll(() => rows.count()).toBe(1);
  await choose(page.getByRole('combobox', { name: 'Attribute' }), 'Voltage', 'Voltage');
  await expect.poll(() => rows.count()).toBe(3);
  await page.getByRole('textbox', { name: 'Voltage, V' }).fill('12,50');
  await page.getByRole('textbox', { name: 'Voltage, V' }).press('Enter');
  await expect.poll(() => rows.count()).toBe(1);
  await expectAccessible(page, 'articles by a value of an attribute');
  // Chosen once more, it is taken away.
  await choose(page.getByRole('combobox', { name: 'Attribute' }), 'Voltage', 'Volt');
  await expect.poll(() => rows.count()).toBe(3);

  await open(page.getByTestId('change-many'), page.getByTestId('bulk-form'));
  const bulk = page.getByTestId('bulk-form');
  await choose(bulk.getByRole('combobox', { name: 'What' }), 'Energy class', 'Energy');
  await choose(bulk.getByRole('combobox', { name: 'Energy class' }), 'A');
  await open(page.getByTestId('preview-bulk'), page.getByTestId('bulk-refusal'));
  expect((await page.getByTestId('bulk-sample').allInnerTexts()).map((text) => text.replaceAll(/\s+/gu, ' '))).toEqual([
    'Desk lamp L1 Energy class B A',
    'Floor lamp L2 Energy class – A',
  ]);
  expect(await page.getByTestId('bulk-refusal').innerText()).toContain('Soap');
  await expectAccessible(page, 'an attribute of many');
  await open(page.getByTestId('publish-bulk'), page.getByTestId('bulk-done'));
  await leave();

  // Beside each article, as they were chosen; the browser remembers it.
  const columns = page.getByRole('combobox', { name: 'Attributes beside each article' });
  await open(page.getByTestId('columns'), columns);
  await choose(columns, 'Voltage, V', 'Volt');
  await choose(columns, 'Energy class', 'Energy');
  await expectAccessible(page, 'a choice of columns');
  await columns.press('Escape');
  await page.keyboard.press('Escape');
  await columns.waitFor({ state: 'detached' });
  const asShown = async (): Promise<readonly string[]> =>
    (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/gu, ' ').trim()).toSorted();
  const withColumns = ['Desk lamp Lamps L1 no price 12.5 A', 'Floor lamp Lamps L2 no price A', 'Soap Home S1 no price'];
  await expect.poll(asShown).toEqual(withColumns);
  expect((await page.getByTestId('products').getByRole('columnheader').allInnerTexts()).slice(-2)).toEqual(['Voltage, V', 'Energy class']);
  await expectAccessible(page, 'articles with columns of attributes');
  await open(link('Overview'), page.getByTestId('overview'));
  await open(link('Catalogue'), rows);
  await expect.poll(asShown).toEqual(withColumns);

  await open(link('Categories'), page.getByTestId('category-row'));
  await open(page.getByTestId('filing-attributes'), row('Energy class').filter({ hasText: '2' }));
  await open(row('Energy class').getByRole('link'), form);
  const type = form.getByRole('combobox', { name: 'What it is' });
  await expect.poll(() => type.isDisabled()).toBe(true);
  await form.getByRole('textbox', { name: 'Name' }).fill('Energy label');
  await publish();
  await leave();
  await open(row('Energy label').getByRole('link'), form);
  await open(page.getByTestId('remove-attribute'), page.getByTestId('sure'));
  expect(await page.getByTestId('sure').innerText()).toContain('2 articles have it');
  await expectAccessible(page, 'an attribute that is to go');
  await open(page.getByTestId('sure-yes'), page.getByTestId('bulk-done'));
  await row('Energy label').waitFor({ state: 'detached' });
  await page.getByTestId('undo-bulk').press('Enter');
  await page.getByText('Taken back').waitFor();
  await row('Energy label').filter({ hasText: '2' }).waitFor();
  await leave();
  expect(faults).toEqual([]);
});
