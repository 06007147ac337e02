import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { openPglite } from './pglite.ts';
import { StartRefused } from './start-refusals.ts';

const disk = mkdtempSync(join(tmpdir(), 'holdfast-hub-full-'));
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk]).status === 0;
if (!isMounted) process.stderr.write('not run: a disk that is really full (mounting one needs root)\n');
afterAll(() => {
  if (isMounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

test.runIf(isMounted)('a hub on a full disk says so, and starts with what it had once there is room', async () => {
  const folder = join(disk, 'pg');
  const begun = await openPglite(folder, { isEmpty: true });
  await begun.script('CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)');
  await begun.close();
  const filler = join(disk, 'filler');
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
  const refused = await openPglite(folder).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StartRefused);
  expect(String(refused)).toContain(`The disk of ${folder} is full: make room on it, and start the hub again.`);
  rmSync(filler);
  const again = await openPglite(folder);
  expect(await again.rows('SELECT n FROM kept')).toEqual([{ n: 7 }]);
  await again.close();
});
