import { describe, expect, test } from 'vitest';

import { ENTITY_TYPES, parsePriceKey, priceKey, readCode, readDepartment, readItem, readPrice, readTaxClass } from './catalog.ts';

test('numbers and names of fields are unique within each entity type', () => {
  const types = Object.values(ENTITY_TYPES);
  expect(new Set(types.map((type) => type.type)).size).toBe(types.length);
  for (const { name, columns } of types) {
    expect(new Set(columns.map((column) => column.number)).size, name).toBe(columns.length);
    expect(new Set(columns.map((column) => column.name)).size, name).toBe(columns.length);
  }
});

describe('price keys', () => {
  test('go there and back', () => {
    expect(priceKey('85123A', 'regular')).toBe('85123A\u001Fregular\u001F');
    expect(parsePriceKey(priceKey('85123A', 'regular'))).toEqual({ sku: '85123A', type: 'regular' });
    expect(parsePriceKey(priceKey('a b', 'promotional', 1_700_000_000_000))).toEqual({
      sku: 'a b',
      type: 'promotional',
      fromMs: 1_700_000_000_000,
    });
  });

  test.each([
    '',
    'x',
    'x\u001Fregular',
    '\u001Fregular\u001F',
    'x\u001Fcheap\u001F',
    'x\u001Fregular\u001Fsoon',
    'x\u001Fregular\u001F1\u001F',
    'x\u001FquantityBreak\u001F1\u001F02',
    'x\u001Fmember\u001F\u001F\u001F',
    'x\u001Fmember\u001F\u001F6\u001Fgold\u001F',
  ])('%j is none', (key) => {
    expect(parsePriceKey(key)).toBeUndefined();
  });
});

const ITEM = { name: 'Merlot', taxClass: 'standard', unit: 'piece', minimumAgeYears: 18, category: 'Wine' };

describe('an item', () => {
  test('is read with what it has', () => {
    expect(readItem('W1', ITEM)).toEqual({
      ok: true,
      value: { sku: 'W1', name: 'Merlot', taxClass: 'standard', unit: 'piece', minimumAgeYears: 18, category: 'Wine' },
    });
    expect(readItem('W1', { ...ITEM, minimumAgeYears: 0 })).toEqual({
      ok: true,
      value: { sku: 'W1', name: 'Merlot', taxClass: 'standard', unit: 'piece', category: 'Wine' },
    });
  });

  test('has no field that is null: a narrow scope hides the broader value so', () => {
    expect(readItem('W1', { ...ITEM, category: null, minimumAgeYears: null })).toEqual({
      ok: true,
      value: { sku: 'W1', name: 'Merlot', taxClass: 'standard', unit: 'piece' },
    });
  });

  test.each([
    ['name', { ...ITEM, name: undefined }],
    ['name', { ...ITEM, name: 7 }],
    ['taxClass', { ...ITEM, taxClass: null }],
    ['unit', { ...ITEM, unit: 'bushel' }],
    ['unit', { ...ITEM, unit: 'toString' }],
    ['minimumAgeYears', { ...ITEM, minimumAgeYears: 18.5 }],
    ['minimumAgeYears', { ...ITEM, minimumAgeYears: -1 }],
    ['minimumAgeYears', { ...ITEM, minimumAgeYears: 1e15 }],
  ])('with a bad %s is refused by its name: %o', (field, fields) => {
    expect(readItem('W1', fields)).toMatchObject({
      ok: false,
      error: { type: 'malformedEntity', detail: { entity: 'item', key: 'W1', field } },
    });
  });
});

const PRICE = { amount: 599, decimals: 2, currency: 'EUR' };

describe('a price', () => {
  test('is read whole', () => {
    expect(
      readPrice(priceKey('W1', 'promotional', 5), 'zone:2', { ...PRICE, fromMs: 5, toMs: 9, priority: 3, source: 'synthetic' }),
    ).toEqual({
      ok: true,
      value: {
        sku: 'W1',
        scope: 'zone:2',
        type: 'promotional',
        price: { amount: 599, decimals: 2 },
        currency: 'EUR',
        fromMs: 5,
        toMs: 9,
        priority: 3,
        source: 'synthetic',
      },
    });
  });

  test.each([
    ['amount', 'W1\u001Fregular\u001F', { ...PRICE, amount: 1e15 }],
    ['amount', 'W1\u001Fregular\u001F', { ...PRICE, amount: 5.99 }],
    ['amount', 'W1\u001Fregular\u001F', { ...PRICE, decimals: 9 }],
    ['currency', 'W1\u001Fregular\u001F', { ...PRICE, currency: 'XXX' }],
    ['currency', 'W1\u001Fregular\u001F', { ...PRICE, currency: undefined }],
    ['toMs', 'W1\u001Fregular\u001F', { ...PRICE, fromMs: 5, toMs: 5 }],
    ['key', 'W1', PRICE],
    ['key', 'W1\u001Foverride\u001F', PRICE],
    ['fromQuantity', 'W1\u001Fpack\u001F', PRICE],
    ['fromQuantity', 'W1\u001Fpack\u001F\u001F1', { ...PRICE, fromQuantity: 1 }],
    ['fromQuantity', 'W1\u001Fpack\u001F\u001F401', { ...PRICE, fromQuantity: 401 }],
    ['key', 'W1\u001Fpack\u001F\u001F6', { ...PRICE, fromQuantity: 12 }],
  ])('with a bad %s is refused by its name: %j %o', (field, key, fields) => {
    expect(readPrice(key, 'global', fields)).toMatchObject({ ok: false, error: { detail: { entity: 'price', field } } });
  });
});

test('tax classes, codes and departments', () => {
  expect(readTaxClass('standard', { name: 'VAT 19 %', rateBps: 1900 })).toEqual({
    ok: true,
    value: { taxClass: 'standard', name: 'VAT 19 %', rateBps: 1900 },
  });
  expect(readTaxClass('standard', { name: 'VAT', rateBps: -1 })).toMatchObject({ ok: false, error: { detail: { field: 'rateBps' } } });
  expect(readTaxClass('standard', { name: 'VAT', rateBps: 1e15 })).toMatchObject({ ok: false });
  expect(readCode('plu:4011', { sku: 'bananas' })).toEqual({ ok: true, value: { sku: 'bananas', units: 1 } });
  expect(readCode('14006381333945', { sku: 'milk', units: 12 })).toEqual({ ok: true, value: { sku: 'milk', units: 12 } });
  for (const units of [0, -6, 10_000, 1e15, '6', true])
    expect(readCode('14006381333945', { sku: 'milk', units })).toMatchObject({ ok: false, error: { detail: { field: 'units' } } });
  expect(readCode('plu:4011', {})).toMatchObject({ ok: false, error: { detail: { entity: 'code', key: 'plu:4011', field: 'sku' } } });
  expect(readDepartment('Wine', { position: 3 })).toEqual({ ok: true, value: { position: 3 } });
  expect(readDepartment('Wine', { position: 3, unlistedSku: 'W0' })).toEqual({ ok: true, value: { position: 3, unlistedSku: 'W0' } });
  expect(readDepartment('Wine', { position: 'third' })).toMatchObject({ ok: false });
});
