/**
 * A price that changes never alters a line that is in a basket: prices come and go, time passes, and each line is checked against what a
 * shop person would find in the list of prices that was up when the line was added, by the rule in words.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { ScheduledPrice, ScheduledPriceType } from '../catalog/catalog.ts';
import { choosePrice, priceChoices } from '../pricing/pricing.ts';
import { runsOf } from '../testing/property-runs.ts';
import { CUT, OPENING } from '../testing/shop.ts';
import { applyBasketCommand } from './basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import { basketLines, type BasketEvent } from './basket.ts';

const SCOPES = ['global', 'zone:1', 'store:1'];
const ITEM = { sku: 'water', name: 'Water', taxClass: 'standard', unit: 'piece' } as const;
const TAX = { taxClass: 'standard', name: 'VAT', rateBps: 1_900 };

const price: fc.Arbitrary<ScheduledPrice> = fc
  .record({
    scope: fc.constantFrom('global', ...SCOPES, 'store:2'),
    type: fc.constantFrom<ScheduledPriceType>('regular', 'promotional', 'clearance', 'member', 'quantityBreak', 'quantityBreak'),
    amount: fc.integer({ min: 1, max: 30 }),
    priority: fc.constantFrom(0, 0, 0, 1),
    from: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
    to: fc.option(fc.integer({ min: 4, max: 12 }), { nil: undefined }),
    quantity: fc.integer({ min: 1, max: 6 }),
    group: fc.constantFrom(undefined, undefined, 'gold', 'staff'),
  })
  .map(({ scope, type, amount, priority, from, to, quantity, group }) => ({
    sku: ITEM.sku,
    scope,
    type,
    price: { amount, decimals: 2 },
    currency: 'EUR',
    priority,
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    ...(type === 'quantityBreak' && { fromQuantity: quantity }),
    ...((type === 'quantityBreak' || type === 'member') && group !== undefined && { customerGroup: group }),
  }));

/** The rule in the dumbest words: filter, find the priority, sort each sort, take the lowest. */
function oracle(
  prices: readonly ScheduledPrice[],
  atMs: number,
  quantity: number,
  groups: readonly string[] | undefined,
): number | undefined {
  const met = prices.filter(
    (one) =>
      SCOPES.includes(one.scope) &&
      (one.fromMs ?? 0) <= atMs &&
      (one.toMs ?? 99) > atMs &&
      (one.type !== 'member' || groups !== undefined) &&
      (one.customerGroup === undefined || groups?.includes(one.customerGroup) === true) &&
      (one.fromQuantity ?? 0) <= quantity,
  );
  const top = met.filter((one) => one.priority === Math.max(...met.map(({ priority }) => priority)));
  const everybody = ['regular', 'promotional', 'clearance'];
  const bySort = Object.values(
    Object.groupBy(top, (one) => (everybody.includes(one.type) ? 'everybody' : `${one.type}/${one.customerGroup ?? ''}`)),
  );
  const named = bySort.map((sort = []) => {
    const best = (rank: (one: ScheduledPrice) => number, left: readonly ScheduledPrice[]): readonly ScheduledPrice[] =>
      left.filter((one) => rank(one) === Math.max(...left.map(rank)));
    const ranks = [
      (one: ScheduledPrice) => everybody.indexOf(one.type),
      (one: ScheduledPrice) => SCOPES.indexOf(one.scope),
      (one: ScheduledPrice) => one.fromQuantity ?? 0,
      (one: ScheduledPrice) => one.fromMs ?? -1,
      (one: ScheduledPrice) => -one.price.amount,
    ];
    return ranks.reduce((left: readonly ScheduledPrice[], rank) => best(rank, left), sort)[0]?.price.amount ?? 0;
  });
  return named.length === 0 ? undefined : Math.min(...named);
}

const groupsOf = fc.constantFrom(undefined, [], ['gold'], ['staff', 'gold']);

test('the price that holds is the one of the rule in words', () => {
  fc.assert(
    fc.property(
      fc.array(price, { maxLength: 8 }),
      fc.nat({ max: 12 }),
      fc.integer({ min: 1, max: 7 }),
      groupsOf,
      (prices, atMs, quantity, groups) => {
        const question = { atMs, scopes: SCOPES, currency: 'EUR', quantity, ...(groups !== undefined && { customerGroups: groups }) };
        expect(choosePrice(prices, question)?.price.amount).toBe(oracle(prices, atMs, quantity, groups));
      },
    ),
    { numRuns: runsOf(3_000) },
  );
});

type Step =
  | { readonly type: 'add'; readonly quantity: number; readonly batch: string }
  | { readonly type: 'qty'; readonly line: number; readonly quantity: number }
  | { readonly type: 'customer'; readonly groups: readonly string[] | undefined }
  | { readonly type: 'time'; readonly atMs: number }
  | { readonly type: 'publish'; readonly prices: readonly ScheduledPrice[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('add' as const), quantity: fc.integer({ min: 1, max: 7 }), batch: fc.constantFrom('B1', 'B2', 'B3') }),
  fc.record({ type: fc.constant('qty' as const), line: fc.integer({ min: 1, max: 4 }), quantity: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ type: fc.constant('customer' as const), groups: groupsOf }),
  fc.record({ type: fc.constant('time' as const), atMs: fc.nat({ max: 12 }) }),
  fc.record({ type: fc.constant('publish' as const), prices: fc.array(price, { maxLength: 6 }) }),
);

test('each line keeps to the prices that were up when it was added, whatever is published and whenever', () => {
  fc.assert(
    fc.property(fc.array(price, { minLength: 1, maxLength: 6 }), fc.array(step, { maxLength: 20 }), (first, steps) => {
      let prices: readonly ScheduledPrice[] = first;
      let atMs = 0;
      let basket = openBasket(OPENING);
      const events: BasketEvent[] = [];
      /** Line → the list and the moment that it was added by, and the price that nothing of that list replaced. */
      const found = new Map<string, { readonly prices: readonly ScheduledPrice[]; readonly atMs: number; amount: number }>();
      const does = (command: Parameters<typeof applyBasketCommand>[1]): void => {
        const answer = applyBasketCommand(basket, command);
        if (!answer.ok) return;
        basket = applyBasketEvents(basket, answer.value);
        events.push(...answer.value);
        for (const event of answer.value) if (event.type === 'rowAdded') found.set(event.row.lineId, { prices, atMs, amount: 0 });
      };
      for (const each of steps) {
        if (each.type === 'publish') prices = each.prices;
        else if (each.type === 'time') atMs = each.atMs;
        else if (each.type === 'qty') does({ type: 'setQuantity', lineId: String(each.line), quantity: each.quantity });
        else if (each.type === 'customer' && each.groups === undefined) does({ type: 'clearCustomer' });
        else if (each.type === 'customer') does({ type: 'setCustomer', customer: { customerId: 'c', groups: each.groups ?? [] } });
        else {
          const question = { atMs, scopes: SCOPES, currency: 'EUR' };
          does({
            type: 'addItem',
            cut: CUT,
            item: ITEM,
            price: choosePrice(prices, question),
            choices: priceChoices(prices, question),
            taxClass: TAX,
            quantity: each.quantity,
            batch: each.batch,
          });
        }
        for (const line of basketLines(basket)) {
          const own = found.get(line.lineId);
          if (own === undefined) throw new Error('every line was added');
          own.amount = oracle(own.prices, own.atMs, line.quantity.value, basket.customer?.groups) ?? own.amount;
          expect([line.lineId, line.unitPrice.amount, line.amountMinor]).toEqual([
            line.lineId,
            own.amount,
            own.amount * line.quantity.value,
          ]);
        }
      }
      expect(replayBasket(OPENING, JSON.parse(JSON.stringify(events)) as BasketEvent[])).toEqual(basket);
    }),
    { numRuns: runsOf(500) },
  );
});
