import { describe, expect, test } from 'vitest';

import { FIRST_ROLE, isRole, narrowScope, scopesOfPlace, splitScope } from './audience.ts';

describe('S-4: a scope narrowed to a role', () => {
  test('is read between the scope that it narrows and the next one', () => {
    expect(scopesOfPlace({ zone: 'north', store: '7', role: 'kiosk' })).toEqual([
      'global',
      'kiosk@global',
      'zone:north',
      'kiosk@zone:north',
      'store:7',
      'kiosk@store:7',
    ]);
    expect(scopesOfPlace({ zone: 'n', store: '7' })).toEqual(scopesOfPlace({ zone: 'n', store: '7', role: FIRST_ROLE }));
  });

  test('two roles of one store have in common what is not narrowed, and nothing else', () => {
    const [lane, kiosk] = [scopesOfPlace({ zone: 'n', store: '7' }), scopesOfPlace({ zone: 'n', store: '7', role: 'kiosk' })];
    expect(lane.filter((scope) => kiosk.includes(scope))).toEqual(['global', 'zone:n', 'store:7']);
  });

  test.each([
    ['global', null, 'global'],
    ['kiosk@global', 'kiosk', 'global'],
    ['lane@store:a@b', 'lane', 'store:a@b'],
    // Names of stores and zones may hold any character: none of them makes a role.
    ['store:kiosk@global', null, 'store:kiosk@global'],
    ['store:x@kiosk', null, 'store:x@kiosk'],
    ['@global', null, '@global'],
    ['Kiosk@global', null, 'Kiosk@global'],
  ])('%s', (text, role, scope) => {
    expect(splitScope(text)).toEqual({ role, scope });
    expect(role === null ? scope : narrowScope(role, scope)).toBe(text);
  });

  test.each([
    ['', false],
    ['lane', true],
    ['a-b', true],
    ['-a', false],
    ['x'.repeat(33), false],
    [7, false],
  ])('%s', (value, is) => {
    expect(isRole(value)).toBe(is);
  });
});
