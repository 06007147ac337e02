/** The database without any set-up: Postgres compiled to WebAssembly, in a folder. One connection, so one transaction at a time; it never calls fsync. */
import { PGlite, type Transaction } from '@electric-sql/pglite';

import { createOrm, int8ToNumber, SNAPSHOT_SQL, type Database, type Queries } from './database.ts';
import { prepareCluster } from './first-cluster.ts';

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

export async function openPglite(folder: string): Promise<Database> {
  await prepareCluster(folder);
  return databaseOf(await PGlite.create({ dataDir: folder, parsers: PGLITE_PARSERS }));
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
