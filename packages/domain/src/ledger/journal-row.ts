/** One entry of the journal in a few words: what a list and a table of all kinds show alike. It reads what is there, and never fails: what an entry does not say is left out. */
import { currencyOf, decimalText, minorDigitsOf } from '../money/money.ts';
import { ATTENDANCE_ACTS } from '../people/attendance.ts';
import { ACTION_NAMES } from '../people/permissions.ts';
import { SESSION_ACTS, SESSION_REASONS } from '../people/sign-on.ts';
import { FISCAL_GAP_ACTS } from '../receipt/fiscal.ts';
import { CASH_PRACTICE_ACTS } from '../shift/cash-practice.ts';
import { SAFE_ACT_NAMES } from '../shift/safe.ts';
import { CASH_ACT_NAMES } from '../shift/shift.ts';
import { TRAINING_ACTS } from '../shift/training.ts';
import { CARD_ACTS } from '../tender/card-payment.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry } from './ledger.ts';

export interface JournalRow {
  /** As `LEDGER_KINDS` names it; a number where this build does not know it. */
  readonly kind: string;
  readonly businessDate: string;
  readonly shift?: number;
  readonly drawer: string;
  readonly operator: string;
  readonly training: boolean;
  /** The receipt, or else the basket, the account, the bag. */
  readonly reference?: string;
  /** Which act of its kind: `paidOut`, `signOn`, `voidLine`. */
  readonly act?: string;
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly reason?: string;
  readonly approvedBy?: string;
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.values(LEDGER_KINDS).map(({ kind, name }) => [kind, name]));

export const JOURNAL_KIND_NAMES: readonly string[] = [...NAMES.values()].toSorted();

/** By kind, each act that an entry of it may name: whoever shows a journal has a word for it. */
export const JOURNAL_ACTS: Readonly<Record<string, readonly string[]>> = {
  session: SESSION_ACTS,
  attendance: ATTENDANCE_ACTS,
  training: TRAINING_ACTS,
  cashMovement: CASH_ACT_NAMES,
  cashPractice: CASH_PRACTICE_ACTS,
  safeMovement: SAFE_ACT_NAMES,
  terminalRecord: CARD_ACTS,
  fiscalGap: FISCAL_GAP_ACTS,
  approval: ACTION_NAMES,
  leaveGiven: ACTION_NAMES,
};

/** What lanes write as a reason by themselves, or as a terminal or a fiscal signer said it; every other one is in somebody's own words. */
export const JOURNAL_REASONS = [
  ...SESSION_REASONS,
  // Of a shift that nobody counted, and of the float that it left.
  'rolled',
  // Of a person's own PIN.
  'pinChanged',
  'pinSealedAnew',
  // Of the lane's terminal and its fiscal signer.
  'noSigner',
  'unreachable',
  'timeout',
  'garbled',
  'refused',
  'unknownTransaction',
  'invalidCard',
  'notAllowed',
  'cancelled',
  'aborted',
  'hostUnreachable',
  'originalUnknown',
  'noAnswer',
  'busy',
  'notReady',
  'lost',
  'notFound',
  'unclear',
  'restarted',
  'cleared',
] as const;

const firstOf = <T>(fields: Fields, names: readonly string[], is: (value: unknown) => value is T): T | undefined =>
  names.map((name) => fields[name]).find((value): value is T & Fields[string] => is(value));

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number';

export function journalRow({ kind, fields }: LedgerEntry): JournalRow {
  const text = (...names: readonly string[]): string | undefined => firstOf(fields, names, isText);
  const number = (...names: readonly string[]): number | undefined => firstOf(fields, names, isNumber);
  const optional = {
    shift: number('shift'),
    reference: text('receiptNumber', 'reference', 'basketId', 'entityKey', 'key'),
    act: text('act', 'action', 'what'),
    amountMinor: number('totalMinor', 'amountMinor', 'countedMinor'),
    currency: text('currency'),
    reason: text('reason'),
    approvedBy: text('approvedBy', 'approver'),
  };
  return {
    kind: NAMES.get(kind) ?? String(kind),
    businessDate: text('businessDate') ?? '',
    drawer: text('drawer') ?? '',
    operator: text('operator') ?? '',
    training: fields['training'] === true,
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<JournalRow>),
  };
}

/** Whether every word stands somewhere in it; in any case of letters. */
export function isJournalHit(row: JournalRow, words: readonly string[]): boolean {
  const text = [row.kind, row.act, row.reference, row.operator, row.reason, row.approvedBy, row.businessDate, amountText(row)]
    .filter((part) => part !== undefined)
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Exact, with a point: for machines. */
export const amountText = ({ amountMinor, currency }: Pick<JournalRow, 'amountMinor' | 'currency'>): string =>
  amountMinor === undefined
    ? ''
    : decimalText(amountMinor, currency === undefined || currencyOf(currency) === undefined ? 0 : minorDigitsOf(currency));

/** Where and when an entry was written. */
export interface JournalPlace {
  readonly store: string;
  readonly lane: number;
  readonly epoch: string;
  readonly seq: number;
  /** Corrected by the hub, as far as the lane knew. */
  readonly atMs: number;
  /** Hex. */
  readonly hash: string;
}

export const JOURNAL_CSV_HEAD =
  'store,lane,epoch,seq,at,business_date,kind,act,shift,drawer,operator,training,reference,amount,currency,reason,approved_by,hash';

/** RFC 4180, but for the end of line, which is the caller's. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
const cell = (value: string): string => {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export function journalCsvLine(
  entry: LedgerEntry,
  { store, lane, epoch, seq, atMs, hash }: JournalPlace,
  isoOf: (atMs: number) => string,
): string {
  const row = journalRow(entry);
  return [
    store,
    String(lane),
    epoch,
    String(seq),
    isoOf(atMs),
    row.businessDate,
    row.kind,
    row.act ?? '',
    row.shift === undefined ? '' : String(row.shift),
    row.drawer,
    row.operator,
    String(row.training),
    row.reference ?? '',
    amountText(row),
    row.currency ?? '',
    row.reason ?? '',
    row.approvedBy ?? '',
    hash,
  ]
    .map(cell)
    .join(',');
}
