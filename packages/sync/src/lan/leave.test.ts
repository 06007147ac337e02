import { createSigner, generateSigningKey, nodeVerifier } from '@holdfast/base/node';
import { expect, test } from 'vitest';

import { leaveMessage, type LeaveBond } from './leave.ts';

const BOND: LeaveBond = {
  tenant: 'default',
  device: 'lane-1',
  wishId: 'w1',
  askedBy: 'kim',
  basketId: 'b1',
  reference: '',
  action: 'discountLine',
  lineId: '1',
  maximum: 2_000,
  approver: 'sam',
  expiresAtMs: 1_795_176_120_000,
};

test('N-15: what a station signs is of that lane, basket, action, line, amount, person and time, and of no other', () => {
  const signer = createSigner(generateSigningKey());
  const signature = signer.sign(leaveMessage(BOND));
  const holds = (bond: LeaveBond): boolean => nodeVerifier.verify(signer.publicKey, leaveMessage(bond), signature);
  expect(holds({ ...BOND })).toBe(true);
  const others: Partial<LeaveBond>[] = [
    { tenant: 'other' },
    { device: 'lane-2' },
    { wishId: 'w2' },
    { askedBy: 'mia' },
    { basketId: 'b2' },
    { basketId: '', reference: 'b1' },
    { action: 'discountBasket' },
    { lineId: '2' },
    { lineId: '' },
    { maximum: 2_001 },
    { maximum: null },
    { approver: 'mia' },
    { expiresAtMs: BOND.expiresAtMs + 1 },
  ];
  for (const other of others) expect(holds({ ...BOND, ...other }), JSON.stringify(other)).toBe(false);
});
