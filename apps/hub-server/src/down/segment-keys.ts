/**
 * Who may read what comes down (SPEC: S): each scope has a key, made of a secret that the hub alone holds. What is fetched by address is sealed with it; devices are given the keys of their own scopes. After a theft
 * a new secret is drawn: what is sealed from then on the thief cannot read, wherever it finds it.
 */
import { assert, type Cipher, type Clock, type Hash, type Random } from '@holdfast/base';
import { bytesToHex, sealFrame, segmentKeyOf, type EncodedSegment, type SegmentKeysAnswer } from '@holdfast/sync';

import type { Queries } from '../db/database.ts';
import type { HubIdentity } from '../identity.ts';
import type { CompanyKeys } from '../secrets/company-keys.ts';

export interface SegmentKeyPorts {
  readonly identity: HubIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly hash: Hash;
  readonly cipher: Cipher;
  readonly keys: CompanyKeys;
}

const SECRET_BYTES = 32;

/** Before anything is sealed: what reads a snapshot cannot draw one. Safe to be called by several replicas at once: the first one's stands. */
export async function ensureSecret({ keys, clock, random }: Pick<SegmentKeyPorts, 'keys' | 'clock' | 'random'>): Promise<void> {
  await keys.keep('segment', { name: '1', secret: random.bytes(SECRET_BYTES), createdAtMs: clock.nowMs() });
}

/** In the transaction that says that a device was stolen. */
export async function drawNextSecret(
  tx: Queries,
  { keys, clock, random }: Pick<SegmentKeyPorts, 'keys' | 'clock' | 'random'>,
): Promise<void> {
  for (;;) {
    const newest = Number((await keys.read('segment', tx)).at(-1)?.name ?? 0);
    // Another device was said to be stolen at the same time: this one gets a secret of its own all the same.
    const next = { name: String(newest + 1), secret: random.bytes(SECRET_BYTES), createdAtMs: clock.nowMs() };
    if (await keys.keep('segment', next, tx)) return;
  }
}

/** All that segments of these scopes may have been sealed with, the newest last. */
export async function keysOfScopes(queries: Queries, ports: SegmentKeyPorts, scopes: readonly string[]): Promise<SegmentKeysAnswer> {
  const secrets = (await ports.keys.read('segment', queries)).flatMap(({ secret }) => secret ?? []);
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
