/** What of the payment terminal stands in the window: whether it has the keys' place, and what may be chosen then. Pure; the till alone knows what became of a payment. */
import { unreachable } from '@holdfast/base';

import type { TerminalView } from '../../shared/till-contract.ts';

export const TERMINAL_CHOICES = ['abort', 'ask', 'leave', 'again', 'byHand', 'ok'] as const;
export type TerminalChoice = (typeof TERMINAL_CHOICES)[number];

/** While it works nothing else is paid. */
export const isAtWork = (view: TerminalView | undefined): boolean =>
  view !== undefined && (view.state === 'starting' || view.state === 'waiting' || view.state === 'unknown');

/** In the place of the item keys, until its outcome was seen. */
export const shownTerminal = (view: TerminalView | undefined, seenPaymentId: string | undefined): TerminalView | undefined =>
  isAtWork(view) || view?.paymentId !== seenPaymentId ? view : undefined;

/** In the order of the figures that choose them; the last resort last. */
export const terminalChoices = ({ act, state, reason, aborting }: TerminalView): readonly TerminalChoice[] => {
  switch (state) {
    case 'starting':
    case 'waiting':
      return aborting === true ? [] : ['abort'];
    case 'unknown':
      return reason === 'inProgress' && aborting !== true ? ['ask', 'abort', 'leave'] : ['ask', 'leave'];
    case 'declined':
    case 'notCharged':
      return act === 'refund' ? ['again', 'byHand', 'ok'] : act === 'payment' ? ['again', 'ok'] : ['ok'];
    case 'left':
      return act === 'refund' ? ['byHand', 'ok'] : ['ok'];
    default:
      return unreachable(state, 'terminalChoices');
  }
};
