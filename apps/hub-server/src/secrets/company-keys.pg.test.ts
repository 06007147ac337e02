import { afterAll, beforeAll, describe } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { companyKeysContract } from './company-keys-contract.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  companyKeysContract(
    'Postgres',
    async () =>
      openPostgres(server.url, (error) => {
        throw error;
      }),
    { hasLogins: true },
  );
});
