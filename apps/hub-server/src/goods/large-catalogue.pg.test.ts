/** What look-ups and searches read of a large catalogue. A plan is the database's own affair: a small one, or another database, would choose another. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Database, Queries } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { openPostgres } from '../db/postgres.ts';
import { listStores } from '../enrolment/stores.ts';
import { pagesRead } from '../testing/pages-read.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { EVERY_PAGE, warmGoods } from './warm-goods.ts';

const GOODS = 60_000;
const COMMON = 12_000;
/** As many as articles of one question. */
const ASKED = 64;
const STORES = 300;
/** Of a look-up: the levels of an index, and the row. */
const PAGES_EACH = 6;

let server: PostgresServer;
let database: Database;
beforeAll(async () => {
  server = await startPostgres();
  database = openPostgres(server.url, (error) => {
    throw error;
  });
  await migrate(database);
  await database.transaction(
    async (tx) =>
      tx.script(`INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
        SELECT 1, 2, 1, true, 1, 1, 1, 'K' || n, 'global', jsonb_build_object('1', 'G' || n), '{}' FROM generate_series(1, ${GOODS}) AS n`),
    { seesAll: true },
  );
  await database.script('ANALYZE entity');
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

test('the codes of many articles are looked up for each of them, however many articles there are', async () => {
  const skus = Array.from({ length: ASKED }, (_, index) => `G${1 + ((index * 7_919) % GOODS)}`);
  const found = await database.rows<{ sku: string; code: string }>('SELECT sku, code FROM codes_of_goods(1, $1)', [skus]);
  expect(new Map(found.map(({ sku, code }) => [sku, code]))).toEqual(new Map(skus.map((sku) => [sku, sku.replace('G', 'K')])));
  expect(await pagesRead(database, 'SELECT * FROM codes_of_goods(1, $1)', [skus])).toBeLessThan(ASKED * PAGES_EACH);
});

test('a word is read out of as many of its indexes, the smallest first, as have what is asked for', async () => {
  await database.transaction(
    async (tx) =>
      tx.script(`INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
        SELECT 1, 1, 1, true, 1, 1, 1, 'G' || n, 'global', jsonb_build_object('1', CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'common' END || ' milk ' || n), '{}' FROM generate_series(1, ${COMMON}) AS n`),
    { seesAll: true },
  );
  await database.rows('SELECT ready_goods_words()');
  await database.script('ANALYZE entity');
  const asked = async (query: string, most: number) =>
    database.transaction(async (tx) => {
      const found = await tx.rows<{ sku: string }>('SELECT sku FROM goods_of_words(1, $1::tsquery, $2)', [query, most]);
      // Its scans are counted when a statement is over, and told when its transaction is.
      await tx.rows('SELECT pg_stat_force_next_flush()');
      return found.length;
    });
  const scans = async (): Promise<readonly number[]> => {
    const rows = await database.rows<{ scans: number }>(
      "SELECT idx_scan AS scans FROM pg_stat_user_indexes WHERE indexrelname LIKE 'entity_words_%' ORDER BY indexrelname",
    );
    return rows.map((row) => row.scans);
  };
  const before = await scans();
  const scanned = async (): Promise<readonly number[]> => (await scans()).map((count, index) => count - before[index]!);
  // Of 64 parts the first index has one, the first two four, the first three sixteen.
  expect(await asked("'common':*", COMMON / 100)).toBe(COMMON / 100);
  expect(await scanned()).toEqual([1, 0, 0, 0]);
  expect(await asked("'common':*", COMMON / 6)).toBe(COMMON / 6);
  expect(await scanned()).toEqual([2, 1, 1, 0]);
  expect(await asked("'rare':*", COMMON / 6)).toBe(COMMON / 1_000);
  expect(await scanned()).toEqual([3, 2, 2, 1]);
});

test('what is read ahead of the first search is the table from one end to the other, and no index of it', async () => {
  const plan = await database.transaction(async (tx) => tx.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${EVERY_PAGE}`, [1]), { seesAll: true });
  const nodes = plan.map((row) => row['QUERY PLAN']).filter((line) => / on entity|Index/.test(line));
  expect(nodes).toEqual([expect.stringMatching(/Seq Scan on entity /)]);
  await expect(warmGoods({ database, tenantNo: 1 }, '60s')).resolves.toBeUndefined();
});

test('what stores are called is looked for at their own places, however many stores have settings', async () => {
  await database.transaction(
    async (tx) =>
      tx.script(`INSERT INTO tenant (tenant_no, tenant, lsn, history_hash) VALUES (1, 'one', 0, '');
        INSERT INTO store (tenant_no, store, name, zone, currency, time_zone, tax_inclusive, address, created_at_ms)
          SELECT 1, n, 'made', 'zone' || n % 10, 'EUR', 'UTC', true, '', 1 FROM generate_series(1, ${STORES}) AS n;
        INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
          SELECT 1, 5, 1, true, 1, 1, 1, key, scope, jsonb_build_object('1', value), '{}' FROM (
            SELECT key, 'store:' || n AS scope, value || n AS value FROM generate_series(1, ${STORES}) AS n, (VALUES ('storeName', 'Shop '), ('storeAddress', 'Street ')) AS own (key, value)
            UNION ALL SELECT 'receiptFooter', 'zone:zone' || n, 'Bye' FROM generate_series(0, 9) AS n
            UNION ALL VALUES ('storeName', 'global', 'A shop'), ('currency', 'global', 'CHF'), ('timeZone', 'global', 'Europe/Zurich'), ('taxInclusive', 'global', 'true')) AS held`),
    { seesAll: true },
  );
  await database.script('ANALYZE entity, store');
  // By the transaction's own count: what others of the pool have read is told by and by.
  const { stores, read } = await database.transaction(
    async (tx) => {
      const before = await tuplesRead(tx);
      const listed = await listStores(tx, 1);
      return { stores: listed, read: (await tuplesRead(tx)) - before };
    },
    { seesAll: true },
  );
  expect(stores.map(({ store, name, address, currency, zone }) => [store, name, address, currency, zone])).toEqual(
    Array.from({ length: STORES }, (_, index) => index + 1).map((n) => [String(n), `Shop ${n}`, `Street ${n}`, 'CHF', `zone${n % 10}`]),
  );
  // Two of its own, one of its zone, four of all.
  expect(read).toBeGreaterThan(STORES);
  expect(read).toBeLessThan(STORES * 20);
});

/** Of the entities, by their indexes and without. */
async function tuplesRead(tx: Queries): Promise<number> {
  const [counted] = await tx.rows<{ read: string }>(
    `SELECT pg_stat_get_xact_tuples_returned('entity'::regclass) + sum(pg_stat_get_xact_tuples_returned(indexrelid)) AS read
     FROM pg_index WHERE indrelid = 'entity'::regclass`,
  );
  return Number(counted?.read);
}
