/** `SegmentParts` in a folder: a file for each segment, which grows as its bytes come. Nothing is synced to the disk: a power cut may leave a file short or damaged, which shows by its hash once the segment is whole. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { following, MAX_PARTS, type SegmentParts } from '../down/segment-parts.ts';

/** From its end on, wherever that is; begun anew where somebody has removed it. */
const GROWS = constants.O_RDWR | constants.O_CREAT;

const PART = /^([0-9a-f]{64})\.part$/;

/** A disk that refuses has nothing, and keeps nothing. */
const tried = <T>(act: () => T, otherwise: T): T => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};

export function createFolderParts(folder: string): SegmentParts {
  const pathOf = (segment: string): string => join(folder, `${segment}.part`);
  const begunMs = (segment: string): number => tried(() => statSync(pathOf(segment)).birthtimeMs, 0);
  /** The one that was begun first is the first. */
  const known = new Set(
    tried(() => readdirSync(folder), [])
      .flatMap((name) => PART.exec(name)?.[1] ?? [])
      .map((segment) => ({ segment, atMs: begunMs(segment) }))
      .sort((left, right) => left.atMs - right.atMs)
      .map(({ segment }) => segment),
  );

  function drop(segment: string): void {
    if (known.delete(segment)) tried(() => rmSync(pathOf(segment), { force: true }), undefined);
  }

  function append(segment: string, from: number, bytes: Uint8Array): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(pathOf(segment), known.has(segment) ? GROWS : 'w', 0o600);
    try {
      known.add(segment);
      const { size } = fstatSync(file);
      const more = following(size, from, bytes);
      for (let done = 0; done < more.length;) done += writeSync(file, more, done, more.length - done, size + done);
    } finally {
      closeSync(file);
    }
  }

  return {
    held: (segment) =>
      known.has(segment) ? tried(() => new Uint8Array(readFileSync(pathOf(segment))), new Uint8Array()) : new Uint8Array(),
    keep: (segment, from, bytes) => {
      if (bytes.length === 0 || (from > 0 && !known.has(segment))) return;
      tried(() => append(segment, from, bytes), undefined);
      for (const oldest of known) if (known.size > MAX_PARTS) drop(oldest);
    },
    drop,
    segments: () => [...known],
  };
}
