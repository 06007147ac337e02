import { expect, test } from 'vitest';

import { auditQuery } from './changes.ts';

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
