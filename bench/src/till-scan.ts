/**
 * A scan: code in, line out that outlives the till's process (docs/decisions/0007). At the till's core, called in this process; and over the WebSocket of a till of its own
 * process, while it sends its sales to the hub. Each beside a bare look-up and a bare fsynced insert by the same way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { startTill } from '@holdfast/pos-desktop/till';
import Database from 'better-sqlite3';

import { startBareLane, timed } from './floors/bare.ts';
import { gtinOf, laneWith, withoutTill } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, percentile, type Bench } from './report.ts';

const BASKET = 50;
/** Until the code that every scan runs is compiled; a till runs all day. */
const WARM_UP = 2_000;
const LINE_BYTES = 200;

type Ask = (body: Readonly<Record<string, unknown>>) => { readonly type: string } | Promise<{ readonly type: string }>;

export const tillScan: Bench = async ({ quick, say }) => {
  const { items, scans } = countsOf('till-scan', quick);
  const lane = await laneWith(items, say);
  say(`${scans} scans over a WebSocket`);
  const till = await lane.access.connect();
  const overSocket = await scanTimes((body) => till.request(body), items, scans);
  till.close();
  const bare = await startBareLane(items);
  await timed(500, (n) => bare.request({ look: `bare-${n}` }));
  const lookTimes = await timed(scans, (n) => bare.request({ look: `bare-${(n * 7_919) % items}` }));
  const putTimes = await timed(scans, () => bare.request({ put: LINE_BYTES }));
  bare.close();
  say(`${scans} scans at the core`);
  const core = await withoutTill(lane, (data) => coreTimes(data, items, scans));
  const inserts = insertTimes(scans);
  return {
    name: 'till-scan',
    against: `at the core: a bare fsynced insert of ${LINE_BYTES} bytes in the same process; over a WebSocket: a bare server that looks up, or inserts`,
    setting: `${items.toLocaleString('en')} items, ${scans} scans in baskets of ${BASKET} after ${WARM_UP} to warm up, kept over a kill when answered and synced to the disk behind it; only the second way shares the machine with a hub and a client`,
    figures: [
      figure('core: scan, median', median(core), 'ms'),
      figure('bare insert, median', median(inserts), 'ms'),
      figure('bare insert, p99', percentile(inserts, 0.99), 'ms'),
      figure('core ÷ bare insert, median', median(core) / median(inserts), '×'),
      figure('over a WebSocket: scan, median', median(overSocket), 'ms'),
      figure('over a WebSocket: scan, p99', percentile(overSocket, 0.99), 'ms'),
      figure('bare look-up over a WebSocket, median', median(lookTimes), 'ms'),
      figure('bare look-up over a WebSocket, p99', percentile(lookTimes, 0.99), 'ms'),
      figure('bare insert over a WebSocket, median', median(putTimes), 'ms'),
      figure('bare insert over a WebSocket, p99', percentile(putTimes, 0.99), 'ms'),
    ],
    targets: [atMost('core: scan, p99', percentile(core, 0.99), 1, 'ms')],
  };
};

async function scanTimes(ask: Ask, items: number, scans: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let n = 0; n < WARM_UP + scans; n++) {
    const start = performance.now();
    const reply = await ask({ type: 'scan', code: gtinOf((n * 7_919) % items) });
    times.push(performance.now() - start);
    // What was begun in the background goes on beside the next scan, as it does beside a cashier.
    await setImmediate();
    if (reply.type !== 'reply') throw new Error(`a scan was refused: ${JSON.stringify(reply)}`);
    if (n % BASKET === BASKET - 1) await ask({ type: 'payCash', amountMinor: 100_000_00 });
  }
  await ask({ type: 'payCash', amountMinor: 100_000_00 });
  return times.slice(WARM_UP);
}

/** JSON in, JSON out, as a window's port hands it over; no transport. */
async function coreTimes(data: string, items: number, scans: number): Promise<readonly number[]> {
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const till = await startTill({ dataFolder: data, port: 0, json: true }, silent);
  if (!till.ok) throw new Error('the till still holds its folder');
  const { windows } = till.value;
  let last = '';
  const window = windows.attach({ send: (...texts) => (last = texts.at(-1) ?? '') });
  let asked = 0;
  const ask: Ask = (body) => {
    window.receive(JSON.stringify({ id: `core-${performance.timeOrigin}-${(asked += 1)}`, atMs: Date.now(), body }));
    return JSON.parse(last) as { type: string };
  };
  try {
    return await scanTimes(ask, items, scans);
  } finally {
    await till.value.stop();
  }
}

function insertTimes(count: number): readonly number[] {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bare-'));
  const database = new Database(join(folder, 'bare.db'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE put(bytes BLOB) STRICT');
  const put = database.prepare('INSERT INTO put VALUES (?)');
  const bytes = Buffer.alloc(LINE_BYTES, 1);
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const start = performance.now();
    put.run(bytes);
    times.push(performance.now() - start);
  }
  database.close();
  rmSync(folder, { recursive: true });
  return times;
}
