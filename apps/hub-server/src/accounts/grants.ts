/**
 * Escrow: rights to spend from a balance that one device holds ahead (SPEC: O-8 to O-10). They are kept from everybody else until the device's ledger brings
 * what was spent of them, or what is left of them; or a person writes them off.
 * What a device takes from a balance is taken from its rights first; what was held for it besides is what its rights did not cover.
 */
import { assert, type Random } from '@holdfast/base';
import { nodeVerifier } from '@holdfast/base/node';
import { ENTITY_TYPES, type AccountMovement, type AccountName, type GrantAcceptance, type GrantRelease } from '@holdfast/domain';
import { bytesToHex, scopesOfPlace, signGrant, verifyGrant, type SignedGrant } from '@holdfast/sync';

import type { Database, Queries } from '../db/database.ts';
import type { EnrolledDevice } from '../enrolment/enrol.ts';
import type { HubIdentity } from '../identity.ts';
import type { JsonFold } from '../ledger/folds.ts';
import { IS_FORKED, NOTHING_WAITED_AT } from './forked.ts';

/** How long a device may spend them without having been heard of. */
const GRANT_LIFE_MS = 7 * 86_400_000;
/** A grant whose answer was lost: by then a device that was heard of with nothing waiting would have accepted it. */
const ACCEPT_WITHIN_MS = 15 * 60_000;

const NAMED = 'tenant_no = $1 AND account = $2 AND reference = $3 AND currency = $4';

/** What devices hold of a balance, this one's own included. */
export async function outstandingMinor(tx: Queries, tenantNo: number, name: AccountName, nowMs: number): Promise<number> {
  const place = [tenantNo, name.account, name.reference, name.currency];
  await tx.execute(
    `UPDATE account_grant g SET ended = 'unaccepted', ended_at_ms = $5 FROM device d
     WHERE ${NAMED.replaceAll('tenant_no', 'g.tenant_no')} AND g.ended IS NULL AND NOT g.accepted AND d.device = g.device
       AND g.granted_at_ms + ${ACCEPT_WITHIN_MS} < $5::bigint AND g.granted_at_ms + ${ACCEPT_WITHIN_MS} < ${NOTHING_WAITED_AT}`,
    [...place, nowMs],
  );
  const [held] = await tx.rows<{ amount: string | null }>(
    `SELECT sum(left_minor)::text AS amount FROM account_grant WHERE ${NAMED} AND ended IS NULL`,
    place,
  );
  return Number(held?.amount ?? 0);
}

export interface AdvancePorts {
  readonly identity: HubIdentity;
  readonly random: Random;
}

/**
 * An advance out of `availableMinor`, as much as the store's setting says; undefined where there is none to give. A device has one of a balance: whose answer was lost is
 * answered again with the same. In the transaction that holds the balance's row.
 */
export async function grantAdvance(
  tx: Queries,
  { identity, random }: AdvancePorts,
  device: EnrolledDevice,
  name: AccountName,
  { availableMinor, nowMs }: { readonly availableMinor: number; readonly nowMs: number },
): Promise<SignedGrant | undefined> {
  const place = [device.tenantNo, name.account, name.reference, name.currency];
  const [held] = await tx.rows<{ grantId: string; amountMinor: number; expiresAtMs: number; accepted: boolean }>(
    `SELECT grant_id AS "grantId", amount_minor AS "amountMinor", expires_at_ms AS "expiresAtMs", accepted FROM account_grant
     WHERE ${NAMED} AND device = $5 AND ended IS NULL`,
    [...place, device.device],
  );
  const sign = (grant: Omit<SignedGrant, 'signature'>): SignedGrant =>
    signGrant(identity.signer, { tenant: device.tenant, device: device.device, ...name }, grant);
  if (held !== undefined) {
    const { accepted, ...grant } = held;
    return accepted || grant.expiresAtMs <= nowMs ? undefined : sign(grant);
  }
  const amountMinor = Math.min(await advanceOf(tx, device), availableMinor);
  if (amountMinor <= 0) return undefined;
  const grant = { grantId: bytesToHex(random.bytes(8)), amountMinor, expiresAtMs: nowMs + GRANT_LIFE_MS };
  await tx.execute(
    `INSERT INTO account_grant (grant_id, tenant_no, account, reference, currency, device, amount_minor, left_minor, granted_at_ms, expires_at_ms)
     VALUES ($5, $1, $2, $3, $4, $6, $7, $7, $8, $9)`,
    [...place, grant.grantId, device.device, amountMinor, nowMs, grant.expiresAtMs],
  );
  return sign(grant);
}

/** What a device holds of a balance, by all that was heard of it; undefined where it holds none. */
export async function heldRights(
  tx: Queries,
  { tenantNo, device }: EnrolledDevice,
  { account, reference, currency }: AccountName,
): Promise<{ readonly grantId: string; readonly leftMinor: number } | undefined> {
  const [held] = await tx.rows<{ grantId: string; leftMinor: number }>(
    `SELECT grant_id AS "grantId", left_minor AS "leftMinor" FROM account_grant WHERE ${NAMED} AND device = $5 AND ended IS NULL`,
    [tenantNo, account, reference, currency, device],
  );
  return held;
}

/** As it is published now, of the narrowest scope. */
async function advanceOf(tx: Queries, device: EnrolledDevice): Promise<number> {
  const rows = await tx.rows<{ scope: string; value: string }>(
    `SELECT scope, fields ->> '1' AS value FROM entity WHERE tenant_no = $1 AND type = ${ENTITY_TYPES.setting.type} AND key = 'offlineAdvanceMinor' AND alive`,
    [device.tenantNo],
  );
  const narrowest = scopesOfPlace(device)
    .toReversed()
    .flatMap((scope) => rows.find((row) => row.scope === scope)?.value ?? [])[0];
  return /^\d{1,12}$/.test(narrowest ?? '') ? Number(narrowest) : 0;
}

/** What an entry says of rights; null where it says nothing. */
export type GrantNote = { readonly accepted: GrantAcceptance } | { readonly released: GrantRelease };

/** One arrival after the other, as its device did it: it spends nothing before it has accepted. */
type GrantRow = { readonly t: number; readonly d: string; readonly ra: number } & (
  | { readonly accepted: GrantAcceptance }
  | { readonly released: GrantRelease }
  | { readonly spent: AccountMovement }
);

/** What devices accepted, spent and gave back. Of a second history of a device the rights rest until a person has looked. */
export const grantFold: JsonFold = {
  name: 'grants',
  rows: (arrivals) =>
    arrivals.flatMap(({ run, branch, grant, accountMovements }): readonly GrantRow[] => {
      if (branch !== '') return [];
      const at = { t: run.tenantNo, d: run.device, ra: run.receivedAtMs };
      const spent = accountMovements.flatMap((movement) => (movement.amountMinor < 0 ? [{ ...at, spent: movement }] : []));
      return grant === null ? spent : [{ ...at, ...grant }, ...spent];
    }),
  store: async (tx, json) => {
    const rows = JSON.parse(json) as readonly GrantRow[];
    const holders = await tx.rows<{ device: string }>(
      'SELECT DISTINCT device FROM account_grant WHERE ended IS NULL AND device IN (SELECT jsonb_array_elements_text($1::jsonb))',
      [JSON.stringify([...new Set(rows.map(({ d }) => d))])],
    );
    const holding = new Set(holders.map(({ device }) => device));
    for (const row of rows) {
      if ('accepted' in row) {
        if (await noteAcceptance(tx, row, row.accepted)) holding.add(row.d);
      } else if (!holding.has(row.d)) continue;
      else if ('released' in row) await noteRelease(tx, row, row.released);
      else await spendRights(tx, row, row.spent);
    }
  },
};

/** A hub that was set back may have lost the grant: its own signature tells it. False where it never signed such a one. */
async function noteAcceptance(tx: Queries, { t, d, ra }: Pick<GrantRow, 't' | 'd' | 'ra'>, accepted: GrantAcceptance): Promise<boolean> {
  const { grantId, amountMinor, expiresAtMs, signature, account, reference, currency } = accepted;
  const [hub] = await tx.rows<{ key: Uint8Array | null; tenant: string }>(
    'SELECT h.public_key AS key, t.tenant FROM hub h, tenant t WHERE t.tenant_no = $1',
    [t],
  );
  assert(hub !== undefined && hub.key !== null, 'the hub and the tenant have their rows, and the hub its key');
  const place = { tenant: hub.tenant, device: d, account, reference, currency };
  const key = bytesToHex(hub.key);
  if (!verifyGrant(nodeVerifier, key, place, { grantId, amountMinor, expiresAtMs, signature })) return false;
  await tx.execute(
    `INSERT INTO account_grant (grant_id, tenant_no, account, reference, currency, device, amount_minor, left_minor, granted_at_ms, expires_at_ms, accepted)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, true) ON CONFLICT (grant_id) DO UPDATE SET accepted = true`,
    [grantId, t, account, reference, currency, d, amountMinor, ra, expiresAtMs],
  );
  return true;
}

/** What one of two copies gives up the other may have spent, and its ledger may still be on its way: a person writes it off. */
async function noteRelease(tx: Queries, { d, ra }: Pick<GrantRow, 'd' | 'ra'>, { grantId }: GrantRelease): Promise<void> {
  await tx.execute(
    `UPDATE account_grant SET left_minor = 0, ended = 'released', ended_at_ms = $3 WHERE grant_id = $1 AND device = $2 AND ended IS NULL
       AND NOT EXISTS (SELECT 1 FROM device d WHERE d.device = $2 AND ${IS_FORKED})`,
    [grantId, d, ra],
  );
}

async function spendRights(tx: Queries, { t, d }: Pick<GrantRow, 't' | 'd'>, movement: AccountMovement): Promise<void> {
  const { account, reference, currency, amountMinor } = movement;
  await tx.execute(
    `UPDATE account_grant SET left_minor = left_minor - least(left_minor, $6::bigint) WHERE ${NAMED} AND device = $5 AND ended IS NULL AND accepted`,
    [t, account, reference, currency, d, -amountMinor],
  );
}

export interface GrantView extends AccountName {
  readonly grantId: string;
  readonly device: string;
  readonly store: string;
  readonly lane: number;
  readonly amountMinor: number;
  readonly leftMinor: number;
  readonly grantedAtMs: number;
  readonly expiresAtMs: number;
  readonly accepted: boolean;
}

/** Outstanding ones, oldest first. */
export async function listGrants(database: Database, tenantNo: number, limit: number): Promise<readonly GrantView[]> {
  return database.rows<GrantView>(
    `SELECT g.grant_id AS "grantId", g.account, g.reference, g.currency, g.device, d.store, d.lane, g.amount_minor AS "amountMinor", g.left_minor AS "leftMinor",
       g.granted_at_ms AS "grantedAtMs", g.expires_at_ms AS "expiresAtMs", g.accepted
     FROM account_grant g JOIN device d ON d.device = g.device WHERE g.tenant_no = $1 AND g.ended IS NULL ORDER BY g.granted_at_ms, g.grant_id LIMIT $2`,
    [tenantNo, limit],
  );
}

/** By a person: of a device that will not be heard of again. What it spent all the same counts, and overdraws the balance. False where nothing is outstanding. */
export async function writeOffGrant(
  database: Database,
  tenantNo: number,
  grantId: string,
  by: { readonly user: string; readonly nowMs: number },
): Promise<boolean> {
  const ended = await database.execute(
    `UPDATE account_grant SET left_minor = 0, ended = 'writtenOff', ended_at_ms = $3, ended_by = $4 WHERE tenant_no = $1 AND grant_id = $2 AND ended IS NULL`,
    [tenantNo, grantId, by.nowMs, by.user],
  );
  return ended > 0;
}
