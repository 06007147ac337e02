/** What headquarters do on the console's pages, by keyboard alone; each page as it stands is checked by axe. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

import { expectAccessible, open } from './screens.ts';

const REASON = 'the walk through headquarters';
/** Codes that a lane sold without knowing them. */
export const UNLISTED = ['4006381333931', '4003994155486'] as const;

const linkTo = (page: Page, name: string): Locator => page.getByRole('navigation').getByRole('link', { name, exact: true });

export async function walkHeadquarters(page: Page): Promise<void> {
  await page.getByTestId('overview').waitFor();
  await listUnknownCodes(page);
  await open(linkTo(page, 'Catalogue'), page.getByTestId('product-row'));
  await expectAccessible(page, 'the catalogue');
  await changeMany(page);
  await priceByStore(page);
  await open(page.getByTestId('prices-reach'), page.getByTestId('price-publication').filter({ hasText: REASON }));
  await expectAccessible(page, 'the roll-out of prices');
  await open(page.getByRole('link', { name: REASON }), page.getByTestId('reach-store'));
  await expectAccessible(page, 'which stores have it');
  await open(page.getByTestId('prices-calendar'), page.getByTestId('price-calendar'));
  await expectAccessible(page, 'the calendar of prices');
  await open(page.getByTestId('prices-campaigns'), page.getByTestId('no-campaigns'));
  await expectAccessible(page, 'no campaigns');
  await open(linkTo(page, 'Stores'), page.getByTestId('device-row').filter({ hasText: 'all ready' }));
  await expectAccessible(page, 'the stores');
  await open(page.getByTestId('device-row').getByRole('link').first(), page.getByTestId('contact-row'));
  await expectAccessible(page, 'a device');
  await open(page.getByTestId('device-replaced'), page.getByTestId('do-replaced'));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await open(linkTo(page, 'Settings'), page.getByTestId('setting-row'));
  await expectAccessible(page, 'the settings');
  const names = await page.getByTestId('setting-row').locator('th').allTextContents();
  expect(names.length).toBeGreaterThan(50);
  // What nobody gave a name shows its key.
  expect(names.filter((name) => /^[a-z]+[A-Z]\w*$/u.test(name))).toEqual([]);
  await open(linkTo(page, 'Audit'), page.getByTestId('publications').getByText(REASON));
  await expectAccessible(page, 'the audit');
  await fetch(`${new URL(page.url()).origin}/api/v1/stores`, { headers: { authorization: 'Bearer guessed' } });
  await open(
    page.getByTestId('audit-refused'),
    page.getByTestId('refusal').filter({ hasText: 'nobody known' }).filter({ hasText: '/api/v1/stores' }),
  );
  await expectAccessible(page, 'what was refused');
}

/** One of them becomes an article with what its sale says of it, the other one a further code of that article; each with two keys behind what is typed. */
async function listUnknownCodes(page: Page): Promise<void> {
  const row = (code: string): Locator => page.getByTestId('unlisted-code').filter({ hasText: code });
  const [first, second] = UNLISTED;
  await open(row(first).getByRole('link', { name: 'List it' }), page.getByTestId('sold-as'));
  const form = page.getByTestId('edit-product');
  const filled = async (label: string): Promise<string> => form.getByLabel(label, { exact: label === 'Name' }).inputValue();
  expect([await filled('SKU'), await filled('Codes'), await filled('Price from now on'), await filled('Department')]).toEqual([
    first,
    first,
    '2.50',
    expect.stringMatching(/./u),
  ]);
  await expectAccessible(page, 'a code that becomes an article');
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-autofocus'))).toBe('true');
  await page.keyboard.type('Walked socks');
  expect(await filled('Name')).toBe('Walked socks');
  await page.keyboard.press('Enter');
  await page.getByTestId('preview').waitFor();
  await open(form.getByLabel('Name', { exact: true }), page.getByTestId('overview'));
  await row(first).waitFor({ state: 'detached' });

  await open(row(second).getByRole('link', { name: 'Join it' }), page.getByTestId('join-code'));
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-autofocus'))).toBe('true');
  await page.keyboard.type('walked');
  await page.getByRole('option', { name: 'Walked socks' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const find = page.getByRole('combobox', { name: 'Article' });
  await expect.poll(() => page.getByTestId('preview-join').isEnabled()).toBe(true);
  await expectAccessible(page, 'a code that joins an article');
  await open(find, page.getByTestId('preview'));
  await open(find, page.getByTestId('overview'));
  await row(second).waitFor({ state: 'detached' });
}

/** All of a department get another brand, after a look at what would come of it, and have their own again. */
async function changeMany(page: Page): Promise<void> {
  const rows = page.getByTestId('product-row');
  const department = page.getByRole('combobox', { name: 'Department' });
  await department.fill('Bakery');
  await page.getByRole('option', { name: 'Bakery' }).waitFor();
  await department.press('ArrowDown');
  await department.press('Enter');
  await expect.poll(async () => (await rows.locator('td:nth-child(4)').allTextContents()).every((text) => text === 'Bakery')).toBe(true);
  await open(page.getByTestId('change-many'), page.getByTestId('bulk-form'));
  const form = page.getByTestId('bulk-form');
  const what = form.getByRole('combobox', { name: 'What' });
  await what.press('ArrowDown');
  await page.getByRole('option', { name: 'Brand' }).waitFor();
  await what.press('ArrowDown');
  await what.press('Enter');
  const brand = form.getByRole('textbox', { name: 'Brand' });
  await brand.fill('Walked mill');
  await open(brand, page.getByTestId('bulk-sample'));
  await expect.poll(() => page.getByTestId('bulk-sample').first().textContent()).toContain('Walked mill');
  await expectAccessible(page, 'what would come of a change of many');
  await open(page.getByTestId('publish-bulk'), page.getByTestId('bulk-done'));
  await expect
    .poll(async () => (await rows.locator('td:nth-child(3)').allTextContents()).every((text) => text === 'Walked mill'))
    .toBe(true);
  await page.getByTestId('undo-bulk').press('Enter');
  await page.getByText('Taken back').waitFor();
  await expect.poll(async () => (await rows.locator('td:nth-child(3)').allTextContents()).includes('Walked mill')).toBe(false);
  await expectAccessible(page, 'a change of many that was taken back');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** The first article costs something else from now on, after a look at what each store gets. */
async function priceByStore(page: Page): Promise<void> {
  await open(linkTo(page, 'Prices'), page.getByTestId('prices-row'));
  await expectAccessible(page, 'prices, now and next');
  await open(page.getByTestId('prices-row').getByRole('link').first(), page.getByTestId('price-row'));
  const form = page.getByTestId('set-price');
  await form.getByLabel('What for').fill(REASON);
  const amount = form.getByLabel(/^Price/u);
  await amount.fill('9.87');
  await open(amount, page.getByTestId('price-group'));
  await expect.poll(() => page.getByTestId('price-group').first().textContent()).toContain('9.87');
  await expectAccessible(page, 'what each store gets of a price');
  await amount.press('Enter');
  await expect.poll(() => page.getByTestId('price-row').first().textContent()).toContain('9.87');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}
