/** Card payments that somebody should look at, as the hub tells them, checked on arrival; asking, and noting what was found. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';

import { ask } from './api.ts';
import { format } from './format.ts';

const entryName = { device: z.string(), epoch: z.string(), seq: z.int() };
const CARD_CASES = ['double', 'declinedLater', 'stuck', 'unknown', 'toForward'] as const;

export const cardCaseSchema = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  paymentId: z.string(),
  state: z.enum(CARD_CASES),
  isOpen: z.boolean(),
  counts: z.boolean(),
  act: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  minorDigits: z.int(),
  atMs: z.int(),
  reason: z.string().nullable(),
  sales: z.array(z.object({ ...entryName, receiptNumber: z.string() })),
  cleared: z.object({ how: z.string(), by: z.string(), atMs: z.int(), reason: z.string().nullable() }).nullable(),
  note: z.string().nullable(),
  notedBy: z.string().nullable(),
  notedAtMs: z.int().nullable(),
  isSettled: z.boolean(),
});
export type CardCase = z.infer<typeof cardCaseSchema>;

export const laneStandingSchema = z.object({
  device: z.string(),
  store: z.string(),
  lane: z.int(),
  currency: z.string(),
  minorDigits: z.int(),
  count: z.int(),
  sumMinor: z.int(),
  limits: z.object({ maximumMinor: z.int(), count: z.int(), sumMinor: z.int(), hours: z.int() }).nullable(),
});
export type LaneStanding = z.infer<typeof laneStandingSchema>;

const answerSchema = z.object({ cases: z.array(cardCaseSchema), lanes: z.array(laneStandingSchema) });

/** Worst first, as they are chosen from. */
export const CASE_NAMES: Readonly<Record<CardCase['state'], string>> = {
  double: 'One charge, two sales',
  declinedLater: 'Declined when forwarded',
  stuck: 'Terminal cannot tell',
  unknown: 'Outcome unknown',
  toForward: 'Not forwarded yet',
};

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
      const question = new URLSearchParams({ limit: String(MOST_CASES), open: String(!all) });
      if (store !== '') question.set('store', store);
      if (CARD_CASES.some((name) => name === state)) question.set('state', state);
      return ask(answerSchema, `/api/v1/card-cases?${question}`, {}, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.error === null ? REFRESH_MS : false),
  });

export interface CardNote {
  readonly note: string;
  readonly isSettled: boolean;
}

export function useNoteCase({ device, paymentId }: Pick<CardCase, 'device' | 'paymentId'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (note: CardNote) =>
      ask(z.object({}), '/api/v1/card-cases/note', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ device, paymentId, ...note }),
      }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['cardCases'] }),
  });
}
