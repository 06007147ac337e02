import { expect, test, describe } from 'vitest';

import { isBadge, isPin, isSealedPasscode, isWeakPin, passcodeSecretNo } from './passcode.ts';
import { DEFAULT_GRANTS } from './permissions.ts';
import type { Staff } from './person.ts';
import {
  areRightsOver,
  asksSignOn,
  DEFAULT_SIGN_ON,
  LANE_BACK_OFF,
  lastingGrants,
  missingProof,
  PERSON_BACK_OFF,
  signOnDelay,
  waitAfterMs,
  withAddedActions,
} from './sign-on.ts';

const SEALED = `a1.1.${'0f'.repeat(32)}`;
const kim = (proofs: Pick<Staff, 'pin' | 'badge'>): Staff => ({ user: 'kim', roles: ['cashier'], ...proofs });

describe('how long a wrong passcode makes everybody wait', () => {
  test.each([
    [0, 0],
    [2, 0],
    [3, 15_000],
    [4, 30_000],
    [5, 60_000],
    [8, 480_000],
    [9, 900_000],
    [19, 900_000],
  ])('a person, after %i in a row: %i ms', (failures, waitMs) => expect(waitAfterMs(failures, PERSON_BACK_OFF)).toBe(waitMs));
  test.each([
    [9, 0],
    [10, 15_000],
    [13, 120_000],
    [1_000_000_000, 120_000],
  ])('a lane, with %i open: %i ms', (failures, waitMs) => expect(waitAfterMs(failures, LANE_BACK_OFF)).toBe(waitMs));

  test('the longer of the two counts, and only what is left of it', () => {
    expect(signOnDelay(undefined, undefined, 5)).toBeUndefined();
    expect(signOnDelay({ count: 3, lastMs: 1_000 }, undefined, 15_999)).toEqual({ type: 'waits', waitMs: 1 });
    expect(signOnDelay({ count: 3, lastMs: 1_000 }, undefined, 16_000)).toBeUndefined();
    expect(signOnDelay({ count: 3, lastMs: 1_000 }, { count: 12, lastMs: 2_000 }, 16_000)).toEqual({ type: 'waits', waitMs: 46_000 });
  });

  test('the twentieth in a row is the last, however long one waits', () => {
    expect(signOnDelay({ count: 19, lastMs: 0 }, undefined, 900_000)).toBeUndefined();
    expect(signOnDelay({ count: 20, lastMs: 0 }, undefined, Number.MAX_SAFE_INTEGER)).toEqual({ type: 'dead' });
  });
});

test('where one person can sign on, everybody has to', () => {
  expect(asksSignOn([])).toBe(false);
  expect(asksSignOn([kim({})])).toBe(false);
  expect(asksSignOn([kim({}), kim({ badge: SEALED })])).toBe(true);
});

describe('who has both shows both, where the store wants it', () => {
  test.each([
    [{ pin: SEALED, badge: SEALED }, 'pin', 'both', 'badge'],
    [{ pin: SEALED, badge: SEALED }, 'badge', 'both', 'pin'],
    [{ pin: SEALED, badge: SEALED }, 'pinAndBadge', 'both', undefined],
    [{ pin: SEALED, badge: SEALED }, 'pin', 'either', undefined],
    [{ pin: SEALED }, 'pin', 'both', undefined],
    [{ badge: SEALED }, 'badge', 'both', undefined],
  ] as const)('%j, showing %s by %s: %s', (proofs, shown, by, missing) => expect(missingProof(kim(proofs), shown, by)).toBe(missing));
});

test('without contact rights only become fewer, and only after their days', () => {
  const day = 86_400_000;
  expect(areRightsOver(DEFAULT_SIGN_ON, 0, 14 * day)).toBe(false);
  expect(areRightsOver(DEFAULT_SIGN_ON, 0, 14 * day + 1)).toBe(true);
  expect(areRightsOver({ ...DEFAULT_SIGN_ON, rightsLastDays: 0 }, 0, 400 * day)).toBe(false);
  expect(areRightsOver(DEFAULT_SIGN_ON, undefined, 400 * day)).toBe(false);
  const lasting = lastingGrants(DEFAULT_GRANTS);
  expect(new Set(lasting.map(({ action }) => action))).toEqual(new Set(['voidLine', 'voidSale']));
  expect(lasting.every((grant) => DEFAULT_GRANTS.includes(grant))).toBe(true);
});

test('an action that came later stands as the program has it where no cell speaks of it', () => {
  const published = [{ role: 'cashier', action: 'voidLine', scope: 'global', isAllowed: false }] as const;
  expect(withAddedActions(published, ['voidLine'])).toBe(published);
  expect(withAddedActions(published, ['postVoid']).map(({ role, action }) => `${role} ${action}`)).toEqual([
    'cashier voidLine',
    'supervisor postVoid',
    'manager postVoid',
    'hq postVoid',
  ]);
});

describe('passcodes', () => {
  test.each(['0000', '7777', '1234', '87654321', '0123'])('%s is guessed first', (pin) => expect(isWeakPin(pin)).toBe(true));
  test.each(['2580', '1379', '1122', '121212', '1357'])('%s is not', (pin) => expect(isWeakPin(pin)).toBe(false));
  test('what is a PIN, a badge, and what became of one', () => {
    expect(['1379', '123456789012'].every(isPin)).toBe(true);
    expect(['137', '1234567890123', '13 79', '١٢٣٤', ''].some(isPin)).toBe(false);
    expect(['HF-7Q2M9KX4', 'abcdef'].every(isBadge)).toBe(true);
    expect(['abcde', 'with blank', 'ümläut', 'x'.repeat(129)].some(isBadge)).toBe(false);
    expect(isSealedPasscode(SEALED)).toBe(true);
    expect(passcodeSecretNo(`a1.27.${'0f'.repeat(32)}`)).toBe(27);
    expect(['1379', 'a1.0.' + '0f'.repeat(32), `a2${SEALED.slice(2)}`, SEALED.slice(1), `${SEALED}0`].some(isSealedPasscode)).toBe(false);
  });
});
