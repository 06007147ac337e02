/** What holds however a sale was priced, taxed, rounded and paid, and however its goods come back. */
import { assert } from '@holdfast/base';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { foldBalances, movementsOfSale } from './account.ts';
import { applyBasketCommand } from './basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import { basketLines, basketTotals, type Basket, type BasketCommand, type BasketEvent, type BasketOpening } from './basket.ts';
import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES } from './cash-rounding.ts';
import { claimedMinorOf, netMinorOf, type LineDiscount } from './line-discount.ts';
import { readSale } from './read-sale.ts';
import type { RepriceRest } from './return-bundle.ts';
import { returnableLines } from './return-line.ts';
import type { ReturnTerms, ReturnWish } from './return-quote.ts';
import { completeSale } from './sale-entry.ts';
import type { Sale } from './sale.ts';
import type { TaxClass } from './tax-rule.ts';
import { INCLUDED_HALVES, TAX_ROUNDING_BASES, TAX_ROUNDINGS } from './tax.ts';
import type { TenderType } from './tender-type.ts';
import { CUT, HEADER, OPENING, readShop, TENDER_TYPES } from './testing/shop.ts';
import './testing/property-runs.ts';

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

const line = fc.record({
  goods: fc.constantFrom(...GOODS),
  quantity: fc.integer({ min: 1, max: 7 }),
  tax: fc.constantFrom(...TAXED),
  /** In thousandths of the line's amount; several may come, and the second may be somebody else's. */
  offs: fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 2 }),
  isThirdParty: fc.boolean(),
});

const opening: fc.Arbitrary<BasketOpening> = fc
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
const payment = fc.record({
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
    amountMinor: 0 - Math.floor((amountMinor * off) / 1_000),
    ...(isThirdParty && index === 1 && { funding: 'thirdParty', coupon: 'C1' }),
  }));

const BENEFIT: TenderType = {
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
const MEAL: TenderType = {
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
  const amountMinor = Math.floor((refused.error.detail.limitMinor * share) / 1_000);
  if (amountMinor === 0) return basket;
  const { dueMinor } = basketTotals(basket);
  const paid = does(basket, offer(amountMinor)).basket;
  expect(basketTotals(paid).dueMinor).toBeLessThanOrEqual(dueMinor - amountMinor);
  return paid;
}

const saleOf = (basket: Basket, receiptNumber: string): Sale => {
  const sale = readSale(completeSale(basket, HEADER, { receiptNumber }).fields);
  assert(sale.ok, `the sale reads back: ${JSON.stringify(sale)}`);
  return sale.value;
};

function sell(
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
    const amountMinor = Math.floor((basketTotals(basket).dueMinor * part) / 1_000);
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
  // As text: it compares a hundred times faster than the matcher does, and the order of what a basket holds is part of it.
  expect(JSON.stringify(replayed) === JSON.stringify(paid.basket), 'the basket is rebuilt from its events').toBe(true);
  return saleOf(paid.basket, `R-${others.length + 1}`);
}

/** What each tender type, each tax and each coupon comes to over all documents. */
function balances(sales: readonly Sale[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  const add = (key: string, amountMinor: number): void => void sums.set(key, (sums.get(key) ?? 0) + amountMinor);
  for (const sale of sales) {
    add('total', sale.totalMinor);
    add('rounding', sale.roundingMinor ?? 0);
    for (const { tenderType, amountMinor } of sale.tenders) add(`tender ${tenderType}`, amountMinor);
    add('tender cash', -sale.changeMinor);
    for (const { taxClass, rateBps, component, taxMinor, netMinor } of sale.taxes) {
      const tax = `${taxClass} ${rateBps} ${component?.component ?? ''}`;
      add(`tax ${tax}`, taxMinor);
      add(`net ${tax}`, netMinor);
      add(`base ${tax}`, component?.baseMinor ?? 0);
    }
    for (const { code, amountMinor } of sale.claims ?? []) add(`claim ${code}`, amountMinor);
    for (const { sku, stockQuantity, amountMinor, untaxedMinor = 0, costMinor } of sale.lines) {
      if (stockQuantity !== 0) assert(costMinor !== undefined, 'goods whose cost is known carry it');
      add(`cost ${sku}`, costMinor ?? 0);
      add(`untaxed ${sku}`, untaxedMinor);
      add(`stock ${sku}`, stockQuantity);
      add(`amount ${sku}`, amountMinor);
    }
  }
  return Object.fromEntries(sums);
}

const zeros = (sums: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(sums).map((key) => [key, 0]));

/** Which line comes back next, and how much of it in thousandths of what is left. */
const steps = fc.array(fc.record({ line: fc.nat(20), share: fc.integer({ min: 1, max: 1_000 }) }), { maxLength: 8 });

function returnAll(
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
    const quantity = Math.max(1, Math.floor((next.leftQuantity * share) / 1_000));
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

/** A sale, all that came back of it part by part, and the points that it had earned. */
interface ReturnedSale {
  readonly terms: BasketOpening;
  readonly sale: Sale;
  readonly returns: readonly Sale[];
  /** The same parts in the opposite order. */
  readonly reversed: readonly Sale[];
  readonly points: number;
}

/** To the tenders that paid: of no tender, tax, coupon, amount or stock is anything left. */
function leavesNothing({ sale, returns }: ReturnedSale): void {
  const sums = balances([sale, ...returns]);
  expect(sums).toEqual(zeros(sums));
}

/** No return before the last pays out more than was paid, of any tender, and none asks the shopper for anything. */
function paysNoMoreThanWasPaid({ sale, returns }: ReturnedSale): void {
  const paidOut = returns.flatMap(({ tenders, totalMinor, lines }) => [
    totalMinor,
    ...tenders.map(({ amountMinor }) => amountMinor),
    ...lines.flatMap(({ amountMinor, discounts = [] }) => [amountMinor, ...discounts.map((discount) => -discount.amountMinor)]),
  ]);
  expect(paidOut.filter((minor) => minor > 0)).toEqual([]);
  const sums = returns.map((_, index) => balances([sale, ...returns.slice(0, index + 1)]));
  expect(sums.flatMap((sum) => Object.entries(sum)).filter(([key, sum]) => key.startsWith('tender ') && sum < 0)).toEqual([]);
}

/** What a card paid for some goods goes back to it with these goods, and with no others. */
function goesBackWithItsGoods({ terms, sale, returns }: ReturnedSale): void {
  for (const { tenderType, paidFor } of sale.tenders) {
    if (paidFor === undefined) continue;
    const { skus, taxClasses } = (tenderType === 'meal' ? MEAL : BENEFIT).eligible ?? { skus: new Set(), taxClasses: new Set() };
    const mayPay = (place: number): boolean => {
      const sold = sale.lines[place - 1];
      return sold !== undefined && (skus.has(sold.sku) || taxClasses.has(sold.taxClass));
    };
    expect(paidFor.filter(({ lineId }) => !mayPay(Number(lineId)))).toEqual([]);
    // By the document's own rounding, or the store's of its cash, a voucher may have paid a little more than its goods came to.
    const tolerance = sale.lines.length + (terms.cashRounding?.stepMinor ?? 0);
    const excess = returns.map(({ tenders, lines }) => {
      const backMinor = tenders.filter((each) => each.tenderType === tenderType).reduce((sum, each) => sum - each.amountMinor, 0);
      const mayMinor = lines
        .filter(({ returnOf }) => mayPay(returnOf?.line ?? 0))
        .reduce((sum, each) => {
          const taxMinor = terms.taxInclusive ? 0 : (each.returnTaxes ?? []).reduce((taxes, tax) => taxes + tax.taxMinor, 0);
          return sum - netMinorOf(each) + claimedMinorOf(each) - taxMinor;
        }, 0);
      return backMinor - Math.max(0, mayMinor) - tolerance;
    });
    expect(excess.filter((minor) => minor > 0)).toEqual([]);
  }
}

/** What is left of each line is what was paid for it less what came back, whichever parts came first. */
function leavesTheRest({ sale, returns, reversed }: ReturnedSale): void {
  const sold = returnableLines(sale, []);
  const paidMinor = sold.reduce((sum, { paidMinor: minor }) => sum + minor, 0);
  const tendered = sale.tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0) - sale.changeMinor - (sale.roundingMinor ?? 0);
  expect(paidMinor).toBe(tendered);
  expect(returnableLines(sale, returns)).toEqual(returnableLines(sale, reversed.toReversed()));
  expect(returnableLines(sale, returns).map(({ leftMinor, leftQuantity }) => [leftMinor, leftQuantity])).toEqual(sold.map(() => [0, 0]));
}

/** Points are taken back share by share, never more than were earned, and all of them with the last of the goods. */
function takesPointsBack({ sale, returns, points }: ReturnedSale): void {
  const taken = returns.map(({ pointsTaken = [] }) => pointsTaken.reduce((sum, { points: share }) => sum + share, 0));
  expect(taken.filter((share) => share < 0)).toEqual([]);
  expect(taken.reduce((sum, share) => sum + share, 0)).toBe(points);
  const sums = new Map<string, number>();
  for (const document of [sale, ...returns]) foldBalances(sums, movementsOfSale(document));
  expect([...sums.values()].filter((balance) => balance !== 0)).toEqual([]);
}

describe('whatever was sold, and however it comes back', () => {
  // One sale is made, paid and brought back for all that must hold of it: that is what costs the time.
  test('it leaves nothing, pays no more than was paid, each card for its goods, the rest is the rest, and points go with the goods', () => {
    const sold = fc.array(line, { minLength: 1, maxLength: 5 });
    const property = fc.property(
      opening,
      sold,
      payment,
      steps,
      fc.integer({ min: 0, max: 100_000 }),
      (terms, chosen, pays, parts, points) => {
        const sale: Sale = { ...sell(terms, chosen, pays), customer: '4711', points };
        const returned: ReturnedSale = {
          terms,
          sale,
          returns: returnAll(terms, sale, parts),
          reversed: returnAll(terms, sale, parts.toReversed()),
          points,
        };
        leavesNothing(returned);
        paysNoMoreThanWasPaid(returned);
        goesBackWithItsGoods(returned);
        leavesTheRest(returned);
        takesPointsBack(returned);
        expect(returned.returns.length).toBeGreaterThan(0);
      },
    );
    fc.assert(property);
  });

  test('whatever a bundle takes back or gives on the way, nobody pays to bring something back, and everything leaves nothing', () => {
    /** Of each discount, so many thousandths are earned by whatever is left. */
    const earnings = fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 7 });
    const property = fc.property(
      opening,
      // A fixed tax above a low price makes the rates beside it negative: no bundle is made of that.
      fc.array(
        line.filter(({ tax, goods }) => tax.taxClass !== 'tax sugar' || goods.item.sku === 'lamp'),
        { minLength: 1, maxLength: 5 },
      ),
      payment,
      steps,
      earnings,
      (terms, chosen, pays, parts, earned) => {
        const sale = sell(terms, chosen, pays);
        const reprice: RepriceRest = (rest) =>
          new Map(
            rest.map(({ line: place, quantity }, index) => {
              const sold = sale.lines[place - 1];
              const share = earned[(index + rest.length) % earned.length] ?? 0;
              const shares = (sold?.discounts ?? []).map(({ reference, amountMinor }): [string, number] => {
                const wholeMinor = Math.trunc((amountMinor * share) / 1_000);
                return [reference, Math.trunc((wholeMinor * quantity) / (sold?.quantity.value ?? 1)) + 0];
              });
              return [place, new Map(shares)];
            }),
          );
        const returns = returnAll(terms, sale, parts, reprice);
        for (const { tenders } of returns) for (const { amountMinor } of tenders) expect(amountMinor).toBeLessThanOrEqual(0);
        const sums = balances([sale, ...returns]);
        expect(sums).toEqual(zeros(sums));
      },
    );
    fc.assert(property);
  });
});
