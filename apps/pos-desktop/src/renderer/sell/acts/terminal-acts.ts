/** What a cashier does while the payment terminal is at work, and once it has said no. */
import { unreachable } from '@holdfast/base';

import type { TerminalView } from '../../../shared/till-contract.ts';
import type { SellCore } from '../sell-core.ts';
import { shownTerminal, type TerminalChoice, terminalChoices } from '../terminal.ts';
import type { PaymentActs } from './payment-acts.ts';

export interface TerminalActs {
  /** What stands in the place of the item keys; undefined: nothing of the terminal. */
  readonly shown: () => TerminalView | undefined;
  readonly choose: (choice: TerminalChoice) => void;
  /** By the figure on its key. True: it was meant for the terminal. */
  readonly typed: (character: string) => boolean;
  /** Its outcome was seen; false where there is none to be seen. */
  readonly dismiss: () => boolean;
}

export const createTerminalActs = (core: SellCore, payments: PaymentActs): TerminalActs => {
  const { client, state, set, command, tone } = core;

  const shown = (): TerminalView | undefined => shownTerminal(client.view().head?.terminal, state().seenPaymentId);

  const seen = (): void => set({ seenPaymentId: shown()?.paymentId });

  const choose = (choice: TerminalChoice): void => {
    const view = shown();
    if (view === undefined || !terminalChoices(view).includes(choice)) return;
    switch (choice) {
      case 'abort':
        return command({ type: 'abortPayment' });
      case 'ask':
        return command({ type: 'askPayment' }, () => tone('ok'));
      case 'leave':
        return command({ type: 'leavePayment' });
      case 'again':
        seen();
        if (view.act === 'refund') payments.payExact();
        else payments.showTenders();
        return undefined;
      case 'byHand':
        seen();
        return payments.refundByHand();
      case 'ok':
        return seen();
      default:
        return unreachable(choice, 'terminalActs.choose');
    }
  };

  return {
    shown,
    choose,
    typed: (character) => {
      const view = shown();
      const choice = view === undefined ? undefined : terminalChoices(view)[Number.parseInt(character, 10) - 1];
      if (choice !== undefined) choose(choice);
      return choice !== undefined;
    },
    dismiss: () => {
      const view = shown();
      if (view === undefined || !terminalChoices(view).includes('ok')) return false;
      seen();
      return true;
    },
  };
};
