/**
 * A whole chain comes back at once, as after a day without internet: every lane has its sales to bring and a tenth of its prices to fetch, and all of them ask in the same moment. Each lane is the
 * real sync over a real SQLite; hub, Postgres (every flush on) and lanes share the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { startPostgres } from '@holdfast/hub-server/postgres-server';
import { generatedSales } from '@holdfast/sync/generated-sales';
import { startHub } from '@holdfast/tools/app-process';
import { createHubApi, type HubApi } from '@holdfast/tools/hub-api';

import { catalogCsv } from '../lane.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, percentile, type Bench } from '../report.ts';
import { createSyncLane, type SyncLane } from './sync-lane.ts';

/** Lanes that make their first sync at a time, before it begins. */
const AT_ONCE = 10;
const MS_PER_S = 1_000;
const FOLDED_WITHIN_MS = 300_000;

/** Of all answers, how many of each status; 0: none came. */
function countingFetch(counts: Map<number, number>): typeof fetch {
  const note = (status: number): void => void counts.set(status, (counts.get(status) ?? 0) + 1);
  return async (...request) => {
    try {
      const response = await fetch(...request);
      note(response.status);
      return response;
    } catch (error) {
      note(0);
      throw error;
    }
  };
}

export const syncHerd: Bench = async ({ quick, say }) => {
  const { lanes: count, stores, sales, items } = countsOf('sync-herd', quick);
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-herd-'));
  const postgres = await startPostgres({ flushes: true });
  process.env['DATABASE_URL'] = postgres.url;
  const hub = await startHub(['--data', join(folder, 'hub'), '--port', '0']);
  delete process.env['DATABASE_URL'];
  try {
    const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
    const publish = async (changed: number, cents: number): Promise<number> =>
      (await api.importFile('catalog', Readable.from(catalogCsv(changed, cents)), { currency: 'EUR' }, () => undefined)).lsn ?? 0;
    const first = await publish(items, 0);
    const statuses = new Map<number, number>();
    say(`${count} lanes in ${stores} stores take their first catalogue of ${items} items, and sell ${sales} times`);
    const lanes = await openLanes({ hub: hub.ready, stores, count, first, counting: countingFetch(statuses) });
    for (const [index, lane] of lanes.entries()) lane.sell(generatedSales(sales, index + 1));
    const second = await publish(Math.floor(items / 10), 3);
    statuses.clear();
    say('all of them come back at once');
    const startMs = performance.now();
    const tookS = await Promise.all(
      lanes.map(async (lane) => {
        await lane.start(second);
        return (performance.now() - startMs) / MS_PER_S;
      }),
    );
    for (const lane of lanes) await lane.stop();
    const waiting = lanes.reduce((sum, { store }) => sum + store.waiting().entries, 0);
    const verification = await verifiedOnceFolded(api, count * sales);
    if (waiting > 0 || verification.totals.sales !== count * sales || !verification.projectionsEqualLedger)
      throw new Error(`${waiting} entries wait, ${verification.totals.sales} of ${count * sales} sales are there`);
    const other = [...statuses].filter(([status]) => ![200, 206, 429, 503].includes(status));
    const later = (statuses.get(429) ?? 0) + (statuses.get(503) ?? 0);
    return {
      name: 'sync-herd',
      against: 'no peer: what the chain of lanes itself needs',
      setting: `${count} lanes in ${stores} stores, each with ${sales} sales of 5.4 lines and ${Math.floor(items / 10)} of ${items} prices changed; hub, Postgres and all lanes on one machine`,
      figures: [
        figure('a lane converged, median', percentile(tookS, 0.5), 's'),
        figure(
          'requests',
          [...statuses.values()].reduce((sum, times) => sum + times, 0),
          'rows',
        ),
        figure('of them asked for patience (429, 503)', later, 'rows'),
        ...other.map(([status, times]) => figure(status === 0 ? 'without any answer' : `answered ${status}`, times, 'rows')),
      ],
      targets: [
        atMost('the last lane converged', Math.max(...tookS), 300, 's'),
        atMost(
          'answers that were neither 2xx nor 429 nor 503',
          other.reduce((sum, [, times]) => sum + times, 0),
          0,
          'rows',
        ),
      ],
    };
  } finally {
    await hub.stop();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** What was received is folded behind the answers. */
async function verifiedOnceFolded(api: HubApi, sales: number): Promise<Awaited<ReturnType<HubApi['verify']>>> {
  for (const endMs = performance.now() + FOLDED_WITHIN_MS; ;) {
    const verification = await api.verify();
    const isFolded = verification.totals.sales >= sales && verification.projectionsEqualLedger;
    if (isFolded || performance.now() > endMs) return verification;
    await new Promise((resolve) => setTimeout(resolve, MS_PER_S));
  }
}

interface Opening {
  readonly hub: { readonly url: string; readonly consoleToken: string };
  readonly stores: number;
  readonly count: number;
  readonly first: number;
  readonly counting: typeof fetch;
}

async function openLanes({ hub, stores, count, first, counting }: Opening): Promise<readonly SyncLane[]> {
  const api = createHubApi(hub.url, hub.consoleToken);
  const names = Array.from({ length: stores }, (_, index) => `h${index}`);
  for (const store of names) await api.createStore({ store, name: store, currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true });
  const lanes: SyncLane[] = [];
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const next = await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - opened) }, async (_, index) => {
        const { code } = await api.mintEnrolmentCode({ store: names[(opened + index) % stores] ?? '' });
        const lane = createSyncLane(() => hub.url, code, { fetching: counting });
        await lane.start(first);
        await lane.stop();
        return lane;
      }),
    );
    lanes.push(...next);
  }
  return lanes;
}
