/**
 * What a simulated world hashes, signs and compresses with. Node's own, in one seed of sixteen; in the others stand-ins that refuse the same and cost a tenth: what zstd and Ed25519 do is nobody's question there, and was half of a
 * seed's time.
 */
import { assert, type Compression, type Hash, type Signer, type Verifier } from '@holdfast/base';

import { bytesToHex, joinBytes } from '../wire/bytes.ts';
import { OTHER_SIGNER, PORTS, SIGNER } from './fixtures.ts';

export interface WorldPorts {
  readonly hash: Hash;
  readonly compression: Compression;
  readonly verifier: Verifier;
  readonly hubSigner: Signer;
  /** Of all devices. */
  readonly deviceSigner: Signer;
}

export const REAL_PORTS: WorldPorts = { ...PORTS, hubSigner: SIGNER, deviceSigner: OTHER_SIGNER };

const { hash } = PORTS;
const secrets = new Map<string, Uint8Array>();

/** Who knows the secret signs; whoever checks knows all secrets. */
function simulatedSigner(name: string): Signer {
  const secret = hash.sha256(new TextEncoder().encode(`secret of ${name}`));
  const publicKey = hash.sha256(secret);
  secrets.set(bytesToHex(publicKey), secret);
  return { publicKey, sign: (message) => signatureOf(secret, message) };
}

function signatureOf(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const half = hash.sha256(joinBytes(secret, message));
  return joinBytes(half, half);
}

const isEqual = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, at) => byte === right[at]);

/** Names the dictionary, as zstd's frames do; ends with nothing after it. */
const HEAD_BYTES = 5;
const FRAME_MARK = 0x5a;
const dictionaryMark = (dictionary: Uint8Array | undefined): number => (dictionary === undefined ? 0 : dictionary.length >>> 0);

const simulatedCompression: Compression = {
  compress: (bytes, dictionary) => {
    const frame = new Uint8Array(HEAD_BYTES + bytes.length);
    frame[0] = FRAME_MARK;
    new DataView(frame.buffer).setUint32(1, dictionaryMark(dictionary));
    frame.set(bytes, HEAD_BYTES);
    return frame;
  },
  decompress: (frame, maxBytes, dictionary) => {
    const isFrame = frame.length >= HEAD_BYTES && frame[0] === FRAME_MARK;
    if (!isFrame || new DataView(frame.buffer, frame.byteOffset).getUint32(1) !== dictionaryMark(dictionary))
      throw new Error('no such frame');
    if (frame.length - HEAD_BYTES > maxBytes) throw new Error('a frame that grows too large');
    return frame.slice(HEAD_BYTES);
  },
};

const SIMULATED_PORTS: WorldPorts = {
  hash,
  compression: simulatedCompression,
  verifier: {
    verify: (publicKey, message, signature) => {
      const secret = secrets.get(bytesToHex(publicKey));
      return secret !== undefined && isEqual(signature, signatureOf(secret, message));
    },
  },
  hubSigner: simulatedSigner('the hub'),
  deviceSigner: simulatedSigner('a device'),
};

const REAL_EVERY = 16;

export function portsOf(seed: number): WorldPorts {
  assert(Number.isInteger(seed) && seed >= 0, 'a seed');
  return seed % REAL_EVERY === 0 ? REAL_PORTS : SIMULATED_PORTS;
}
