import { expect, test } from 'vitest';

import type { Exposure, Places } from '../api.ts';
import { limitRows } from './limits.tsx';

const EXPOSURE: Exposure = {
  devices: 5,
  cutOffDevices: 2,
  promotions: [
    {
      promotionId: 'opening',
      name: 'Opening week',
      uses: 4,
      currency: 'EUR',
      minorDigits: 2,
      budget: { limitMinor: 20_000, usedMinor: 15_000, worstOverspendMinor: 10_000 },
      perCustomer: null,
    },
    {
      promotionId: 'welcome',
      name: 'Welcome',
      uses: 9,
      currency: null,
      minorDigits: 2,
      budget: null,
      perCustomer: { limit: 2, customersAtLimit: 1, worstOverspend: 4 },
    },
  ],
  balances: [{ scope: 'store:7', currency: 'EUR', minorDigits: 2, limitMinor: 5_000, cutOffDevices: 1, worstOverspendMinor: 5_000 }],
};

const PLACES = { stores: [{ store: '7', name: 'Harbour' }] as unknown as Places['stores'] };

test('each limit says what is gone of it, and the worst that lanes without contact may give beyond it', () => {
  expect(limitRows(EXPOSURE, PLACES).map(({ name, gone, worst }) => [name, gone, worst])).toEqual([
    ['Opening week', '€150.00 of €200.00', '€100.00 beyond the budget'],
    ['Welcome', '1 customer at 2 uses', '4 uses more for each customer'],
    ['Gift cards and other balances, Harbour', '€50.00 by each lane without the hub', '€50.00 beyond each balance'],
  ]);
});

test('while every lane is in contact nothing is at stake', () => {
  const calm: Exposure = {
    ...EXPOSURE,
    cutOffDevices: 0,
    promotions: EXPOSURE.promotions.map((promotion) => ({
      ...promotion,
      budget: promotion.budget && { ...promotion.budget, worstOverspendMinor: 0 },
      perCustomer: promotion.perCustomer && { ...promotion.perCustomer, worstOverspend: 0 },
    })),
  };
  expect(limitRows(calm, PLACES).filter(({ worst }) => worst !== '')).toEqual([]);
});
