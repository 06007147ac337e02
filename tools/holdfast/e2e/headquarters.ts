/** What headquarters do on the console's pages, by keyboard alone; each page as it stands is checked by axe. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

import { expectAccessible } from './screens.ts';

const REASON = 'the walk through headquarters';

/** A link or a tab, focused and pressed; what it opens is there when this returns. */
async function open(way: Locator, opened: Locator): Promise<void> {
  await way.press('Enter');
  await opened.first().waitFor();
}

const linkTo = (page: Page, name: string): Locator => page.getByRole('navigation').getByRole('link', { name, exact: true });

export async function walkHeadquarters(page: Page): Promise<void> {
  await page.getByTestId('overview').waitFor();
  await open(linkTo(page, 'Catalogue'), page.getByTestId('product-row'));
  await expectAccessible(page, 'the catalogue');
  await priceByStore(page);
  await open(page.getByTestId('prices-reach'), page.getByTestId('price-publication').filter({ hasText: REASON }));
  await expectAccessible(page, 'the roll-out of prices');
  await open(page.getByRole('link', { name: REASON }), page.getByTestId('reach-store'));
  await expectAccessible(page, 'which stores have it');
  await open(page.getByTestId('prices-calendar'), page.getByTestId('price-calendar'));
  await expectAccessible(page, 'the calendar of prices');
  await open(page.getByTestId('prices-campaigns'), page.getByTestId('no-campaigns'));
  await expectAccessible(page, 'no campaigns');
  await open(linkTo(page, 'Settings'), page.getByTestId('setting-row'));
  await expectAccessible(page, 'the settings');
  const names = await page.getByTestId('setting-row').locator('th').allTextContents();
  expect(names.length).toBeGreaterThan(50);
  // What nobody gave a name shows its key.
  expect(names.filter((name) => /^[a-z]+[A-Z]\w*$/u.test(name))).toEqual([]);
  await open(linkTo(page, 'Audit'), page.getByTestId('publications').getByText(REASON));
  await expectAccessible(page, 'the audit');
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
