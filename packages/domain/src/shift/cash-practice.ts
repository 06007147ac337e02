/**
 * Cash in training: a drawer that there is on the screen alone. What is done with it is decided as with a real one (`drawer.ts`) and written as a kind of
 * its own, so that no total, no safe and no shift can take it for money. How it stands is a fold over the lane's entries since its training began: what
 * was practised, sold and counted in that drawer's name, and nothing real.
 */
import { err, ok, type Result } from '@holdfast/base';

import { readFields, type FieldFault } from '../fields.ts';
import { headerFields } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import type { Action } from '../people/permissions.ts';
import { perpetualOf, type DrawerStand } from './drawer.ts';
import { SAFE_ACT_NAMES, type SafeAct, type SafeEntry } from './safe.ts';
import {
  addEntry,
  CASH_ACT_NAMES,
  cashMovementEntry,
  denominationFields,
  noShift,
  readDenomination,
  type CashAct,
  type CashMovement,
  type ShiftClose,
} from './shift.ts';

export type CashPracticeAct = CashAct | SafeAct | 'close';
export const CASH_PRACTICE_ACTS: readonly CashPracticeAct[] = [...CASH_ACT_NAMES, ...SAFE_ACT_NAMES, 'close'];

/** What is done in training with leave is practised, too: the leave counts nowhere. All else that leave is given for is done for good, in training as ever. */
export const PRACTISED_ACTIONS: ReadonlySet<Action> = new Set(['payOut', 'bankDeposit', 'postVoid', 'returnWithoutReceipt']);

/** `amountMinor`: what was moved, or counted. */
export interface CashPractice extends Omit<SafeEntry, 'act'> {
  readonly act: CashPracticeAct;
  /** Of a close. */
  readonly drawerMinor?: number;
}

const practiceEntry = (header: LedgerHeader, { denominations, ...said }: CashPractice): LedgerEntry => ({
  kind: LEDGER_KINDS.cashPractice.kind,
  fields: { ...headerFields({ ...header, training: true }), ...said, ...denominationFields(denominations) },
});

export const practisedMovement = (
  header: LedgerHeader,
  movement: Omit<CashMovement | SafeEntry, 'act'> & { readonly act: CashAct | SafeAct },
): LedgerEntry => practiceEntry(header, movement);

export const practisedClose = (header: LedgerHeader, { sums, countedMinor, denominations, reason, approvedBy }: ShiftClose): LedgerEntry =>
  practiceEntry(header, {
    act: 'close',
    currency: sums.currency,
    amountMinor: countedMinor,
    drawerMinor: sums.drawerMinor,
    ...(denominations !== undefined && { denominations }),
    ...(reason !== undefined && { reason }),
    ...(approvedBy !== undefined && { approvedBy }),
  });

export function readCashPractice(fields: Fields): Result<CashPractice, FieldFault> {
  const read = readFields(fields);
  const name = read.text('act');
  const denominations = read.optionalList('denominations', readDenomination);
  const texts = Object.entries({
    reference: read.optionalText('reference'),
    reason: read.optionalText('reason'),
    approvedBy: read.optionalText('approvedBy'),
  }).filter(([, text]) => text !== undefined);
  const drawerMinor = read.optionalInt('drawerMinor');
  const practice: CashPractice = {
    act: CASH_PRACTICE_ACTS.find((known) => known === name) ?? read.fail('act', CASH_PRACTICE_ACTS.join(' or '), 'paidIn' as const),
    currency: read.text('currency'),
    amountMinor: read.int('amountMinor', 0, MAX_AMOUNT_MINOR),
    ...(denominations !== undefined && { denominations }),
    ...Object.fromEntries(texts),
    ...(drawerMinor !== undefined && { drawerMinor }),
  };
  const fault = read.fault();
  return fault === undefined ? ok(practice) : err(fault);
}

/** As training finds it. */
export const untouchedDrawer = (currency: string): DrawerStand => ({
  shift: 1,
  isOpened: false,
  sums: noShift(currency),
  perpetualMinor: 0,
});

/** The drawer with one entry more of its lane, in the order in which they were written. What is real, or cannot be read, leaves it as it is. */
export function practise(drawer: DrawerStand, { kind, fields }: LedgerEntry): DrawerStand {
  const { currency } = drawer.sums;
  if (fields['training'] !== true) return drawer;
  if (kind === LEDGER_KINDS.training.kind) return untouchedDrawer(currency);
  if (kind !== LEDGER_KINDS.cashPractice.kind) return added(drawer, { kind, fields: { ...fields, training: false } });
  const practice = readCashPractice(fields);
  if (!practice.ok || practice.value.currency !== currency) return drawer;
  const { act } = practice.value;
  if (act === 'close') return { ...untouchedDrawer(currency), shift: drawer.shift + 1, perpetualMinor: perpetualOf(drawer) };
  if (!isCashAct(act)) return drawer;
  const moved = added(drawer, cashMovementEntry(NO_HEADER, { act, currency, amountMinor: practice.value.amountMinor }));
  return act === 'float' ? { ...moved, isOpened: true } : moved;
}

const isCashAct = (act: CashPracticeAct): act is CashAct => CASH_ACT_NAMES.some((name) => name === act);

/** Sums look at none of it. */
const NO_HEADER: LedgerHeader = { businessDate: '', shift: 0, drawer: '', operator: '', training: false };

function added(drawer: DrawerStand, entry: LedgerEntry): DrawerStand {
  const sums = addEntry(drawer.sums, entry);
  return sums.ok ? { ...drawer, sums: sums.value } : drawer;
}
