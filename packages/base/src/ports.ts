/**
 * The outside world as arguments: nothing in `domain` or `sync` reads a clock, draws a random number, hashes, signs or
 * compresses by itself. `@holdfast/base/node` holds Node's implementations; tests bring their own.
 */

/** Milliseconds since 1970-01-01T00:00:00Z, by this device's own wall clock; it may be years off, and may jump. */
export interface Clock {
  nowMs(): number;
  /** Milliseconds since some fixed moment of this process; never goes back. For durations only. */
  monotonicMs(): number;
}

export interface Random {
  /** `length` bytes, unpredictable outside tests. */
  bytes(length: number): Uint8Array;
}

export interface Timers {
  /** Calls `run` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** SHA-256: 32 bytes. */
export interface Hash {
  sha256(bytes: Uint8Array): Uint8Array;
}

/** Ed25519 over raw bytes: a signature is 64 bytes, a public key 32. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface Verifier {
  /** False for a wrong signature and for a malformed key alike; never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The same, beside whoever asks: a signature takes a thread longer than the rest of a small frame does. */
export interface VerifierAside {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** zstd frames. `decompress` throws where the input is no frame, was made with another dictionary, or would grow past `maxBytes`. */
export interface Compression {
  /** `dense`: as short as can be, however long it takes; for what is made once and sent often. */
  compress(bytes: Uint8Array, dictionary?: Uint8Array, effort?: 'dense'): Uint8Array;
  decompress(bytes: Uint8Array, maxBytes: number, dictionary?: Uint8Array): Uint8Array;
}

/** AES-256-GCM: a key of 32 bytes, a nonce of 12; what is sealed ends with its tag of 16. */
export interface Cipher {
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Null where it was not sealed so. */
  open(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null;
}
