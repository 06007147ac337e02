/** What the screens about the drawer say, in the words of a catalogue. */
import type { Catalogue } from '../strings/catalogue.ts';
import { fill } from '../strings/fill.ts';

export const cashStringsOf = (words: Catalogue['cashAndShift']) => ({
  ...words,
  /** Of what this window has no word for: nothing. */
  kinds: words.kinds as Readonly<Record<string, string | undefined>>,
  open: (shift: number, date: string) => fill(words.open, { shift: String(shift), date }),
  notOpen: (shift: number, date: string) => fill(words.notOpen, { shift: String(shift), date }),
  closedTitle: (shift: number) => fill(words.closedTitle, { shift: String(shift) }),
  rolled: (date: string) => fill(words.rolled, { date }),
  tax: (name: string, rate: string) => fill(words.tax, { name, rate }),
});
