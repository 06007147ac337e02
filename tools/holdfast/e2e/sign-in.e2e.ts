/** Coming in to the console in a browser: by the hub's own link, by an invitation, by name, password and code; by keyboard alone, each page checked by axe. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, type HubReady, type RunningApp } from '../src/app-process.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { expectAccessible, openBrowser, openPage } from './screens.ts';

const SIZE = { width: 1440, height: 900 };
const PASSWORD = 'seventeen grey herons';

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

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** What an authenticator shows for a seed (RFC 6238). */
function codeOf(seed: string): string {
  const bits = [...seed.replaceAll(' ', '')].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

const type = async (page: Page, label: string, text: string): Promise<void> => page.getByLabel(label, { exact: true }).fill(text);

let seed = '';
let recoveryCode = '';

test('the hub’s own link opens the console; signed out, the form stands there', async () => {
  const { page, faults } = await openPage(browser, `${hub.ready.url}/?token=${hub.ready.consoleToken}`, SIZE);
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
  await type(page, 'New password', PASSWORD);
  await type(page, 'Once more', PASSWORD);
  await type(page, 'Code that your authenticator shows', '000000');
  await page.keyboard.press('Enter');
  await page.getByTestId('form-failure').waitFor();
  await type(page, 'Code that your authenticator shows', codeOf(seed));
  await page.keyboard.press('Enter');
  const codes = page.getByTestId('recovery-codes').getByRole('listitem');
  await codes.first().waitFor();
  expect(await codes.count()).toBe(10);
  recoveryCode = (await codes.first().textContent()) ?? '';
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
