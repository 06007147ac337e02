/** `DownCache` in a folder: a file for each segment, named by its hash, and one for each manifest. What is damaged or gone is simply not there; the oldest go when the folder is full. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Hash } from '@holdfast/base';

import { MAX_MANIFESTS, newestFrom, type DownCache } from '../lan/sharing.ts';
import { bytesToHex } from '../wire/bytes.ts';
import { parseManifest, type Manifest } from '../wire/protocol.ts';

export interface DownCacheOptions {
  readonly folder: string;
  readonly hash: Hash;
  /** Of segments. Default 256 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 * 1024;
const SEGMENT = /^[0-9a-f]{64}\.segment$/;
const MANIFEST = /^[0-9a-f]{32}\.manifest$/;

interface KeptFile {
  readonly name: string;
  readonly bytes: number;
  readonly atMs: number;
}

/** The oldest first. */
function filesIn(folder: string, pattern: RegExp): KeptFile[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .flatMap((name): readonly KeptFile[] => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return [{ name, bytes: size, atMs: mtimeMs }];
    })
    .sort((left, right) => left.atMs - right.atMs);
}

export const manifestsIn = (folder: string): readonly Manifest[] =>
  filesIn(folder, MANIFEST).flatMap(({ name }) => readManifest(join(folder, name)) ?? []);

export function createDownCache({ folder, hash, maxBytes = MAX_BYTES }: DownCacheOptions): DownCache {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const listed = (pattern: RegExp): KeptFile[] => filesIn(folder, pattern);
  let held = listed(SEGMENT).reduce((sum, { bytes }) => sum + bytes, 0);
  const manifests: Manifest[] = [...manifestsIn(folder)];

  /** Whole or not at all. A power cut may leave it short: what is read is compared with its name. */
  function write(name: string, content: Uint8Array | string): void {
    const staged = join(folder, `${name}.new`);
    writeFileSync(staged, content, { mode: 0o600 });
    renameSync(staged, join(folder, name));
  }

  function makeRoom(pattern: RegExp, isEnough: (files: number) => boolean): void {
    const files = listed(pattern);
    for (let left = files.length; left > 0 && !isEnough(left); left -= 1) {
      const oldest = files[files.length - left];
      if (oldest === undefined) return;
      rmSync(join(folder, oldest.name), { force: true });
      if (pattern === SEGMENT) held -= oldest.bytes;
    }
  }

  return {
    frame: (name) => {
      const path = join(folder, `${name}.segment`);
      try {
        const bytes = new Uint8Array(readFileSync(path));
        if (bytesToHex(hash.sha256(bytes)) !== name) {
          rmSync(path, { force: true });
          return null;
        }
        const now = new Date();
        utimesSync(path, now, now);
        return bytes;
      } catch {
        return null;
      }
    },
    keepFrame: (name, frame) => {
      if (frame.length > maxBytes) return;
      write(`${name}.segment`, frame);
      held += frame.length;
      if (held > maxBytes) makeRoom(SEGMENT, () => held <= maxBytes);
    },
    manifestFrom: (position) => newestFrom(manifests, position),
    keepManifest: (manifest) => {
      const name = bytesToHex(hash.sha256(new TextEncoder().encode(manifest.signature))).slice(0, 32);
      write(`${name}.manifest`, JSON.stringify(manifest));
      manifests.push(manifest);
      if (manifests.length <= MAX_MANIFESTS) return;
      manifests.shift();
      makeRoom(MANIFEST, (files) => files <= MAX_MANIFESTS);
    },
  };
}

function readManifest(path: string): Manifest | null {
  try {
    const parsed = parseManifest(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.ok ? parsed.value : null;
  } catch {
    return null;
  }
}
