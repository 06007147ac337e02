/**
 * From a price that headquarters change through the console's API to that price on a key of a connected lane's window, in Chromium with a real hub and a real till; and what each of them costs the
 * store's line, counted between the two, headers and all. Beside it a bare page that is told over a WebSocket.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startHub, startTill } from '@holdfast/tools/app-process';
import { buildAll } from '@holdfast/tools/build';
import { createHubApi } from '@holdfast/tools/hub-api';
import { accessTill } from '@holdfast/tools/till-access';
import { chromium, type Page } from 'playwright-core';
import { WebSocketServer } from 'ws';

import { catalogCsv, waitFor } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';
import { createCountingProxy, type CountingProxy } from './sync/counting-proxy.ts';

const WARM_UP = 3;

/** Each price is another one than all before it, and written as a key shows it. */
const priceAt = (index: number): string => `${900 + index}.${String((index * 37) % 100).padStart(2, '0')}`;

export const priceToLane: Bench = async ({ quick, say }) => {
  const { items, changes } = countsOf('price-to-lane', quick);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-price-'));
  const ends: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const lasting = <T>(held: T, end: (held: T) => Promise<unknown>): T => {
    ends.unshift(async () => end(held));
    return held;
  };
  try {
    const built = await buildAll({ only: ['window', 'main', 'preload'], onBuild: (name) => say(`building the ${name}`) });
    if (!built.ok) throw new Error(`the ${built.error.target} could not be built: ${built.error.output}`);
    say(`${items} items at a hub and at its lane`);
    const hub = lasting(await startHub(['--data', join(folder, 'hub'), '--port', '0']), async (held) => held.stop());
    const { url, consoleToken, enrolmentCode } = hub.ready;
    const api = createHubApi(url, consoleToken);
    await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
    await api.importFile('catalog', Readable.from(catalogCsv(items)), {}, () => undefined);
    const proxy = lasting(await createCountingProxy(Number(new URL(url).port)), async (held) => held.close());
    const data = join(folder, 'till');
    lasting(await startTill(['--data', data, '--port', '0', '--hub', proxy.url, '--enrol', enrolmentCode]), async (held) => held.stop());
    const access = await accessTill(data);
    await waitFor('the catalogue at the lane', 1_800_000, async () => (await access.verify()).items >= items);
    const browser = lasting(
      await chromium.launch({
        executablePath: process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
      }),
      async (held) => held.close(),
    );

    say('a bare page');
    const bare = lasting(await startBarePage(), async (held) => held.close());
    const barePage = await browser.newPage();
    await barePage.goto(bare.url);
    await barePage.waitForFunction(() => document.title === 'ready');
    const bareMs = await shown(barePage, '#price', changes, async (price) => {
      await (await fetch(`${bare.url}/price`, { method: 'POST', body: price })).text();
    });
    await barePage.close();

    say(`${changes} prices, one after the other`);
    const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    await page.goto(await access.windowUrl());
    const tile = page.getByTestId('tile').first();
    await tile.waitFor();
    const sku = (await tile.getAttribute('data-sku')) ?? '';
    const bytes: { readonly up: number; readonly down: number }[] = [];
    const change = async (price: string): Promise<void> => {
      const response = await fetch(`${url}/api/v1/prices`, {
        method: 'POST',
        headers: { authorization: `Bearer ${consoleToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ lines: [{ sku, scopes: ['global'], amount: price, currency: 'EUR' }] }),
      });
      if (!response.ok) throw new Error(`the price was refused: ${response.status} ${await response.text()}`);
    };
    await quietOf(proxy);
    const times = await shown(page, `[data-sku="${sku}"]`, changes, change, async () => void bytes.push(await quietOf(proxy)));
    return {
      name: 'price-to-lane',
      against: 'a bare page that shows what a bare server tells it over a WebSocket as soon as it is posted',
      setting: `${items} goods at a hub (PGlite) and at a lane, ${changes} prices through POST /api/v1/prices one after the other, headless Chromium at 1366×768, all on one machine`,
      figures: [
        figure('posted → on a key, median', median(times), 'ms'),
        figure('bare: posted → in the page, median', median(bareMs), 'ms'),
        figure('bare: posted → in the page, p95', percentile(bareMs, 0.95), 'ms'),
        figure('bytes down for one price, median', median(bytes.map(({ down }) => down)), 'bytes'),
        figure('bytes up for one price, median', median(bytes.map(({ up }) => up)), 'bytes'),
      ],
      targets: [atMost('posted → on a key, p95', percentile(times, 0.95), 2_000, 'ms')],
    };
  } finally {
    for (const end of ends) await end();
  }
};

/** From before each price is sent until the page shows it; the first few are not counted. */
async function shown(
  page: Page,
  selector: string,
  changes: number,
  send: (price: string) => Promise<void>,
  after: () => Promise<void> = async () => undefined,
): Promise<readonly number[]> {
  const times: number[] = [];
  for (let index = 0; index < changes + WARM_UP; index++) {
    const price = priceAt(index);
    const beganMs = performance.now();
    await send(price);
    await page.waitForFunction(
      ([where, wanted]) => document.querySelector(where)?.textContent.includes(wanted) === true,
      [selector, price] as const,
      {
        polling: 'raf',
        timeout: 60_000,
      },
    );
    times.push(performance.now() - beganMs);
    await after();
  }
  return times.slice(WARM_UP);
}

const QUIET_MS = 400;

/** What passed until nothing passes any more. */
async function quietOf(proxy: CountingProxy): Promise<{ readonly up: number; readonly down: number }> {
  const sum = { up: 0, down: 0 };
  for (let isQuiet = false; !isQuiet;) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    const { up, down } = proxy.take();
    isQuiet = up + down === 0;
    sum.up += up;
    sum.down += down;
  }
  return sum;
}

async function startBarePage(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.method !== 'POST')
      return response.setHeader('content-type', 'text/html').end(`<b id="price"></b><script>
        const socket = new WebSocket(location.href.replace('http', 'ws'));
        socket.onopen = () => (document.title = 'ready');
        socket.onmessage = ({ data }) => (document.querySelector('#price').textContent = data);
      </script>`);
    let price = '';
    request.setEncoding('utf8').on('data', (part: string) => (price += part));
    return request.on('end', () => {
      for (const client of sockets.clients) client.send(price);
      response.end('ok');
    });
  });
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
