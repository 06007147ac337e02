/**
 * Sealing for somebody who is not there (`@holdfast/base/sealing`): a key of this content alone, sealed to a public key (X25519, HKDF with SHA-256, AES-256-GCM).
 *
 *     ephemeral public key (32) · the content's key, sealed (32 + 16) · the content, sealed (n + 16)
 *
 * Both keys seal once, so that a nonce of zeros is one that was never used.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';

import { nodeCipher } from './node.ts';

const PUBLIC_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_BYTES = 32;
const SEALED_KEY_BYTES = KEY_BYTES + 16;
const NONCE = new Uint8Array(12);

export interface SealingKey {
  /** PKCS#8 in DER: whoever has it can open. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

const rawOf = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length));
const publicOf = (raw: Uint8Array): KeyObject => createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });

export function generateSealingKey(): SealingKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })), publicKey: rawOf(publicKey) };
}

const wrappingKey = (shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', shared, Buffer.concat([ephemeral, recipient]), 'holdfast sealed 1', KEY_BYTES));

/** Throws where `publicKey` is no X25519 key. */
export function sealTo(publicKey: Uint8Array, content: Uint8Array): Uint8Array {
  const ephemeral = generateKeyPairSync('x25519');
  const shown = rawOf(ephemeral.publicKey);
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: publicOf(publicKey) });
  const own = new Uint8Array(randomBytes(KEY_BYTES));
  const sealedKey = nodeCipher.seal(wrappingKey(shared, shown, publicKey), NONCE, own);
  return new Uint8Array(Buffer.concat([shown, sealedKey, nodeCipher.seal(own, NONCE, content)]));
}

/** Null where it is not for this key, or not as it was sealed. */
export function openSealed(privateKey: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < KEY_BYTES + SEALED_KEY_BYTES) return null;
  try {
    const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
    const shown = sealed.subarray(0, KEY_BYTES);
    const shared = diffieHellman({ privateKey: key, publicKey: publicOf(shown) });
    const wrapping = wrappingKey(shared, shown, rawOf(createPublicKey(key)));
    const own = nodeCipher.open(wrapping, NONCE, sealed.subarray(KEY_BYTES, KEY_BYTES + SEALED_KEY_BYTES));
    return own === null ? null : nodeCipher.open(own, NONCE, sealed.subarray(KEY_BYTES + SEALED_KEY_BYTES));
  } catch {
    return null;
  }
}
