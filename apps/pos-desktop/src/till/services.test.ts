/** What is sold that is no goods, who buys, and what a head says of both: the till's own part of it. */
import { afterEach, expect, test } from 'vitest';

import { ASSORTMENT, createTestLane, goods, MILK, setting, type TestLane } from './testing/test-lane.ts';

const SERVICES = [
  ...ASSORTMENT,
  setting('ownCodes', 'loyalty 29'),
  setting('cashOutBelowMinor', '1000'),
  { type: 'tenderType', key: 'giftCard', fields: { kind: 'giftCard', name: 'Gift card', keepsBalance: true, position: 1 } } as const,
  { type: 'customer', key: '4711', fields: { groups: 'gold' } } as const,
  ...goods({ sku: 'CARD', name: 'Gift card', nature: 'giftCard', gtin: '4006381333931' }),
  ...goods({ sku: 'GOOD', name: 'Donation', nature: 'donation' }),
];

let lane: TestLane;
const open = (): TestLane => (lane = createTestLane(SERVICES));
afterEach(() => lane.close());

test('a gift card asks whose it is, then for how much; neither question leaves a red row', () => {
  open();
  const scan = { type: 'scan', code: '4006381333931' } as const;
  expect(lane.refusal(scan)).toBe('referenceNeeded');
  expect(lane.refusal({ ...scan, on: 'G1' })).toBe('worthNeeded');
  expect(lane.refusal({ type: 'addItem', sku: 'GOOD' })).toBe('worthNeeded');
  expect(lane.lines()).toEqual([]);
  lane.take({ ...scan, on: 'G1', worthMinor: 2_500 });
  expect(lane.lines()).toMatchObject([{ name: 'Gift card', amountMinor: 2_500 }]);
});

test('what is on a card is the hub’s answer and what this lane did since; without an answer it is not known', () => {
  open();
  const question = { type: 'balance', account: 'giftCard', reference: 'G1' } as const;
  expect(lane.refusal(question)).toBe('balanceUnknown');
  const request = { id: 'q', atMs: 0, body: question };
  expect(lane.till.balanceToAsk(request)).toEqual({
    name: { account: 'giftCard', reference: 'G1', currency: 'EUR' },
    neededMinor: 0,
  });
  const balance = { name: { account: 'giftCard', reference: 'G1', currency: 'EUR' }, availableMinor: 1_000 } as const;
  const answer = (): unknown => lane.till.handle(request, { balance }).reply;
  expect(answer()).toMatchObject({ value: { balance: { amountMinor: 1_000 } } });
  lane.take({ type: 'scan', code: MILK });
  lane.ask({ type: 'tender', tenderType: 'giftCard', amountMinor: 119, reference: 'G1' }, undefined, { balance });
  expect(answer()).toMatchObject({ value: { balance: { amountMinor: 881 } } });
  // Perhaps it is in the answer already: a load counts when the hub says so.
  lane.take({ type: 'addItem', sku: 'CARD', on: 'G1', worthMinor: 2_500 });
  lane.take({ type: 'payCash', amountMinor: 2_500 });
  expect(answer()).toMatchObject({ value: { balance: { amountMinor: 881 } } });
});

test('points are asked for in points, whatever the currency', () => {
  open();
  const body = { type: 'balance', account: 'points', reference: '4711' } as const;
  expect(lane.till.balanceToAsk({ id: 'q', atMs: 0, body })?.name.currency).toBe('points');
});

test('a loyalty card is scanned like goods and says who buys; one that is no id stays as a red row', () => {
  open();
  lane.take({ type: 'scan', code: '294711' });
  expect(lane.state().head.customer).toEqual({ customerId: '4711', groups: ['gold'] });
  expect(lane.refusal({ type: 'scan', code: '29Erika Muster' })).toBe('notGoods');
  expect(lane.state().head.customer?.customerId).toBe('4711');
});

test('a head says what people took off and by which certificate nothing is taxed, until it is taken back', () => {
  open();
  lane.take({ type: 'scan', code: MILK });
  const [line] = lane.lines();
  lane.take({ type: 'discount', lineId: line?.lineId ?? '', off: { type: 'percent', bps: 1_000 }, reason: 'dented' });
  lane.take({ type: 'discount', off: { type: 'amount', amountMinor: 7 }, reason: 'kind' });
  lane.take({ type: 'exempt', certificate: 'EX-1' });
  expect(lane.state().head).toMatchObject({
    exemption: 'EX-1',
    manualDiscounts: [
      { discountId: '1', lineId: line?.lineId, reason: 'dented', bps: 1_000 },
      { discountId: '2', reason: 'kind', amountMinor: 7 },
    ],
  });
  lane.take({ type: 'removeDiscount', discountId: '1' });
  lane.take({ type: 'removeDiscount', discountId: '2' });
  lane.take({ type: 'clearExemption' });
  expect(lane.state().head).not.toHaveProperty('manualDiscounts');
  expect(lane.state().head).not.toHaveProperty('exemption');
});

test('undoing a sale sends an entry, and no sale', () => {
  open();
  lane.take({ type: 'scan', code: MILK });
  const { completed } = lane.take({ type: 'payCash', amountMinor: 119 });
  expect(lane.state().status).toMatchObject({ waitingEntries: 1, waitingSales: 1 });
  lane.take({ type: 'postVoid', receiptNumber: completed?.receiptNumber ?? '' });
  expect(lane.state().status).toMatchObject({ waitingEntries: 2, waitingSales: 1 });
  lane.reopen();
  expect(lane.state().status).toMatchObject({ waitingEntries: 2, waitingSales: 1 });
});
