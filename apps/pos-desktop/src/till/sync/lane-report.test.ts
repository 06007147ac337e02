import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

import { readReport } from '@holdfast/domain';
import { expect, test } from 'vitest';

import { BUILD_VERSION } from '../build-version.ts';
import { freeMegabytes, laneReport, roughly } from './lane-report.ts';

test('the build is the package’s own', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  expect(BUILD_VERSION).toBe(manifest.version);
});

test.each([
  [0, 0],
  [7.9, 7],
  [99, 99],
  [100, 100],
  [129, 120],
  [51_734.4, 51_000],
  [1_999_999, 1_900_000],
])('%d MB are told as %d', (megabytes, told) => {
  expect(roughly(megabytes)).toBe(told);
});

test('a lane says what the disk of its folder has room for, and nothing of a folder that is not there', () => {
  const devices = [{ device: 'printer', state: 'down', reason: 'notReachable' }] as const;
  expect(readReport(laneReport(tmpdir(), devices, []))).toMatchObject({
    version: BUILD_VERSION,
    devices,
    freeMegabytes: freeMegabytes(tmpdir()),
  });
  expect(freeMegabytes(tmpdir())).toBeGreaterThan(0);
  expect(readReport(laneReport('/no/such/folder', [], []))).toEqual({
    version: BUILD_VERSION,
    freeMegabytes: null,
    devices: [],
    waitingDays: [],
  });
});
