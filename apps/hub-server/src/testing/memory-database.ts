/** Databases in memory, for tests. A process makes each kind once, of the files that a new hub begins with, and hands out copies. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';

import type { Database } from '../db/database.ts';
import { prepareCluster } from '../db/first-cluster.ts';
import { migrate } from '../db/migrate.ts';
import { databaseOf, PGLITE_PARSERS } from '../db/pglite.ts';

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

/** `migrated`: with all that a hub's start makes of an empty one. */
export async function openMemoryDatabase(kind: Kind = 'migrated'): Promise<Database> {
  const original = originals.get(kind) ?? makeOriginal(kind);
  originals.set(kind, original);
  return databaseOf(await PGlite.create({ loadDataDir: await original, parsers: PGLITE_PARSERS }));
}
