/** What the screens about card payments say of one. */
import { useFormat } from '@holdfast/ui';

import type { CardCase } from '../../shared/till-contract.ts';
import { useStrings, useTill } from '../sell/sell-context.tsx';
import type { CaseWords } from './cash-strings.ts';

export interface CardWords {
  readonly state: (card: CardCase) => CaseWords;
  readonly amount: (card: CardCase) => string;
  /** By which a person knows it again, in one row. */
  readonly facts: (card: CardCase) => string;
}

/** A number of a receipt reads from left to right in every language. */
const isolated = (text: string): string => `\u2068${text}\u2069`;

export function useCardWords(): CardWords {
  const { cards, terminal } = useStrings();
  const format = useFormat();
  const minorDigits = useTill((view) => view.head?.minorDigits ?? 2);
  const timeZone = useTill((view) => view.status?.timeZone);
  return {
    state: cards.stateOf,
    amount: ({ amountMinor }) => format.money(amountMinor, minorDigits),
    facts: ({ act, atMs, receiptNumber, brand, lastFour }) =>
      [
        act === 'payment' ? undefined : terminal.acts[act],
        format.dateTime(atMs, timeZone),
        receiptNumber,
        brand === undefined || lastFour === undefined ? (brand ?? lastFour) : `${brand} ··${lastFour}`,
      ]
        .filter((part) => part !== undefined)
        .map(isolated)
        .join(' · '),
  };
}
