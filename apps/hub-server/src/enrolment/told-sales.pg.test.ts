import { afterAll, beforeAll, describe } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { createOwnedDatabase, startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { toldSalesContract } from './told-sales-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  toldSalesContract('Postgres', async () =>
    openPostgres(await createOwnedDatabase(server, 'told'), (error) => {
      throw error;
    }),
  );
});
