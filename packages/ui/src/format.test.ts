import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { createFormat, directionOf, formatOf, toDecimalString } from './format.ts';

const NBSP = '\u00a0';
const english = createFormat('en-GB');
const german = createFormat('de-DE');

test.each([
  [0, 2, '0.00'],
  [5, 2, '0.05'],
  [-1_205, 2, '\u221212.05'],
  [1_234_567, 2, '12,345.67'],
  [1_500, 0, '1,500'],
  [12_345, 3, '12.345'],
])('money %d with %d decimals is %s', (minor, digits, text) => {
  expect(english.money(minor, digits)).toBe(text);
});

test('hours as they are paid', () => {
  expect([0, 59_999, 60_000, 28_859_999, 86_400_000].map(english.hours)).toEqual(['0:00', '0:00', '0:01', '8:00', '24:00']);
});

test('by locale', () => {
  expect(german.money(1_234_567, 2)).toBe('12.345,67');
  expect(['en-GB', 'de-DE', 'fr', 'es', 'ar', 'ja', 'de-CH'].map((locale) => createFormat(locale).decimalSign).join('')).toBe('.,,,...');
  expect(english.currency(2_488, 2, 'EUR')).toBe('€24.88');
  expect(german.currency(2_488, 2, 'EUR')).toBe(`24,88${NBSP}€`);
});

test('an amount is pointed as it is with its currency, whatever numbers are', () => {
  const inGermany = createFormat('en-DE');
  expect(inGermany.currency(123_456_789, 2, 'EUR')).toBe('€1,234,567.89');
  expect([inGermany.money(123_456_789, 2), inGermany.money(-5, 2), inGermany.decimalSign].join(' ')).toBe('1,234,567.89 \u22120.05 .');
  expect(inGermany.quantity({ value: 842, unit: 'gram' })).toBe(`0.842${NBSP}kg`);
  expect(inGermany.currency(1_500, 0, 'JPY')).toBe('¥1,500');
  expect(createFormat('ja').money(1_500, 0)).toBe('1,500');
  expect(createFormat('ar-u-nu-latn').money(-1_500, 3)).toBe('\u200e\u22121.500');
});

test('moments and days: hours to 24 in every language, and no bare figures of a day', () => {
  const evening = Date.UTC(2026, 10, 27, 15, 5);
  const said = ['en', 'de', 'fr', 'es', 'ja'].map((locale) => createFormat(locale).dateTime(evening, 'UTC'));
  expect(said).toEqual(['Nov 27, 2026, 15:05', '27.11.2026, 15:05', '27 nov. 2026, 15:05', '27 nov 2026, 15:05', '2026/11/27 15:05']);
  expect(['en', 'de', 'ja'].map((locale) => createFormat(locale).day('2026-11-27'))).toEqual(['Nov 27, 2026', '27.11.2026', '2026/11/27']);
});

test('unit prices keep the decimals that they need, and name their unit', () => {
  expect(english.unitPrice({ amount: 1_990, decimals: 3 }, 2, 'gram')).toBe(`1.99${NBSP}/${NBSP}kg`);
  expect(english.unitPrice({ amount: 1, decimals: 3 }, 2, 'piece')).toBe('0.001');
  expect(english.unitPrice({ amount: 5, decimals: 0 }, 2, 'piece')).toBe('5.00');
  expect(english.unitPrice({ amount: 0, decimals: 3 }, 2, 'piece')).toBe('0.00');
});

test('quantities', () => {
  expect(english.quantity({ value: 3, unit: 'piece' })).toBe('3');
  expect(english.quantity({ value: 842, unit: 'gram' })).toBe(`0.842${NBSP}kg`);
  expect(german.quantity({ value: -1_500, unit: 'millilitre' })).toBe(`\u22121,500${NBSP}l`);
});

test('rates', () => {
  expect(english.rate(700)).toBe(`7${NBSP}%`);
  expect(english.rate(550)).toBe(`5.5${NBSP}%`);
  expect(createFormat('ar-u-nu-latn').rate(550)).toBe('5.5%');
  expect(english.tax('Reduced', 700)).toBe(`Reduced 7${NBSP}%`);
  expect(english.tax('VAT 7 %', 700)).toBe('VAT 7 %');
  expect(english.tax('Bottle levy', 0)).toBe('Bottle levy');
});

test('what was made for a locale is made once, and another locale has its own', () => {
  expect(formatOf('de-DE')).toBe(formatOf('de-DE'));
  expect(formatOf('de-DE').money(123_456, 2)).toBe(createFormat('de-DE').money(123_456, 2));
  expect(formatOf('en').money(123_456, 2)).not.toBe(formatOf('de-DE').money(123_456, 2));
});

test('an unknown locale is English, and scripts know their direction', () => {
  expect(createFormat('xx-unknown').money(100, 2)).toBe('1.00');
  expect(directionOf('ar-EG')).toBe('rtl');
  expect(directionOf('de')).toBe('ltr');
});

test('no digit of any amount is ever lost: what is written is what is held', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 6 }), (minor, digits) => {
      const text = english.money(minor, digits).replaceAll(',', '').replace('\u2212', '-');
      expect(text).toBe(toDecimalString(minor, digits));
      expect(BigInt(text.replace('.', ''))).toBe(BigInt(minor));
    }),
  );
});
