/**
 * The time that activates prices and names the business day: this device's clock, corrected by what the hub last said. Once
 * corrected it is never below the last moment that was written with a sale, whatever the device's clock does.
 */
import type { Clock } from '@holdfast/base';
import type { ReplicaStore } from '@holdfast/sync';

import type { Connection } from './database/connection.ts';

/** What an entry says of its clock before any hub was heard. */
export const UNKNOWN_UNCERTAINTY_MS = 86_400_000;

export interface StoreMoment {
  /** Store-agreed. */
  readonly atMs: number;
  /** The device's own clock. */
  readonly wallMs: number;
  readonly hubOffsetMs: number | null;
  readonly clockUncertaintyMs: number;
}

export interface StoreTime {
  now(): StoreMoment;
  /** Inside the caller's transaction. */
  keep(moment: StoreMoment): void;
}

export function createStoreTime(db: Connection, store: ReplicaStore, clock: Clock): StoreTime {
  const read = db.prepare<[], number>('SELECT agreed_time_ms FROM lane WHERE id = 1').pluck();
  const write = db.prepare('UPDATE lane SET agreed_time_ms = max(agreed_time_ms, ?) WHERE id = 1');
  return {
    now() {
      const wallMs = clock.nowMs();
      const hub = store.hubClock();
      if (hub === null) return { atMs: wallMs, wallMs, hubOffsetMs: null, clockUncertaintyMs: UNKNOWN_UNCERTAINTY_MS };
      const atMs = Math.max(wallMs + hub.hubOffsetMs, read.get() ?? 0);
      return { atMs, wallMs, hubOffsetMs: hub.hubOffsetMs, clockUncertaintyMs: hub.uncertaintyMs };
    },
    keep(moment) {
      if (moment.hubOffsetMs !== null) write.run(moment.atMs);
    },
  };
}
