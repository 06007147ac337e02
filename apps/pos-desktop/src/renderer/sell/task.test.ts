import { describe, expect, test } from 'vitest';

import type { BasketHead, TenderTypeView } from '../../shared/till-contract.ts';
import { type Answer, answerTask, type NextTask, questionOf, standingOf, type Task } from './task.ts';

const HEAD: Pick<BasketHead, 'minorDigits'> = { minorDigits: 2 };
const LINE = { lineId: '1', name: 'Socks' };
const CARD: TenderTypeView = {
  tenderType: 'giftCard',
  name: 'Gift card',
  kind: 'giftCard',
  takesTips: false,
  cashBackMaximumMinor: 0,
  asksReference: true,
  account: 'giftCard',
};

/** Answers in turn, as a person would; the last step. */
const answerAll = (first: Task, ...answers: readonly Answer[]): NextTask => {
  let next: NextTask = { type: 'ask', task: first };
  for (const answer of answers) {
    if (next.type !== 'ask') throw new Error(`nothing was asked any more: ${JSON.stringify(next)}`);
    next = answerTask(next.task, answer, HEAD);
  }
  return next;
};
const text = (said: string): Answer => ({ type: 'text', text: said });
const number = (value: number, decimals = 0): Answer => ({ type: 'number', number: { value, decimals } });
const reason: Answer = { type: 'reason', reason: 'dented' };

describe('what is asked, and what is done at the end', () => {
  test.each<readonly [string, Task, readonly Answer[], object]>([
    ['a customer by card', { name: 'customer' }, [text('4711')], { type: 'attachCustomer', text: '4711' }],
    ['a customer by phone', { name: 'customer' }, [text('+49 176 1234567')], { type: 'attachCustomer', text: '+49 176 1234567' }],
    ['a customer by name', { name: 'customer' }, [text('Erika Mü')], { type: 'findCustomers', text: 'Erika Mü' }],
    [
      'one of those who were found',
      { name: 'customer', found: { found: [{ customerId: 'k-1', name: 'Erika', store: '1' }], isMore: false } },
      [{ type: 'person', customerId: 'k-1' }],
      { type: 'setCustomer', customerId: 'k-1' },
    ],
    [
      'a new customer with a phone',
      { name: 'newCustomer' },
      [text('Erika Muster'), text('0176 1234567'), { type: 'word', word: { kind: 'consent' } }],
      { type: 'addCustomer', name: 'Erika Muster', phone: '0176 1234567', consent: true },
    ],
    [
      'a new customer with a card',
      { name: 'newCustomer' },
      [text('Erika Muster'), text('K-4711'), { type: 'word', word: { kind: 'consent' } }],
      { type: 'addCustomer', name: 'Erika Muster', card: 'K-4711', consent: true },
    ],
    ['a coupon by its code', { name: 'coupon' }, [text('9952')], { type: 'addCoupon', code: '9952' }],
    [
      'an invoice of the last sale: name, address part by part, tax number',
      { name: 'slip', languages: [], receiptNumber: '1-abcd-000001' },
      [{ type: 'word', word: { kind: 'invoice' } }, text('Müller GmbH'), text('Am Hafen 1, 12345 Musterstadt'), text('DE1')],
      {
        type: 'invoice',
        receiptNumber: '1-abcd-000001',
        buyer: { name: 'Müller GmbH', address: 'Am Hafen 1\n12345 Musterstadt', taxNumber: 'DE1' },
      },
    ],
    [
      'an invoice for somebody without a tax number',
      { name: 'invoice', receiptNumber: '1-abcd-000001' },
      [text('Kim'), text('1 High Street'), text('-')],
      { type: 'invoice', receiptNumber: '1-abcd-000001', buyer: { name: 'Kim', address: '1 High Street' } },
    ],
    [
      'a receipt by mail',
      { name: 'slip', languages: [], receiptNumber: '1-abcd-000001', mails: true },
      [{ type: 'word', word: { kind: 'mail' } }, text(' kim@example.com')],
      { type: 'mailReceipt', receiptNumber: '1-abcd-000001', to: 'kim@example.com' },
    ],
    [
      'a receipt by mail, the address from the code on a telephone',
      { name: 'mail', receiptNumber: '1-abcd-000001' },
      [text('mailto:kim@example.com?subject=Me')],
      { type: 'mailReceipt', receiptNumber: '1-abcd-000001', to: 'kim@example.com' },
    ],
    ['a certificate', { name: 'exemption' }, [text('EX-1')], { type: 'exempt', certificate: 'EX-1' }],
    [
      'ten percent off a line',
      { name: 'discount', line: LINE },
      [number(10), { type: 'unit', unit: 'percent' }, reason],
      { type: 'discount', lineId: '1', off: { type: 'percent', bps: 1_000 }, reason: 'dented' },
    ],
    [
      'ten off the basket',
      { name: 'discount' },
      [number(10), { type: 'unit', unit: 'amount' }, reason],
      { type: 'discount', off: { type: 'amount', amountMinor: 1_000 }, reason: 'dented' },
    ],
    [
      '150 can only be money',
      { name: 'discount' },
      [number(150), reason],
      { type: 'discount', off: { type: 'amount', amountMinor: 15_000 }, reason: 'dented' },
    ],
    [
      'a price that is typed first',
      { name: 'price', line: LINE, unitPrice: { amount: 150, decimals: 2 } },
      [reason],
      { type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 150, decimals: 2 }, reason: 'dented' } },
    ],
    [
      'a price that is asked for',
      { name: 'price', line: LINE },
      [number(15, 1), reason],
      { type: 'overridePrice', lineId: '1', override: { unitPrice: { amount: 15, decimals: 1 }, reason: 'dented' } },
    ],
    [
      'what is not listed',
      { name: 'unlisted', departments: ['Toys', 'Paper'], code: '1' },
      [number(250, 2), { type: 'department', department: 'Paper' }],
      { type: 'sellUnlisted', department: 'Paper', unitPrice: { amount: 250, decimals: 2 }, code: '1' },
    ],
    [
      'what is not listed, where one department sells it',
      { name: 'unlisted', departments: ['Toys'] },
      [number(3)],
      { type: 'sellUnlisted', department: 'Toys', unitPrice: { amount: 3, decimals: 0 } },
    ],
    [
      'what is on a card',
      { name: 'balance' },
      [{ type: 'card', card: CARD }, text('G1')],
      { type: 'balance', account: 'giftCard', reference: 'G1' },
    ],
    [
      'whose gift card it is',
      { name: 'goods', subject: 'Gift card', body: { type: 'addItem', sku: 'CARD' }, needs: 'reference' },
      [text('G1')],
      { type: 'addItem', sku: 'CARD', on: 'G1' },
    ],
    [
      'and for how much',
      { name: 'goods', subject: 'Gift card', body: { type: 'addItem', sku: 'CARD', on: 'G1' }, needs: 'worth' },
      [number(25)],
      { type: 'addItem', sku: 'CARD', on: 'G1', worthMinor: 2_500 },
    ],
  ])('%s', (_, task, answers, body) => {
    expect(answerAll(task, ...answers)).toEqual({ type: 'do', body });
  });
});

test.each<readonly [string, Task, Answer]>([
  ['a name is no phone', { name: 'newCustomer', who: 'Erika' }, text('Muster')],
  ['a phone is no name', { name: 'newCustomer' }, text('0176 1234567')],
  ['nobody has so long a name', { name: 'newCustomer' }, text('x'.repeat(121))],
  ['no card has so long a number', { name: 'customer' }, text('1'.repeat(65))],
  ['nothing off is no discount', { name: 'discount' }, number(0)],
  ['a tenth of a cent is neither', { name: 'discount' }, number(100_001, 3)],
  ['a gift card of nothing', { name: 'goods', subject: '', body: { type: 'addItem', sku: 'CARD' }, needs: 'worth' }, number(0)],
  ['goods for nothing', { name: 'unlisted', departments: ['Toys'] }, number(0)],
  ['a department before the price', { name: 'unlisted', departments: ['Toys'] }, { type: 'department', department: 'Toys' }],
  ['an answer to another question', { name: 'customer' }, number(1)],
  ['a card without a balance', { name: 'balance' }, { type: 'card', card: { ...CARD, account: undefined } }],
])('%s', (_, task, answer) => {
  expect(answerTask(task, answer, HEAD)).toEqual({ type: 'notAnAnswer' });
});

test('a number that can be both asks which', () => {
  expect(questionOf({ name: 'discount', amount: { value: 10, decimals: 0 } }, HEAD)).toEqual({
    type: 'unit',
    choices: ['percent', 'amount'],
  });
});

test('what stands already can be taken back, each by the function that gave it', () => {
  const head = {
    customer: { customerId: '4711', groups: [] },
    coupons: [{ code: '9952', name: '5 off', isUsed: true }],
    exemption: 'EX-1',
    manualDiscounts: [
      { discountId: '1', lineId: '1', reason: 'dented', bps: 1_000 },
      { discountId: '2', reason: 'kind', amountMinor: 100 },
    ],
  } as unknown as BasketHead;
  const bodies = (task: Task): readonly object[] => standingOf(task, head).map(({ body }) => body);
  expect(bodies({ name: 'customer' })).toEqual([{ type: 'clearCustomer' }]);
  expect(bodies({ name: 'coupon' })).toEqual([{ type: 'removeCoupon', code: '9952' }]);
  expect(bodies({ name: 'exemption' })).toEqual([{ type: 'clearExemption' }]);
  expect(bodies({ name: 'discount', line: LINE })).toEqual([{ type: 'removeDiscount', discountId: '1' }]);
  expect(bodies({ name: 'discount' })).toEqual([{ type: 'removeDiscount', discountId: '2' }]);
  expect(bodies({ name: 'balance' })).toEqual([]);
});
