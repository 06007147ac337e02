import { describe, expect, test } from 'vitest';

import type { Places } from '../api.ts';
import { addMonths, currencyAt, EMPTY_FORM, lineOf, packText, reasonText, weeksOf, withoutPrice } from './prices.ts';

const store = (name: string, zone: string, currency: string) =>
  ({ store: name, name: `Store ${name}`, zone, currency }) as Places['stores'][number];
const places = { stores: [store('1', '10', 'EUR'), store('2', '9', 'EUR'), store('3', '9', 'GBP')] };

test('places have a currency where all stores that they reach count in one', () => {
  expect(currencyAt(places, ['zone:10', 'store:2'])).toBe('EUR');
  expect(currencyAt(places, ['store:3'])).toBe('GBP');
  expect(currencyAt(places, ['zone:9'])).toBe(undefined);
  expect(currencyAt(places, [])).toBe(undefined);
});

describe('what is written of a price', () => {
  const form = { ...EMPTY_FORM, amount: ' 2.49 ', scopes: ['zone:9'] };
  test('is a line once it has an amount and a place', () => {
    expect(lineOf('MILK', form)).toEqual({ sku: 'MILK', scopes: ['zone:9'], type: 'regular', amount: '2.49', from: '', to: '' });
    expect(lineOf('MILK', { ...form, amount: ' ' })).toBe(undefined);
    expect(lineOf('MILK', { ...form, scopes: [] })).toBe(undefined);
  });
  test('asks for a quantity where its kind does, and keeps conditions from what everybody pays', () => {
    expect(lineOf('MILK', { ...form, type: 'quantityBreak' })).toBe(undefined);
    expect(lineOf('MILK', { ...form, type: 'quantityBreak', fromQuantity: '6', customerGroup: 'gold' })).toMatchObject({
      fromQuantity: 6,
      customerGroup: 'gold',
    });
    expect(lineOf('MILK', { ...form, type: 'member', fromQuantity: 'six' })).toBe(undefined);
    expect(lineOf('MILK', { ...form, type: 'pack' })).toBe(undefined);
    expect(lineOf('MILK', { ...form, type: 'pack', fromQuantity: '6' })).toMatchObject({ type: 'pack', fromQuantity: 6 });
    expect(lineOf('MILK', { ...form, fromQuantity: '6', customerGroup: 'gold' })).not.toHaveProperty('fromQuantity');
  });
  test('a pack that has no price of its own costs its pieces, and its price is of packs alone', () => {
    const priced = { amount: 500, decimals: 2, currency: 'EUR' };
    expect(packText({ ...priced, type: 'pack' }, 6)).toBe('€5.00');
    expect(packText({ ...priced, type: 'regular' }, 6)).toBe('6 × €5.00');
    expect(packText(null, 6)).toBe('no price');
    expect([reasonText('quantity', 'pack'), reasonText('quantity', 'quantityBreak')]).toEqual(['is of its pack', 'is from a quantity']);
  });
  test('a price is taken away by what makes it another one than its neighbours', () => {
    const held = { amount: 99, decimals: 2, currency: 'EUR', type: 'member' as const };
    const more = { key: 'k', toMs: null, priority: 0, reason: null };
    expect(withoutPrice('MILK', { ...more, scope: 'store:1', price: held, fromMs: 1, fromQuantity: 6, customerGroup: null })).toEqual({
      sku: 'MILK',
      scopes: ['store:1'],
      type: 'member',
      amount: null,
      from: '1970-01-01T00:00:00.001Z',
      to: '',
      fromQuantity: 6,
    });
  });
});

describe('months', () => {
  test('are whole weeks from Monday on', () => {
    expect(weeksOf('2026-12').map((week) => `${week[0]} ${week[6]}`)).toEqual([
      '2026-11-30 2026-12-06',
      '2026-12-07 2026-12-13',
      '2026-12-14 2026-12-20',
      '2026-12-21 2026-12-27',
      '2026-12-28 2027-01-03',
    ]);
    expect(weeksOf('2027-02')).toHaveLength(4);
  });
  test('follow each other over the year', () => {
    expect([addMonths('2026-12', 1), addMonths('2026-01', -1), addMonths('2026-03', 0)]).toEqual(['2027-01', '2025-12', '2026-03']);
  });
});
