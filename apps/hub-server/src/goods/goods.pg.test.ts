import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { openPostgres } from '../db/postgres.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { startTestHub } from '../testing/test-hub.ts';
import { goodsContract } from './goods-contract.ts';
import { SORTED_FROM } from './word-sorter.ts';

describe('on a real server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => server.stop());

  goodsContract('Postgres', async () =>
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );
});

test('words of many changed goods are sorted in without anybody who searches', async () => {
  const server = await startPostgres();
  const hub = await startTestHub(
    openPostgres(server.url, (error) => {
      throw error;
    }),
  );
  const owner = new Client({ connectionString: server.url });
  await owner.connect();
  await owner.query('CREATE EXTENSION pgstattuple');
  const unsorted = async (): Promise<number> => {
    const { rows } = await owner.query<{ tuples: number }>(
      "SELECT sum((pgstatginindex(indexrelid)).pending_tuples)::int AS tuples FROM pg_stat_user_indexes WHERE indexrelname LIKE 'entity_words_%'",
    );
    return rows[0]!.tuples;
  };
  const cells = Array.from({ length: SORTED_FROM }, (_, index) => ({
    type: 'item',
    key: `W${index}`,
    scope: 'global',
    fields: { name: `Word ${index}`, taxClass: 'full', unit: 'piece' },
  }));
  try {
    expect(await (await hub.post('/api/v1/publications', { cells })).text()).toContain('lsn');
    await vi.waitFor(async () => expect(await unsorted()).toBe(0), 60_000);
    const { products } = await hub.json<{ readonly products: readonly { readonly sku: string }[] }>(`/api/v1/product?q=${SORTED_FROM - 1}`);
    expect(products.map(({ sku }) => sku)).toEqual([`W${SORTED_FROM - 1}`]);
  } finally {
    await owner.end();
    await hub.close();
    await server.stop();
  }
}, 120_000);
