/**
 * How much of the hub one device, and one store, may take for its ledgers at a time (SPEC: U-18). A lane that comes back after a month has a long backlog, and
 * sends as fast as it is answered; whoever sells next door must not notice. A device has a bucket of tokens, one for each batch, that fills by itself; a store
 * has a few batches under way at most. Who is told to wait keeps all that it has, and sends more at once the next time.
 */
import type { Clock } from '@holdfast/base';

import { createPace } from './pace.ts';

export interface LedgerBudgetOptions {
  /** Batches of one device that may come in a row. */
  readonly burst: number;
  readonly batchesPerSecond: number;
  /** Batches of one store under way at a time. */
  readonly underWayPerStore: number;
}

/** A lane sends one batch at a time, of 250 entries at least where it has a backlog: 5,000 sales a second are more than any store makes. */
export const LEDGER_BUDGET: LedgerBudgetOptions = { burst: 120, batchesPerSecond: 20, underWayPerStore: 16 };

/** Batches that wait for the hub's database: what came behind them would wait longer than it takes to come again. */
export const MAX_WAITING = 512;
/** Of their frames: as many batches of lanes with a long way (SPEC: U-13) are many times the sales, and the memory. */
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** What a lane sends as it sells is shorter, and is let in whatever waits of long ones: a few stores’ backlogs fill those bytes for as long as they last. */
export const SHORT_BODY_BYTES = 16 * 1024;

export type Admission =
  /** `done` is to be called once, when the batch is answered. */
  | { readonly type: 'admitted'; readonly done: () => void }
  /** `status` 429: this device sends too much; 503: its store has enough under way. */
  | { readonly type: 'later'; readonly status: 429 | 503; readonly retryAfterS: number };

export interface LedgerBudget {
  admit(device: string, store: string): Admission;
}

export function createLedgerBudget(clock: Pick<Clock, 'monotonicMs'>, options: LedgerBudgetOptions = LEDGER_BUDGET): LedgerBudget {
  const underWay = new Map<string, number>();
  const { burst, batchesPerSecond, underWayPerStore } = options;
  const pace = createPace(clock, { burst, perSecond: batchesPerSecond });

  return {
    admit: (device, store) => {
      const retryAfterS = pace.waitS(device);
      if (retryAfterS > 0) return { type: 'later', status: 429, retryAfterS };
      const held = underWay.get(store) ?? 0;
      if (held >= underWayPerStore) return { type: 'later', status: 503, retryAfterS: 1 };
      pace.take(device);
      underWay.set(store, held + 1);
      return {
        type: 'admitted',
        done: () => {
          const left = (underWay.get(store) ?? 1) - 1;
          if (left === 0) underWay.delete(store);
          else underWay.set(store, left);
        },
      };
    },
  };
}
