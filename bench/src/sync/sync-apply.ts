/**
 * What a bulk update costs while it comes: every price changes. Over a thin line, how long until a lane shows it; at a till, how long a sale and a scan wait while it is being applied, beside the same till
 * when nothing comes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';

import { catalogCsv, gtinOf, laneWith, openShownCut, type Lane } from '../lane.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, median, percentile, type Bench, type BenchOptions } from '../report.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { createSyncLane } from './sync-lane.ts';

const LINE = { kilobitsPerS: 64, roundTripMs: 600 };
const LINES = 5;

export const syncApply: Bench = async (options) => {
  const { items, quietSales } = countsOf('sync-apply', options.quick);
  const thin = await overThinLine(options, items);
  const lane = await laneWith(items, options.say);
  const quiet = await sellUntil(lane, quietSales, () => true);
  options.say('every price changes, while the till sells');
  const busy = await sellWhileApplying(lane);
  const p99 = (times: readonly number[]): number => percentile(times, 0.99);
  return {
    name: 'sync-apply',
    against: 'the same till, when nothing comes',
    setting: `over the thin line ${items.toLocaleString('en')} items, every price changed, ${LINE.kilobitsPerS} kbit/s and ${LINE.roundTripMs} ms; at the till as many, sales of ${LINES} lines over a WebSocket`,
    figures: [
      figure('thin line: publication to the lane’s cut', thin.tookS, 's'),
      figure('thin line: bytes', thin.bytes, 'bytes'),
      figure('sales while it is applied', busy.sales.length, 'rows'),
      figure('sale while it is applied, median', median(busy.sales), 'ms'),
      figure('sale while it is applied, p99', p99(busy.sales), 'ms'),
      figure('sale when nothing comes, p99', p99(quiet.sales), 'ms'),
      figure('scan while it is applied, median', median(busy.scans), 'ms'),
      figure('scan while it is applied, p99', p99(busy.scans), 'ms'),
      figure('scan when nothing comes, p99', p99(quiet.scans), 'ms'),
    ],
    targets: [
      atMost(`${items.toLocaleString('en')} price edits over ${LINE.kilobitsPerS} kbit/s`, thin.tookS, (40 * items) / 100_000, 's'),
      atMost('sale p99 while it is applied', p99(busy.sales), 10, 'ms'),
      atMost('scan p99 while it is applied', p99(busy.scans), 2, 'ms'),
    ],
  };
};

/** A lane's real sync, without its till, that holds the catalogue before the line becomes thin. */
async function overThinLine({ say }: BenchOptions, items: number): Promise<{ readonly tookS: number; readonly bytes: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-apply-'));
  const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
  const port = Number(new URL(hub.ready.url).port);
  const [wide, thin] = [await createCountingProxy(port), await createCountingProxy(port, LINE)];
  let line = wide;
  try {
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const publish = async (cents: number): Promise<number> =>
      (await api.importFile('catalog', Readable.from(catalogCsv(items, cents)), { currency: 'EUR' }, () => undefined)).lsn ?? 0;
    const first = await publish(0);
    const lane = createSyncLane(() => line.url, hub.ready.enrolmentCode);
    await lane.start(first);
    await lane.stop();
    const second = await publish(3);
    line = thin;
    say(`${items} changed prices over ${LINE.kilobitsPerS} kbit/s`);
    const startMs = performance.now();
    await lane.start(second);
    const tookS = (performance.now() - startMs) / 1_000;
    await lane.stop();
    const { up, down } = thin.take();
    return { tookS, bytes: up + down };
  } finally {
    for (const each of [wide, thin]) await each.close();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Times {
  readonly sales: number[];
  readonly scans: number[];
}

async function sellWhileApplying(lane: Lane): Promise<Times> {
  // Another price for every item, at each run.
  const cents = 5 + (Math.floor(performance.now()) % 40);
  const shown = openShownCut(lane);
  try {
    const before = shown.at();
    await lane.api.importFile('catalog', Readable.from(catalogCsv(lane.items, cents)), {}, () => undefined);
    return await sellUntil(lane, 1, () => shown.at() !== before);
  } finally {
    shown.close();
  }
}

/** At least `least` sales, and until it is over. */
async function sellUntil(lane: Lane, least: number, isOver: () => boolean): Promise<Times> {
  const till = await lane.access.connect();
  const times: Times = { sales: [], scans: [] };
  const timed = async (into: number[], body: Readonly<Record<string, unknown>>): Promise<void> => {
    const startMs = performance.now();
    const reply = await till.request(body);
    into.push(performance.now() - startMs);
    if (reply.type !== 'reply') throw new Error(`refused: ${JSON.stringify(reply)}`);
  };
  for (let sale = 0; sale < least || !isOver(); sale += 1) {
    for (let line = 0; line < LINES; line += 1) {
      await timed(times.scans, { type: 'scan', code: gtinOf(((sale * LINES + line) * 7_919) % lane.items) });
    }
    await timed(times.sales, { type: 'payCash', amountMinor: 100_000_00 });
  }
  till.close();
  return times;
}
