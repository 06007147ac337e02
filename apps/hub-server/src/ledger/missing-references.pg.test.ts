import { afterAll, beforeAll, describe } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { createOwnedDatabase, startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { missingReferencesContract } from './missing-references-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  missingReferencesContract('Postgres', async () =>
    openPostgres(await createOwnedDatabase(server, 'missing'), (error) => {
      throw error;
    }),
  );
});
