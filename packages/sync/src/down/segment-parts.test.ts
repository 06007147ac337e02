/** What is kept of segments, by every adapter, and what a folder does of itself. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { createFolderParts } from '../adapters/folder-parts.ts';
import { createMemoryParts, MAX_PARTS } from './segment-parts.ts';

const root = mkdtempSync(join(tmpdir(), 'holdfast-parts-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, String((folders += 1)));

const name = (salt: number): string => salt.toString(16).padStart(64, '0');
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe.each([
  ['memory', createMemoryParts],
  ['a folder', () => createFolderParts(newFolder())],
] as const)('D-11: parts of segments in %s', (_where, create) => {
  test('grow by what follows; what is held already is passed over, and what would leave a gap is not kept', () => {
    const parts = create();
    expect([parts.held(name(1)), parts.segments()]).toEqual([bytes(), []]);
    parts.keep(name(1), 0, bytes(1, 2));
    parts.keep(name(1), 2, bytes(3));
    parts.keep(name(1), 1, bytes(2, 3, 4, 5));
    parts.keep(name(1), 7, bytes(8, 9));
    parts.keep(name(1), 0, bytes(1));
    parts.keep(name(1), 5, bytes());
    parts.keep(name(2), 3, bytes(9));
    expect([parts.held(name(1)), parts.held(name(2)), parts.segments()]).toEqual([bytes(1, 2, 3, 4, 5), bytes(), [name(1)]]);
    parts.drop(name(1));
    parts.drop(name(3));
    expect([parts.held(name(1)), parts.segments()]).toEqual([bytes(), []]);
    parts.keep(name(1), 0, bytes(7));
    expect(parts.held(name(1))).toEqual(bytes(7));
  });

  test('are bounded: the ones that were begun first go', () => {
    const parts = create();
    for (let salt = 1; salt <= MAX_PARTS + 3; salt += 1) parts.keep(name(salt), 0, bytes(salt));
    parts.keep(name(4), 1, bytes(4));
    expect(parts.segments()).toEqual(Array.from({ length: MAX_PARTS }, (_, index) => name(index + 4)));
    expect([parts.held(name(3)), parts.held(name(4))]).toEqual([bytes(), bytes(4, 4)]);
  });
});

describe('D-11: a folder of parts', () => {
  test('is there again for the next process, and leaves what is not its own', () => {
    const folder = newFolder();
    const parts = createFolderParts(folder);
    parts.keep(name(1), 0, bytes(1, 2));
    parts.keep(name(2), 0, bytes(3));
    parts.drop(name(2));
    writeFileSync(join(folder, 'other.txt'), '');
    const again = createFolderParts(folder);
    again.keep(name(1), 2, bytes(3));
    expect([again.segments(), again.held(name(1))]).toEqual([[name(1)], bytes(1, 2, 3)]);
    again.drop(name(1));
    expect(readdirSync(folder)).toEqual(['other.txt']);
  });

  test('keeps nothing where its disk refuses, and says so to nobody', () => {
    const folder = newFolder();
    writeFileSync(folder, 'a file where the folder should be');
    const parts = createFolderParts(folder);
    parts.keep(name(1), 0, bytes(1));
    expect([parts.held(name(1)), parts.segments()]).toEqual([bytes(), []]);
    rmSync(folder);
    mkdirSync(folder);
    parts.keep(name(1), 0, bytes(1));
    rmSync(join(folder, `${name(1)}.part`));
    expect(parts.held(name(1))).toEqual(bytes());
    // Gone behind its back: what follows nothing is not kept.
    parts.keep(name(1), 1, bytes(2));
    expect(parts.held(name(1))).toEqual(bytes());
    parts.keep(name(1), 0, bytes(5));
    expect(parts.held(name(1))).toEqual(bytes(5));
  });
});
