import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import {
  beginningsAsked,
  beginningsOfName,
  codesOfText,
  initialsOf,
  isNamed,
  parsePerson,
  parsePersonalKey,
  personOf,
  personText,
  phoneOf,
  readCustomerCode,
} from './customer.ts';

test.each([
  ['0176 1234567', '49', '+491761234567'],
  ['+49 (176) 123-45.67', '49', '+491761234567'],
  ['0049 176/1234567', '44', '+491761234567'],
  ['(202) 555-0143', '1', '+12025550143'],
  ['٠١٧٦', '49', undefined],
  ['090-1234-5678', '81', '+819012345678'],
  ['1761234567', undefined, '1761234567'],
  ['123', '49', undefined],
  ['+49 0176 1234567890123', undefined, undefined],
  ['+0176123456', undefined, undefined],
  ['0176-ABC', '49', undefined],
  ['', '49', undefined],
])('the phone %s, in %s, is %s', (typed, callingCode, phone) => {
  expect(phoneOf(typed, callingCode)).toBe(phone);
});

test.each([
  ['Erika Mustermann', 'EM'],
  ['Anna-Lena de la Cruz', 'AC'],
  ['Björk', 'B'],
  ['élodie Ångström', 'ÉÅ'],
  ['山田 太郎', '山太'],
  ['محمد علي', 'مع'],
  ['3 Brothers', 'B'],
])('%s is %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

test.each([
  ['mül', 'Jürgen Müller', true],
  ['MULLER jur', 'Jürgen Müller', true],
  ['strasse', 'Anna Straße', true],
  ['ller', 'Jürgen Müller', false],
  ['muller hans', 'Jürgen Müller', false],
  ['Schwarzenb', 'Schwarzenberger', true],
  ['Schwarzenx', 'Schwarzenberger', false],
  ['山', '山田 太郎', true],
  ['محم', 'مُحَمَّد علي', true],
  ['oconnor', 'Sinéad O’Connor', false],
  ['connor', 'Sinéad O’Connor', true],
])('%s finds %s: %s', (text, name, isFound) => {
  expect(isNamed(name, text)).toBe(isFound);
  // The index never hides whom the comparison would find.
  const index = new Set(beginningsOfName(name));
  expect(isFound && !beginningsAsked(text).every((each) => index.has(each))).toBe(false);
});

test('one letter finds nobody, where an alphabet has so few', () => {
  expect(beginningsAsked('m')).toEqual([]);
  expect(beginningsAsked('m k')).toEqual([]);
  expect(beginningsAsked(' .- ')).toEqual([]);
  expect(beginningsAsked('山')).toEqual(['山']);
});

test('what is typed may be a card’s number and a phone’s', () => {
  expect(codesOfText(' 01761234567 ', '49')).toEqual([
    { kind: 'card', text: '01761234567' },
    { kind: 'phone', text: '+491761234567' },
  ]);
  expect(codesOfText('K-4711')).toEqual([{ kind: 'card', text: 'K-4711' }]);
  expect(codesOfText('0176 1234567', '49')).toEqual([{ kind: 'phone', text: '+491761234567' }]);
  expect(codesOfText('Erika Muster')).toEqual([]);
});

const said = { name: '  Erika   Müller ', consentAtMs: 5 };

test('a person is kept in one spelling, sealed as text and read again; what is no such thing is named', () => {
  const person = personOf({ ...said, phone: '0176 1234567', email: ' e@m.example ', cards: ['4711', '4711', ' '], language: 'de' }, '49');
  const kept = { name: 'Erika Müller', phone: '+491761234567', email: 'e@m.example', cards: ['4711'], language: 'de', consentAtMs: 5 };
  expect(person).toEqual({ ok: true, value: kept });
  assert(person.ok, 'it is a person');
  expect(parsePerson(personText(person.value))).toEqual(kept);
  for (const [field, value] of [
    ['name', ' 12 '],
    ['name', 'x'.repeat(121)],
    ['name', 'a\u0007b'],
    ['address', 'x\u0000'],
    ['phone', 'no number'],
    ['email', 'nobody'],
    ['cards', ['two words']],
    ['language', 'xx'],
  ] as const) {
    expect(personOf({ ...said, [field]: value }), field).toEqual({ ok: false, error: { field } });
  }
});

test('nobody’s date of birth is kept: there is no place for one', () => {
  const more = { ...said, birthDate: '1990-01-01', dateOfBirth: '1990-01-01' };
  const person = personOf(more);
  expect(JSON.stringify(person)).not.toContain('1990');
  expect(JSON.stringify(parsePerson(JSON.stringify({ ...said, cards: [], birthDate: '1990-01-01' })))).not.toContain('1990');
});

test.each(['', 'null', '[]', '{}', '{"name":"A","cards":{},"consentAtMs":1}', '{"name":1,"cards":[],"consentAtMs":1}'])(
  '%s is nobody',
  (text) => {
    expect(parsePerson(text)).toBeUndefined();
  },
);

test('a code is hashed, and says whose it is', () => {
  const code = `c1.${'ab'.repeat(16)}`;
  expect(readCustomerCode(code, { customer: 'k-1' })).toEqual({ ok: true, value: 'k-1' });
  expect(readCustomerCode('4711', { customer: 'k-1' })).toMatchObject({ ok: false, error: { detail: { field: 'key' } } });
  expect(readCustomerCode(code, { customer: 'no id' })).toMatchObject({ ok: false, error: { detail: { field: 'customer' } } });
});

test('the company’s key is a number and 32 bytes', () => {
  expect(parsePersonalKey(`3 ${'0f'.repeat(32)}`)).toEqual({ number: 3, publicKey: '0f'.repeat(32) });
  for (const text of ['', '0 00', `x ${'0f'.repeat(32)}`, `1 ${'0F'.repeat(32)}`]) expect(parsePersonalKey(text)).toBeUndefined();
});
