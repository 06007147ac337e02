/**
 * Whether a company's keys lie sealed, and how they come to: with each start, as the owner. A fresh database holds none as it is. One that hubs of a build before migration 62 worked on keeps them as
 * they were, so that such a hub works on beside this one, or again after it, until somebody starts a hub with `--seal-keys` (decision 0025). Never the other way.
 */
import type { Database, Queries } from '../db/database.ts';
import { loginPlace } from '../db/row-security.ts';
import { StartRefused } from '../db/start-refusals.ts';
import { KeysClosed, placeOfKey, sealSigningKey, SIGNING_KEY_PLACE } from './company-keys.ts';
import { FORMER_KEY_TABLES, KEY_KINDS, readFormerKeys } from './former-keys.ts';
import type { Vault } from './vault.ts';

/** While keys are sealed no hub may read them where they lay. */
class HubsBeside extends StartRefused {
  constructor() {
    super(
      'the keys of this database are sealed while no other hub works on it, and one does. Stop all hubs, and start this one with --seal-keys again. Nothing was changed.',
    );
  }
}

/** Any number that nothing else in the database locks. */
const LOCK_KEY = 7_204_110_115;

/**
 * What an older key of secrets sealed is sealed by the one in use; where `seal` says so, also what lay as it was. Throws `KeysClosed` where this hub's key opens something not, before anything is
 * changed: a hub that cannot open its keys would make others in their place, and no lane would know it.
 */
export async function keepKeysSealed(owner: Database, vault: Vault, { seal }: { readonly seal: boolean }): Promise<void> {
  await owner.transaction(
    async (tx) => {
      await tx.rows('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
      await renewSealed(tx, vault);
      const [hub] = await tx.rows<{ key: Uint8Array }>('SELECT signing_key AS key FROM hub WHERE sealed_key IS NULL');
      if (!seal || hub === undefined) return;
      await assertAlone(tx);
      await assertKept(tx, vault);
      await sealFormer(tx, vault);
      await tx.execute("UPDATE hub SET sealed_key = $1, signing_key = ''", [sealSigningKey(vault, new Uint8Array(hub.key))]);
    },
    { seesAll: true },
  );
}

async function renewSealed(tx: Queries, vault: Vault): Promise<void> {
  const keys = await tx.rows<{ tenantNo: number; kind: string; name: string; sealed: Uint8Array }>(
    'SELECT tenant_no AS "tenantNo", kind, name, sealed FROM company_key WHERE sealed IS NOT NULL',
  );
  const [hub] = await tx.rows<{ sealed: Uint8Array }>('SELECT sealed_key AS sealed FROM hub WHERE sealed_key IS NOT NULL');
  const places = [
    ...keys.map(({ tenantNo, kind, name, sealed }) => ({ place: placeOfKey(tenantNo, kind, name), what: `${kind} ${name}`, sealed })),
    ...(hub === undefined ? [] : [{ place: SIGNING_KEY_PLACE, what: 'what the hub signs with', sealed: hub.sealed }]),
  ].map(({ sealed, ...rest }) => ({ ...rest, sealed: new Uint8Array(sealed), secret: vault.open(rest.place, new Uint8Array(sealed)) }));
  const closed = places.filter(({ secret }) => secret === undefined);
  if (closed.length > 0) throw new KeysClosed(closed.map(({ what }) => what));
  for (const { place, secret, sealed } of places) {
    if (secret === undefined || vault.isFresh(sealed)) continue;
    const table =
      place === SIGNING_KEY_PLACE ? 'hub SET sealed_key = $2 WHERE sealed_key = $1' : 'company_key SET sealed = $2 WHERE sealed = $1';
    await tx.execute(`UPDATE ${table}`, [sealed, vault.seal(place, secret)]);
  }
}

/** Hubs work by logins of their own; this one has not come in by them yet. */
async function assertAlone(tx: Queries): Promise<void> {
  const others = await tx.rows(
    'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename IN (SELECT login FROM database_login) LIMIT 1',
  );
  if (others.length > 0) throw new HubsBeside();
}

/** Where the key of secrets was lost with the last start already, and nobody missed it, nothing is put under the one of this start: it may be lost with the next. */
async function assertKept(tx: Queries, vault: Vault): Promise<void> {
  const logins = await tx.rows<{ login: string; password: Uint8Array }>('SELECT login, password FROM database_login');
  const isKept =
    logins.length === 0 || logins.some(({ login, password }) => vault.open(loginPlace(login), new Uint8Array(password)) !== undefined);
  if (!isKept) throw new KeysClosed(logins.map(({ login }) => `the login ${login}`));
}

async function sealFormer(tx: Queries, vault: Vault): Promise<void> {
  for (const kind of KEY_KINDS)
    for (const { tenantNo, name, publicKey, secret, createdAtMs, forgottenAtMs } of await readFormerKeys(tx, kind))
      await tx.execute(
        'INSERT INTO company_key (tenant_no, kind, name, public_key, sealed, created_at_ms, forgotten_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [
          tenantNo,
          kind,
          name,
          publicKey ?? null,
          secret === undefined ? null : vault.seal(placeOfKey(tenantNo, kind, name), secret),
          createdAtMs,
          forgottenAtMs,
        ],
      );
  for (const table of FORMER_KEY_TABLES) await tx.execute(`DELETE FROM ${table}`);
}
