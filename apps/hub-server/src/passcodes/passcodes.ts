/**
 * The secret that PINs and badges are sealed with: minted once, kept in the hub's database, handed to enrolled devices over their own connection and to
 * nobody else. Published cells hold what was sealed; without the secret they cannot be tried.
 */
import { assert, type Clock, type Random } from '@holdfast/base';
import { sealPasscode, type Passcode, type PasscodeSecret } from '@holdfast/base/passcode';
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

/** Seals with the newest secret. */
export async function createSealer(ports: PasscodePorts): Promise<(passcode: Passcode) => Promise<string>> {
  const newest = (await loadPasscodeSecrets(ports)).at(-1);
  assert(newest !== undefined, 'a hub has a secret');
  return (passcode) => sealPasscode(passcode, newest);
}
