import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { checkDigit } from './barcode.ts';
import '../testing/property-runs.ts';
import { parseInStoreTemplates, priceVerifier, readInStoreCode, type InStoreTemplate } from './in-store-code.ts';

const templatesOf = (text: string): readonly InStoreTemplate[] => {
  const templates = parseInStoreTemplates(text);
  if (!templates.ok) throw new Error(templates.error.expected);
  return templates.value;
};

const withCheck = (digits: string): string => digits + checkDigit(digits);

test.each([
  ['2875', '9'],
  ['14685', '6'],
  ['0000', '0'],
  ['00000', '0'],
])('the verifier of %s is %s', (digits, verifier) => expect(priceVerifier(digits)).toBe(verifier));

describe('a code that a store printed', () => {
  test.each(
    readTable(`
      templates                              | code (before its check digit) | reads
      21 iiii v ppp.pp c                     | 211234614685                  | price 14685 / 2 of 1234
      28 iiiii ppp.pp c                      | 281234500499                  | price 499 / 2 of 12345
      29 iiiii ww.www c                      | 291234500842                  | weight 842 / 3 of 12345
      27 xiiii nnnnn c                       | 279123400012                  | count 12 / 0 of 1234
      2 iiiii v pp.pp c                      | 21234592875                   | price 2875 / 2 of 12345
      02 iiiii v pp.pp c                     | 21234592875                   | price 2875 / 2 of 12345
      2 iiiii v pp.pp c                      | 021234592875                  | price 2875 / 2 of 12345
      28 iiiii ppp.pp c / 2812 iii ppppp c   | 281234500499                  | price 499 / 0 of 345
      21 iiii v ppp.pp c                     | 211234714685                  | verifier 6
      21 iiii v ppp.pp c                     | 221234614685                  | like any other
      21 iiii v ppp.pp c                     | 400638133393                  | like any other
    `),
  )('by $templates', (row) => {
    const code = withCheck(cell(row, 'code (before its check digit)'));
    const read = readInStoreCode(code, templatesOf(cell(row, 'templates').replace(' / ', '\n')));
    const got = !read.ok
      ? `verifier ${read.error.detail.expected}`
      : read.value === undefined
        ? 'like any other'
        : `${read.value.kind} ${read.value.value} / ${read.value.decimals} of ${read.value.itemNumber}`;
    expect(got).toBe(cell(row, 'reads'));
  });

  test('is looked up by the code with its value taken out, then by its number', () => {
    const read = readInStoreCode(withCheck('211234614685'), templatesOf('21 iiii v ppp.pp c'));
    expect(read.ok && read.value?.keys).toEqual([`0${withCheck('211234000000')}`, 'plu:1234']);
    const zeros = readInStoreCode(withCheck('280001200499'), templatesOf('28 iiiii ppp.pp c'));
    expect(zeros.ok && zeros.value?.keys).toEqual([`0${withCheck('280001200000')}`, 'plu:00012', 'plu:12']);
  });

  test('one wrong digit of a value is found by its verifier, whichever it is', () => {
    const digits = (length: number): fc.Arbitrary<string> =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom(4, 5).chain((length) => fc.tuple(digits(length), fc.nat({ max: length - 1 }), fc.integer({ min: 1, max: 9 }))),
        ([value, place, shift]) => {
          const wrong = [...value].with(place, String((Number(value[place]) + shift) % 10)).join('');
          expect(priceVerifier(wrong)).not.toBe(priceVerifier(value));
        },
      ),
    );
  });

  test('any text is a template or refused, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'2190ivpwnxc. \n') }), fc.nat({ max: 999_999_999_999 }), (text, number) => {
        const templates = parseInStoreTemplates(text);
        const read = templates.ok ? readInStoreCode(withCheck(String(number).padStart(12, '2')), templates.value) : undefined;
        expect(Number.isSafeInteger(read?.ok === true ? (read.value?.value ?? 0) : 0)).toBe(true);
      }),
    );
  });
});

test.each([
  '21 iiii v ppp.pp',
  '21 iiii v ppp.pp cc',
  '31 iiii v ppp.pp c',
  '21 iii i v pppp i c',
  '21 iii v p ii pppp c',
  '21 iiiiii v ppp c',
  '21 iiii v ppp.ww c',
  '21 iiiii nnn.nn c',
  '21 iiiii wp.www c',
  '21 ppp.pp xxxxx c',
  'price',
])('"%s" is no template', (text) => expect(parseInStoreTemplates(text)).toMatchObject({ ok: false, error: { type: 'malformedTemplate' } }));
