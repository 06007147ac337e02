/**
 * The store's safe: what drawers gave it and took from it, and what went to the bank and came from there. It is the sum of its movements, in any order,
 * whichever lane wrote them. A count states what lies there; it moves nothing.
 *
 * What was counted at a close goes to the safe, and the next float comes from it: a drawer holds nothing between two shifts.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields } from '../fields.ts';
import { finished, headerFields, readHeader, type MalformedEntry } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { currencyOf, MAX_AMOUNT_MINOR } from '../money/money.ts';
import { isReference, MAX_REFERENCE_LENGTH } from '../tender/tender.ts';
import { denominationFields, readCashMovement, readDenomination, readShiftClose, type Denomination } from './shift.ts';

const SAFE_ACTS = {
  /** In a bag to the bank; its number is the reference. */
  bankDeposit: -1,
  /** Change that was fetched from the bank. */
  bankChange: 1,
  /** What was found in the safe. */
  count: 0,
} as const satisfies Record<string, 1 | 0 | -1>;
export type SafeAct = keyof typeof SAFE_ACTS;
export const SAFE_ACT_NAMES = Object.keys(SAFE_ACTS) as readonly SafeAct[];

export interface SafeEntry {
  readonly act: SafeAct;
  readonly currency: string;
  /** Above or equal to 0. */
  readonly amountMinor: number;
  readonly denominations?: readonly Denomination[];
  readonly reference?: string;
  readonly reason?: string;
  readonly approvedBy?: string;
}

/** What one entry did to the safe. */
export interface SafeMovement {
  readonly act: SafeAct | 'float' | 'drop' | 'loan' | 'close';
  readonly currency: string;
  /** Above 0: more lies there. */
  readonly amountMinor: number;
  /** Of a count. */
  readonly countedMinor?: number;
  readonly reference?: string;
}

export const safeMovementEntry = (
  header: LedgerHeader,
  { act, currency, amountMinor, denominations, reference, reason, approvedBy }: SafeEntry,
): LedgerEntry => ({
  kind: LEDGER_KINDS.safeMovement.kind,
  fields: {
    ...headerFields(header),
    act,
    currency,
    amountMinor,
    ...denominationFields(denominations),
    ...(reference !== undefined && { reference }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  },
});

export function readSafeMovement(fields: Fields): Result<SafeEntry & LedgerHeader, MalformedEntry> {
  const read = readFields(fields);
  const name = read.text('act');
  const currency = read.text('currency');
  if (currencyOf(currency) === undefined) read.fail('currency', 'a currency that this build knows', '');
  const [reference, reason, approvedBy] = [read.optionalText('reference'), read.optionalText('reason'), read.optionalText('approvedBy')];
  if (reference !== undefined && !isReference(reference)) {
    read.fail('reference', `at most ${MAX_REFERENCE_LENGTH} printable characters`, '');
  }
  const denominations = read.optionalList('denominations', readDenomination);
  return finished(read, {
    ...readHeader(read),
    act: SAFE_ACT_NAMES.find((known) => known === name) ?? read.fail('act', SAFE_ACT_NAMES.join(' or '), 'count' as const),
    currency,
    amountMinor: read.int('amountMinor', 0, MAX_AMOUNT_MINOR),
    ...(denominations !== undefined && { denominations }),
    ...(reference !== undefined && { reference }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  });
}

/** Undefined for what does not touch the safe, training among it. */
export function safeMovementOf({ kind, fields }: LedgerEntry): Result<SafeMovement | undefined, MalformedEntry> {
  if (fields['training'] === true) return ok(undefined);
  if (kind === LEDGER_KINDS.safeMovement.kind) {
    const read = readSafeMovement(fields);
    if (!read.ok) return read;
    const { act, currency, amountMinor, reference } = read.value;
    const signed = SAFE_ACTS[act] === 0 ? 0 : SAFE_ACTS[act] === 1 ? amountMinor : -amountMinor;
    return ok({
      act,
      currency,
      amountMinor: signed,
      ...(act === 'count' && { countedMinor: amountMinor }),
      ...(reference !== undefined && { reference }),
    });
  }
  if (kind === LEDGER_KINDS.cashMovement.kind) {
    const read = readCashMovement(fields);
    if (!read.ok) return err({ type: 'malformedEntry', detail: read.error });
    const { act, currency, amountMinor } = read.value;
    if (act === 'paidIn' || act === 'paidOut') return ok(undefined);
    return ok({ act, currency, amountMinor: act === 'drop' ? amountMinor : -amountMinor });
  }
  if (kind !== LEDGER_KINDS.shiftClose.kind) return ok(undefined);
  const read = readShiftClose(fields);
  if (!read.ok) return err({ type: 'malformedEntry', detail: read.error });
  return ok({ act: 'close', currency: read.value.sums.currency, amountMinor: read.value.countedMinor });
}
