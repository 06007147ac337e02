import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeVerifier } from '@holdfast/base/node';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { loadSigner } from './signing-key.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the key is made once, is private to its owner, and signs the same after a restart', () => {
  const first = loadSigner(folder);
  const message = new Uint8Array([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['device.key']);
  expect(statSync(join(folder, 'device.key')).mode & 0o777).toBe(0o600);
  const second = loadSigner(folder);
  expect(second.publicKey).toEqual(first.publicKey);
  expect(nodeVerifier.verify(first.publicKey, message, second.sign(message))).toBe(true);
});

test('a key that others could read is closed to them', () => {
  loadSigner(folder);
  chmodSync(join(folder, 'device.key'), 0o644);
  loadSigner(folder);
  expect(statSync(join(folder, 'device.key')).mode & 0o777).toBe(0o600);
});
