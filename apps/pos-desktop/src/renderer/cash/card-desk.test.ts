import { describe, expect, test } from 'vitest';

import type { CardCase } from '../../shared/till-contract.ts';
import { cardBack, cardEnter, cardFigure, clearCase, isCardTask, type CardList, type CardTask } from './card-desk.ts';

const card = (paymentId: string, clearings: CardCase['clearings'] = ['collected', 'writtenOff']): CardCase => ({
  paymentId,
  act: 'payment',
  state: 'declinedLater',
  amountMinor: 119,
  atMs: 1,
  clearings,
});
const [FIRST, SECOND] = [card('A'), card('B', ['notCharged', 'givenBack'])];
const LIST: CardList = { cases: [FIRST, SECOND], chosen: 1, reasons: ['Journal', 'Bank'] };
const SECOND_TASK: CardTask = { type: 'card', card: SECOND };

test('a drawer’s screen is none of a card’s', () => {
  expect([undefined, { type: 'menu' }, { type: 'cards' }, { type: 'settled' }].map(isCardTask)).toEqual([false, false, true, true]);
});

describe('by keys alone', () => {
  test('the chosen payment, or the one at a figure, is shown; a figure behind the last is nobody’s', () => {
    expect(cardEnter({ type: 'cards' }, LIST)).toEqual({ go: SECOND_TASK });
    expect(cardFigure({ type: 'cards' }, '1', LIST)).toEqual({ go: { type: 'card', card: FIRST } });
    expect(cardFigure({ type: 'cards' }, '3', LIST)).toBeUndefined();
    expect(cardEnter({ type: 'cards' }, { ...LIST, cases: [] })).toBeUndefined();
  });

  test('what became of it, then how that is known, is said to the till', () => {
    const said = cardFigure(SECOND_TASK, '2', LIST);
    expect(said).toEqual({ go: { ...SECOND_TASK, how: 'givenBack' } });
    const known = { ...SECOND_TASK, how: 'givenBack' } as const;
    expect(cardFigure(known, '1', LIST)).toEqual({ ask: { type: 'clearCardCase', paymentId: 'B', how: 'givenBack', reason: 'Journal' } });
    expect(cardFigure(known, '3', LIST)).toBeUndefined();
  });

  test('Enter alone clears nothing, and nothing is cleared before it was said what became of it', () => {
    expect(cardEnter(SECOND_TASK, LIST)).toBeUndefined();
    expect(cardEnter({ ...SECOND_TASK, how: 'notCharged' }, LIST)).toBeUndefined();
    expect(clearCase(SECOND_TASK, 'Journal')).toBeUndefined();
    expect(cardFigure(SECOND_TASK, '3', LIST)).toBeUndefined();
    expect(cardFigure(SECOND_TASK, 'x', LIST)).toBeUndefined();
  });

  test('the terminal is settled only after it was said what that does', () => {
    expect(cardFigure({ type: 'cards' }, '0', LIST)).toEqual({ go: { type: 'settle' } });
    expect(cardFigure({ type: 'settle' }, '1', LIST)).toBeUndefined();
    expect(cardEnter({ type: 'settle' }, LIST)).toEqual({ ask: { type: 'settleTerminal' } });
  });

  test('each step leads back to where it came from', () => {
    expect(cardBack({ ...SECOND_TASK, how: 'notCharged' })).toEqual(SECOND_TASK);
    expect(cardBack(SECOND_TASK)).toEqual({ type: 'cards' });
    expect(cardBack({ type: 'settle' })).toEqual({ type: 'cards' });
    expect(cardBack({ type: 'cards' })).toBeUndefined();
  });
});
