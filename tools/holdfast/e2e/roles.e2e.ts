/**
 * Each page of the console as each role of the table that a hub begins with (docs/PERMISSIONS.md), in a browser, on a hub with two stores in two zones that both sold: what the navigation has, what
 * an address says that is not theirs, every answer and message that comes meanwhile. What is of the other store has its name in it.
 */
import { join } from 'node:path';

import { assert } from '@holdfast/base';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, type ExpectStatic, test } from 'vitest';

import { startHub, startTill, type HubReady, type RunningApp } from '../src/app-process.ts';
import { seedDemo } from '../src/demo-seed.ts';
import { createHubApi, type HubApi } from '../src/hub-api.ts';
import { accessTill } from '../src/till-access.ts';
import { PASSWORD, takeUpInvitation, type } from './authenticator.ts';
import { GOODS } from './goods.ts';
import { nothingRuns, scratchFolder } from './processes.ts';
import { axeFinds, openBrowser, openPage } from './screens.ts';

const SIZE = { width: 1440, height: 900 };
const [FAR, FAR_ZONE] = ['hinterland', 'outback'] as const;
/** Of the whole company, and of nobody who sees a part of it. */
const COMPANY = 'company-only';

const OF_EACH = [
  'overview',
  'sales',
  'days',
  'cards',
  'mails',
  'catalogue',
  'prices',
  'keys',
  'people',
  'attendance',
  'stores',
  'receipts',
  'settings',
  'tokens',
];
const ALL = [
  'overview sales days cards mails catalogue filing prices keys rollouts people accounts roles attendance customers',
  'stores receipts tax tenders settings webhooks tokens conflicts aside audit',
].flatMap((group) => group.split(' '));
const ROLES = [
  { role: 'cashier', scope: 'store:1', pages: [] },
  { role: 'supervisor', scope: 'store:1', pages: [] },
  { role: 'manager', scope: 'store:1', pages: OF_EACH },
  { role: 'hq', scope: 'zone:1', pages: OF_EACH.toSpliced(OF_EACH.indexOf('people') + 1, 0, 'accounts') },
  { role: 'hq', scope: 'global', pages: ALL },
] as const;

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let hub: RunningApp<HubReady>;
let browser: Browser;

const ask = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${hub.ready.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.ready.consoleToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert(response.ok, `${path}: ${response.status}`);
  return response.json();
};

/** Sells one piece there; answers how many sales the hub does not have. */
async function sellAt(api: HubApi, store: string, expect: ExpectStatic): Promise<number> {
  const { code } = await api.mintEnrolmentCode({ store });
  const data = join(folder.path, store);
  const till = await startTill(['--data', data, '--port', '0', '--hub', hub.ready.url, '--enrol', code], { logFile: `${data}.log` });
  const access = await accessTill(data);
  await expect.poll(async () => (await access.verify()).items, { timeout: 60_000 }).toBeGreaterThan(0);
  const lane = await access.connect();
  const { gtin, priceMinor } = GOODS[0]!;
  await expect.poll(async () => (await lane.request({ type: 'scan', code: gtin })).type).toBe('reply');
  expect(await lane.request({ type: 'payCash', amountMinor: priceMinor })).toMatchObject({ type: 'reply' });
  lane.close();
  await expect.poll(async () => (await access.verify()).waitingSales).toBe(0);
  const { waitingSales } = await access.verify();
  await till.stop();
  return waitingSales;
}

beforeAll(async () => {
  folder = await scratchFolder('roles');
  hub = await startHub(['--data', join(folder.path, 'hub'), '--port', '0'], { logFile: join(folder.path, 'hub.log') });
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  await ask('stores', { store: FAR, name: `Shop ${FAR}`, zone: FAR_ZONE, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
  await seedDemo(api, '1', Date.now());
  await api.publish([
    { type: 'setting', key: 'receiptFooter', scope: `store:${FAR}`, fields: { value: `Come to ${FAR}` } },
    { type: 'setting', key: 'receiptFooter', scope: `zone:${FAR_ZONE}`, fields: { value: `Come to ${FAR}` } },
    // What goods are filed under is words of the whole company (docs/PERMISSIONS.md).
    { type: 'department', key: 'Own corner', scope: `store:${FAR}`, fields: { position: 90 } },
    { type: 'staff', key: 'ffffffffffffffffffffffffffffffff', scope: `store:${FAR}`, fields: { roles: 'cashier' } },
  ]);
  await ask('webhooks', { url: `https://${COMPANY}.example/`, events: ['sale.completed'] });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await hub.stop();
  await nothingRuns(folder.path);
  await folder.remove();
});

test('both stores have sold', async ({ expect }) => {
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  expect([await sellAt(api, '1', expect), await sellAt(api, FAR, expect)]).toEqual([0, 0]);
});

interface Heard {
  readonly refusals: string[];
  readonly leaks: string[];
  /** All that came until now was judged. */
  readonly judged: () => Promise<unknown>;
}

/** Judges whatever this hub says to a page. */
function listenTo(page: Page, hidden: readonly string[]): Heard {
  const [refusals, leaks, judging]: [string[], string[], Promise<void>[]] = [[], [], []];
  const judge = (from: string, text: string): void => {
    for (const word of hidden) if (text.toLowerCase().includes(word)) leaks.push(`${from} tells of ${word}`);
  };
  page.on('response', (response) => {
    const { pathname, search } = new URL(response.url());
    if (!pathname.startsWith('/api/')) return;
    const from = `${response.request().method()} ${pathname}${search} on ${new URL(page.url()).search}`;
    if (response.status() === 403) refusals.push(from);
    // Of one that the page left behind there is nothing to read.
    judging.push(
      response.text().then(
        (text) => judge(from, text),
        () => undefined,
      ),
    );
  });
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => judge('a live message', String(payload))));
  return { refusals, leaks, judged: async () => Promise.all(judging) };
}

/** Runs in the page: `underWay` holds what it asked and was not told yet. */
const keepUnderWay = (): void => {
  const underWay = new Set<unknown>();
  const fetchAsBefore = globalThis.fetch.bind(globalThis);
  globalThis.fetch = async (...given) => {
    const asked = {};
    underWay.add(asked);
    try {
      const response = await fetchAsBefore(...given);
      // Of one that the page gives up there is nothing to read.
      await response
        .clone()
        .text()
        .catch(() => undefined);
      return response;
    } finally {
      underWay.delete(asked);
    }
  };
  Object.assign(globalThis, { underWay });
};

/** Everything that the page asked was answered and is shown, and it asks nothing because of it. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { underWay } = globalThis as unknown as { readonly underWay: ReadonlySet<unknown> };
    for (let still = 0; still < 3; still = underWay.size === 0 ? still + 1 : 0)
      await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

/** As by the browser's own back and forward: the console reads its address again, and is not loaded again. */
async function comeTo(page: Page, address: string): Promise<void> {
  await page.evaluate((wanted) => {
    history.pushState(null, '', wanted);
    dispatchEvent(new PopStateEvent('popstate'));
  }, address);
}

/** Asked with the first question who is here, before the hub has said that they see no place. */
const BEFORE_IT_IS_KNOWN = /^GET \/api\/v1\/stores on/u;

// Beside each other: much of it is waiting for the hub.
describe.concurrent('each role has the pages that are theirs, each to be read by everybody, and hears nothing of others', () => {
  test.for(ROLES)('$role of $scope', async ({ role, scope, pages }, { expect }) => {
    const seesAll = scope === 'global';
    const name = `${role}-of-${scope.replace(':', '-')}`;
    const { token } = (await ask('sign-ins', { name, displayName: `A ${role}`, posts: [{ scope, roles: [role] }] })) as { token: string };
    const { page, faults } = await openPage(browser, `${hub.ready.url}/#invitation=${token}`, SIZE);
    const heard = listenTo(page, seesAll ? [] : [FAR, FAR_ZONE, COMPANY]);
    const code = await takeUpInvitation(page);
    const own = page.getByTestId('own-page');
    await own.waitFor();
    const links = page.getByRole('navigation').locator('[data-page]');
    await expect.poll(async () => links.evaluateAll((all) => all.map((link) => link.getAttribute('data-page')))).toEqual(pages);
    await page.addInitScript(keepUnderWay);
    const loaded = new Set<boolean>();
    for (const each of [...ALL, 'profile']) {
      const isTheirs = each === 'profile' || pages.some((open) => open === each);
      // What a page asks before it is known whose it is is the same for all of them: one that is theirs is loaded, and one that is not.
      if (loaded.has(isTheirs)) await comeTo(page, `/?page=${each}`);
      else await page.goto(`${hub.ready.url}/?page=${each}`);
      loaded.add(isTheirs);
      await own.waitFor();
      await settled(page);
      expect.soft(await page.getByTestId('not-yours').count(), `${each} says whose it is`).toBe(isTheirs ? 0 : 1);
      expect.soft(await page.getByText(/The hub refused|Hub reports an error/u).count(), `${each} asks nothing that is not theirs`).toBe(0);
      if (isTheirs) expect.soft(await axeFinds(page), `${each} as ${name}`).toEqual([]);
    }
    if (pages.length === 0) {
      // Who sees no place comes in all the same, to what is their own.
      await page.getByRole('button', { name: 'Sign out' }).press('Enter');
      await page.getByTestId('sign-in').waitFor();
      await type(page, 'Name', name);
      await type(page, 'Password', PASSWORD);
      await type(page, 'Code of your authenticator', code);
      await page.keyboard.press('Enter');
      await own.waitFor();
    }
    await heard.judged();
    const refusals = heard.refusals.filter((refusal) => pages.length > 0 || !BEFORE_IT_IS_KNOWN.test(refusal));
    expect.soft({ refusals, leaks: [...new Set(heard.leaks)], faults }).toEqual({ refusals: [], leaks: [], faults: [] });
    await page.context().close();
  });
});
