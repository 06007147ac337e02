/** The lane's pictures: a file each, named by what is in it (SPEC: D-18). What was damaged is simply not there, and is brought again. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Hash } from '@holdfast/base';
import { bytesToHex, type PictureShelf } from '@holdfast/sync';

export interface LanePictures extends PictureShelf {
  /** Undefined: it is not here, or is not what its name says. */
  read(name: string): Uint8Array | undefined;
}

const FOLDER = 'pictures';
const FILE = /^([0-9a-f]{64})\.webp$/;

export function openPictureShelf(dataFolder: string, hash: Hash): LanePictures {
  const folder = join(dataFolder, FOLDER);
  const pathOf = (name: string): string => join(folder, `${name}.webp`);
  const drop = (name: string): void => rmSync(pathOf(name), { force: true });
  return {
    drop,
    held: () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return new Set(readdirSync(folder).flatMap((file) => FILE.exec(file)?.[1] ?? []));
    },
    // Whole or not at all; a power cut may leave it short, which its name tells.
    keep: (name, bytes) => {
      const staged = join(folder, `${name}.new`);
      writeFileSync(staged, bytes, { mode: 0o600 });
      renameSync(staged, pathOf(name));
    },
    read: (name) => {
      if (!FILE.test(`${name}.webp`)) return undefined;
      let bytes: Uint8Array;
      try {
        bytes = new Uint8Array(readFileSync(pathOf(name)));
      } catch {
        return undefined;
      }
      if (bytesToHex(hash.sha256(bytes)) === name) return bytes;
      drop(name);
      return undefined;
    },
  };
}
