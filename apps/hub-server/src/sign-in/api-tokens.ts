/**
 * Tokens of programs. Each is made by a person, for one program: what it may beyond reading (`actions`), where (`places`), and until when. It is shown once and kept as a hash. It may at no time more
 * than its maker may: their posts and the grants of these are looked at with each use, and the token's own bounds take away from them; who is locked, taken off the staff or has no sign-in
 * any more has no tokens either. A token that was revoked or ran out stays in the list for a year, so that what it did keeps its name.
 */
import type { Clock, Random } from '@holdfast/base';
import { ACTION_NAMES, type Action } from '@holdfast/domain';

import type { Database, Queries } from '../db/database.ts';
import { hashSecret } from '../enrolment/secrets.ts';
import { scopesAt } from '../permissions/permissions.ts';
import { createTokenText } from './api-token-text.ts';
import { postsOf, type Post } from './posts.ts';

export interface ApiTokenPorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ApiTokenWish {
  /** Of the program, for people. */
  readonly name: string;
  /** Beyond reading what its maker sees at these places. */
  readonly actions: readonly Action[];
  /** `global`, `zone:Z` or `store:S`. */
  readonly places: readonly string[];
  readonly untilMs: number;
}

export interface ApiTokenView extends ApiTokenWish {
  readonly token: string;
  readonly maker: string;
  readonly madeAtMs: number;
  readonly usedAtMs: number | null;
  readonly usedAddress: string | null;
  readonly revokedAtMs: number | null;
  readonly revokedBy: string | null;
}

export type OpenApiToken =
  | {
      readonly type: 'open';
      readonly token: string;
      readonly name: string;
      readonly maker: string;
      readonly posts: readonly Post[];
      readonly actions: ReadonlySet<Action>;
    }
  | { readonly type: 'revoked' | 'expired' | 'noMaker'; readonly name: string; readonly maker: string };

const NAME_BYTES = 8;
/** Being used is written down no more often. */
const USED_EVERY_MS = 60_000;
const KEPT_MS = 365 * 24 * 60 * 60_000;

export async function makeApiToken(
  { database, tenantNo, clock, random }: ApiTokenPorts,
  maker: string,
  { name, actions, places, untilMs }: ApiTokenWish,
): Promise<{ readonly token: string; readonly secret: string }> {
  const token = `tok-${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}`;
  const secret = createTokenText(random);
  await database.execute(
    `INSERT INTO api_token (tenant_no, token, token_hash, maker, name, actions, places, made_at_ms, until_ms)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9)`,
    [tenantNo, token, hashSecret(secret), maker, name, JSON.stringify(actions), JSON.stringify(places), clock.nowMs(), untilMs],
  );
  return { token, secret };
}

interface HeldToken {
  readonly token: string;
  readonly name: string;
  readonly maker: string;
  readonly actions: readonly string[];
  readonly places: readonly string[];
  readonly untilMs: number;
  readonly usedAtMs: number | null;
  readonly usedAddress: string | null;
  readonly isRevoked: boolean;
  readonly maySignIn: boolean;
}

/** Undefined: never made, or forgotten. */
export async function findApiToken(
  { database, tenantNo, clock }: Pick<ApiTokenPorts, 'database' | 'tenantNo' | 'clock'>,
  secret: string,
  address: string,
): Promise<OpenApiToken | undefined> {
  const nowMs = clock.nowMs();
  const [held] = await database.rows<HeldToken>(
    `SELECT t.token, t.name, t.maker, t.actions, t.places, t.until_ms AS "untilMs", t.used_at_ms AS "usedAtMs", t.used_address AS "usedAddress",
       t.revoked_at_ms IS NOT NULL AS "isRevoked", coalesce(NOT i.is_locked, false) AS "maySignIn"
     FROM api_token t LEFT JOIN sign_in i ON i.tenant_no = t.tenant_no AND i.person = t.maker
     WHERE t.tenant_no = $1 AND t.token_hash = $2`,
    [tenantNo, hashSecret(secret)],
  );
  if (held === undefined) return undefined;
  const { token, name, maker } = held;
  if (held.isRevoked) return { type: 'revoked', name, maker };
  if (held.untilMs <= nowMs) return { type: 'expired', name, maker };
  const own = held.maySignIn ? await postsOf(database, tenantNo, maker) : [];
  if (own.length === 0) return { type: 'noMaker', name, maker };
  const posts = await postsWithin(own, held.places, async (place) => scopesAt(database, tenantNo, place));
  if (held.usedAtMs === null || nowMs - held.usedAtMs >= USED_EVERY_MS || held.usedAddress !== address)
    await database.execute('UPDATE api_token SET used_at_ms = $3, used_address = $4 WHERE tenant_no = $1 AND token = $2', [
      tenantNo,
      token,
      nowMs,
      address,
    ]);
  return { type: 'open', token, name, maker, posts, actions: new Set(ACTION_NAMES.filter((action) => held.actions.includes(action))) };
}

/** `around`: a place and those that it lies in. What reaches a place counts there and no further; what lies within one counts where it is. */
export async function postsWithin(
  posts: readonly Post[],
  places: readonly string[],
  around: (place: string) => Promise<readonly string[]>,
): Promise<readonly Post[]> {
  const rolesAt = new Map<string, ReadonlySet<string>>();
  const add = (scope: string, roles: readonly string[]): void =>
    void rolesAt.set(scope, new Set([...(rolesAt.get(scope) ?? []), ...roles]));
  for (const place of places) {
    const wider = await around(place);
    for (const post of posts) {
      if (wider.includes(post.scope)) add(place, post.roles);
      else if ((await around(post.scope)).includes(place)) add(post.scope, post.roles);
    }
  }
  return [...rolesAt].map(([scope, roles]) => ({ scope, roles: [...roles] }));
}

/** Newest first. `maker` absent: of everybody. */
export const listApiTokens = async (
  { database, tenantNo }: Pick<ApiTokenPorts, 'database' | 'tenantNo'>,
  maker?: string,
): Promise<readonly ApiTokenView[]> =>
  database.rows<ApiTokenView>(
    `SELECT token, maker, name, actions, places, made_at_ms AS "madeAtMs", until_ms AS "untilMs", used_at_ms AS "usedAtMs", used_address AS "usedAddress",
       revoked_at_ms AS "revokedAtMs", revoked_by AS "revokedBy"
     FROM api_token WHERE tenant_no = $1 AND ($2::text IS NULL OR maker = $2) ORDER BY made_at_ms DESC, token`,
    [tenantNo, maker ?? null],
  );

/** With the next request nobody comes in by it. False: there is none that still opens anything. */
export const revokeApiToken = async (
  { database, tenantNo, clock }: Pick<ApiTokenPorts, 'database' | 'tenantNo' | 'clock'>,
  token: string,
  by: string,
): Promise<boolean> =>
  (await database.execute(
    'UPDATE api_token SET revoked_at_ms = $3, revoked_by = $4 WHERE tenant_no = $1 AND token = $2 AND revoked_at_ms IS NULL AND until_ms > $3',
    [tenantNo, token, clock.nowMs(), by],
  )) === 1;

export interface ApiTokenAct {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly address: string;
}

export async function noteApiTokenAct(
  { database, tenantNo }: Pick<ApiTokenPorts, 'database' | 'tenantNo'>,
  token: string,
  { atMs, method, path, status, requestId, address }: ApiTokenAct,
): Promise<void> {
  await database.execute(
    'INSERT INTO api_token_act (tenant_no, token, at_ms, method, path, status, request_id, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [tenantNo, token, atMs, method, path, status, requestId, address],
  );
}

/** Newest first. */
export const listApiTokenActs = async (
  { database, tenantNo }: Pick<ApiTokenPorts, 'database' | 'tenantNo'>,
  token: string,
  limit: number,
): Promise<readonly ApiTokenAct[]> =>
  database.rows<ApiTokenAct>(
    `SELECT at_ms AS "atMs", method, path, status, request_id AS "requestId", address FROM api_token_act
     WHERE tenant_no = $1 AND token = $2 ORDER BY act_no DESC LIMIT $3`,
    [tenantNo, token, limit],
  );

/** By the owner of the tables: acts are nobody else's to delete. */
export async function forgetApiTokens(queries: Queries, tenantNo: number, nowMs: number): Promise<void> {
  const before = nowMs - KEPT_MS;
  await queries.execute('DELETE FROM api_token_act WHERE tenant_no = $1 AND at_ms <= $2', [tenantNo, before]);
  await queries.execute('DELETE FROM api_token WHERE tenant_no = $1 AND least(until_ms, coalesce(revoked_at_ms, until_ms)) <= $2', [
    tenantNo,
    before,
  ]);
}
