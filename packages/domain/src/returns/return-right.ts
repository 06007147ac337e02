/**
 * The right to return goods of a sale: escrow of the sale as a whole. It rests with the lane that sold, from the entry of the sale on. Whoever has it gives it to one other lane with
 * an entry (the hub: with its answer), that lane accepts it with one of its own, and only then takes goods back by it. It ends with the return that it was for, or goes
 * back with a release. Whoever takes goods back without it says so: the return is unverified, and capped.
 */
import type { Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';

const RETURN_RIGHTS = ['held', 'granted', 'unverified'] as const;
/** `held`: this lane sold it. `granted`: whoever holds the right was asked. `unverified`: nobody could be. */
export type ReturnRight = (typeof RETURN_RIGHTS)[number];

/** Who can say what came back of a sale. The hub's word is wanted even where the right is held: it knows what came back elsewhere. */
export function returnRight(facts: { readonly isOwnSale: boolean; readonly answeredBy: 'hub' | 'seller' | undefined }): ReturnRight {
  if (facts.answeredBy !== undefined) return 'granted';
  return facts.isOwnSale ? 'held' : 'unverified';
}

/** A sale by its receipt. `store`: that sold, where it is another one. */
export interface ReturnRightName {
  readonly receiptNumber: string;
  readonly store?: string;
}

export type ReturnRightMove = ReturnRightName &
  (
    | { readonly type: 'given'; readonly to: string }
    /** `from` absent: the hub gave it. */
    | { readonly type: 'accepted'; readonly from?: string }
    /** Goes back to whoever gave it: nothing came back, or no more will. */
    | { readonly type: 'released' }
  );

const KINDS = {
  given: LEDGER_KINDS.returnGrant.kind,
  accepted: LEDGER_KINDS.returnAcceptance.kind,
  released: LEDGER_KINDS.returnRelease.kind,
} as const;

export const isReturnRightKind = (kind: number): boolean => Object.values<number>(KINDS).includes(kind);

export function returnRightEntry(header: LedgerHeader, { type, receiptNumber, store, ...whom }: ReturnRightMove): LedgerEntry {
  const fields = { ...headerFields(header), receiptNumber, ...(store !== undefined && { returnStore: store }), ...whom };
  return { kind: KINDS[type], fields };
}

export function readReturnRight({ kind, fields }: LedgerEntry): Result<ReturnRightMove & LedgerHeader, MalformedEntry> {
  const read = readFields(fields);
  const receiptNumber = read.text('receiptNumber');
  if (receiptNumber === '') read.fail('receiptNumber', 'a receipt number', '');
  const store = read.optionalText('returnStore');
  const named = { ...readHeader(read), receiptNumber, ...(store !== undefined && { store }) };
  if (kind === KINDS.released) return finished(read, { ...named, type: 'released' });
  if (kind === KINDS.given) {
    const to = read.text('to');
    if (to === '') read.fail('to', 'a device', '');
    return finished(read, { ...named, type: 'given', to });
  }
  const from = read.optionalText('from');
  if (from === '') read.fail('from', 'a device', '');
  return finished(read, { ...named, type: 'accepted', ...(from !== undefined && { from }) });
}
