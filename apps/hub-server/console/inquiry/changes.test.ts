import { expect, test } from 'vitest';

import { auditQuery, type Change, fieldChanges, keyText } from './changes.ts';

test('the filters of the audit are asked of the hub; days are the reader’s, both included', () => {
  expect(auditQuery({})).toEqual({});
  const startMs = Date.parse('2026-11-20T00:00');
  expect(auditQuery({ q: 'MILK', by: 'kim', type: 'price', place: 'store:1', from: '2026-11-20', to: '2026-11-20' })).toEqual({
    sku: 'MILK',
    by: 'kim',
    type: 'price',
    scope: 'store:1',
    fromMs: String(startMs),
    toMs: String(Date.parse('2026-11-21T00:00')),
  });
  expect(auditQuery({ lsn: '7', from: 'soon', to: '2026-13-40' })).toEqual({ lsn: '7' });
});

const GRANT: Change = {
  lsn: 7,
  atMs: 0,
  source: 'roles',
  by: 'kim',
  type: 'roleGrant',
  key: 'cashier\u001FdiscountLine',
  scope: 'global',
  before: { limit: 1_000 },
  after: { limit: 5_000 },
  withheld: [],
  limitIn: 'percent',
};

test.each([
  [{}, [['at most', '10 %', '50 %']]],
  [{ limitIn: 'amount' as const }, [['at most', '10.00', '50.00']]],
  [{ limitIn: 'count' as const }, [['at most', '1,000', '5,000']]],
  [{ after: { limit: null } }, [['at most', '10 %', 'no limit']]],
  [
    { before: { isAllowed: true, limit: 1_250 }, after: { isAllowed: false, limit: null } },
    [
      ['allowed', 'yes', 'no'],
      ['at most', '12.5 %', null],
    ],
  ],
])('a limit is told in the unit of its action: %o', (of, told) => {
  expect(fieldChanges({ ...GRANT, ...of }, undefined).map(({ field, before, after }) => [field, before, after])).toEqual(told);
});

test('a grant is told as the page of roles names it, a rate in percent, names of one field beside each other', () => {
  expect(keyText(GRANT, undefined)).toBe('cashier · Discount a line');
  const { limitIn: _limitIn, ...plain } = GRANT;
  const told = fieldChanges({ ...plain, type: 'tax', key: 'full', before: { rateBps: 1_900 }, after: { rateBps: 2_125 } }, undefined);
  expect(told).toEqual([{ field: 'rate', before: '19 %', after: '21.25 %' }]);
  const item = fieldChanges({ ...plain, type: 'item', key: 'A', before: { collections: null }, after: { collections: 'a\nb' } }, undefined);
  expect(item).toEqual([{ field: 'collections', before: null, after: 'a, b' }]);
});
