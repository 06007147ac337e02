import { expect, test } from 'vitest';

import { hear, keys, type Press, scans, typedText } from './testing/keyboard.ts';
import { wedgeProfileOf } from './wedge.ts';

const MILK = '4006381333931';
const SCAN = keys(`${MILK}⏎`, 4);

/** What came in · the scans · what was typed · terminators that reached the page. */
const cases: readonly [name: string, presses: readonly Press[], scans: readonly string[], typed: string, passed: number][] = [
  ['a scan', SCAN, [MILK], '', 0],
  ['two scans, back to back', [...SCAN, ...keys(`${MILK}⏎`, 4, 5)], [MILK, MILK], '', 0],
  ['a slow scanner, 30 ms a character', keys(`${MILK}⏎`, 30), [MILK], '', 0],
  ['a scanner that ends with two terminators', [...SCAN, ['⏎', 2]], [MILK], '', 0],
  ['a person at 60 ms a key', keys('123456⏎', 60), [], '123456', 1],
  ['a quick person at 40 ms a key', keys('123456⏎', 40), [], '123456', 1],
  ['a PLU', keys('4011⏎', 80), [], '4011', 1],
  ['a short label, very fast', keys('22423⏎', 3), ['22423'], '', 0],
  ['a short burst, not fast enough for a label', keys('22423⏎', 20), [], '22423', 1],
  ['quantity, then a scan', [...keys('3*', 90), ...keys(`${MILK}⏎`, 4, 120)], [MILK], '3*', 0],
  ['quantity and scan in one breath', keys(`3*${MILK}⏎`, 4), [MILK], '3*', 0],
  ['a weight and a scan in one breath', keys(`0.842*${MILK}⏎`, 4), [MILK], '0.842*', 0],
  ['a digit just before a scan', [...keys('3', 0), ...keys(`${MILK}⏎`, 4, 50)], [MILK], '3', 0],
  ['a figure of one hand, a scan of the other, as close as two hands are', [...keys('1', 0), ...keys(`${MILK}⏎`, 2, 44)], [MILK], '1', 0],
  ['a code of fourteen digits whose second one came late', [...keys('1', 0), ...keys('4006381333938⏎', 2, 44)], ['14006381333938'], '', 0],
  ['a slow scanner’s code that no digits check', keys('14006381333931⏎', 20), ['14006381333931'], '', 0],
  ['a scan whose machine stalled in the middle', [...keys('4006381', 4), ...keys('333931⏎', 4, 180)], [MILK], '', 0],
  ['a word, faster than a person', keys('chocolate', 3), [], 'chocolate', 0],
  ['Enter alone', keys('⏎', 0), [], '', 1],
  ['digits, then another key at once', [...keys('20', 5), ['⇥', 5]], [], '20', 0],
];

test.each(cases)('%s', (_name, presses, expectedScans, typed, passed) => {
  const heard = hear(presses);
  expect(scans(heard.effects)).toEqual(expectedScans);
  expect(typedText(heard.effects)).toBe(typed);
  expect(heard.passed).toBe(passed);
});

test('a scan whose first digits were stalled takes them back', () => {
  const heard = hear([...keys('400', 4), ...keys('6381333931⏎', 4, 120)]);
  expect(heard.effects).toEqual([
    { type: 'typed', text: '400' },
    { type: 'scan', code: MILK, takeBack: '400' },
  ]);
});

test('a scan that was stalled takes its first digits back, also where its end is a good GTIN-8 by itself', () => {
  const heard = hear([...keys('95211', 4), ...keys('48001250⏎', 4, 300)]);
  expect(heard.effects).toEqual([
    { type: 'typed', text: '95211' },
    { type: 'scan', code: '9521148001250', takeBack: '95211' },
  ]);
  expect(scans(hear([...keys('3', 4), ...keys('48001250⏎', 4, 300)]).effects)).toEqual(['48001250']);
});

/** As a busy machine brings a scanner's keys, pressed 2 ms apart: the first one 33 ms late, and after `stallAt` nothing for a while. */
const jerky = (code: string, stallAt: number): readonly Press[] =>
  [...`${code}⏎`].map((key, index) => [key, index === 0 ? 1_000 : 2, index < stallAt ? 33 : 33 + 200] as const);
const BADGE = 'HF-BADGE-ALEX';

test('a badge whose keys come by jerks is read whole: they were pressed in a scanner’s rhythm', () => {
  for (const stallAt of [...BADGE].keys()) {
    const { effects, passed } = hear(jerky(BADGE, stallAt));
    expect(scans(effects), `stalled after ${stallAt}`).toEqual([BADGE]);
    expect(typedText(effects)).toBe('');
    expect(passed).toBe(0);
  }
});

test('what was shown of a badge meanwhile is taken back', () => {
  expect(hear(jerky(BADGE, 4)).effects).toEqual([
    { type: 'typed', text: 'HF-B' },
    { type: 'scan', code: BADGE, takeBack: 'HF-B' },
  ]);
});

test('a key that comes late is waited for longer', () => {
  const presses = [...`${BADGE}⏎`].map((key, index): Press => [key, index === 0 ? 1_000 : 2, index < 2 ? 100 : 220]);
  expect(hear(presses).effects).toEqual([{ type: 'scan', code: BADGE, takeBack: '' }]);
});

test('what was shown of a scan that breaks off then is taken back, too', () => {
  const { effects } = hear([...jerky('400638133', 2).slice(0, -1), ['…', 1_000]]);
  expect(effects).toEqual([
    { type: 'typed', text: '40' },
    { type: 'torn', text: '400638133', takeBack: '40' },
  ]);
});

test('a quantity that was shown already is not shown again by its sign', () => {
  const { effects } = hear([...keys('3', 0), ['*', 40, 200], ...keys(`${MILK}⏎`, 4, 120)]);
  expect(typedText(effects)).toBe('3*');
  expect(scans(effects)).toEqual([MILK]);
});

test('a figure that was shown before the scan of the other hand came stays', () => {
  const late = [...keys('1', 0), ...[...`${MILK}⏎`].map((key, index): Press => [key, index === 0 ? 44 : 2, index < 2 ? 60 : 300])];
  expect(hear(late).effects).toEqual([
    { type: 'typed', text: '1' },
    { type: 'typed', text: '40' },
    { type: 'scan', code: MILK, takeBack: '40' },
  ]);
});

test('a scan that is whole takes nothing back', () => {
  const heard = hear([...keys('400', 80), ...keys(`${MILK}⏎`, 4, 60)]);
  expect(heard.effects.at(-1)).toEqual({ type: 'scan', code: MILK, takeBack: '' });
});

test('a scan that breaks off is heard once, types nothing, and its late end presses nothing', () => {
  const heard = hear([...keys('40063813', 4), ['…', 400], ['9', 150], ['3', 4], ['⏎', 20]]);
  expect(heard.effects[0]).toEqual({ type: 'torn', text: '40063813', takeBack: '' });
  expect(typedText(heard.effects)).toBe('');
  expect(heard.passed).toBe(0);
});

test('with a prefix, only what carries it is a scan; its symbology behind it is a part of the code', () => {
  const profile = wedgeProfileOf({ scannerPrefix: '#', scannerSuffix: 'any' });
  expect(scans(hear(keys(`#${MILK}⏎`, 4), profile).effects)).toEqual([MILK]);
  expect(scans(hear(keys(`#]E0${MILK}⏎`, 4), profile).effects)).toEqual([`]E0${MILK}`]);
  // So short, and so slow a one, nobody could tell by its rhythm.
  expect(scans(hear(keys('#12⏎', 4), profile).effects)).toEqual(['12']);
  const typedFast = hear(keys(`${MILK}⏎`, 4), profile);
  expect(scans(typedFast.effects)).toEqual([]);
  expect(typedText(typedFast.effects)).toBe('');
});

test('where a scanner ends its codes by one key, the other one ends none', () => {
  const profile = wedgeProfileOf({ scannerPrefix: 'none', scannerSuffix: 'Tab' });
  expect(profile.terminators).toEqual(['Tab']);
  expect(wedgeProfileOf({ scannerPrefix: 'none', scannerSuffix: 'any' }).terminators).toEqual(['Enter', 'Tab']);
});
