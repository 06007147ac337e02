import { describe, expect, test } from 'vitest';

import { cell, readTable } from '../testing/table.ts';
import { preparePromotions } from './prepare.ts';
import { pricePromotions } from './price-promotions.ts';
import type { PromotionContext, PromotionLine, PromotionOutcome } from './promotion-terms.ts';
import { PROMOTION_POLICY_DEFAULTS, type Promotion, type PromotionPolicy } from './rule.ts';
import { amountText, CONTEXT, linesOf, readCatalogue, readRules, takenText, toPayMinor } from './testing/shop-floor.ts';

const CATALOGUE = readCatalogue(`
  goods   | category | brand  | collections
  milk    | dairy    | Alm    | breakfast
  cheese  | dairy    | Berg   | picnic
  bread   | bakery   | Alm    | breakfast picnic
  roll    | bakery   | Korn   | breakfast
  wine    | drinks   | Berg   | picnic
  beer    | drinks   | Korn   |
  towel   | home     | Alm    |
`);

function price(rules: readonly Promotion[], lines: readonly PromotionLine[], context: Partial<PromotionContext> = {}): PromotionOutcome {
  const outcome = pricePromotions(preparePromotions(rules), lines, { ...CONTEXT, ...context });
  if (!outcome.ok) throw new Error(`the basket is priced: ${JSON.stringify(outcome.error)}`);
  return outcome.value;
}

/** The policy that a table sets: `stacking add`, `discountRounding unit`. */
const policyOf = (text: string | undefined): PromotionPolicy => {
  const [name, value] = (text ?? '').split(' ');
  return name === undefined || name === '' ? PROMOTION_POLICY_DEFAULTS : { ...PROMOTION_POLICY_DEFAULTS, [name]: value };
};

interface Chapter {
  readonly rules: string;
  readonly baskets: string;
}

/** `basket` with what it then costs and who takes how much; `policy` where it is not the default. */
const CHAPTERS: Readonly<Record<string, Chapter>> = {
  'second item half price against two for 20 % off': {
    rules: `
      promotion | goods | offer                    | stands
      D1        | all   | set 2 cheapest 1 50 % off | best
      D2        | all   | set 2 20 % off           | best
    `,
    baskets: `
      basket                      | to pay | taken
      15.00                       | 15.00  | -
      2 x 15.00                   | 22.50  | D1 7.50
      4 x 15.00                   | 45.00  | D1 15.00
      15.00, 15.00, 15.00, 15.00  | 45.00  | D1 15.00
      20.00, 20.00, 15.00, 5.00   | 46.00  | D1 10.00, D2 4.00
      5.00, 20.00, 15.00, 20.00   | 46.00  | D1 10.00, D2 4.00
      20.00, 20.00, 15.00         | 45.00  | D1 10.00
    `,
  },
  'percentages that stack': {
    rules: `
      promotion | goods | offer          | stands
      ten       | all   | each 10 % off  | compounding
      twenty    | all   | each 20 % off  | compounding
    `,
    baskets: `
      basket | to pay | taken                     | policy
      100.00 | 72.00  | ten 10.00, twenty 18.00   |
      100.00 | 70.00  | ten 10.00, twenty 20.00   | stacking add
      1.00   | 0.72   | ten 0.10, twenty 0.18     |
      0.01   | 0.01   | -                         |
    `,
  },
  'an amount and a percentage: which is first': {
    rules: `
      promotion | goods | offer          | stands
      ten       | all   | each 10 % off  | compounding
      five      | all   | each 5.00 off  | compounding
      coupon    | all   | total from 0: 10.00 off | compounding
    `,
    baskets: `
      basket | to pay | taken                              | policy
      100.00 | 75.50  | coupon 10.00, five 5.00, ten 9.50  |
      100.00 | 75.00  | coupon 10.00, five 5.00, ten 10.00 | stackingOrder percentagesFirst
      4.00   | 0.00   | five 4.00                          |
    `,
  },
  'two amounts off everything, both with other offers': {
    rules: `
      promotion | goods          | offer                    | stands
      five      | all            | total from 20.00: 5.00 off | compounding
      dairy     | category dairy | total from 5.00: 10 % off  | compounding
    `,
    baskets: `
      basket                     | to pay | taken
      19.99 towel                | 19.99  | -
      20.00 towel                | 15.00  | five 5.00
      10.00 milk, 10.00 towel    | 14.25  | dairy 0.75, five 5.00
      10.00 milk                 | 9.00   | dairy 1.00
    `,
  },
  'exclusive goes first, best is alone, compounding joins': {
    rules: `
      promotion | goods       | offer          | stands
      excl      | sku milk    | each 5 % off   | exclusive
      best      | category dairy | each 25 % off | best
      c1        | all         | each 10 % off  | compounding
      c2        | all         | each 20 % off  | compounding
    `,
    baskets: `
      basket       | to pay | taken
      10.00 milk   | 9.50   | excl 0.50
      10.00 cheese | 7.20   | c1 1.00, c2 1.80
      10.00 towel  | 7.20   | c1 1.00, c2 1.80
    `,
  },
  'priority decides before saving': {
    rules: `
      promotion | goods     | offer           | stands
      small     | brand Alm | each 10 % off   | best 5
      big       | all       | each 50 % off   | best 1
    `,
    baskets: `
      basket                  | to pay | taken                  | policy
      10.00 milk              | 9.00   | small 1.00             |
      10.00 milk, 10.00 beer  | 14.00  | big 5.00, small 1.00   |
      10.00 milk              | 4.50   | big 4.50, small 1.00   | acrossPriorities compound
    `,
  },
  'an exclusive offer is alone on its goods, whatever the policy': {
    rules: `
      promotion | goods     | offer           | stands
      excl      | brand Alm | each 10 % off   | exclusive 5
      big       | all       | each 50 % off   | best 1
    `,
    baskets: `
      basket      | to pay | taken     | policy
      10.00 milk  | 9.00   | excl 1.00 | acrossPriorities compound
    `,
  },
  'goods by item, category, brand and collection': {
    rules: `
      promotion  | goods                                  | offer        | stands
      item       | sku beer                               | each for 1.00 | best
      category   | category bakery                        | each 10 % off | best
      brand      | brand Berg and category dairy          | each 20 % off | best
      collection | collection breakfast except sku bread or roll | each 30 % off | best
    `,
    baskets: `
      basket                  | to pay | taken
      2 x 1.50 beer           | 2.00   | item 1.00
      0.80 beer               | 0.80   | -
      10.00 bread             | 9.00   | category 1.00
      10.00 cheese, 10.00 wine | 18.00 | brand 2.00
      10.00 milk              | 7.00   | collection 3.00
      10.00 towel             | 10.00  | -
    `,
  },
  'three for two, again and again': {
    rules: `
      promotion | goods | offer                 | stands
      3 for 2   | all   | set 3 cheapest 1 free | best
    `,
    baskets: `
      basket                                    | to pay | taken
      3.00, 2.00                                | 5.00   | -
      3.00, 2.00, 1.00                          | 5.00   | 3 for 2 1.00
      6.00, 5.00, 4.00, 3.00, 2.00, 1.00        | 16.00  | 3 for 2 5.00
      7 x 2.00                                  | 10.00  | 3 for 2 4.00
      1000000 x 0.10                            | 66666.70 | 3 for 2 33333.30
    `,
  },
  'the dearest free': {
    rules: `
      promotion | goods | offer                | stands
      dear      | all   | set 3 dearest 1 free | best
    `,
    baskets: `
      basket                             | to pay | taken
      3.00, 2.00, 1.00                   | 3.00   | dear 3.00
      6.00, 5.00, 4.00, 3.00, 2.00, 1.00 | 10.00  | dear 11.00
    `,
  },
  'buy bread, get milk': {
    rules: `
      promotion | goods | offer                                | stands
      bonus     | all   | set 2 sku bread get 1 sku milk free  | best
    `,
    baskets: `
      basket                                | to pay | taken
      2 x 2.00 bread                        | 4.00   | -
      1.00 milk, 2 x 2.00 bread             | 4.00   | bonus 1.00
      4 x 2.00 bread, 1.00 milk, 1.50 milk  | 8.00   | bonus 2.50
      2 x 2.00 bread, 1.00 milk, 1.50 milk  | 5.00   | bonus 1.50
    `,
  },
  'mix and match across sets': {
    rules: `
      promotion | goods | offer                                                  | stands
      picnic    | all   | set 1 category drinks with 1 category bakery for 5.00  | best
    `,
    baskets: `
      basket                                    | to pay | taken
      4.00 wine, 3.00 bread                     | 5.00   | picnic 2.00
      4.00 wine, 6.00 wine, 3.00 bread          | 9.00   | picnic 4.00
      1.00 beer, 3.00 bread                     | 4.00   | -
      4.00 wine, 1.00 beer, 3.00 bread, 9.00 roll | 9.00 | picnic 8.00
    `,
  },
  'several for a price, and tiers': {
    rules: `
      promotion | goods          | offer                                           | stands
      sets      | category dairy | set 2 for 3.00; 3 for 4.00                      | best
      tiers     | sku beer       | each from 3: 5 % off; from 6: 10 % off          | best
      spend     | category home  | total from 50.00: 5.00 off; from 100.00: 15.00 off | best
    `,
    baskets: `
      basket           | to pay | taken
      2 x 2.00 milk    | 3.00   | sets 1.00
      3 x 2.00 milk    | 4.00   | sets 2.00
      5 x 2.00 milk    | 7.00   | sets 3.00
      2 x 1.00 beer    | 2.00   | -
      3 x 1.00 beer    | 2.85   | tiers 0.15
      6 x 1.00 beer    | 5.40   | tiers 0.60
      49.99 towel      | 49.99  | -
      50.00 towel      | 45.00  | spend 5.00
      100.00 towel     | 85.00  | spend 15.00
    `,
  },
  'for every ten, one off': {
    rules: `
      promotion | goods | offer              | stands | terms
      ten       | all   | every 10.00: 1.00 off | best   | per basket 3
    `,
    baskets: `
      basket | to pay | taken
      9.99   | 9.99   | -
      25.00  | 23.00  | ten 2.00
      99.00  | 96.00  | ten 3.00
    `,
  },
  'limits per basket, and budgets that nothing passes': {
    rules: `
      promotion | goods    | offer                    | stands | terms
      first     | sku milk | each 50 % off            | best   | per basket 2
      sets      | sku beer | set 2 cheapest 1 free    | best   | per basket 1
      money     | sku wine | each 1.00 off            | best   | budget 2.50
    `,
    baskets: `
      basket          | to pay | taken
      1.00 milk       | 0.50   | first 0.50
      5 x 1.00 milk   | 4.00   | first 1.00
      1.00 milk, 3.00 milk, 2.00 milk | 3.50 | first 2.50
      6 x 1.00 beer   | 5.00   | sets 1.00
      5 x 4.00 wine   | 18.00  | money 2.00
    `,
  },
  'totals stand back from what pieces took': {
    rules: `
      promotion | goods     | offer                     | stands
      piece     | brand Alm | each 1.00 off             | best
      spend     | all       | total from 10.00: 10 % off | best
    `,
    baskets: `
      basket                   | to pay | taken
      10.00 milk               | 9.00   | piece 1.00
      10.00 milk, 10.00 beer   | 18.00  | piece 1.00, spend 1.00
      5.00 milk, 5.00 beer     | 8.50   | piece 1.00, spend 0.50
    `,
  },
  'a minimum before or after other discounts': {
    rules: `
      promotion | goods | offer                        | stands
      ten       | all   | each 10 % off                | compounding 2
      coupon    | all   | total from 100.00: 20.00 off | compounding 1
    `,
    baskets: `
      basket | to pay | taken                     | policy
      100.00 | 70.00  | coupon 20.00, ten 10.00   |
      100.00 | 90.00  | ten 10.00                 | minimumBasis after
      120.00 | 88.00  | coupon 20.00, ten 12.00   | minimumBasis after
    `,
  },
  'a percentage is rounded by line, by unit or once': {
    rules: `
      promotion | goods | offer          | stands
      ten       | all   | each 10 % off  | best
    `,
    baskets: `
      basket              | to pay | taken    | policy
      100 x 0.04          | 3.60   | ten 0.40 |
      100 x 0.04          | 4.00   | -        | discountRounding unit
      0.05, 0.05, 0.05    | 0.12   | ten 0.03 |
      0.05, 0.05, 0.05    | 0.13   | ten 0.02 | discountRounding basket
      3 x 0.05            | 0.13   | ten 0.02 |
      3 x 0.05            | 0.12   | ten 0.03 | discountRounding unit
    `,
  },
  'a percentage by the unit, behind what made units of one kind cost unlike': {
    rules: `
      promotion | goods | offer          | stands
      three     | all   | set 3 for 2.00 | compounding
      ten       | all   | each 10 % off  | compounding
    `,
    baskets: `
      basket   | to pay | taken                | policy
      3 x 1.00 | 1.80   | ten 0.20, three 1.00 |
      3 x 1.00 | 1.79   | ten 0.21, three 1.00 | discountRounding unit
    `,
  },
  'goods by weight are one piece, and money per kilogram': {
    rules: `
      promotion | goods      | offer            | stands
      kilo      | sku cheese | each 2.00 off    | best
      price     | sku milk   | each for 8.00    | best
      pair      | sku wine   | set 2 10 % off   | best
    `,
    baskets: `
      basket                             | to pay | taken
      500 g 5.00 cheese                  | 4.00   | kilo 1.00
      1500 g 15.00 milk                  | 12.00  | price 3.00
      700 g 3.00 wine                    | 3.00   | -
      700 g 3.00 wine, 700 g 3.00 wine   | 5.40   | pair 0.60
    `,
  },
  'returns and goods that no promotion may touch neither satisfy nor earn': {
    rules: `
      promotion | goods | offer                 | stands
      pair      | all   | set 2 cheapest 1 free | best
      spend     | all   | total from 10.00: 1.00 off | best
    `,
    baskets: `
      basket                            | to pay | taken
      5.00 milk, -1 x 5.00 milk         | 0.00   | -
      5.00 milk, ! 5.00 milk            | 10.00  | -
      5.00 milk, ! 9.00 milk, 4.00 beer | 14.00  | pair 4.00
    `,
  },
  'no total goes below zero': {
    rules: `
      promotion | goods | offer                 | stands
      five      | all   | each 5.00 off         | compounding
      ten       | all   | total from 0: 10.00 off | compounding
    `,
    baskets: `
      basket        | to pay | taken
      3.00, 4.00    | 0.00   | five 7.00
      6.00, 12.00   | 0.00   | five 10.00, ten 8.00
    `,
  },
};

const CASES = Object.entries(CHAPTERS).flatMap(([chapter, { rules, baskets }]) =>
  readTable(baskets).map((row) => ({ chapter, rules, row, basket: `${cell(row, 'basket')} ${row['policy'] ?? ''}` })),
);

test('what is rounded once is shared by largest remainder: 10 % of 1.11, 1.08 and 1.03 are 0.32, and 1.08 gives the cent', () => {
  const rules = readRules(`
    promotion | goods | offer         | stands
    ten       | all   | each 10 % off | best
  `);
  const [ten] = price(rules, linesOf('1.11, 1.08, 1.03', CATALOGUE), { policy: policyOf('discountRounding basket') }).applied;
  expect(ten?.shares.map(({ amountMinor }) => amountMinor)).toEqual([-11, -11, -10]);
});

describe('what promotions take', () => {
  test.each(CASES)('$chapter: $basket', ({ rules, row }) => {
    const policy = policyOf(row['policy']);
    const lines = linesOf(cell(row, 'basket'), CATALOGUE);
    const outcome = price(readRules(rules), lines, { policy });
    expect({ 'to pay': amountText(toPayMinor(lines, outcome)), taken: takenText(outcome) }).toEqual({
      'to pay': cell(row, 'to pay'),
      taken: cell(row, 'taken'),
    });
    // The same basket scanned the other way round.
    expect(takenText(price(readRules(rules).toReversed(), lines.toReversed(), { policy }))).toBe(cell(row, 'taken'));
  });
});

describe('when a promotion counts', () => {
  const RULES = readRules(`
    promotion | goods    | offer         | stands | terms
    evening   | all      | each 10 % off | best   | mon tue wed 17:00-19:00
    night     | all      | each 20 % off | best   | sat 22:00-02:00
    gold      | all      | each 30 % off | best   | group gold
    away      | all      | each 40 % off | best   | store store-2
    cash      | all      | each 50 % off | best   | tender cash
    coupon    | all      | each 60 % off | best   | coupon SAVE
    customer  | sku milk | each 70 % off | best   | per customer 2
    minimum   | all      | each 80 % off | best   | minimum 500.00
  `);
  const MOMENTS: Readonly<Record<string, Partial<PromotionContext>>> = {
    'wednesday at ten': {},
    'wednesday at five': { minuteOfDay: 1_020 },
    'wednesday at seven': { minuteOfDay: 1_140 },
    'thursday at six': { weekday: 4, minuteOfDay: 1_080 },
    'saturday late': { weekday: 6, minuteOfDay: 1_380 },
    'sunday early': { weekday: 7, minuteOfDay: 60 },
    'sunday late': { weekday: 7, minuteOfDay: 1_380 },
    'gold customer': { customerGroups: ['silver', 'gold'] },
    'other store': { store: 'store-2' },
    'in cash': { tenderType: 'cash' },
    'by card': { tenderType: 'card' },
    'with the coupon': { coupons: ['OTHER', 'SAVE'] },
    'in francs': { currency: 'CHF', coupons: ['SAVE'], customerGroups: ['gold'] },
    'used once': { usesByCustomer: new Map([['customer', 1]]) },
    'used up': { usesByCustomer: new Map([['customer', 2]]) },
  };
  test.each(
    readTable(`
      moment             | basket         | taken
      wednesday at ten   | 100.00         | -
      wednesday at five  | 100.00         | evening 10.00
      wednesday at seven | 100.00         | -
      thursday at six    | 100.00         | -
      saturday late      | 100.00         | night 20.00
      sunday early       | 100.00         | night 20.00
      sunday late        | 100.00         | -
      gold customer      | 100.00         | gold 30.00
      other store        | 100.00         | away 40.00
      in cash            | 100.00         | cash 50.00
      by card            | 100.00         | -
      with the coupon    | 100.00         | coupon 60.00
      in francs          | 100.00         | -
      wednesday at ten   | 3 x 10.00 milk | customer 14.00
      used once          | 3 x 10.00 milk | customer 7.00
      used up            | 3 x 10.00 milk | -
      wednesday at ten   | 500.00         | minimum 400.00
    `),
  )('$moment, $basket', (row) => {
    const outcome = price(RULES, linesOf(cell(row, 'basket')), MOMENTS[cell(row, 'moment')] ?? { store: 'nowhere' });
    expect(takenText(outcome)).toBe(row['taken']);
  });
});

test('a discount goes to its lines by largest remainder, and names the pieces that took part', () => {
  const rules = readRules(`
    promotion | goods | offer                     | stands
    hundred   | all   | total from 0: 1.00 off    | best
  `);
  const outcome = price(rules, linesOf('1.00 a, 1.00 b, 1.00 c'));
  expect(outcome.applied[0]?.shares).toEqual([
    { lineId: '1', amountMinor: -34, pieces: 1 },
    { lineId: '2', amountMinor: -33, pieces: 1 },
    { lineId: '3', amountMinor: -33, pieces: 1 },
  ]);
  const sets = price(
    readRules('promotion | goods | offer | stands\nbonus | all | set 2 sku bread get 1 sku milk free | best'),
    linesOf('3 x 2.00 bread, 1.00 milk'),
  );
  expect(sets.applied[0]).toMatchObject({
    uses: 1,
    shares: [
      { lineId: '1', amountMinor: 0, pieces: 2 },
      { lineId: '2', amountMinor: -100, pieces: 1 },
    ],
  });
});

test('coupons carry who pays for them, and a claim each', () => {
  const rules = readRules(`
    promotion | goods    | offer         | stands      | terms
    ours      | sku milk | each 1.00 off | compounding | coupon OURS
    theirs    | all      | each 10 % off | compounding | third-party coupon THEIRS
    also      | all      | each 10 % off | compounding | third-party coupon THEIRS
  `);
  const outcome = price(rules, linesOf('11.00 milk'), { coupons: ['OURS', 'THEIRS'] });
  expect(outcome.claims).toEqual([
    { code: 'OURS', funding: 'store', claimMinor: 100 },
    { code: 'THEIRS', funding: 'thirdParty', claimMinor: 190 },
  ]);
  expect(outcome.applied.map(({ promotionId, coupon }) => [promotionId, coupon?.funding])).toEqual([
    ['ours', 'store'],
    ['also', 'thirdParty'],
    ['theirs', 'thirdParty'],
  ]);
});

test('points, gifts, coupons for next time and rebates are named and change no price', () => {
  const rules = readRules(`
    promotion | goods         | offer                        | stands | terms
    points    | all           | from 10.00 again: 50 points  | best   |
    gift      | category home | from 30.00: gift 1 soap      | best   |
    next      | all           | from 50.00: coupon BACK10    | best   |
    mail      | all           | from 20.00: rebate 5.00      | best   |
    capped    | all           | from 10.00 again: 1 points   | best   | per basket 2
    other     | all           | from 10.00 again: 9 points   | best   | store store-9
  `);
  const outcome = price(rules, linesOf('35.00 towel', CATALOGUE));
  expect(outcome.discountMinor).toBe(0);
  expect(outcome.rewards.map(({ promotionId, times, reward }) => [promotionId, times, reward])).toEqual([
    ['capped', 2, { type: 'points', points: 1 }],
    ['gift', 1, { type: 'gift', sku: 'soap', pieces: 1 }],
    ['mail', 1, { type: 'rebate', amountMinor: 500 }],
    ['points', 3, { type: 'points', points: 50 }],
  ]);
});

test.each([
  ['a fraction of a cent', { amountMinor: 1.5 }],
  ['an amount of 10^15', { amountMinor: 1e15 }],
  ['a fraction of a piece', { quantity: { value: 0.5, unit: 'piece' as const } }],
])('a line with %s is refused by name', (_, change) => {
  const [line] = linesOf('1.00');
  const outcome = pricePromotions(preparePromotions([]), [{ ...line!, ...change }], CONTEXT);
  expect(outcome).toMatchObject({ ok: false, error: { type: 'malformedLine', detail: { lineId: '1' } } });
});

test('a line that comes twice is refused', () => {
  const [line] = linesOf('1.00');
  expect(pricePromotions(preparePromotions([]), [line!, line!], CONTEXT)).toMatchObject({ ok: false, error: { type: 'malformedLine' } });
});

describe('baskets that no search can try out', () => {
  test('are still settled, by the same answer each time, and say that it may not be the largest', () => {
    const rules = readRules(`
      promotion | goods | offer                     | stands
      pairs     | all   | set 2 cheapest 1 50 % off | best
      threes    | all   | set 3 cheapest 1 free     | best
      fives     | all   | set 5 30 % off            | compounding
      most      | all   | set 1000 cheapest 999 free | best
    `);
    const lines = linesOf(
      Array.from({ length: 1_200 }, (_, index) => `${index % 7 === 0 ? '900 x ' : ''}${10 + (index % 90)}.${10 + (index % 89)}`).join(', '),
    );
    const outcome = price(rules, lines);
    expect(outcome.isExact).toBe(false);
    expect(outcome.discountMinor).toBeLessThan(0);
    expect(price(rules, lines)).toEqual(outcome);
  });

  test('of a thousand million pieces are as quick as one', () => {
    const rules = readRules(`
      promotion | goods | offer                     | stands
      pairs     | all   | set 2 cheapest 1 50 % off | best
      threes    | all   | set 3 cheapest 1 free     | best
    `);
    expect(takenText(price(rules, linesOf('1000000000 x 9.99, 1000000 x 1.00')))).toBe(
      // 333,333,333 threes at 9.99, 333,333 at 1.00, and a pair of what is left of both.
      'pairs 0.50, threes 3330333329.67',
    );
  });

  test('with more totals than are tried in every combination take the one that saves most first', () => {
    const rules = readRules(`
      promotion | goods | offer                      | stands
      a         | all   | total from 10.00: 1.00 off | best
      b         | all   | total from 10.00: 5.00 off | best
      c         | all   | total from 10.00: 2.00 off | best
      d         | all   | total from 10.00: 3.00 off | best
      e         | all   | total from 10.00: 4.00 off | best
    `);
    const outcome = price(rules, linesOf('20.00'));
    expect(takenText(outcome)).toBe('b 5.00');
    expect(outcome.isExact).toBe(false);
    expect(takenText(price(rules.slice(0, 4), linesOf('20.00')))).toBe('b 5.00');
  });
});
