/**
 * Seals PINs and badges with argon2id and a secret (RFC 9106; OWASP's 19 MiB and two passes). The salt follows from whose passcode it is, so that the same
 * one seals to the same text: a file that is imported again changes nothing, and a badge finds its holder by being sealed once. What makes
 * the text useless to whoever copies it is the secret, which no database holds that leaves its machine.
 */
import { createHash } from 'node:crypto';

import { hash, hashRaw, verify } from '@node-rs/argon2';

export interface PasscodeSecret {
  /** From 1. */
  readonly number: number;
  /** 32 bytes, unpredictable. */
  readonly secret: Uint8Array;
}

/** `user`: whose PIN it is; empty for a badge, which says so itself. */
export interface Passcode {
  readonly user: string;
  readonly text: string;
}

const MEMORY_KIB = 19_456;
const PASSES = 2;
const SALT_BYTES = 16;
const SEALED_BYTES = 32;

/** Some 30 ms of another thread; as `isSealedPasscode` has it. The package's own algorithm is argon2id. */
export async function sealPasscode({ user, text }: Passcode, { number, secret }: PasscodeSecret): Promise<string> {
  const salt = createHash('sha256').update(`holdfast passcode\u001F${user}`).digest().subarray(0, SALT_BYTES);
  const sealed = await hashRaw(text, {
    memoryCost: MEMORY_KIB,
    timeCost: PASSES,
    parallelism: 1,
    outputLen: SEALED_BYTES,
    salt,
    secret,
  });
  return `a1.${number}.${sealed.toString('hex')}`;
}

/** What a customer is found by: the number of a card, or of a phone. */
export interface FindingCode {
  readonly kind: 'card' | 'phone';
  readonly text: string;
}

const CODE_BYTES = 16;

/**
 * A code as cells, lanes and ledgers have it: as costly as a passcode to make, so that whoever has a lane's list tries a country's phone numbers for years
 * on end even where the lane's secret is in their hands too, and with nothing at all where it is not.
 */
export async function hashCustomerCode({ kind, text }: FindingCode, { number, secret }: PasscodeSecret): Promise<string> {
  const salt = createHash('sha256').update(`holdfast customer\u001F${kind}`).digest().subarray(0, SALT_BYTES);
  const hashed = await hashRaw(text, {
    memoryCost: MEMORY_KIB,
    timeCost: PASSES,
    parallelism: 1,
    outputLen: CODE_BYTES,
    salt,
    secret,
  });
  return `c${number}.${hashed.toString('hex')}`;
}

/** A password of somebody who signs in: with a salt of its own, and as text that says how it was made (PHC). */
export const hashPassword = async (password: string): Promise<string> =>
  hash(password.normalize('NFC'), { memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: 1, outputLen: SEALED_BYTES });

export const isPassword = async (password: string, hashed: string): Promise<boolean> => verify(hashed, password.normalize('NFC'));
