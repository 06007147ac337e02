import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { formatQuantity, isUnit, parseQuantity, quantityText } from './quantity.ts';

describe('typed quantities', () => {
  const cases = readTable(`
    text            | unit       | steps
    ----------------+------------+-------------------
    3               | piece      | 3
    -1              | piece      | -1
    1.5             | piece      | malformedQuantity
    3 x             | piece      | 3
    3 pc            | piece      | 3
    3pcs            | piece      | 3
    3 kg            | piece      | malformedQuantity
    0.842           | gram       | 842
    0,842           | gram       | 842
    0.84            | gram       | 840
    1               | gram       | 1000
    0.842 kg        | gram       | 842
    842g            | gram       | 842
    842.5 g         | gram       | malformedQuantity
    0.8421          | gram       | malformedQuantity
    0.33 l          | millilitre | 330
    330 ml          | millilitre | 330
    330 g           | millilitre | malformedQuantity
    1.25            | millimetre | 1250
    1.25 M          | millimetre | 1250
    0               | gram       | 0
    1e3             | piece      | malformedQuantity
    0x10            | piece      | malformedQuantity
    constructor     | piece      | malformedQuantity
                    | piece      | malformedQuantity
    1000000000      | piece      | 1000000000
    1000000001      | piece      | quantityOutOfRange
    1000000000000000 | piece     | quantityOutOfRange
    1000001         | gram       | quantityOutOfRange
  `);
  test.each(cases)('$text ($unit): $steps', (row) => {
    const unit = cell(row, 'unit');
    if (!isUnit(unit)) throw new Error('the table names a unit');
    const parsed = parseQuantity(cell(row, 'text'), unit);
    expect(parsed.ok ? String(parsed.value.value) : parsed.error.type).toBe(cell(row, 'steps'));
  });
});

test.each([
  [{ value: 842, unit: 'gram' }, '0.842', '0,842 kg'],
  [{ value: -842, unit: 'gram' }, '-0.842', '-0,842 kg'],
  [{ value: 12_005, unit: 'millilitre' }, '12.005', '12,005 l'],
  [{ value: 3, unit: 'piece' }, '3', '3'],
  [{ value: 1_250, unit: 'millimetre' }, '1.250', '1,250 m'],
] as const)('%o reads %s, and %s in German', (quantity, text, german) => {
  expect(quantityText(quantity)).toBe(text);
  expect(formatQuantity(quantity, 'de').replaceAll(/\s/g, ' ')).toBe(german);
});
