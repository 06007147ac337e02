/**
 * How JSON from outside is read: each check takes a value and says where it stands, and whatever is not as described ends the reading. Integers
 * only, bounded texts and lists; members that nobody asks for are ignored, for a later build may say more.
 */
import { err, ok, type Result } from '@holdfast/base';

import { isEpoch } from '../replica/ledger.ts';

export type ProtocolError = { readonly type: 'malformed'; readonly what: string; readonly at: string };

/** Epochs that one vector may speak of. */
export const MAX_EPOCHS = 10_000;

export type Json = Readonly<Record<string, unknown>>;
export type Check<T> = (value: unknown, at: string) => T;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Nothing that is said here has so many values within each other; what writes or copies a value goes in as deep as it is, until there is no stack left. */
const MAX_DEPTH = 64;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    if (byte === QUOTE) isInText = !isInText;
    else if (isInText) at += Number(byte === BACKSLASH);
    else if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Undefined where it is no JSON, no UTF-8, or deeper than anything that is said: no parser takes that for what it reads. */
export function parseJson(bytes: Uint8Array): unknown {
  if (isTooDeep(bytes)) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

class Refusal extends Error {}

export const refuse = (at: string): never => {
  throw new Refusal(at);
};
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
export const object: Check<Json> = (value, at) => (isObject(value) ? value : refuse(at));
export const count: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse(at);
export const integer: Check<number> = (value, at) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse(at));
export const bool: Check<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(at));
/** No database keeps half of a surrogate pair, or U+0000. */
const isKept = (value: string): boolean => value.isWellFormed() && !value.includes('\u0000');
export const text =
  (max: number, min = 0): Check<string> =>
  (value, at) =>
    typeof value === 'string' && value.length >= min && value.length <= max && isKept(value) ? value : refuse(at);
export const hex =
  (bytes: number): Check<string> =>
  (value, at) =>
    typeof value === 'string' && value.length === bytes * 2 && /^[0-9a-f]*$/.test(value) ? value : refuse(at);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const base64 =
  (maxBytes: number): Check<string> =>
  (value, at) =>
    typeof value === 'string' && value.length <= (maxBytes * 4) / 3 + 4 && BASE64.test(value) ? value : refuse(at);
export const epoch: Check<string> = (value, at) => (isEpoch(value) ? value : refuse(at));

export function list<T>(check: Check<T>, max: number): Check<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length > max) return refuse(at);
    return value.map((item, index) => check(item, `${at}[${index}]`));
  };
}

export function byEpoch<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = Object.entries(object(value, at));
    if (entries.length > MAX_EPOCHS) return refuse(at);
    return Object.fromEntries(entries.map(([key, item]) => [epoch(key, at), check(item, `${at}.${key}`)]));
  };
}

export function parsing<T>(what: string, value: unknown, check: (json: Json) => T): Result<T, ProtocolError> {
  try {
    return ok(check(object(value, '')));
  } catch (error) {
    if (error instanceof Refusal) return err({ type: 'malformed', what, at: error.message });
    throw error;
  }
}
