import { expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { explainPromotions } from './explain.ts';
import { preparePromotions } from './prepare.ts';
import { pricePromotions } from './price-promotions.ts';
import { amountText, CONTEXT, linesOf, readCatalogue, readRules } from './testing/shop-floor.ts';

const CATALOGUE = readCatalogue(`
  goods  | category | brand | collections
  milk   | dairy    | Alm   |
  bread  | bakery   | Alm   |
  beer   | drinks   | Korn  |
  towel  | home     | Alm   |
  juice  | juices   | Obst  |
  mug    | mugs     | Topf  |
`);

const RULES = readRules(`
  promotion | goods          | offer                       | stands        | terms
  first     | sku bread      | each 10 % off               | exclusive 5   |
  bakery    | category bakery | each 50 % off              | best          |
  half      | category dairy | set 2 cheapest 1 50 % off   | best          |
  fifth     | category dairy | set 2 20 % off              | best          |
  ten       | category drinks | each 10 % off              | compounding   |
  twenty    | category drinks | each 20 % off              | compounding   |
  spend     | brand Korn     | total from 500.00: 5.00 off | compounding   |
  save      | brand Alm      | each 90 % off               | best 9        | coupon SAVE
  one       | category home  | each 1.00 off               | best          | per basket 1
  cheer     | category mugs  | each free                   | best          | minimum 45.00
  points    | category juices | from 40.00: 20 points      | best          |
`);

test.each(
  readTable(`
    basket                                     | line | takes                  | helps | does not
    10.00 bread                                | 1    | first 1.00             |       | save coupon, bakery goesFirst first
    25.00 milk, 24.00 milk                     | 1    |                        | half  | save coupon, fifth savesMore half
    25.00 milk, 24.00 milk                     | 2    | half 12.00             |       | save coupon, fifth savesMore half
    20.00 milk                                 | 1    |                        |       | save coupon, fifth notReached, half notReached
    10.00 beer                                 | 1    | ten 1.00, twenty 1.80  |       | spend notReached
    ! 10.00 beer                               | 1    |                        |       | spend notDiscountable, ten notDiscountable, twenty notDiscountable
    10.00 towel, 9.00 towel                    | 2    |                        |       | save coupon, one usedElsewhere
    40.00 juice, 5.00 mug                      | 1    |                        | cheer, points |
    40.00 juice, 5.00 mug                      | 2    | cheer 5.00             |       |
    30.00 juice, 5.00 mug                      | 1    |                        |       |
    ! 10.00 juice, 40.00 juice, 5.00 mug       | 1    |                        |       |
  `),
)('$basket: why line $line costs what it costs', (row) => {
  const prepared = preparePromotions(RULES);
  const lines = linesOf(cell(row, 'basket'), CATALOGUE);
  const outcome = pricePromotions(prepared, lines, CONTEXT);
  if (!outcome.ok) throw new Error('the basket is priced');
  const line = explainPromotions(prepared, lines, CONTEXT, outcome.value)[Number(row['line']) - 1];
  const takes = line?.taken.map(({ promotionId, amountMinor }) => `${promotionId} ${amountText(-amountMinor)}`).join(', ');
  expect(takes).toBe(row['takes']);
  expect(line?.helped.map(({ promotionId }) => promotionId).join(', ')).toBe(row['helps']);
  const others = line?.notTaken.map(({ promotionId, reason, by }) =>
    [promotionId, reason, by].filter((word) => word !== undefined).join(' '),
  );
  expect(others?.join(', ')).toBe(row['does not']);
});
