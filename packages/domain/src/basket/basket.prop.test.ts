/**
 * Random tills: any commands, sensible and hostile, in any order. What holds whatever happens is a property here; what
 * comes out of a given sale is in the tables.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES, REFUND_ROUNDINGS } from '../money/cash-rounding.ts';
import { lineAmountMinor, MAX_AMOUNT_MINOR, minorDigitsOf } from '../money/money.ts';
import { pricingStep } from '../money/quantity.ts';
import { REFUSAL_TYPES } from '../refusal.ts';
import { readBasketRecord, readSale } from '../sale/read-sale.ts';
import { completeSale, voidPartEntry } from '../sale/sale-entry.ts';
import { stockMovementsOf } from '../stock/stock-movement.ts';
import { CUT, HEADER, OPENING, readShop } from '../testing/shop.ts';
import { applyBasketCommand } from './basket-command.ts';
import { applyBasketEvents, openBasket, replayBasket } from './basket-event.ts';
import {
  basketLines,
  basketTotals,
  type Basket,
  type BasketCommand,
  type BasketEvent,
  type BasketLine,
  type BasketOpening,
} from './basket.ts';
import '../testing/property-runs.ts';

const GOODS = [
  ...readShop(`
    goods   | price | unit  | tax % | age
    --------+-------+-------+-------+----
    milk    | 1.19  | piece | 7     |
    bread   | 2.45  | piece | 7     |
    wine    | 5.99  | piece | 19    | 18
    bananas | 1.79  | gram  | 7     |
    screw   | 0.001 | piece | 19    |
    book    | 12.00 | piece | 0     |
    fork    |       | piece | 19    |
    yacht   | 9999999999.99 | piece | 19 |
  `).values(),
];

const hostileNumber = fc.constantFrom(
  0,
  -0,
  0.5,
  1e15,
  -1e15,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  1_000_000_000,
  -1_000_000_000,
);
const quantity = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -20, max: 2_000 }) }, { weight: 1, arbitrary: hostileNumber });
const unitPrice = fc.record({
  amount: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -10, max: 100_000 }) }, { weight: 1, arbitrary: hostileNumber }),
  decimals: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) }, { weight: 1, arbitrary: hostileNumber }),
});
const override = fc.record({ unitPrice, reason: fc.string({ minLength: 1, maxLength: 8 }) });
const lineId = fc.integer({ min: 1, max: 12 }).map(String);

const addItem: fc.Arbitrary<BasketCommand> = fc
  .record(
    { goods: fc.constantFrom(...GOODS), quantity, override, serial: fc.constantFrom('S1', 'S2'), confirmed: fc.boolean() },
    { requiredKeys: ['goods'] },
  )
  .map(({ goods, ...rest }) => ({ type: 'addItem', cut: CUT, ...goods, ...rest }));

const ending: fc.Arbitrary<BasketCommand> = fc.oneof(
  fc.constantFrom<BasketCommand>({ type: 'voidSale' }, { type: 'suspend' }, { type: 'resume' }, { type: 'abort', reason: 'why' }),
  fc.record({ type: fc.constant('payCash' as const), amountMinor: fc.oneof(fc.integer({ min: -1_000, max: 1_000_000 }), hostileNumber) }),
);
const command: fc.Arbitrary<BasketCommand> = fc.oneof(
  { weight: 12, arbitrary: addItem },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('setQuantity' as const), lineId, quantity }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('overridePrice' as const), lineId, override }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('voidLine' as const), lineId }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('clearRefused' as const), lineId }, { requiredKeys: ['type'] }) },
  { weight: 2, arbitrary: fc.constant<BasketCommand>({ type: 'confirmAge', method: 'document' }) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'binary' })
      .map((code): BasketCommand => ({ type: 'addRefused', code, refusal: { type: 'unknownCode', detail: {} } })),
  },
  { weight: 1, arbitrary: ending },
);
const opening: fc.Arbitrary<BasketOpening> = fc
  .record(
    {
      taxInclusive: fc.boolean(),
      taxRounding: fc.constantFrom('half-up', 'half-even'),
      quantityAskAbove: fc.constantFrom(5, 999),
      cashRounding: fc.record(
        {
          stepMinor: fc.constantFrom(5, 10, 1_000),
          mode: fc.constantFrom(...CASH_ROUNDING_MODES),
          scope: fc.constantFrom(...CASH_ROUNDING_SCOPES),
          refunds: fc.constantFrom(...REFUND_ROUNDINGS),
        },
        { noNullPrototype: true },
      ),
    },
    { requiredKeys: ['taxInclusive', 'taxRounding', 'quantityAskAbove'] },
  )
  .map((terms) => ({ basketId: 'basket-1', currency: 'EUR', ...terms }));
const session = fc.record({ opening, commands: fc.array(command, { minLength: 5, maxLength: 40 }) });

interface Played {
  readonly basket: Basket;
  readonly events: readonly BasketEvent[];
  readonly refused: readonly string[];
}

function play(start: Basket, commands: readonly BasketCommand[]): Played {
  let basket = start;
  const events: BasketEvent[] = [];
  const refused: string[] = [];
  for (const next of commands) {
    const before = JSON.stringify(basket);
    const answer = applyBasketCommand(basket, next);
    expect(JSON.stringify(basket), 'a command changes nothing by itself').toBe(before);
    if (answer.ok) {
      basket = applyBasketEvents(basket, answer.value);
      events.push(...answer.value);
    } else refused.push(answer.error.type);
  }
  return { basket, events, refused };
}

/** Cleared, checked and paid exactly, where there is anything to pay. */
function settle(start: Basket): Basket {
  const cleared = play(start, [{ type: 'clearRefused' }, { type: 'confirmAge', method: 'document' }]).basket;
  const { cashDueMinor } = basketTotals(cleared);
  return play(cleared, [{ type: 'payCash', amountMinor: cashDueMinor }]).basket;
}

/** Every number anywhere inside, with its path. */
function numbersIn(value: unknown, path = ''): readonly (readonly [string, number])[] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => numbersIn(inner, `${path}.${name}`));
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value) && !Object.is(value, -0);

describe('whatever is done at a till', () => {
  test('no float, nothing unsafe and no minus zero stands in a basket, its events, its totals or its sale', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        const { basket, events } = play(openBasket(terms), commands);
        const settled = basket.state === 'open' ? settle(basket) : basket;
        const sale = settled.state === 'completed' ? completeSale(settled, HEADER, { receiptNumber: 'r' }) : {};
        const broken = numbersIn([basket, events, basketTotals(basket), sale]).filter(([, value]) => !isWhole(value));
        expect(broken).toEqual([]);
      }),
    );
  });

  test('the events, stored as JSON, rebuild the basket exactly, from any point on', () => {
    fc.assert(
      fc.property(session, fc.nat(), ({ opening: terms, commands }, cutAt) => {
        const { basket, events } = play(openBasket(terms), commands);
        const stored = JSON.parse(JSON.stringify(events)) as readonly BasketEvent[];
        expect(replayBasket(terms, stored)).toStrictEqual(basket);
        const middle = cutAt % (stored.length + 1);
        const half = JSON.parse(JSON.stringify(replayBasket(terms, stored.slice(0, middle)))) as Basket;
        expect(applyBasketEvents(half, stored.slice(middle))).toStrictEqual(basket);
      }),
    );
  });

  test('the same commands make the same events: a lane that starts again decides nothing anew', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        expect(play(openBasket(terms), commands).events).toEqual(play(openBasket(terms), commands).events);
      }),
    );
  });

  test('whatever a new quantity takes off a line has its entry, which reads back; part and rest are the line', () => {
    const counts = fc.array(fc.tuple(lineId, fc.integer({ min: -3, max: 12 })), { maxLength: 12 });
    /** Pieces and minor units that went; all of a line that turned round. */
    const gone = (was: BasketLine, is: BasketLine): readonly [number, number] =>
      Math.sign(was.quantity.value) === Math.sign(is.quantity.value)
        ? [was.quantity.value - is.quantity.value, was.amountMinor - is.amountMinor]
        : [was.quantity.value, was.amountMinor];
    fc.assert(
      fc.property(session, counts, ({ opening: terms, commands }, wishes) => {
        let { basket } = play(openBasket(terms), commands);
        for (const [wanted, value] of wishes) {
          const after = play(basket, [{ type: 'setQuantity', lineId: wanted, quantity: value, confirmed: true }]).basket;
          const [was, is] = [basket, after].map((each) => basketLines(each).find((known) => known.lineId === wanted));
          const [pieces, minor] = was === undefined || is === undefined ? [0, 0] : gone(was, is);
          const isLess = pieces !== 0 && Math.sign(pieces) === Math.sign(was?.quantity.value ?? 0);
          const record = readBasketRecord(voidPartEntry(basket, after, HEADER)?.fields ?? {});
          const parts = record.ok ? record.value.lines.map(({ quantity: part, amountMinor }) => [part.value, amountMinor]) : [];
          expect(parts).toEqual(isLess ? [[pieces, minor]] : []);
          basket = after;
        }
      }),
    );
  });

  test('what is refused is refused by a name of the contract', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        expect(REFUSAL_TYPES).toEqual(expect.arrayContaining([...new Set(play(openBasket(terms), commands).refused)]));
      }),
    );
  });

  test('each line is its quantity times its price, rounded once; none is of nothing, and none pays the shopper to take it', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        const { basket } = play(openBasket(terms), commands);
        for (const line of basketLines(basket)) {
          expect(lineAmountMinor(line.quantity, line.unitPrice, minorDigitsOf('EUR'))).toEqual({ ok: true, value: line.amountMinor });
          expect(line.quantity.value).not.toBe(0);
          expect(line.unitPrice.amount).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test('the magnitudes stay within the limit, so that no void can take the total out of range', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        const { basket } = play(openBasket(terms), commands);
        expect(basketLines(basket).reduce((sum, line) => sum + Math.abs(line.amountMinor), 0)).toBeLessThanOrEqual(MAX_AMOUNT_MINOR);
      }),
    );
  });

  test('a basket without lines knows no cut and no age; one with lines knows its cut', () => {
    fc.assert(
      fc.property(session, ({ opening: terms, commands }) => {
        const { basket } = play(openBasket(terms), commands);
        const hasLines = basketLines(basket).length > 0;
        expect(basket.cut).toEqual(hasLines ? CUT : null);
        expect(hasLines ? 0 : basket.ageConfirmedYears).toBe(0);
      }),
    );
  });
});

describe('a sale', () => {
  test('lines sum to the total, taxes to their classes, tenders less change to the total and its rounding; stock moves line by line', () => {
    let completed = 0;
    fc.assert(
      fc.property(session, fc.nat({ max: 100_000 }), ({ opening: terms, commands }, extraMinor) => {
        const { basket } = play(
          openBasket(terms),
          commands.filter((next) => !['voidSale', 'suspend', 'abort', 'payCash'].includes(next.type)),
        );
        const { cashDueMinor: dueMinor, totalMinor } = basketTotals(basket);
        const ready = play(basket, [{ type: 'clearRefused' }, { type: 'confirmAge', method: 'document' }]).basket;
        const paidMinor = totalMinor < 0 ? dueMinor : Math.min(dueMinor + extraMinor, MAX_AMOUNT_MINOR);
        const paid = play(ready, [{ type: 'payCash', amountMinor: paidMinor }]).basket;
        if (basketLines(basket).length === 0) return;
        expect(paid.state).toBe('completed');
        completed += 1;
        const entry = completeSale(paid, HEADER, { receiptNumber: 'r' });
        const sale = readSale(entry.fields);
        if (!sale.ok) throw new Error(`the sale reads back: ${JSON.stringify(sale.error)}`);
        const linesMinor = sale.value.lines.reduce((sum, line) => sum + line.amountMinor, 0);
        const taxMinor = sale.value.taxes.reduce((sum, tax) => sum + tax.taxMinor, 0);
        const netMinor = sale.value.taxes.reduce((sum, tax) => sum + tax.netMinor, 0);
        expect(sale.value.totalMinor).toBe(terms.taxInclusive ? linesMinor : linesMinor + taxMinor);
        expect(sale.value.totalMinor).toBe(netMinor + taxMinor);
        expect(sale.value.changeMinor).toBe(paidMinor - dueMinor);
        expect(sale.value.totalMinor + (sale.value.roundingMinor ?? 0)).toBe(paidMinor - sale.value.changeMinor);
        const movements = stockMovementsOf(entry);
        expect(movements.ok && movements.value.map((movement) => movement.quantity)).toEqual(
          sale.value.lines.map((line) => line.quantity.value),
        );
      }),
    );
    expect(completed, 'sessions do end in sales').toBeGreaterThan(20);
  });

  const distinct = fc.shuffledSubarray(
    GOODS.filter((goods) => goods.price !== undefined && goods.item.name !== 'yacht'),
    { minLength: 1 },
  );

  test('comes to the same whatever the order of the scans', () => {
    fc.assert(
      fc.property(
        distinct,
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 8, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        opening,
        (goods, counts, keys, terms) => {
          const commands = goods.map((each, index): BasketCommand => ({
            type: 'addItem',
            cut: CUT,
            ...each,
            quantity: counts[index] ?? 1,
            confirmed: true,
          }));
          const shuffled = commands
            .map((next) => ({ next, key: keys.next().value ?? 0 }))
            .sort((left, right) => left.key - right.key)
            .map(({ next }) => next);
          const one = basketTotals(play(openBasket(terms), commands).basket);
          expect(basketTotals(play(openBasket(terms), shuffled).basket)).toEqual(one);
          expect(basketTotals(play(openBasket(terms), commands.toReversed()).basket)).toEqual(one);
        },
      ),
    );
  });

  test('returned whole gives back exactly what was paid', () => {
    fc.assert(
      fc.property(distinct, fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 8, maxLength: 8 }), opening, (goods, counts, terms) => {
        const lines = (sign: number): readonly BasketCommand[] =>
          goods.map((each, index) => ({ type: 'addItem', cut: CUT, ...each, quantity: sign * (counts[index] ?? 1), confirmed: true }));
        const sold = basketTotals(play(openBasket(terms), lines(1)).basket);
        const returned = basketTotals(play(openBasket(terms), lines(-1)).basket);
        expect(returned.totalMinor + sold.totalMinor).toBe(0);
        expect(
          returned.taxes.map((tax) => tax.taxMinor + (sold.taxes.find(({ taxClass }) => taxClass === tax.taxClass)?.taxMinor ?? 1)),
        ).toEqual(returned.taxes.map(() => 0));
      }),
    );
  });

  test('counts one by one to the same line as all at once', () => {
    const pieces = GOODS.filter((goods) => goods.price !== undefined && goods.item.unit === 'piece' && goods.item.name !== 'yacht');
    fc.assert(
      fc.property(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 30 }), (goods, count) => {
        const add: BasketCommand = { type: 'addItem', cut: CUT, ...goods };
        const single = play(
          openBasket(OPENING),
          Array.from({ length: count }, () => add),
        ).basket;
        const multiple = play(openBasket(OPENING), [{ ...add, quantity: count }]).basket;
        expect(single.rows).toEqual(multiple.rows);
      }),
    );
  });
});

test('a basket in three-decimal or no-decimal money keeps the same rules', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('KWD', 'TND', 'JPY', 'CLP', 'USD'),
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 1, max: 500 }),
      (currency, amount, decimals, count) => {
        const goods = GOODS[0];
        if (goods?.price === undefined) throw new Error('the shop has milk');
        const price = { ...goods.price, price: { amount, decimals }, currency };
        const { basket } = play(openBasket({ ...OPENING, currency }), [{ type: 'addItem', cut: CUT, ...goods, price, quantity: count }]);
        // The amount against the exact product, without dividing: both in millionths of the major unit.
        const amountMinor = basketLines(basket)[0]?.amountMinor ?? -1;
        const exactMillionths = amount * 10 ** (6 - decimals) * count;
        const minorMillionths = 10 ** (6 - minorDigitsOf(currency));
        expect(pricingStep('piece')).toBe(1);
        expect(Math.abs(2 * (amountMinor * minorMillionths - exactMillionths))).toBeLessThanOrEqual(minorMillionths);
      },
    ),
  );
});
