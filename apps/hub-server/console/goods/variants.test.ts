import { expect, test } from 'vitest';

import { baseName, fieldsOfVariant, matrixOf, type Options, proposedSku, type Style } from './variants.ts';

const optionsOf = (text: string): Options =>
  text === '' ? [] : text.split('; ').map((part) => ({ name: part.split(': ')[0] ?? '', value: part.split(': ')[1] ?? '' }));
const variant = (sku: string, text = ''): Style['variants'][number] => ({ sku, name: sku, options: optionsOf(text), price: null });
const shown = (axes: Readonly<Record<string, string>>, variants: Style['variants'], further = ''): readonly string[] => {
  const matrix = matrixOf(
    { axes: Object.entries(axes).map(([name, values]) => ({ name, values: values.split(' ') })), variants },
    optionsOf(further),
  );
  const head = `${matrix.rowNames.join(' · ')} / ${[matrix.columnName ?? '', ...matrix.columns].join(' ')}`;
  const lines = matrix.rows.map(
    ({ label, cells }) => `${label}: ${cells.map((cell) => cell.variants.map(({ sku }) => sku).join('+') || '–').join(' ')}`,
  );
  return [head, ...lines, ...(matrix.rest.length > 0 ? [`rest: ${matrix.rest.map(({ sku }) => sku).join(' ')}`] : [])];
};

test('variants stand where their options cross; what nobody made is a gap, what a file made twice stands twice', () => {
  const shirts = [
    variant('1', 'Colour: White; Size: M'),
    variant('2', 'Colour: Blue; Size: XL'),
    variant('3', 'Colour: Blue; Size: XL'),
    variant('4', 'Colour: Blue'),
    variant('5'),
  ];
  expect(shown({ Colour: 'Blue White', Size: 'M XL' }, shirts)).toEqual(['Colour / Size M XL', 'Blue: – 2+3', 'White: 1 –', 'rest: 4 5']);
  expect(shown({ Size: 'S M' }, [variant('1', 'Size: M'), variant('2', 'Size: S')], 'Size: L')).toEqual([
    'Size / ',
    'S: 2',
    'M: 1',
    'L: –',
  ]);
  const slim = [variant('1', 'Colour: Blue; Fit: Slim; Size: M'), variant('2', 'Colour: Blue; Fit: Wide; Size: L')];
  expect(shown({ Colour: 'Blue', Fit: 'Slim Wide', Size: 'M L' }, slim)).toEqual([
    'Colour · Fit / Size M L',
    'Blue · Slim: 1 –',
    'Blue · Wide: – 2',
  ]);
  expect(shown({}, [variant('5')])).toEqual([' / ', 'rest: 5']);
});

const options = [
  { name: 'Size', value: 'M' },
  { name: 'Colour', value: 'Sky blue' },
];

test.each([
  ['Oxford shirt', 'Oxford shirt'],
  ['Oxford shirt M Sky blue', 'Oxford shirt'],
  ['Oxford shirt, sky blue / M', 'Oxford shirt'],
  ['Merino M shirt', 'Merino shirt'],
  ['M', 'Oxford'],
])('%s is called %s before it is told apart', (name, expected) => expect(baseName(name, options, 'Oxford')).toBe(expected));

test.each([
  ['OX-M-SKYBLUE', 'OX-L-RED'],
  ['4711', '4711-L-RED'],
])('beside %s another variant is %s', (sku, expected) =>
  expect(
    proposedSku(sku, options, [
      { name: 'Size', value: 'L' },
      { name: 'Colour', value: 'red' },
    ]),
  ).toBe(expected),
);

test('another variant is like the one that is looked at, but in what is its own', () => {
  const held = {
    name: 'Oxford shirt M Sky blue',
    style: 'Oxford',
    options: 'Size: M; Colour: Sky blue',
    brand: 'Kern',
    plu: '7',
    picture: 'ab',
    unit: 'piece',
    taxClass: 'standard',
    tare: null,
  };
  expect(fieldsOfVariant(held, options, [{ name: 'Size', value: 'L' }])).toEqual({
    name: 'Oxford shirt',
    style: 'Oxford',
    options: 'Size: L',
    brand: 'Kern',
    unit: 'piece',
    taxClass: 'standard',
  });
});
