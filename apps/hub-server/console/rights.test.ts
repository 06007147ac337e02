import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { parseAddress } from './address.ts';
import { isOpenTo } from './pages.tsx';
import { ACTIONS, addressFor, createRights } from './rights.tsx';

const STORES = [
  { store: '1', name: 'Store 1', zone: 'south' },
  { store: '2', name: 'Store 2', zone: 'north' },
];
const rights = (may: Readonly<Record<string, string[]>>, mayNot: Readonly<Record<string, string[]>> = {}) =>
  createRights({ may, mayNot }, STORES);

test('what holds at a place is what the narrowest that was told of around it says', () => {
  const { may } = rights(
    { publish: ['global', 'store:2'], enrolDevice: ['zone:north'] },
    { publish: ['zone:north'], enrolDevice: ['store:2'] },
  );
  expect(['global', 'zone:south', 'store:1', 'zone:north', 'store:2'].map((place) => may('publish', place))).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
  expect(['global', 'zone:north', 'store:2', 'store:1'].map((place) => may('enrolDevice', place))).toEqual([false, true, false, false]);
  expect([may('publish'), may('arrangeKeys')]).toEqual([true, false]);
  expect(createRights(undefined, STORES).may('useConsole')).toBe(false);
});

test('pages are there for who may what they are for', () => {
  const company = rights({ useConsole: ['global'] });
  const store = rights({ useConsole: ['store:2'], manageAccounts: ['store:2'], findCustomer: ['store:2'] });
  const nobody = rights({ voidLine: ['global'] });
  const shown = (of: typeof company) =>
    (['overview', 'sales', 'accounts', 'customers', 'tax', 'profile'] as const).filter((page) => isOpenTo(page, of));
  expect(shown(company)).toEqual(['overview', 'sales', 'tax', 'profile']);
  expect(shown(store)).toEqual(['overview', 'sales', 'accounts', 'profile']);
  expect(shown(nobody)).toEqual(['profile']);
});

test('a page that is of one place at a time shows a place of theirs to who does not see the company', () => {
  const store = rights({ useConsole: ['store:2'] });
  const filtersOf = (search: string, of = store) => addressFor(parseAddress(search), of).filters;
  expect(filtersOf('?page=sales')).toEqual({ store: '2' });
  expect(filtersOf('?page=sales&store=1')).toEqual({ store: '1' });
  expect(filtersOf('?page=settings')).toEqual({ place: 'store:2' });
  expect(filtersOf('?page=catalogue')).toEqual({});
  expect(filtersOf('?page=settings', rights({ useConsole: ['zone:north'] }))).toEqual({ place: 'zone:north' });
  expect(filtersOf('?page=sales', rights({ useConsole: ['global'] }))).toEqual({});
});

test('each action is one that a company can grant', () => {
  const manual = readFileSync(new URL('../../../docs/PERMISSIONS.md', import.meta.url), 'utf8');
  for (const action of ACTIONS) expect(manual).toContain(`| \`${action}\``);
});
