/**
 * What becomes of one order to a payment terminal, as a state machine: `wanted` (nothing was sent), `sent` (it may have been), `unknown` (nobody knows what came of it: the
 * terminal is asked, it is never sent again), `left` (its basket went on without it), and the ends.
 *
 * An end is for ever: whatever is heard afterwards changes nothing. What was charged and stands in no basket is given back (`left` → `approved` → `reversed`).
 */
import { unreachable } from '@holdfast/base';
import type { Approved, TerminalAnswer, TerminalOutcome } from '@holdfast/hardware';

export const OPEN_STATES = ['wanted', 'sent', 'unknown', 'left'] as const;
export const END_STATES = ['approved', 'declined', 'notCharged', 'reversed', 'stuck'] as const;
export const isOpenState = (state: string): boolean => OPEN_STATES.some((open) => open === state);
export type PaymentState = (typeof OPEN_STATES)[number] | (typeof END_STATES)[number];

export type PaymentEvent =
  /** All that had to be known before is known, and on disk: now it is sent. */
  | { readonly type: 'sending'; readonly mark?: string }
  | { readonly type: 'outcome'; readonly outcome: TerminalOutcome }
  | { readonly type: 'answer'; readonly answer: TerminalAnswer }
  /** The cashier gives it up. */
  | { readonly type: 'givenUp' }
  /** The basket goes on without it. */
  | { readonly type: 'left' }
  /** Somebody found out elsewhere what became of it. */
  | { readonly type: 'cleared' }
  /** The till was started again. */
  | { readonly type: 'restarted' };

export interface PaymentChange {
  readonly state: PaymentState;
  readonly approved?: Approved;
  /** Why it was declined, or is not known. */
  readonly reason?: string;
}

/** Undefined: nothing changes. */
export function nextPaymentState(state: PaymentState, event: PaymentEvent): PaymentChange | undefined {
  switch (state) {
    case 'wanted':
      return fromWanted(event);
    case 'sent':
      return fromSent(event);
    case 'unknown':
      return event.type === 'left' ? { state: 'left' } : fromUnknown(event, 'unknown');
    case 'left':
      return event.type === 'cleared' ? { state: 'stuck', reason: 'cleared' } : fromUnknown(event, 'left');
    case 'approved':
    case 'declined':
    case 'notCharged':
    case 'reversed':
    case 'stuck':
      return undefined;
    default:
      return unreachable(state, 'nextPaymentState');
  }
}

function fromWanted(event: PaymentEvent): PaymentChange | undefined {
  if (event.type === 'sending') return { state: 'sent' };
  // Nothing was sent: nothing can have been charged.
  if (event.type === 'givenUp') return { state: 'notCharged', reason: 'aborted' };
  if (event.type === 'restarted') return { state: 'notCharged', reason: 'restarted' };
  return event.type === 'outcome' && event.outcome.type === 'notStarted'
    ? { state: 'notCharged', reason: event.outcome.reason }
    : undefined;
}

function fromSent(event: PaymentEvent): PaymentChange | undefined {
  if (event.type === 'restarted') return { state: 'unknown', reason: 'restarted' };
  if (event.type !== 'outcome') return undefined;
  const { outcome } = event;
  switch (outcome.type) {
    case 'approved':
      return { state: 'approved', approved: outcome };
    case 'declined':
      return { state: 'declined', reason: outcome.reason };
    case 'notStarted':
      return { state: 'notCharged', reason: outcome.reason };
    case 'unknown':
      return { state: 'unknown', reason: outcome.reason };
    default:
      return unreachable(outcome, 'fromSent');
  }
}

function fromUnknown(event: PaymentEvent, state: 'unknown' | 'left'): PaymentChange | undefined {
  if (event.type !== 'answer') return undefined;
  const { answer } = event;
  switch (answer.type) {
    case 'approved':
      return { state: 'approved', approved: answer };
    case 'declined':
      return { state: 'declined', reason: answer.reason };
    case 'notFound':
      return { state: 'notCharged', reason: 'notFound' };
    case 'unclear':
      // While a basket waits, a person may still find out; afterwards one has to.
      return state === 'left' ? { state: 'stuck', reason: 'unclear' } : undefined;
    case 'inProgress':
    case 'unreachable':
      return undefined;
    default:
      return unreachable(answer, 'fromUnknown');
  }
}
