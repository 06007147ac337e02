/**
 * A tender that a payment terminal took or gave back: what is kept of it, in the sale for ever; and how far a lane may let a terminal accept payments without its host.
 *
 * Kept is a list of fields, each in a form of its own; numbers of cards are in none of them.
 */
import { hasCardNumber, unreachable, type Result } from '@holdfast/base';

import type { BasketEvent } from '../basket/basket.ts';
import { readFields, type FieldReader } from '../fields.ts';
import { finished, headerFields, type MalformedEntry, readHeader } from '../ledger/entry-header.ts';
import { LEDGER_KINDS, type Fields, type LedgerEntry, type LedgerHeader } from '../ledger/ledger.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import type { Tender } from './tender.ts';

export interface CardPayment {
  /** The lane's name for it, by which it asked the terminal. */
  readonly paymentId: string;
  /** By the lane's clock. */
  readonly atMs: number;
  readonly terminalId?: string;
  /** The terminal's name for it: a refund or a reversal names it. */
  readonly transactionId?: string;
  readonly authorisation?: string;
  readonly brand?: string;
  readonly lastFour?: string;
  readonly applicationId?: string;
  readonly entry?: string;
  /** The terminal accepted it alone, and was yet to ask. */
  readonly isOffline?: true;
  /** Of what went back: the transaction that had paid. */
  readonly originalId?: string;
}

/** Each column beside its form. */
const TEXTS = {
  terminalId: ['cardTerminal', /^[\w.-]{1,40}$/],
  transactionId: ['cardTransaction', /^[\w.-]{1,64}$/],
  authorisation: ['cardAuthorisation', /^[A-Za-z0-9]{1,12}$/],
  brand: ['cardBrand', /^[\p{L}\p{N} .&+/-]{1,32}$/u],
  lastFour: ['cardLastFour', /^\d{4}$/],
  applicationId: ['cardApplication', /^A[0-9A-F]{9,31}$/],
  entry: ['cardEntry', /^[a-z]{1,16}$/],
  originalId: ['cardOriginal', /^[\w.-]{1,64}$/],
} as const satisfies Partial<Record<keyof CardPayment, readonly [string, RegExp]>>;
const TEXT_COLUMNS = Object.entries(TEXTS);

const PAYMENT_ID = /^[A-Z0-9]{10}$/;

/** Columns of a tender, and of whatever else tells of a terminal's transaction. */
export function cardFields({ paymentId, atMs, isOffline, ...texts }: CardPayment): Fields {
  const named = TEXT_COLUMNS.flatMap(([field, [column]]) => {
    const text = texts[field as keyof typeof texts];
    return text === undefined ? [] : [[column, text]];
  });
  return { cardPayment: paymentId, cardAtMs: atMs, ...Object.fromEntries(named), ...(isOffline === true && { cardIsOffline: true }) };
}

/** Undefined where the tender went over no terminal. */
export function readCardPayment(read: FieldReader): CardPayment | undefined {
  const paymentId = read.optionalText('cardPayment');
  const atMs = read.optionalInt('cardAtMs');
  const isOffline = read.optionalBool('cardIsOffline') ?? false;
  const texts = TEXT_COLUMNS.flatMap(([field, [column, form]]) => {
    const text = read.optionalText(column);
    if (text === undefined) return [];
    if (!form.test(text) || hasCardNumber(text)) read.fail(column, 'a name, and no number of a card', '');
    return [[field, text]];
  });
  if (paymentId === undefined || atMs === undefined) {
    if (paymentId !== undefined || texts.length > 0 || isOffline) read.fail('cardAtMs', 'there where cardPayment is', 0);
    return undefined;
  }
  if (!PAYMENT_ID.test(paymentId)) read.fail('cardPayment', 'ten letters and digits', '');
  return { paymentId, atMs, ...Object.fromEntries(texts), ...(isOffline && { isOffline: true }) };
}

/** The events that take a tender, with what its terminal said of it: it is the last one. */
export function withCardPayment(events: readonly BasketEvent[], card: CardPayment): readonly BasketEvent[] {
  return events.map((event): BasketEvent => {
    if (event.type === 'tendered') return { ...event, tender: { ...event.tender, card } };
    if (event.type !== 'paid') return event;
    return { ...event, tenders: event.tenders.map((tender, place) => (place === event.tenders.length - 1 ? { ...tender, card } : tender)) };
  });
}

/** The event that pays out, with what terminals said of its tenders, by their places. */
export const withCardRefunds = (events: readonly BasketEvent[], cards: ReadonlyMap<number, CardPayment>): readonly BasketEvent[] =>
  events.map((event): BasketEvent => {
    if (event.type !== 'paid') return event;
    const tenders = event.tenders.map((tender, place): Tender => {
      const card = cards.get(place);
      return card === undefined ? tender : { ...tender, card };
    });
    return { ...event, tenders };
  });

/** What a lane lets its terminal accept without asking its host, of one lane; all four hold. */
export interface OfflineCardLimits {
  /** Of one payment. */
  readonly maximumMinor: number;
  /** Of all that were accepted so and are not cleared. */
  readonly count: number;
  readonly sumMinor: number;
  /** The oldest of them is younger. */
  readonly hours: number;
}

/** Accepted so, and not heard of since, or declined since and not cleared. */
export interface OfflineCardStanding {
  readonly count: number;
  readonly sumMinor: number;
  readonly oldestAtMs?: number;
}

const OFFLINE_CARD_BOUNDS = ['none', 'maximum', 'count', 'sum', 'age'] as const;
export type OfflineCardBound = (typeof OFFLINE_CARD_BOUNDS)[number];

const HOUR_MS = 3_600_000;

/** The limit that stands against accepting one more payment offline; undefined where none does. */
export function offlineCardBound(
  limits: OfflineCardLimits | undefined,
  { count, sumMinor, oldestAtMs }: OfflineCardStanding,
  { amountMinor, nowMs }: { readonly amountMinor: number; readonly nowMs: number },
): OfflineCardBound | undefined {
  if (limits === undefined) return 'none';
  if (amountMinor > limits.maximumMinor) return 'maximum';
  if (count >= limits.count) return 'count';
  if (sumMinor + amountMinor > limits.sumMinor) return 'sum';
  return oldestAtMs !== undefined && nowMs - oldestAtMs >= limits.hours * HOUR_MS ? 'age' : undefined;
}

/** What a lane orders of a payment terminal. */
export const CARD_ACTS = ['payment', 'refund', 'reversal'] as const;
export type CardAct = (typeof CARD_ACTS)[number];

/** What became of a terminal's transaction that stands in no sale. */
const TERMINAL_OUTCOMES = ['declined', 'notCharged', 'unknown', 'reversed', 'stuck'] as const;
export type TerminalOutcomeWord = (typeof TERMINAL_OUTCOMES)[number];

export interface TerminalRecord extends LedgerHeader {
  readonly paymentId: string;
  readonly act: CardAct;
  readonly currency: string;
  /** What was asked for. */
  readonly amountMinor: number;
  readonly outcome: TerminalOutcomeWord;
  /** Why, in the terminal's words. */
  readonly reason?: string;
  readonly basketId?: string;
  readonly tenderType?: string;
  readonly card?: CardPayment;
}

export const terminalRecordEntry = (header: LedgerHeader, record: Omit<TerminalRecord, keyof LedgerHeader>): LedgerEntry => {
  const { card, ...facts } = record;
  return {
    kind: LEDGER_KINDS.terminalRecord.kind,
    fields: { ...headerFields(header), ...facts, ...(card !== undefined && cardFields(card)) },
  };
};

/** A payment that a terminal accepted alone, and that its host declined afterwards: the sale stands, and somebody has to look. */
export interface CardException extends LedgerHeader {
  readonly paymentId: string;
  readonly receiptNumber: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly reason: string;
}

export const cardExceptionEntry = (header: LedgerHeader, exception: Omit<CardException, keyof LedgerHeader>): LedgerEntry => ({
  kind: LEDGER_KINDS.cardException.kind,
  fields: { ...headerFields(header), ...exception },
});

export function readCardException(fields: Fields): Result<CardException, MalformedEntry> {
  const read = readFields(fields);
  return finished(read, {
    ...readHeader(read),
    paymentId: read.text('paymentId'),
    receiptNumber: read.text('receiptNumber'),
    currency: read.text('currency'),
    amountMinor: read.int('amountMinor', 1, MAX_AMOUNT_MINOR),
    reason: read.text('reason'),
  });
}

/** It was accepted by its host, too. */
export type CardForwarded = Omit<CardException, 'reason'>;

export const cardForwardedEntry = (header: LedgerHeader, forwarded: Omit<CardForwarded, keyof LedgerHeader>): LedgerEntry => ({
  kind: LEDGER_KINDS.cardForwarded.kind,
  fields: { ...headerFields(header), ...forwarded },
});

export const CARD_CLEARINGS = ['collected', 'writtenOff', 'notCharged', 'givenBack'] as const;
export type CardClearing = (typeof CARD_CLEARINGS)[number];

/** `unknown`: its answer was lost and its basket went on. `stuck`: the terminal cannot tell. `toForward`: accepted offline. `declinedLater`: and declined since. */
export const CARD_CASE_STATES = ['unknown', 'stuck', 'toForward', 'declinedLater'] as const;
export type CardCaseState = (typeof CARD_CASE_STATES)[number];

/**
 * What a person may find out about a payment that the machine can do no more for. Of one that stands in a sale: whether its money came. Of one that stands in none: whether the card was
 * charged at all; of money that went out so, whether it came back.
 */
export function cardClearingsOf(state: CardCaseState, act: CardAct): readonly CardClearing[] {
  switch (state) {
    case 'toForward':
    case 'declinedLater':
      return ['collected', 'writtenOff'];
    case 'unknown':
    case 'stuck':
      return act === 'payment' ? ['notCharged', 'givenBack'] : ['notCharged', 'collected', 'writtenOff'];
    default:
      return unreachable(state, 'cardClearingsOf');
  }
}

/** Somebody found out what became of it: got the money after all, or gave it up; or the card was never charged, or was given its money back. */
export interface CardExceptionCleared extends LedgerHeader {
  readonly paymentId: string;
  readonly how: CardClearing;
  readonly reason: string;
}

export const cardClearingEntry = (header: LedgerHeader, cleared: Omit<CardExceptionCleared, keyof LedgerHeader>): LedgerEntry => ({
  kind: LEDGER_KINDS.cardClearing.kind,
  fields: { ...headerFields(header), ...cleared },
});

/** What a terminal counted when it was settled, beside what the lane had. */
export interface TerminalSettlement extends LedgerHeader {
  readonly currency: string;
  readonly terminalId?: string;
  readonly brands: readonly { readonly brand: string; readonly count: number; readonly amountMinor: number }[];
  readonly countedMinor: number;
  readonly ownMinor: number;
  readonly ownCount: number;
}

export const terminalSettlementEntry = (
  header: LedgerHeader,
  { brands, ...settlement }: Omit<TerminalSettlement, keyof LedgerHeader>,
): LedgerEntry => ({
  kind: LEDGER_KINDS.terminalSettlement.kind,
  fields: { ...headerFields(header), ...settlement, brands: brands.map((row) => ({ ...row })) },
});

const MAX_TRANSACTIONS = 1_000_000;

export function readTerminalSettlement(fields: Fields): Result<TerminalSettlement, MalformedEntry> {
  const read = readFields(fields);
  const terminalId = read.optionalText('terminalId');
  const brands = read.list('brands', (row) => ({
    brand: row.text('brand'),
    count: row.int('count', 0, MAX_TRANSACTIONS),
    amountMinor: row.int('amountMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
  }));
  const countedMinor = read.int('countedMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR);
  if (brands.reduce((sum, { amountMinor }) => sum + amountMinor, 0) !== countedMinor) read.fail('countedMinor', 'the sum of its brands', 0);
  return finished(read, {
    ...readHeader(read),
    currency: read.text('currency'),
    ...(terminalId !== undefined && { terminalId }),
    brands,
    countedMinor,
    ownMinor: read.int('ownMinor', -MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
    ownCount: read.int('ownCount', 0, MAX_TRANSACTIONS),
  });
}

/** What an entry of its own says of a terminal's payment. What a sale says stands in its tenders. */
export interface CardFact {
  readonly paymentId: string;
  readonly says: TerminalOutcomeWord | 'declinedLater' | 'forwarded' | 'cleared';
  readonly operator: string;
  readonly training: boolean;
  readonly act?: string;
  readonly currency?: string;
  readonly amountMinor?: number;
  readonly receiptNumber?: string;
  readonly reason?: string;
  readonly how?: CardClearing;
}

/** Undefined: it is of another kind. */
export function readCardFact({ kind, fields }: LedgerEntry): Result<CardFact, MalformedEntry> | undefined {
  const { terminalRecord, cardException, cardForwarded, cardClearing } = LEDGER_KINDS;
  const read = readFields(fields);
  const facts = (says: CardFact['says']) => {
    const [act, currency, receiptNumber] = [read.optionalText('act'), read.optionalText('currency'), read.optionalText('receiptNumber')];
    const [reason, amountMinor] = [read.optionalText('reason'), read.optionalInt('amountMinor', 0, MAX_AMOUNT_MINOR)];
    const { operator, training } = readHeader(read);
    const paymentId = read.text('paymentId');
    if (!PAYMENT_ID.test(paymentId)) read.fail('paymentId', 'ten letters and digits', '');
    return {
      paymentId,
      says,
      operator,
      training,
      ...(act !== undefined && { act }),
      ...(currency !== undefined && { currency }),
      ...(amountMinor !== undefined && { amountMinor }),
      ...(receiptNumber !== undefined && { receiptNumber }),
      ...(reason !== undefined && { reason }),
    };
  };
  switch (kind) {
    case terminalRecord.kind: {
      const outcome = read.text('outcome');
      const says =
        TERMINAL_OUTCOMES.find((word) => word === outcome) ?? read.fail('outcome', TERMINAL_OUTCOMES.join(' or '), 'unknown' as const);
      return finished(read, facts(says));
    }
    case cardException.kind:
      return finished(read, facts('declinedLater'));
    case cardForwarded.kind:
      return finished(read, facts('forwarded'));
    case cardClearing.kind: {
      const word = read.text('how');
      const how = CARD_CLEARINGS.find((known) => known === word) ?? read.fail('how', CARD_CLEARINGS.join(' or '), 'writtenOff' as const);
      return finished(read, { ...facts('cleared'), how });
    }
    default:
      return undefined;
  }
}
