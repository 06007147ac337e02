import { expect, test } from 'vitest';

import type { UnlistedCode } from '../api.ts';
import { beginningOf } from './list-code.tsx';

const sold = (last: Partial<UnlistedCode['last']>): UnlistedCode => ({
  code: '04003994155486',
  pieces: 3,
  sales: 2,
  stores: ['1'],
  firstAtMs: 1,
  lastAtMs: 2,
  last: {
    device: 'd',
    epoch: 'e',
    seq: 1,
    sku: 'SUNDRIES',
    name: 'Sundries',
    quantity: 1,
    amountMinor: 123_450,
    currency: 'EUR',
    minorDigits: 2,
    unitMinor: 123_450,
    department: 'Household',
    taxClass: 'reduced',
    ...last,
  },
});

test('a code that was sold without being listed begins as what it was sold as', () => {
  expect(beginningOf('4003994155486', sold({}))).toEqual({
    code: '4003994155486',
    fields: { category: 'Household', taxClass: 'reduced' },
    price: '1234.50',
  });
  expect(beginningOf('4003994155486', sold({ unitMinor: 49, minorDigits: 0 })).price).toBe('49');
});

test('what its sales do not say is left to whoever lists it', () => {
  expect(beginningOf('A-1', sold({ unitMinor: null, department: null, taxClass: null }))).toEqual({ code: 'A-1', fields: {}, price: '' });
  expect(beginningOf('A-1', undefined)).toEqual({ code: 'A-1', fields: {}, price: '' });
});
