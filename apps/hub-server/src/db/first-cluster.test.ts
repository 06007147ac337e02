import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { prepareCluster } from './first-cluster.ts';
import { openPglite } from './pglite.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cluster-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

test('a new database is a copy of the kept one, and what a killed start left beside it is gone', async () => {
  const data = join(folder, 'pg');
  await mkdir(`${data}.new`);
  await writeFile(join(`${data}.new`, 'half-a-file'), '');
  await prepareCluster(data);
  expect(await readdir(folder)).toEqual(['pg']);
  expect(await readdir(data)).toContain('PG_VERSION');
  expect(await readdir(data)).not.toContain('half-a-file');
  const database = await openPglite(data);
  expect(await database.rows("SELECT count(*) AS tables FROM information_schema.tables WHERE table_schema = 'public'")).toEqual([
    { tables: 0 },
  ]);
  await database.close();
});

test('a folder that is there is left as it is', async () => {
  await writeFile(join(folder, 'mine'), 'kept');
  await prepareCluster(folder);
  expect(await readdir(folder)).toEqual(['mine']);
  expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('kept');
});

test('where nothing can be kept, nothing is prepared', async () => {
  const file = join(folder, 'no-folder');
  await writeFile(file, '');
  await prepareCluster(join(folder, 'pg'), join(file, 'kept'));
  expect(existsSync(join(folder, 'pg'))).toBe(false);
});
