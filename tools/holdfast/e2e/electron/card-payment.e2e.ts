/** A card in the lane's own window: approved, the answer lost, the till killed. Started again it asks, and the shopper has paid once. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { GOODS } from '../goods.ts';
import { holdfast, nothingRuns, scratchFolder, startDemo, type DemoProcess } from '../processes.ts';
import { scan } from '../screens.ts';
import { expectPaidByCard, terminalPage, type TerminalPage } from '../terminals.ts';
import { openApp, type OpenApp } from './electron-app.ts';

const START_TIMEOUT_MS = 180_000;
const [MUG] = [GOODS[0]!];

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let demo: DemoProcess;
let lane: OpenApp;
let terminal: TerminalPage;

beforeAll(async () => {
  folder = await scratchFolder('electron-card');
  demo = await startDemo(folder.path);
  const first = demo.ready.lanes[0]!;
  terminal = terminalPage(first);
  lane = await openApp({ HOLDFAST_TILL_URL: first.url, HOLDFAST_TILL_DATA: first.data });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await lane?.close();
  demo?.child.kill('SIGTERM');
  await demo?.ended;
  await nothingRuns(folder.path);
  await folder.remove();
}, START_TIMEOUT_MS);

const money = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

test(
  'a till that is killed after the terminal approved asks for it when it is back',
  async () => {
    const { page } = lane;
    const order = async (word: string): Promise<void> =>
      expect(await holdfast('demo', word, '1', '--data', folder.path)).toMatchObject({ code: 0 });
    await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub'), { timeout: 60_000 }).toBe('connected');
    await terminal.script('');
    await scan(page, MUG.gtin);
    await expect.poll(() => page.getByTestId('due').textContent()).toBe(money(MUG.priceMinor));
    await page.keyboard.press('/');
    await page.getByTestId('tenders').waitFor();
    await page.keyboard.press('1');
    await page.locator('[data-testid="terminal"][data-state="waiting"]').waitFor();
    await expect.poll(() => terminal.screen()).toContain(money(MUG.priceMinor));
    await order('kill');
    await terminal.press('lose-answer');
    await page.getByTestId('status-till').waitFor();
    await order('start');
    await expectPaidByCard(page);
    expect(await terminal.approved()).toEqual([['payment', `${money(MUG.priceMinor)} EUR`]]);
  },
  START_TIMEOUT_MS,
);
