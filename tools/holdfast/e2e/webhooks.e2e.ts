/** A program of the company's is told: added in the console by keyboard, tried, and what it was told looked at; a real hub, browser and receiver. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHub, type HubReady, type RunningApp } from '../src/app-process.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { axeFinds, expectAccessible, openBrowser, openPage } from './screens.ts';

const SIZE = { width: 1280, height: 800 };

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let hub: RunningApp<HubReady>;
let browser: Browser;
let receiver: Server;
const told: string[] = [];
beforeAll(async () => {
  // The first message is never taken: it is tried again while the others are looked at.
  receiver = createServer((request, response) => {
    const id = String(request.headers['webhook-id']);
    told.push(id);
    response.writeHead(id === told[0] ? 503 : 204).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  folder = await scratchFolder('webhooks');
  process.env['WEBHOOK_PRIVATE_HOSTS'] = '127.0.0.1';
  hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  delete process.env['WEBHOOK_PRIVATE_HOSTS'];
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await hub.stop();
  receiver.close();
  await nothingRuns(folder.path);
  await folder.remove();
});

test('a program is added, its secret is shown once, and what it is told stands there until it took it', async () => {
  const { page, faults } = await openPage(browser, hub.ready.consoleUrl, SIZE);
  await page.getByTestId('overview').waitFor();
  await page.getByRole('link', { name: 'Webhooks' }).press('Enter');
  await page.getByTestId('no-webhooks').waitFor();
  await expectAccessible(page, 'no webhooks');
  // The pages' names scroll on a low screen, and none is half behind what stands below them.
  for (const height of [600, 690, 745]) {
    await page.setViewportSize({ ...SIZE, height });
    expect(await axeFinds(page, undefined, ['color-contrast']), `${height} pixels high`).toEqual([]);
  }
  await page.setViewportSize(SIZE);

  await page.getByTestId('add-webhook').press('Enter');
  await page.getByLabel('Address').fill('http://10.0.0.1/');
  await page.getByTestId('save-webhook').press('Enter');
  await page.getByRole('alert').getByText('begins with https://').waitFor();
  await page.getByLabel('Address').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/books`);
  await page.getByLabel('Whose it is').fill('Bookkeeping');
  await page.getByLabel('A store’s day is closed').press('Space');
  await expectAccessible(page, 'a program to be told');
  await page.getByTestId('save-webhook').press('Enter');
  expect(await page.getByTestId('secret').textContent()).toMatch(/^whsec_[\w+/]{43}=$/u);
  await expectAccessible(page, 'a secret');
  await page.getByRole('button', { name: 'Done' }).press('Enter');
  const row = page.getByTestId('webhook-row');
  await row.getByText('nothing yet').waitFor();

  await row.getByRole('button', { name: /^Try / }).press('Enter');
  await row.getByText('1 waits').waitFor();
  await row.getByRole('button', { name: /^Messages / }).press('Enter');
  const message = page.getByTestId('webhook-message');
  await message.getByText('answered 503').waitFor();
  await expectAccessible(page, 'what a program was told');
  await row.getByRole('button', { name: /^Try / }).press('Enter');
  const arrived = message.filter({ hasText: 'sent' });
  await arrived.getByRole('button', { name: /^Send .* again$/ }).press('Enter');
  const taken = (): readonly string[] => told.filter((id) => id !== told[0]);
  await expect.poll(() => taken().length).toBe(2);
  // The same message has the same name.
  expect(taken()[1]).toBe(taken()[0]);

  await row.getByRole('button', { name: /^Pause / }).press('Enter');
  await row.getByText('paused').waitFor();
  await row.getByRole('button', { name: /^Remove / }).press('Enter');
  await page.getByTestId('remove-webhook').press('Enter');
  await page.getByTestId('no-webhooks').waitFor();
  expect(faults).toEqual([]);
});
