import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { findElectron } from './electron-binary.ts';

const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'holdfast-electron-binary-'));

const executable = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '', { mode: 0o755 });
  return path;
};

test.runIf(process.platform === 'linux')('the folder of ELECTRON_OVERRIDE_DIST_PATH comes first', () => {
  const folder = emptyFolder();
  const path = executable(join(folder, 'electron'));
  expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: folder }, emptyFolder())).toEqual({ path });
});

test('an override without a binary is said, and nothing else is taken in its place', () => {
  const folder = emptyFolder();
  expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: folder })).toEqual({ missing: expect.stringContaining(folder) });
});

test('without an override it is what the package has downloaded', () => {
  const folder = emptyFolder();
  expect(findElectron({}, folder)).toEqual({ missing: expect.stringContaining('has not downloaded') });
  const path = executable(join(folder, 'dist', 'some-electron'));
  writeFileSync(join(folder, 'path.txt'), 'some-electron\n');
  expect(findElectron({}, folder)).toEqual({ path });
});
