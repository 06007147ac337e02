import { expect, test } from 'vitest';

import { moneyText, textTable } from './text-table.ts';

test.each([
  [976_987_205n, 'GBP', '9,769,872.05 GBP'],
  [-5, 'EUR', '-0.05 EUR'],
  [0, 'EUR', '0.00 EUR'],
  [1_234, 'JPY', '1,234 JPY'],
  [-1_234_567, 'KWD', '-1,234.567 KWD'],
])('%s minor units of %s are %s', (amountMinor, currency, text) => {
  expect(moneyText(amountMinor, currency)).toBe(text);
});

test('columns are as wide as their widest cell; a leading blank sets a column to the right', () => {
  expect(
    textTable(
      ['A', ' B'],
      [
        ['long', '1'],
        ['x', '1000'],
      ],
    ),
  ).toBe('A        B\nlong     1\nx     1000\n');
});
