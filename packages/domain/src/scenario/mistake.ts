/** What is wrong with a word or a cell of a scenario file, for the person who wrote it. */
import { err, nearestWord, type Result } from '@holdfast/base';

export interface Mistake {
  readonly type: 'mistake';
  readonly message: string;
}

export const mistake = (message: string): Result<never, Mistake> => err({ type: 'mistake', message });

/** What was written, short enough for one line of an error. */
export const quoted = (text: string): string => `"${text.length > 60 ? `${text.slice(0, 59)}…` : text}"`;

/** `There is no act "scam". Did you mean "scan"?` */
export function unknownWord(what: string, given: string, known: Iterable<string>): Result<never, Mistake> {
  const words = [...known];
  const nearest = nearestWord(given, words);
  const hint = nearest === undefined ? `Known: ${words.join(', ')}.` : `Did you mean "${nearest}"?`;
  return mistake(`There is no ${what} ${quoted(given)}. ${hint}`);
}
