import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  amountOf,
  eraseCharacter,
  parseEntry,
  parseTypedNumber,
  parseWeight,
  scaleTypedNumber,
  toggleReturning,
  typeCharacter,
  withoutQuantity,
} from './entry.ts';

const type = (text: string): string => [...text].reduce(typeCharacter, '');

/** Typed · what stands there · quantity and its decimals · the rest · kind. */
const cases = [
  ['3', '3', undefined, '3', 'number'],
  ['3*', '3 × ', [3, 0], '', 'empty'],
  ['3x', '3 × ', [3, 0], '', 'empty'],
  ['3*4011', '3 × 4011', [3, 0], '4011', 'number'],
  ['0.842*', '0.842 × ', [842, 3], '', 'empty'],
  ['0,842*4011', '0,842 × 4011', [842, 3], '4011', 'number'],
  ['3*4*', '4 × ', [4, 0], '', 'empty'],
  ['*', '', undefined, '', 'empty'],
  ['20.50', '20.50', undefined, '20.50', 'number'],
  ['milk 1 l', 'milk 1 l', undefined, 'milk 1 l', 'words'],
  ['2*milk', '2 × milk', [2, 0], 'milk', 'words'],
  ['85123a', '85123a', undefined, '85123a', 'words'],
  ['fax', 'fax', undefined, 'fax', 'words'],
  ['1.2345678*', '1.2345678', undefined, '1.2345678', 'number'],
] as const;

test.each(cases)('%s', (typed, text, quantity, body, kind) => {
  expect(type(typed)).toBe(text);
  const entry = parseEntry(text);
  expect(entry.quantity).toEqual(quantity === undefined ? undefined : { value: quantity[0], decimals: quantity[1] });
  expect(entry.body).toBe(body);
  expect(entry.kind).toBe(kind);
});

test('a weight may have its tare behind a minus; digits with a minus stay a code', () => {
  expect(type('0.512-0.012*4600')).toBe('0.512-0.012 × 4600');
  expect(amountOf(parseEntry('0.512-0.012 × 4600'))).toEqual({ quantity: 512, typedDecimals: 3, tare: 12, tareDecimals: 3 });
  expect(amountOf(parseEntry('\u22120.512-0.012 × '))).toEqual({ quantity: -512, typedDecimals: 3, tare: 12, tareDecimals: 3 });
  expect(parseWeight('0.512')).toEqual({ quantity: { value: 512, decimals: 3 }, tare: undefined });
  expect(parseWeight('0.512-')).toEqual({ quantity: undefined, tare: undefined });
  expect(type('0.512-*')).toBe('0.512-');
  expect(parseEntry('0.512-0.0').kind).toBe('number');
  expect(parseEntry('123-456').kind).toBe('words');
});

test('erasing takes one character, and a × whole', () => {
  expect(eraseCharacter('3 × ')).toBe('3');
  expect(eraseCharacter('3 × 4')).toBe('3 × ');
  expect(eraseCharacter('')).toBe('');
});

test('the return key turns the sign, and back', () => {
  expect(amountOf(parseEntry(toggleReturning('')))).toEqual({ quantity: -1, typedDecimals: 0 });
  expect(amountOf(parseEntry(toggleReturning('3 × ')))).toEqual({ quantity: -3, typedDecimals: 0 });
  expect(toggleReturning(toggleReturning('3 × '))).toBe('3 × ');
});

test('a scan takes the quantity and leaves what was being typed', () => {
  expect(withoutQuantity('3 × ')).toBe('');
  expect(withoutQuantity('30')).toBe('30');
});

test('numbers are exact, and too many decimals are none', () => {
  expect(scaleTypedNumber({ value: 205, decimals: 1 }, 2)).toBe(2_050);
  expect(scaleTypedNumber({ value: 20_505, decimals: 3 }, 2)).toBeUndefined();
  expect(parseTypedNumber('1234567890')).toBeUndefined();
  expect(parseTypedNumber('.5')).toEqual({ value: 5, decimals: 1 });
  expect(parseTypedNumber('.')).toBeUndefined();
});

test('an amount typed in major units is the same amount in minor units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999_999 }), fc.integer({ min: 0, max: 3 }), (minor, decimals) => {
      const digits = String(minor).padStart(decimals + 1, '0');
      const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
      const typed = parseTypedNumber(text);
      expect(typed === undefined ? undefined : scaleTypedNumber(typed, decimals)).toBe(minor);
    }),
  );
});
