import { afterAll, beforeAll, describe } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { devicePageContract } from './device-page-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  devicePageContract('Postgres', async () =>
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );
});
