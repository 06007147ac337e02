/**
 * The dictionaries that frames are compressed with, by number (SPEC: U-2). Each is raw content: bytes that bodies of frames often hold, the most useful last. They are trained by
 * `src/adapters/train-dictionary.ts` on the demo's catalogue and on generated sales, named by number and hash, and kept for ever.
 */
import { assert } from '@holdfast/base';

import { DICTIONARY_1 } from '../dictionaries/1-0a7f974f861144f3.ts';
import { base64ToBytes } from './bytes.ts';

/** Compressed by itself. */
export const NO_DICTIONARY = 0;
/** What this build writes with. */
export const CURRENT_DICTIONARY = 1;

export const DICTIONARIES: ReadonlyMap<number, Uint8Array> = new Map([[1, base64ToBytes(DICTIONARY_1.join(''))]]);

export const isDictionary = (number: number): boolean => number === NO_DICTIONARY || DICTIONARIES.has(number);

/** Undefined for none. Asserts that it is one of this build's. */
export function dictionaryBytes(number: number): Uint8Array | undefined {
  assert(isDictionary(number), `dictionary ${number}`);
  return DICTIONARIES.get(number);
}
