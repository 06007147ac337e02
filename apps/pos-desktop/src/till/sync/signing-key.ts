/** The device's own Ed25519 key: made at the first start, kept in the data folder where only its owner reads it, never sent. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, chmodSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Signer } from '@holdfast/base';
import { createSigner, generateSigningKey } from '@holdfast/base/node';

export function loadSigner(folder: string): Signer {
  const path = join(folder, 'device.key');
  if (!existsSync(path)) {
    writePrivateFile(path, generateSigningKey());
  } else if ((statSync(path).mode & 0o077) !== 0) {
    chmodSync(path, 0o600);
  }
  return createSigner(new Uint8Array(readFileSync(path)));
}

/** Whole or not at all, and on the disk before it counts; readable by its owner only. */
export function writePrivateFile(path: string, content: Uint8Array | string): void {
  const staged = `${path}.${process.pid}.new`;
  const file = openSync(staged, 'w', 0o600);
  try {
    writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(file);
  } catch (error) {
    // A full disk, say: each attempt would leave one.
    rmSync(staged, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(staged, path);
}
