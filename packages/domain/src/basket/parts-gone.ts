/** What a change took out of an open basket. */
import { assert, ok } from '@holdfast/base';

import { compareUnitPrices, lineAmountMinor, minorDigitsOf } from '../money/money.ts';
import { type Basket, type BasketLine, basketLines, findLine } from './basket.ts';

/** What lies in `before` and not in `after`, line by line: of a line of which less is there, the part that went, at the line's price before reductions. */
export function partsGone(before: Basket, after: Basket): readonly BasketLine[] {
  return basketLines(before).flatMap((line) => {
    const now = findLine(after, line.lineId);
    if (now === undefined || Math.sign(now.quantity.value) !== Math.sign(line.quantity.value)) return [line];
    const value = line.quantity.value - now.quantity.value;
    return value === 0 || Math.sign(value) !== Math.sign(line.quantity.value) ? [] : [partGone(before, line, now, value)];
  });
}

/** With the rest it sums to the line; where another quantity has another price, it is what these pieces cost until then. */
function partGone({ opening }: Basket, line: BasketLine, now: BasketLine, value: number): BasketLine {
  const { discounts: _discounts, returnTaxes: _returnTaxes, untaxedMinor: _untaxedMinor, tare: _tare, ...kept } = line;
  const quantity = { ...line.quantity, value };
  const isSamePrice = compareUnitPrices(line.unitPrice, now.unitPrice) === 0;
  const amount = isSamePrice
    ? ok(line.amountMinor - now.amountMinor)
    : lineAmountMinor(quantity, line.unitPrice, minorDigitsOf(opening.currency), opening.lineRounding);
  assert(amount.ok, 'a part is no larger than its line');
  return { ...kept, quantity, amountMinor: amount.value };
}
