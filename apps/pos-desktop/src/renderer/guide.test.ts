/**
 * The cashier's guide shows every screen that there is: whoever adds one writes its section, and the end-to-end run that takes its picture
 * (`tools/holdfast/e2e/guide.e2e.ts`) goes there. The types below are the screens; one that is missing here does not compile.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import type { ShopperQuestion } from '../shared/shopper-talk.ts';
import type { TerminalView } from '../shared/till-contract.ts';
import type { CashTask } from './cash/cash-controller.ts';
import type { DisplayView } from './display/display-view.ts';
import type { Asking } from './people/people-controller.ts';
import type { Panel } from './sell/sell-state.ts';
import type { Question, TaskName } from './sell/task.ts';
import type { SetupQuestion } from './setup/setup-controller.ts';

const PANELS: Readonly<Record<Exclude<Panel, 'task'>, true>> = {
  items: true,
  search: true,
  more: true,
  settings: true,
  keyPages: true,
  inquiry: true,
  explanation: true,
  suspended: true,
  keyMap: true,
  tenders: true,
  returns: true,
  receipts: true,
};
/** What each function asks. */
const QUESTIONS: Readonly<Record<TaskName, readonly Question['type'][]>> = {
  customer: ['text', 'person'],
  newCustomer: ['text', 'word'],
  coupon: ['text'],
  exemption: ['text'],
  drawer: ['reason'],
  age: ['word'],
  discount: ['number', 'unit', 'reason'],
  price: ['number', 'reason'],
  balance: ['card', 'text', 'told'],
  describe: ['word', 'text'],
  slip: ['word'],
  mail: ['text'],
  // Of a card that was given back elsewhere: the guide's own terminal gives it back.
  cardSlip: [],
  invoice: ['text'],
  unlisted: ['number', 'department'],
  goods: ['text', 'number'],
};
const TERMINAL: Readonly<Record<TerminalView['state'], boolean>> = {
  // Gone before anybody has read it.
  starting: false,
  waiting: true,
  unknown: true,
  declined: true,
  notCharged: true,
  left: true,
};
const CASH: Readonly<Record<CashTask['type'], boolean>> = {
  menu: true,
  count: true,
  move: true,
  safe: true,
  bank: true,
  journal: true,
  // Where each cashier has a drawer of their own: the guide's store has one for each lane.
  others: false,
  attendance: true,
  missing: true,
  closed: true,
  cards: true,
  card: true,
  settle: true,
  settled: true,
};
const PEOPLE: Readonly<Record<Asking['type'], true>> = { signOn: true, switch: true, leave: true, wish: true };
const SETUP: Readonly<Record<SetupQuestion['type'], boolean>> = {
  // Of a device that was found, and does not say what it is.
  kind: false,
  model: true,
  address: true,
  leave: true,
};
const DISPLAY: Readonly<Record<DisplayView['type'] | ShopperQuestion['about'], boolean>> = {
  // Until its till has spoken for the first time; afterwards the last of the sale stands.
  connecting: false,
  idle: true,
  sale: true,
  completed: true,
  loyalty: true,
  tip: true,
  consent: true,
  signature: true,
};

const namesOf = (prefix: string, screens: Readonly<Record<string, boolean>>): readonly string[] =>
  Object.entries(screens).flatMap(([name, isShown]) => (isShown ? [`${prefix}-${name}`] : []));
const SCREENS: readonly string[] = [
  ...namesOf('sell', PANELS),
  ...Object.entries(QUESTIONS).flatMap(([name, questions]) => questions.map((question) => `task-${name}-${question}`)),
  ...namesOf('terminal', TERMINAL),
  ...namesOf('cash', CASH),
  ...namesOf('people', PEOPLE),
  ...namesOf('setup', SETUP),
  ...namesOf('display', DISPLAY),
];

const GUIDES = new URL('../../../../docs/guides/', import.meta.url);
const GUIDE = readFileSync(new URL('cashier.md', GUIDES), 'utf8');
const SHOWN = [...GUIDE.matchAll(/\]\(images\/([\w-]+)\.webp\)/gu)].map(([, name = '']) => name);
/** The guide's own pictures, and the same in other languages. */
const LANGUAGES = ['', 'de/', 'ar/'];
const pictures = (folder: string): readonly string[] =>
  readdirSync(new URL(`images/${folder}`, GUIDES)).filter((name) => name.endsWith('.webp'));
const MOST_BYTES = 3_000_000;

test('each screen has its section', () => {
  expect(SCREENS.filter((name) => !SHOWN.includes(name))).toEqual([]);
  expect(new Set(SHOWN).size).toBe(SHOWN.length);
});

test.each(LANGUAGES)('each section has its picture, and no picture is of nothing: %s', (folder) => {
  expect(pictures(folder).toSorted()).toEqual(SHOWN.map((name) => `${name}.webp`).toSorted());
});

test('they are small', () => {
  const bytes = LANGUAGES.flatMap((folder) =>
    pictures(folder).map((name) => statSync(fileURLToPath(new URL(`images/${folder}${name}`, GUIDES))).size),
  );
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
});
