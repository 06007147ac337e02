/** What this lane says of itself to headquarters: the build, the room on its disk, how its devices are. */
import { statfsSync } from 'node:fs';

import { reportToText, type ReportedDevice } from '@holdfast/domain';

import { BUILD_VERSION } from '../build-version.ts';

const MEGABYTE = 1_000_000;

/** To two digits, downwards: a disk that fills says so a few times, and not with each sale. */
export function roughly(megabytes: number): number {
  const step = 10 ** Math.max(0, String(Math.trunc(megabytes)).length - 2);
  return Math.floor(megabytes / step) * step;
}

export function freeMegabytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return roughly((bavail * bsize) / MEGABYTE);
  } catch {
    return null;
  }
}

export const laneReport = (folder: string, devices: readonly ReportedDevice[]): string =>
  reportToText({ version: BUILD_VERSION, freeMegabytes: freeMegabytes(folder), devices });
