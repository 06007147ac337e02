/** Sales for property tests, however they were priced, taxed, rounded and paid, and their goods coming back part by part. */
import { assert } from '@holdfast/base';
import * as fc from 'fast-check';

import { applyBasketCommand } from '../basket/basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from '../basket/basket-event.ts';
import { basketLines, basketTotals, type Basket, type BasketCommand, type BasketEvent, type BasketOpening } from '../basket/basket.ts';
import type { LineDiscount } from '../basket/line-discount.ts';
import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES } from '../money/cash-rounding.ts';
import { scaleRounded } from '../money/money.ts';
import type { RepriceRest } from '../returns/return-bundle.ts';
import { returnableLines } from '../returns/return-line.ts';
import type { ReturnTerms, ReturnWish } from '../returns/return-quote.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import type { Sale } from '../sale/sale.ts';
import type { TaxClass } from '../tax/tax-rule.ts';
import { INCLUDED_HALVES, TAX_ROUNDING_BASES, TAX_ROUNDINGS } from '../tax/tax.ts';
import type { TenderType } from '../tender/tender-type.ts';
import { CUT, HEADER, OPENING, readShop, TENDER_TYPES } from './shop.ts';

/** So many thousandths of a sum, rounded down. */
const perMille = (sum: number, share: number): number => scaleRounded(sum, share, 1_000, 'down') ?? 0;

const TAXED: readonly TaxClass[] = [
  { taxClass: 'tax 7', name: 'VAT 7 %', rateBps: 700 },
  { taxClass: 'tax 19', name: 'VAT 19 %', rateBps: 1_900 },
  { taxClass: 'tax 0', name: 'Untaxed', rateBps: 0 },
  {
    taxClass: 'tax stacked',
    name: 'Stacked',
    rateBps: 1_536,
    components: [
      { component: 'a', name: 'A', ratePpm: 60_000 },
      { component: 'b', name: 'B', ratePpm: 60_000 },
      { component: 'c', name: 'C', ratePpm: 30_000, on: ['a', 'b'] },
    ],
  },
  {
    taxClass: 'tax sugar',
    name: 'Sugar',
    rateBps: 700,
    components: [
      { component: 'vat', name: 'VAT', ratePpm: 70_000 },
      { component: 'sugar', name: 'Sugar', perUnitMinor: 25, currency: 'EUR' },
    ],
  },
];

const GOODS = [
  ...readShop(`
    goods  | price | unit  | tax % | age
    -------+-------+-------+-------+----
    tea    | 3.34  | piece | 7     |
    bread  | 2.47  | piece | 7     |
    lamp   | 40.01 | piece | 19    |
    penny  | 0.01  | piece | 19    |
    apples | 1.99  | gram  | 7     |
  `).values(),
];

export const line = fc.record({
  goods: fc.constantFrom(...GOODS),
  quantity: fc.integer({ min: 1, max: 7 }),
  tax: fc.constantFrom(...TAXED),
  /** In thousandths of the line's amount; several may come, and the second may be somebody else's. */
  offs: fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 2 }),
  isThirdParty: fc.boolean(),
});

export const opening: fc.Arbitrary<BasketOpening> = fc
  .record({
    taxInclusive: fc.boolean(),
    taxRounding: fc.constantFrom(...TAX_ROUNDINGS),
    basis: fc.constantFrom(...TAX_ROUNDING_BASES),
    includedHalf: fc.constantFrom(...INCLUDED_HALVES),
    cashRounding: fc.option(
      fc.record(
        {
          stepMinor: fc.constantFrom(5, 10, 100),
          mode: fc.constantFrom(...CASH_ROUNDING_MODES),
          scope: fc.constantFrom(...CASH_ROUNDING_SCOPES),
          refunds: fc.constant('mirrored' as const),
        },
        { noNullPrototype: true },
      ),
      { nil: undefined },
    ),
  })
  .map(({ taxInclusive, taxRounding, basis, includedHalf, cashRounding }) => ({
    ...OPENING,
    taxInclusive,
    taxRounding,
    taxPolicy: { basis, includedHalf, fixedTaxReturns: 'mirrored' },
    ...(cashRounding !== undefined && { cashRounding }),
  }));

/** Parts of what is due that cards pay, in thousandths, a benefit card before them; the rest is cash, handed over with something on top. */
export const payment = fc.record({
  benefit: fc.constantFrom(0, 0, 1, 333, 500, 1_000),
  meal: fc.constantFrom(0, 0, 250, 1_000),
  cards: fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 2 }),
  onTop: fc.integer({ min: 0, max: 5_000 }),
});

function does(basket: Basket, command: BasketCommand): { readonly basket: Basket; readonly events: readonly BasketEvent[] } {
  const answer = applyBasketCommand(basket, command);
  assert(answer.ok, `${command.type} is done: ${JSON.stringify(answer)}`);
  return { basket: applyBasketEvents(basket, answer.value), events: answer.value };
}

const discountsOf = (amountMinor: number, offs: readonly number[], isThirdParty: boolean): readonly LineDiscount[] =>
  offs.map((off, index) => ({
    kind: 'promotion',
    reference: `p${index}@1`,
    amountMinor: 0 - perMille(amountMinor, off),
    ...(isThirdParty && index === 1 && { funding: 'thirdParty', coupon: 'C1' }),
  }));

export const BENEFIT: TenderType = {
  tenderType: 'benefit',
  name: 'Benefit',
  kind: 'card',
  overTender: 'refused',
  refundTo: 'original',
  takesTips: false,
  cashBackMaximumMinor: 0,
  untaxes: true,
  eligible: { skus: new Set(), taxClasses: new Set(['tax 7', 'tax stacked', 'tax sugar']) },
};

/** It pays for tea and lamps, with their taxes. */
export const MEAL: TenderType = {
  tenderType: 'meal',
  name: 'Meal voucher',
  kind: 'voucher',
  overTender: 'refused',
  refundTo: 'original',
  takesTips: false,
  cashBackMaximumMinor: 0,
  eligible: { skus: new Set(['tea', 'lamp']), taxClasses: new Set() },
};

/** So many thousandths of what a benefit card may pay for, which its refusal of more tells. */
function payByLimited(basket: Basket, tenderType: TenderType, share: number): Basket {
  const offer = (amountMinor: number): BasketCommand => ({ type: 'tender', tenderType, amountMinor });
  const refused = applyBasketCommand(basket, offer(1_000_000));
  if (share === 0 || basket.state !== 'open' || refused.ok || refused.error.type !== 'tenderAboveLimit') return basket;
  const amountMinor = perMille(refused.error.detail.limitMinor, share);
  if (amountMinor === 0) return basket;
  const { dueMinor } = basketTotals(basket);
  const paid = does(basket, offer(amountMinor)).basket;
  assert(basketTotals(paid).dueMinor <= dueMinor - amountMinor, 'what is paid is due no more');
  return paid;
}

const saleOf = (basket: Basket, receiptNumber: string): Sale => {
  const sale = readSale(completeSale(basket, HEADER, { receiptNumber }).fields);
  assert(sale.ok, `the sale reads back: ${JSON.stringify(sale)}`);
  return sale.value;
};

export function sell(
  terms: BasketOpening,
  chosen: readonly (typeof line extends fc.Arbitrary<infer T> ? T : never)[],
  pays: typeof payment extends fc.Arbitrary<infer T> ? T : never,
): Sale {
  let basket = openBasket(terms);
  for (const { goods, quantity, tax } of chosen) {
    // A cost that no piece of it divides evenly.
    const unitCost = { amount: (goods.price?.price.amount ?? 0) * 7 + 3, decimals: 3 };
    const item = { ...goods.item, taxClass: tax.taxClass, cost: { unitCost, currency: 'EUR' } };
    const value = item.unit === 'gram' ? quantity * 137 : quantity;
    basket = does(basket, { type: 'addItem', cut: CUT, item, price: goods.price, taxClass: tax, quantity: value }).basket;
  }
  // The same goods may have come together in one line: the first of them says what is taken off.
  const lines = basketLines(basket).map(({ lineId, amountMinor }, index) => ({
    lineId,
    discounts: discountsOf(amountMinor, chosen[index]?.offs ?? [], chosen[index]?.isThirdParty ?? false),
  }));
  basket = applyBasketEvents(basket, [{ type: 'repriced', lines, promotions: [], rewards: [] }]);
  basket = payByLimited(payByLimited(basket, MEAL, pays.meal), BENEFIT, pays.benefit);
  const card = TENDER_TYPES.get('card');
  assert(card !== undefined, 'the shop takes cards');
  for (const part of pays.cards) {
    const amountMinor = perMille(basketTotals(basket).dueMinor, part);
    if (amountMinor > 0) basket = does(basket, { type: 'tender', tenderType: card, amountMinor }).basket;
  }
  const { cashDueMinor } = basketTotals(basket);
  if (basket.state === 'open') basket = does(basket, { type: 'payCash', amountMinor: cashDueMinor + pays.onTop }).basket;
  return saleOf(basket, 'S-1');
}

const TERMS: ReturnTerms = { businessDate: HEADER.businessDate, returnDaysOf: () => undefined, refundToOf: () => 'original' };

function bringBack(terms: BasketOpening, sale: Sale, others: readonly Sale[], wishes: readonly ReturnWish[], reprice?: RepriceRest): Sale {
  const set = does(openBasket(terms), {
    type: 'setReturn',
    cut: CUT,
    sale,
    others,
    wishes,
    terms: { ...TERMS, ...(reprice !== undefined && { reprice }) },
    itemNameOf: (sku) => sku,
    taxNameOf: (taxClass) => taxClass,
  });
  const paid = does(set.basket, { type: 'refund' });
  const events = [...set.events, ...paid.events];
  const replayed = replayBasket(terms, JSON.parse(JSON.stringify(events)) as BasketEvent[]);
  assert(JSON.stringify(replayed) === JSON.stringify(paid.basket), 'the basket is rebuilt from its events');
  return saleOf(paid.basket, `R-${others.length + 1}`);
}

/** Which line comes back next, and how much of it in thousandths of what is left. */
export const steps = fc.array(fc.record({ line: fc.nat(20), share: fc.integer({ min: 1, max: 1_000 }) }), { maxLength: 8 });

export function returnAll(
  terms: BasketOpening,
  sale: Sale,
  chosen: readonly { readonly line: number; readonly share: number }[],
  reprice?: RepriceRest,
): readonly Sale[] {
  const returns: Sale[] = [];
  for (const { line: place, share } of chosen) {
    const left = returnableLines(sale, returns).filter(({ leftQuantity }) => leftQuantity > 0);
    const next = left[place % Math.max(1, left.length)];
    if (next === undefined) break;
    const quantity = Math.max(1, perMille(next.leftQuantity, share));
    returns.push(bringBack(terms, sale, [...returns], [{ line: next.line, quantity }], reprice));
  }
  const rest = returnableLines(sale, returns).filter(({ leftQuantity }) => leftQuantity > 0);
  if (rest.length > 0) {
    returns.push(
      bringBack(
        terms,
        sale,
        returns,
        rest.map(({ line: number, leftQuantity }) => ({ line: number, quantity: leftQuantity })),
        reprice,
      ),
    );
  }
  return returns;
}
