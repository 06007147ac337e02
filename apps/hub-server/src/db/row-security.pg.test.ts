import { afterAll, beforeAll, expect, test } from 'vitest';

import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import { ROLE, secureRows } from './row-security.ts';

let server: PostgresServer;
let owner: Database;
let first: Database;
let second: Database;

const as = (tenantNo: number): Database => {
  const database = owner.as?.({ role: ROLE, tenantNo });
  if (database === undefined) throw new Error('Postgres has roles');
  return database;
};
const ENTRY = `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no)
  VALUES ($1, 'd', '0011223344556677', 1, '', '1', 1, '', 0, '', $2)`;

beforeAll(async () => {
  server = await startPostgres();
  owner = openPostgres(server.url, (error) => {
    throw error;
  });
  await migrate(owner);
  await secureRows(owner);
  await secureRows(owner);
  first = as(1);
  second = as(2);
});
afterAll(async () => {
  for (const database of [first, second, owner]) await database.close();
  await server.stop();
});

test('a tenant sees its own rows, and writes no other’s', async () => {
  await first.execute(ENTRY, [1, 1]);
  await second.execute(ENTRY, [2, 2]);
  const seen = async (database: Database): Promise<unknown> => database.rows('SELECT tenant_no FROM ledger_entry ORDER BY entry_no');
  expect(await seen(first)).toEqual([{ tenant_no: 1 }]);
  expect(await seen(second)).toEqual([{ tenant_no: 2 }]);
  expect(await first.transaction(async (tx) => tx.rows('SELECT tenant_no FROM ledger_entry'))).toEqual([{ tenant_no: 1 }]);
  await expect(first.execute(ENTRY, [2, 3])).rejects.toThrow('row-level security');
  await expect(second.execute('UPDATE set_aside SET tenant_no = 1')).resolves.toBe(0);
});

test('a ledger is only ever added to; the signing key is nobody’s who works', async () => {
  await expect(first.execute("UPDATE ledger_entry SET store = '2'")).rejects.toThrow('permission denied');
  await expect(first.execute('DELETE FROM ledger_entry')).rejects.toThrow('permission denied');
  await expect(first.execute('TRUNCATE ledger_entry')).rejects.toThrow('permission denied');
  await expect(first.rows('SELECT signing_key FROM hub')).rejects.toThrow('permission denied');
  expect(await first.rows('SELECT hub_epoch FROM hub')).toEqual([]);
  await expect(first.script('DROP POLICY tenant ON sale')).rejects.toThrow('must be owner');
});

test('whatever table a migration makes is guarded, or named as shared', async () => {
  const open = await owner.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity ORDER BY relname`,
  );
  expect(open.map(({ name }) => name)).toEqual([
    'card_payments_begin',
    'hub',
    'hub_epoch',
    'ledger_sequence',
    'schema_migration',
    'standings_begin',
    'stock_counts_begin',
    'store_days_begin',
  ]);
  await owner.script('CREATE TABLE adrift (id integer)');
  await expect(secureRows(owner)).rejects.toThrow('adrift has no tenant_no');
  await owner.script('DROP TABLE adrift');
});
