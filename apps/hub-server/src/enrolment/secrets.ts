/** Secrets that people or devices carry: random, and kept only as SHA-256, so that a copy of the database opens nothing. */
import { createHash, timingSafeEqual } from 'node:crypto';

import type { Random } from '@holdfast/base';

/** Crockford's base 32: no letter is mistaken for a digit when a person reads it out. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const lettersOf = (random: Random, count: number): string =>
  [...random.bytes(count)]
    .map((byte) => ALPHABET[byte % ALPHABET.length])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

/** `XXXX-XXXX-XXXX`, 60 bits: to be typed at a register, and good for a day. */
export const createCode = (random: Random): string => lettersOf(random, 12);

/** Seven groups of four, 140 bits: it is good for years, and whoever has a copy of the database may try as many as they like against its hash. */
export const createRecoveryCode = (random: Random): string => lettersOf(random, 28);

/** As typed by a person: case, spaces and dashes do not count, and O, I and L are what they look like. */
export const normaliseCode = (code: string): string =>
  code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

/** 256 bits, for a header. */
export const createToken = (random: Random): string => Buffer.from(random.bytes(32)).toString('base64url');

export const hashSecret = (secret: string): Uint8Array => new Uint8Array(createHash('sha256').update(secret).digest());

export const isSameHash = (left: Uint8Array, right: Uint8Array): boolean => left.length === right.length && timingSafeEqual(left, right);
