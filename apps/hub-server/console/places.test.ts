import { expect, test } from 'vitest';

import type { Places } from './api.ts';
import { placeName, placesIn } from './places.ts';

const store = (number: string, zone: string, name: string) => ({ store: number, name, zone }) as Places['stores'][number];
const places = { stores: [store('1', '10', 'One'), store('2', '9', 'Two'), store('3', '9', 'Three')] };

test('places are the company, its zones in their order, and its stores', () => {
  expect(placesIn(places).map(({ items }) => items.map(({ value }) => value))).toEqual([
    ['global'],
    ['zone:9', 'zone:10'],
    ['store:1', 'store:2', 'store:3'],
  ]);
});

test('a store goes by its name; one that is gone by its number', () => {
  expect(['global', 'zone:9', 'store:2', 'store:7'].map((scope) => placeName(places, scope))).toEqual([
    'Everywhere',
    'Zone 9',
    'Two',
    'Store 7',
  ]);
});
