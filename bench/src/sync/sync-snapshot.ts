/** A new lane's first catalogue: from the start of its till until it holds every item and finds one by its name, the hub's sealing of the snapshot with it; and once more by a lane that comes when it is sealed. And what a lane loads where the hub has lost what it holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startTill } from '@holdfast/tools/app-process';
import { accessTill } from '@holdfast/tools/till-access';

import { laneWith, waitFor } from '../lane.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench } from '../report.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { hubFork } from './hub-fork.ts';

export const syncSnapshot: Bench = async ({ quick, say }) => {
  const { items, forkItems } = countsOf('sync-snapshot', quick);
  const fork = await hubFork(forkItems, say);
  const lane = await laneWith(items, say);
  say('a second lane');
  const proxy = await createCountingProxy(Number(new URL(lane.hub.ready.url).port));
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-snapshot-'));
  const { code } = await lane.api.mintEnrolmentCode({ store: '1' });
  const startMs = performance.now();
  const till = await startTill(['--data', folder, '--port', '0', '--hub', proxy.url, '--enrol', code]);
  try {
    const access = await accessTill(folder);
    await waitFor('the catalogue at the second lane', 1_800_000, async () => (await access.verify()).items >= items);
    const window = await access.connect();
    await waitFor('an item by its name', 60_000, async () => {
      const found = await window.request({ type: 'search', text: `Apple ${items - 16}`, limit: 5 });
      return found.type === 'reply' && JSON.stringify(found.value).includes('Apple');
    });
    const tookS = (performance.now() - startMs) / 1_000;
    window.close();
    const { up, down } = proxy.take();
    return {
      name: 'sync-snapshot',
      against: 'the same snapshot for the first lane, for which the hub seals it',
      setting: `${items.toLocaleString('en')} items, hub and lane on one machine`,
      figures: [
        figure('first lane: start to all items', lane.firstSyncS, 's'),
        figure('second lane: start to all items, searchable', tookS, 's'),
        figure('second lane: bytes', up + down, 'bytes'),
        ...fork.figures,
      ],
      targets: [atMost('second lane: start to all items, searchable', tookS, 20, 's'), ...fork.targets],
    };
  } finally {
    await till.stop();
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
