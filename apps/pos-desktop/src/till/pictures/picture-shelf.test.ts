import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeHash } from '@holdfast/base/node';
import { bytesToHex } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openPictureShelf } from './picture-shelf.ts';

const BYTES = new TextEncoder().encode('a picture');
const NAME = bytesToHex(nodeHash.sha256(BYTES));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'pictures-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => {
  const shelf = openPictureShelf(folder, nodeHash);
  return { ...shelf, held: [...shelf.held()] };
};
const file = (): string => join(folder, 'pictures', `${NAME}.webp`);

test('D-18: what is kept is there after a restart, readable by nobody else', () => {
  open().keep(NAME, BYTES);
  const again = open();
  expect(again.held).toEqual([NAME]);
  expect(again.read(NAME)).toEqual(BYTES);
  expect(statSync(file()).mode & 0o077).toBe(0);
});

test.each([
  ['cut short', () => truncateSync(file(), 3)],
  ['another picture', () => writeFileSync(file(), 'something else')],
  ['empty', () => truncateSync(file(), 0)],
])('D-18: a file that is %s is not shown, and is brought again', (_what, damage) => {
  open().keep(NAME, BYTES);
  damage();
  expect(open().read(NAME)).toBeUndefined();
  expect(open().held).toEqual([]);
});

test('names lead nowhere else', () => {
  for (const name of ['../till', `${NAME}/..`, NAME.toUpperCase(), '', 'x'.repeat(64)]) expect(open().read(name)).toBeUndefined();
  writeFileSync(join(folder, 'pictures', `${NAME}.new`), 'torn');
  expect(open().held).toEqual([]);
  expect(readdirSync(join(folder, 'pictures'))).toHaveLength(1);
});
