/** How the window comes to its till, and comes back to it: own process and attached, through reloads, crashes and restarts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { afterEach, describe, expect, onTestFailed, test } from 'vitest';

import { startTill, type RunningApp, type TillReady } from '../../src/app-process.ts';
import { isAlive } from '../../src/launchers.ts';
import { askTill, openApp, standInTill, type OpenApp } from './electron-app.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

async function open(env: Readonly<Record<string, string>>): Promise<OpenApp> {
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

describe('a till that runs already', () => {
  async function startRealTill(data: string, port = 0): Promise<RunningApp<TillReady>> {
    const till = await startTill(['--data', data, '--port', String(port)]);
    opened.push({ close: () => till.stop() });
    return till;
  }

  test('the link’s token is traded once; reloads and a restarted till on its port are found again', async () => {
    const data = await temporaryFolder();
    const till = await startRealTill(data);
    const { page } = await open({ HOLDFAST_TILL_URL: till.ready.url });
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
