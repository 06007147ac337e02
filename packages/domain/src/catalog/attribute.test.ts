import { expect, test } from 'vitest';

import {
  admitsCategory,
  attributeValueKey,
  attributeValueOf,
  isAttributeCode,
  parseAttributeValueKey,
  readAttribute,
  readAttributeValue,
  sortAttributes,
} from './attribute.ts';

const attributeOf = (fields: Readonly<Record<string, string | number>>, code = 'a') => {
  const read = readAttribute(code, fields);
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
};
const voltage = attributeOf({ name: 'Voltage', type: 'number', unit: 'V', decimals: 2 });
const year = attributeOf({ name: 'Year', type: 'number' });
const fabric = attributeOf({ name: 'Fabric', type: 'choice', choices: 'Cotton\nWool\nLinen\nBaumwolle/Größe' });
const organic = attributeOf({ name: 'Organic', type: 'yesNo' });
const origin = attributeOf({ name: 'Origin', type: 'text' });

test.each([
  [voltage, '12', '12'],
  [voltage, ' 12.50 ', '12.5'],
  [voltage, '12,5', '12.5'],
  [voltage, '0012', '12'],
  [voltage, '0.00', '0'],
  [voltage, '-0', '0'],
  [voltage, '-0.5', '-0.5'],
  [voltage, '999999999.99', '999999999.99'],
  [voltage, '12.500', '12.5'],
  // It may stand between thousands.
  [voltage, '12,500', 'refused'],
  [voltage, '12.345', 'refused'],
  [voltage, '1000000000', 'refused'],
  [voltage, '1e3', 'refused'],
  [voltage, '.5', 'refused'],
  [voltage, '5.', 'refused'],
  [voltage, '+5', 'refused'],
  [voltage, '--5', 'refused'],
  [voltage, 'NaN', 'refused'],
  [voltage, '١٢', 'refused'],
  [voltage, '12 V', 'refused'],
  [voltage, '', 'refused'],
  [year, '1999', '1999'],
  [year, '1999.0', '1999'],
  [year, '1999.5', 'refused'],
  [fabric, 'Cotton', 'Cotton'],
  [fabric, ' wool ', 'Wool'],
  [fabric, 'BAUMWOLLE/GRÖSSE', 'refused'],
  [fabric, 'baumwolle/gro\u0308ße', 'Baumwolle/Größe'],
  [fabric, 'Silk', 'refused'],
  [fabric, 'Cotton\nWool', 'refused'],
  [organic, 'Yes', 'yes'],
  [organic, 'true', 'yes'],
  [organic, '0', 'no'],
  [organic, 'FALSE', 'no'],
  [organic, 'ja', 'refused'],
  [origin, '  Crete, Greece ', 'Crete, Greece'],
  [origin, '=HYPERLINK("http://x")', '=HYPERLINK("http://x")'],
  [origin, 'إسبانيا', 'إسبانيا'],
  [origin, 'a\u0000b', 'refused'],
  [origin, 'a\nb', 'refused'],
  [origin, '\uD800', 'refused'],
  [origin, 'x'.repeat(200), 'x'.repeat(200)],
  [origin, 'x'.repeat(201), 'refused'],
  [origin, '   ', 'refused'],
])('%o: %j is kept as %j', (attribute, written, expected) => {
  const value = attributeValueOf(attribute, written);
  expect(value.ok ? value.value : 'refused').toBe(expected);
});

test.each([
  ['text', { name: 'Origin', type: 'text' }, 'read'],
  ['a choice', { name: 'Fabric', type: 'choice', choices: 'Cotton\nWool' }, 'read'],
  ['a number', { name: 'Power', type: 'number', unit: 'W', decimals: 1, category: 'Lamps' }, 'read'],
  ['no name', { type: 'text' }, 'name'],
  ['a long name', { name: 'x'.repeat(61), type: 'text' }, 'name'],
  ['a name of two lines', { name: 'a\nb', type: 'text' }, 'name'],
  ['no type', { name: 'Origin', type: 'date' }, 'type'],
  ['a unit of no number', { name: 'Origin', type: 'text', unit: 'V' }, 'unit'],
  ['too many decimals', { name: 'Power', type: 'number', decimals: 7 }, 'decimals'],
  ['no choices', { name: 'Fabric', type: 'choice' }, 'choices'],
  ['an empty choice', { name: 'Fabric', type: 'choice', choices: 'Cotton\n' }, 'choices'],
  ['a choice twice', { name: 'Fabric', type: 'choice', choices: 'Cotton\ncotton' }, 'choices'],
  ['choices of a text', { name: 'Fabric', type: 'text', choices: 'Cotton' }, 'choices'],
  ['too many choices', { name: 'Size', type: 'choice', choices: Array.from({ length: 101 }, (_, n) => n).join('\n') }, 'choices'],
])('an attribute with %s', (_, fields, expected) => {
  const read = readAttribute('a', fields);
  expect(read.ok ? 'read' : read.error.detail.field).toBe(expected);
});

test.each([
  ['voltage', true],
  ['energy-label_2', true],
  ['2x', true],
  ['', false],
  ['Voltage', false],
  ['-x', false],
  ['a b', false],
  ['a:b', false],
  ['größe', false],
  ['x'.repeat(41), false],
])('%j is a code: %s', (code, expected) => expect(isAttributeCode(code)).toBe(expected));

test('the key of a value says of which article and attribute it is, and a text that is no such key says nothing', () => {
  expect(parseAttributeValueKey(attributeValueKey('A 1', 'voltage'))).toEqual({ sku: 'A 1', code: 'voltage' });
  for (const key of ['', 'A', '\u001Fvoltage', 'A\u001FVoltage', 'A\u001Fa\u001Fb']) expect(parseAttributeValueKey(key)).toBeUndefined();
  expect(readAttributeValue('A\u001Fx', { value: 'y' })).toEqual({ ok: true, value: { sku: 'A', code: 'x', value: 'y' } });
  for (const [key, value] of [
    ['A', 'y'],
    ['A\u001Fx', ''],
    ['A\u001Fx', ' y'],
    ['A\u001Fx', 5],
  ] as const)
    expect(readAttributeValue(key, { value }).ok).toBe(false);
});

test('one of a category is of what lies in it, and one of none of all goods; they are read by their names', () => {
  const lamps = attributeOf({ name: 'power', type: 'number', category: 'Lamps' }, 'z');
  expect([admitsCategory(lamps, ['Home', 'Lamps', 'LED']), admitsCategory(lamps, ['Home']), admitsCategory(origin, [])]).toEqual([
    true,
    false,
    true,
  ]);
  expect(sortAttributes([voltage, lamps, origin]).map(({ name }) => name)).toEqual(['Origin', 'power', 'Voltage']);
});
