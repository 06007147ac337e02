import { expect, test } from 'vitest';

import type { BasketHead, TenderTypeView } from '../../shared/till-contract.ts';
import { beginTendering, chooseTender } from './tendering.ts';

const HEAD: BasketHead = {
  basketId: 'b',
  currency: 'EUR',
  minorDigits: 2,
  totals: { itemCount: 1, subtotalMinor: 129, taxInclusive: true, taxes: [], totalMinor: 129, dueMinor: 129, suggestedCashMinor: [] },
  ageCheckOpen: false,
  refusedRows: 0,
};
const ACCOUNT: TenderTypeView = {
  tenderType: 'account',
  name: 'Account',
  kind: 'onAccount',
  account: 'onAccount',
  takesTips: false,
  cashBackMaximumMinor: 0,
  asksReference: true,
};

test('whoever buys on account is attached, and names no account; what goes back to one names it', () => {
  const body = { type: 'tender', tenderType: 'account', amountMinor: 129 };
  expect(chooseTender(beginTendering(undefined), ACCOUNT, HEAD)).toEqual({ type: 'pay', body });
  const owed = { ...HEAD, totals: { ...HEAD.totals, totalMinor: -129, dueMinor: -129 } };
  expect(chooseTender(beginTendering(undefined), ACCOUNT, owed)).toMatchObject({ type: 'ask', tendering: { step: 'reference' } });
  const card = { ...ACCOUNT, kind: 'giftCard', account: 'giftCard' } as const;
  expect(chooseTender(beginTendering(undefined), card, HEAD)).toMatchObject({ type: 'ask', tendering: { step: 'reference' } });
});
