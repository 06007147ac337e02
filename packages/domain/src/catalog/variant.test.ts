import { expect, test } from 'vitest';

import { readItem } from './catalog.ts';
import { compareValues, optionsAlong, optionsText, parseOptions, sortVariants, variantAxes, variantKey, variantName } from './variant.ts';

test.each([
  ['Size: M', 'Size: M'],
  ['Size: M; Colour: Blue', 'Size: M; Colour: Blue'],
  ['  Size :M;Colour:  Sky blue ', 'Size: M; Colour: Sky blue'],
  ['Scale: 1:72', 'Scale: 1:72'],
  ['Größe: 42,5; Farbe: Grün', 'Größe: 42,5; Farbe: Grün'],
  ['a:1;b:2;c:3;d:4', 'a: 1; b: 2; c: 3; d: 4'],
  ['', 'refused'],
  ['M', 'refused'],
  ['Size:', 'refused'],
  [': M', 'refused'],
  ['Size: M;', 'refused'],
  ['Size: M; size: L', 'refused'],
  ['a:1;b:2;c:3;d:4;e:5', 'refused'],
  ['Size: M\nColour: Blue', 'refused'],
  [`Size: ${'M'.repeat(41)}`, 'refused'],
])('options %j are read as %j', (text, expected) => {
  const read = parseOptions(text);
  expect(read.ok ? optionsText(read.value) : 'refused').toBe(expected);
});

const optionsOf = (text: string) => {
  const read = parseOptions(text);
  return read.ok ? read.value : [];
};

test.each([
  ['Oxford shirt', 'Size: M; Colour: Blue', 'Oxford shirt M Blue'],
  ['Oxford shirt M Blue', 'Size: M; Colour: Blue', 'Oxford shirt M Blue'],
  ['OXFORD SHIRT, m/blue', 'Size: M; Colour: Blue', 'OXFORD SHIRT, m/blue'],
  // `M` begins a word of the name, and is none of its words.
  ['Merino shirt', 'Size: M', 'Merino shirt M'],
  ['Cola', 'Content: 0.5 l', 'Cola 0.5 l'],
  ['Cola 0.5 l', 'Content: 0.5 l', 'Cola 0.5 l'],
  ['Shirt', 'Fit: ★', 'Shirt ★'],
  ['Shirt ★', 'Fit: ★', 'Shirt ★'],
  ['シャツ', 'サイズ: 大', 'シャツ 大'],
])('%s with %s is sold as %s', (name, options, expected) => expect(variantName(name, optionsOf(options))).toBe(expected));

test.each([
  ['XL S M XXS 3XL L', 'XXS S M L XL 3XL'],
  ['10 9 42,5 42 43', '9 10 42 42,5 43'],
  ['white black Blue', 'black Blue white'],
  ['one M 40 S', 'S M 40 one'],
])('values %s are laid out as %s', (given, expected) => expect(given.split(' ').toSorted(compareValues).join(' ')).toBe(expected));

test('what variants differ in, and their order, are told from them alone; written in another case it is the same', () => {
  const variants = [
    { sku: '1', options: optionsOf('Colour: White; Size: M') },
    { sku: '2', options: optionsOf('colour: blue; Size: XL') },
    { sku: '3', options: optionsOf('Size: S; Colour: BLUE') },
    { sku: '4' },
  ];
  expect(variantAxes(variants)).toEqual([
    { name: 'Colour', values: ['blue', 'White'] },
    { name: 'Size', values: ['S', 'M', 'XL'] },
  ]);
  expect(optionsAlong(optionsOf('size: xl; colour: BLUE'), variantAxes(variants))).toEqual(optionsOf('Colour: blue; Size: XL'));
  expect(sortVariants(variants).map(({ sku }) => sku)).toEqual(['3', '2', '1', '4']);
  expect(variantKey(optionsOf('Colour: Blue; Size: S'))).toBe(variantKey(optionsOf('size: s; colour: BLUE')));
  expect(variantKey(optionsOf('Colour: Blue; Size: S'))).not.toBe(variantKey(optionsOf('Colour: S; Size: Blue')));
});

test('an article of a style is named by what tells it apart; options without a style say nothing', () => {
  const fields = { name: 'Oxford shirt', unit: 'piece', taxClass: 'standard' };
  const style = 'Oxford shirt';
  expect(readItem('1', { ...fields, style, options: 'Size: M' })).toMatchObject({
    ok: true,
    value: { name: 'Oxford shirt M', style, options: [{ name: 'Size', value: 'M' }] },
  });
  expect(readItem('1', { ...fields, options: 'Size: M' })).toEqual(readItem('1', fields));
  expect(readItem('1', { ...fields, style })).toMatchObject({ ok: true, value: { name: 'Oxford shirt', style } });
  for (const options of ['M', 'Size: M;', 7, true])
    expect(readItem('1', { ...fields, style, options })).toMatchObject({ ok: false, error: { detail: { field: 'options' } } });
  for (const bad of ['S'.repeat(101), 'Shirt\nTrousers', 7])
    expect(readItem('1', { ...fields, style: bad })).toMatchObject({ ok: false, error: { detail: { field: 'style' } } });
});
