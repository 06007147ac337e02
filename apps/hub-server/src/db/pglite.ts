/** The database without any set-up: Postgres compiled to WebAssembly, in a folder. One connection, so one transaction at a time; it never calls fsync. */
import { createHash } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { PGlite, type Transaction } from '@electric-sql/pglite';

import { createOrm, int8ToNumber, SNAPSHOT_SQL, type Database, type Queries } from './database.ts';
import { prepareCluster, type Made } from './first-cluster.ts';
import { migrate, readMigrations } from './migrate.ts';
import { StartRefused } from './start-refusals.ts';

const INT8_OID = 20;

function queriesOf(connection: PGlite | Transaction): Queries {
  return {
    rows: async <Row>(sql: string, params: readonly unknown[] = []) => (await connection.query<Row>(sql, [...params])).rows,
    execute: async (sql, params = []) => (await connection.query(sql, [...params])).affectedRows ?? 0,
    script: async (sql) => {
      await connection.exec(sql);
    },
    orm: createOrm(async (sql, params) => (await connection.query<unknown[]>(sql, [...params], { rowMode: 'array' })).rows),
  };
}

export const PGLITE_PARSERS = { [INT8_OID]: int8ToNumber };

/** With every migration of this build, which a start would run otherwise; each still compares their texts. */
const migrated = (): Made => ({
  kind: 'migrated',
  version: createHash('sha256')
    .update(JSON.stringify(readMigrations().map(({ number, name, sql }) => [number, name, sql])))
    .digest('hex')
    .slice(0, 16),
  make: async (folder) => {
    const database = await openIn(folder);
    await migrate(database);
    await database.close();
  },
});

/** A segment of its log: with less room Postgres does not start, and PGlite says nothing of why. */
const LEAST_FREE_BYTES = 16 * 1_024 * 1_024;

async function openIn(folder: string): Promise<Database> {
  try {
    return databaseOf(await PGlite.create({ dataDir: folder, parsers: PGLITE_PARSERS }));
  } catch (error) {
    if (!isFull(dirname(folder))) throw error;
    throw new StartRefused(`The disk of ${folder} is full: make room on it, and start the hub again. What it had acknowledged is there.`, {
      cause: error,
    });
  }
}

/** A disk that is gone is not: then whatever failed says more. */
function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LEAST_FREE_BYTES;
  } catch {
    return false;
  }
}

/** `isEmpty`: a folder that is not there yet is begun without migrations; whoever copies a hub into it runs those that the other has. */
export async function openPglite(folder: string, { isEmpty = false } = {}): Promise<Database> {
  await prepareCluster(folder, isEmpty ? undefined : migrated());
  return openIn(folder);
}

/** `pglite`: opened with `PGLITE_PARSERS`. */
export function databaseOf(pglite: PGlite): Database {
  return {
    ...queriesOf(pglite),
    engine: 'pglite',
    transaction: async (run, options = {}) =>
      pglite.transaction(async (tx) => {
        if (options.readSnapshot === true) await tx.exec(SNAPSHOT_SQL);
        return run(queriesOf(tx));
      }),
    close: async () => pglite.close(),
  };
}
