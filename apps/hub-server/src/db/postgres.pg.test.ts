import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { databaseContract } from './database-contract.ts';
import { openPostgres } from './postgres.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  test('a connection has a statement read once that keeps its plan, and no other', async () => {
    const database = openPostgres(server.url, (error) => {
      throw error;
    });
    const held = await database.transaction(async (tx) => {
      for (const asked of [1, 2, 3]) {
        expect(await tx.rows('SELECT $1::integer AS kept', [asked], { keepsPlan: true })).toEqual([{ kept: asked }]);
        expect(await tx.rows('SELECT $1::integer AS passing', [asked])).toEqual([{ passing: asked }]);
      }
      return tx.rows('SELECT statement, generic_plans + custom_plans AS times FROM pg_prepared_statements');
    });
    expect(held).toEqual([{ statement: 'SELECT $1::integer AS kept', times: 3 }]);
    await database.close();
  });

  databaseContract('Postgres', async () =>
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );
});
