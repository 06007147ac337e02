/** The variants of a style on the console's page, by keyboard alone: looked at side by side, and made where they are missing. A real hub and browser. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { expectAccessible, openPage } from './screens.ts';
import { startStockedHub, type StockedHub } from './stocked-hub.ts';

const SIZE = { width: 1280, height: 800 };

let hub: StockedHub;
const shirt = (key: string, options: string): object => ({
  type: 'item',
  key,
  scope: 'global',
  fields: { name: 'Oxford shirt', taxClass: 'full', unit: 'piece', brand: 'Kern', style: 'Oxford', options },
});
const price = (sku: string, amount: number): object => ({
  type: 'price',
  key: `${sku}\u001Fregular\u001F`,
  scope: 'global',
  fields: { amount, decimals: 2, currency: 'EUR' },
});
beforeAll(async () => {
  hub = await startStockedHub('variants', [
    { type: 'tax', key: 'full', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } },
    shirt('OX-BLUE-M', 'Colour: Blue; Size: M'),
    price('OX-BLUE-M', 4_990),
    shirt('OX-BLUE-XL', 'Colour: Blue; Size: XL'),
    shirt('OX-WHITE-M', 'Colour: White; Size: M'),
    { type: 'item', key: 'SOAP', scope: 'global', fields: { name: 'Soap', taxClass: 'full', unit: 'piece' } },
  ]);
});
afterAll(async () => hub.stop());

test('a style is looked at by what its variants differ in; a missing one and a further size are made, and what is refused stays written', async () => {
  const { page, faults } = await openPage(hub.browser, hub.ready.consoleUrl, SIZE);
  await page.getByTestId('overview').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Catalogue', exact: true }).press('Enter');
  const rows = page.getByTestId('product-row');
  await rows.first().waitFor();
  await page.getByRole('combobox', { name: 'Style' }).fill('Oxford');
  await expect.poll(() => rows.count()).toBe(3);
  await expectAccessible(page, 'the articles of a style');
  await page.getByRole('link', { name: 'Oxford shirt Blue M' }).press('Enter');
  await page.getByRole('tab', { name: 'Variants' }).press('Enter');
  const matrix = page.getByTestId('variant-matrix');
  await matrix.waitFor();
  const cells = async (): Promise<readonly string[]> =>
    (await matrix.locator('tr').allInnerTexts()).map((row) => row.replaceAll(/\s+/gu, ' ').trim());
  expect(await cells()).toEqual(['Colour M XL', 'Blue OX-BLUE-M €49.90 OX-BLUE-XL no price', 'White OX-WHITE-M no price make']);
  await page.getByRole('textbox', { name: 'A further value' }).fill('S');
  await page.getByTestId('further-value').press('Enter');
  await page.getByRole('checkbox', { name: 'Make Blue · S' }).press('Space');
  await page.getByRole('checkbox', { name: 'Make White · XL' }).press('Space');
  await page.getByRole('textbox', { name: 'SKU of White · XL' }).fill('SOAP');
  await expectAccessible(page, 'variants that are to be made');
  await page.getByTestId('publish-variants').press('Enter');
  await page.getByTestId('new-variant').filter({ hasText: 'White' }).getByRole('alert').waitFor();
  await expect.poll(() => page.getByTestId('new-variant').count()).toBe(1);
  await page.getByRole('textbox', { name: 'SKU of White · XL' }).fill('OX-WHITE-XL');
  await page.getByRole('textbox', { name: 'Code of White · XL' }).fill('4006381333931');
  await page.getByTestId('publish-variants').press('Enter');
  await expect
    .poll(cells)
    .toEqual([
      'Colour S M XL',
      'Blue OX-BLUE-S €49.90 OX-BLUE-M €49.90 OX-BLUE-XL no price',
      'White make OX-WHITE-M no price OX-WHITE-XL €49.90',
    ]);
  await matrix.getByRole('link', { name: 'OX-WHITE-XL' }).press('Enter');
  await page.getByRole('tab', { name: 'Article' }).press('Enter');
  const form = page.getByTestId('edit-product');
  await expect.poll(() => form.getByRole('textbox', { name: 'Variant' }).inputValue()).toBe('Colour: White; Size: XL');
  expect(await form.getByRole('textbox', { name: 'Brand' }).inputValue()).toBe('Kern');
  expect(await form.getByRole('textbox', { name: 'Codes' }).inputValue()).toBe('4006381333931');
  expect(faults).toEqual([]);
});
