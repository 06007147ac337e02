/** Coming in to the console in a browser: by the hub's own link, by an invitation, by name, password and code; by keyboard alone, each page checked by axe. */
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, type HubReady, type RunningApp } from '../src/app-process.ts';
import { codeOf, PASSWORD, takeUpInvitation, type } from './authenticator.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { expectAccessible, openBrowser, openPage } from './screens.ts';

const SIZE = { width: 1440, height: 900 };

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let hub: RunningApp<HubReady>;
let browser: Browser;
beforeAll(async () => {
  folder = await scratchFolder('sign-in');
  hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await hub.stop();
  await nothingRuns(folder.path);
  await folder.remove();
});

let seed = '';
let recoveryCode = '';
let recoveryCodes: readonly string[] = [];

test('the hub’s own link opens the console; signed out, the form stands there', async () => {
  const { page, faults } = await openPage(browser, hub.ready.consoleUrl, SIZE);
  await page.getByTestId('overview').waitFor();
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
  expect(cookie?.name).toMatch(/^__Host-holdfast_console_\d+$/u);
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.getByTestId('sign-in').waitFor();
  expect(faults).toEqual([]);
});

test('an invitation is taken up by keyboard: a password, an authenticator, codes for the day without it', async () => {
  const invited = await fetch(`${hub.ready.url}/api/v1/sign-ins`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.ready.consoleToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada', displayName: 'Ada Byron', posts: [{ scope: 'global', roles: ['hq'] }] }),
  });
  const { token } = (await invited.json()) as { token: string };
  const { page, faults } = await openPage(browser, `${hub.ready.url}/#invitation=${token}`, SIZE);
  await page.getByTestId('authenticator').waitFor();
  seed = (await page.getByTestId('authenticator-seed').textContent()) ?? '';
  await expectAccessible(page, 'an invitation');
  const choose = async (password: string, code: string): Promise<void> => {
    await type(page, 'New password', password);
    await type(page, 'Once more', password);
    await type(page, 'Code that your authenticator shows', code);
    await page.keyboard.press('Enter');
  };
  await choose('Holdfast2026!', '000000');
  await page.getByTestId('form-failure').getByText('do not count').waitFor();
  await choose(PASSWORD, '000000');
  await page.getByTestId('form-failure').getByText('no code').waitFor();
  await type(page, 'Code that your authenticator shows', codeOf(seed));
  await page.keyboard.press('Enter');
  const codes = page.getByTestId('recovery-codes').getByRole('listitem');
  await codes.first().waitFor();
  expect(await codes.count()).toBe(10);
  recoveryCodes = await codes.allTextContents();
  recoveryCode = recoveryCodes[0] ?? '';
  await expectAccessible(page, 'the recovery codes');
  await page.getByRole('button', { name: 'I have kept them' }).press('Enter');
  await page.getByTestId('overview').waitFor();
  expect(new URL(page.url()).hash).toBe('');
  expect(faults).toEqual([]);
});

test('name, password and code sign in; what was wrong is not said', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await page.getByTestId('sign-in').waitFor();
  await expectAccessible(page, 'the sign-in');
  const enter = async (password: string, code: string): Promise<void> => {
    await type(page, 'Name', 'Ada');
    await type(page, 'Password', password);
    await type(page, 'Code of your authenticator', code);
    await page.keyboard.press('Enter');
  };
  await enter('another password', recoveryCode);
  await page.getByTestId('form-failure').getByText('do not go together').waitFor();
  await expectAccessible(page, 'a refused sign-in');
  await enter(PASSWORD, recoveryCode);
  await page.getByTestId('overview').waitFor();
  await page.reload();
  await page.getByTestId('overview').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.getByTestId('sign-in').waitFor();
  expect(faults).toEqual([]);
});

/** Somebody at the form, by keyboard. */
async function comeIn(page: Page, name: string, code: string): Promise<void> {
  await page.getByTestId('sign-in').waitFor();
  await type(page, 'Name', name);
  await type(page, 'Password', PASSWORD);
  await type(page, 'Code of your authenticator', code);
  await page.keyboard.press('Enter');
  await page.getByTestId('overview').waitFor();
}

/** Each code is taken once. */
let usedRecovery = 1;
const nextRecoveryCode = (): string => recoveryCodes[usedRecovery++] ?? '';

test('a page that is left open says that nobody stands behind what it asks', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(page, 'ada', nextRecoveryCode());
  const asked: boolean[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/')) asked.push(request.headers()['holdfast-background'] === undefined);
  });
  const nextAsked = async (): Promise<boolean | undefined> => {
    asked.length = 0;
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBeGreaterThan(0);
    return asked[0];
  };
  // What the page asked once it was there may still come by the key that opened it.
  await expect.poll(nextAsked, { timeout: 60_000 }).toBe(false);
  await page.keyboard.press('Tab');
  await expect.poll(() => asked.includes(true), { timeout: 60_000 }).toBe(true);
  expect(faults).toEqual([]);
});

test('headquarters invite a store’s manager, who sees their store and what they may there, and are locked out at once', async () => {
  const ada = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(ada.page, 'ada', nextRecoveryCode());
  await ada.page.getByRole('navigation').getByRole('link', { name: 'Sign-ins', exact: true }).press('Enter');
  await ada.page.getByTestId('sign-in-row').filter({ hasText: 'Ada Byron' }).waitFor();
  await expectAccessible(ada.page, 'the sign-ins');
  await ada.page.getByTestId('invite-button').press('Enter');
  const form = ada.page.getByTestId('invite');
  await expect.poll(() => ada.page.evaluate(() => document.activeElement?.getAttribute('data-autofocus'))).toBe('true');
  await ada.page.keyboard.type('Kim Ito');
  await form.getByLabel('Signs in as').fill('kim@example');
  await form.getByLabel('Place 1').fill('Store 1');
  await ada.page.getByRole('option', { name: 'Store 1' }).waitFor();
  await ada.page.keyboard.press('ArrowDown');
  await ada.page.keyboard.press('Enter');
  await form.getByLabel('Roles 1').fill('manager');
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.press('Escape');
  await expectAccessible(ada.page, 'an invitation that is written');
  await form.getByTestId('send-invite').press('Enter');
  const link = (await ada.page.getByTestId('invitation-link').textContent()) ?? '';
  await expectAccessible(ada.page, 'the link of an invitation');
  await ada.page.getByRole('button', { name: 'I have handed it on' }).press('Enter');

  const kim = await openPage(browser, link, SIZE);
  await takeUpInvitation(kim.page);
  await kim.page.getByTestId('overview').waitFor();
  const pages = await kim.page.getByRole('navigation').getByRole('link').allTextContents();
  expect(pages).toEqual([
    'Overview',
    'Sales',
    'Store days',
    'Card payments',
    'E-receipts',
    'Catalogue',
    'Prices',
    'Keys',
    'People',
    'Attendance',
    'Stores',
    'Receipts',
    'Settings',
    'API tokens',
    'kim@example',
  ]);
  await expectAccessible(kim.page, 'a manager’s overview');
  for (const [name, there] of [
    ['Sales', 'sales'],
    ['Prices', 'prices'],
    ['Settings', 'setting-row'],
    ['Catalogue', 'catalogue'],
    ['Store days', 'store-days'],
  ] as const) {
    await kim.page.getByRole('navigation').getByRole('link', { name, exact: true }).press('Enter');
    await kim.page.getByTestId(there).first().waitFor();
    await kim.page.waitForLoadState('networkidle');
    expect(await kim.page.getByText('The hub refused').count(), `${name} asks nothing that is not theirs`).toBe(0);
  }
  expect(await kim.page.getByTestId('new-product').count()).toBe(0);
  await kim.page.goto(`${hub.ready.url}/?page=tax`);
  await kim.page.getByTestId('not-yours').waitFor();
  await expectAccessible(kim.page, 'a page that is not theirs');

  await ada.page.getByRole('link', { name: 'Kim Ito' }).press('Enter');
  await ada.page.getByTestId('one-sign-in').waitFor();
  await expectAccessible(ada.page, 'one sign-in');
  await ada.page.getByTestId('lock').press('Enter');
  await ada.page.getByTestId('sign-in-row').filter({ hasText: 'locked out' }).waitFor();
  await kim.page.getByTestId('sign-in').waitFor();
  // Nothing of what was on their page is left on it, nor comes back.
  expect(await kim.page.getByRole('navigation').count()).toBe(0);
  await ada.page.keyboard.press('Escape');
  await ada.page.getByTestId('accounts-events').press('Enter');
  await ada.page.getByTestId('sign-in-event').filter({ hasText: 'locked out' }).first().waitFor();
  await expectAccessible(ada.page, 'what happened to sign-ins');
  expect([...ada.faults, ...kim.faults]).toEqual([]);
});

test('a program gets a token by keyboard: shown once, good for what it was made for, looked at, revoked', async () => {
  const { page, faults } = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(page, 'ada', nextRecoveryCode());
  await page.getByRole('navigation').getByRole('link', { name: 'API tokens', exact: true }).press('Enter');
  await page.getByTestId('no-tokens').waitFor();
  await expectAccessible(page, 'no tokens');
  await page.getByTestId('add-token').press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-autofocus'))).toBe('true');
  await page.keyboard.type('Web shop');
  await page.getByLabel('Publish', { exact: true }).press('Space');
  await expectAccessible(page, 'a token to be made');
  await page.getByTestId('make-token').press('Enter');
  const secret = (await page.getByTestId('secret').textContent()) ?? '';
  expect(secret).toMatch(/^holdfast_pat_[0-9A-Za-z]{39}$/u);
  await expectAccessible(page, 'a token, shown once');
  await page.getByRole('button', { name: 'Done' }).press('Enter');
  const ask = async (method: string, path: string, body?: object): Promise<number> =>
    (
      await fetch(`${hub.ready.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
    ).status;
  const cells = [{ type: 'department', key: 'Tea', scope: 'global', fields: { position: 1 } }];
  expect(await ask('POST', '/api/v1/publications', { cells })).toBe(200);
  expect(await ask('POST', '/api/v1/webhooks', { url: 'https://example.com/', events: ['sale.completed'] })).toBe(403);
  const row = page.getByTestId('token-row');
  await row.getByRole('button', { name: 'What it did: Web shop' }).press('Enter');
  await page.getByTestId('token-act').nth(1).waitFor();
  await row.getByText('127.0.0.1').waitFor();
  await expectAccessible(page, 'what a token was used for');
  await row.getByRole('button', { name: 'Revoke Web shop' }).press('Enter');
  await expectAccessible(page, 'a token to be revoked');
  await page.getByTestId('sure-yes').press('Enter');
  await row.getByText('revoked').waitFor();
  expect(await ask('GET', '/api/v1/session')).toBe(401);
  expect(faults).toEqual([]);
});

test('one’s own: another password ends the other sessions, another authenticator brings new codes', async () => {
  const [here, there] = [await openPage(browser, hub.ready.url, SIZE), await openPage(browser, hub.ready.url, SIZE)];
  await comeIn(here.page, 'ada', nextRecoveryCode());
  await comeIn(there.page, 'ada', nextRecoveryCode());
  await here.page.getByTestId('own-page').press('Enter');
  const sessions = here.page.getByTestId('own-session');
  await sessions.nth(1).waitFor();
  await expectAccessible(here.page, 'one’s own sign-in');
  // A quarter of an hour later, as far as the first answer goes.
  const third = await openPage(browser, hub.ready.url, SIZE);
  await comeIn(third.page, 'ada', nextRecoveryCode());
  await here.page.reload();
  await sessions.nth(2).waitFor();
  const open = await sessions.count();
  await here.page.route(
    '**/api/v1/sessions/*',
    async (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ type: 'urn:holdfast:problem:proofNeeded', title: 'Prove first that it is you.', status: 403 }),
      }),
    { times: 1 },
  );
  await sessions.getByRole('button').first().press('Enter');
  const dialog = here.page.getByTestId('proof-dialog');
  await dialog.waitFor();
  await expectAccessible(here.page, 'a proof that it is somebody');
  await dialog.getByLabel('Your password now').and(here.page.locator(':focus')).fill(PASSWORD);
  await dialog.getByLabel('Code of your authenticator').fill(nextRecoveryCode());
  await here.page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => sessions.count()).toBe(open - 1);
  const part = here.page.getByTestId('own-password');
  await part.getByLabel('Your password now').fill(PASSWORD);
  await part.getByLabel('Code of your authenticator').fill(nextRecoveryCode());
  await part.getByLabel('New password').fill(`${PASSWORD} again`);
  await part.getByLabel('Once more').fill(`${PASSWORD} again`);
  await here.page.keyboard.press('Enter');
  await part.getByTestId('own-done').waitFor();
  await expect.poll(() => sessions.count()).toBe(1);
  await there.page.reload();
  await there.page.getByTestId('sign-in').waitFor();
  const codes = here.page.getByTestId('own-codes');
  await codes.getByLabel('Your password now').fill(`${PASSWORD} again`);
  await codes.getByLabel('Code of your authenticator').fill(nextRecoveryCode());
  await here.page.keyboard.press('Enter');
  await codes.getByRole('listitem').nth(9).waitFor();
  await expectAccessible(here.page, 'new recovery codes');
  const made = (await codes.getByRole('listitem').first().textContent()) ?? '';
  await codes.getByRole('button', { name: 'I have kept them' }).press('Enter');
  const phone = here.page.getByTestId('own-authenticator');
  await phone.getByLabel('Your password now').fill(`${PASSWORD} again`);
  await phone.getByLabel('Code of your authenticator').fill(made);
  await here.page.keyboard.press('Enter');
  const another = (await phone.getByTestId('authenticator-seed').textContent()) ?? '';
  await expectAccessible(here.page, 'another authenticator');
  await phone.getByLabel('Code that the new one shows').fill(codeOf(another));
  await here.page.keyboard.press('Enter');
  await phone.getByRole('listitem').nth(9).waitFor();
  expect([...here.faults, ...there.faults]).toEqual([]);
});
