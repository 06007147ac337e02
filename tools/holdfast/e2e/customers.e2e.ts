/** Customers through a real lane and hub: found, taken up while the hub hangs and the till is killed, and on no disk by name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { demoInBrowser } from './demo-in-browser.ts';
import { holdfast } from './processes.ts';
import { expectAccessible, openPage } from './screens.ts';

const LANE_SIZE = { width: 1024, height: 768 };

const here = demoInBrowser('customers');

/** What lies on disk of the demo: databases, their logs, and whatever its processes wrote. */
const namesAtRest = (names: readonly string[]): readonly string[] => {
  const files = readdirSync(here.path, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const held = files.map((file) => readFileSync(join(file.parentPath, file.name)));
  return names.filter((name) => held.some((bytes) => bytes.includes(name)));
};

test('customers: by phone and by name, taken up while the hub hangs, theirs when it is back, and named by nothing on any disk', async () => {
  const { hub, lanes, store } = here.demo.ready;
  const tell = async (path: string, body: object): Promise<{ readonly status: number; readonly text: string }> => {
    const headers = { authorization: `Bearer ${hub.consoleToken}`, 'content-type': 'application/json' };
    const response = await fetch(hub.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  const erika = { name: 'Erika Zzmüller', phone: '01761234567', cards: ['KARTE-100'], language: 'de' };
  expect((await tell('/api/v1/customers', { store: store.store, person: erika, rights: { groups: ['gold'] } })).status).toBe(201);

  const { page, faults } = await openPage(here.browser, lanes[0]!.url, LANE_SIZE);
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key, { delay: 40 })), Promise.resolve());
  const chip = page.getByTestId('customer');
  /** The panel closes with the till's answer, a moment behind what everybody is told. */
  const gone = async (): Promise<void> => {
    await expect.poll(() => chip.count()).toBe(0);
    await page.getByTestId('task').waitFor({ state: 'detached' });
  };
  const question = (name: string, asked: string) => page.locator(`[data-task="${name}"][data-question="${asked}"]`);
  await expect.poll(() => page.getByTestId('status-hub').getAttribute('data-hub'), { timeout: 20_000 }).toBe('connected');
  // Her cells may be a moment behind the answer.
  await expect
    .poll(
      async () => {
        if ((await chip.count()) === 0) await press('Escape', 'Escape', 'Shift+F1', ...'01761234567', 'Enter');
        return chip.textContent({ timeout: 1_500 }).catch(() => '');
      },
      { timeout: 30_000 },
    )
    .toBe('gold · EZ');
  await press('Shift+F1');
  await expect.poll(() => page.getByTestId('buyer').textContent()).toContain('Deutsch');
  await expectAccessible(page, 'who buys');
  await press('Delete');
  await gone();

  await press('Shift+F1', ...'erika zzm', 'Enter');
  await question('customer', 'person').waitFor();
  await expect.poll(() => question('customer', 'person').textContent()).toContain('Erika Zzmüller');
  await expectAccessible(page, 'who is called so');
  await press('1');
  await expect.poll(() => chip.textContent()).toBe('gold · EZ');
  await press('Shift+F1', 'Delete');
  await gone();

  process.kill(hub.pid, 'SIGSTOP');
  try {
    await press('Shift+F1', ...'erika', 'Enter');
    await expect.poll(() => page.getByTestId('notice').last().textContent(), { timeout: 10_000 }).toContain('The hub does not answer');
    await press('Escape', 'Escape', 'Shift+PageUp', ...'Anne Zzdroste', 'Enter', ...'01517654321', 'Enter');
    await question('newCustomer', 'word').waitFor();
    await expectAccessible(page, 'whether they agree');
    await press('1');
    await expect.poll(() => chip.textContent()).toBe('AZ');
    process.kill(lanes[0]!.pid, 'SIGKILL');
    await page.getByTestId('status-till').waitFor();
    expect(await holdfast('demo', 'start', '1', '--data', here.path)).toMatchObject({ code: 0 });
    await page.getByTestId('status-till').waitFor({ state: 'detached' });
    await expect.poll(() => chip.textContent()).toBe('AZ');
  } finally {
    process.kill(hub.pid, 'SIGCONT');
  }
  const found = async (): Promise<string> => (await tell('/api/v1/customers/search', { text: 'zzdroste' })).text;
  await expect.poll(found, { timeout: 30_000 }).toContain('Anne Zzdroste');
  await press('Shift+F1', 'Delete');
  await gone();
  await press('Shift+F1', ...'01517654321', 'Enter');
  await expect.poll(() => chip.textContent()).toBe('AZ');
  await press('Shift+F1', 'Delete');
  await gone();
  const names = ['Zzm', 'Zzdroste', 'Erika', '01761234567', '1761234567', '01517654321', 'KARTE-100'];
  expect(namesAtRest(names)).toEqual([]);
  expect(faults).toEqual([]);
});
