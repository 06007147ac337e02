/**
 * Names that a lane must be able to read again for a while (buyers of invoices, for copies and credit notes) are sealed in its database by a key of its own, in a file
 * beside it that only its owner reads: the database, its log and a copy of either name nobody.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Random } from '@holdfast/base';
import { nodeCipher } from '@holdfast/base/node';

import { writePrivateFile } from './sync/signing-key.ts';

export interface NameSafe {
  seal(text: string): string;
  /** Undefined: not sealed here. */
  open(sealed: string): string | undefined;
}

const FILE = 'names.key';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

export function openNameSafe(folder: string, random: Random): NameSafe {
  const path = join(folder, FILE);
  if (!existsSync(path)) writePrivateFile(path, random.bytes(KEY_BYTES));
  return createNameSafe(new Uint8Array(readFileSync(path)), random);
}

export function createNameSafe(key: Uint8Array, random: Random): NameSafe {
  return {
    seal(text) {
      const nonce = random.bytes(NONCE_BYTES);
      return Buffer.concat([nonce, nodeCipher.seal(key, nonce, new TextEncoder().encode(text))]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < NONCE_BYTES) return undefined;
      const opened = nodeCipher.open(key, new Uint8Array(bytes.subarray(0, NONCE_BYTES)), new Uint8Array(bytes.subarray(NONCE_BYTES)));
      return opened === null ? undefined : Buffer.from(opened).toString('utf8');
    },
  };
}
