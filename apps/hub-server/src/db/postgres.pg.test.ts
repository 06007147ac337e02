import { afterAll, beforeAll, describe } from 'vitest';

import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { databaseContract } from './database-contract.ts';
import { openPostgres } from './postgres.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  databaseContract('Postgres', async () =>
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );
});
