/**
 * Baskets of a lane whose database is rebuilt. Those that it had set aside are in its ledger, whole, and wait again; one whose going on is lost with the ledger's last entries waits again as well, until its business day is over (SPEC:
 * B-5). The open one is nowhere but in the damaged database, and is lost: whoever stands before the lane is told.
 */
import { LEDGER_KINDS, type LedgerEntry } from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';

import { createSiblingBaskets, readSuspended } from '../lan/sibling-baskets.ts';
import { createBasketJournal, REBUILT_CUT } from '../selling/basket-journal.ts';
import type { Connection } from './connection.ts';

export interface SalvagedBaskets {
  /** In the order of the ledger. */
  note(entry: LedgerEntry, id: EntryId, atMs: number): void;
  /** All of it was noted. */
  write(): void;
}

interface SetAside {
  readonly id: EntryId;
  readonly atMs: number;
  readonly content: string;
}

/** What ends a suspension, or the basket itself. */
const ENDS: ReadonlySet<number> = new Set(
  [LEDGER_KINDS.resume, LEDGER_KINDS.handover, LEDGER_KINDS.suspendExpiry, LEDGER_KINDS.basketTwice, LEDGER_KINDS.sale].map(
    ({ kind }) => kind,
  ),
);

export function salvageBaskets(fresh: Connection): SalvagedBaskets {
  const waiting = new Map<string, SetAside>();
  return {
    note({ kind, fields: { basketId, content, training } }, id, atMs) {
      if (typeof basketId !== 'string' || training === true) return;
      if (kind === LEDGER_KINDS.suspend.kind && typeof content === 'string') waiting.set(basketId, { id, atMs, content });
      else if (ENDS.has(kind)) waiting.delete(basketId);
    },
    write() {
      const [journal, suspensions] = [createBasketJournal(fresh), createSiblingBaskets(fresh)];
      for (const [basketId, { id, atMs, content }] of waiting) {
        const suspended = readSuspended(content, basketId);
        if (suspended === undefined) continue;
        const { opening, events, basket } = suspended;
        journal.adopt(opening, events, basket.cut === null ? null : REBUILT_CUT, atMs);
        suspensions.noteSuspended(id, basketId);
      }
    },
  };
}

/** Whether a basket with something in it was open, or nobody can say. */
export function wasBasketOpen(damaged: Connection): boolean {
  try {
    return damaged.prepare("SELECT 1 FROM basket WHERE state = 'open' AND opening IS NOT NULL").get() !== undefined;
  } catch {
    return true;
  }
}
