/**
 * Tenants apart, by the database itself: the hub works as a role that owns nothing, and row-level security shows it one tenant's rows. Owners pass by row security, so they only
 * migrate. Stated once for all tables, whatever migration made them; run after each migration.
 *
 * What the role may not do at all: read the hub's signing key, change or delete an entry of a ledger, change tables.
 */
import type { Database, Queries } from './database.ts';

export const ROLE = 'holdfast_hub';

/** Of all tenants, or of none. */
const SHARED_TABLES = [
  'hub',
  'hub_epoch',
  'ledger_sequence',
  'schema_migration',
  'standings_begin',
  'store_days_begin',
  'card_payments_begin',
  'stock_counts_begin',
] as const;
/** Once written, for ever. */
const APPEND_ONLY_TABLES = ['ledger_entry'] as const;

const CREATE_ROLE = `DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${ROLE}') THEN CREATE ROLE ${ROLE} NOLOGIN NOBYPASSRLS; END IF;
  IF NOT pg_has_role(current_user, '${ROLE}', 'MEMBER') THEN EXECUTE format('GRANT ${ROLE} TO %I', current_user); END IF;
END $$`;

/** `isAhead`: a later build made tables that this one does not know; those without a tenant it leaves to that. Throws where a table has no tenant and is not known to be shared, or where the database's user may make no role and none was made for it. */
export async function secureRows(database: Database, { isAhead = false }: { readonly isAhead?: boolean } = {}): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await tx.script(CREATE_ROLE);
    await tx.script(`GRANT USAGE ON SCHEMA public TO ${ROLE}`);
    for (const table of await tablesOf(tx)) await secureTable(tx, table, isAhead);
  });
}

/** Any number that nothing else in the database locks. */
const LOCK_KEY = 7_204_110_114;

interface Table {
  readonly name: string;
  readonly hasTenant: boolean;
  readonly isSecured: boolean;
}

async function tablesOf(tx: Queries): Promise<readonly Table[]> {
  return tx.rows<Table>(
    `SELECT c.relname AS name, c.relrowsecurity AS "isSecured",
       EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_no' AND NOT a.attisdropped) AS "hasTenant"
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
  );
}

const isIn = (tables: readonly string[], name: string): boolean => tables.includes(name);

async function secureTable(tx: Queries, { name, hasTenant, isSecured }: Table, isAhead: boolean): Promise<void> {
  if (name === 'schema_migration') return;
  if (isAhead && !hasTenant && name !== 'hub' && !isIn(SHARED_TABLES, name)) return;
  if (name === 'hub') {
    await tx.script(`GRANT SELECT (id, hub_epoch, created_at_ms, public_key), UPDATE (hub_epoch) ON hub TO ${ROLE}`);
    return;
  }
  const rights = isIn(APPEND_ONLY_TABLES, name) ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE';
  await tx.script(`GRANT ${rights} ON "${name}" TO ${ROLE}`);
  if (isIn(SHARED_TABLES, name)) return;
  if (!hasTenant) throw new Error(`table ${name} has no tenant_no: give it one, or name it as shared in row-security.ts`);
  if (isSecured) return;
  await tx.script(`ALTER TABLE "${name}" ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON "${name}" USING (tenant_no = current_setting('holdfast.tenant_no')::integer)`);
}
