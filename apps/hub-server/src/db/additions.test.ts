import { afterAll, beforeAll, expect, test } from 'vitest';

import { breaksOf, readShape } from '../testing/additions.ts';
import { openMemoryDatabase } from '../testing/memory-database.ts';
import { startTestHub } from '../testing/test-hub.ts';
import type { Database } from './database.ts';
import { migrate, readMigrations, type Migration } from './migrate.ts';

/** Made before there was anything to be compatible with. What comes behind it only adds. */
const LAST_BEFORE_THE_RULE = 41;

let database: Database;
beforeAll(async () => {
  database = await openMemoryDatabase('empty');
});
afterAll(async () => database.close());

test('each migration only adds: a hub of an older build goes on beside a newer one', async () => {
  const migrations = readMigrations();
  const from = migrations.findIndex(({ number }) => number > LAST_BEFORE_THE_RULE);
  await migrate(database, migrations.slice(0, from));
  let before = await readShape(database);
  for (let upTo = from + 1; upTo <= migrations.length; upTo += 1) {
    await migrate(database, migrations.slice(0, upTo));
    const after = await readShape(database);
    expect(breaksOf(before, after), `migration ${migrations[upTo - 1]?.number}`).toEqual([]);
    before = after;
  }
});

test.each([
  ['ALTER TABLE shelf ADD COLUMN depth integer', []],
  ['ALTER TABLE shelf ADD COLUMN depth integer NOT NULL DEFAULT 0', []],
  ['CREATE TABLE rack (name text NOT NULL UNIQUE)', []],
  ['CREATE INDEX shelf_name ON shelf (name)', []],
  ['ALTER TABLE shelf DROP COLUMN note', ['shelf.note is gone']],
  ['DROP TABLE shelf', ['shelf.tenant_no is gone', 'shelf.name is gone', 'shelf.note is gone']],
  ['ALTER TABLE shelf RENAME COLUMN note TO remark', ['shelf.note is gone']],
  ['ALTER TABLE shelf ALTER COLUMN name TYPE varchar(9)', ['shelf.name is character varying(9), and was text']],
  ['ALTER TABLE shelf ALTER COLUMN note SET NOT NULL', ['shelf.note must be written']],
  ["ALTER TABLE shelf ALTER COLUMN note SET DEFAULT '', ALTER COLUMN note SET NOT NULL", ['shelf.note may not be null any more']],
  ['ALTER TABLE shelf ADD COLUMN depth integer NOT NULL', ['shelf.depth is new, and must be written']],
  ['ALTER TABLE shelf ADD CHECK (length(name) < 9)', ['more is asked of shelf: CHECK ((length(name) < 9))']],
  ['CREATE UNIQUE INDEX one_name ON shelf (name)', ['more is asked of shelf: CREATE UNIQUE INDEX ON public.shelf USING btree (name)']],
])('%s', async (sql, breaks) => {
  const scratch = await openMemoryDatabase('empty');
  await scratch.script('CREATE TABLE shelf (tenant_no integer NOT NULL, name text NOT NULL, note text)');
  const before = await readShape(scratch);
  await scratch.script(sql);
  expect(breaksOf(before, await readShape(scratch))).toEqual(breaks);
  await scratch.close();
});

const NEXT: readonly Migration[] = [
  ...readMigrations(),
  {
    number: 9_999,
    name: 'of-a-later-build',
    sql: `CREATE TABLE of_all_tenants (id integer PRIMARY KEY); ALTER TABLE store ADD COLUMN opened_by text NOT NULL DEFAULT ''; CREATE TABLE of_one (tenant_no integer NOT NULL, name text);`,
  },
];

test('a hub starts, and works, on a database that a later build has migrated: it may be started anew beside that, or in its place', async () => {
  const held = await openMemoryDatabase();
  await migrate(held, NEXT);
  const hub = await startTestHub(held);
  const store = { store: '2', name: 'Second', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
  expect((await hub.post('/api/v1/stores', store)).status).toBe(201);
  expect((await hub.json<{ stores: readonly unknown[] }>('/api/v1/stores')).stores).toHaveLength(2);
  // What it does not know it gives nobody a right to.
  const rights = await held.rows(
    `SELECT 1 FROM information_schema.role_table_grants WHERE grantee = 'holdfast_work' AND table_name = 'of_all_tenants'`,
  );
  expect(rights).toEqual([]);
  await hub.close();
});
