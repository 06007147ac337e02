/**
 * Messages that a terminal of Adyen and its lane keep from others on the network, version 1: AES-256-CBC over the message, HMAC-SHA256 over
 * its plain text, keys by PBKDF2 from a passphrase that both know. The header stays readable; it is inside, too, and the inner one counts.
 */
import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

export interface NexoKey {
  readonly keyIdentifier: string;
  readonly keyVersion: number;
  readonly passphrase: string;
}

export interface SealedMessage {
  readonly NexoBlob: string;
  readonly SecurityTrailer: {
    readonly AdyenCryptoVersion: number;
    readonly Hmac: string;
    readonly KeyIdentifier: string;
    readonly KeyVersion: number;
    readonly Nonce: string;
  };
}

interface Material {
  readonly hmacKey: Buffer;
  readonly cipherKey: Buffer;
  readonly iv: Buffer;
}

const materialByPassphrase = new Map<string, Material>();

/** Takes some milliseconds, once. */
function materialOf(passphrase: string): Material {
  const known = materialByPassphrase.get(passphrase);
  if (known !== undefined) return known;
  const bytes = pbkdf2Sync(Buffer.from(passphrase, 'latin1'), 'AdyenNexoV1Salt', 4_000, 80, 'sha1');
  const made = { hmacKey: bytes.subarray(0, 32), cipherKey: bytes.subarray(32, 64), iv: bytes.subarray(64) };
  materialByPassphrase.set(passphrase, made);
  return made;
}

const xor = (left: Buffer, right: Buffer): Buffer => Buffer.from(left.map((byte, place) => byte ^ (right[place] ?? 0)));

/** `nonce`: 16 bytes, never twice. */
export function sealNexo(text: string, key: NexoKey, nonce: Buffer = randomBytes(16)): SealedMessage {
  const { hmacKey, cipherKey, iv } = materialOf(key.passphrase);
  const plain = Buffer.from(text, 'utf8');
  const cipher = createCipheriv('aes-256-cbc', cipherKey, xor(iv, nonce));
  return {
    NexoBlob: Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64'),
    SecurityTrailer: {
      AdyenCryptoVersion: 1,
      Hmac: createHmac('sha256', hmacKey).update(plain).digest('base64'),
      KeyIdentifier: key.keyIdentifier,
      KeyVersion: key.keyVersion,
      Nonce: nonce.toString('base64'),
    },
  };
}

/** Undefined where it was not sealed with this key, or was changed since. */
export function openNexo({ NexoBlob, SecurityTrailer: trailer }: SealedMessage, key: NexoKey): string | undefined {
  if (trailer.KeyIdentifier !== key.keyIdentifier || trailer.KeyVersion !== key.keyVersion) return undefined;
  const nonce = Buffer.from(trailer.Nonce, 'base64');
  if (nonce.length !== 16) return undefined;
  const { hmacKey, cipherKey, iv } = materialOf(key.passphrase);
  try {
    const decipher = createDecipheriv('aes-256-cbc', cipherKey, xor(iv, nonce));
    const plain = Buffer.concat([decipher.update(Buffer.from(NexoBlob, 'base64')), decipher.final()]);
    const [said, right] = [Buffer.from(trailer.Hmac, 'base64'), createHmac('sha256', hmacKey).update(plain).digest()];
    return said.length === right.length && timingSafeEqual(said, right) ? plain.toString('utf8') : undefined;
  } catch {
    return undefined;
  }
}
