/** Card payments that somebody should look at, as the hub tells them; asking, and noting what was found. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { again } from '../ask.ts';
import { format } from '../format.ts';
import { askHub, type Answer } from '../hub-client.ts';

type CardCases = Answer<'getCardCases'>;
export type CardCase = CardCases['cases'][number];
export type LaneStanding = CardCases['lanes'][number];

/** Worst first, as they are chosen from. */
export const CASE_NAMES: Readonly<Record<CardCase['state'], string>> = {
  double: 'One charge, two sales',
  declinedLater: 'Declined when forwarded',
  stuck: 'Terminal cannot tell',
  unknown: 'Outcome unknown',
  toForward: 'Not forwarded yet',
};

const isCase = (text: string): text is CardCase['state'] => Object.hasOwn(CASE_NAMES, text);

const REASON_NAMES: Readonly<Record<string, string>> = {
  refused: 'the bank said no',
  left: 'the sale went on without it',
  unclear: 'the terminal has no word of it',
  amount: 'another amount than was asked for',
  noTransaction: 'the terminal named no transaction',
  paidOut: 'money went to the card, and no receipt says so',
  originalUnknown: 'the terminal does not know the payment',
  notAllowed: 'the terminal does not allow it',
  hostUnreachable: 'the terminal did not reach its bank',
};
/** A terminal's own word where there is no other. */
export const reasonText = (reason: string): string => REASON_NAMES[reason] ?? reason;

const CLEARING_NAMES: Readonly<Record<string, string>> = {
  collected: 'money came',
  writtenOff: 'written off',
  notCharged: 'no money moved',
  givenBack: 'given back to the card',
};

/** What became of it at its lane, in words; empty: nothing yet. */
export const clearingText = ({ cleared }: CardCase): string =>
  cleared === null
    ? ''
    : [CLEARING_NAMES[cleared.how] ?? cleared.how, cleared.reason, cleared.by].filter((part) => part !== null && part !== '').join(', ');

/** How much of what a lane may accept without the host is taken, and whether there is nothing left. */
export function standingText({ count, sumMinor, limits, currency, minorDigits }: LaneStanding): {
  readonly text: string;
  readonly isFull: boolean;
} {
  const money = (minor: number): string => format.currency(minor, minorDigits, currency);
  if (limits === null) return { text: `${format.count(count)} × · ${money(sumMinor)} · none are allowed now`, isFull: true };
  return {
    text: `${format.count(count)} of ${format.count(limits.count)} · ${money(sumMinor)} of ${money(limits.sumMinor)}`,
    isFull: count >= limits.count || sumMinor >= limits.sumMinor,
  };
}

const REFRESH_MS = 5_000;
export const MOST_CASES = 200;

export interface CardCaseFilter {
  readonly store: string;
  readonly state: string;
  /** Also such as are at an end. */
  readonly all: boolean;
}

export const useCardCases = ({ store, state, all }: CardCaseFilter) =>
  useQuery({
    queryKey: ['cardCases', store, state, all],
    queryFn: ({ signal }) => {
      const of = isCase(state) ? state : undefined;
      return askHub('getCardCases', { question: { limit: MOST_CASES, open: all ? 'false' : 'true', store, state: of } }, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: again(REFRESH_MS),
  });

export interface CardNote {
  readonly note: string;
  readonly isSettled: boolean;
}

export function useNoteCase({ device, paymentId }: Pick<CardCase, 'device' | 'paymentId'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: CardNote) => askHub('postCardCasesNote', { body: { device, paymentId, ...note } }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['cardCases'] }),
  });
}
