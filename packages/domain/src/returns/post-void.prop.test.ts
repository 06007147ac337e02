/** What holds of a sale that is undone with cash in place of its cards, however it was paid, tipped and rounded. */
import { assert } from '@holdfast/base';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { basketTotals } from '../basket/basket.ts';
import { CASH_ROUNDING_MODES, CASH_ROUNDING_SCOPES, REFUND_ROUNDINGS, roundCash } from '../money/cash-rounding.ts';
import { readSale } from '../sale/read-sale.ts';
import { completeSale } from '../sale/sale-entry.ts';
import '../testing/property-runs.ts';
import { commandOf, HEADER, must, openLane, readShop, TENDER_TYPES } from '../testing/shop.ts';
import { cashBackWish, postVoidEntry } from './post-void.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  penny | 0.01  | piece | 19    |
`);

const rounding = fc.option(
  fc.record(
    {
      stepMinor: fc.constantFrom(2, 5, 10, 25, 100, 1_000),
      mode: fc.constantFrom(...CASH_ROUNDING_MODES),
      scope: fc.constantFrom(...CASH_ROUNDING_SCOPES),
      refunds: fc.constantFrom(...REFUND_ROUNDINGS),
    },
    { noNullPrototype: true },
  ),
  { nil: undefined },
);

/** `part`: thousandths of what is due; the rest is cash. */
const card = fc.record({
  part: fc.constantFrom(1, 333, 500, 1_000),
  tipMinor: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 }), fc.constantFrom(500, 100_000_000)),
  isInCash: fc.boolean(),
});

const sums = fc.record({ pennies: fc.integer({ min: 1, max: 300 }), cards: fc.array(card, { minLength: 1, maxLength: 3 }) });

test('what is written is read, the drawer gives what coins make of it, and each row goes one way', () => {
  const type = TENDER_TYPES.get('card');
  assert(type !== undefined, 'the shop takes cards');
  const property = fc.property(rounding, rounding, sums, (before, now, { pennies, cards }) => {
    let lane = must(openLane(before && { cashRounding: before }), commandOf(SHOP, `${pennies} x penny`));
    const places = new Set<number>();
    for (const [index, { part, tipMinor, isInCash }] of cards.entries()) {
      if (lane.basket.state !== 'open') break;
      const amountMinor = Math.ceil((basketTotals(lane.basket).dueMinor * part) / 1_000);
      if (amountMinor <= 0) break;
      lane = must(lane, { type: 'tender', tenderType: type, amountMinor, ...(tipMinor > 0 && { tipMinor }) });
      if (isInCash) places.add(index + 1);
    }
    if (lane.basket.state === 'open') lane = must(lane, { type: 'payCash', amountMinor: basketTotals(lane.basket).cashDueMinor });
    const entry = completeSale(lane.basket, HEADER, { receiptNumber: 'S-1' });
    const sale = readSale(entry.fields);
    assert(sale.ok, 'the sale reads back');
    const cashBack = { places, rounding: now };
    // Its sums are among what is read: total + rounding = tenders − change.
    const undone = readSale(postVoidEntry(entry, sale.value, HEADER, 'S-2', cashBack).fields);
    assert(undone.ok, `what is written is read: ${JSON.stringify(undone)}`);
    const rows = undone.value.tenders.filter(({ inPlaceOf }) => inPlaceOf !== undefined);
    expect(rows).toHaveLength(places.size);
    const outMinor = rows.map(({ amountMinor, tipMinor = 0 }) => amountMinor + tipMinor);
    expect(cashBackWish(sale.value, cashBack)?.amount ?? 0).toBe(outMinor.reduce((sum, minor) => sum + Math.abs(minor), 0));
    expect(rows.filter(({ amountMinor, tipMinor = 0 }) => tipMinor > 0 || (tipMinor < 0 && amountMinor >= 0))).toEqual([]);
    // No more of a tip goes back than was given, and in exact money all of it.
    const tips = [...places].map((place, index) => [sale.value.tenders[place - 1]?.tipMinor ?? 0, 0 - (rows[index]?.tipMinor ?? 0)]);
    const isExact = before === undefined && now === undefined;
    expect(tips.filter(([given = 0, back = 0]) => back > given || (isExact && back < given))).toEqual([]);
    const inCash = sale.value.tenders.filter(({ tenderType }) => tenderType === 'cash').reduce((sum, each) => sum + each.amountMinor, 0);
    const takenMinor = inCash - sale.value.changeMinor;
    const paidMinor = [...places].reduce((sum, place) => {
      const { amountMinor = 0, tipMinor = 0 } = sale.value.tenders[place - 1] ?? {};
      return sum + amountMinor + tipMinor;
    }, 0);
    const exactMinor = (sale.value.roundingMinor ?? 0) - takenMinor - paidMinor;
    const givenMinor = outMinor.reduce((sum, minor) => sum + minor, 0 - takenMinor);
    expect(givenMinor).toBe(places.size > 0 ? roundCash(exactMinor, now) : 0 - takenMinor);
  });
  fc.assert(property);
});
