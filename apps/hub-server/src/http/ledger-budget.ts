/**
 * How much of the hub one device, and one store, may take for its ledgers at a time (SPEC: U-18). A lane that comes back after a month has a long backlog, and
 * sends as fast as it is answered; whoever sells next door must not notice. A device has a bucket of tokens, one for each batch, that fills by itself; a store
 * has a few batches under way at most, and a device fewer. Who is told to wait keeps all that it has, and sends more at once the next time.
 */
import type { Clock } from '@holdfast/base';

import { createPace } from './pace.ts';

export interface LedgerBudgetOptions {
  /** Batches of one device that may come in a row. */
  readonly burst: number;
  readonly batchesPerSecond: number;
  /** Batches of one device under way at a time. */
  readonly underWayPerDevice: number;
  /** Batches of one store under way at a time, and as many more that are short. */
  readonly underWayPerStore: number;
  readonly shortPerStore: number;
}

/**
 * A lane sends one batch at a time, of 250 entries at least where it has a backlog: 5,000 sales a second are more than any store makes. Beside its own it carries one of a sibling's: whoever has more under way takes its
 * store's places from its neighbours. Of lanes that sell no store has so many that 64 of them wait in one moment for the hub.
 */
export const LEDGER_BUDGET: LedgerBudgetOptions = {
  burst: 120,
  batchesPerSecond: 20,
  underWayPerDevice: 4,
  underWayPerStore: 16,
  shortPerStore: 64,
};

/** Batches that wait for the hub's database: what came behind them would wait longer than it takes to come again. */
export const MAX_WAITING = 512;
/** Of their frames: as many batches of lanes with a long way (SPEC: U-13) are many times the sales, and the memory. */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** What a lane sends as it sells is shorter, and is let in whatever waits of long ones: a few stores’ backlogs fill those bytes for as long as they last. */
export const SHORT_BODY_BYTES = 16 * 1024;

export type Admission =
  /** `whole`: all of the batch is here. `done` is to be called once, when it is answered. */
  | { readonly type: 'admitted'; readonly whole: () => void; readonly done: () => void }
  /** `status` 429: this device sends too much; 503: its store has enough under way. */
  | { readonly type: 'later'; readonly status: 429 | 503; readonly retryAfterS: number };

export interface LedgerBudget {
  /** `isShort`: it is no longer than what a lane sends as it sells. `giveUp`: its connection is to end, for its device sends another one in its place. */
  admit(device: string, store: string, isShort: boolean, giveUp: () => void): Admission;
}

interface Place {
  readonly device: string;
  /** With whether it is a short one. */
  readonly store: string;
  readonly giveUp: () => void;
  isComing: boolean;
}

export function createLedgerBudget(clock: Pick<Clock, 'monotonicMs'>, options: LedgerBudgetOptions = LEDGER_BUDGET): LedgerBudget {
  const byDevice = new Map<string, Set<Place>>();
  const byStore = new Map<string, number>();
  const { burst, batchesPerSecond, underWayPerDevice, underWayPerStore, shortPerStore } = options;
  const pace = createPace(clock, { burst, perSecond: batchesPerSecond });

  const leave = (place: Place): void => {
    const own = byDevice.get(place.device);
    if (own?.delete(place) !== true) return;
    if (own.size === 0) byDevice.delete(place.device);
    const left = (byStore.get(place.store) ?? 1) - 1;
    if (left === 0) byStore.delete(place.store);
    else byStore.set(place.store, left);
  };
  const take = (place: Place): void => {
    const own = byDevice.get(place.device) ?? new Set();
    byDevice.set(place.device, own.add(place));
    byStore.set(place.store, (byStore.get(place.store) ?? 0) + 1);
  };

  return {
    admit: (device, store, isShort, giveUp) => {
      const retryAfterS = pace.waitS(device);
      if (retryAfterS > 0) return { type: 'later', status: 429, retryAfterS };
      const place: Place = { device, store: `${isShort ? 'short' : 'long'} ${store}`, giveUp, isComing: true };
      const own = [...(byDevice.get(device) ?? [])];
      const hasEnough = own.length >= underWayPerDevice;
      const isStoreFull = (byStore.get(place.store) ?? 0) >= (isShort ? shortPerStore : underWayPerStore);
      if (hasEnough || isStoreFull) {
        // A line that was cut without a word keeps its connections here for minutes: the oldest one is ended, which nobody may hold open beside the next.
        const given = own.find(({ isComing, store: at }) => isComing && (!isStoreFull || at === place.store));
        if (given === undefined) return { type: 'later', status: hasEnough ? 429 : 503, retryAfterS: 1 };
        leave(given);
        given.giveUp();
      }
      pace.take(device);
      take(place);
      return { type: 'admitted', whole: () => void (place.isComing = false), done: () => leave(place) };
    },
  };
}
