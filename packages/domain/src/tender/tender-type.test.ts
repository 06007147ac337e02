import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Fields } from '../ledger/ledger.ts';
import { cell, readTable } from '../testing/table.ts';
import { compareTenderTypes, readTenderType } from './tender-type.ts';

describe('what follows from the kind of a tender', () => {
  const cases = readTable(`
    kind        | an excess is     | a refund goes to
    ------------+------------------+-----------------
    card        | refused          | original
    giftCard    | refused          | original
    voucher     | forfeited        | storeCredit
    storeCredit | refused          | original
    onAccount   | refused          | original
  `);
  test.each(cases)('$kind', (row) => {
    expect(readTenderType('mine', { kind: cell(row, 'kind') })).toEqual({
      ok: true,
      value: {
        tenderType: 'mine',
        name: 'mine',
        kind: cell(row, 'kind'),
        overTender: cell(row, 'an excess is'),
        refundTo: cell(row, 'a refund goes to'),
        takesTips: false,
        cashBackMaximumMinor: 0,
      },
    });
  });

  test('cash gives change; foreign cash gives it in local money, at its rate', () => {
    expect(readTenderType('cash', { kind: 'cash' })).toMatchObject({ ok: true, value: { overTender: 'change', refundTo: 'original' } });
    expect(readTenderType('usd', { kind: 'foreignCash', currency: 'USD', rateAmount: 92, rateDecimals: 2 })).toMatchObject({
      ok: true,
      value: { overTender: 'change', refundTo: 'cash', foreign: { currency: 'USD', rate: { amount: 92, decimals: 2 } } },
    });
  });
});

test('the rules that a store sets are read', () => {
  const eligible = { eligibleSkus: 'milk\nbread', eligibleTaxClasses: 'food\n' };
  const read = readTenderType('meal', {
    kind: 'voucher',
    overTender: 'change',
    refundTo: 'cash',
    maximumMinor: 5_000,
    takesTips: true,
    ...eligible,
  });
  assert(read.ok, 'the type can be read');
  expect(read.value).toMatchObject({ overTender: 'change', refundTo: 'cash', maximumMinor: 5_000, takesTips: true });
  expect([...(read.value.eligible?.skus ?? [])]).toEqual(['milk', 'bread']);
  expect([...(read.value.eligible?.taxClasses ?? [])]).toEqual(['food']);
  expect(readTenderType('visa', { kind: 'card', cashBackMaximumMinor: 10_000, refundTo: 'storeCredit' })).toMatchObject({
    ok: true,
    value: { cashBackMaximumMinor: 10_000, refundTo: 'storeCredit' },
  });
});

test('what a benefit card pays is untaxed', () => {
  expect(readTenderType('ebt', { kind: 'card', untaxes: true })).toMatchObject({ ok: true, value: { untaxes: true } });
  expect(readTenderType('ebt', { kind: 'card', untaxes: false })).not.toHaveProperty('value.untaxes');
});

test('a balance is kept only where the type says so', () => {
  expect(readTenderType('gift', { kind: 'giftCard', keepsBalance: true })).toMatchObject({ ok: true, value: { account: 'giftCard' } });
  expect(readTenderType('gift', { kind: 'giftCard', keepsBalance: false })).not.toHaveProperty('value.account');
});

describe('a tender type that makes no sense is not used, and says why', () => {
  test.each<[string, Fields, string]>([
    ['mine', {}, 'kind'],
    ['mine', { kind: 'shells' }, 'kind'],
    ['mine', { kind: 'constructor' }, 'kind'],
    ['mine', { kind: 'cash' }, 'kind'],
    ['cash', { kind: 'card' }, 'kind'],
    ['visa', { kind: 'card', overTender: 'change' }, 'overTender'],
    ['visa', { kind: 'card', refundTo: 'cash' }, 'refundTo'],
    ['meal', { kind: 'voucher', overTender: 'eaten' }, 'overTender'],
    ['meal', { kind: 'voucher', refundTo: 'original' }, 'refundTo'],
    ['meal', { kind: 'voucher', maximumMinor: 0 }, 'maximumMinor'],
    ['meal', { kind: 'voucher', maximumMinor: 1.5 }, 'maximumMinor'],
    ['meal', { kind: 'voucher', maximumMinor: 1e15 }, 'maximumMinor'],
    ['meal', { kind: 'voucher', cashBackMaximumMinor: 100 }, 'cashBackMaximumMinor'],
    ['meal', { kind: 'voucher', takesTips: 'yes' }, 'takesTips'],
    ['meal', { kind: 'voucher', eligibleSkus: 7 }, 'eligibleSkus'],
    ['meal', { kind: 'voucher', eligibleTaxClasses: true }, 'eligibleTaxClasses'],
    ['visa', { kind: 'card', keepsBalance: true }, 'keepsBalance'],
    ['gift', { kind: 'giftCard', keepsBalance: 'yes' }, 'keepsBalance'],
    ['meal', { kind: 'voucher', untaxes: true }, 'untaxes'],
    ['ebt', { kind: 'card', untaxes: true, cashBackMaximumMinor: 100 }, 'untaxes'],
    ['ebt', { kind: 'card', untaxes: 1 }, 'untaxes'],
    ['stars', { kind: 'points' }, 'rateAmount'],
    ['stars', { kind: 'points', rateAmount: 1, rateDecimals: 9 }, 'rateAmount'],
    ['usd', { kind: 'foreignCash' }, 'currency'],
    ['usd', { kind: 'foreignCash', currency: 'XXX', rateAmount: 1, rateDecimals: 0 }, 'currency'],
    ['usd', { kind: 'foreignCash', currency: 'USD', rateAmount: 0, rateDecimals: 0 }, 'rateAmount'],
    ['usd', { kind: 'foreignCash', currency: 'USD', rateAmount: 1, rateDecimals: 9 }, 'rateAmount'],
  ])('%s %o: %s', (key, fields, field) => {
    expect(readTenderType(key, fields)).toMatchObject({ ok: false, error: { type: 'malformedEntity', detail: { key, field } } });
  });
});

test('keys stand by position, and without one by their entity key behind the others', () => {
  const types = [
    ['b', { kind: 'card' }],
    ['z', { kind: 'giftCard', position: 1 }],
    ['a', { kind: 'voucher' }],
    ['y', { kind: 'card', position: 0, name: 'Visa' }],
  ] as const;
  const read = types.map(([key, fields]) => {
    const type = readTenderType(key, fields);
    assert(type.ok, 'the type can be read');
    return type.value;
  });
  expect(read.toSorted(compareTenderTypes).map(({ name }) => name)).toEqual(['Visa', 'z', 'a', 'b']);
});
