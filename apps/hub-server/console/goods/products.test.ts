import { expect, test } from 'vitest';

import { type Change, fieldChanges, keyText, placeText } from '../inquiry/changes.ts';
import { windowOf } from './catalogue-page.tsx';
import { changedFields, codesIn, codesOf, codeText, formOf, shortCode } from './products.ts';

test('what a person left as it was is not sent; what they emptied is cleared; what is no number is not sent at all', () => {
  const held = { name: 'Soap', brand: 'Kern', minimumAgeYears: 16, tare: 3 };
  const form = formOf(held);
  expect(changedFields(form, held)).toEqual({});
  expect(changedFields({ ...form, brand: ' ', name: ' Gel ', minimumAgeYears: '18' }, held)).toEqual({
    name: 'Gel',
    brand: null,
    minimumAgeYears: 18,
  });
  expect(changedFields({ ...form, minimumAgeYears: 'x' }, held)).toBe(undefined);
});

test.each([
  ['04006381333931', '4006381333931'],
  ['00000040170725', '40170725'],
  ['00012345678905', '012345678905'],
  ['10012345678902', '10012345678902'],
  ['K-9', 'K-9'],
])('the key %s is printed as %s', (key, printed) => expect(shortCode(key)).toBe(printed));

test('codes are read one by one, and those of other scopes and PLUs stand elsewhere', () => {
  expect(codesIn(' 123\n456, 123;K-9 ')).toEqual(['123', '456', 'K-9'].map((code) => ({ code, units: 1 })));
  const codes = [
    { code: '04006381333931', scope: 'global' },
    { code: 'plu:77', scope: 'global' },
    { code: 'X', scope: 'store:1' },
  ];
  expect(codesOf({ codes }, 'global')).toEqual([{ code: '4006381333931', units: 1 }]);
});

test.each([
  ['123 × 6', '123 × 6'],
  ['123×6 456', '123 × 6, 456'],
  ['123 x 6\n456', '123 × 6, 456'],
  ['123 X6\n456 * 12', '123 × 6, 456 × 12'],
  ['123\nx 6', '123, x, 6'],
  ['MAX6 K-9x2', 'MAX6, K-9x2'],
  ['123 × 0', '123 × 0'],
  ['123 × 6\n123', '123'],
  ['×6', '×6'],
])('codes of packs %j are read as %s', (text, expected) => {
  const read = codesIn(text);
  expect(read.map(codeText).join(', ')).toBe(expected);
  expect(codesIn(read.map(codeText).join('\n'))).toEqual(read);
});

test('a change is told as a person reads it: of a price what it amounts to, of a moment its day', () => {
  const change: Change = {
    lsn: 7,
    atMs: 0,
    source: 'x',
    by: null,
    type: 'price',
    key: `MILK\u001Fpromotional\u001F${Date.parse('2026-12-01T07:00:00Z')}`,
    scope: 'kiosk@store:7',
    before: { amount: 199, decimals: 2, currency: 'EUR', toMs: null },
    after: { amount: 149, decimals: 2, currency: 'EUR', toMs: Date.parse('2026-12-06T18:00:00Z') },
    withheld: [],
  };
  expect(keyText(change, 'Europe/Berlin')).toBe('MILK · promotional · from 1 Dec 2026, 08:00:00');
  expect(placeText(change.scope)).toBe('Store 7, kiosks');
  expect(fieldChanges(change, 'Europe/Berlin')).toEqual([
    { field: 'price', before: '€1.99', after: '€1.49' },
    { field: 'until', before: null, after: '6 Dec 2026, 19:00:00' },
  ]);
});

test.each([
  [0, 0, 20, { from: 0, to: 0 }],
  [5, 0, 20, { from: 0, to: 5 }],
  [1_000_000, 0, 20, { from: 0, to: 32 }],
  [1_000_000, 500_000, 20, { from: 499_988, to: 500_032 }],
  [1_000, 990, 20, { from: 968, to: 1_000 }],
])('of %d rows at the %dth %d are in view, and so many are drawn: %o', (rows, first, inView, drawn) => {
  expect(windowOf(rows, first, inView)).toEqual(drawn);
});
