/** What a day's sales come to, in minor units. */
import { assert } from '@holdfast/base';
import { expect, test } from 'vitest';

import { cashRoundingOf, commandOf, HEADER, must, openLane, readShop } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { readSale } from './read-sale.ts';
import { completeSale } from './sale-entry.ts';
import { addSale, noSums, type SaleSums } from './sale-sums.ts';

const SHOP = readShop(`
  goods | price | unit  | tax % | age
  ------+-------+-------+-------+----
  milk  | 1.19  | piece | 7     |
  wine  | 5.99  | piece | 19    |
`);

/** Sales one behind the other, each a shopper's words; `training` before them where it is one. */
function sumsOf(sales: readonly string[]): SaleSums {
  return sales.reduce((sums, words, index) => {
    const training = words.startsWith('training ');
    const cashRounding = cashRoundingOf('5');
    const lane = words
      .replace('training ', '')
      .split(', ')
      .reduce(
        (current, phrase) => must(current, commandOf(SHOP, phrase)),
        openLane({ ...(cashRounding !== undefined && { cashRounding }) }),
      );
    const read = readSale(completeSale(lane.basket, { ...HEADER, training }, { receiptNumber: `1-0011-00000${index}` }).fields);
    assert(read.ok, 'the sale can be read');
    return addSale(sums, read.value);
  }, noSums('EUR'));
}

const CASES = readTable(`
  sold                                                               | sales | revenue | tax | tips | forfeited | rounding
  -------------------------------------------------------------------+-------+---------+-----+------+-----------+---------
  none                                                               | 0     | 0       | 0   | 0    | 0         | 0
  scan wine, cash 6.00                                               | 1     | 503     | 96  | 0    | 0         | 1
  scan wine, cash 6.00; 2 x milk, cash 2.40                          | 2     | 725     | 112 | 0    | 0         | 3
  scan milk, pay voucher 2.00                                        | 1     | 111     | 8   | 0    | 81        | 0
  scan milk, pay voucher 2.00; scan milk, pay card 1.19 tip 0.20     | 2     | 222     | 16  | 20   | 81        | 0
  scan wine, cash 6.00; -1 x wine, cash -6.00                        | 2     | 0       | 0   | 0    | 0         | 0
  training scan wine, cash 6.00                                      | 0     | 0       | 0   | 0    | 0         | 0
`);

test.each(CASES)('$sold: revenue $revenue', (row) => {
  const said = cell(row, 'sold');
  const { sales, revenueMinor, taxMinor, tipsMinor, forfeitedMinor, roundingMinor } = sumsOf(said === 'none' ? [] : said.split('; '));
  expect([sales, revenueMinor, taxMinor, tipsMinor, forfeitedMinor, roundingMinor].map(String)).toEqual(
    ['sales', 'revenue', 'tax', 'tips', 'forfeited', 'rounding'].map((name) => cell(row, name)),
  );
});
