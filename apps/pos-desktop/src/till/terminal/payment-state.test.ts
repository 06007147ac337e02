import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { END_STATES, nextPaymentState, OPEN_STATES, type PaymentChange, type PaymentEvent, type PaymentState } from './payment-state.ts';

const APPROVED = { type: 'approved', amountMinor: 119, isOffline: false, card: {} } as const;
const outcome = (type: 'approved' | 'declined' | 'notStarted' | 'unknown'): PaymentEvent => ({
  type: 'outcome',
  outcome: {
    approved: APPROVED,
    declined: { type: 'declined', reason: 'refused' } as const,
    notStarted: { type: 'notStarted', reason: 'busy', detail: '' } as const,
    unknown: { type: 'unknown', reason: 'lost' } as const,
  }[type],
});
const answer = (type: 'approved' | 'declined' | 'inProgress' | 'notFound' | 'unclear' | 'unreachable'): PaymentEvent => ({
  type: 'answer',
  answer:
    type === 'approved'
      ? APPROVED
      : type === 'declined'
        ? { type, reason: 'refused' }
        : type === 'unreachable'
          ? { type, detail: '' }
          : { type },
});

const EVENTS: Readonly<Record<string, PaymentEvent>> = {
  sending: { type: 'sending' },
  'outcome approved': outcome('approved'),
  'outcome declined': outcome('declined'),
  'outcome not started': outcome('notStarted'),
  'outcome unknown': outcome('unknown'),
  'answer approved': answer('approved'),
  'answer declined': answer('declined'),
  'answer in progress': answer('inProgress'),
  'answer not found': answer('notFound'),
  'answer unclear': answer('unclear'),
  'answer unreachable': answer('unreachable'),
  'given up': { type: 'givenUp' },
  left: { type: 'left' },
  restarted: { type: 'restarted' },
};

/** Whatever is not here changes nothing. */
const TABLE = `
wanted  | sending             | sent
wanted  | outcome not started | notCharged
wanted  | given up            | notCharged
wanted  | restarted           | notCharged
sent    | outcome approved    | approved
sent    | outcome declined    | declined
sent    | outcome not started | notCharged
sent    | outcome unknown     | unknown
sent    | restarted           | unknown
unknown | answer approved     | approved
unknown | answer declined     | declined
unknown | answer not found    | notCharged
unknown | left                | left
left    | answer approved     | approved
left    | answer declined     | declined
left    | answer not found    | notCharged
left    | answer unclear      | stuck
`;
const NEXT = new Map(
  TABLE.trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .map(([state, event, next]) => [`${state} ${event}`, next]),
);

describe('an order to the terminal', () => {
  for (const state of [...OPEN_STATES, ...END_STATES])
    test.each(Object.entries(EVENTS))(`${state}, %s`, (name, event) => {
      expect(nextPaymentState(state, event)?.state).toBe(NEXT.get(`${state} ${name}`));
    });

  test('that may have been sent is never wanted again, whatever comes; and one that may have charged is never called not charged without the terminal’s word', () => {
    const word = fc.constantFrom(...Object.keys(EVENTS));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        let state: PaymentState = 'wanted';
        let wasSent = false;
        for (const name of words) {
          const event = EVENTS[name];
          const next: PaymentChange | undefined = event === undefined ? undefined : nextPaymentState(state, event);
          if (next === undefined) continue;
          state = next.state;
          if (state === 'sent') wasSent = true;
          expect(wasSent && state === 'wanted').toBe(false);
          const isTold = event?.type === 'outcome' || event?.type === 'answer';
          expect(wasSent && state === 'notCharged' && !isTold).toBe(false);
          expect(state === 'approved').toBe(next.approved !== undefined);
        }
      }),
    );
  });
});
