/** The key that seals the secrets of a hub which nobody gave one: in a file of its own that its owner alone reads, made with the first start. */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

import { systemRandom } from '@holdfast/base/node';

import { VAULT_KEY_BYTES } from './vault.ts';

export class BadKeyFile extends Error {
  constructor(path: string) {
    super(
      `${path} does not hold a key of 64 hexadecimal digits. Put the right one back, from a backup of the folder. Nothing was changed.`,
    );
  }
}

export function readOrMakeKey(path: string): Uint8Array {
  const held = readIfThere(path);
  if (held === undefined) return makeKey(path);
  if (!/^[0-9a-f]{64}\n?$/.test(held)) throw new BadKeyFile(path);
  return new Uint8Array(Buffer.from(held.trim(), 'hex'));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function makeKey(path: string): Uint8Array {
  const key = systemRandom.bytes(VAULT_KEY_BYTES);
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, `${Buffer.from(key).toString('hex')}\n`);
  fsyncSync(file);
  closeSync(file);
  return key;
}
