import { readFileSync } from 'node:fs';

import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  DEFAULT_GRANTS,
  DEFAULT_ROLES,
  grantKey,
  isAllowed,
  parseRoles,
  readGrant,
  WITHOUT_MEASURE,
  type Action,
  type Grant,
} from './permissions.ts';

const grantsOf = (text: string): readonly Grant[] =>
  readTable(text).map((row) => {
    const limit = cell(row, 'limit');
    const action = ACTION_NAMES.find((known) => known === cell(row, 'action'));
    assert(action !== undefined, 'a known action');
    return {
      role: cell(row, 'role'),
      action,
      scope: cell(row, 'scope'),
      isAllowed: limit !== 'no',
      ...(limit !== 'no' && limit !== 'any' && { limit: Number(limit) }),
    };
  });

const GRANTS = grantsOf(`
  role       | action         | scope   | limit
  -----------+----------------+---------+------
  cashier    | discountLine   | global  | 1000
  cashier    | discountLine   | zone:2  | 500
  cashier    | discountLine   | store:7 | no
  supervisor | discountLine   | global  | 5000
  trainee    | voidSale       | global  | 2000
  manager    | voidSale       | store:7 | any
  manager    | exemptCustomer | global  | any
  clerk      | adjustStock    | global  | 10
  keeper     | adjustStock    | global  | any
`);

describe('who may', () => {
  const cases = readTable(`
    roles               | action         | at                    | amount | answer
    --------------------+----------------+-----------------------+--------+---------------------------------------------
    cashier             | discountLine   | global                | 1000   | cashier up to 1000
    cashier             | discountLine   | global                | 1001   | supervisor: bps 1000 1001
    cashier             | discountLine   | global zone:2 store:1 | 501    | supervisor: bps 500 501
    cashier             | discountLine   | global zone:2 store:7 | 1      | supervisor: bps 0 1
    supervisor, cashier | discountLine   | global zone:2 store:7 | 5000   | supervisor up to 5000
    cashier, supervisor | discountLine   | global                | 1      | supervisor up to 5000
    supervisor          | discountLine   | global                | 5001   | nobody
    cashier             | discountBasket | global                | 0      | nobody
    trainee             | voidSale       | global store:1        | 2001   | nobody
    trainee             | voidSale       | global store:7        | 2001   | manager: minor 2000 2001
    manager             | voidSale       | global store:7        | 999999 | manager
    manager             | voidSale       | global store:1        | 1      | trainee: minor 0 1
    trainee             | exemptCustomer | global                | 0      | manager:
    manager             | exemptCustomer | global                | 0      | manager
    clerk               | adjustStock    | global                | 11     | keeper: count 10 11
                        | discountLine   | global                | 1      | cashier, supervisor: bps 0 1
    constructor         | discountLine   | global                | 1      | cashier, supervisor: bps 0 1
  `);
  test.each(cases)('$roles: $action of $amount at $at → $answer', (row) => {
    const answer = isAllowed(
      GRANTS,
      {
        user: 'kim',
        roles: cell(row, 'roles')
          .split(', ')
          .filter((role) => role !== ''),
      },
      { action: cell(row, 'action') as Action, scopes: cell(row, 'at').split(' '), amount: Number(cell(row, 'amount')) },
    );
    expect(said(answer)).toBe(cell(row, 'answer'));
  });

  function said(answer: ReturnType<typeof isAllowed>): string {
    if (answer.ok) return answer.value.limit === undefined ? answer.value.role : `${answer.value.role} up to ${answer.value.limit}`;
    if (answer.error.type === 'notAllowed') return 'nobody';
    const { approvers, action: _action, ...limits } = answer.error.detail;
    const unit = Object.keys(limits)[0]?.replace('limit', '').toLowerCase() ?? '';
    return `${approvers}: ${[unit, ...Object.values(limits)].join(' ')}`.trim();
  }

  test('what cannot be measured only a grant without a limit allows, and it is shown as all of it', () => {
    const question = { action: 'discountLine', scopes: ['global'], amount: WITHOUT_MEASURE } as const;
    const grants = [...GRANTS, { role: 'owner', action: 'discountLine', scope: 'global', isAllowed: true } as const];
    expect(isAllowed(grants, { user: 'kim', roles: ['owner'] }, question)).toEqual({ ok: true, value: { role: 'owner' } });
    expect(isAllowed(grants, { user: 'kim', roles: ['supervisor'] }, question)).toEqual({
      ok: false,
      error: { type: 'approvalNeeded', detail: { action: 'discountLine', approvers: 'owner', limitBps: 5_000, wantedBps: 10_000 } },
    });
  });

  test('without any grant nobody may anything', () => {
    for (const action of ACTION_NAMES) {
      expect(isAllowed([], { user: 'kim', roles: ['hq'] }, { action, scopes: ['global'] }).ok).toBe(false);
    }
  });
});

describe('a grant in a cell', () => {
  test('is read, its scope the cell’s own', () => {
    expect(readGrant(grantKey('cashier', 'discountLine'), 'store:7', { isAllowed: true, limit: 500 })).toEqual({
      ok: true,
      value: { role: 'cashier', action: 'discountLine', scope: 'store:7', isAllowed: true, limit: 500 },
    });
    expect(readGrant(grantKey('hq', 'publish'), 'global', { isAllowed: false })).toMatchObject({ ok: true, value: { isAllowed: false } });
  });

  test.each([
    ['cashier', {}, 'key'],
    ['cashier\u001Ffly', { isAllowed: true }, 'key'],
    ['cashier\u001Fpublish\u001F', { isAllowed: true }, 'key'],
    ['Cash ier\u001Fpublish', { isAllowed: true }, 'key'],
    ['cashier\u001Fpublish', {}, 'isAllowed'],
    ['cashier\u001Fpublish', { isAllowed: 'yes' }, 'isAllowed'],
    ['cashier\u001Fpublish', { isAllowed: true, limit: 1 }, 'limit'],
    ['cashier\u001FdiscountLine', { isAllowed: true, limit: 10_001 }, 'limit'],
    ['cashier\u001FdiscountLine', { isAllowed: true, limit: -1 }, 'limit'],
    ['cashier\u001FdiscountLine', { isAllowed: true, limit: 1.5 }, 'limit'],
  ])('%j %j is no grant: %s', (key, fields, field) => {
    expect(readGrant(key, 'global', fields)).toMatchObject({ ok: false, error: { detail: { entity: 'roleGrant', field } } });
  });

  test('roles stand on a line each', () => {
    expect(parseRoles('cashier\nsupervisor')).toEqual(['cashier', 'supervisor']);
    for (const text of ['', '\n', 'Big Boss', 'a,b']) expect(parseRoles(text)).toBeUndefined();
  });
});

test('the manual’s table is the grants that come with the program', () => {
  const manual = readFileSync(new URL('../../../../docs/PERMISSIONS.md', import.meta.url), 'utf8');
  const rows = manual
    .split('\n')
    .map((line) => line.split('|').map((text) => text.trim()))
    .filter(([, name = '']) => ACTION_NAMES.some((action) => name === `\`${action}\``));
  expect(rows.map(([, name]) => name)).toEqual(ACTION_NAMES.map((action) => `\`${action}\``));
  for (const [, name = '', , ...cells] of rows) {
    const action = ACTION_NAMES.find((known) => `\`${known}\`` === name);
    assert(action !== undefined, 'a known action');
    const granted = DEFAULT_ROLES.map((role) => {
      const grant = DEFAULT_GRANTS.find((each) => each.role === role && each.action === action);
      if (grant === undefined) return 'no';
      if (grant.limit === undefined) return 'any';
      if (ACTIONS[action] === 'count') return String(grant.limit);
      return ACTIONS[action] === 'percent' ? `${grant.limit / 100} %` : (grant.limit / 100).toFixed(2);
    });
    expect(cells.slice(0, DEFAULT_ROLES.length), action).toEqual(granted);
  }
});
