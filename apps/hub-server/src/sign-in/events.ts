/** What happened to sign-ins, for whoever looks after them: kept for a year, and never what somebody typed. */
import type { Clock } from '@holdfast/base';
import type { Logger } from 'pino';

import type { Database, Queries } from '../db/database.ts';

export const SIGN_IN_EVENTS = [
  'invited',
  'joined',
  'signedIn',
  'recoveryCodeUsed',
  'refused',
  'signedInByProvider',
  'providerLinked',
  'providerRefused',
  'signedOut',
  'sessionsEnded',
  'passwordChanged',
  'authenticatorChanged',
  'recoveryCodesChanged',
  'postsChanged',
  'locked',
  'unlocked',
  'removed',
  'tokenMade',
  'tokenRevoked',
  'breakGlass',
] as const;
export type SignInEvent = (typeof SIGN_IN_EVENTS)[number];

export interface EventPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info'>;
}

export interface Happened {
  readonly what: SignInEvent;
  /** Empty: of a name that nobody has. */
  readonly person: string;
  readonly by: string;
  readonly address: string;
}

export interface SignInEventView extends Happened {
  readonly atMs: number;
}

const KEPT_MS = 365 * 24 * 60 * 60_000;

export async function noteEvent({ database, tenantNo, clock, logger }: EventPorts, happened: Happened): Promise<void> {
  const { what, person, by, address } = happened;
  // Also to where the log goes: nobody who comes in here changes it there.
  logger.info({ signIn: happened }, 'sign-in');
  await database.execute('INSERT INTO sign_in_event (tenant_no, at_ms, what, person, by_whom, address) VALUES ($1, $2, $3, $4, $5, $6)', [
    tenantNo,
    clock.nowMs(),
    what,
    person,
    by,
    address,
  ]);
}

/** Newest first. */
export const listEvents = async (
  { database, tenantNo }: Pick<EventPorts, 'database' | 'tenantNo'>,
  limit: number,
): Promise<readonly SignInEventView[]> =>
  database.rows<SignInEventView>(
    `SELECT at_ms AS "atMs", what, person, by_whom AS "by", address FROM sign_in_event WHERE tenant_no = $1 ORDER BY event_no DESC LIMIT $2`,
    [tenantNo, limit],
  );

/** By the owner of the tables: nobody else may. */
export async function forgetEvents(queries: Queries, tenantNo: number, nowMs: number): Promise<void> {
  await queries.execute('DELETE FROM sign_in_event WHERE tenant_no = $1 AND at_ms <= $2', [tenantNo, nowMs - KEPT_MS]);
}
