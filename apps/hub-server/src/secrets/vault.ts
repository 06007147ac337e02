/**
 * Secrets as the database holds them: sealed (AES-256-GCM) under a key that lies outside of it, so that a copy of the database, a backup or a replica's disk opens none of them. What is
 * sealed names its key: after a new one is put before the old, both open, and everything is sealed anew with the next start.
 */
import { createHash } from 'node:crypto';

import { assert, type Random } from '@holdfast/base';
import { nodeCipher } from '@holdfast/base/node';

export interface Vault {
  /** `what`: whose secret it is, and which. Moved to another's place it does not open. */
  seal(what: string, secret: Uint8Array): Uint8Array;
  /** Undefined: not sealed by any of this hub's keys, or not for this place. */
  open(what: string, sealed: Uint8Array): Uint8Array | undefined;
  /** By the key in use, so that an older one can be thrown away. */
  isFresh(sealed: Uint8Array): boolean;
}

export const VAULT_KEY_BYTES = 32;
const NAME_BYTES = 4;
const NONCE_BYTES = 12;

const nameOf = (key: Uint8Array): Buffer =>
  createHash('sha256').update('holdfast secrets key\u001F').update(key).digest().subarray(0, NAME_BYTES);
/** A key for each place: none is used for two, so that no nonce need be told apart over all of them. */
const keyFor = (key: Uint8Array, what: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update('holdfast secret\u001F').update(key).update(what).digest());

/** `keys`: the one in use, then those before it. */
export function createVault(keys: readonly Uint8Array[], random: Random): Vault {
  const [newest] = keys;
  assert(newest !== undefined && keys.every((key) => key.length === VAULT_KEY_BYTES), 'a vault has a key of 32 bytes');
  return {
    seal: (what, secret) => {
      const nonce = random.bytes(NONCE_BYTES);
      return new Uint8Array(Buffer.concat([nameOf(newest), nonce, nodeCipher.seal(keyFor(newest, what), nonce, secret)]));
    },
    open: (what, sealed) => {
      const [name, nonce, content] = [
        sealed.slice(0, NAME_BYTES),
        sealed.slice(NAME_BYTES, NAME_BYTES + NONCE_BYTES),
        sealed.slice(NAME_BYTES + NONCE_BYTES),
      ];
      const key = keys.find((held) => nameOf(held).equals(name));
      if (key === undefined || nonce.length < NONCE_BYTES) return undefined;
      return nodeCipher.open(keyFor(key, what), nonce, content) ?? undefined;
    },
    isFresh: (sealed) => nameOf(newest).equals(sealed.slice(0, NAME_BYTES)),
  };
}
