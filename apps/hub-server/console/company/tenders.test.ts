import { expect, test } from 'vitest';

import { changedFields, fieldsOf, formOf, marksOf, tenderNameOf } from './tenders.ts';

const CARD = { kind: 'card', name: 'Visa', takesTips: true, cashBackMaximumMinor: 20_000 };

test('only what was written otherwise is sent, an empty field as nothing', () => {
  const before = formOf(CARD);
  expect(changedFields(before, before)).toEqual({});
  expect(changedFields({ ...before, name: 'Visa Debit', cashBackMaximumMinor: '', takesTips: 'no', position: '2' }, before)).toEqual({
    name: 'Visa Debit',
    cashBackMaximumMinor: null,
    takesTips: false,
    position: 2,
  });
  expect(changedFields({ ...before, position: 'first' }, before)).toBeUndefined();
});

test('a kind is asked what it can be', () => {
  expect(fieldsOf('cash').map(({ name }) => name)).toEqual(['name', 'position', 'maximumMinor', 'takesTips']);
  expect(fieldsOf('voucher').map(({ name }) => name)).toContain('overTender');
  expect(fieldsOf('card').map(({ name }) => name)).not.toContain('overTender');
});

test('a list says what is unusual', () => {
  expect(marksOf({ fields: CARD })).toEqual(['takes tips']);
});

test('a tender is called as it is called there', () => {
  const rules = [
    { key: 'visa', fields: CARD },
    { key: 'gift', fields: { kind: 'giftCard' } },
  ];
  expect(['visa', 'gift', 'cash', 'gone'].map((key) => tenderNameOf(rules, key))).toEqual(['Visa', 'gift', 'Cash', 'gone']);
});
