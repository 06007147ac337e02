/** What the database itself keeps apart: asked by an owner who is no superuser, as in production, and by the logins that it makes. */
import { systemRandom } from '@holdfast/base/node';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { createVault } from '../secrets/vault.ts';
import { forgetEvents } from '../sign-in/events.ts';
import { startPostgres, type PostgresServer } from '../testing/postgres-server.ts';
import { browserOf, signedIn } from '../testing/test-browser.ts';
import { startTestHub } from '../testing/test-hub.ts';
import type { Database, Login } from './database.ts';
import { migrate } from './migrate.ts';
import { createNarrowed } from './narrowed.ts';
import { openPostgres } from './postgres.ts';
import { keepLogins, type Logins, secureRows } from './row-security.ts';

// A real server on a machine that may be busy: a test that hangs ends, a slow one does not fail.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const SECRETS_KEY = new Uint8Array(32).fill(9);
const vault = createVault([SECRETS_KEY], systemRandom);

let server: PostgresServer;
let url: string;
let owner: Database;
let logins: readonly [Logins, Logins];
let first: Database;
let second: Database;

const as = (login: Login, storesNow?: () => readonly string[]): Database => {
  const database = owner.as?.(login, storesNow);
  if (database === undefined) throw new Error('Postgres has logins');
  return database;
};
const keep = async (tenantNo: number, by = vault): Promise<Logins> =>
  keepLogins({ database: owner, tenantNo, vault: by, random: systemRandom });
const ENTRY = `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no)
  VALUES ($1, 'd', '0011223344556677', $2, '', $3, 1, '', 0, '', $2)`;
const STORES = 'SELECT tenant_no, store FROM ledger_entry ORDER BY tenant_no, store';

beforeAll(async () => {
  server = await startPostgres();
  const admin = new Client({ connectionString: server.url });
  await admin.connect();
  await admin.query("CREATE ROLE shop LOGIN CREATEROLE PASSWORD 'of the shop'");
  await admin.query('CREATE DATABASE shop OWNER shop');
  await admin.end();
  const own = new URL(server.url);
  [own.username, own.password, own.pathname] = ['shop', 'of the shop', '/shop'];
  url = own.href;
  owner = openPostgres(url, (error) => {
    throw error;
  });
  await migrate(owner);
  await secureRows(owner);
  await secureRows(owner);
  logins = [await keep(1), await keep(2)];
  [first, second] = [as(logins[0].whole), as(logins[1].whole)];
  await first.execute(ENTRY, [1, 1, '1']);
  await first.execute(ENTRY, [1, 2, '2']);
  await second.execute(ENTRY, [2, 3, '1']);
});
afterAll(async () => {
  for (const database of [first, second, owner]) await database.close();
  await server.stop();
});

const OWN = [
  { tenant_no: 1, store: '1' },
  { tenant_no: 1, store: '2' },
];

describe('a tenant', () => {
  test('sees its own rows where nothing asks for it, and writes no other’s', async () => {
    expect(await first.rows(STORES)).toEqual(OWN);
    expect(await second.rows(STORES)).toEqual([{ tenant_no: 2, store: '1' }]);
    expect(await first.transaction(async (tx) => tx.rows(STORES))).toEqual(OWN);
    await expect(first.execute(ENTRY, [2, 4, '1'])).rejects.toThrow('row-level security');
    await expect(second.execute('UPDATE set_aside SET tenant_no = 1')).resolves.toBe(0);
  });

  test('is its login’s, whatever a statement sets or resets, also on the connection that the next one gets', async () => {
    for (const injected of [
      'RESET ROLE',
      'SET ROLE NONE',
      'SET SESSION AUTHORIZATION DEFAULT',
      'RESET ALL',
      "SELECT set_config('holdfast.tenant_no', '2', false)",
      "SET holdfast.owner_sees = 'all'",
      "SET holdfast.stores = '1'",
      'DISCARD ALL',
    ]) {
      await first.script(injected);
      expect([injected, await first.rows(STORES)]).toEqual([injected, OWN]);
    }
    for (const refused of ['SET ROLE shop', 'SET ROLE postgres', `SET ROLE ${logins[1].whole.user}`, 'SET SESSION AUTHORIZATION shop'])
      await expect(first.script(refused)).rejects.toThrow('permission denied');
    // Row security that is switched off refuses what it would have left out.
    await expect(first.transaction(async (tx) => [await tx.script('SET LOCAL row_security = off'), await tx.rows(STORES)])).rejects.toThrow(
      'row-level security',
    );
  });

  test('has its statements run as they are: none is compiled', async () => {
    expect(await first.rows('SHOW jit')).toEqual([{ jit: 'off' }]);
    const settings = 'SELECT rolconfig AS settings FROM pg_roles WHERE rolname = $1';
    expect(await owner.rows(settings, [logins[0].narrow.user])).toEqual([{ settings: ['jit=off'] }]);
  });

  test('finds goods by functions that work as another role, and none of another tenant', async () => {
    const item = `INSERT INTO entity (tenant_no, type, generation, alive, lsn, existence_lsn, base_lsn, key, scope, fields, stamps)
      VALUES ($1, 1, 1, true, 1, 1, 0, 'A', 'global', '{"1":"Tea","2":"Leaf"}', '{}')`;
    await first.execute(item, [1]);
    const brands = async (database: Database, tenantNo: number) =>
      database.rows(`SELECT * FROM brands_of_goods($1, '', NULL, 10)`, [tenantNo]);
    expect([await brands(first, 1), await brands(second, 1), await brands(first, 2)]).toEqual([[{ brand: 'Leaf' }], [], []]);
    await second.execute(item, [2]);
    await first.script("SET holdfast.tenant_no = '2'");
    expect([await brands(first, 2), await brands(second, 2)]).toEqual([[], [{ brand: 'Leaf' }]]);
  });
});

test('logs are only ever added to by hubs: of sign-ins, of programs, of what was refused', async () => {
  await first.execute("INSERT INTO sign_in_event (tenant_no, at_ms, what, person, by_whom, address) VALUES (1, 1, 'joined', 'a', 'a', '')");
  // As a hub of an older build does when it starts on this database.
  await owner.script('GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_event, api_token_act, refusal TO holdfast_work');
  await secureRows(owner);
  for (const table of ['sign_in_event', 'api_token_act', 'refusal'])
    for (const refused of [`UPDATE ${table} SET at_ms = 0`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
      await expect(first.execute(refused)).rejects.toThrow('permission denied');
  expect(await first.rows('SELECT what FROM sign_in_event')).toEqual([{ what: 'joined' }]);
  expect(await second.rows('SELECT what FROM sign_in_event')).toEqual([]);
  // Its owner forgets what is old.
  await owner.transaction(async (tx) => forgetEvents(tx, 1, Date.now()), { seesAll: true });
  expect(await first.rows('SELECT what FROM sign_in_event')).toEqual([]);
});

test('a ledger is only ever added to; the signing key and passwords are nobody’s who works', async () => {
  await expect(first.execute("UPDATE ledger_entry SET store = '2'")).rejects.toThrow('permission denied');
  await expect(first.execute('DELETE FROM ledger_entry')).rejects.toThrow('permission denied');
  await expect(first.execute('TRUNCATE ledger_entry')).rejects.toThrow('permission denied');
  await expect(first.rows('SELECT signing_key FROM hub')).rejects.toThrow('permission denied');
  await expect(first.rows('SELECT login FROM database_login')).rejects.toThrow('permission denied');
  expect(await first.rows('SELECT hub_epoch FROM hub')).toEqual([]);
  await expect(first.script('DROP POLICY tenant_1 ON sale')).rejects.toThrow('must be owner');
});

test('the company’s private keys are read by the whole login alone, also after a hub of an older build started here', async () => {
  const FORMER = ['authority', 'invoice_key', 'passcode_secret', 'personal_key', 'receipt_mail_key', 'segment_secret'];
  const TABLES = ['company_key', ...FORMER];
  await first.execute(
    "INSERT INTO company_key (tenant_no, kind, name, sealed, created_at_ms) VALUES (1, 'segment', '1', 'of the company', 0)",
  );
  // As a build of before does it with each start.
  await owner.script(`GRANT SELECT, INSERT, UPDATE, DELETE ON ${TABLES.join(', ')} TO holdfast_work`);
  await secureRows(owner);
  // Whoever has the narrow login has it whole: with whatever statement, and whichever stores it says that it sees.
  const stolen = new Client({ ...clientOf(logins[0].narrow) });
  await stolen.connect();
  await stolen.query("SET holdfast.stores = '1'");
  for (const statement of [
    ...TABLES.flatMap((table) => [`SELECT * FROM ${table}`, `DELETE FROM ${table}`, `INSERT INTO ${table} (tenant_no) VALUES (1)`]),
    'SELECT sealed FROM company_key',
    'UPDATE company_key SET created_at_ms = 1 RETURNING sealed',
    'SELECT signing_key FROM hub',
    'SELECT sealed_key FROM hub',
    'SELECT password FROM database_login',
    `SET ROLE ${logins[0].whole.user}`,
  ])
    await expect(stolen.query(statement), statement).rejects.toThrow('permission denied');
  await stolen.end();
  expect(await first.rows("SELECT convert_from(sealed, 'UTF8') AS sealed FROM company_key")).toEqual([{ sealed: 'of the company' }]);
  expect(await second.rows('SELECT sealed FROM company_key')).toEqual([]);
  for (const table of FORMER) await expect(first.rows(`SELECT 1 FROM ${table}`)).rejects.toThrow('permission denied');
  await first.execute('DELETE FROM company_key');
});

test('entries are put away by one function alone, as they are, and each tenant’s by that one', async () => {
  const EPOCH = '0011223344556677';
  await first.execute("INSERT INTO tenant (tenant_no, tenant, lsn, history_hash) VALUES (1, 'one', 0, '')");
  await first.execute(
    `INSERT INTO store (tenant_no, store, name, zone, currency, time_zone, tax_inclusive, address, created_at_ms) VALUES (1, 'old', '', '', 'EUR', 'UTC', true, '', 0)`,
  );
  await first.execute(
    `INSERT INTO device (device, tenant_no, store, lane, name, public_key, token_hash, enrolled_at_ms) VALUES ('old', 1, 'old', 1, '', '', '', 0)`,
  );
  await first.execute(
    `INSERT INTO ledger_epoch (tenant_no, device, epoch, head_seq, head_hash, signed_seq, signature, first_received_at_ms) VALUES (1, 'old', '${EPOCH}', 2, '', 2, '', 0)`,
  );
  await first.execute(
    `INSERT INTO ledger_entry (tenant_no, device, epoch, seq, branch, store, kind, hash, received_at_ms, canonical, entry_no) VALUES (1, 'old', '${EPOCH}', 1, '', '1', 1, '', 0, 'tea', 101)`,
  );
  const put = async (database: Database, tenantNo: number, last = 1, bytes = 'tea') =>
    database.rows(`SELECT archive_entries($1, 'old', '${EPOCH}', 1, $2, sha256($3::text::bytea), '', 0) AS is`, [tenantNo, last, bytes]);
  await expect(put(second, 1)).rejects.toThrow('of another tenant');
  await expect(put(second, 2)).rejects.toThrow('the last entry of an epoch stays');
  await expect(put(first, 1, 2)).rejects.toThrow('the last entry of an epoch stays');
  expect(await put(first, 1, 1, 'other bytes')).toEqual([{ is: false }]);
  expect(await put(first, 1)).toEqual([{ is: true }]);
  expect(await first.rows("SELECT 1 FROM ledger_entry WHERE device = 'old'")).toEqual([]);
  const held = async (database: Database) =>
    database.rows("SELECT seq, store, convert_from(canonical, 'UTF8') AS bytes, entry_no FROM ledger_held WHERE device = 'old'");
  expect(await held(first)).toEqual([{ seq: 1, store: '1', bytes: 'tea', entry_no: 101 }]);
  expect(await held(second)).toEqual([]);
  const narrow = as(logins[0].narrow, () => ['2']);
  expect(await held(narrow)).toEqual([]);
  await narrow.close();
  // As a hub of an older build does when it starts on this database.
  await owner.script('GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_archive TO holdfast_work');
  await secureRows(owner);
  for (const refused of [
    "UPDATE ledger_archive SET store = '2'",
    'DELETE FROM ledger_archive',
    'INSERT INTO ledger_archive SELECT * FROM ledger_archive',
  ])
    await expect(first.execute(refused)).rejects.toThrow('permission denied');
  for (const table of ['ledger_epoch', 'device', 'store', 'tenant']) await first.execute(`DELETE FROM ${table}`);
});

describe('who sees some stores', () => {
  test('reads these alone, by a question that names none; a connection that was used for another sees nothing of it', async () => {
    let stores: readonly string[] = ['2'];
    const narrow = as(logins[0].narrow, () => stores);
    expect(await narrow.rows(STORES)).toEqual([{ tenant_no: 1, store: '2' }]);
    expect(await narrow.transaction(async (tx) => tx.rows(STORES), { readSnapshot: true })).toHaveLength(1);
    stores = ['1', '2'];
    expect(await narrow.rows(STORES)).toHaveLength(2);
    stores = [];
    expect(await narrow.rows(STORES)).toEqual([]);
    stores = ["1') OR true --"];
    expect(await narrow.rows(STORES)).toEqual([]);
    await narrow.close();
    const client = new Client({ ...clientOf(logins[0].narrow) });
    await client.connect();
    await client.query("BEGIN; SET LOCAL holdfast.stores = '2'");
    expect((await client.query(STORES)).rows).toHaveLength(1);
    await client.query('COMMIT');
    expect((await client.query(STORES)).rows).toEqual([]);
    await client.end();
  });

  test('is known by the request that asks; beside it everything is seen', async () => {
    const { database, within } = createNarrowed(as(logins[0].whole), (storesNow) => as(logins[0].narrow, storesNow));
    const seen = await Promise.all([
      within(new Set(['2']), async () => database.rows(STORES)),
      database.rows(STORES),
      within(new Set(['1']), async () => database.transaction(async (tx) => tx.rows(STORES))),
      within(new Set(), async () => database.rows(STORES)),
    ]);
    expect(seen.map((rows) => (rows as { store: string }[]).map(({ store }) => store))).toEqual([['2'], ['1', '2'], ['1'], []]);
    await database.close();
  });
});

const clientOf = ({ user, password }: Login) => ({ connectionString: Object.assign(new URL(url), { username: user, password }).href });

test('the owner sees rows where it says so, and none where it forgets to', async () => {
  expect(await owner.rows(STORES)).toEqual([]);
  expect(await owner.transaction(async (tx) => tx.rows(STORES), { seesAll: true })).toHaveLength(3);
  expect(await owner.rows(STORES)).toEqual([]);
});

test('logins are the same for all replicas; where the key of secrets is lost they get another password', async () => {
  expect(await keep(1)).toEqual(logins[0]);
  const anew = await keep(1, createVault([new Uint8Array(32).fill(10)], systemRandom));
  expect(anew.whole.password).not.toBe(logins[0].whole.password);
  const database = as(anew.whole);
  expect(await database.rows(STORES)).toEqual(OWN);
  await database.close();
  const held = await owner.rows<{ password: Uint8Array }>('SELECT password FROM database_login');
  for (const { password } of held) expect(Buffer.from(password).toString('latin1')).not.toContain(anew.whole.password);
});

test('whatever table a migration makes is guarded, or named as shared', async () => {
  const open = await owner.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relforcerowsecurity ORDER BY relname`,
  );
  expect(open.map(({ name }) => name)).toEqual([
    'card_payments_begin',
    'database_login',
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

test('a hub works by them: what a store’s manager reads is their store’s', async () => {
  await owner.transaction(async (tx) => tx.script('DELETE FROM ledger_entry'), { seesAll: true });
  const hub = await startTestHub(
    openPostgres(url, () => undefined),
    { secretsKeys: [SECRETS_KEY] },
  );
  const store = { store: '2', name: 'Store 2', zone: '2', currency: 'EUR', timeZone: 'Europe/Berlin', taxInclusive: true };
  expect((await hub.post('/api/v1/stores', store)).status).toBe(201);
  const kim = await signedIn(hub, {
    name: 'kim',
    posts: [{ scope: 'store:2', roles: ['manager'] }],
    password: 'seventeen grey herons',
    nowMs: Date.now(),
  });
  const paths = [
    '/api/v1/overview',
    '/api/v1/stores',
    '/api/v1/staff',
    '/api/v1/product',
    '/api/v1/prices?scope=store:2',
    '/api/v1/settings?scope=store:2',
    '/api/v1/key-pages?scope=store:2',
    ...['sales', 'store-days', 'sold', 'stock', 'documents', 'receipt-mails', 'card-cases'].map((name) => `/api/v1/${name}?store=2`),
  ];
  for (const path of paths) expect([path, (await kim.get(path)).status]).toEqual([path, 200]);
  // Who they are is opened by keys that their login does not read.
  const made = await hub.post('/api/v1/customers', { store: '2', person: { name: 'Grace Hopper' } });
  const { customer } = (await made.json()) as { customer: string };
  const opened = await kim.get(`/api/v1/customers/${customer}`);
  expect([opened.status, await opened.json()]).toMatchObject([200, { store: '2', person: { name: 'Grace Hopper' } }]);
  const { stores } = (await (await kim.get('/api/v1/overview')).json()) as { stores: readonly { store: string }[] };
  expect(stores.map((each) => each.store)).toEqual(['2']);
  expect((await browserOf(hub).get('/api/v1/overview')).status).toBe(401);
  await hub.close();
});
