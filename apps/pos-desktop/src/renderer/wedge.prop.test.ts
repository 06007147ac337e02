import { isGtin } from '@holdfast/domain';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { hear, keys, type Press, scans, typedText } from './testing/keyboard.ts';
import { DEFAULT_WEDGE_PROFILE } from './wedge.ts';

const { maxGapMs, meanGapMs, shortGapMs, sustainedGapMs, surelyChars, rejoinWithinMs, tornTailMs } = DEFAULT_WEDGE_PROFILE;
const PAUSE_MS = Math.max(rejoinWithinMs, tornTailMs, sustainedGapMs) + 1;

/** By how much later than it was pressed a key is heard of. */
const late = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 800 }));
/** Scanned: digits and letters, as long as codes are. Two of them never join to a third, and none is a figure and a code. */
const code = fc.stringMatching(/^[0-9A-Z]{6,20}$/u).filter((text) => !isGtin(text.slice(1)));
const person = fc.string({ unit: fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz.×'), minLength: 1, maxLength: 12 });

const scanned = code.chain((text) =>
  fc.array(fc.integer({ min: 0, max: meanGapMs }), { minLength: text.length, maxLength: text.length }).map((gaps) => {
    const presses: Press[] = [...text, '⏎'].map((key, index) => [key, index === 0 ? PAUSE_MS : (gaps[index - 1] ?? 0)] as const);
    return { text, isScan: true, presses };
  }),
);
const typed = person.chain((text) =>
  fc.array(fc.integer({ min: maxGapMs + 1, max: 400 }), { minLength: text.length, maxLength: text.length }).map((gaps) => {
    const presses: Press[] = [...text].map((key, index) => [key, index === 0 ? PAUSE_MS : (gaps[index] ?? 0)] as const);
    return { text, isScan: false, presses };
  }),
);

test('whoever does what in whatever order: scans are scans, typing is typing, and neither leaks into the other', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(scanned, typed), { minLength: 1, maxLength: 8 }), (acts) => {
      const heard = hear(acts.flatMap((act) => act.presses));
      expect(scans(heard.effects)).toEqual(acts.flatMap((act) => (act.isScan ? [act.text] : [])));
      expect(typedText(heard.effects)).toBe(acts.map((act) => (act.isScan ? '' : act.text)).join(''));
      expect(heard.passed).toBe(0);
    }),
  );
});

test('nothing is lost and nothing is doubled, whatever the times', () => {
  const press = fc.tuple(fc.constantFrom(...'0123456789AB⏎⇥'), fc.integer({ min: 0, max: 600 }), late);
  fc.assert(
    fc.property(fc.array(press, { maxLength: 60 }), (presses) => {
      const heard = hear(presses);
      let all = '';
      for (const effect of heard.effects) {
        if (effect.type === 'typed') all += effect.text;
        else all = all.slice(0, all.length - effect.takeBack.length) + (effect.type === 'scan' ? effect.code : effect.text);
      }
      expect(all).toBe(presses.map(([key]) => (key === '⏎' || key === '⇥' ? '' : key)).join(''));
    }),
  );
});

test('however late its keys come, a scan is whole, or torn and told so: never cut short', () => {
  fc.assert(
    fc.property(scanned, fc.array(late, { minLength: 21, maxLength: 21 }), ({ text, presses }, lates) => {
      const heard = hear(presses.map(([key, gapMs], index): Press => [key, gapMs, lates[index] ?? 0]));
      const isTorn = heard.effects.some(({ type }) => type === 'torn');
      expect(scans(heard.effects)).toEqual(isTorn ? [] : [text]);
      expect(typedText(heard.effects)).toBe('');
      expect(heard.passed).toBe(0);
    }),
  );
});

test('however late keys come, typing is typing, as it was typed', () => {
  fc.assert(
    fc.property(fc.array(typed, { minLength: 1, maxLength: 4 }), fc.infiniteStream(late), (acts, lates) => {
      const heard = hear(acts.flatMap(({ presses }) => presses.map(([key, gapMs]): Press => [key, gapMs, lates.next().value])));
      expect(scans(heard.effects)).toEqual([]);
      expect(typedText(heard.effects)).toBe(acts.map(({ text }) => text).join(''));
    }),
  );
});

test('a figure that came by itself and a code behind it are told apart', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: shortGapMs }), { minLength: 13, maxLength: 13 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: shortGapMs + 1, max: maxGapMs }), gaps, (figure, pauseMs, rest) => {
      const text = '4006381333931';
      const presses = [String(figure), ...text, '⏎'].map((key, index): Press => [
        key,
        index === 0 ? PAUSE_MS : index === 1 ? pauseMs : (rest[index - 2] ?? 0),
      ]);
      const { effects, passed } = hear(presses);
      expect([scans(effects), typedText(effects), passed]).toEqual([[text], String(figure), 0]);
    }),
  );
});

test('hysteresis: once it is surely a scanner, no stall up to the sustained gap cuts the code', () => {
  fc.assert(
    fc.property(fc.integer({ min: surelyChars, max: 12 }), fc.integer({ min: maxGapMs, max: sustainedGapMs }), (at, stallMs) => {
      const text = '4006381333931';
      const heard = hear([...keys(text.slice(0, at), 2), ...keys(`${text.slice(at)}⏎`, 2, stallMs)]);
      expect(scans(heard.effects)).toEqual([text]);
      expect(typedText(heard.effects)).toBe('');
    }),
  );
});

test('a code with a right check digit comes out whole wherever its first digits stalled', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: surelyChars - 1 }), fc.integer({ min: maxGapMs + 1, max: rejoinWithinMs }), (at, stallMs) => {
      const text = '4006381333931';
      const heard = hear([...keys(text.slice(0, at), 2), ...keys(`${text.slice(at)}⏎`, 2, stallMs)]);
      expect(heard.effects.at(-1)).toEqual({ type: 'scan', code: text, takeBack: text.slice(0, at) });
    }),
  );
});
