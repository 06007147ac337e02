/**
 * The secret that PINs and badges are sealed with: minted once, kept sealed in the hub's database, handed to enrolled devices over their own connection and to
 * nobody else. Published cells hold what was sealed; without the secret they cannot be tried.
 */
import { assert, type Clock, type Random } from '@holdfast/base';
import { sealPasscode, type Passcode, type PasscodeSecret } from '@holdfast/base/passcode';
import { ENTITY_TYPES } from '@holdfast/domain';

import type { Database } from '../db/database.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';

export interface PasscodePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: CompanyKeys;
}

/** What secrets themselves take. */
export type SecretPorts = Pick<PasscodePorts, 'keys' | 'clock' | 'random'>;

const SECRET_BYTES = 32;

/** All that cells may have been sealed with, oldest first. Safe to be called by several replicas at once: the first one's stands. */
export async function loadPasscodeSecrets(ports: SecretPorts): Promise<readonly PasscodeSecret[]> {
  const held = await ports.keys.read('passcode');
  if (held.length > 0) return held.flatMap(({ name, secret }) => (secret === undefined ? [] : { number: Number(name), secret }));
  await makeSecret(ports, 1);
  return loadPasscodeSecrets(ports);
}

/** False: another replica made it just now, and that one stands. */
const makeSecret = async ({ keys, clock, random }: SecretPorts, number: number): Promise<boolean> =>
  keys.keep('passcode', { name: String(number), secret: random.bytes(SECRET_BYTES), createdAtMs: clock.nowMs() });

/** Mints the next one: from here on everything is sealed with it, and what was sealed before is as good as ever until its person signs on again. */
export async function mintPasscodeSecret(ports: SecretPorts): Promise<number> {
  const next = ((await loadPasscodeSecrets(ports)).at(-1)?.number ?? 0) + 1;
  await makeSecret(ports, next);
  return next;
}

/** How many PINs and badges each secret still holds. */
export async function listPasscodeSecrets(ports: PasscodePorts): Promise<readonly { readonly number: number; readonly sealed: number }[]> {
  const secrets = await loadPasscodeSecrets(ports);
  const { type, columns } = ENTITY_TYPES.staff;
  const sealed = columns.filter(({ name }) => name === 'pin' || name === 'badge').map(({ number }) => String(number));
  const rows = await ports.database.rows<{ number: number; sealed: number }>(
    `SELECT split_part(f.value #>> '{}', '.', 2)::integer AS number, count(*)::integer AS sealed
     FROM entity, jsonb_each(fields) AS f WHERE tenant_no = $1 AND type = $2 AND alive AND f.key IN (SELECT jsonb_array_elements_text($3::jsonb))
       AND jsonb_typeof(f.value) = 'string' GROUP BY 1`,
    [ports.tenantNo, type, JSON.stringify(sealed)],
  );
  return secrets.map(({ number }) => ({ number, sealed: rows.find((row) => row.number === number)?.sealed ?? 0 }));
}

/** Seals with the newest secret. */
export async function createSealer(ports: SecretPorts): Promise<(passcode: Passcode) => Promise<string>> {
  const newest = (await loadPasscodeSecrets(ports)).at(-1);
  assert(newest !== undefined, 'a hub has a secret');
  return (passcode) => sealPasscode(passcode, newest);
}
