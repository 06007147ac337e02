import { expect, test } from 'vitest';

import { draftOf, formOf } from './customers.ts';

const PERSON = { name: 'Erika Muster', phone: '+491761234567', cards: ['4711', '4712'], language: 'de', consentAtMs: 1 } as const;
const RIGHTS = {
  groups: ['club', 'staff'],
  exemptionCertificate: 'DIPL-8',
  exemptionTo: '2027-01-01',
  onAccount: true,
  accountLimit: { amount: '500.00', currency: 'EUR' },
};

test('what is held goes through the form unchanged', () => {
  const { consentAtMs: _consentAtMs, ...said } = PERSON;
  expect(draftOf(formOf('1', 'USD', { person: PERSON, rights: RIGHTS }))).toEqual({ store: '1', person: said, rights: RIGHTS });
});

test('what is empty is not said; lists have commas and stray spaces; an end without a certificate is none', () => {
  const form = { ...formOf('2', 'EUR'), name: 'Kim', cards: ' 1 ,, 2', groups: ' ', exemptionTo: '2027-01-01' };
  expect(draftOf(form)).toEqual({ store: '2', person: { name: 'Kim', cards: ['1', '2'] }, rights: { groups: [], onAccount: false } });
});

test('a limit is of the home store’s currency; without one there is none', () => {
  const form = { ...formOf('2', 'JPY'), name: 'Kim', onAccount: true, accountLimit: ' 50000 ' };
  expect(draftOf(form)).toMatchObject({ rights: { onAccount: true, accountLimit: { amount: '50000', currency: 'JPY' } } });
  expect(draftOf({ ...form, accountLimit: ' ' })).not.toHaveProperty('rights.accountLimit');
});
