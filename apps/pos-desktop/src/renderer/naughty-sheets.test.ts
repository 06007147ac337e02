/**
 * Whatever is pasted or typed into what people, cash and devices ask: it stands there whole, or a row says why it does not, the till is asked nothing that is no
 * request, and what was typed before is kept.
 */
import { beforeEach, expect, test } from 'vitest';

import { NAUGHTY_STRINGS } from '../shared/testing/naughty-strings.ts';
import { createCashController, type CashController } from './cash/cash-controller.ts';
import { createPeopleController, type PeopleController } from './people/people-controller.ts';
import { createSetupController, type SetupController } from './setup/setup-controller.ts';
import { createPeerClient } from './testing/peer-client.ts';
import { PEER_GOODS } from './testing/peer-goods.ts';
import { createPeerTill, PEER_SAM } from './testing/peer-till.ts';
import type { TillClient } from './till-client.ts';
import { readable, type SheetProblem } from './typed-answer.ts';

const SCALE = { devices: [], models: { scale: ['nci', 'dialog-06'] } };
const ENTRIES: Readonly<Record<string, string>> = { ...NAUGHTY_STRINGS, 'a thousand million': '1000000000', decimals: '0.000001' };

interface Sheet {
  readonly state: () => { readonly typed: string; readonly problem: SheetProblem | undefined };
  readonly typed: (text: string) => boolean;
  readonly pasted: (text: string) => boolean;
  readonly key: (key: string) => boolean;
}

let people: PeopleController;
let cash: CashController;
let setup: SetupController;
let malformed: string[];
let tones: string[];

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

beforeEach(async () => {
  const till = createPeerTill(PEER_GOODS);
  till.setStatus({ signOn: 'on', operator: PEER_SAM.user });
  const joined = createPeerClient(till);
  const { client } = joined;
  [malformed, tones] = [joined.malformed, []];
  const tone = (kind: 'ok' | 'error'): void => void tones.push(kind);
  people = createPeopleController(client, tone);
  const withModels: TillClient = {
    ...client,
    request: async (body) => (body.type === 'devices' ? { ok: true, value: { devices: SCALE } } : people.client.request(body)),
  };
  setup = createSetupController(withModels, tone);
  cash = createCashController({
    client: people.client,
    tone,
    reasons: () => ['Stamps'],
    cardReasons: () => [],
    openKeyPages: () => undefined,
  });
  joined.open();
  await settle();
});

const way = async (type: Parameters<CashController['start']>[0]): Promise<Sheet> => {
  cash.start(type);
  await settle();
  return cash;
};
const atSwitch = async (): Promise<Sheet> => {
  people.back();
  people.back();
  people.openSwitch();
  await settle();
  return people;
};
const atScale = async (...steps: readonly (() => void)[]): Promise<Sheet> => {
  setup.discard();
  setup.toggle();
  await settle();
  setup.add('scale');
  for (const step of steps) step();
  return setup;
};
const FIELDS: Readonly<Record<string, () => Promise<Sheet>>> = {
  'somebody’s number': atSwitch,
  'a PIN': async () => {
    const sheet = await atSwitch();
    people.choose(people.state().people[0]!);
    return sheet;
  },
  'an amount paid out': async () => way({ type: 'move', act: 'paidOut' }),
  'how many of a face': async () => way({ type: 'count', of: 'closeShift' }),
  'an amount for the bank': async () => way({ type: 'bank', act: 'bankDeposit' }),
  'the number of a bag': async () => way({ type: 'bank', act: 'bankDeposit', amountMinor: 100 }),
  'a time that is missing': async () => way({ type: 'missing', of: { person: 'kim', name: 'Kim', fromMs: 1 } }),
  'a search of the journal': async () => way({ type: 'journal' }),
  'a model': async () => atScale(),
  'an address': async () => atScale(() => setup.chooseModel('nci')),
};

test.each(Object.entries(FIELDS))('%s', async (_, open) => {
  const faults: string[] = [];
  for (const [what, text] of Object.entries(ENTRIES)) {
    const sheet = await open();
    sheet.typed('1');
    expect(sheet.state().typed).toBe('1');
    sheet.pasted(text);
    const { typed, problem } = sheet.state();
    const isWhole = typed === `1${text.normalize('NFKC').trim()}` || typed === `1${text.trim()}`;
    if (!isWhole && (problem === undefined || typed !== '1')) faults.push(`${what}: “${typed.slice(0, 20)}” stands there`);
    if (String(problem?.detail['text'] ?? '').length > 60) faults.push(`${what}: said whole`);
    for (const character of [...text].slice(0, 300)) sheet.typed(character);
    sheet.key('Enter');
    await settle();
    faults.push(...malformed.splice(0).map((fault) => `${what}: ${fault}`));
  }
  expect(faults).toEqual([]);
});

test('what is pasted where nothing is asked chooses nothing, and is heard', async () => {
  const sheet = await way({ type: 'menu' });
  tones.length = 0;
  expect(sheet.pasted('1')).toBe(true);
  expect([cash.state().task, tones]).toEqual([{ type: 'menu' }, ['error']]);
});

test('what is closed takes nothing', () => {
  expect([people.pasted('1'), setup.pasted('1'), cash.pasted('1')]).toEqual([false, false, false]);
});

test('figures of full width are figures, an amount beyond any is said, and erasing takes a whole character', async () => {
  await way({ type: 'move', act: 'paidOut' });
  cash.pasted('４０.５０');
  expect(cash.state().typed).toBe('40.50');
  cash.key('Escape');
  await way({ type: 'move', act: 'drop' });
  cash.pasted('1000000000');
  cash.key('Enter');
  expect(cash.state()).toMatchObject({ typed: '1000000000', problem: { type: 'notTyped', detail: { text: '1000000000' } } });
  cash.key('Backspace');
  expect(cash.state()).toMatchObject({ typed: '100000000', problem: undefined });
  await way({ type: 'journal' });
  cash.pasted('a🇩🇪');
  cash.key('Backspace');
  expect([...cash.state().typed]).toEqual(['a', '🇩']);
});

test('what would turn the words around is seen in its place', () => {
  expect(readable(NAUGHTY_STRINGS['right to left override']!)).toBe('·00.1· evil·');
  expect(readable('a\u001db')).toBe('a·b');
});
