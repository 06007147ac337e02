/**
 * A request that changes something and carries an `Idempotency-Key` is answered once: sent again, with the same key, it gets the answer that it got, and changes nothing. Kept for a day, for
 * all replicas of the hub, by tenant, key, path and who asks: nobody is told what another was.
 *
 * What was refused changed nothing: it is not kept, and may be sent again, corrected, with the same key. Between what a request does and the keeping of its answer a hub may die: then
 * the key is under way for `UNDER_WAY_MS`, and afterwards the request is done anew.
 */
import { createHash } from 'node:crypto';

import { assert, type Cipher, type Clock, type Random } from '@holdfast/base';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

import type { Database } from '../db/database.ts';
import type { ApiPath } from './api-paths.ts';
import { askerOf } from './asker.ts';
import { sendProblem } from './problems.ts';

export interface AnswerOncePorts {
  readonly database: Database;
  readonly tenantNo: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly cipher: Cipher;
  readonly logger: Logger;
}

const KEPT_MS = 24 * 60 * 60 * 1_000;
const UNDER_WAY_MS = 60_000;
const KEY = /^[\x21-\x7E]{8,128}$/;
const NONCE_BYTES = 12;

interface Kept {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

interface Place {
  readonly key: string;
  readonly keyHash: Uint8Array;
  readonly askedHash: Uint8Array;
}

const sha256 = (...parts: readonly unknown[]): Uint8Array => new Uint8Array(createHash('sha256').update(JSON.stringify(parts)).digest());

/** Stands behind the reader of the body, and before its judge. */
export const answerOnce =
  (ports: AnswerOncePorts, { method, path, takes }: ApiPath): RequestHandler =>
  async (request, response, next) => {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return next();
    if (typeof key !== 'string' || !KEY.test(key))
      return sendProblem(response, {
        type: 'badIdempotencyKey',
        status: 400,
        title: 'An Idempotency-Key is 8 to 128 printable characters without spaces.',
      });
    if (takes !== undefined && takes.read === undefined)
      return sendProblem(response, {
        type: 'badIdempotencyKey',
        status: 400,
        title: 'A file that is sent again changes nothing: send it without an Idempotency-Key.',
      });
    // A body may hold a PIN, which its hash alone would give away to whoever tries all of them: the key, which is kept nowhere, goes into it.
    const askedHash = sha256('asked', key, request.originalUrl, bodyOf(request));
    const place = { key, keyHash: sha256('place', key, method, path, ...whoAsks(response)), askedHash };
    const begunAtMs = await begin(ports, place);
    if (begunAtMs === undefined) return answerAgain(ports, place, response);
    keepWhatEnds(ports, { ...place, begunAtMs }, response);
    return next();
  };

/** What the hub's own token asked before people signed in is found as it was kept. */
const whoAsks = (response: Response): readonly string[] => {
  const { user, isBreakGlass, token } = askerOf(response);
  return isBreakGlass === true ? [] : [user, ...(token === undefined ? [] : [token.token])];
};

const bodyOf = (request: Request): unknown => (Buffer.isBuffer(request.body) ? request.body.toString('base64') : (request.body as unknown));

/** Undefined where the key was used within a day, and its answer is kept or still to come. */
async function begin({ database, tenantNo, clock }: AnswerOncePorts, { keyHash, askedHash }: Place): Promise<number | undefined> {
  const nowMs = clock.nowMs();
  const [begun] = await database.rows(
    `INSERT INTO answered_once AS held (tenant_no, key_hash, asked_hash, begun_at_ms) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant_no, key_hash) DO UPDATE SET asked_hash = excluded.asked_hash, begun_at_ms = excluded.begun_at_ms, answer = NULL
     WHERE held.begun_at_ms <= $5 OR (held.answer IS NULL AND held.begun_at_ms <= $6 AND held.asked_hash = excluded.asked_hash) RETURNING 1`,
    [tenantNo, keyHash, askedHash, nowMs, nowMs - KEPT_MS, nowMs - UNDER_WAY_MS],
  );
  return begun === undefined ? undefined : nowMs;
}

async function answerAgain(
  { database, tenantNo, cipher }: AnswerOncePorts,
  { key, keyHash, askedHash }: Place,
  response: Response,
): Promise<void> {
  const [held] = await database.rows<{ askedHash: Uint8Array; answer: Uint8Array | null }>(
    'SELECT asked_hash AS "askedHash", answer FROM answered_once WHERE tenant_no = $1 AND key_hash = $2',
    [tenantNo, keyHash],
  );
  if (held !== undefined && Buffer.compare(held.askedHash, askedHash) !== 0)
    return sendProblem(response, {
      type: 'idempotencyKeyReused',
      status: 422,
      title: 'This Idempotency-Key was sent with another request. Nothing was changed.',
    });
  // It may have been refused a moment ago, and then is forgotten.
  const answer = held?.answer ?? null;
  if (answer === null) {
    response.setHeader('Retry-After', '1');
    return sendProblem(response, { type: 'requestUnderWay', status: 409, title: 'This request is under way. Ask again in a moment.' });
  }
  const opened = cipher.open(sha256('answer', key), answer.slice(0, NONCE_BYTES), answer.slice(NONCE_BYTES));
  assert(opened !== null, 'an answer was sealed by its key');
  const { status, type, body } = JSON.parse(Buffer.from(opened).toString('utf8')) as Kept;
  response.setHeader('Idempotency-Replayed', 'true');
  response.status(status).type(type).end(body);
  return undefined;
}

interface Begun extends Place {
  readonly begunAtMs: number;
}

/** The answer is kept before it goes out: whoever has it, and asks again, gets the same. */
function keepWhatEnds(ports: AnswerOncePorts, begun: Begun, response: Response): void {
  const end = response.end.bind(response) as (body?: unknown) => Response;
  response.end = ((body?: unknown) => {
    response.end = end as Response['end'];
    keep(ports, begun, { status: response.statusCode, type: String(response.getHeader('Content-Type') ?? ''), body: textOf(body) })
      .catch((error: unknown) => ports.logger.error({ err: error }, 'an answer was not kept: sent again, its request would be done again'))
      .finally(() => end(body));
    return response;
  }) as Response['end'];
}

const textOf = (body: unknown): string =>
  typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';

async function keep(
  { database, tenantNo, cipher, random }: AnswerOncePorts,
  { key, keyHash, begunAtMs }: Begun,
  kept: Kept,
): Promise<void> {
  const at = [tenantNo, keyHash, begunAtMs];
  if (kept.status >= 300) {
    await database.rows('DELETE FROM answered_once WHERE tenant_no = $1 AND key_hash = $2 AND begun_at_ms = $3', at);
    return;
  }
  const nonce = random.bytes(NONCE_BYTES);
  const sealed = cipher.seal(sha256('answer', key), nonce, new Uint8Array(Buffer.from(JSON.stringify(kept))));
  await database.rows('UPDATE answered_once SET answer = $4 WHERE tenant_no = $1 AND key_hash = $2 AND begun_at_ms = $3', [
    ...at,
    Buffer.concat([nonce, sealed]),
  ]);
}

export async function forgetOldAnswers({
  database,
  tenantNo,
  clock,
}: Pick<AnswerOncePorts, 'database' | 'tenantNo' | 'clock'>): Promise<void> {
  await database.rows('DELETE FROM answered_once WHERE tenant_no = $1 AND begun_at_ms <= $2', [tenantNo, clock.nowMs() - KEPT_MS]);
}
