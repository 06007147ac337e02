import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import type { Fields } from '../ledger/ledger.ts';
import { receiptOf } from '../receipt/receipt.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { commandOf, HEADER, must, openLane, readShop, type Lane } from '../testing/shop.ts';
import { applyBasketEvent, replayBasket } from './basket-event.ts';
import { basketTotals, type Basket, type BasketEvent } from './basket.ts';
import { claimedMinorOf, claimsOf, discountMinorOf, isReductionSound, netMinorOf, type LineDiscount } from './line-discount.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  soap  | 10.00 | piece | 19    |
  tea   | 5.00  | piece | 7     |
`);

const OFFER: LineDiscount = { kind: 'promotion', reference: 'ten-off@ab12', name: '10 % off', amountMinor: -100 };
const COUPON: LineDiscount = {
  kind: 'coupon',
  reference: 'maker@cd34',
  name: 'Maker’s coupon',
  amountMinor: -200,
  coupon: 'MAKER2',
  funding: 'thirdParty',
};
const REPRICED: BasketEvent = {
  type: 'repriced',
  lines: [{ lineId: '1', discounts: [OFFER, COUPON] }],
  promotions: [
    { promotionId: 'ten-off', version: 'ab12', name: '10 % off', uses: 1 },
    { promotionId: 'maker', version: 'cd34', name: 'Maker’s coupon', uses: 1, coupon: { code: 'MAKER2', funding: 'thirdParty' } },
  ],
  rewards: [{ promotionId: 'stamps', name: 'Stamps', times: 2, reward: { type: 'points', points: 5 } }],
};

const does = (lane: Lane, ...words: readonly string[]): Lane =>
  words.reduce((current, phrase) => must(current, commandOf(SHOP, phrase)), lane);

const repriced = (lane: Lane, event: BasketEvent = REPRICED): Lane => ({
  basket: applyBasketEvent(lane.basket, event),
  events: [...lane.events, event],
});

describe('a line', () => {
  const line = { amountMinor: 1_000, discounts: [OFFER, COUPON] };

  test('keeps its gross, and says what is left, what the shopper saves and what a third party pays', () => {
    expect([netMinorOf(line), discountMinorOf(line), claimedMinorOf(line)]).toEqual([900, -300, 200]);
    expect([netMinorOf({ amountMinor: 1_000 }), discountMinorOf({ amountMinor: 1_000 }), claimedMinorOf({ amountMinor: 1_000 })]).toEqual([
      1_000, 0, 0,
    ]);
  });

  test('never pays the shopper, and mirrors where it comes back', () => {
    const off = (amountMinor: number): LineDiscount => ({ ...OFFER, amountMinor });
    expect(isReductionSound(line)).toBe(true);
    expect(isReductionSound({ amountMinor: 100, discounts: [off(-100)] })).toBe(true);
    expect(isReductionSound({ amountMinor: 100, discounts: [off(-60), off(-41)] })).toBe(false);
    expect(isReductionSound({ amountMinor: 100, discounts: [off(1)] })).toBe(false);
    expect(isReductionSound({ amountMinor: -100, discounts: [off(30)] })).toBe(true);
    expect(isReductionSound({ amountMinor: -100, discounts: [off(-30)] })).toBe(false);
    expect(isReductionSound({ amountMinor: 0, discounts: [off(0)] })).toBe(true);
  });

  test('claims once per coupon, whatever lines it was taken on', () => {
    const back = { amountMinor: -500, discounts: [{ ...COUPON, amountMinor: 50 }] };
    expect(claimsOf([line, line, back, { amountMinor: 1 }])).toEqual([{ code: 'MAKER2', amountMinor: 350 }]);
    expect(claimsOf([{ amountMinor: 1_000, discounts: [OFFER] }])).toEqual([]);
  });
});

describe('a basket whose lines were reduced', () => {
  const lane = repriced(does(openLane(), 'scan soap', '2 x tea'));

  test('taxes the net, lets a third party pay its part, and says what is saved', () => {
    expect(basketTotals(lane.basket)).toMatchObject({
      subtotalMinor: 1_900,
      totalMinor: 1_900,
      savedMinor: 300,
      claims: [{ code: 'MAKER2', amountMinor: 200 }],
      dueMinor: 1_700,
      taxes: [
        { taxClass: 'tax 19', netMinor: 756, taxMinor: 144 },
        { taxClass: 'tax 7', netMinor: 935, taxMinor: 65 },
      ],
    });
    const exclusive = repriced(does(openLane({ taxInclusive: false }), 'scan soap', '2 x tea')).basket;
    expect(basketTotals(exclusive)).toMatchObject({ subtotalMinor: 1_900, totalMinor: 2_141, dueMinor: 1_941 });
  });

  test('keeps its rows where they are, and the row that is looked at', () => {
    expect(lane.basket.rows.map((row) => row.lineId)).toEqual(['1', '2']);
    expect(lane.basket.currentLineId).toBe('2');
    expect(replayBasket(lane.basket.opening, lane.events)).toEqual(lane.basket);
  });

  test('refuses to be believed where a line would pay the shopper, or is not there', () => {
    const wrong = (lineId: string, amountMinor: number): BasketEvent => ({
      type: 'repriced',
      lines: [{ lineId, discounts: [{ ...OFFER, amountMinor }] }],
      promotions: [],
      rewards: [],
    });
    expect(() => repriced(lane, wrong('1', -1_001))).toThrow('no line pays the shopper');
    expect(() => repriced(lane, wrong('9', -1))).toThrow('only lines of the basket are re-priced');
  });

  test('forgets what it earned with its last line', () => {
    const gone = ['1', '2'].reduce((basket, lineId) => applyBasketEvent(basket, { type: 'lineVoided', lineId }), lane.basket);
    expect(gone).toMatchObject({ rows: [], promotions: [], rewards: [], coupons: [], customer: null });
  });

  test('does not change without the promotions that priced it', () => {
    expect(() => does(lane, 'scan tea')).toThrow('a basket with promotions is priced with them');
  });
});

const soldOf = (basket: Basket): Fields => completeSale(basket, HEADER, { receiptNumber: '1-0011-000001' }).fields;

describe('a sale', () => {
  const fields = soldOf(does(repriced(does(openLane(), 'scan soap', '2 x tea')), 'cash 20.00').basket);

  test('holds each share, the versions, the claim and the rewards, and is read back as it was', () => {
    expect(readSale(fields)).toMatchObject({
      ok: true,
      value: {
        totalMinor: 1_900,
        changeMinor: 300,
        claims: [{ code: 'MAKER2', amountMinor: 200 }],
        promotions: [
          { promotionId: 'ten-off', version: 'ab12', uses: 1 },
          { promotionId: 'maker', version: 'cd34', uses: 1 },
        ],
        rewards: [{ promotionId: 'stamps', times: 2, reward: { type: 'points', points: 5 } }],
        lines: [
          {
            amountMinor: 1_000,
            discounts: [
              { kind: 'promotion', reference: 'ten-off@ab12', amountMinor: -100 },
              { kind: 'coupon', reference: 'maker@cd34', amountMinor: -200, coupon: 'MAKER2', funding: 'thirdParty' },
            ],
          },
          { amountMinor: 1_000 },
        ],
      },
    });
  });

  test('without any of it has the columns that it always had', () => {
    const plain = soldOf(does(openLane(), 'scan soap', 'cash 10.00').basket);
    for (const column of ['promotions', 'claims', 'customer', 'rewards']) expect(plain).not.toHaveProperty(column);
    expect(plain['lines']).toEqual([expect.not.objectContaining({ discounts: expect.anything() })]);
  });

  test('is not believed where shares, claims or rewards were changed', () => {
    const [soap, tea] = fields['lines'] as readonly Fields[];
    assert(soap !== undefined && tea !== undefined, 'two lines were sold');
    const [offer, coupon] = soap['discounts'] as readonly Fields[];
    assert(offer !== undefined && coupon !== undefined, 'the soap has two reductions');
    const withSoap = (discounts: readonly Fields[]): Fields => ({ ...fields, lines: [{ ...soap, discounts }, tea] });
    const ruleOf = (changed: Fields): string => {
      const sale = readSale(changed);
      if (sale.ok) return 'ok';
      return sale.error.type === 'sumMismatch' ? sale.error.detail.rule : sale.error.detail.field;
    };
    expect(ruleOf(fields)).toBe('ok');
    expect(ruleOf(withSoap([{ ...offer, amountMinor: -99 }, coupon]))).toBe('lines');
    expect(ruleOf(withSoap([{ ...offer, amountMinor: 100 }, coupon]))).toBe('discounts');
    expect(ruleOf(withSoap([{ ...offer, amountMinor: -801 }, coupon]))).toBe('discounts');
    expect(ruleOf(withSoap([offer]))).toBe('claims');
    expect(ruleOf({ ...fields, claims: [{ code: 'MAKER2', amountMinor: 199 }] })).toBe('claims');
    expect(ruleOf({ ...fields, claims: [{ code: 'OTHER', amountMinor: 200 }] })).toBe('claims');
    expect(ruleOf({ ...fields, claims: undefined })).toBe('claims');
    expect(ruleOf({ ...fields, changeMinor: 100 })).toBe('tenders');
    expect(ruleOf(withSoap([{ ...offer, kind: 'gift' }, coupon]))).toBe('lines[0].discounts[0].kind');
    expect(ruleOf(withSoap([offer, { ...coupon, funding: 'store' }]))).toBe('lines[0].discounts[1].funding');
    expect(ruleOf({ ...fields, rewards: [{ promotionId: 'stamps', times: 1, type: 'car' }] })).toBe('rewards[0].type');
  });

  test('prints each reduction below its line, the claim, the sum saved, and what was earned', () => {
    const sale = readSale(fields);
    assert(sale.ok, 'the sale can be read');
    const { blocks } = receiptOf(sale.value, {
      settings: { storeName: '', storeAddress: '', receiptFooter: '', timeZone: 'Etc/UTC' },
      lane: '1',
      atMs: 0,
      itemName: (sku) => sku.toUpperCase(),
      taxName: () => undefined,
      reductionName: (reference) => (reference === OFFER.reference ? OFFER.name : undefined),
    });
    const told = blocks.flatMap((block) => {
      if (block.type === 'line') return [`${block.name} ${block.amountMinor}`];
      if (block.type === 'reduction') return [`- ${block.name} ${block.amountMinor}`];
      if (block.type === 'amount') return [`${block.label} ${block.amountMinor}`];
      return block.type === 'text' ? [block.text] : [];
    });
    expect(told).toEqual([
      'SOAP 1000',
      '- 10 % off -100',
      '- Reduction -200',
      'TEA 1000',
      'Total 1900',
      'Coupon MAKER2 200',
      'Cash 2000',
      'Change 300',
      'You save 300',
      'Points earned: 10',
    ]);
  });
});
