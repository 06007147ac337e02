/**
 * What is typed or pasted where no field of the page stands (people, cash, devices): a sheet holds it itself, and says in words what it does not take.
 */
import type { Refusal } from '../shared/till-contract.ts';

/** What the window says by itself: no answer came, what was typed is none, or it is longer than any is. */
export type WindowProblem = 'noAnswer' | 'notTyped' | 'typedTooMuch';
export interface SheetProblem {
  readonly type: Refusal['type'] | WindowProblem;
  readonly detail: Refusal['detail'];
}

/** As much of it as a person needs to know it again. */
const MOST_SHOWN = 24;
const FIRST_PRINTABLE = 0x20;
/** They would turn around, or hide, the words that stand beside them. */
const UNSEEN = /[\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/u;

/** What cannot be printed stands where it was, and can be seen. */
export const readable = (text: string): string =>
  [...text].map((character) => ((character.codePointAt(0) ?? 0) < FIRST_PRINTABLE || UNSEEN.test(character) ? '·' : character)).join('');

export const notTyped = (text: string): SheetProblem => {
  const shown = readable(text.slice(0, 2 * MOST_SHOWN));
  const characters = [...shown];
  const isWhole = shown.length >= text.length && characters.length <= MOST_SHOWN;
  return { type: 'notTyped', detail: { text: isWhole ? shown : `${characters.slice(0, MOST_SHOWN).join('')}…` } };
};
/** What is typed next is looked at anew. */
export const isOfTyping = (problem: SheetProblem | undefined): boolean => problem?.type === 'notTyped' || problem?.type === 'typedTooMuch';
export const typedTooMuch = (most: number): SheetProblem => ({ type: 'typedTooMuch', detail: { most } });

/** Without its last character, which may be of two halves. */
export const erasedLast = (text: string): string => [...text].slice(0, -1).join('');
