import { expect, test } from 'vitest';

import {
  type Attribute,
  type AttributeForm,
  attributeFilterIn,
  attributeKind,
  changedValues,
  codeOfName,
  definitionOf,
  keptNumber,
  NEW_ATTRIBUTE,
  valueFields,
  writtenOf,
} from './attributes.ts';

const FABRIC: Attribute = { attribute: 'fabric', name: 'Fabric', type: 'choice', choices: ['Wool', 'Silk'], category: 'Clothes' };
const VOLTAGE: Attribute = { attribute: 'voltage', name: 'Voltage', type: 'number', unit: 'V', decimals: 1 };

test('what a person left as it was is not sent; what they emptied is taken away, and what is shown no more is left alone', () => {
  const fields = [{ attribute: 'fabric' }, { attribute: 'voltage' }, { attribute: 'organic' }];
  const held = { fabric: 'Wool', voltage: '12.5' };
  expect(changedValues(fields, {}, held)).toEqual({});
  expect(changedValues(fields, { fabric: 'Wool ', voltage: ' ', organic: '' }, held)).toEqual({ voltage: null });
  expect(changedValues([{ attribute: 'constructor' }], {}, {})).toEqual({});
  expect(changedValues(fields, { fabric: 'Silk', organic: 'yes', size: 'M' }, held)).toEqual({ fabric: 'Silk', organic: 'yes' });
});

test.each<[what: string, path: readonly string[], held: AttributeForm, shown: readonly string[]]>([
  ['of its category and of all goods', ['Clothes', 'Shirts'], {}, ['Fabric', 'Voltage']],
  ['of all goods alone', ['Lamps'], {}, ['Voltage']],
  ['what it has from another category', ['Lamps'], { fabric: 'Wool' }, ['Fabric left', 'Voltage']],
  ['called as any object has something', ['Lamps'], { constructor: 'x' }, ['Voltage', 'constructor left']],
  ['what nobody defines any more', [], { gone: 'x' }, ['Voltage', 'gone left']],
])('an article’s fields are %s', (_what, path, held, shown) => {
  expect(valueFields([FABRIC, VOLTAGE], path, held).map(({ name, isLeft }) => (isLeft ? `${name} left` : name))).toEqual(shown);
});

test.each([
  ['12,50', '12.5'],
  [' 012. ', '12'],
  ['-0,0', '0'],
  ['-007.10', '-7.1'],
  ['0.05', '0.05'],
  ['twelve', 'twelve'],
])('the number %j is kept as %s', (typed, kept) => {
  expect(keptNumber(typed)).toBe(kept);
});

test('a filter names an attribute, and may name its value', () => {
  expect(attributeFilterIn('ratio:16:9')).toEqual({ code: 'ratio', value: '16:9' });
  expect(attributeFilterIn('ratio')).toEqual({ code: 'ratio', value: '' });
});

test.each([
  ['Größe (cm)', 'grosse-cm'],
  ['  Énergie class ', 'energie-class'],
  ['電圧', ''],
])('a name %j gives the code %j', (name, code) => {
  expect(codeOfName(name)).toBe(code);
});

test('how each is kept is said in one line', () => {
  expect(attributeKind(VOLTAGE)).toBe('Number, V, 1 decimal');
  expect(attributeKind(FABRIC)).toBe('One of 2: Wool, Silk');
  expect(attributeKind({ ...FABRIC, choices: ['A', 'B', 'C', 'D', 'E'] })).toBe('One of 5: A, B, C, D …');
});

test('a definition is what its type has; what is missing is not sent', () => {
  const written = { ...NEW_ATTRIBUTE, code: 'size', name: ' Size ', unit: 'cm', decimals: '2', choices: 'S\n\n M ' };
  expect(definitionOf(written)).toEqual({ name: 'Size', type: 'text' });
  expect(definitionOf({ ...written, type: 'number', category: 'Shoes' })).toEqual({
    name: 'Size',
    type: 'number',
    unit: 'cm',
    decimals: 2,
    category: 'Shoes',
  });
  expect(definitionOf({ ...written, type: 'choice' })).toEqual({ name: 'Size', type: 'choice', choices: ['S', 'M'] });
  expect(definitionOf({ ...written, type: 'choice', choices: '\n' })).toBeUndefined();
  expect(definitionOf({ ...written, code: 'Size' })).toBeUndefined();
  expect(definitionOf({ ...written, name: ' ' })).toBeUndefined();
  for (const { attribute, ...definition } of [FABRIC, VOLTAGE])
    expect(definitionOf(writtenOf({ attribute, ...definition }))).toEqual(definition);
});
