import { expect, test } from 'vitest';

import type { BasketHead, TenderTypeView } from '../../shared/till-contract.ts';
import { beginTendering, chooseTender, nameReference, nameSignature } from './tendering.ts';

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

test('what asks for a signature is signed for last, before it is paid; what goes back, or over the terminal, is not', () => {
  const { account: _own, ...plain } = ACCOUNT;
  const card: TenderTypeView = { ...plain, tenderType: 'club', kind: 'card', asksSignature: true };
  const asked = chooseTender(beginTendering(undefined), card, HEAD);
  expect(asked).toMatchObject({ type: 'ask', tendering: { step: 'reference' } });
  const signing = asked.type === 'ask' ? nameReference(asked.tendering, '4711') : asked;
  expect(signing).toMatchObject({ type: 'ask', tendering: { step: 'signature' } });
  const signature = { how: 'drawn', strokes: '0a' } as const;
  const paid = signing.type === 'ask' ? nameSignature(signing.tendering, signature) : signing;
  expect(paid).toEqual({ type: 'pay', body: { type: 'tender', tenderType: 'club', amountMinor: 129, reference: '4711', signature } });
  const atOnce = { ...card, asksReference: false };
  expect(chooseTender(beginTendering(undefined), { ...atOnce, onTerminal: true }, HEAD).type).toBe('pay');
  const owed = { ...HEAD, totals: { ...HEAD.totals, totalMinor: -129, dueMinor: -129 } };
  expect(chooseTender(beginTendering(undefined), atOnce, owed).type).toBe('pay');
});
