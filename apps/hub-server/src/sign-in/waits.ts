/**
 * Guessing ends: attempts are counted in the database, so by all replicas together, before anything is looked at. Of one name the first few cost nothing; then nobody is listened to for 15 s, doubling
 * up to a quarter of an hour. From one address, where a whole company may sit, more are free and waits are shorter. A name that nobody has is counted like any other.
 */
import { createHash } from 'node:crypto';

import type { Clock } from '@holdfast/base';

import type { Database } from '../db/database.ts';

export interface WaitPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
}

interface Rule {
  readonly free: number;
  readonly firstMs: number;
  readonly mostMs: number;
}

const RULES = {
  name: { free: 5, firstMs: 15_000, mostMs: 15 * 60_000 },
  address: { free: 50, firstMs: 5_000, mostMs: 60_000 },
} as const satisfies Record<string, Rule>;
export type Counted = keyof typeof RULES;

const FORGOTTEN_AFTER_MS = 24 * 60 * 60_000;
/** Doubled no further: by then every rule is at its most. */
const MOST_DOUBLINGS = 20;

/** Nobody's typing is kept: a password may stand in the place of a name. */
const whoIs = (counted: Counted, text: string): string => `${counted} ${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;

/** Counts an attempt. Undefined: it is listened to; else the seconds until one is. */
export async function countAttempt({ database, tenantNo, clock }: WaitPorts, counted: Counted, text: string): Promise<number | undefined> {
  const { free, firstMs, mostMs } = RULES[counted];
  const [who, nowMs] = [whoIs(counted, text), clock.nowMs()];
  const counting = await database.rows(
    `INSERT INTO sign_in_wait AS held (tenant_no, who, attempts, last_at_ms, until_ms) VALUES ($1, $2, 1, $3::bigint, 0)
     ON CONFLICT (tenant_no, who) DO UPDATE SET last_at_ms = $3::bigint,
       attempts = CASE WHEN held.last_at_ms <= $3::bigint - ${FORGOTTEN_AFTER_MS} THEN 1 ELSE held.attempts + 1 END,
       until_ms = CASE WHEN held.last_at_ms <= $3::bigint - ${FORGOTTEN_AFTER_MS} OR held.attempts + 1 < ${free} THEN 0
         ELSE $3::bigint + least(${mostMs}, ${firstMs} * (1::bigint << least(${MOST_DOUBLINGS}, held.attempts + 1 - ${free})::integer)) END
     WHERE held.until_ms <= $3::bigint RETURNING 1`,
    [tenantNo, who, nowMs],
  );
  if (counting.length > 0) return undefined;
  const [held] = await database.rows<{ untilMs: number }>(
    'SELECT until_ms AS "untilMs" FROM sign_in_wait WHERE tenant_no = $1 AND who = $2',
    [tenantNo, who],
  );
  return Math.max(1, Math.ceil(((held?.untilMs ?? nowMs) - nowMs) / 1_000));
}

/** It was right: a name's count begins anew, an address is counted as if it had not asked. */
export async function forgiveAttempt({ database, tenantNo }: WaitPorts, counted: Counted, text: string): Promise<void> {
  const at = [tenantNo, whoIs(counted, text)];
  if (counted === 'name') await database.execute('DELETE FROM sign_in_wait WHERE tenant_no = $1 AND who = $2', at);
  else
    await database.execute(
      'UPDATE sign_in_wait SET attempts = greatest(attempts - 1, 0), until_ms = 0 WHERE tenant_no = $1 AND who = $2',
      at,
    );
}

export async function forgetWaits({ database, tenantNo, clock }: WaitPorts): Promise<void> {
  await database.execute('DELETE FROM sign_in_wait WHERE tenant_no = $1 AND last_at_ms <= $2', [
    tenantNo,
    clock.nowMs() - FORGOTTEN_AFTER_MS,
  ]);
}
