/** Promotions, coupons and customers at the lane: out of the catalogue, over its disk, to its windows and its ledger. */
import { assert } from '@holdfast/base';
import { promotionUseKey, usesCountedKey } from '@holdfast/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { requestBodySchema, tillMessageSchema, type RequestBody } from '../shared/till-contract.ts';
import {
  ASSORTMENT,
  BEER,
  createTestLane,
  IDENTITY,
  LANE_EPOCH,
  MILK,
  priceOf,
  publish,
  setting,
  type PublishedEntity,
  type TestLane,
} from './testing/test-lane.ts';

const promotion = (key: string, name: string, body: object): PublishedEntity => ({
  type: 'promotion',
  key,
  fields: { name, body: JSON.stringify({ priority: 0, combine: 'best', currency: 'EUR', ...body }) },
});
const each = (off: object, goods: object = {}): object => ({ type: 'each', goods, tiers: [{ fromPieces: 1, off }] });
const PERCENT = (bps: number): object => ({ type: 'percent', bps });
const COUPON_CODE = '9900000000011';

const SHOP: readonly PublishedEntity[] = [
  ...ASSORTMENT,
  promotion('three-milk', 'Three for two', {
    offer: {
      type: 'set',
      sets: [{ slots: [{ goods: { skus: ['MILK'] }, pieces: 3 }], off: PERCENT(10_000), on: { cheapest: 1 } }],
    },
  }),
  promotion('hearts', 'Hearts off', {
    coupon: { code: COUPON_CODE, funding: 'thirdParty' },
    offer: each({ type: 'amount', amountMinor: 50 }, { skus: ['85123A'] }),
  }),
  promotion('members', 'For members', {
    when: { customerGroups: ['gold'] },
    limits: { perCustomer: 2 },
    offer: each({ type: 'amount', amountMinor: 10 }, { skus: ['PEAR'] }),
  }),
  promotion('opening', 'Opening week', {
    limits: { budgetMinor: 30 },
    offer: each({ type: 'amount', amountMinor: 20 }, { skus: ['BEER'] }),
  }),
  promotion('pear', 'A pear for you', {
    offer: { type: 'reward', minimum: { goods: { skus: ['85123A'] }, pieces: 2 }, reward: { type: 'gift', sku: 'PEAR', pieces: 1 } },
  }),
  { type: 'coupon', key: COUPON_CODE, fields: { name: 'Hearts' } },
  { type: 'coupon', key: 'LAST-YEAR', fields: { name: 'Last year', toMs: 1_000 } },
  { type: 'customer', key: '4711', fields: { groups: 'gold' } },
];

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane(SHOP);
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const scan = (code: string, more: object = {}): RequestBody => ({ type: 'scan', code, ...more });
const pay = (amountMinor: number): RequestBody => ({ type: 'payCash', amountMinor });
const saved = (): number => lane.state().head.totals.savedMinor ?? 0;

/** As a window hears it: every message as the contract says. */
function heard(body: RequestBody): void {
  const { broadcast, reply } = lane.ask(requestBodySchema.parse(body));
  for (const message of [...broadcast, reply]) expect(tillMessageSchema.parse(message)).toEqual(message);
  expect(reply.type).toBe('reply');
}

test('a line shows what is taken off it, the head what is saved, the receipt both', () => {
  heard(scan(MILK, { quantity: 3 }));
  expect(lane.lines()).toMatchObject([{ amountMinor: 357, discounts: [{ name: 'Three for two', amountMinor: -119 }] }]);
  expect(lane.state().head.totals).toMatchObject({ totalMinor: 238, dueMinor: 238, savedMinor: 119 });
  heard(pay(238));
  const { receipt } = lane.take({ type: 'receipt', receiptNumber: '1-abcd-000001' });
  expect(receipt?.blocks).toContainEqual({ type: 'reduction', name: 'Three for two', amountMinor: -119 });
  expect(receipt?.blocks).toContainEqual({ type: 'amount', label: 'You save', amountMinor: 119, emphasis: false });
});

test('rows that a scan reduces are told, wherever they stand, and none moves', () => {
  heard(scan(MILK));
  heard(scan('85123A'));
  heard({ type: 'setQuantity', lineId: '1', quantity: 2 });
  const { broadcast } = lane.ask(scan(MILK));
  const [message] = broadcast;
  assert(message?.type === 'basket', 'the basket changed');
  expect(message.upserted.map(({ lineId, position, discounts }) => [lineId, position, discounts?.length])).toEqual([['1', 1, 1]]);
});

test('B-1: what a basket began with holds after a kill, and whatever is published meanwhile', () => {
  heard(scan(MILK, { quantity: 3 }));
  publish(lane.store, [promotion('three-milk', 'Nothing off', { offer: each(PERCENT(100), { skus: ['MILK'] }) })]);
  expect(lane.till.cutMoved()).toEqual([]);
  lane.reopen();
  expect(saved()).toBe(119);
  heard(scan(MILK, { quantity: 3 }));
  expect(saved()).toBe(238);
  heard({ type: 'suspend' });
  heard(scan(MILK, { quantity: 3 }));
  expect(lane.lines()[0]?.discounts).toMatchObject([{ name: 'Nothing off', amountMinor: -4 }]);
  heard({ type: 'voidSale' });
  const [parked] = lane.take({ type: 'suspended' }).suspended ?? [];
  assert(parked !== undefined, 'one basket is parked');
  heard({ type: 'resume', basketId: parked.basketId });
  expect(saved()).toBe(238);
  heard({ type: 'setQuantity', lineId: '1', quantity: 3 });
  expect(saved()).toBe(119);
});

test('a coupon is scanned like goods; a third party pays its part', () => {
  heard(scan(COUPON_CODE));
  expect(lane.state().head.coupons).toEqual([{ code: COUPON_CODE, name: 'Hearts', isUsed: false }]);
  heard(scan('85123A'));
  const { head } = lane.state();
  expect(head.coupons).toEqual([{ code: COUPON_CODE, name: 'Hearts', isUsed: true }]);
  expect(head.totals).toMatchObject({ totalMinor: 255, claimedMinor: 50, dueMinor: 205, savedMinor: 50 });
  expect(lane.lines()).toMatchObject([{ discounts: [{ name: 'Hearts off', amountMinor: -50, thirdParty: true }] }]);
  expect(lane.refusal(scan(COUPON_CODE))).toBe('couponTwice');
  expect(lane.lines()).toHaveLength(1);
  expect(lane.refusal({ type: 'addCoupon', code: 'NEVER-HEARD-OF' })).toBe('unknownCoupon');
  expect(lane.refusal({ type: 'addCoupon', code: 'LAST-YEAR' })).toBe('couponNotValid');
  heard({ type: 'removeCoupon', code: COUPON_CODE });
  expect(saved()).toBe(0);
  heard({ type: 'addCoupon', code: COUPON_CODE });
  heard(pay(205));
  expect(lane.state().head.completed).toMatchObject({ totalMinor: 255, claimedMinor: 50, savedMinor: 50, cashMinor: 205, changeMinor: 0 });
});

test('a customer’s group counts, and how often they bought so, over sales and a kill', () => {
  heard(scan('PEAR', { quantity: 3 }));
  expect(saved()).toBe(0);
  heard({ type: 'setCustomer', customerId: '4711' });
  expect(lane.state().head.customer).toEqual({ customerId: '4711', groups: ['gold'] });
  expect(saved()).toBe(20);
  heard({ type: 'setQuantity', lineId: '1', quantity: 1 });
  heard(pay(49));
  lane.reopen();
  heard({ type: 'setCustomer', customerId: '4711' });
  heard(scan('PEAR', { quantity: 3 }));
  expect(saved()).toBe(10);
  heard({ type: 'setCustomer', customerId: 'somebody-new' });
  expect(lane.state().head.customer).toEqual({ customerId: 'somebody-new', groups: [] });
  expect(saved()).toBe(0);
  heard({ type: 'clearCustomer' });
  expect(lane.state().head.customer).toBeUndefined();
});

test('a budget is spent by sales, not by baskets that were given up', () => {
  heard(scan(BEER));
  expect(saved()).toBe(20);
  heard({ type: 'voidSale' });
  heard(scan(BEER));
  heard({ type: 'confirmAge', method: 'document' });
  heard(pay(79));
  heard(scan(BEER));
  expect(saved()).toBe(0);
});

test('a gift is asked for until it is scanned', () => {
  heard(scan('85123A', { quantity: 2 }));
  expect(lane.state().head.gifts).toEqual([{ promotion: 'A pear for you', sku: 'PEAR', name: 'Pear', pieces: 1 }]);
  heard(scan('PEAR'));
  expect(lane.state().head.gifts).toBeUndefined();
  expect(saved()).toBe(59);
});

test('a gift that was left behind stands on the receipt by its name, and on each copy, whatever it is called later', () => {
  heard(scan('85123A', { quantity: 2 }));
  heard(pay(510));
  const { receiptNumber } = lane.state().head.completed ?? {};
  assert(receiptNumber !== undefined, 'the sale is paid');
  publish(lane.store, [{ type: 'item', key: 'PEAR', fields: { name: 'Conference pear' } }]);
  const copy = lane.take({ type: 'receipt', receiptNumber }).receipt;
  expect(copy?.blocks).toContainEqual({ type: 'text', text: 'Gift: 1 × Pear', align: 'center' });
});

test('what a way to pay would save is known before it is taken', () => {
  publish(lane.store, [
    promotion('cash', 'For cash', { when: { tenderTypes: ['cash'] }, offer: each(PERCENT(1_000), { skus: ['85123A'] }) }),
  ]);
  heard(scan('85123A'));
  expect(lane.state().head).toMatchObject({
    totals: { dueMinor: 255 },
    tenderOffers: [{ tenderType: 'cash', name: 'Cash', dueMinor: 229, cashDueMinor: 229, savedMinor: 26 }],
  });
  heard(pay(300));
  expect(lane.state().head.completed).toMatchObject({ totalMinor: 229, changeMinor: 71 });
});

test('policies are settings of the store', () => {
  publish(lane.store, [
    setting('promotionStacking', 'add'),
    promotion('ten', 'Ten', { combine: 'compounding', offer: each(PERCENT(1_000), { skus: ['85123A'] }) }),
    promotion('twenty', 'Twenty', { combine: 'compounding', offer: each(PERCENT(2_000), { skus: ['85123A'] }) }),
  ]);
  heard(scan('85123A'));
  expect(lane.lines()[0]?.discounts).toMatchObject([
    { name: 'Ten', amountMinor: -26 },
    { name: 'Twenty', amountMinor: -51 },
  ]);
});

test('a rule that this till does not understand takes nothing off', () => {
  publish(lane.store, [promotion('three-milk', 'From next year', { offer: { type: 'lottery' } })]);
  heard(scan(MILK, { quantity: 3 }));
  expect(saved()).toBe(0);
});

test('a line says why it costs what it costs: its prices, what was taken off, what was not and why', () => {
  publish(lane.store, [
    promotion('ten', 'Ten', { combine: 'best', offer: each(PERCENT(1_000), { skus: ['85123A'] }) }),
    promotion('twenty', 'Twenty', { combine: 'best', offer: each(PERCENT(2_000), { skus: ['85123A'] }) }),
    priceOf('85123A', 300, 'promotional'),
  ]);
  heard(scan('85123A'));
  heard({ type: 'discount', lineId: '1', off: { type: 'amount', amountMinor: 40 }, reason: 'scratched' });
  publish(lane.store, [priceOf('85123A', 199, 'clearance')]);
  heard({ type: 'explain', lineId: '1' });
  const { explanation } = lane.take({ type: 'explain', lineId: '1' });
  expect(explanation).toMatchObject({
    unitPrice: { amount: 300, decimals: 2 },
    // At the basket's own cut: what was published behind it is not looked at.
    prices: [
      { type: 'promotional', unitPrice: { amount: 300, decimals: 2 } },
      { type: 'regular', reason: 'type' },
    ],
    amountMinor: 300,
    taken: [
      { kind: 'promotion', name: 'Twenty', amountMinor: -60 },
      { kind: 'manual', name: 'scratched', because: 'scratched', amountMinor: -40 },
    ],
    netMinor: 200,
    taxes: [{ name: 'VAT', rateBps: 1_900, netMinor: 168, taxMinor: 32 }],
  });
  expect(explanation?.notTaken).toContainEqual({ name: 'Ten', reason: 'savesMore', by: 'Twenty' });
  expect(explanation?.changedSince).toBeUndefined();
  expect(lane.refusal({ type: 'explain', lineId: '2' })).toBe('noSuchLine');
});

test('a line says of what it counted for that it took nothing', () => {
  const second = { type: 'set', sets: [{ slots: [{ goods: {}, pieces: 2 }], off: PERCENT(5_000), on: { cheapest: 1 } }] };
  publish(lane.store, [promotion('half', 'Second half', { combine: 'best', offer: second })]);
  heard(scan('85123A'));
  heard(scan(MILK));
  const explanations = ['1', '2'].map((lineId) => lane.take({ type: 'explain', lineId }).explanation);
  const [dearer, cheaper] = explanations.toSorted((left, right) => (right?.amountMinor ?? 0) - (left?.amountMinor ?? 0));
  expect(dearer?.helped).toEqual([{ name: 'Second half' }]);
  expect(dearer?.taken).toEqual([]);
  expect(cheaper?.helped).toBeUndefined();
  expect(cheaper?.taken).toMatchObject([{ name: 'Second half' }]);
});

describe('what headquarters summed up', () => {
  const told = (promotionId: string, uses: number, usedMinor: number, customer = ''): PublishedEntity => ({
    type: 'promotionUse',
    key: promotionUseKey(promotionId, customer),
    fields: { uses, usedMinor, ...(customer === '' && { devices: 4 }) },
  });
  const counted = (seq: number): PublishedEntity => ({
    type: 'usesCounted',
    key: usesCountedKey(IDENTITY.device, LANE_EPOCH),
    scope: 'store:1',
    fields: { seq },
  });
  const sellPears = (quantity: number, amountMinor: number): void => {
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR', { quantity }));
    heard(pay(amountMinor));
  };

  test('counts beside what this lane used since, and what it holds already does not count twice', () => {
    publish(lane.store, [told('members', 1, 10, '4711')]);
    sellPears(3, 3 * 59 - 10);
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR'));
    expect(saved()).toBe(0);
    heard({ type: 'voidSale' });
    // The sum holds this lane's use by now, and another lane's was undone.
    publish(lane.store, [told('members', 1, 10, '4711'), counted(100)]);
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR', { quantity: 3 }));
    expect(saved()).toBe(10);
  });

  test('a budget is gone where other lanes spent it, also for a basket that began before', () => {
    heard(scan(BEER));
    expect(saved()).toBe(20);
    publish(lane.store, [told('opening', 5, 25)]);
    heard(scan(MILK));
    expect(saved()).toBe(0);
  });

  test('own uses outlive the process, and are forgotten once they are counted', () => {
    sellPears(2, 2 * 49);
    lane.reopen();
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR'));
    expect(saved()).toBe(0);
    const ownUses = (): number => lane.db.prepare<[], number>('SELECT count(*) FROM promotion_use_own').pluck().get() ?? 0;
    expect(ownUses()).toBe(1);
    publish(lane.store, [told('members', 2, 20, '4711'), counted(1)]);
    heard(pay(59));
    expect(ownUses()).toBe(0);
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR'));
    expect(saved()).toBe(0);
  });

  test('a sale that is undone gives its uses back', () => {
    sellPears(2, 2 * 49);
    const { receiptNumber } = lane.take({ type: 'receipts', limit: 1 }).receipts?.[0] ?? { receiptNumber: '' };
    heard({ type: 'postVoid', receiptNumber });
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan('PEAR', { quantity: 2 }));
    expect(saved()).toBe(20);
  });

  test('a tier is a group', () => {
    publish(lane.store, [{ type: 'customer', key: '4712', fields: { groups: 'staff', tier: 'gold' } }]);
    heard({ type: 'setCustomer', customerId: '4712' });
    expect(lane.state().head.customer).toEqual({ customerId: '4712', groups: ['staff', 'gold'], tier: 'gold' });
    heard(scan('PEAR'));
    expect(saved()).toBe(10);
  });

  test('a line tells what is left of the limits, and what lanes that are cut off may overspend at worst', () => {
    publish(lane.store, [told('opening', 5, 10), told('members', 1, 10, '4711')]);
    heard({ type: 'setCustomer', customerId: '4711' });
    heard(scan(BEER));
    heard(scan('PEAR'));
    expect(lane.take({ type: 'explain', lineId: '1' }).explanation?.limits).toEqual([
      { name: 'Opening week', budget: { limitMinor: 30, usedMinor: 10 }, otherLanes: 3, worstOverspendMinor: 60 },
    ]);
    expect(lane.take({ type: 'explain', lineId: '2' }).explanation?.limits).toEqual([
      { name: 'For members', perCustomer: { limit: 2, used: 1 } },
    ]);
  });
});
