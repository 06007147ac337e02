/** The device's TLS key on its disk. Apart from the signing key: the thread that sells needs nothing of the store's network. */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { generateLanKey } from '@holdfast/sync/lan';

import { writePrivateFile } from '../sync/signing-key.ts';

/** PEM: made when it is first asked for, kept as the other one. */
export function loadLanKey(folder: string): string {
  const path = join(folder, 'lan.key');
  if (!existsSync(path)) writePrivateFile(path, generateLanKey());
  else if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return readFileSync(path, 'utf8');
}
