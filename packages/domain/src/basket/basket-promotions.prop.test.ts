/** Random tills with promotions, coupons and customers: what holds whatever is scanned, in whatever order, and through the ledger and back. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Item } from '../catalog/catalog.ts';
import { preparePromotions } from '../promotions/prepare.ts';
import { promotionUsesOf } from '../promotions/promotion-use.ts';
import { giftsToAskFor, repricingOf, type PromotionTerms } from '../promotions/repricing.ts';
import { PROMOTION_POLICY_WORDS, type PromotionPolicy } from '../promotions/rule.ts';
import { readRule } from '../promotions/testing/shop-floor.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { runsOf } from '../testing/property-runs.ts';
import { CUT, HEADER, OPENING, scheduledPrice, TENDER_TYPES } from '../testing/shop.ts';
import { applyBasketCommand } from './basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import { tenderOffersOf } from './basket-payment.ts';
import { promotableOf } from './basket-reductions.ts';
import { basketLines, basketTotals, type Basket, type BasketCommand, type BasketEvent } from './basket.ts';
import { explainLine } from './explain-line.ts';
import { claimsOf, discountMinorOf, isReductionSound, netMinorOf } from './line-discount.ts';

const TAXES = [
  { taxClass: 'plain', name: 'VAT', rateBps: 1_900 },
  { taxClass: 'reduced', name: 'VAT', rateBps: 700 },
] as const;

const GOODS = (
  [
    ['milk', '1.19', 'dairy', 'Alm', 'piece'],
    ['cheese', '12.49', 'dairy', 'Berg', 'gram'],
    ['bread', '2.45', 'bakery', 'Korn', 'piece'],
    ['mug', '4.00', 'house', 'Korn', 'piece'],
    ['lamp', '15.00', 'house', 'Berg', 'piece'],
    ['nail', '0.001', 'house', 'Alm', 'piece'],
  ] as const
).map(([sku, price, category, brand, unit], index) => {
  const taxClass = TAXES[index % TAXES.length] ?? TAXES[0];
  const item: Item = { sku, name: sku, category, brand, unit, taxClass: taxClass.taxClass };
  return { item, price: scheduledPrice(sku, price, 'EUR'), taxClass };
});

const goods = fc.constantFrom<object>(
  {},
  { categories: ['dairy'] },
  { categories: ['house', 'bakery'] },
  { brands: ['Alm', 'Korn'] },
  { skus: ['lamp', 'milk'] },
  { except: { skus: ['nail'] } },
);
const percent = fc.integer({ min: 1, max: 10_000 }).map((bps) => ({ type: 'percent' as const, bps }));
const amount = fc.integer({ min: 1, max: 3_000 }).map((amountMinor) => ({ type: 'amount' as const, amountMinor }));
const price = fc.integer({ min: 0, max: 3_000 }).map((priceMinor) => ({ type: 'price' as const, priceMinor }));
const off = fc.oneof(percent, amount, price);
const minimum = fc.record({ goods, amountMinor: fc.integer({ min: 1, max: 3_000 }) });

const offer: fc.Arbitrary<object> = fc.oneof(
  fc.record({ type: fc.constant('each'), goods, tiers: off.map((only) => [{ fromPieces: 1, off: only }]) }),
  fc.record({
    type: fc.constant('set'),
    sets: fc
      .tuple(goods, fc.integer({ min: 1, max: 3 }), off)
      .map(([of, pieces, taken]) => [{ slots: [{ goods: of, pieces }], off: taken, on: { cheapest: 1 } }]),
  }),
  fc.record({
    type: fc.constant('total'),
    goods,
    tiers: fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.oneof(percent, amount)).map(([fromMinor, taken]) => [{ fromMinor, off: taken }]),
  }),
  fc.record({
    type: fc.constant('reward'),
    minimum,
    repeats: fc.constant(true),
    reward: fc.constantFrom(
      { type: 'gift', sku: 'mug', pieces: 1 },
      { type: 'gift', sku: 'milk', pieces: 2 },
      { type: 'points', points: 7 },
      { type: 'rebate', amountMinor: 200 },
    ),
  }),
);
const when = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ customerGroups: ['gold'] }) },
  { weight: 1, arbitrary: fc.constant({ tenderTypes: ['card', 'cash'] }) },
  { weight: 1, arbitrary: minimum.map((least) => ({ minimum: least })) },
);
const rule = fc.record(
  {
    combine: fc.constantFrom('best', 'compounding', 'exclusive'),
    priority: fc.integer({ min: 0, max: 2 }),
    currency: fc.constant('EUR'),
    when,
    offer,
    coupon: fc.constantFrom(
      { code: 'SAVE', funding: 'store' },
      { code: 'MAKER', funding: 'thirdParty' },
      { code: 'OTHER', funding: 'thirdParty' },
    ),
  },
  { requiredKeys: ['combine', 'priority', 'currency', 'when', 'offer'] },
);
const policy: fc.Arbitrary<PromotionPolicy> = fc.record({
  stacking: fc.constantFrom(...PROMOTION_POLICY_WORDS.stacking),
  stackingOrder: fc.constantFrom(...PROMOTION_POLICY_WORDS.stackingOrder),
  discountRounding: fc.constantFrom(...PROMOTION_POLICY_WORDS.discountRounding),
  minimumBasis: fc.constantFrom(...PROMOTION_POLICY_WORDS.minimumBasis),
  acrossPriorities: fc.constantFrom(...PROMOTION_POLICY_WORDS.acrossPriorities),
  setPrices: fc.constantFrom(...PROMOTION_POLICY_WORDS.setPrices),
});
const terms: fc.Arbitrary<PromotionTerms> = fc
  .record({ rules: fc.array(rule, { maxLength: 7 }), policy })
  .map(({ rules, policy: chosen }) => ({
    prepared: preparePromotions(rules.map((body, index) => readRule(`p${index}`, body))),
    store: 'store-1',
    moment: { atMs: 1_000_000, weekday: 3, minuteOfDay: 600 },
    policy: chosen,
    usesBy: () => new Map(),
    budgetUsedMinor: new Map(),
  }));

const adds = fc.record({ goods: fc.constantFrom(...GOODS), quantity: fc.integer({ min: 1, max: 6 }) });
const lineId = fc.integer({ min: 1, max: 8 }).map(String);
const addOf = ({ goods: sold, quantity }: { readonly goods: (typeof GOODS)[number]; readonly quantity: number }): BasketCommand => ({
  type: 'addItem',
  cut: CUT,
  ...sold,
  quantity: sold.item.unit === 'gram' ? quantity * 137 : quantity,
});
const command: fc.Arbitrary<BasketCommand> = fc.oneof(
  { weight: 8, arbitrary: adds.map(addOf) },
  { weight: 1, arbitrary: adds.map((sold) => addOf({ ...sold, quantity: -sold.quantity })) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('setQuantity' as const), lineId, quantity: fc.integer({ min: -2, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('voidLine' as const), lineId }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('overridePrice' as const),
      lineId,
      override: fc.record({
        unitPrice: fc.record({ amount: fc.integer({ min: 0, max: 999 }), decimals: fc.constant(2) }),
        reason: fc.constant('why'),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('SAVE', 'MAKER', 'OTHER').map((code): BasketCommand => ({ type: 'addCoupon', coupon: { code } })),
  },
  { weight: 1, arbitrary: fc.constantFrom('SAVE', 'MAKER').map((code): BasketCommand => ({ type: 'removeCoupon', code })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<BasketCommand>(
      { type: 'setCustomer', customer: { customerId: '4711', groups: ['gold'] } },
      { type: 'setCustomer', customer: { customerId: '4712', groups: [] } },
      { type: 'clearCustomer' },
      { type: 'suspend' },
      { type: 'resume' },
    ),
  },
);

interface Played {
  readonly basket: Basket;
  readonly events: readonly BasketEvent[];
}

function play({ basket: start, events: before }: Played, commands: readonly BasketCommand[], known: PromotionTerms): Played {
  let basket = start;
  const events = [...before];
  for (const next of commands) {
    const answer = applyBasketCommand(basket, next, known);
    if (!answer.ok) continue;
    basket = applyBasketEvents(basket, answer.value);
    events.push(...answer.value);
    checkBasket(basket, known);
  }
  return { basket, events };
}

/** What every basket keeps to, after every command. */
function checkBasket(basket: Basket, known: PromotionTerms): void {
  const lines = basketLines(basket);
  for (const line of lines) {
    expect(isReductionSound(line)).toBe(true);
    if (line.quantity.value < 0) expect(line.discounts).toBeUndefined();
  }
  const totals = basketTotals(basket);
  expect(totals.subtotalMinor).toBe(lines.reduce((sum, line) => sum + netMinorOf(line), 0));
  expect(totals.savedMinor).toBe(-lines.reduce((sum, line) => sum + discountMinorOf(line), 0) + 0);
  if (lines.every(({ quantity }) => quantity.value > 0)) expect(totals.dueMinor).toBeGreaterThanOrEqual(0);
  for (const { pieces } of giftsToAskFor(basket.rewards)) expect(pieces).toBeGreaterThan(0);
  // Priced is priced: asked again, nothing changes.
  if (basket.state === 'open') expect(repricingOf(promotableOf(basket), known)).toBeUndefined();
}

/** Every number anywhere inside. */
const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];

const QUESTION = { atMs: 1_000_000, scopes: ['global'], currency: 'EUR' };
const start = (): Played => ({ basket: openBasket(OPENING), events: [] });

describe('whatever happens to a basket with promotions', () => {
  test('shares keep to their lines, nothing is a fraction, and its events alone make it again', () => {
    let promoted = 0;
    fc.assert(
      fc.property(terms, fc.array(command, { minLength: 3, maxLength: 25 }), (known, commands) => {
        const { basket, events } = play(start(), commands, known);
        if (basketTotals(basket).savedMinor > 0) promoted += 1;
        expect(replayBasket(OPENING, JSON.parse(JSON.stringify(events)) as BasketEvent[])).toStrictEqual(basket);
        expect(numbersIn([basket, events]).filter((number) => !Number.isSafeInteger(number) || Object.is(number, -0))).toEqual([]);
      }),
    );
    expect(promoted, 'some baskets save something').toBeGreaterThan(0);
  });

  test('it is paid to the cent, reads back out of the ledger, and says which promotions were used how often', () => {
    let claims = 0;
    fc.assert(
      fc.property(
        terms,
        fc.array(command, { minLength: 3, maxLength: 15 }),
        fc.constantFrom('card', 'cash', 'storeCredit'),
        (known, commands, tenderName) => {
          const open = play(start(), commands, known);
          const tenderType = TENDER_TYPES.get(tenderName);
          if (open.basket.state !== 'open' || tenderType === undefined || basketTotals(open.basket).dueMinor <= 0) return;
          const offered = tenderOffersOf(open.basket, known).find((each) => each.tenderType === tenderName);
          const amountMinor = offered?.dueMinor ?? basketTotals(open.basket).dueMinor;
          fc.pre(amountMinor > 0);
          const { basket } = play(open, [{ type: 'tender', tenderType, amountMinor }], known);
          expect(basket.state).toBe('completed');
          const sale = readSale(completeSale(basket, HEADER, { receiptNumber: '1-0011-000001' }).fields);
          expect(sale).toMatchObject({ ok: true });
          if (!sale.ok) return;
          const lines = basketLines(basket);
          expect(sale.value.lines.map(netMinorOf)).toEqual(lines.map(netMinorOf));
          expect(sale.value.claims ?? []).toEqual(claimsOf(lines));
          expect(sale.value.customer).toBe(basket.customer?.customerId);
          const used = promotionUsesOf(sale.value);
          expect(used.map(({ promotionId, uses }) => [promotionId, uses])).toEqual(
            basket.promotions.map(({ promotionId, uses }) => [promotionId, uses]),
          );
          const savedMinor = lines.reduce((sum, line) => sum - discountMinorOf(line), 0);
          expect(used.reduce((sum, { discountMinor }) => sum + discountMinor, 0)).toBe(savedMinor);
          claims += sale.value.claims?.length ?? 0;
        },
      ),
      { numRuns: runsOf(200) },
    );
    expect(claims, 'some third party pays').toBeGreaterThan(0);
  });

  test('the order of scans makes no difference: each item is reduced by the same, whatever came first', () => {
    const byItem = (basket: Basket): object => {
      const taken = new Map<string, number>();
      for (const { sku, discounts = [] } of basketLines(basket)) {
        for (const { reference, amountMinor } of discounts) {
          const key = `${sku} ${reference}`;
          taken.set(key, (taken.get(key) ?? 0) + amountMinor);
        }
      }
      return Object.fromEntries([...taken].sort(([left], [right]) => (left < right ? -1 : 1)));
    };
    fc.assert(
      fc.property(terms, fc.array(adds, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (known, scans, keys) => {
        const shuffled = scans
          .map((scan) => ({ scan, key: keys.next().value ?? 0 }))
          .sort((left, right) => left.key - right.key)
          .map(({ scan }) => scan);
        const coupon: BasketCommand = { type: 'addCoupon', coupon: { code: 'SAVE' } };
        const first = play(start(), [coupon, ...scans.map(addOf)], known).basket;
        const second = play(start(), [...shuffled.map(addOf), coupon], known).basket;
        expect(byItem(second)).toEqual(byItem(first));
        expect(basketTotals(second)).toEqual(basketTotals(first));
      }),
    );
  });
  test('one item more saves no less, unless a threshold, a limit or what goes first says so: then the lines name it', () => {
    const NAMED = new Set(['goesFirst', 'notReached', 'usedElsewhere', 'limit', 'budget']);
    // Once 20.00 are reached, it takes a cent, and all goods out of the reach of every other promotion.
    const first = readRule('first', {
      combine: 'best',
      priority: 9,
      currency: 'EUR',
      offer: { type: 'total', goods: {}, tiers: [{ fromMinor: 2_000, off: { type: 'amount', amountMinor: 1 } }] },
    });
    let lowered = 0;
    fc.assert(
      fc.property(terms, fc.array(adds, { minLength: 1, maxLength: 6 }), adds, (random, scans, more) => {
        const known = { ...random, prepared: preparePromotions([first, ...random.prepared.promotions.map(({ rule: each }) => each)]) };
        const before = play(start(), scans.map(addOf), known).basket;
        const after = play({ basket: before, events: [] }, [addOf(more)], known).basket;
        // Rounding each share by itself may move a cent for each line and promotion.
        const roundings = basketLines(after).length * (after.promotions.length + before.promotions.length);
        if (basketTotals(after).savedMinor >= basketTotals(before).savedMinor - roundings) return;
        lowered += 1;
        const discountsBefore = new Map(basketLines(before).map((line) => [line.lineId, discountMinorOf(line)]));
        const isNamed = basketLines(after).some((line) => {
          const { notTaken = [], helped = [] } =
            explainLine(after, line.lineId, { prices: [], question: QUESTION, promotions: known }) ?? {};
          // What was given away before, and now counts for an offer's minimum, says for which.
          const onlyHelps = helped.length > 0 && discountMinorOf(line) > (discountsBefore.get(line.lineId) ?? 0);
          return onlyHelps || notTaken.some(({ reason }) => NAMED.has(reason));
        });
        expect(isNamed).toBe(true);
      }),
      { numRuns: runsOf(1_000) },
    );
    expect(lowered, 'some baskets save less for an item more').toBeGreaterThan(0);
  });
});
