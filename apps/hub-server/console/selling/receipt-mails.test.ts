import { expect, test } from 'vitest';

import { canTryAgain, mailText, type ReceiptMail } from './receipt-mails.ts';

const mail = (more: Partial<ReceiptMail> = {}): ReceiptMail => ({
  entryNo: 1,
  store: '1',
  lane: 2,
  receiptNumber: '2-abcd-000001',
  state: 'waiting',
  askedAtMs: 0,
  attempts: 0,
  nextAtMs: 0,
  doneAtMs: null,
  failure: null,
  detail: null,
  ...more,
});

test('what is said of a mail beside its state', () => {
  expect(mailText(mail())).toBe('');
  expect(mailText(mail({ attempts: 2, detail: '450 busy' }))).toBe('450 busy');
  expect(mailText(mail({ state: 'failed', failure: 'refused', detail: '550 no such user' }))).toBe(
    'the mail server will not have it: 550 no such user',
  );
  expect(mailText(mail({ state: 'failed', failure: 'keyForgotten' }))).toBe('it came after its key was forgotten');
});

test('only what somebody else may answer otherwise is tried again', () => {
  expect([mail(), mail({ failure: 'refused' }), mail({ failure: 'tooLate' }), mail({ failure: 'keyForgotten' })].map(canTryAgain)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});
