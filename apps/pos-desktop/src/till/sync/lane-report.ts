/** What this lane says of itself to headquarters: the build, the room on its disk, how its devices are, and what days came to whose sales wait. */
import { statfsSync } from 'node:fs';

import { reportToText, type ReportedDay, type ReportedDevice } from '@holdfast/domain';
import { ENGINE_DEFAULTS, type ReplicaStore } from '@holdfast/sync';

import type { DaySales } from '../books/day-sales.ts';
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

/**
 * Of more than a batch: less is there as soon as its sums would be. Once told they are told until all has come, so that what headquarters knows of a day never gets less. Of a second history of this device nothing is
 * told: the hub cannot say which of the two it has (SPEC: U-8).
 */
export function createWaitingDays(
  store: Pick<ReplicaStore, 'identity' | 'epochs' | 'waiting'>,
  daySales: Pick<DaySales, 'waiting'>,
): () => readonly ReportedDay[] {
  let isTold = false;
  return () => {
    const { entries } = store.waiting();
    isTold = entries > (isTold ? 0 : ENGINE_DEFAULTS.maxEntries);
    if (!isTold) return [];
    const device = store.identity()?.device;
    return daySales.waiting(store.epochs().filter((epoch) => epoch.device === device && !epoch.diverged));
  };
}

export const laneReport = (folder: string, devices: readonly ReportedDevice[], waitingDays: readonly ReportedDay[]): string =>
  reportToText({ version: BUILD_VERSION, freeMegabytes: freeMegabytes(folder), devices, waitingDays });
