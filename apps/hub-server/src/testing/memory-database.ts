/**
 * Databases in memory, for tests. Made from nothing one takes three seconds, and its migrations another: a process makes each kind once, and
 * hands out copies.
 */
import { PGlite } from '@electric-sql/pglite';

import type { Database } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { databaseOf, PGLITE_PARSERS } from '../db/pglite.ts';

type Kind = 'empty' | 'migrated';

const originals = new Map<Kind, Promise<Blob>>();

async function makeOriginal(kind: Kind): Promise<Blob> {
  const pglite = await PGlite.create({ parsers: PGLITE_PARSERS });
  if (kind === 'migrated') await migrate(databaseOf(pglite));
  const original = await pglite.dumpDataDir('none');
  await pglite.close();
  return original;
}

/** `migrated`: with all that a hub's start makes of an empty one. */
export async function openMemoryDatabase(kind: Kind = 'migrated'): Promise<Database> {
  const original = originals.get(kind) ?? makeOriginal(kind);
  originals.set(kind, original);
  return databaseOf(await PGlite.create({ loadDataDir: await original, parsers: PGLITE_PARSERS }));
}
