/**
 * Numbers that no till should ever send, in every command that takes one: each is a typed refusal, and nothing of it is applied. The catalogue's own bad input (taxes, promotions,
 * bundles, prices) is in the tables, `scenarios/bad-input.txt`.
 */
import { assert } from '@holdfast/base';
import { describe, expect, test } from 'vitest';

import { applyBasketCommand } from './basket/basket-command.ts';
import { applyBasketEvents, openBasket } from './basket/basket-event.ts';
import { basketTotals, type Basket, type BasketCommand } from './basket/basket.ts';
import { REFUSAL_TYPES } from './refusal.ts';
import { readSale } from './sale/read-sale.ts';
import { completeSale } from './sale/sale-entry.ts';
import type { Sale } from './sale/sale.ts';
import { CUT, HEADER, OPENING, readShop, TENDER_TYPES } from './testing/shop.ts';

const SHOP = readShop(`
  goods  | price      | unit  | tax % | age
  -------+------------+-------+-------+----
  milk   | 1.19       | piece | 7     |
  apples | 1.99       | gram  | 7     |
  card   |            | piece | 0     |
  dollar | 5.00 USD   | piece | 7     |
`);
const goods = (name: string) => {
  const found = SHOP.get(name);
  assert(found !== undefined, `the shop has ${name}`);
  return { cut: CUT, item: found.item, price: found.price, taxClass: found.taxClass };
};
const tender = (key: string) => {
  const type = TENDER_TYPES.get(key);
  assert(type !== undefined, `the shop takes ${key}`);
  return type;
};
const override = (amount: number, decimals = 2) => ({ unitPrice: { amount, decimals }, reason: 'torn' });

function after(commands: readonly BasketCommand[], start: Basket = openBasket(OPENING)): Basket {
  return commands.reduce((basket, command) => {
    const answer = applyBasketCommand(basket, command);
    assert(answer.ok, `${command.type} is done: ${JSON.stringify(answer)}`);
    return applyBasketEvents(basket, answer.value);
  }, start);
}

const OPEN = after([{ type: 'addItem', ...goods('milk'), quantity: 3 }]);
const SOLD = after([{ type: 'payCash', amountMinor: basketTotals(OPEN).cashDueMinor }], OPEN);
const soldEntry = completeSale(SOLD, HEADER, { receiptNumber: '1-abcd-000001' });
const SALE: Sale = (() => {
  const sale = readSale(soldEntry.fields);
  assert(sale.ok, 'what was sold reads back');
  return sale.value;
})();

/** No amount: negative, fractional, beyond what an amount can be, or no number at all. */
const NO_AMOUNTS = [-1, 0.5, -0.5, 1e15, -1e15, 1e15 + 0.5, Number.MAX_SAFE_INTEGER, Number.NaN, Infinity, -Infinity];
/** No quantity of anything. */
const NO_QUANTITIES = NO_AMOUNTS.filter((value) => value !== -1);

const COMMANDS: Readonly<Record<string, { readonly values: readonly number[]; readonly of: (value: number) => BasketCommand }>> = {
  'addItem quantity': { values: NO_QUANTITIES, of: (quantity) => ({ type: 'addItem', ...goods('milk'), quantity, confirmed: true }) },
  'addItem weight': { values: NO_QUANTITIES, of: (quantity) => ({ type: 'addItem', ...goods('apples'), quantity, confirmed: true }) },
  'addItem tare': { values: NO_AMOUNTS, of: (tare) => ({ type: 'addItem', ...goods('apples'), quantity: 500, tare }) },
  'addItem price': { values: NO_AMOUNTS, of: (amount) => ({ type: 'addItem', ...goods('milk'), override: override(amount) }) },
  'addItem decimals': { values: NO_AMOUNTS, of: (decimals) => ({ type: 'addItem', ...goods('milk'), override: override(119, decimals) }) },
  'addItem unlisted price': {
    values: NO_AMOUNTS,
    of: (amount) => ({ type: 'addItem', ...goods('card'), unlistedPrice: { amount, decimals: 2 } }),
  },
  'addItem label': { values: NO_AMOUNTS, of: (amount) => ({ type: 'addItem', ...goods('apples'), label: { amount, decimals: 2 } }) },
  'addItem worth': {
    values: NO_AMOUNTS,
    of: (faceMinor) => {
      const { item, ...card } = goods('card');
      return { type: 'addItem', ...card, item: { ...item, nature: 'giftCard' }, faceMinor, natureReference: 'G1' };
    },
  },
  'setQuantity quantity': { values: NO_QUANTITIES, of: (quantity) => ({ type: 'setQuantity', lineId: '1', quantity, confirmed: true }) },
  'overridePrice price': { values: NO_AMOUNTS, of: (amount) => ({ type: 'overridePrice', lineId: '1', override: override(amount) }) },
  'discount amount': {
    values: NO_AMOUNTS,
    of: (amountMinor) => ({ type: 'discount', off: { type: 'amount', amountMinor }, reason: 'torn' }),
  },
  'discount percentage': {
    values: NO_AMOUNTS,
    of: (bps) => ({ type: 'discount', lineId: '1', off: { type: 'percent', bps }, reason: 'torn' }),
  },
  'payCash amount': { values: NO_AMOUNTS, of: (amountMinor) => ({ type: 'payCash', amountMinor }) },
  'tender amount': { values: NO_AMOUNTS, of: (amountMinor) => ({ type: 'tender', tenderType: tender('card'), amountMinor }) },
  'tender tip': { values: NO_AMOUNTS, of: (tipMinor) => ({ type: 'tender', tenderType: tender('card'), amountMinor: 100, tipMinor }) },
  'tender cash back': {
    values: NO_AMOUNTS,
    of: (cashBackMinor) => ({ type: 'tender', tenderType: tender('card'), amountMinor: 357, cashBackMinor }),
  },
  'foreign cash': { values: NO_AMOUNTS, of: (amountMinor) => ({ type: 'tender', tenderType: tender('usd'), amountMinor }) },
  'setReturn quantity': {
    values: [0, ...NO_AMOUNTS],
    of: (quantity) => ({
      type: 'setReturn',
      cut: CUT,
      sale: SALE,
      others: [],
      wishes: [{ line: 1, quantity }],
      terms: { businessDate: HEADER.businessDate, returnDaysOf: () => undefined, refundToOf: () => 'original' },
      itemNameOf: () => undefined,
      taxNameOf: () => undefined,
    }),
  },
};

describe.each(Object.entries(COMMANDS))('%s', (_name, { values, of }) => {
  test.each(values)('%d is refused by name, and nothing of it is applied', (value) => {
    const before = JSON.stringify(OPEN);
    const answer = applyBasketCommand(OPEN, of(value));
    assert(!answer.ok, `refused: ${JSON.stringify(answer)}`);
    expect(REFUSAL_TYPES).toContain(answer.error.type);
    expect(JSON.stringify(OPEN)).toBe(before);
  });
});

describe('currencies are never mixed', () => {
  test('goods that are priced in another currency are not sold', () => {
    expect(applyBasketCommand(OPEN, { type: 'addItem', ...goods('dollar') })).toEqual({
      ok: false,
      error: { type: 'noPrice', detail: { sku: 'dollar', name: 'dollar', currency: 'EUR', offeredCurrency: 'USD' } },
    });
  });

  test('a sale of another currency gives nothing back here', () => {
    const command = COMMANDS['setReturn quantity']?.of(1);
    assert(command?.type === 'setReturn', 'a return');
    expect(applyBasketCommand(OPEN, { ...command, sale: { ...SALE, currency: 'USD' } })).toEqual({
      ok: false,
      error: { type: 'returnElsewhere', detail: { receiptNumber: SALE.receiptNumber, because: 'currency' } },
    });
  });
});

describe('an entry with such a number is no sale', () => {
  const lineWith = (column: string, value: number) => ({
    ...soldEntry.fields,
    lines: (soldEntry.fields['lines'] as readonly object[]).map((line) => ({ ...line, [column]: value })),
  });
  test.each([
    ['totalMinor', 0.5],
    ['totalMinor', 1e16],
    ['changeMinor', 0.5],
    ['changeMinor', -1e16],
  ])('%s %d', (column, value) => expect(readSale({ ...soldEntry.fields, [column]: value }).ok).toBe(false));
  test.each([
    ['amountMinor', 0.5],
    ['amountMinor', 1e16],
    ['quantity', 0.5],
    ['quantity', 1e16],
    ['unitPriceAmount', 1e16],
    ['unitPriceAmount', 0.5],
    ['unitPriceDecimals', 99],
  ])('line %s %d', (column, value) => expect(readSale(lineWith(column, value)).ok).toBe(false));
});
