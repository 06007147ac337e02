/**
 * Tenants apart, by the database itself. The hub works by logins that own nothing, each of one tenant by its very name in the policies: there is no setting to forget, none that a statement could
 * change, and no other role behind them to go back to (`RESET ROLE` and `SET ROLE NONE` lead to the login itself). Stated once for all tables, whatever migration made them; run after each migration.
 *
 * - The whole login sees its tenant. The narrow one sees of it, in tables of stores, the stores that its transaction named (`SET LOCAL`), and none where it named none.
 * - Policies are forced on the owner too, who sees rows only in a transaction that says so: migrations, who the hub is, moves and backups.
 * - What the logins may not do at all: read the hub's signing key or each other's passwords, change or delete an entry of a ledger or of a log, change tables.
 * - What the whole login alone may do: read the company's private keys. Whoever has a statement run by the narrow one opens nothing that is sealed.
 * - Goods are found by functions that work as a role of their own, which reads goods and nothing else: a condition of a policy would keep their indexes from being used.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

import { assert, type Random } from '@holdfast/base';

import { FORMER_KEY_TABLES } from '../secrets/former-keys.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Database, Login, Queries } from './database.ts';

/** What logins may do, as a role that nobody comes in by. */
const ROLE = 'holdfast_work';
/** Which hubs of builds before 0059 take on, and say their tenant by a setting: as long as it is there they work on beside this one. */
const FORMER_ROLE = 'holdfast_hub';
const GOODS_ROLE = 'holdfast_goods';
/** Of a whole server: all hubs on it work by them. */
export const HUB_ROLES = [ROLE, GOODS_ROLE] as const;

/** Of all tenants, or of none. */
const SHARED_TABLES = [
  'hub',
  'hub_epoch',
  'ledger_sequence',
  'schema_migration',
  'database_login',
  'standings_begin',
  'store_days_begin',
  'card_payments_begin',
  'stock_counts_begin',
] as const;
/** Once written, for ever. */
const APPEND_ONLY_TABLES = ['ledger_entry'] as const;
/** Logs: added to by hubs, and forgotten by the owner when their time is over. */
const LOG_TABLES = ['sign_in_event', 'api_token_act', 'refusal'] as const;
/** Filled by a function of the owner's, which takes what it puts there from entries. */
const SEALED_TABLES = ['ledger_archive'] as const;
const ARCHIVE_FUNCTION = 'archive_entries(integer, text, text, bigint, bigint, bytea, bytea, bigint)';
/** The owner's alone. */
const OWNERS_TABLES = ['schema_migration', 'database_login'] as const;
/** Whoever sees some stores finds all of them by name. */
const TABLES_OF_ALL_STORES = ['store'] as const;

const EVERY_RIGHT = 'SELECT, INSERT, UPDATE, DELETE';
/** The company's private keys: the whole login's alone. */
const KEY_TABLES = ['company_key', ...FORMER_KEY_TABLES];

const GOODS_FUNCTIONS = [
  'goods_of_words(integer, tsquery, integer)',
  'codes_of_goods(integer, text[])',
  'price_moments(integer, bigint, bigint, text[], bigint, text, text, boolean, integer)',
  'goods_of_department(integer, text, text[], text, integer)',
  'goods_of_brand(integer, text, text[], text, integer)',
  'brands_of_goods(integer, text, text, integer)',
  'categories_of_goods(integer, integer)',
  'goods_of_style(integer, text, text[], text, integer)',
  'styles_of_goods(integer, text, text, integer)',
  'goods_of_attribute(integer, text, text, text[], text, integer)',
  'values_of_attribute(integer, text, text, text, text, integer)',
  'sizes_of_attributes(integer)',
  'filed_goods(integer, text, text, text, text, integer)',
  'goods_that_are_missing(integer, integer)',
  'goods_missing_since(integer, bigint, text[], integer)',
] as const;

/** Whoever made a role may hand it on; to own things by it takes more, from Postgres 16 on: to be able to become it. */
const createRole = (role: string): string => `DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} NOLOGIN NOBYPASSRLS; END IF;
  IF NOT pg_has_role(current_user, '${role}', CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    EXECUTE format('GRANT ${role} TO %I', current_user);
  END IF;
END $$`;

/** Any number that nothing else in the database locks. */
const LOCK_KEY = 7_204_110_114;

/** `isAhead`: a later build made tables that this one does not know; those without a tenant it leaves to that. Throws where a table has no tenant and is not known to be shared, or where the database's user may make no role and none was made for it. */
export async function secureRows(database: Database, { isAhead = false }: { readonly isAhead?: boolean } = {}): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    for (const role of HUB_ROLES) await tx.script(createRole(role));
    await tx.script(`GRANT USAGE ON SCHEMA public TO ${ROLE}, ${GOODS_ROLE}`);
    for (const table of await tablesOf(tx)) await secureTable(tx, table, isAhead);
    await tx.script(
      `GRANT SELECT ON ledger_held TO ${ROLE}; REVOKE ALL ON FUNCTION ${ARCHIVE_FUNCTION} FROM PUBLIC; GRANT EXECUTE ON FUNCTION ${ARCHIVE_FUNCTION} TO ${ROLE}`,
    );
    await secureGoods(tx);
    // Also of other tenants, whose hubs work meanwhile.
    const logins = await tx.rows<{ login: string }>(
      'SELECT l.login FROM database_login l JOIN pg_roles r ON r.rolname = l.login WHERE NOT l.login LIKE $1',
      [`%\\${NARROW_ENDING}`],
    );
    const areSealed = await keysAreSealed(tx);
    for (const { login } of logins) await tx.script(grantKeys(login, areSealed));
  });
}

const NARROW_ENDING = '_stores';
/** Where they lay before they were sealed they are nobody's: a hub of a build before takes nothing from there, also not that there is none. */
const grantKeys = (login: string, areSealed: boolean): string =>
  `GRANT ${EVERY_RIGHT} ON ${KEY_TABLES.join(', ')} TO ${login};${areSealed ? ` REVOKE ALL ON ${FORMER_KEY_TABLES.join(', ')} FROM ${login}` : ''}`;

/** Of a fresh database they will be. */
async function keysAreSealed(tx: Queries): Promise<boolean> {
  return (await tx.rows('SELECT 1 FROM hub WHERE sealed_key IS NULL')).length === 0;
}

interface Table {
  readonly name: string;
  readonly hasTenant: boolean;
  readonly hasStore: boolean;
  readonly isForced: boolean;
}

async function tablesOf(tx: Queries): Promise<readonly Table[]> {
  return tx.rows<Table>(
    `SELECT c.relname AS name, c.relforcerowsecurity AS "isForced",
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_no' AND NOT a.attisdropped) AS "hasTenant",
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'store' AND NOT a.attisdropped) AS "hasStore"
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
  );
}

const isIn = (tables: readonly string[], name: string): boolean => tables.includes(name);

async function secureTable(tx: Queries, { name, hasTenant, isForced }: Table, isAhead: boolean): Promise<void> {
  if (isIn(OWNERS_TABLES, name)) return;
  if (isAhead && !hasTenant && name !== 'hub' && !isIn(SHARED_TABLES, name)) return;
  if (name === 'hub') {
    await tx.script(`GRANT SELECT (id, hub_epoch, created_at_ms, public_key), UPDATE (hub_epoch) ON hub TO ${ROLE}`);
    return;
  }
  const rights = isIn(SEALED_TABLES, name) ? 'SELECT' : isIn([...APPEND_ONLY_TABLES, ...LOG_TABLES], name) ? 'SELECT, INSERT' : EVERY_RIGHT;
  // A build of before it does not know which are sealed, of keys or logs, and gives its logins every right.
  const isOfKeys = isIn(KEY_TABLES, name);
  if (isOfKeys || isIn([...SEALED_TABLES, ...LOG_TABLES], name)) await tx.script(`REVOKE ALL ON "${name}" FROM ${ROLE}`);
  if (!isOfKeys) await tx.script(`GRANT ${rights} ON "${name}" TO ${ROLE}`);
  if (isIn(SHARED_TABLES, name)) return;
  if (!hasTenant) throw new Error(`table ${name} has no tenant_no: give it one, or name it as shared in row-security.ts`);
  if (isForced) return;
  await tx.script(`ALTER TABLE "${name}" ENABLE ROW LEVEL SECURITY;
    ALTER TABLE "${name}" FORCE ROW LEVEL SECURITY;
    ${ofFormers(`pg_policy WHERE polrelid = '"${name}"'::regclass AND polname = 'tenant'`, `ALTER POLICY tenant ON "${name}" TO ${FORMER_ROLE}`)};
    CREATE POLICY owner ON "${name}" TO CURRENT_USER USING ((SELECT current_setting('holdfast.owner_sees', true)) = 'all')`);
}

const ofFormers = (where: string, statement: string): string =>
  `DO $$ BEGIN IF EXISTS (SELECT 1 FROM ${where}) THEN ${statement}; END IF; END $$`;

/** The functions that find goods belong to a role that reads these and nothing else. */
async function secureGoods(tx: Queries): Promise<void> {
  const [held] = await tx.rows<{ is: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_policy WHERE polname = 'goods' AND polrelid = 'public.entity'::regclass) AS is`,
  );
  if (held?.is !== true) await tx.script(`CREATE POLICY goods ON entity FOR SELECT TO ${GOODS_ROLE} USING (true)`);
  await tx.script(`GRANT SELECT ON entity TO ${GOODS_ROLE}; GRANT SELECT (login, tenant_no) ON database_login TO ${GOODS_ROLE};
    GRANT CREATE ON SCHEMA public TO ${GOODS_ROLE}`);
  for (const named of GOODS_FUNCTIONS)
    await tx.script(`ALTER FUNCTION ${named} OWNER TO ${GOODS_ROLE}; REVOKE ALL ON FUNCTION ${named} FROM PUBLIC; GRANT EXECUTE ON FUNCTION ${named} TO ${ROLE};
      ${ofFormers(`pg_roles WHERE rolname = '${FORMER_ROLE}'`, `GRANT EXECUTE ON FUNCTION ${named} TO ${FORMER_ROLE}`)}`);
  await tx.script(`REVOKE CREATE ON SCHEMA public FROM ${GOODS_ROLE}`);
}

export interface Logins {
  readonly whole: Login;
  readonly narrow: Login;
}

export interface LoginPorts {
  /** As its owner. */
  readonly database: Database;
  readonly tenantNo: number;
  readonly vault: Vault;
  readonly random: Random;
}

/** The logins of a tenant in this database, the same for all replicas; made where they are missing. Behind `secureRows`. */
export async function keepLogins({ database, tenantNo, vault, random }: LoginPorts): Promise<Logins> {
  return database.transaction(async (tx) => {
    await tx.rows('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    // Roles are of a whole server, which may have several hubs' databases.
    const [here] = await tx.rows<{ oid: string }>('SELECT oid::text AS oid FROM pg_database WHERE datname = current_database()');
    assert(here !== undefined, 'the database has its row');
    const tables = (await tablesOf(tx)).filter(({ name }) => !isIn(SHARED_TABLES, name));
    const keep = async (user: string): Promise<Login> => keepLogin(tx, { user, tenantNo, vault, random });
    const whole = await keep(`holdfast_${here.oid}_${tenantNo}`);
    const narrow = await keep(`holdfast_${here.oid}_${tenantNo}${NARROW_ENDING}`);
    await tx.script(grantKeys(whole.user, await keysAreSealed(tx)));
    const known = await tx.rows<{ table: string; policy: string }>(
      `SELECT c.relname AS "table", p.polname AS policy FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace`,
    );
    const isThere = (table: string, policy: string): boolean => known.some((each) => each.table === table && each.policy === policy);
    for (const { name, hasStore } of tables) {
      const [ofTenant, ofStores] = [`tenant_${tenantNo}`, `stores_${tenantNo}`];
      if (!isThere(name, ofTenant))
        await tx.script(`CREATE POLICY ${ofTenant} ON "${name}" TO ${whole.user}, ${narrow.user} USING (tenant_no = ${tenantNo})`);
      if (hasStore && !isIn(TABLES_OF_ALL_STORES, name) && !isThere(name, ofStores))
        await tx.script(`CREATE POLICY ${ofStores} ON "${name}" AS RESTRICTIVE TO ${narrow.user}
          USING (store IS NULL OR store = ANY (string_to_array((SELECT current_setting('holdfast.stores', true)), E'\\n')))`);
    }
    return { whole, narrow };
  });
}

const PASSWORD_BYTES = 32;
export const loginPlace = (user: string): string => `database login ${user}`;

async function keepLogin(
  tx: Queries,
  { user, tenantNo, vault, random }: Omit<LoginPorts, 'database'> & { readonly user: string },
): Promise<Login> {
  const place = loginPlace(user);
  const [held] = await tx.rows<{ password: Uint8Array }>('SELECT password FROM database_login WHERE login = $1', [user]);
  const sealed = held && new Uint8Array(held.password);
  const opened = sealed && vault.open(place, sealed);
  const password = opened === undefined ? Buffer.from(random.bytes(PASSWORD_BYTES)).toString('base64url') : Buffer.from(opened).toString();
  if (sealed === undefined || opened === undefined || !vault.isFresh(sealed))
    await tx.execute(
      'INSERT INTO database_login (login, tenant_no, password) VALUES ($1, $2, $3) ON CONFLICT (login) DO UPDATE SET password = excluded.password',
      [user, tenantNo, vault.seal(place, new TextEncoder().encode(password))],
    );
  const known = await tx.rows('SELECT 1 FROM pg_roles WHERE rolname = $1', [user]);
  // What the server keeps of a password, not the password: statements stand in logs.
  const verifier = scramVerifier(password, random.bytes(SALT_BYTES));
  const settings = `LOGIN PASSWORD '${verifier}'`;
  await tx.script(
    known.length === 0 ? `CREATE ROLE ${user} NOBYPASSRLS NOCREATEDB NOCREATEROLE ${settings}` : `ALTER ROLE ${user} ${settings}`,
  );
  // What the hub asks is answered by look-ups that the planner, knowing nothing of arrays of keys, takes for dear ones: it would compile each statement, which takes longer than the answer.
  await tx.script(`GRANT ${ROLE} TO ${user}; ALTER ROLE ${user} SET jit = off`);
  return { user, password };
}

const SALT_BYTES = 16;
const SCRAM_ROUNDS = 4_096;

/** RFC 5803, as Postgres keeps it. The password is plain ASCII. */
function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, 'sha256');
  const keyOf = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${Buffer.from(salt).toString('base64')}$${stored}:${keyOf('Server Key').toString('base64')}`;
}
