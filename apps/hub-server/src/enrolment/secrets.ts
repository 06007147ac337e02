/** Secrets that people or devices carry: random, and kept only as SHA-256, so that a copy of the database opens nothing. */
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Random } from '@holdfast/base';

/** Crockford's base 32: no letter is mistaken for a digit when a person reads it out. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_LENGTH = 12;

/** `XXXX-XXXX-XXXX`, 60 bits. */
export function createCode(random: Random): string {
  const letters = [...random.bytes(CODE_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** As typed by a person: case, spaces and dashes do not count, and O, I and L are what they look like. */
export const normaliseCode = (code: string): string =>
  code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

/** 256 bits, for a header. */
export const createToken = (random: Random): string => Buffer.from(random.bytes(32)).toString('base64url');

export const hashSecret = (secret: string): Uint8Array => new Uint8Array(createHash('sha256').update(secret).digest());

export const isSameHash = (left: Uint8Array, right: Uint8Array): boolean => left.length === right.length && timingSafeEqual(left, right);
