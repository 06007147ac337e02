/**
 * What a token of a program looks like: `holdfast_pat_`, 192 random bits, and a checksum, all in letters and digits. The beginning and the checksum are for whoever searches code and logs for
 * secrets: they find one, and know without asking the hub that it is one (https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/).
 */
import { crc32 } from 'node:zlib';

import type { Random } from '@holdfast/base';

const TOKEN_PREFIX = 'holdfast_pat_';
const RANDOM_BYTES = 24;
/** In base 62. */
const RANDOM_LETTERS = 33;
const CHECK_LETTERS = 6;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = new RegExp(`^${TOKEN_PREFIX}[0-9A-Za-z]{${RANDOM_LETTERS + CHECK_LETTERS}}$`);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = (LETTERS[Number(rest % 62n)] ?? '') + text;
  return text;
}

const checkOf = (text: string): string => base62(BigInt(crc32(text)), CHECK_LETTERS);

export function createTokenText(random: Random): string {
  const text = TOKEN_PREFIX + base62(BigInt(`0x${Buffer.from(random.bytes(RANDOM_BYTES)).toString('hex')}`), RANDOM_LETTERS);
  return text + checkOf(text);
}

/** Whether somebody means one, mistyped or not. */
export const isTokenLike = (text: string): boolean => text.startsWith(TOKEN_PREFIX);

export const isTokenText = (text: string): boolean =>
  SHAPE.test(text) && checkOf(text.slice(0, -CHECK_LETTERS)) === text.slice(-CHECK_LETTERS);
