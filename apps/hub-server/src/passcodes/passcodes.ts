/**
 * The secret that PINs and badges are sealed with: minted once, kept in the hub's database, handed to enrolled devices over their own connection and to
 * nobody else. Published cells hold what was sealed; without the secret they cannot be tried.
 */
import { assert, type Clock, type Random } from '@holdfast/base';
import { sealPasscode, type Passcode, type PasscodeSecret } from '@holdfast/base/passcode';
import { ENTITY_TYPES } from '@holdfast/domain';
import { eq } from 'drizzle-orm';

import type { Database } from '../db/database.ts';
import { passcodeSecret } from '../db/schema.ts';

export interface PasscodePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
}

const SECRET_BYTES = 32;

/** All that cells may have been sealed with, oldest first. Safe to be called by several replicas at once: the first one's stands. */
export async function loadPasscodeSecrets({ database, tenantNo, clock, random }: PasscodePorts): Promise<readonly PasscodeSecret[]> {
  await database.orm
    .insert(passcodeSecret)
    .values({ tenantNo, number: 1, secret: random.bytes(SECRET_BYTES), createdAtMs: clock.nowMs() })
    .onConflictDoNothing();
  return database.orm
    .select({ number: passcodeSecret.number, secret: passcodeSecret.secret })
    .from(passcodeSecret)
    .where(eq(passcodeSecret.tenantNo, tenantNo))
    .orderBy(passcodeSecret.number);
}

/** Mints the next one: from here on everything is sealed with it, and what was sealed before is as good as ever until its person signs on again. */
export async function mintPasscodeSecret(ports: PasscodePorts): Promise<number> {
  const { database, tenantNo, clock, random } = ports;
  const newest = (await loadPasscodeSecrets(ports)).at(-1)?.number ?? 0;
  const made = await database.orm
    .insert(passcodeSecret)
    .values({ tenantNo, number: newest + 1, secret: random.bytes(SECRET_BYTES), createdAtMs: clock.nowMs() })
    .onConflictDoNothing()
    .returning({ number: passcodeSecret.number });
  // Another replica minted it just now: that one stands.
  return made[0]?.number ?? newest + 1;
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
export async function createSealer(ports: PasscodePorts): Promise<(passcode: Passcode) => Promise<string>> {
  const newest = (await loadPasscodeSecrets(ports)).at(-1);
  assert(newest !== undefined, 'a hub has a secret');
  return (passcode) => sealPasscode(passcode, newest);
}
