/**
 * Who may read what comes down (SPEC: S): each scope has a key, made of a secret that the hub alone holds. What is fetched by address is sealed with it; devices are given the keys of their own scopes. After a theft
 * a new secret is drawn: what is sealed from then on the thief cannot read, wherever it finds it.
 */
import { assert, type Cipher, type Clock, type Hash, type Random } from '@holdfast/base';
import { bytesToHex, sealFrame, segmentKeyOf, type EncodedSegment, type SegmentKeysAnswer } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';

export interface SegmentKeyPorts {
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly cipher: Cipher;
}

const SECRET_BYTES = 32;

/** Before anything is sealed: what reads a snapshot cannot draw one. Safe to be called by several replicas at once: the first one's stands. */
export async function ensureSecret(
  queries: Queries,
  { identity, clock, random }: Pick<SegmentKeyPorts, 'identity' | 'clock' | 'random'>,
): Promise<void> {
  await queries.execute(
    'INSERT INTO segment_secret (tenant_no, number, secret, created_at_ms) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING',
    [identity.tenantNo, random.bytes(SECRET_BYTES), clock.nowMs()],
  );
}

/** In the transaction that says that a device was stolen. */
export async function drawNextSecret(
  tx: Queries,
  { identity, clock, random }: Pick<SegmentKeyPorts, 'identity' | 'clock' | 'random'>,
): Promise<void> {
  await tx.execute(
    `INSERT INTO segment_secret (tenant_no, number, secret, created_at_ms)
     SELECT $1, (SELECT coalesce(max(number), 0) + 1 FROM segment_secret WHERE tenant_no = $1), $2, $3`,
    [identity.tenantNo, random.bytes(SECRET_BYTES), clock.nowMs()],
  );
}

/** All that segments of these scopes may have been sealed with, the newest last. */
export async function keysOfScopes(queries: Queries, ports: SegmentKeyPorts, scopes: readonly string[]): Promise<SegmentKeysAnswer> {
  const rows = await queries.rows<{ secret: Uint8Array }>('SELECT secret FROM segment_secret WHERE tenant_no = $1 ORDER BY number', [
    ports.identity.tenantNo,
  ]);
  const secrets = rows.map(({ secret }) => new Uint8Array(secret));
  const keyOf = (secret: Uint8Array, scope: string) => ({ scope, key: segmentKeyOf(ports.hash, secret, ports.identity.tenant, scope) });
  return { keys: secrets.flatMap((secret) => scopes.map((scope) => keyOf(secret, scope))) };
}

/** Seals a segment of one scope; its address is what it is sealed to. */
export async function createSegmentSealer(
  queries: Queries,
  ports: SegmentKeyPorts,
  scope: string,
): Promise<(segment: EncodedSegment) => EncodedSegment> {
  const newest = (await keysOfScopes(queries, ports, [scope])).keys.at(-1);
  assert(newest !== undefined, 'a hub has a secret');
  return ({ ref, frame }) => {
    const sealed = sealFrame(frame, newest.key, ports);
    return { ref: { ...ref, hash: bytesToHex(ports.hash.sha256(sealed)), bytes: sealed.length }, frame: sealed };
  };
}
