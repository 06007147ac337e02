/** Node's implementations of the ports, for the composition root of each process. */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import type { Cipher, Clock, Compression, Hash, Random, Signer, Timers, Verifier, VerifierAside } from './ports.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** Asked for by the dozen, bytes of chance cost a tenth. Each is given out once, and not kept. */
const CHANCE_BYTES = 1_024;
const MOST_AT_ONCE = 64;
let chance = new Uint8Array(0);

export const systemRandom: Random = {
  bytes: (length) => {
    if (length > MOST_AT_ONCE) return new Uint8Array(randomBytes(length));
    if (chance.length < length) chance = new Uint8Array(randomBytes(CHANCE_BYTES));
    const given = chance.slice(0, length);
    chance.fill(0, 0, length);
    chance = chance.subarray(length);
    return given;
  },
};

/** What is due is judged behind what had come by then: a process that stood still would otherwise hold an answer that waits in its socket for none. */
export const systemTimers: Timers = {
  after: (delayMs, run) => {
    let judging: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      judging = setImmediate(run);
    }, delayMs);
    return () => {
      clearTimeout(timer);
      clearImmediate(judging);
    };
  },
};

export const nodeHash: Hash = { sha256: (bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')) };

/** 2^23 bytes of window are enough for every frame of this project; without it a few bytes from outside could claim 128 MB. */
const ZSTD_MAX_WINDOW_LOG = 23;

/** zlib makes room for so much at a time, 64 KiB where nothing says otherwise: a frame of one sale needs a hundredth of it, and a hub opens a thousand a second. */
const MAX_CHUNK_BYTES = 64 * 1024;
const MIN_CHUNK_BYTES = 1024;
const CHUNK_SHARE = 8;

/** What is made with a dictionary is small, and sent over lines where each byte counts. At a higher level it is no smaller, and takes twice as long: the dictionary is read in each time. */
const ZSTD_SMALL = { [constants.ZSTD_c_compressionLevel]: 10 };
/** What is made once and sent to a thousand devices. */
const ZSTD_DENSE = { [constants.ZSTD_c_compressionLevel]: 19 };

export const nodeCompression: Compression = {
  compress: (bytes, dictionary, effort) => {
    const params = effort === 'dense' ? ZSTD_DENSE : dictionary === undefined ? {} : ZSTD_SMALL;
    return new Uint8Array(zstdCompressSync(bytes, { params, ...(dictionary !== undefined && { dictionary }) }));
  },
  decompress: (bytes, maxBytes, dictionary) => {
    const { buffer, engine } = zstdDecompressSync(bytes, {
      maxOutputLength: maxBytes,
      chunkSize: Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, bytes.length * CHUNK_SHARE)),
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_MAX_WINDOW_LOG },
      ...(dictionary !== undefined && { dictionary }),
      info: true,
    }) as unknown as WithEngine;
    // zlib passes over whatever comes after the first frame: two spellings of one content.
    if (engine.bytesWritten !== bytes.length) throw new Error('bytes after the end of a frame');
    return new Uint8Array(buffer);
  },
};

/** What `info` makes of an answer of zlib's: its types do not know it for zstd. `bytesWritten`: of its input, what it read. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** The DER prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410); the 32 key bytes follow. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const rawPublicKey = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length));

/** A new Ed25519 private key, as PKCS#8 DER, to be stored by the caller where nobody else reads it. */
export function generateSigningKey(): Uint8Array {
  return new Uint8Array(generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }));
}

/** Throws where `pkcs8` is no Ed25519 private key. */
export function createSigner(pkcs8: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return { publicKey: rawPublicKey(key), sign: (message) => new Uint8Array(sign(null, message, key)) };
}

/** Keys are read once: reading one costs as much as a third of a signature's check. The oldest goes where there are too many. */
const MAX_KEYS = 4_096;
const keys = new Map<string, KeyObject>();

function publicKeyOf(raw: Uint8Array): KeyObject {
  const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  const held = keys.get(name);
  if (held !== undefined) return held;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  if (keys.size >= MAX_KEYS) keys.delete(keys.keys().next().value ?? '');
  keys.set(name, key);
  return key;
}

export const nodeVerifier: Verifier = {
  verify: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, publicKeyOf(publicKey), signature);
    } catch {
      return false;
    }
  },
};

/** By Node's threads for such work: of the 150 µs and more that a check takes, a tenth is left to the thread that asks. */
export const nodeVerifierAside: VerifierAside = {
  verify: async (publicKey, message, signature) =>
    new Promise((told) => {
      if (publicKey.length !== 32 || signature.length !== 64) return told(false);
      try {
        return verify(null, message, publicKeyOf(publicKey), signature, (error, isSigned) => told(error === null && isSigned));
      } catch {
        return told(false);
      }
    }),
};

const GCM = 'aes-256-gcm';
const TAG_BYTES = 16;

export const nodeCipher: Cipher = {
  seal: (key, nonce, plain) => {
    const cipher = createCipheriv(GCM, key, nonce);
    return new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
  },
  open: (key, nonce, sealed) => {
    if (sealed.length < TAG_BYTES) return null;
    const decipher = createDecipheriv(GCM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]));
    } catch {
      return null;
    }
  },
};
