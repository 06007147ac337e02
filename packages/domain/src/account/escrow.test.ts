import { expect, test } from 'vitest';

import { grantAcceptanceEntry, grantReleaseEntry, readGrantAcceptance, readGrantRelease } from './escrow.ts';

const HEADER = { businessDate: '2026-11-25', shift: 1, drawer: '1', operator: 'ann', training: false };
const RIGHTS = { account: 'giftCard', reference: 'G1', currency: 'EUR', grantId: '0123456789abcdef', amountMinor: 500 } as const;
const ACCEPTANCE = { ...RIGHTS, expiresAtMs: 9, signature: '0f'.repeat(64) };

test('both entries read back as they were written', () => {
  expect(readGrantAcceptance(grantAcceptanceEntry(HEADER, ACCEPTANCE).fields)).toEqual({ ok: true, value: { ...HEADER, ...ACCEPTANCE } });
  const spent = { ...RIGHTS, amountMinor: 0 };
  expect(readGrantRelease(grantReleaseEntry(HEADER, spent).fields)).toEqual({ ok: true, value: { ...HEADER, ...spent } });
});

test.each([{ amountMinor: 0 }, { amountMinor: -1 }, { grantId: 'x' }, { account: 'cash' }, { reference: '' }, { signature: '0f' }])(
  'no acceptance: %j',
  (wrong) => {
    const { fields } = grantAcceptanceEntry(HEADER, ACCEPTANCE);
    expect(readGrantAcceptance({ ...fields, ...wrong })).toMatchObject({ ok: false, error: { detail: { field: Object.keys(wrong)[0] } } });
  },
);

test('nothing below 0 is released', () => {
  const { fields } = grantReleaseEntry(HEADER, RIGHTS);
  expect(readGrantRelease({ ...fields, amountMinor: -1 }).ok).toBe(false);
});
