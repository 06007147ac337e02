/** Card payments that somebody has to look at, and the settlement of the lane's terminal, in the place of the drawer's screens. What may be said of a payment the till knows. */
import type { CardClearing } from '@holdfast/domain';

import type { CardCase, ReplyValue, RequestBody } from '../../shared/till-contract.ts';

export type CardSettlement = NonNullable<ReplyValue['settlement']>;

export type CardTask =
  | { readonly type: 'cards' }
  /** `how`: what became of it is said, and how that is known is to be chosen. */
  | { readonly type: 'card'; readonly card: CardCase; readonly how?: CardClearing }
  /** What it does is said before it is done. */
  | { readonly type: 'settle' }
  | { readonly type: 'settled'; readonly settlement: CardSettlement };

export const isCardTask = (task: { readonly type: string } | undefined): task is CardTask =>
  task !== undefined && ['cards', 'card', 'settle', 'settled'].includes(task.type);

/** What a key comes to: another screen, or something for the till. Undefined: nothing. */
export type CardStep = { readonly go: CardTask } | { readonly ask: RequestBody } | undefined;

/** It asks its host about the whole day, perhaps behind what it was asked before. A count that nobody waited for would never be seen: the terminal begins anew. */
export const SETTLE_WITHIN_MS = 60_000;

/** `KeyboardEvent.key` that settles, from the list. */
export const SETTLE_FIGURE = '0';

export interface CardList {
  readonly cases: readonly CardCase[] | undefined;
  readonly chosen: number;
  /** How somebody may know what became of a payment. */
  readonly reasons: readonly string[];
}

export const showCase = (card: CardCase | undefined): CardStep => (card === undefined ? undefined : { go: { type: 'card', card } });

export const clearCase = (task: CardTask, reason: string | undefined): CardStep =>
  task.type !== 'card' || task.how === undefined || reason === undefined
    ? undefined
    : { ask: { type: 'clearCardCase', paymentId: task.card.paymentId, how: task.how, reason } };

/** Enter. Whatever is for ever has a key of its own. */
export function cardEnter(task: CardTask, { cases, chosen }: CardList): CardStep {
  if (task.type === 'cards') return showCase(cases?.[chosen]);
  if (task.type === 'settle') return { ask: { type: 'settleTerminal' } };
  return task.type === 'settled' ? { go: { type: 'cards' } } : undefined;
}

export function cardFigure(task: CardTask, character: string, { cases, reasons }: CardList): CardStep {
  if (task.type === 'cards' && character === SETTLE_FIGURE) return { go: { type: 'settle' } };
  const place = /^[1-9]$/u.test(character) ? Number(character) - 1 : -1;
  if (task.type === 'cards') return showCase(cases?.[place]);
  if (task.type !== 'card') return undefined;
  if (task.how !== undefined) return clearCase(task, reasons[place]);
  const how = task.card.clearings[place];
  return how === undefined ? undefined : { go: { ...task, how } };
}

/** A step back; undefined: out of here. */
export function cardBack(task: CardTask): CardTask | undefined {
  if (task.type === 'cards') return undefined;
  return task.type === 'card' && task.how !== undefined ? { type: 'card', card: task.card } : { type: 'cards' };
}
