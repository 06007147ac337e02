/**
 * The time that activates prices and names the business day (SPEC: O-13, O-14): this device's clock, corrected by what the hub last said, and of the siblings that are heard
 * the middle one. It is never below the last moment that was written with a sale, whatever the device's clock does; but for a moment of the future, written while the clock was
 * off, which the hub has shown to be one since.
 */
import type { Clock } from '@holdfast/base';
import { NO_CLOCK_MS } from '@holdfast/domain';
import { agreedMs, type ReplicaStore } from '@holdfast/sync';

import type { Connection } from './database/connection.ts';

/** What an entry says of its clock before any hub was heard. */
const UNKNOWN_UNCERTAINTY_MS = NO_CLOCK_MS;
/** A clock that is corrected steps back by less; what was written further ahead was written by a wrong one. */
const FUTURE_MS = 86_400_000;

export interface StoreMoment {
  /** Store-agreed. */
  readonly atMs: number;
  /** The device's own clock. */
  readonly wallMs: number;
  readonly hubOffsetMs: number | null;
  readonly clockUncertaintyMs: number;
  /** By how much the last moment that was written with a sale holds it back from what the clocks say; 0: it does not. */
  readonly heldMs: number;
}

/** What clocks of a store differ by all day: a word about it in each entry would be bytes for nothing. */
const NOTICED_MS = 1_000;

/**
 * What is written says its clock is off by, and how far that may be wrong, so that whoever reads it has the time that its receipt says: as the hub measured it; where the store has
 * outvoted the clock since, or holds it at the last sale, as agreed. Of what is held nobody knows which clock was wrong, the one before or this one: it may be off by all of that.
 */
export function writtenClock({
  atMs,
  wallMs,
  hubOffsetMs,
  clockUncertaintyMs,
  heldMs,
}: StoreMoment): Pick<StoreMoment, 'hubOffsetMs' | 'clockUncertaintyMs'> {
  const agreedOffsetMs = atMs - wallMs;
  return hubOffsetMs === null || Math.abs(agreedOffsetMs - hubOffsetMs) < NOTICED_MS
    ? { hubOffsetMs, clockUncertaintyMs }
    : { hubOffsetMs: agreedOffsetMs, clockUncertaintyMs: Math.max(clockUncertaintyMs, heldMs) };
}

export interface StoreTime {
  now(): StoreMoment;
  /** Inside the caller's transaction. */
  keep(moment: StoreMoment): void;
  /** The transaction was rolled back. */
  reread(): void;
}

interface KeptRow {
  readonly at_ms: number;
  /** Of the hub's clock, as it was measured when the moment was written; null before this was written too. */
  readonly offset_ms: number | null;
}

/** `clocksAheadMs`: of siblings that are heard, their corrected clocks less this one's. */
export function createStoreTime(
  db: Connection,
  store: ReplicaStore,
  clock: Clock,
  clocksAheadMs: () => readonly number[] = () => [],
): StoreTime {
  const read = db.prepare<[], KeptRow>('SELECT agreed_time_ms AS at_ms, agreed_offset_ms AS offset_ms FROM lane WHERE id = 1');
  const write = db.prepare('UPDATE lane SET agreed_time_ms = ?, agreed_offset_ms = ? WHERE id = 1');
  // Only this writes it, and each request asks several times.
  let kept = read.get();

  /** Whether the hub's clock was measured anew since, and says that it was not yet so late. */
  const isDisproved = (moment: KeptRow, correctedMs: number, hubOffsetMs: number): boolean =>
    moment.offset_ms !== null && moment.offset_ms !== hubOffsetMs && moment.at_ms - correctedMs > FUTURE_MS;

  return {
    now() {
      const wallMs = clock.nowMs();
      const hub = store.hubClock();
      if (hub === null) return { atMs: wallMs, wallMs, hubOffsetMs: null, clockUncertaintyMs: UNKNOWN_UNCERTAINTY_MS, heldMs: 0 };
      const { hubOffsetMs, uncertaintyMs } = hub;
      const correctedMs = agreedMs(wallMs + hubOffsetMs, clocksAheadMs());
      const floorMs = kept === undefined || isDisproved(kept, correctedMs, hubOffsetMs) ? 0 : kept.at_ms;
      const atMs = Math.max(correctedMs, floorMs);
      return { atMs, wallMs, hubOffsetMs, clockUncertaintyMs: uncertaintyMs, heldMs: atMs - correctedMs };
    },
    keep({ atMs, hubOffsetMs }) {
      if (hubOffsetMs === null) return;
      write.run(atMs, hubOffsetMs);
      kept = { at_ms: atMs, offset_ms: hubOffsetMs };
    },
    reread() {
      kept = read.get();
    },
  };
}
