/** What holds however a sale was priced, taxed, rounded and paid, and however its goods come back. */
import { assert } from '@holdfast/base';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { foldBalances, movementsOfSale } from '../account/account.ts';
import type { BasketOpening } from '../basket/basket.ts';
import { claimedMinorOf, netMinorOf } from '../basket/line-discount.ts';
import type { Sale } from '../sale/sale.ts';
import { BENEFIT, line, MEAL, opening, payment, returnAll, sell, steps } from '../testing/returned-sales.ts';
import type { RepriceRest } from './return-bundle.ts';
import '../testing/property-runs.ts';
import { returnableLines } from './return-line.ts';

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
