import { expect, test } from 'vitest';

import type { TerminalView } from '../../shared/till-contract.ts';
import { isAtWork, shownTerminal, terminalChoices } from './terminal.ts';

const VIEW = { paymentId: 'A1B2C3D4E5', act: 'payment', name: 'Card', amountMinor: 129, state: 'waiting' } as const;

test.each<readonly [Partial<TerminalView>, readonly string[]]>([
  [{ state: 'starting' }, ['abort']],
  [{ state: 'waiting' }, ['abort']],
  [{ state: 'waiting', aborting: true }, []],
  [{ state: 'unknown' }, ['ask', 'leave']],
  [{ state: 'unknown', reason: 'inProgress' }, ['ask', 'abort', 'leave']],
  [{ state: 'declined' }, ['again', 'ok']],
  [{ state: 'notCharged', act: 'refund' }, ['again', 'byHand', 'ok']],
  [{ state: 'declined', act: 'reversal' }, ['ok']],
  [{ state: 'left' }, ['ok']],
  [{ state: 'left', act: 'refund' }, ['byHand', 'ok']],
])('at %o', (change, choices) => {
  expect(terminalChoices({ ...VIEW, ...change })).toEqual(choices);
});

test('it has the place of the keys while it works, and afterwards until it was seen', () => {
  const declined = { ...VIEW, state: 'declined' } as const;
  expect(shownTerminal(VIEW, VIEW.paymentId)).toBe(VIEW);
  expect(shownTerminal(declined, undefined)).toBe(declined);
  expect(shownTerminal(declined, VIEW.paymentId)).toBeUndefined();
  expect([isAtWork(VIEW), isAtWork(declined), isAtWork(undefined)]).toEqual([true, false, false]);
});
