import { expect, test } from 'vitest';

import { isPersonShown, namesOf, pinProblem, type StaffRow } from './people.ts';

const KIM: StaffRow = {
  user: 'k-17',
  scope: 'store:1',
  name: 'Kim Ito',
  roles: ['cashier'],
  hasPin: true,
  hasBadge: false,
  isBreakGlass: false,
};

test('a key is shown by its person’s name, also where only one of their places has it; else by itself', () => {
  const { name: _name, ...bare } = KIM;
  const nameOf = namesOf([{ ...bare, scope: 'global' }, KIM]);
  expect([nameOf('k-17'), nameOf('gone')]).toEqual(['Kim Ito', 'gone']);
});

test('a PIN that cannot be one is told before it is sent', () => {
  expect([pinProblem('123', '123'), pinProblem('12a4', '12a4'), pinProblem('2580', '2581'), pinProblem('2580', '2580')]).toEqual([
    '4 to 12 digits',
    '4 to 12 digits',
    'The two are not the same',
    undefined,
  ]);
});

test('people are found by name, key, role and place', () => {
  for (const q of ['', ' ito', 'K-17', 'cash', 'store:1']) expect(isPersonShown(KIM, q)).toBe(true);
  expect(isPersonShown(KIM, 'sam')).toBe(false);
});
