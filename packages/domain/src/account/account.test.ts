import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { LEDGER_KINDS, type Fields } from '../ledger/ledger.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { addSale, noSums } from '../sale/sale-sums.ts';
import { readTenderType } from '../tender/tender-type.ts';
import { HEADER, must, openLane, readShop, CUT } from '../testing/shop.ts';
import { accountMovementsOf, adjustmentEntry, foldBalances, isOverdrawn, payoutEntry, readAdjustment, readPayout } from './account.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  socks | 11.90 | piece | 19    |
`);
const CARD = { account: 'giftCard', reference: 'G1', currency: 'EUR' } as const;

/** Socks, and 50.00 onto G1, paid with 20.00 of G2 and the rest in cash. */
function saleEntry(training = false): { readonly kind: number; readonly fields: Fields } {
  const socks = SHOP.get('socks');
  const type = readTenderType('ours', { kind: 'giftCard', keepsBalance: true });
  assert(socks !== undefined && type.ok, 'the shop has socks and takes its own cards');
  const add = { type: 'addItem', cut: CUT, price: socks.price, taxClass: socks.taxClass } as const;
  const gift = { ...socks.item, sku: 'gift', name: 'gift card', nature: 'giftCard' } as const;
  let lane = must(openLane(), { ...add, item: socks.item });
  lane = must(lane, { ...add, item: gift, faceMinor: 5_000, natureReference: 'G1' });
  lane = must(lane, { type: 'tender', tenderType: type.value, amountMinor: 2_000, reference: 'G2' });
  lane = must(lane, { type: 'payCash', amountMinor: 4_190 });
  return completeSale(lane.basket, { ...HEADER, training }, { receiptNumber: 'r' });
}

describe('what an entry moves', () => {
  test('a sale: lines add, tenders take', () => {
    expect(accountMovementsOf(saleEntry())).toEqual({
      ok: true,
      value: [
        { account: 'giftCard', reference: 'G1', currency: 'EUR', amountMinor: 5_000 },
        { account: 'giftCard', reference: 'G2', currency: 'EUR', amountMinor: -2_000 },
      ],
    });
  });

  test('nothing in training', () => expect(accountMovementsOf(saleEntry(true))).toEqual({ ok: true, value: [] }));

  test('the sale in the books: socks are revenue, the card is owed', () => {
    const sale = readSale(saleEntry().fields);
    assert(sale.ok, 'it can be read back');
    const sums = addSale(noSums('EUR'), sale.value);
    expect(sums).toMatchObject({ sales: 1, revenueMinor: 1_000, taxMinor: 190, tipsMinor: 0, roundingMinor: 0 });
    expect([...sums.liabilitiesMinor]).toEqual([['giftCard', 5_000]]);
    expect(sale.value.lines.map(({ stockQuantity }) => stockQuantity)).toEqual([1, 0]);
  });

  test('a payout and a correction', () => {
    const rounding = { stepMinor: 5, mode: 'half-up', scope: 'cash', refunds: 'mirrored' } as const;
    const payout = payoutEntry(HEADER, { ...CARD, amountMinor: 437 }, rounding);
    expect(readPayout(payout.fields)).toMatchObject({ ok: true, value: { amountMinor: 437, paidMinor: 435, reference: 'G1' } });
    expect(accountMovementsOf(payout)).toEqual({ ok: true, value: [{ ...CARD, amountMinor: -437 }] });
    const adjustment = adjustmentEntry(HEADER, { ...CARD, amountMinor: -63 }, 'expired');
    expect(readAdjustment(adjustment.fields)).toMatchObject({ ok: true, value: { amountMinor: -63, reason: 'expired' } });
    expect(accountMovementsOf(adjustment)).toEqual({ ok: true, value: [{ ...CARD, amountMinor: -63 }] });
    expect(accountMovementsOf({ ...payout, fields: { ...payout.fields, training: true } })).toEqual({ ok: true, value: [] });
  });

  test('other entries nothing', () => {
    expect(accountMovementsOf({ kind: LEDGER_KINDS.resume.kind, fields: {} })).toEqual({ ok: true, value: [] });
  });

  test.each<[string, Fields]>([
    ['account', { account: 'piggyBank' }],
    ['reference', { reference: '' }],
    ['reference', { reference: 'x'.repeat(65) }],
    ['reference', { reference: 'G\n1' }],
    ['currency', { currency: 'XXX' }],
    ['amountMinor', { amountMinor: 0 }],
    ['amountMinor', { amountMinor: 1e15 }],
    ['paidMinor', { paidMinor: -1 }],
  ])('what cannot be read is malformed: %s %o', (field, change) => {
    const { kind, fields } = payoutEntry(HEADER, { ...CARD, amountMinor: 437 }, undefined);
    expect(accountMovementsOf({ kind, fields: { ...fields, ...change } })).toMatchObject({ ok: false, error: { detail: { field } } });
  });

  test('a tender of a balance that nobody knows is no sale that can be booked', () => {
    const { fields } = saleEntry();
    const [card, ...rest] = fields['tenders'] as readonly Fields[];
    for (const change of [{ account: 'piggyBank' }, { reference: ' G2' }]) {
      expect(readSale({ ...fields, tenders: [{ ...card, ...change }, ...rest] })).toMatchObject({
        ok: false,
        error: { type: 'malformedEntry' },
      });
    }
  });
});

test('a customer’s account may be below zero, down to its limit where it has one; a card may not', () => {
  expect(isOverdrawn('giftCard', -1)).toBe(true);
  expect(isOverdrawn('giftCard', 0)).toBe(false);
  expect(isOverdrawn('onAccount', -1)).toBe(false);
  expect(isOverdrawn('onAccount', -500, 500)).toBe(false);
  expect(isOverdrawn('onAccount', -501, 500)).toBe(true);
});

test('one number has a balance in each currency', () => {
  const balances = new Map<string, number>();
  foldBalances(balances, [
    { ...CARD, amountMinor: 100 },
    { ...CARD, currency: 'USD', amountMinor: 7 },
    { ...CARD, amountMinor: -30 },
  ]);
  expect([...balances.values()]).toEqual([70, 7]);
});
