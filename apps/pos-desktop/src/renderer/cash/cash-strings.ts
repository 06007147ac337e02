/** What the screens about the drawer say, in the words of a catalogue. */
import type { CardCase, JournalEntryView } from '../../shared/till-contract.ts';
import type { Catalogue } from '../strings/catalogue.ts';
import { fill } from '../strings/fill.ts';
import type { CardTask } from './card-desk.ts';

type Words = Readonly<Record<string, string | undefined>>;

/** An entry of the journal: its kind and its act. What this window has no word for stands as it is written. */
const journalTitleOf = ({ cashAndShift: words, people, terminal }: Catalogue): ((entry: JournalEntryView) => string) => {
  const kinds: Words = words.kinds;
  const acts: Words = {
    ...people.actions,
    ...people.clockActs,
    ...terminal.acts,
    ...words.sessionActs,
    ...words.spanActs,
    ...words.acts,
    ...words.bankActs,
    float: words.float,
    count: words.countSafe,
    close: words.kinds.shiftClose,
  };
  return ({ kind, act }) => [kinds[kind] ?? kind, ...(act === undefined ? [] : [acts[act] ?? act])].join(' · ');
};

export const cashStringsOf = (catalogue: Catalogue, words: Catalogue['cashAndShift'] = catalogue.cashAndShift) => ({
  ...words,
  journalTitle: journalTitleOf(catalogue),
  /** Why: as somebody put it, or in words what the lane wrote by itself. */
  journalReason: (reason: string) => (words.ownReasons as Words)[reason] ?? reason,
  open: (shift: number, date: string) => fill(words.open, { shift: String(shift), date }),
  notOpen: (shift: number, date: string) => fill(words.notOpen, { shift: String(shift), date }),
  closedTitle: (shift: number) => fill(words.closedTitle, { shift: String(shift) }),
  othersOpen: (names: string) => fill(words.othersOpen, { names }),
  closeOther: (name: string) => fill(words.closeOther, { name }),
  whenLeft: (name: string) => fill(words.whenLeft, { name }),
  whenCame: (name: string) => fill(words.whenCame, { name }),
  rolled: (date: string) => fill(words.rolled, { date }),
});

/** What is so, and what is safe to do about it. */
export interface CaseWords {
  readonly title: string;
  readonly detail: string;
  readonly todo: string;
}

export const cardStringsOf = (words: Catalogue['cards']) => ({
  ...words,
  terminal: (terminalId: string) => (terminalId === '' ? words.terminalUnnamed : fill(words.terminal, { terminal: terminalId })),
  /** Money that went out is another matter than money that came in. */
  stateOf: ({ state, act }: Pick<CardCase, 'state' | 'act'>): CaseWords =>
    words.states[state === 'stuck' && act !== 'payment' ? 'stuckOut' : state],
  titleOf: (task: CardTask): readonly [title: string, hint: string] => {
    if (task.type === 'cards') return [words.title, words.hint];
    if (task.type === 'settle') return [words.settle, ''];
    if (task.type === 'settled') return [words.settled, ''];
    const { title } = words.states[task.card.state === 'stuck' && task.card.act !== 'payment' ? 'stuckOut' : task.card.state];
    return [title, task.how === undefined ? '' : words.clearings[task.how]];
  },
});
