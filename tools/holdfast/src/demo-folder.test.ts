import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { clearFolder, emptyState, lockFolder, readState, writeState } from './demo-folder.ts';

let data: string;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'holdfast-demo-folder-'));
});

afterEach(() => rm(data, { recursive: true }));

test('what one run notes, the next one finds, and nobody else can read it', async () => {
  expect(await readState(data)).toBeUndefined();
  const state = { ...emptyState, hubPort: 7_400, seedDay: '2026-07-01', lanes: [{ lane: 1, tillPort: 1, forwarderPort: 2 }] };
  writeState(data, state);
  expect(await readState(data)).toEqual(state);
  expect((await stat(join(data, 'demo.json'))).mode & 0o077).toBe(0);
});

test('one demo at a time holds a folder', async () => {
  const lock = await lockFolder(data);
  await expect(lockFolder(data)).rejects.toThrow(`already (process ${process.pid})`);
  lock.release();
  (await lockFolder(data)).release();
});

test('a fresh start empties a demo’s folder, and keeps its lock', async () => {
  const lock = await lockFolder(data);
  await mkdir(join(data, 'hub', 'pg'), { recursive: true });
  await mkdir(join(data, 'lane-1'));
  writeState(data, emptyState);
  await clearFolder(data);
  expect((await readdir(data)).filter((name) => name !== 'demo.lock' && name !== 'demo.pid')).toEqual(['logs']);
  await expect(lockFolder(data)).rejects.toThrow(/already/);
  lock.release();
});

test('a folder that holds anything else is left alone', async () => {
  await mkdir(join(data, 'hub'));
  await writeFile(join(data, 'thesis.txt'), 'years of work');
  await expect(clearFolder(data)).rejects.toThrow(/thesis\.txt.*Nothing was deleted/);
  expect((await readdir(data)).sort()).toEqual(['hub', 'thesis.txt']);
});
