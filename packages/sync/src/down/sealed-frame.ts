/**
 * Segments sealed for their audience (SPEC: S). What is fetched by address lies in caches, on siblings' disks and on sticks; whoever has it there can read it only with the key of its scope, which the hub gives to the devices
 * of that scope and to nobody else.
 *
 *   magic "HFSE" · version 1 · name of the key (8 bytes) · nonce (12 bytes) · AES-256-GCM of a segment's frame, with its tag
 *
 * The nonce follows from key and frame: equal frames give equal bytes, so that whatever was sealed once is one address everywhere, and no nonce ever serves two frames.
 */
import { assert, err, ok, type Cipher, type Hash, type Result } from '@holdfast/base';

import { bytesToHex, hexToBytes, joinBytes } from '../wire/bytes.ts';
import { encodeCbor } from '../wire/cbor.ts';
import { hex, list, object, parsing, text, type Check, type ProtocolError } from '../wire/json-checks.ts';

const MAGIC = Uint8Array.of(0x48, 0x46, 0x53, 0x45, 1);
const NAME_BYTES = 8;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const KEY_DOMAIN = 'holdfast segment key 1';
const NAME_DOMAIN = 'holdfast segment key name 1';

interface Ports {
  readonly cipher: Cipher;
  readonly hash: Hash;
}

export interface SegmentKey {
  readonly scope: string;
  readonly key: Uint8Array;
}

export interface SegmentKeysAnswer {
  /** Of the device's scopes: all that segments may have been sealed with. */
  readonly keys: readonly SegmentKey[];
}

export type SealError = { readonly type: 'no-key'; readonly name: string } | { readonly type: 'bad-seal' };

/** Whoever holds `secret` can make every scope's key, and whoever holds one of those can make no other. */
export const segmentKeyOf = (hash: Hash, secret: Uint8Array, tenant: string, scope: string): Uint8Array =>
  hash.sha256(encodeCbor([KEY_DOMAIN, secret, tenant, scope]));

/** Hex. */
export const keyNameOf = (hash: Hash, key: Uint8Array): string =>
  bytesToHex(hash.sha256(encodeCbor([NAME_DOMAIN, key])).subarray(0, NAME_BYTES));

export const isSealed = (frame: Uint8Array): boolean => MAGIC.every((byte, at) => frame[at] === byte);

export function sealFrame(frame: Uint8Array, key: Uint8Array, { cipher, hash }: Ports): Uint8Array {
  assert(key.length === KEY_BYTES, 'a key of 32 bytes');
  const nonce = hash.sha256(joinBytes(key, hash.sha256(frame))).subarray(0, NONCE_BYTES);
  const head = joinBytes(joinBytes(MAGIC, hexToBytes(keyNameOf(hash, key))), nonce);
  return joinBytes(head, cipher.seal(key, nonce, frame));
}

export function openSealed(
  sealed: Uint8Array,
  keyNamed: (name: string) => Uint8Array | undefined,
  { cipher }: Pick<Ports, 'cipher'>,
): Result<Uint8Array, SealError> {
  const nonceAt = MAGIC.length + NAME_BYTES;
  if (!isSealed(sealed) || sealed.length < nonceAt + NONCE_BYTES) return err({ type: 'bad-seal' });
  const name = bytesToHex(sealed.subarray(MAGIC.length, nonceAt));
  const key = keyNamed(name);
  if (key === undefined) return err({ type: 'no-key', name });
  const frame = cipher.open(key, sealed.subarray(nonceAt, nonceAt + NONCE_BYTES), sealed.subarray(nonceAt + NONCE_BYTES));
  return frame === null ? err({ type: 'bad-seal' }) : ok(frame);
}

const MAX_KEYS = 10_000;
const segmentKey: Check<SegmentKey> = (value, at) => {
  const json = object(value, at);
  return { scope: text(200, 1)(json['scope'], `${at}.scope`), key: hexToBytes(hex(KEY_BYTES)(json['key'], `${at}.key`)) };
};

export const parseSegmentKeysAnswer = (value: unknown): Result<SegmentKeysAnswer, ProtocolError> =>
  parsing('segment keys', value, (json) => ({ keys: list(segmentKey, MAX_KEYS)(json['keys'], 'keys') }));

/** What `parseSegmentKeysAnswer` reads. */
export const segmentKeysToJson = ({ keys }: SegmentKeysAnswer): object => ({
  keys: keys.map(({ scope, key }) => ({ scope, key: bytesToHex(key) })),
});
