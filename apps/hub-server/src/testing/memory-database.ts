/**
 * Databases in memory, for tests: copies of the files that a new hub begins with. Each kind is made once for a release of PGlite and these migrations, and kept
 * among the workspace's installed files: every test process begins with one, and to make it takes seconds of work.
 */
import { createHash } from 'node:crypto';
import { existsSync, openAsBlob } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PGlite } from '@electric-sql/pglite';

import type { Database } from '../db/database.ts';
import { pgliteVersion, prepareCluster } from '../db/first-cluster.ts';
import { migrate, readMigrations } from '../db/migrate.ts';
import { databaseOf, PGLITE_PARSERS } from '../db/pglite.ts';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/test-databases', import.meta.url));

type Kind = 'empty' | 'migrated';

const originals = new Map<Kind, Promise<Blob>>();

async function makeOriginal(kind: Kind): Promise<Blob> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-database-'));
  const dataDir = join(folder, 'pg');
  await prepareCluster(dataDir);
  const pglite = await PGlite.create({ dataDir, parsers: PGLITE_PARSERS });
  if (kind === 'migrated') await migrate(databaseOf(pglite));
  const original = await pglite.dumpDataDir('none');
  await pglite.close();
  await rm(folder, { recursive: true, force: true });
  return original;
}

/** Written beside its place and renamed: it is there whole or not at all, and of two that make it at once either will do. */
async function keptOriginal(kind: Kind): Promise<Blob> {
  const texts = kind === 'empty' ? [] : readMigrations().map(({ sql }) => sql);
  const made = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
  const file = join(KEPT, `${kind}-${await pgliteVersion()}-${made}.tar`);
  if (existsSync(file)) return openAsBlob(file);
  const original = await makeOriginal(kind);
  await mkdir(KEPT, { recursive: true });
  const beside = await mkdtemp(join(KEPT, 'new-'));
  await writeFile(join(beside, 'database.tar'), new Uint8Array(await original.arrayBuffer()));
  await rename(join(beside, 'database.tar'), file);
  await rm(beside, { recursive: true });
  // Of earlier migrations and releases: nobody begins with them any more.
  for (const name of await readdir(KEPT))
    if (name.startsWith(`${kind}-`) && name !== basename(file)) await rm(join(KEPT, name), { force: true });
  return original;
}

/** `migrated`: with all that a hub's start makes of an empty one. */
export async function openMemoryDatabase(kind: Kind = 'migrated'): Promise<Database> {
  const original = originals.get(kind) ?? keptOriginal(kind);
  originals.set(kind, original);
  return databaseOf(await PGlite.create({ loadDataDir: await original, parsers: PGLITE_PARSERS }));
}
