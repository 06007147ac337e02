/** Six catalogues that say the same things: a text that one of them lacks does not compile; what types cannot see is checked here. */
import { JOURNAL_ACTS, JOURNAL_KIND_NAMES, JOURNAL_REASONS, REFUSAL_TYPES } from '@holdfast/domain';
import { createFormat, directionOf } from '@holdfast/ui';
import { describe, expect, test } from 'vitest';

import type { LineView, Status } from '../shared/till-contract.ts';
import { CATALOGUES, createStrings, isLanguage, type Language, LANGUAGE_NAMES, LANGUAGES, stringsOf } from './strings.ts';
import { fill } from './strings/fill.ts';

const CONTEXT = { format: createFormat('en'), minorDigits: 2, subject: 'Milk' };

/** Every text by its path; the forms of a plural are one text, as languages have different ones. */
const textsOf = (value: unknown, path = ''): readonly (readonly [string, string])[] => {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) throw new Error(`${path} is no text`);
  if ('other' in value) return [[path, String(value.other)]];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
};
const placeholders = (text: string): string => [...new Set(text.match(/\{\w+\}/gu))].sort().join(' ');

/** A keyboard is not translated, and reasons may be more or fewer. */
const isOwn = (path: string): boolean => path.startsWith('.letterRows');
const english = new Map(textsOf(CATALOGUES.en));

describe.each(LANGUAGES.filter((language) => language !== 'en'))('%s', (language) => {
  const own = new Map(textsOf(CATALOGUES[language]));

  test('has every text of the English one, and no other', () => {
    expect([...own.keys()].filter((path) => !isOwn(path)).sort()).toEqual([...english.keys()].filter((path) => !isOwn(path)).sort());
  });

  test('says what is in the way of goods whose price is 0', () => {
    expect(own.get('.refusals.notForSale.0')).toMatch(/0$|0です$/u);
  });

  const shared = [...own].filter(([path]) => !isOwn(path));

  test('says what the English one says: no figure, name or code is lost', () => {
    const named = shared.map(([path, text]) => `${path} ${placeholders(text)}`);
    expect(named).toEqual(shared.map(([path]) => `${path} ${placeholders(english.get(path) ?? '')}`));
  });

  test('leaves nothing empty that is not empty in English', () => {
    expect(shared.filter(([path, text]) => text.trim() === '' && english.get(path) !== '')).toEqual([]);
  });

  test('is translated: hardly a text is the English one', () => {
    const same = [...own].filter(([path, text]) => text.length > 4 && english.get(path) === text && !isOwn(path));
    expect(same.length, same.map(([path]) => path).join(' ')).toBeLessThan(own.size / 25);
  });

  test('has a plural form for each number that its language tells apart', () => {
    const rules = new Intl.PluralRules(language);
    for (const count of [0, 1, 2, 3, 11, 100]) {
      const forms: Readonly<Record<string, string>> = CATALOGUES[language].items;
      expect(forms[rules.select(count)], `${count}`).toBeDefined();
    }
  });
});

test.each(LANGUAGES)('%s has words for every kind of the journal', (language) => {
  expect(Object.keys(CATALOGUES[language].cashAndShift.kinds).toSorted()).toEqual([...JOURNAL_KIND_NAMES]);
});

test.each(LANGUAGES)('%s says each act of the journal and each reason that a lane writes by itself', (language) => {
  const { cashAndShift } = stringsOf(language);
  const entry = { epoch: 'e', seq: 1, atMs: 0, hash: '', businessDate: '', drawer: '', operator: '', training: false };
  const raw = Object.entries(JOURNAL_ACTS).flatMap(([kind, acts]) =>
    acts.filter((act) => cashAndShift.journalTitle({ ...entry, kind, act }).endsWith(` · ${act}`)).map((act) => `${kind} ${act}`),
  );
  expect(raw).toEqual([]);
  expect(Object.keys(CATALOGUES[language].cashAndShift.ownReasons).toSorted()).toEqual([...JOURNAL_REASONS].toSorted());
  expect(cashAndShift.journalTitle({ ...entry, kind: 'hologram', act: 'blink' })).toBe('hologram · blink');
  expect(cashAndShift.journalReason('the lid was open')).toBe('the lid was open');
});

test('where words run to the left, a receipt’s number, time and total are each read in their own order', () => {
  expect(stringsOf('en').receiptTitle('2-bd7a-000001', '06:47', '42.96')).toBe('2-bd7a-000001, 06:47, 42.96');
  expect(stringsOf('ar').receiptTitle('2-bd7a-000001', '06:47', '42.96')).toBe(
    '\u20682-bd7a-000001\u2069, \u206806:47\u2069, \u206842.96\u2069',
  );
});

test.each(LANGUAGES)('%s has words for every refusal, in two rows', (language) => {
  for (const type of REFUSAL_TYPES) {
    const { title, detail } = stringsOf(language).refusal({ type, detail: {} }, CONTEXT);
    expect(title, type).not.toBe('');
    expect(detail, type).not.toMatch(/[{}]|^ ·|· *$|· *·/u);
  }
});

test('each language knows its name and its direction', () => {
  expect(Object.keys(LANGUAGE_NAMES).sort()).toEqual([...LANGUAGES].sort());
  expect(LANGUAGES.map((language) => directionOf(language))).toEqual(['ltr', 'ltr', 'ltr', 'ltr', 'rtl', 'ltr']);
  expect(isLanguage('tlh')).toBe(false);
});

test('what comes back is counted with its sign, also where one has no figure', () => {
  const said = (['en', 'ar'] as const).map((language) => [-2, -1, 1].map((count) => stringsOf(language).items(count, CONTEXT.format)));
  expect(said).toEqual([
    ['\u22122 items', '\u22121 item', '1 item'],
    ['\u2068\u22122\u2069 صنف', '\u2068\u22121\u2069 صنف', 'صنف واحد'],
  ]);
});

test('what is filled in keeps its own direction where the words run to the left', () => {
  expect(stringsOf('ar').taxOf('VAT 19 %', true)).toBe('منها \u2068VAT 19 %\u2069');
  expect(stringsOf('de').taxOf('VAT 19 %', true)).toBe('darin VAT 19 %');
});

test('a part whose value is not known is left out', () => {
  expect(fill('{a} · at most {b} · kept', { a: 'Milk' })).toBe('Milk · kept');
  expect(fill('{a} · at most {b} · kept', { a: '', b: '2.00' })).toBe('at most 2.00 · kept');
  expect(fill('lane {a}', {})).toBe('lane ');
});

describe('English', () => {
  const strings = createStrings('en');
  const { format } = CONTEXT;

  test('one is not many', () => {
    expect([0, 1, 2_000].map((count) => strings.items(count, format))).toEqual(['0 items', '1 item', '2,000 items']);
  });

  test('a refusal takes its words from its detail, its money in the sale’s currency', () => {
    const say = (type: 'notCovered' | 'notGoods' | 'badTare' | 'tenderTooSmall', detail: Record<string, string | number>) =>
      Object.values(strings.refusal({ type, detail }, CONTEXT)).join(' / ');
    expect(say('notCovered', { reason: 'offlineLimit', limitMinor: 2_000 })).toContain('the hub does not answer');
    expect(say('notCovered', { reason: 'balance', limitMinor: 2_000 })).toContain('at most 20.00');
    expect(say('notGoods', { kind: 'badge' })).toContain('a staff badge');
    expect(say('notGoods', { kind: 'coupon8110' })).toContain('a coupon');
    expect(say('badTare', { reason: 'tooLarge' })).toContain('leaves nothing');
    expect(say('tenderTooSmall', { dueMinor: 119 })).toContain('1.19 · the basket is kept');
  });

  test('the status line says what waits, and since when', () => {
    const status = { hub: 'offline', waitingSales: 0 } as Status;
    expect(strings.hub(status, format)).toBe('Hub: selling offline');
    expect(strings.hub({ ...status, waitingSales: 37, offlineSinceMs: 0, timeZone: 'UTC' }, format)).toBe(
      'Hub: selling offline since 00:00 · 37 sales waiting',
    );
    expect(strings.hub({ ...status, hub: 'connected' }, format)).toBe('Hub: in step');
    expect(strings.hub({ ...status, hub: 'connected', waitingSales: 1 }, format)).toBe('Hub: sending 1 sale');
  });

  test('a line says what is special about it', () => {
    const line: LineView = {
      lineId: '1',
      position: 1,
      kind: 'item',
      name: 'Beer',
      quantity: { value: -1, unit: 'piece' },
      minimumAgeYears: 16,
      priceType: 'member',
    };
    expect(strings.lineNote(line)).toBe('16+ · age not checked · member’s price · comes back');
    expect(strings.lineNote({ lineId: '1', position: 1, kind: 'item', name: 'Milk', priceType: 'override', reason: 'dented' })).toBe(
      'price changed: dented',
    );
    expect(strings.lineNote({ lineId: '1', position: 1, kind: 'item', name: 'Milk' })).toBe('');
  });
});

test('the same strings each time: a screen compares them by identity', () => {
  const language: Language = 'fr';
  expect(stringsOf(language)).toBe(stringsOf(language));
});
