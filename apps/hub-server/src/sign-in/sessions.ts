/**
 * Sessions of people who signed in, for all replicas alike. What a browser holds is random and kept here as a hash; it is a new one with each sign-in, and whenever what its person may
 * changes. A session ends when nobody used it for half an hour (what a page asks by itself is no use), after twelve hours in any case, and at once when its person is locked, leaves the staff or ends it from elsewhere.
 */
import { createHash } from 'node:crypto';

import type { Clock, Random } from '@holdfast/base';

import type { Database } from '../db/database.ts';
import { createToken, hashSecret } from '../enrolment/secrets.ts';
import { postsOf, type Post } from './posts.ts';

export interface SessionPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Visitor {
  /** What the browser calls itself. */
  readonly agent: string;
  readonly address: string;
}

export interface OpenSession {
  readonly session: string;
  readonly person: string;
  readonly posts: readonly Post[];
  /** When they last proved who they are. */
  readonly provenAtMs: number;
  /** What the browser is given in place of what it showed. */
  readonly nextToken?: string;
}

export interface SessionView extends Visitor {
  readonly session: string;
  readonly beganAtMs: number;
  readonly seenAtMs: number;
}

const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 60 * 60_000;
/** What reaches beyond a session, other ones and tokens, is done by who proved who they are within so long. */
export const PROVEN_MS = 15 * 60_000;
/** What was on its way with the former token is still listened to. */
const FORMER_MS = 30_000;
/** Being used is written down no more often. */
const SEEN_EVERY_MS = 60_000;
const SESSION_NAME_BYTES = 12;
const MOST_AGENT = 200;

const rightsOf = (posts: readonly Post[]): Uint8Array => new Uint8Array(createHash('sha256').update(JSON.stringify(posts)).digest());

/** The token that its browser holds from now on. */
export async function beginSession(
  { database, tenantNo, clock, random }: SessionPorts,
  person: string,
  { agent, address }: Visitor,
  { isByProvider = false, provenAtMs }: { readonly isByProvider?: boolean; readonly provenAtMs?: number } = {},
): Promise<string> {
  const token = createToken(random);
  const nowMs = clock.nowMs();
  await database.execute(
    `INSERT INTO console_session (tenant_no, session, token_hash, person, rights, began_at_ms, seen_at_ms, agent, address, by_provider, proven_at_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)`,
    [
      tenantNo,
      Buffer.from(random.bytes(SESSION_NAME_BYTES)).toString('base64url'),
      hashSecret(token),
      person,
      rightsOf(await postsOf(database, tenantNo, person)),
      nowMs,
      agent.slice(0, MOST_AGENT),
      address,
      isByProvider,
      provenAtMs ?? null,
    ],
  );
  return token;
}

interface SessionRow {
  readonly session: string;
  readonly person: string;
  readonly rights: Uint8Array;
  readonly seenAtMs: number;
  readonly provenAtMs: number;
  readonly isFormer: boolean;
}

/** By a token ($2) at a time ($3). */
const OPEN = `FROM console_session s JOIN sign_in i ON i.tenant_no = s.tenant_no AND i.person = s.person
     WHERE s.tenant_no = $1 AND NOT i.is_locked AND s.seen_at_ms > $4 AND s.began_at_ms > $5
       AND (s.token_hash = $2 OR (s.former_hash = $2 AND s.former_until_ms > $3))`;

/** Somebody did something, or their page asks by itself. */
export type Use = 'act' | 'background';

/** When one that nobody used since, or that is older, has ended. */
export const hasEnded = ({ beganAtMs, seenAtMs }: Pick<SessionView, 'beganAtMs' | 'seenAtMs'>, nowMs: number): boolean =>
  seenAtMs <= nowMs - IDLE_MS || beganAtMs <= nowMs - ABSOLUTE_MS;

/** Undefined: it has ended, or never was. */
export async function findSession(ports: SessionPorts, token: string, use: Use): Promise<OpenSession | undefined> {
  const { database, tenantNo, clock, random } = ports;
  const [nowMs, hash] = [clock.nowMs(), hashSecret(token)];
  const [row] = await database.rows<SessionRow>(
    `SELECT s.session, s.person, s.rights, s.seen_at_ms AS "seenAtMs", coalesce(s.proven_at_ms, s.began_at_ms) AS "provenAtMs", s.token_hash <> $2 AS "isFormer"
     ${OPEN}`,
    [tenantNo, hash, nowMs, nowMs - IDLE_MS, nowMs - ABSOLUTE_MS],
  );
  if (row === undefined) return undefined;
  const { session, person, provenAtMs } = row;
  const posts = await postsOf(database, tenantNo, person);
  // Who is on no staff any more may nothing, and is nobody here.
  if (posts.length === 0) return undefined;
  const rights = rightsOf(posts);
  if (!row.isFormer && Buffer.compare(rights, row.rights) !== 0) {
    const nextToken = createToken(random);
    const changed = await database.execute(
      `UPDATE console_session SET token_hash = $4, former_hash = token_hash, former_until_ms = $5, rights = $6, seen_at_ms = greatest(seen_at_ms, $7)
       WHERE tenant_no = $1 AND session = $2 AND token_hash = $3`,
      [tenantNo, session, hash, hashSecret(nextToken), nowMs + FORMER_MS, rights, use === 'act' ? nowMs : 0],
    );
    // Another request was quicker: its answer brings the new one.
    return { session, person, posts, provenAtMs, ...(changed === 1 && { nextToken }) };
  }
  if (use === 'act' && nowMs - row.seenAtMs >= SEEN_EVERY_MS)
    await database.execute('UPDATE console_session SET seen_at_ms = $3 WHERE tenant_no = $1 AND session = $2', [tenantNo, session, nowMs]);
  return { session, person, posts, provenAtMs };
}

/** They proved once more who they are. */
export async function noteProof({ database, tenantNo, clock }: SessionPorts, session: string): Promise<void> {
  await database.execute('UPDATE console_session SET proven_at_ms = $3 WHERE tenant_no = $1 AND session = $2', [
    tenantNo,
    session,
    clock.nowMs(),
  ]);
}

/** Looks, and goes on with nothing: none is given a new name of which its browser hears nothing. */
export async function isSessionOpen({ database, tenantNo, clock }: SessionPorts, token: string): Promise<boolean> {
  const nowMs = clock.nowMs();
  const open = await database.rows(`SELECT 1 ${OPEN}`, [tenantNo, hashSecret(token), nowMs, nowMs - IDLE_MS, nowMs - ABSOLUTE_MS]);
  return open.length > 0;
}

/** Newest first: those that have not ended. */
export const listSessions = async ({ database, tenantNo, clock }: SessionPorts, person: string): Promise<readonly SessionView[]> =>
  database.rows<SessionView>(
    `SELECT session, began_at_ms AS "beganAtMs", seen_at_ms AS "seenAtMs", agent, address FROM console_session
     WHERE tenant_no = $1 AND person = $2 AND seen_at_ms > $3 AND began_at_ms > $4 ORDER BY began_at_ms DESC, session`,
    [tenantNo, person, clock.nowMs() - IDLE_MS, clock.nowMs() - ABSOLUTE_MS],
  );

/** Undefined: they have no such session. */
export async function endSession(
  { database, tenantNo }: Pick<SessionPorts, 'database' | 'tenantNo'>,
  person: string,
  session: string,
): Promise<{ readonly isByProvider: boolean } | undefined> {
  const [ended] = await database.rows<{ isByProvider: boolean }>(
    'DELETE FROM console_session WHERE tenant_no = $1 AND person = $2 AND session = $3 RETURNING by_provider AS "isByProvider"',
    [tenantNo, person, session],
  );
  return ended;
}

/** Of a browser that begins another one. */
export async function endSessionOf({ database, tenantNo }: Pick<SessionPorts, 'database' | 'tenantNo'>, token: string): Promise<void> {
  await database.execute('DELETE FROM console_session WHERE tenant_no = $1 AND (token_hash = $2 OR former_hash = $2)', [
    tenantNo,
    hashSecret(token),
  ]);
}

/** All of them, or all but one. */
export const endSessions = async (
  { database, tenantNo }: Pick<SessionPorts, 'database' | 'tenantNo'>,
  person: string,
  but?: string,
): Promise<number> =>
  database.execute('DELETE FROM console_session WHERE tenant_no = $1 AND person = $2 AND ($3::text IS NULL OR session <> $3)', [
    tenantNo,
    person,
    but ?? null,
  ]);

export async function forgetSessions({ database, tenantNo, clock }: Pick<SessionPorts, 'database' | 'tenantNo' | 'clock'>): Promise<void> {
  await database.execute('DELETE FROM console_session WHERE tenant_no = $1 AND (seen_at_ms <= $2 OR began_at_ms <= $3)', [
    tenantNo,
    clock.nowMs() - IDLE_MS,
    clock.nowMs() - ABSOLUTE_MS,
  ]);
}
