/** How the window comes to its till, and comes back to it: own process and attached, through reloads, crashes and restarts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { gtinKey, priceKey } from '@holdfast/domain';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, onTestFailed, test } from 'vitest';

import { startHub, startTill, type RunningApp, type TillReady } from '../../src/app-process.ts';
import { createHubApi } from '../../src/hub-api.ts';
import { isAlive } from '../../src/launchers.ts';
import { accessTill } from '../../src/till-access.ts';
import { createHand } from '../conditions.ts';
import { scan } from '../screens.ts';
import { askTill, openApp, standInTill, type OpenApp } from './electron-app.ts';

const MILK = '4006381333931';
/** From the crash to the basket; the quickest of at most so many counts, for what else the machine does is not the window's. */
const BACK_WITHIN_MS = 2_000;
const CRASHES = { least: 2, most: 8 } as const;

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

async function open(env: Parameters<typeof openApp>[0]): Promise<OpenApp> {
  const app = await openApp(env);
  opened.push(app);
  onTestFailed(() => console.error(app.log.lines));
  return app;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-till-'));
  opened.push({ close: () => rm(folder, { recursive: true, force: true }) });
  return folder;
}

const crashPage = ({ app }: OpenApp): Promise<void> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());

const tillOf = (page: Page): Promise<{ pid: number; arguments: string }> =>
  askTill(page).then((answer) => (answer['refusal'] as { detail: { pid: number; arguments: string } }).detail);

describe('the app’s own till, in a utility process', () => {
  const start = (): Promise<OpenApp> => open({ HOLDFAST_TILL_SCRIPT: standInTill, HOLDFAST_TILL_DATA: '/nowhere/till' });

  test('is started on its data folder, and the page gets its port', async () => {
    const { page, app } = await start();
    const { pid, arguments: tillArguments } = await tillOf(page);
    expect(tillArguments).toBe('--data /nowhere/till --port 0 --json');
    expect(pid).not.toBe(app.process().pid);
  });

  test('is told of the hub and the code that it was given', async () => {
    const { page } = await open({
      HOLDFAST_TILL_SCRIPT: standInTill,
      HOLDFAST_TILL_DATA: '/d',
      HOLDFAST_HUB_URL: 'http://localhost:9',
      HOLDFAST_ENROL_CODE: 'C-1',
    });
    expect((await tillOf(page)).arguments).toBe('--data /d --port 0 --json --hub http://localhost:9 --enrol C-1');
  });

  test('a page that is loaded again gets a fresh port to the same till', async () => {
    const { page } = await start();
    const before = await tillOf(page);
    await page.reload();
    expect(await tillOf(page)).toEqual(before);
  });

  test('a till that dies is started again, time after time, and the page gets the new one’s port', async () => {
    const { page, log } = await start();
    const pids: number[] = [];
    while (pids.length < 3) {
      pids.push((await tillOf(page)).pid);
      process.kill(pids.at(-1) ?? 0, 'SIGKILL');
    }
    pids.push((await tillOf(page)).pid);
    expect(new Set(pids).size).toBe(4);
    const pauses = (): unknown[] => log.lines.filter(({ message }) => message.startsWith('the till ended')).map(({ inMs }) => inMs);
    await expect.poll(pauses).toEqual([0, 100, 200]);
  });

  test('a page that crashes is loaded again, and joined to its till again', async () => {
    const started = await start();
    await tillOf(started.page);
    await crashPage(started);
    const crashed = await started.log.find(({ message }) => message.startsWith('the window crashed'));
    // Playwright gives up a page that has crashed: the till itself says that the new one came.
    const joined = await started.log.find(({ message }) => message === 'the stand-in took a port', started.log.lines.indexOf(crashed));
    expect(joined).toBeDefined();
  });

  test('the till ends with the app', async () => {
    const started = await start();
    const { pid } = await tillOf(started.page);
    await started.close();
    opened.splice(opened.indexOf(started), 1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

test('the real till that is killed in mid-sale is started again, and the window has the same basket; a window that crashes has it back within two seconds', async () => {
  const data = await temporaryFolder();
  const hub = await startHub(['--data', join(data, 'hub'), '--port', '0']);
  opened.push({ close: () => hub.stop() });
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  await api.createStore({ store: '7', name: 'Corner', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
  await api.publish([
    { type: 'tax', key: 'reduced', scope: 'global', fields: { name: 'VAT', rateBps: 700 } },
    { type: 'item', key: 'MILK', scope: 'global', fields: { name: 'Milk 1 l', unit: 'piece', taxClass: 'reduced' } },
    { type: 'code', key: gtinKey(MILK), scope: 'global', fields: { sku: 'MILK' } },
    { type: 'price', key: priceKey('MILK', 'regular'), scope: 'global', fields: { amount: 119, decimals: 2, currency: 'EUR' } },
  ]);
  const { code } = await api.mintEnrolmentCode({ store: '7' });
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const started = await open({
    HOLDFAST_TILL_SCRIPT: here('real-till.mjs'),
    HOLDFAST_TILL_DATA: join(data, 'till'),
    HOLDFAST_HUB_URL: hub.ready.url,
    HOLDFAST_ENROL_CODE: code,
    HOLDFAST_E2E_TILL: here('../../../../apps/pos-desktop/src/till/main.ts'),
    HOLDFAST_E2E_NODE: process.execPath,
    HOLDFAST_E2E_PARENT_PORT: new URL('parent-port.mjs', import.meta.url).href,
  });
  const { app, page, log } = started;
  const rows = page.locator('[data-testid="lines"] [data-kind="item"]');
  const due = (): Promise<string | null> => page.getByTestId('due').textContent();
  await page.getByTestId('status-hub').waitFor();
  const hand = await createHand(join(data, 'till'));
  const found = async (): Promise<string> => JSON.stringify((await hand.take({ type: 'search', text: 'milk', limit: 1 }))['tiles']);
  await expect.poll(found).toContain('MILK');
  hand.close();
  await page.keyboard.press('3', { delay: 40 });
  await page.keyboard.press('*', { delay: 40 });
  await scan(page, MILK);
  await expect.poll(due).toBe('3.57');
  const before = await rows.allInnerTexts();
  const { pid } = JSON.parse(await readFile(join(data, 'till/till.json'), 'utf8')) as { readonly pid: number };
  process.kill(pid, 'SIGKILL');
  await log.find(({ message }) => message.startsWith('the till ended'));
  await page.getByTestId('status-till').waitFor({ state: 'detached' });
  await expect.poll(() => rows.allInnerTexts()).toEqual(before);
  expect(await due()).toBe('3.57');

  // Playwright gives up a page that has crashed: main asks the one that comes after it.
  const shown = (): Promise<readonly string[]> =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
        `[...document.querySelectorAll('[data-testid="lines"] [data-kind="item"]')].map((row) => row.innerText)`,
      ),
    );
  const tookMs: number[] = [];
  const isDone = (): boolean => tookMs.length >= CRASHES.least && (Math.min(...tookMs) < BACK_WITHIN_MS || tookMs.length === CRASHES.most);
  while (!isDone()) {
    const logged = log.lines.length;
    const from = performance.now();
    await crashPage(started);
    await log.find(({ message }) => message === 'the till took a port', logged);
    await expect.poll(shown, { interval: 20 }).toEqual(before);
    tookMs.push(performance.now() - from);
  }
  expect(Math.min(...tookMs)).toBeLessThan(BACK_WITHIN_MS);
});

describe('a till that runs already', () => {
  async function startRealTill(data: string, port = 0): Promise<RunningApp<TillReady>> {
    const till = await startTill(['--data', data, '--port', String(port)]);
    opened.push({ close: () => till.stop() });
    return till;
  }

  test('the link’s token is traded once; reloads and a restarted till on its port are found again', async () => {
    const data = await temporaryFolder();
    const till = await startRealTill(data);
    const access = await accessTill(data);
    const { page } = await open(async () => ({ HOLDFAST_TILL_URL: await access.windowUrl() }));
    expect((await askTill(page)).type).toBe('reply');
    await page.reload();
    expect((await askTill(page)).type).toBe('reply');
    await till.kill();
    await startRealTill(data, Number(new URL(till.ready.url).port));
    expect((await askTill(page)).type).toBe('reply');
  });

  test('with the till’s folder it is found again on another port', async () => {
    const data = await temporaryFolder();
    const till = await startRealTill(data);
    const { page } = await open({ HOLDFAST_TILL_URL: till.ready.url, HOLDFAST_TILL_DATA: data });
    expect((await askTill(page)).type).toBe('reply');
    await till.kill();
    const again = await startRealTill(data);
    expect(JSON.parse(await readFile(join(data, 'till.json'), 'utf8'))).toMatchObject({ pid: again.ready.pid });
    expect((await askTill(page)).type).toBe('reply');
  });

  test('a used link says so in the log, and the page waits', async () => {
    const till = await startRealTill(await temporaryFolder());
    await fetch(till.ready.url, { redirect: 'manual' });
    const { log } = await open({ HOLDFAST_TILL_URL: till.ready.url });
    const line = await log.find(({ message }) => message === 'the till does not answer');
    expect(line['error']).toContain('a link works once');
  });
});

test('a till that is not on this machine is not attached to', async () => {
  const app = await open({ HOLDFAST_TILL_URL: 'http://till.example/?token=T' }).catch((error: unknown) => error);
  expect(String(app)).toContain('HOLDFAST_TILL_URL is no http address on localhost');
});
