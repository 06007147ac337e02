/** A hub that is set back to its backup of before a repricing, and goes on with another one: what a lane loads that held the lost prices, beside the whole catalogue that it loaded at first. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startHub } from '@holdfast/tools/app-process';
import { createHubApi } from '@holdfast/tools/hub-api';

import { waitFor } from '../lane.ts';
import { atMost, figure, type BenchOptions, type Figure, type Target } from '../report.ts';
import { createCountingProxy } from './counting-proxy.ts';
import { csvOf, drawCents, rowOf, sample, seeded } from './goods.ts';
import { createSyncLane } from './sync-lane.ts';

const LOST_SHARE = 0.01;

type RunningHub = Awaited<ReturnType<typeof startHub>>;

const totalOf = ({ up, down }: { readonly up: number; readonly down: number }): number => up + down;

export async function hubFork(
  items: number,
  say: BenchOptions['say'],
): Promise<{ readonly figures: readonly Figure[]; readonly targets: readonly Target[] }> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-fork-'));
  const [data, backup] = [join(folder, 'hub'), join(folder, 'backup')];
  const next = seeded(3);
  const start = (): Promise<RunningHub> => startHub(['--data', data, '--port', '0']);
  const lineTo = (hub: RunningHub) => createCountingProxy(Number(new URL(hub.ready.url).port));
  const reprice = async ({ ready }: RunningHub, share: number): Promise<number> => {
    const which = sample(items, Math.round(items * share), next);
    const rows = which.map((n) => rowOf(n, drawCents(next)));
    const { lsn } = await createHubApi(ready.url, ready.consoleToken).importFile(
      'catalog',
      csvOf(rows),
      { currency: 'EUR' },
      () => undefined,
    );
    if (lsn === null) throw new Error('nothing was published');
    return lsn;
  };
  let hub = await start();
  let line = await lineTo(hub);
  const api = createHubApi(hub.ready.url, hub.ready.consoleToken);
  await api.publish([{ type: 'tax', key: 'standard', scope: 'global', fields: { name: 'VAT', rateBps: 1_900 } }]);
  const lane = createSyncLane(() => line.url, hub.ready.enrolmentCode);
  /** The same hub as another process; `meanwhile`: what is done to its data. */
  const restart = async (meanwhile: () => void): Promise<void> => {
    await line.close();
    await hub.stop();
    meanwhile();
    hub = await start();
    line = await lineTo(hub);
  };
  try {
    say(`a lane with ${items.toLocaleString('en')} items`);
    await lane.start(await reprice(hub, 1));
    const whole = totalOf(line.take());
    await restart(() => cpSync(data, backup, { recursive: true }));
    say('prices that the hub will lose');
    const lost = await reprice(hub, LOST_SHARE);
    await lane.stop();
    await lane.start(lost);
    const { hubEpoch } = lane.store.cut().position;
    await restart(() => {
      rmSync(data, { recursive: true });
      cpSync(backup, data, { recursive: true });
    });
    await reprice(hub, LOST_SHARE);
    say('the lane meets the hub that was set back');
    await lane.ask();
    await waitFor('the lane in the new history', 120_000, () => Promise.resolve(lane.store.cut().position.hubEpoch !== hubEpoch));
    const back = totalOf(line.take());
    return {
      figures: [figure('fork: whole snapshot', whole, 'bytes'), figure('fork: back to the common cut, and on', back, 'bytes')],
      targets: [atMost('fork: difference ÷ whole snapshot', back / whole, 0.1, '×')],
    };
  } finally {
    await lane.close();
    await line.close();
    await hub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
