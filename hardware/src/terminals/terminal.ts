/**
 * Payment terminals, whatever they speak. Semi-integrated: the terminal reads the card, and what it says is read by an allow-list (`CardFacts`):
 * no card number ever reaches the lane.
 *
 * Duties of who uses one:
 * - An order is on disk before `run` is called; its `serviceId` was never used before, and is never used again.
 * - `prepare` asks what has to be known before (`mark`), and charges nothing; its answer is on disk before `run`, too.
 * - An order that may have been sent is never sent again. Its outcome is asked for (`ask`), as often as it takes.
 * - One thing at a time: `run`, `ask` and `totals` of one terminal wait for each other; `abort` does not.
 *
 * Amounts are integer minor units above 0; what an order does with them, its act says.
 */
import type { Result } from '@holdfast/base';

export const CARD_ENTRIES = ['chip', 'contactless', 'swipe', 'keyed', 'mobile'] as const;
export type CardEntry = (typeof CARD_ENTRIES)[number];

/** All that is kept of what a terminal says of a card. */
export interface CardFacts {
  readonly terminalId?: string;
  /** By which a refund or a reversal names it. */
  readonly transactionId?: string;
  readonly authorisation?: string;
  readonly brand?: string;
  readonly lastFour?: string;
  readonly applicationId?: string;
  readonly entry?: CardEntry;
}

export const TERMINAL_ACTS = ['payment', 'refund', 'reversal'] as const;
export type TerminalAct = (typeof TERMINAL_ACTS)[number];

export interface TerminalOrder {
  /** Ten letters and digits; the terminal knows the transaction again by it. */
  readonly serviceId: string;
  readonly act: TerminalAct;
  /** Cash back included, a tip not. */
  readonly amountMinor: number;
  readonly tipMinor?: number;
  readonly cashBackMinor?: number;
  /** ISO 4217, and its decimals. */
  readonly currency: string;
  readonly minorDigits: number;
  /** Of a reversal, and of a refund that names what it gives back. */
  readonly original?: { readonly transactionId: string; readonly atMs: number };
  /** What `prepare` answered. */
  readonly mark?: string;
  /** Whether the terminal may accept it without its host. */
  readonly mayBeOffline: boolean;
  readonly atMs: number;
}

/** Why the terminal said no: nothing was charged. */
export const DECLINE_REASONS = [
  'refused',
  'invalidCard',
  'notAllowed',
  'cancelled',
  'aborted',
  'timeout',
  'hostUnreachable',
  'originalUnknown',
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

export interface Approved {
  readonly type: 'approved';
  /** As it was authorised: less than was asked for where the card did not have more. */
  readonly amountMinor: number;
  readonly tipMinor?: number;
  /** Accepted by the terminal alone, to be forwarded. */
  readonly isOffline: boolean;
  readonly card: CardFacts;
}
export interface Declined {
  readonly type: 'declined';
  readonly reason: DeclineReason;
}
/** It never began: nothing was charged, and a retry is safe. */
export interface NotStarted {
  readonly type: 'notStarted';
  readonly reason: 'unreachable' | 'noAnswer' | 'busy' | 'notReady';
  /** For the log. */
  readonly detail: string;
}
/** Nobody knows: a retry is not safe; `ask`. */
export interface Unknown {
  readonly type: 'unknown';
  readonly reason: 'noAnswer' | 'lost' | 'garbled';
}
export type TerminalOutcome = Approved | Declined | NotStarted | Unknown;

export type TerminalAnswer =
  | Approved
  | Declined
  /** Somebody stands before it. */
  | { readonly type: 'inProgress' }
  /** It never came there: nothing was charged. */
  | { readonly type: 'notFound' }
  /** It has done other things since, and cannot tell any more: a person looks into its journal. */
  | { readonly type: 'unclear' }
  | { readonly type: 'unreachable'; readonly detail: string };

/** What the terminal counted since it was settled last. */
export interface TerminalTotals {
  readonly terminalId?: string;
  readonly brands: readonly TerminalTotal[];
}
export interface TerminalTotal {
  readonly brand: string;
  readonly count: number;
  /** Payments less refunds. */
  readonly amountMinor: number;
}

export interface PaymentTerminal {
  readonly protocol: 'nexo' | 'zvt';
  readonly address: string;
  prepare(order: TerminalOrder): Promise<Result<{ readonly mark?: string }, NotStarted>>;
  run(order: TerminalOrder): Promise<TerminalOutcome>;
  ask(order: TerminalOrder): Promise<TerminalAnswer>;
  /** A wish: what became of the order, its `run` says. */
  abort(order: TerminalOrder): Promise<void>;
  /** Settles: the terminal begins to count anew. */
  settle(
    order: Pick<TerminalOrder, 'serviceId' | 'currency' | 'minorDigits' | 'atMs'>,
  ): Promise<Result<TerminalTotals, NotStarted | Unknown>>;
  /** Whether it is there and ready. */
  check(order: Pick<TerminalOrder, 'serviceId' | 'atMs'>): Promise<Result<void, NotStarted>>;
}

export const notStarted = (reason: NotStarted['reason'], detail: string): NotStarted => ({ type: 'notStarted', reason, detail });

/** One piece of work after the other. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return await mine;
  };
}
