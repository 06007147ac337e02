/**
 * Rights that a lane had in hand, for a database that is rebuilt: its ledger says each that came and each that went (SPEC: O-8, O-16), and what was spent of it. Spending goes on where nothing behind the acceptance
 * is missing; else those rights rest, for what is missing may have spent them, and a person writes them off at the hub. Rights to return are here again, so that their baskets, which are lost, hand them back.
 */
import {
  isReturnRightKind,
  LEDGER_KINDS,
  readGrantAcceptance,
  readGrantRelease,
  readReturnRight,
  readSale,
  type LedgerEntry,
} from '@holdfast/domain';
import type { EntryId } from '@holdfast/sync';

import { createSiblingReturns } from '../lan/sibling-returns.ts';
import { createToldReturns } from '../returns/told-returns.ts';
import { createRights } from '../rights.ts';
import type { Connection } from './connection.ts';

export interface SalvagedRights {
  /** In the order of the ledger. */
  note(entry: LedgerEntry, id: EntryId, wallMs: number): void;
  /** Something of the ledger is missing here. */
  rest(): void;
}

export function salvageRights(fresh: Connection): SalvagedRights {
  const [rights, told, siblings] = [createRights(fresh), createToldReturns(fresh), createSiblingReturns(fresh)];
  const rest = fresh.prepare('DELETE FROM held_right');

  function noteReturnRight(entry: LedgerEntry, wallMs: number): void {
    const read = readReturnRight(entry);
    if (!read.ok) return;
    const move = read.value;
    const { receiptNumber } = move;
    if (move.type === 'released') told.release(receiptNumber);
    else if (move.type === 'given') {
      // What this lane does not have from another is of its own sale.
      if (told.give(receiptNumber, move.to) === undefined) siblings.give(receiptNumber, move.to, wallMs);
    } else {
      if (move.from === undefined) siblings.reclaim(receiptNumber);
      told.adopt({ receiptNumber, ...(move.store !== undefined && { store: move.store }) }, move.from ?? '', 0);
    }
  }

  function noteSale({ fields }: LedgerEntry): void {
    const sale = readSale(fields);
    if (!sale.ok) return;
    for (const { returnOf } of sale.value.lines) if (returnOf !== undefined) told.end(returnOf.receiptNumber);
    if (sale.value.postVoidOf !== undefined) told.end(sale.value.postVoidOf);
  }

  /** What its card has back comes back nowhere, and no basket hands it back: the sale itself is lost here, and a person ends its right at the hub. */
  function noteReversal({ receiptNumber }: LedgerEntry['fields']): void {
    if (typeof receiptNumber === 'string') told.end(receiptNumber);
  }

  return {
    note(entry, id, wallMs) {
      const { kind, fields } = entry;
      const accepted = kind === LEDGER_KINDS.grantAcceptance.kind ? readGrantAcceptance(fields) : undefined;
      const released = kind === LEDGER_KINDS.grantRelease.kind ? readGrantRelease(fields) : undefined;
      if (accepted?.ok === true) rights.accept(accepted.value, id.device);
      else if (released?.ok === true) rights.release(released.value.grantId);
      else if (isReturnRightKind(kind)) noteReturnRight(entry, wallMs);
      else rights.spend(entry, id);
      if (kind === LEDGER_KINDS.sale.kind) noteSale(entry);
      if (kind === LEDGER_KINDS.tenderReversal.kind) noteReversal(fields);
    },
    rest: () => void rest.run(),
  };
}
