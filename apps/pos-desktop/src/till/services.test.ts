/** What is sold that is no goods, who buys, and what a head says of both: the till's own part of it. */
import { attributeValueKey, LEDGER_KINDS, priceKey } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, expect, test } from 'vitest';

import type { RequestBody } from '../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from './schemas.ts';
import { ASSORTMENT, createTestLane, goods, LANE_EPOCH, MILK, publish, setting, type TestLane } from './testing/test-lane.ts';

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
  // What is confirmed waits no more; what undoes it does.
  lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: 1, diverged: false }], {});
  expect(lane.state().status).toMatchObject({ waitingEntries: 1, waitingSales: 0 });
});

test('a price is told as it would be sold for, and nothing is sold or written down', () => {
  open();
  const priceOf = (of: Extract<RequestBody, { type: 'inquire' }>['of']): unknown => lane.take({ type: 'inquire', of }).tiles;
  expect(priceOf({ type: 'scan', code: MILK })).toMatchObject([{ sku: 'MILK', name: 'Milk 1 l', unitPrice: { amount: 119, decimals: 2 } }]);
  expect(priceOf({ type: 'addPlu', plu: '4011' })).toMatchObject([{ unit: 'gram', unitPrice: { amount: 299, decimals: 2 } }]);
  expect(priceOf({ type: 'addItem', sku: 'CARD' })).toMatchObject([{ name: 'Gift card' }]);
  expect(lane.refusal({ type: 'inquire', of: { type: 'scan', code: '4006381333948' } })).toBe('unknownCode');
  expect(lane.refusal({ type: 'inquire', of: { type: 'addItem', sku: 'GIFT' } })).toBe('noPrice');
  expect(lane.state()).toMatchObject({ lines: [], status: { waitingEntries: 0 } });
});

test('with a price what is said of the goods is told, to nobody else and at no scan', () => {
  open();
  publish(lane.store, [
    { type: 'attribute', key: 'fat', fields: { name: 'Fat', type: 'number', unit: '%', decimals: 1 } },
    { type: 'attribute', key: 'bio', fields: { name: 'Organic', type: 'yesNo' } },
    { type: 'attributeValue', key: attributeValueKey('MILK', 'bio'), fields: { value: 'yes' } },
    { type: 'attributeValue', key: attributeValueKey('MILK', 'fat'), fields: { value: '3.5' } },
  ]);
  expect(lane.take({ type: 'inquire', of: { type: 'scan', code: MILK } }).tiles?.[0]?.attributes).toEqual([
    { name: 'Fat', type: 'number', value: '3.5', unit: '%' },
    { name: 'Organic', type: 'yesNo', value: 'yes' },
  ]);
  expect(lane.take({ type: 'inquire', of: { type: 'addItem', sku: 'CARD' } }).tiles?.[0]).not.toHaveProperty('attributes');
  expect(lane.take({ type: 'search', text: 'milk', limit: 10 }).tiles?.[0]).toMatchObject({ sku: 'MILK' });
  expect(lane.take({ type: 'search', text: 'milk', limit: 10 }).tiles?.[0]).not.toHaveProperty('attributes');
  lane.take({ type: 'scan', code: MILK });
  expect(lane.lines()).toMatchObject([{ sku: 'MILK' }]);
  expect(JSON.stringify(lane.lines())).not.toContain('Organic');
});

test('a member is told the member’s price', () => {
  open();
  publish(lane.store, [
    {
      type: 'price',
      key: priceKey('MILK', 'member', undefined, { customerGroup: 'gold' }),
      fields: { amount: 99, decimals: 2, currency: 'EUR', customerGroup: 'gold' },
    },
  ]);
  const milk = { type: 'inquire', of: { type: 'scan', code: MILK } } as const;
  expect(lane.take(milk).tiles?.[0]?.unitPrice?.amount).toBe(119);
  lane.take({ type: 'setCustomer', customerId: '4711' });
  expect(lane.take(milk).tiles?.[0]?.unitPrice?.amount).toBe(99);
});

test('the drawer opens once its entry is on disk, with the reason, and once however often it is asked', () => {
  let opened = 0;
  lane = createTestLane(SERVICES, undefined, undefined, () => {
    expect(lane.store.waiting().entries).toBe(1);
    opened += 1;
  });
  const body = { type: 'openDrawer', reason: 'Change for a shopper' } as const;
  lane.ask(body, 'once');
  lane.ask(body, 'once');
  expect(opened).toBe(1);
  const [entry] = lane.store.entriesAfter(LANE_EPOCH, 0, 1, 10_000);
  const read = entry === undefined ? undefined : readEntry(entry.canonical, LEDGER_SCHEMAS);
  expect(read).toMatchObject({ value: { kind: LEDGER_KINDS.noSale.kind, fields: { reason: body.reason } } });
});

test('windows hear to which donation totals are rounded up, where the store names one that is', () => {
  open();
  expect(lane.take({ type: 'tiles' })).not.toHaveProperty('roundUp');
  publish(lane.store, [setting('roundUpSku', 'CARD')]);
  expect(lane.take({ type: 'tiles' })).not.toHaveProperty('roundUp');
  publish(lane.store, [setting('roundUpSku', 'GOOD')]);
  expect(lane.take({ type: 'tiles' })).toMatchObject({ roundUp: { sku: 'GOOD', name: 'Donation' } });
  lane.take({ type: 'scan', code: MILK });
  lane.take({ type: 'addItem', sku: 'GOOD', worthMinor: 81 });
  expect(lane.state().head.totals.totalMinor).toBe(200);
});
