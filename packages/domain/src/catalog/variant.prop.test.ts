import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { compareValues, optionsText, parseOptions, sortVariants, variantKey, variantName } from './variant.ts';

const LETTERS = [
  'a',
  'A',
  'M',
  'x',
  'L',
  'ß',
  'ſ',
  'é',
  'e\u0301',
  'İ',
  'ı',
  'ﬁ',
  'م',
  '大',
  '★',
  '👕',
  '7',
  '0',
  ',',
  '.',
  '/',
  ' ',
  '-',
  '=',
  "'",
  '\u200F',
];
const word = fc
  .string({ unit: fc.constantFrom(...LETTERS), minLength: 1, maxLength: 12 })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const options = fc.uniqueArray(fc.record({ name: word, value: word }), {
  maxLength: 4,
  minLength: 1,
  selector: ({ name }) => name.normalize('NFC').toLowerCase(),
});

test('whatever is read as options is written, and read again, as the same', () => {
  fc.assert(
    fc.property(options, (given) => {
      const read = parseOptions(optionsText(given));
      const isTooLong = given.some(({ name, value }) => name.length > 40 || value.length > 40);
      // A word may be longer than what is taken: then it is refused, and not cut.
      expect(read.ok ? read.value : 'refused').toEqual(isTooLong ? 'refused' : given);
    }),
  );
});

test('any text is read or refused; a name says once what tells it apart', () => {
  fc.assert(
    fc.property(
      fc
        .array(word, { minLength: 2, maxLength: 8 })
        .chain((words) =>
          fc
            .array(fc.constantFrom(':', ': ', ';', '; ', '\n'), { minLength: words.length, maxLength: words.length })
            .map((marks) => words.map((each, index) => `${each}${index === words.length - 1 ? '' : marks[index]}`).join('')),
        ),
      (text) => {
        const read = parseOptions(text);
        fc.pre(read.ok);
        expect(parseOptions(optionsText(read.ok ? read.value : []))).toEqual(read);
      },
    ),
  );
  fc.assert(
    fc.property(word, options, (name, given) => {
      const whole = variantName(name, given);
      expect(whole.startsWith(name)).toBe(true);
      expect(variantName(whole, given)).toBe(whole);
    }),
  );
});

test('the order of variants is one, however they come and whatever they say', () => {
  const variants = fc.uniqueArray(fc.record({ sku: word, options: fc.oneof(options, fc.constant([])) }), {
    selector: ({ sku }) => sku,
    maxLength: 8,
  });
  fc.assert(
    fc.property(variants, (given) => {
      expect(sortVariants(given.toReversed())).toEqual(sortVariants(given));
    }),
  );
  fc.assert(
    fc.property(word, word, word, (one, other, third) => {
      expect(Math.sign(compareValues(one, other))).toBe(-Math.sign(compareValues(other, one)) + 0);
      const isBefore = compareValues(one, other) <= 0 && compareValues(other, third) <= 0;
      expect(isBefore && compareValues(one, third) > 0).toBe(false);
    }),
  );
  fc.assert(
    fc.property(options, (given) => {
      expect(variantKey(given.toReversed())).toBe(variantKey(given));
    }),
  );
});
