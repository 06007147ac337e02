/**
 * The promise of the next frame: from the last key of a wedge scan to the line in the page, and to the frame that shows it, in
 * Chromium with the real till, while the lane catches up with its hub after an isolation in which every price changed; by turns with a bare
 * page that does the same look-up over a WebSocket, and both once more with nothing else going on.
 */
import { Readable } from 'node:stream';

import type { TillConnection } from '@holdfast/tools/till-access';
import { chromium, type Page } from 'playwright-core';

import { startBareLane } from './floors/bare.ts';
import { catalogCsv, gtinOf, laneWith, openShownCut, prepared, waitFor, type Lane } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const BASKET = 40;
/** To warm up: until what a scan, a payment and the first line behind one run is compiled; a lane sells all day. The 99th percentile of baskets of 40 is that of their first lines. */
const WARM_UP_BASKET = 8;

/** What `openPage` puts into each page. */
interface ScanPage {
  readonly scanTimes: readonly { readonly key: number; readonly line: number; readonly painted: number }[];
  scanned(count: number): Promise<void>;
}

interface Times {
  readonly lineMs: readonly number[];
  readonly paintedMs: readonly number[];
}

export const scanToLine: Bench = async ({ quick, say }) => {
  const counts = countsOf('scan-to-line', quick);
  const { items, scans, isolations } = counts;
  const lane = await laneWith(items, say);
  const bareLane = await startBareLane(items);
  const browser = await chromium.launch({
    executablePath: process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  const till = await lane.access.connect();
  try {
    const bare = await openPage(browser.newPage({ viewport: { width: 1366, height: 768 } }), bareLane.url);
    await bare.waitForFunction(() => document.title === 'ready');
    const real = await openPage(browser.newPage({ viewport: { width: 1366, height: 768 } }), await lane.access.windowUrl());
    await real.getByTestId('total').waitFor();
    say('the bare page, and the real one at rest');
    let next = 0;
    const scan = async (page: Page, count: number, by: TillConnection | null, more: Partial<Scanning> = {}): Promise<Times> => {
      const first = next;
      next += count;
      return measure(page, { items, first, scans: count, till: by, basket: BASKET, ...more });
    };
    await scan(bare, counts.warmUpScans, null);
    await scan(real, counts.warmUpScans, till, { basket: WARM_UP_BASKET });
    const bareQuietly = await scan(bare, counts.bareScans, null);
    const quietly = await scan(real, scans, till);
    const syncing: Times[] = [];
    const bareSyncing: Times[] = [];
    for (let round = 1; round <= isolations; round++) {
      say(
        `isolation ${round} of ${isolations}: every price changes, the lane comes back, ${scans} scans of each page or until it has caught up`,
      );
      const atLsn = await scanWhileCatchingUp(lane, till, round, async (isOver) => {
        for (let done = 0; done < scans && !isOver(); done += BASKET) {
          const turn = Math.min(BASKET, scans - done);
          syncing.push(await scan(real, turn, till, { isOver }));
          bareSyncing.push(await scan(bare, turn, null, { isOver }));
        }
      });
      if (round === isolations) break;
      await waitFor('the new prices at the lane', 600_000, async () => (await lane.access.verify()).position.lsn > atLsn);
    }
    if (syncing.every(({ lineMs }) => lineMs.length === 0))
      throw new Error('the lane had caught up before the first scan: give it more to catch up with');
    const [times, bareTimes] = [together(syncing), together(bareSyncing)];
    const [p99, bareP99] = [percentile(times.lineMs, 0.99), percentile(bareTimes.lineMs, 0.99)];
    return {
      name: 'scan-to-line',
      against: 'a bare page that looks the same key up over a WebSocket and appends one row, by turns of a basket with the real one',
      setting: `${items.toLocaleString('en')} items, ${times.lineMs.length} scans in baskets of ${BASKET} after ${counts.warmUpScans} to warm up, ${bareTimes.lineMs.length} in the bare page, headless Chromium at 1366×768, while the lane takes in ${items.toLocaleString('en')} changed prices`,
      figures: [
        figure('last key → line in the page, median', median(times.lineMs), 'ms'),
        figure('last key → painted, median', median(times.paintedMs), 'ms'),
        figure('bare: last key → line, median', median(bareTimes.lineMs), 'ms'),
        figure('bare: last key → line, p99', bareP99, 'ms'),
        figure('bare: last key → painted, p99', percentile(bareTimes.paintedMs, 0.99), 'ms'),
        figure('nothing syncing: last key → line, median', median(quietly.lineMs), 'ms'),
        figure('nothing syncing: last key → line, p99', percentile(quietly.lineMs, 0.99), 'ms'),
        figure('nothing syncing: last key → painted, p99', percentile(quietly.paintedMs, 0.99), 'ms'),
        figure('bare, nothing syncing: last key → line, median', median(bareQuietly.lineMs), 'ms'),
        figure('bare, nothing syncing: last key → line, p99', percentile(bareQuietly.lineMs, 0.99), 'ms'),
        figure('bare, nothing syncing: last key → painted, p99', percentile(bareQuietly.paintedMs, 0.99), 'ms'),
      ],
      targets: [
        atMost('last key → line, p99', p99, 8, 'ms'),
        atMost('last key → line ÷ bare page, p99', p99 / bareP99, 2, '×'),
        atMost('last key → painted, p99', percentile(times.paintedMs, 0.99), 25, 'ms'),
      ],
    };
  } finally {
    till.close();
    bareLane.close();
    await browser.close();
  }
};

const together = (turns: readonly Times[]): Times => ({
  lineMs: turns.flatMap(({ lineMs }) => lineMs),
  paintedMs: turns.flatMap(({ paintedMs }) => paintedMs),
});

/** The hub is busy before, and only hands over what it has while scans are timed; answers the LSN that the lane stood at before. */
async function scanWhileCatchingUp(
  lane: Lane,
  till: TillConnection,
  round: number,
  scan: (isOver: () => boolean) => Promise<void>,
): Promise<number> {
  const { lsn } = (await lane.access.verify()).position;
  lane.cable.set('cut');
  await prepared(lane, () => lane.api.importFile('catalog', Readable.from(catalogCsv(lane.items, round)), {}, () => undefined));
  lane.cable.set('joined');
  await waitFor('the hub at the lane', 60_000, async () => {
    const reply = await till.request({ type: 'open', version: 1 });
    return reply.type === 'reply' && reply.value.state?.status.hub === 'connected';
  });
  const shown = openShownCut(lane);
  try {
    const before = shown.at();
    await scan(() => shown.at() !== before);
    return lsn;
  } finally {
    shown.close();
  }
}

async function openPage(opening: Promise<Page>, url: string): Promise<Page> {
  const page = await opening;
  // Before the page's own listeners: a scan's keys go no further than to them.
  await page.addInitScript(() => {
    const times: { key: number; line: number; painted: number }[] = [];
    let keyAt = 0;
    let wake = (): void => {};
    /** Waits for so many scans without asking for frames, which would add to the page's own. */
    const scanned = async (count: number): Promise<void> => {
      const endsAt = performance.now() + 5_000;
      while (times.length < count) {
        if (performance.now() > endsAt) throw new Error(`${times.length} of ${count} scans brought a line`);
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 5_000);
        });
      }
    };
    addEventListener(
      'keydown',
      (event) => {
        if (event.key === 'Enter') keyAt = event.timeStamp;
      },
      true,
    );
    new MutationObserver((records) => {
      const isLine = (node: Node): boolean =>
        node instanceof HTMLElement && (node.dataset['lineId'] !== undefined || node.querySelector('[data-line-id]') !== null);
      if (keyAt === 0 || !records.some(({ addedNodes }) => [...addedNodes].some(isLine))) return;
      const entry = { key: keyAt, line: performance.now(), painted: 0 };
      keyAt = 0;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.addEventListener('message', () => {
          entry.painted = performance.now();
          times.push(entry);
          wake();
        });
        channel.port1.start();
        channel.port2.postMessage(null);
      });
    }).observe(document, { childList: true, subtree: true });
    Object.assign(window, { scanTimes: times, scanned });
  });
  await page.goto(url);
  return page;
}

interface Scanning {
  readonly items: number;
  /** The number of its first scan, so that no two turns ask for the same goods. */
  readonly first: number;
  readonly scans: number;
  readonly till: TillConnection | null;
  readonly basket: number;
  /** Looked at after each scan, which no longer counts then; absent: it never is. */
  readonly isOver?: () => boolean;
}

/** Types codes as a wedge does, ends baskets by the till's own contract (where there is a till), and reads the page's clock. */
async function measure(page: Page, { items, first, scans, till, basket, isOver = () => false }: Scanning): Promise<Times> {
  const session = await page.context().newCDPSession(page);
  await page.bringToFront();
  const before = await page.evaluate(() => (window as unknown as ScanPage).scanTimes.length);
  const endBasket = async (): Promise<unknown> =>
    till === null
      ? page.evaluate(() => document.querySelector('#rows')!.replaceChildren())
      : till.request({ type: 'payCash', amountMinor: 100_000_00 });
  let counted = 0;
  for (let n = 0; n < scans; n++) {
    // One key after the other, as they come over a scanner's cable: the page is done with one before the next.
    for (const key of gtinOf(((first + n) * 7_919) % items)) {
      await session.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text: key });
      await session.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
    }
    // Asked before the last key: the question is work for the page and its browser, which no scanner gives them between that key and the line.
    const isShown = page.evaluate((count) => (window as unknown as ScanPage).scanned(count), before + n + 1);
    const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 };
    await session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...enter, text: '\r' });
    await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
    await isShown;
    if (isOver()) {
      await endBasket();
      break;
    }
    counted += 1;
    if (n % basket === basket - 1 || n === scans - 1) await endBasket();
  }
  const times = await page.evaluate(([from, to]) => (window as unknown as ScanPage).scanTimes.slice(from, to), [
    before,
    before + counted,
  ] as const);
  return { lineMs: times.map(({ key, line }) => line - key), paintedMs: times.map(({ key, painted }) => painted - key) };
}
