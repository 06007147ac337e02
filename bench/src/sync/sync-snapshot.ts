/** A new lane's first catalogue: from the start of its till until it holds every item and finds one by its name, the hub's sealing of the snapshot with it; and once more by a lane that comes when it is sealed. And what a lane loads where the hub has lost what it holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startTill } from '@holdfast/tools/app-process';
import { accessTill } from '@holdfast/tools/till-access';

import { laneWith, waitFor } from '../lane.ts';
import { countsOf } from '../plan.ts';
import { atMost, figure, type Bench } from '../report.ts';
import { columnsBytes } from './bounds.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { catalogGoods, catalogRows } from './goods.ts';
import { hubFork } from './hub-fork.ts';
import { usageOf } from './usage.ts';
import { goodsRowsOfTill, workloadFigures, wrongRows } from './workload.ts';

export const syncSnapshot: Bench = async ({ quick, say }) => {
  const { items, forkItems } = countsOf('sync-snapshot', quick);
  const fork = await hubFork(forkItems, say);
  const lane = await laneWith(items, say);
  say('a second lane');
  const proxy = await createCountingProxy(Number(new URL(lane.hub.ready.url).port));
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-snapshot-'));
  const { code } = await lane.api.mintEnrolmentCode({ store: '1' });
  const hubPid = lane.hub.ready.pid;
  const hubBefore = usageOf(hubPid);
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
    const hubAfter = usageOf(hubPid);
    const used = [{ cpuS: hubAfter.cpuS - hubBefore.cpuS, peakMb: hubAfter.peakMb }, usageOf(till.ready.pid)];
    say('the bound, and row by row what the lane holds');
    const rows = goodsRowsOfTill(join(folder, 'till.db'), catalogGoods(items));
    const boundBytes = columnsBytes(catalogRows(items));
    const workload = { sentBytes: up + down, boundBytes, cost: { value: undefined, tookS, used }, rows };
    return {
      name: 'sync-snapshot',
      against: 'the same snapshot for the first lane, for which the hub seals it',
      setting: `${items.toLocaleString('en')} items, hub and lane on one machine`,
      figures: [
        figure('first lane: start to all items', lane.firstSyncS, 's'),
        ...workloadFigures('W1 second lane', workload),
        ...fork.figures,
      ],
      targets: [
        atMost('second lane: start to all items, searchable', tookS, 20, 's'),
        atMost('second lane: sent', up + down, 1.3 * boundBytes, 'bytes'),
        atMost('second lane: lost, doubled or different', wrongRows(rows), 0, 'rows'),
        ...fork.targets,
      ],
    };
  } finally {
    await till.stop();
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
