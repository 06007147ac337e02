/** What holds however a sale is split over tenders, and however it comes back. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES, REFUND_ROUNDINGS } from '../money/cash-rounding.ts';
import { MAX_AMOUNT_MINOR } from '../money/money.ts';
import { REFUSAL_TYPES } from '../refusal.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import { refundTenders } from '../tender/tender-refund.ts';
import { settle, type Tender } from '../tender/tender.ts';
import { CUT, HEADER, OPENING, readShop, TENDER_TYPES } from '../testing/shop.ts';
import { applyBasketCommand } from './basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import { basketTotals, type Basket, type BasketCommand, type BasketEvent } from './basket.ts';
import '../testing/property-runs.ts';

const GOODS = [
  ...readShop(`
    goods | price | unit  | tax % | age
    ------+-------+-------+-------+----
    bread | 2.47  | piece | 7     |
    lamp  | 40.01 | piece | 19    |
  `).values(),
];

const rounding = fc.option(
  fc.record(
    {
      stepMinor: fc.constantFrom(5, 10, 100, 1_000),
      mode: fc.constantFrom(...CASH_ROUNDING_MODES),
      scope: fc.constantFrom(...CASH_ROUNDING_SCOPES),
      refunds: fc.constantFrom(...REFUND_ROUNDINGS),
    },
    { noNullPrototype: true },
  ),
  { nil: undefined },
);

const lines = fc.array(fc.record({ goods: fc.constantFrom(...GOODS), quantity: fc.integer({ min: -3, max: 9 }) }), {
  minLength: 1,
  maxLength: 4,
});

const amount = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20_000, max: 40_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -40, max: 400 }).map((steps) => steps * 100) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 0.5, 1e15, Number.NaN, MAX_AMOUNT_MINOR, -MAX_AMOUNT_MINOR) },
);
/** Of a tender: an amount, or what is due by then. */
const tender = fc.record(
  {
    tenderType: fc.constantFrom(...TENDER_TYPES.values()),
    amountMinor: fc.oneof(amount, fc.constant('due' as const), fc.constant('due in cash' as const)),
    tipMinor: fc.constantFrom(0, 100, -1, 0.5),
    cashBackMinor: fc.constantFrom(0, 2_000, 1, -1),
  },
  { requiredKeys: ['tenderType', 'amountMinor'] },
);
const act = fc.oneof(
  { weight: 6, arbitrary: tender },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }).map((id) => ({ voided: String(id) })) },
);

interface Played {
  readonly basket: Basket;
  readonly events: readonly BasketEvent[];
  readonly refused: readonly string[];
}

function play(start: Basket, commands: Iterable<BasketCommand | ((basket: Basket) => BasketCommand)>): Played {
  let basket = start;
  const events: BasketEvent[] = [];
  const refused: string[] = [];
  for (const next of commands) {
    const answer = applyBasketCommand(basket, typeof next === 'function' ? next(basket) : next);
    if (answer.ok) {
      basket = applyBasketEvents(basket, answer.value);
      events.push(...answer.value);
    } else refused.push(answer.error.type);
  }
  return { basket, events, refused };
}

const sold = (chosen: readonly { readonly goods: (typeof GOODS)[number]; readonly quantity: number }[]): readonly BasketCommand[] =>
  chosen.map(({ goods, quantity }) => ({ type: 'addItem', cut: CUT, ...goods, quantity }));

const sum = (tenders: readonly Tender[]): number => tenders.reduce((total, { amountMinor }) => total + amountMinor, 0);

/** Every number anywhere inside. */
const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];

describe('whatever is offered in payment', () => {
  test('a sale is paid exactly, reads back, and replays; what is not taken is refused by its name and leaves no trace', () => {
    let completed = 0;
    fc.assert(
      fc.property(lines, rounding, fc.boolean(), fc.array(act, { maxLength: 8 }), (chosen, cashRounding, taxInclusive, acts) => {
        const opening = { ...OPENING, taxInclusive, ...(cashRounding !== undefined && { cashRounding }) };
        const offers = acts.map((next) => (basket: Basket): BasketCommand => {
          if ('voided' in next) return { type: 'voidTender', tenderId: next.voided };
          const { dueMinor, cashDueMinor } = basketTotals(basket);
          const wanted = next.amountMinor === 'due' ? dueMinor : next.amountMinor === 'due in cash' ? cashDueMinor : next.amountMinor;
          return { type: 'tender', ...next, amountMinor: wanted };
        });
        const { basket, events, refused } = play(openBasket(opening), [...sold(chosen), ...offers]);
        expect(REFUSAL_TYPES).toEqual(expect.arrayContaining([...new Set(refused)]));
        expect(replayBasket(opening, JSON.parse(JSON.stringify(events)) as BasketEvent[])).toStrictEqual(basket);
        expect(numbersIn([basket, events]).filter((number) => !Number.isSafeInteger(number) || Object.is(number, -0))).toEqual([]);
        const { totalMinor, dueMinor, roundingMinor } = basketTotals(basket);
        // Only what comes back takes a sale below zero: no tender ever does.
        const comesBack = chosen.some(({ quantity }) => quantity < 0);
        expect(comesBack || dueMinor >= 0).toBe(true);
        const { tenders, changeMinor } = basket.payment ?? { tenders: basket.tenders, changeMinor: 0 };
        expect(sum(tenders) - changeMinor + dueMinor).toBe(totalMinor + roundingMinor);
        if (basket.payment === null) return;
        completed += 1;
        expect(basket.tenders).toEqual([]);
        expect(basket.payment.changeMinor).toBeGreaterThanOrEqual(0);
        expect(readSale(completeSale(basket, HEADER, { receiptNumber: 'r' }).fields)).toMatchObject({ ok: true });
      }),
    );
    expect(completed, 'some offers do pay').toBeGreaterThan(0);
  });
});

const anyTender = fc.record({ tenderType: fc.constantFrom('cash', 'card', 'voucher'), amountMinor: fc.integer({ min: 0, max: 20_000 }) });

describe('the order of tenders', () => {
  test('makes no difference to what they settle', () => {
    const shuffled = fc
      .array(anyTender, { maxLength: 6 })
      .chain((tenders) => fc.tuple(fc.constant(tenders), fc.shuffledSubarray(tenders, { minLength: tenders.length })));
    fc.assert(
      fc.property(fc.integer({ min: -10_000, max: 50_000 }), shuffled, rounding, (dueMinor, [tenders, others], by) => {
        expect(settle(dueMinor, others, by)).toEqual(settle(dueMinor, tenders, by));
      }),
    );
  });

  test('makes no difference to whether parts that make up the whole are taken', () => {
    const split = fc.record({
      goods: lines,
      // Rounded up, no rest is ever too small to be paid; else a cent or two that a card was to pay may be rounded away before it comes.
      by: rounding.map((by) => (by === undefined ? undefined : { ...by, mode: 'up' as const })),
      coins: fc.integer({ min: 1, max: 4 }),
      cards: fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 4 }),
      keys: fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    });
    fc.assert(
      fc.property(split, ({ goods, by, coins, cards, keys }) => {
        const start = play(openBasket({ ...OPENING, ...(by !== undefined && { cashRounding: by }) }), sold(goods)).basket;
        const cashMinor = coins * (by?.stepMinor ?? 1);
        let leftMinor = basketTotals(start).dueMinor - cashMinor;
        fc.pre(leftMinor > 0);
        const parts = [{ key: 'cash', amountMinor: cashMinor }];
        for (const wantedMinor of cards) {
          const amountMinor = Math.min(wantedMinor, leftMinor);
          if (amountMinor > 0) parts.push({ key: 'giftCard', amountMinor });
          leftMinor -= amountMinor;
        }
        if (leftMinor > 0) parts.push({ key: 'card', amountMinor: leftMinor });
        const pay = (ordered: typeof parts): Played =>
          play(
            start,
            ordered.flatMap(({ key, amountMinor }): BasketCommand[] => {
              const tenderType = TENDER_TYPES.get(key);
              return tenderType === undefined ? [] : [{ type: 'tender', tenderType, amountMinor }];
            }),
          );
        const one = pay(parts);
        const other = pay(
          parts
            .map((part, index) => ({ part, key: keys[index] ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ part }) => part),
        );
        expect([one.refused, other.refused]).toEqual([[], []]);
        expect(one.basket.state).toBe('completed');
        const { tenders: _one, ...paid } = one.basket.payment ?? { tenders: [] };
        expect(other.basket.payment).toMatchObject(paid);
      }),
    );
  });
});

test('what comes back in parts comes to exactly what each tender paid, and never to more on the way', () => {
  const sale = fc.record({
    totalMinor: fc.integer({ min: 1, max: 60_000 }),
    by: rounding.map((by) => (by === undefined ? undefined : { ...by, refunds: 'mirrored' as const })),
    cards: fc.array(fc.record({ tenderType: fc.constantFrom('card', 'giftCard'), share: fc.integer({ min: 0, max: 20_000 }) }), {
      maxLength: 3,
    }),
    extraMinor: fc.constantFrom(0, 1_000, 5_000),
    cuts: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(sale, ({ totalMinor, by, cards, extraMinor, cuts }) => {
      const dueMinor = totalMinor + (by?.scope === 'total' ? settle(totalMinor, [], by).cashDueMinor - totalMinor : 0);
      const tenders: Tender[] = [];
      for (const { tenderType, share } of cards) {
        const amountMinor = Math.min(share, dueMinor - sum(tenders));
        if (amountMinor > 0) tenders.push({ tenderType, amountMinor });
      }
      const { isSettled, cashDueMinor } = settle(dueMinor, tenders, by);
      if (!isSettled) tenders.push({ tenderType: 'cash', amountMinor: cashDueMinor + extraMinor });
      const { changeMinor } = settle(dueMinor, tenders, by);
      // By the place of each tender; the only one in cash is the last.
      const paid = tenders.map(({ amountMinor }) => amountMinor);
      if (!isSettled) paid[paid.length - 1] = (paid.at(-1) ?? 0) - changeMinor;
      const marks = [...cuts.filter((cut) => cut < totalMinor), totalMinor].sort((left, right) => left - right);
      let beforeMinor = 0;
      for (const mark of marks) {
        const refund = refundTenders({ totalMinor, tenders, changeMinor }, beforeMinor, mark - beforeMinor, {
          cashRounding: by,
          refundToOf: () => 'original',
        });
        if (!refund.ok) throw new Error(`${mark} of ${totalMinor} is a part of the sale`);
        for (const { paidBy = tenders.length - 1, tenderType, amountMinor } of refund.value) {
          expect(amountMinor).toBeLessThan(0);
          expect(tenders[paidBy]?.tenderType).toBe(tenderType);
          paid[paidBy] = (paid[paidBy] ?? 0) + amountMinor;
          expect(paid[paidBy]).toBeGreaterThanOrEqual(0);
        }
        beforeMinor = mark;
      }
      expect(paid.filter((left) => left !== 0)).toEqual([]);
    }),
  );
});
