import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { pgliteVersion, prepareCluster, type Made } from './first-cluster.ts';
import { migrate, readMigrations } from './migrate.ts';
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

test('a hub’s is a copy of one that was migrated before; a copy of another hub begins without', async () => {
  const hub = await openPglite(join(folder, 'hub'));
  expect(await hub.rows('SELECT number FROM schema_migration ORDER BY number')).toEqual(readMigrations().map(({ number }) => ({ number })));
  expect(await migrate(hub)).toEqual([]);
  await hub.close();
  const copy = await openPglite(join(folder, 'copy'), { isEmpty: true });
  expect(await copy.rows('SELECT relname FROM pg_class WHERE relname = $1', ['schema_migration'])).toEqual([]);
  await copy.close();
});

test('what is made is made once, and of another version anew; what was made before goes', async () => {
  const [kept, release] = [join(folder, 'kept'), await pgliteVersion()];
  // Nothing of Postgres is asked here, and its files take long to make.
  await mkdir(join(kept, release), { recursive: true });
  let times = 0;
  const made = (version: string): Made => ({
    kind: 'marked',
    version,
    make: async (place) => {
      times += 1;
      await writeFile(join(place, 'mark'), version);
    },
  });
  const marks: string[] = [];
  for (const [name, version] of [
    ['a', '1'],
    ['b', '1'],
    ['c', '2'],
  ] as const) {
    await prepareCluster(join(folder, name), made(version), kept);
    marks.push(await readFile(join(folder, name, 'mark'), 'utf8'));
  }
  expect([marks, times]).toEqual([['1', '1', '2'], 2]);
  expect((await readdir(kept)).toSorted()).toEqual([release, `${release}-marked-2`]);
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
  await prepareCluster(join(folder, 'pg'), undefined, join(file, 'kept'));
  expect(existsSync(join(folder, 'pg'))).toBe(false);
});
