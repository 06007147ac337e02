/** Resident memory of a till with its catalogue, after a day's work; beside a bare Node with an open database. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { gtinOf, laneWith } from './lane.ts';
import { countsOf } from './plan.ts';
import { atMost, figure, type Bench } from './report.ts';

const MB = 1_048_576;

const residentMb = (pid: number): number => (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024) / MB;
const peakMb = (pid: number): number => (Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024) / MB;

export const memory: Bench = async ({ quick, say }) => {
  const { items, sales } = countsOf('memory', quick);
  const lane = await laneWith(items, say);
  const till = await lane.access.connect();
  say(`${sales} sales and searches`);
  for (let sale = 0; sale < sales; sale++) {
    for (let line = 0; line < 8; line++) await till.request({ type: 'scan', code: gtinOf((sale * 8 + line) % items) });
    await till.request({ type: 'search', text: 'apple bre', limit: 20 });
    await till.request({ type: 'payCash', amountMinor: 100_000_00 });
  }
  till.close();
  const bare = spawnSync(
    process.execPath,
    ['-e', "const D=require('better-sqlite3');new D(':memory:');console.log(process.memoryUsage.rss())"],
    {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
    },
  );
  const resident = residentMb(lane.access.pid);
  return {
    name: 'memory',
    against: 'a bare Node process with better-sqlite3 loaded and a database open',
    setting: `${items.toLocaleString('en')} items, after their first sync and ${sales} sales of 8 lines with a search each`,
    figures: [
      figure('till, resident', resident, 'MB'),
      figure('till, peak since its start (first sync included)', peakMb(lane.access.pid), 'MB'),
      figure('bare Node with SQLite, resident', Number(bare.stdout) / MB, 'MB'),
      figure('till ÷ bare', resident / (Number(bare.stdout) / MB), '×'),
    ],
    targets: [atMost('till, resident', resident, 200, 'MB')],
  };
};
