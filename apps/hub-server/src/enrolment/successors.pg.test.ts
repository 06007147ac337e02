import { afterAll, beforeAll, describe } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { createOwnedDatabase, startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { successorsContract } from './successors-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  successorsContract('Postgres', async () =>
    openPostgres(await createOwnedDatabase(server, 'successors'), (error) => {
      throw error;
    }),
  );
});
