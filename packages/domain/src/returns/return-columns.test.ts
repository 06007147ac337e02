import { expect, test } from 'vitest';

import { givesBack, returnFields } from './return-columns.ts';

test('a sale gives back where a line of it names a receipt, or where it undoes one', () => {
  const sold = { sku: 'milk', quantity: 1 };
  const returned = { ...sold, ...returnFields({ returnOf: { receiptNumber: '1-abcd-000001' } }) };
  expect(givesBack({ lines: [sold, sold] })).toBe(false);
  expect(givesBack({ lines: [sold, { ...sold, ...returnFields({ isUnverified: true }) }] })).toBe(false);
  expect(givesBack({ lines: [sold, returned] })).toBe(true);
  expect(givesBack({ lines: [sold], postVoidOf: '1-abcd-000001' })).toBe(true);
});
