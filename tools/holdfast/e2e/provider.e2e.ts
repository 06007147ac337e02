/** Coming in to the console by the company's identity provider, in a browser: there and back, refused, while it is away, and out again. */
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, type HubReady, type RunningApp } from '../src/app-process.ts';
import { type ProviderProcess, startProvider } from './identity-provider.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { expectAccessible, openBrowser, openPage } from './screens.ts';

const SIZE = { width: 1440, height: 900 };

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let provider: ProviderProcess;
let hub: RunningApp<HubReady>;
let browser: Browser;
beforeAll(async () => {
  folder = await scratchFolder('provider');
  provider = await startProvider();
  Object.assign(process.env, provider.environment);
  hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  await provider.tell({ accept: hub.ready.url });
  browser = await openBrowser();
  await fetch(`${hub.ready.url}/api/v1/sign-ins`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.ready.consoleToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada@example.com', displayName: 'Ada Byron', posts: [{ scope: 'store:1', roles: ['manager'] }] }),
  });
  await provider.tell({ add: { subject: 'ada', email: 'ada@example.com' } });
  await provider.tell({ add: { subject: 'stranger', email: 'stranger@example.com' } });
  await provider.tell({ add: { subject: 'weak', email: 'ada@example.com', amr: ['pwd'] } });
});
afterAll(async () => {
  await browser.close();
  await hub.stop();
  await provider.stop();
  for (const name of Object.keys(provider.environment)) delete process.env[name];
  await nothingRuns(folder.path);
  await folder.remove();
});

const button = (page: Page) => page.getByTestId('provider-button');
const isOf = (url: string) => (at: URL) => at.origin === new URL(url).origin;

/** At its own pages: a name, and leave to tell it. */
async function comeIn(page: Page, subject: string): Promise<void> {
  await button(page).press('Enter');
  await page.waitForURL(isOf(provider.issuer));
  await page.locator('input[name=login]').fill(subject);
  await page.locator('input[name=password]').fill('any');
  await page.keyboard.press('Enter');
  await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  await page.locator('button[type=submit]').press('Enter');
  await page.waitForURL(isOf(hub.ready.url));
}

test('the button leads to the provider, which leads back: with their rights, and out of both again', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await button(page).waitFor();
  expect(await button(page).textContent()).toBe(`Sign in with ${new URL(provider.issuer).host}`);
  await expectAccessible(page, 'a sign-in with a provider');
  await comeIn(page, 'ada');
  await page.getByTestId('overview').waitFor();
  expect(await page.getByTestId('own-page').textContent()).toBe('ada@example.com');
  const pages = await page.getByRole('navigation').getByRole('link').allTextContents();
  expect(pages).toContain('Store days');
  expect(pages, 'a manager’s pages are no more than theirs').not.toContain('Sign-ins');
  await page.reload();
  await page.getByTestId('overview').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.waitForURL(isOf(provider.issuer));
  await page.locator('button[name=logout]').press('Enter');
  await page.waitForURL(isOf(hub.ready.url));
  await button(page).waitFor();
  expect(faults).toEqual([]);
});

test('whom nobody invited is refused in words, which a reload does not repeat', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(page, 'stranger');
  await page.getByTestId('provider-failure').getByText('somebody has to be invited').waitFor();
  await expectAccessible(page, 'a provider’s account that nobody invited');
  expect(new URL(page.url()).hash).toBe('');
  await page.reload();
  await button(page).waitFor();
  expect(await page.getByTestId('provider-failure').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('who came in there by a password alone is refused in words', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(page, 'weak');
  await page.getByTestId('provider-failure').getByText('second factor').waitFor();
  await expectAccessible(page, 'a provider that asked for too little');
  expect(faults).toEqual([]);
});

test('while the provider is away the page says so, and the other ways stand there', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await button(page).waitFor();
  await provider.tell({ away: true });
  await button(page).press('Enter');
  await page.getByTestId('form-failure').getByText('does not answer').waitFor();
  await expectAccessible(page, 'a provider that is away');
  expect(await page.getByTestId('sign-in').count()).toBe(1);
  await provider.tell({ away: false });
  await comeIn(page, 'ada');
  await page.getByTestId('overview').waitFor();
  expect(faults).toEqual([]);
});
