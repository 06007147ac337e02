/** A cold till with its whole catalogue: from its start to the answer to the first scan, and to a painted window. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startTill } from '@holdfast/tools/app-process';
import { findElectron } from '@holdfast/tools/electron-binary';
import { accessTill } from '@holdfast/tools/till-access';

import { closeLanes, gtinOf, laneWith } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, median, type Bench, type Figure, type Target } from './report.ts';

export const coldStart: Bench = async ({ quick, say }) => {
  const { items, starts: runs } = countsOf('cold-start', quick);
  if (!quick) await closeLanes();
  const lane = await laneWith(items, say);
  const data = join(lane.folder, 'till');
  await lane.till.stop();
  const scans: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const till = await startTill(['--data', data, '--port', '0']);
    const connection = await (await accessTill(data)).connect();
    const reply = await connection.request({ type: 'scan', code: gtinOf(items - 1 - run) });
    scans.push((performance.now() - start) / 1_000);
    if (reply.type !== 'reply') throw new Error(`the first scan was refused: ${JSON.stringify(reply)}`);
    await connection.request({ type: 'voidSale' });
    connection.close();
    await till.stop();
  }
  const bare = await bareNode();
  const painted = await electronPainted(data, runs, say);
  await closeLanes();
  return {
    name: 'cold-start',
    against: 'a bare Node process: start to exit',
    setting: `${items.toLocaleString('en')} items; a new process each time (the page cache is warm); median of ${runs}`,
    figures: [
      figure('process start to first scan answered', median(scans), 's'),
      figure('bare Node, start to exit', bare, 's'),
      figure('before all that: the lane’s first sync of them', lane.firstSyncS, 's'),
      ...painted.figures,
    ],
    targets: [atMost('till answers a scan', median(scans), 2, 's'), ...painted.targets],
  };
};

async function bareNode(): Promise<number> {
  const start = performance.now();
  await new Promise((resolve) => spawn(process.execPath, ['-e', '0']).once('exit', resolve));
  return (performance.now() - start) / 1_000;
}

/** Till and Electron started together, until the sell screen has painted; nothing where no Electron is present. */
async function electronPainted(
  data: string,
  runs: number,
  say: (text: string) => void,
): Promise<{ readonly figures: readonly Figure[]; readonly targets: readonly Target[] }> {
  const electron = findElectron();
  if ('missing' in electron || process.env['DISPLAY'] === undefined) {
    say(`not run: Electron window (${'missing' in electron ? electron.missing : 'no DISPLAY: run under xvfb-run -a'})`);
    return { figures: [], targets: [] };
  }
  const { _electron } = await import('playwright-core');
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const till = await startTill(['--data', data, '--port', '0']);
    const app = await _electron.launch({
      executablePath: electron.path,
      args: ['--no-sandbox', '--disable-gpu', fileURLToPath(new URL('../../apps/pos-desktop', import.meta.url))],
      env: { ...process.env, HOLDFAST_TILL_URL: till.ready.url },
    });
    const page = await app.firstWindow();
    await page.getByTestId('total').waitFor();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))));
    times.push((performance.now() - start) / 1_000);
    await app.close();
    await till.stop();
  }
  return {
    figures: [figure('till and Electron start to painted sell screen', median(times), 's')],
    targets: [atMost('Electron window painted', median(times), 5, 's')],
  };
}
