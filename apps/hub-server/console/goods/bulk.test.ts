import { expect, test } from 'vitest';

import { changeOf, fieldLabel, percentToBps, wantedWith, type WrittenLine } from './bulk.ts';

const line = (kind: string, value: string, ending = ''): WrittenLine => ({ id: 1, kind, value, ending });

test.each([
  ['5', 500],
  ['+2,5', 250],
  ['-10', -1_000],
  ['−7.25 %', -725],
  ['0.05', 5],
  ['12.345', undefined],
  ['ten', undefined],
  ['', undefined],
] as const)('%s is so many hundredths of a percent: %s', (text, bps) => {
  expect(percentToBps(text)).toBe(bps);
});

test('lines become one change; an empty one takes a field away', () => {
  const lines = [
    line('category', ' Tea '),
    line('brand', ''),
    line('minimumAgeYears', '16'),
    line('putIn', 'winter'),
    line('percent', '5', '99'),
  ];
  expect(changeOf(lines, 'EUR')).toEqual({
    ok: true,
    value: {
      fields: { category: 'Tea', brand: null, minimumAgeYears: 16 },
      collections: { putIn: ['winter'], takeOut: [] },
      price: { percentBps: 500, ending: '99' },
    },
  });
  expect(changeOf([line('amount', '2,49')], 'EUR')).toMatchObject({ value: { price: { amount: '2.49', currency: 'EUR' } } });
});

test('values of attributes go by their codes; an empty one is taken away, and a report is read by their names', () => {
  expect(changeOf([line('attr:voltage', ' 12,5 '), line('attr:fabric', '')], 'EUR')).toEqual({
    ok: true,
    value: { fields: {}, attributes: { voltage: '12,5', fabric: null }, collections: { putIn: [], takeOut: [] } },
  });
  const wanted = wantedWith([{ attribute: 'voltage', name: 'Voltage', type: 'number', unit: 'V' }]);
  expect(['attr:voltage', 'attr:gone', 'brand', 'price'].map((name) => fieldLabel(name, wanted))).toEqual([
    'Voltage, V',
    'attr:gone',
    'Brand',
    'Price',
  ]);
});

test.each([
  ['nothing', [], ''],
  ['a tax class that is not chosen yet', [line('taxClass', '')], ''],
  ['years that are none', [line('minimumAgeYears', 'many')], 'Minimum age: a whole number.'],
  ['all of the price', [line('percent', '-100')], '5, -10 or 2.5: so many percent, and less than all of it.'],
])('%s is not sent', (_what, lines, reason) => {
  expect(changeOf(lines, 'EUR')).toEqual({ ok: false, error: reason });
});
