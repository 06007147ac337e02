/** A basket that is paid with several tenders, in tables: the tender part of `basket.ts`, by the rules of `tender.ts`. */
import { describe, expect, test } from 'vitest';

import { decimalText } from '../money/money.ts';
import { act, cashRoundingOf, commandOf, must, openLane, readShop, type Lane } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { replayBasket } from './basket-event.ts';
import { basketTotals, type Basket } from './basket.ts';

const SHOP = readShop(`
  goods      | price     | unit  | tax % | age
  -----------+-----------+-------+-------+-----
  bread      | 12.54     | piece | 7     |
  lamp       | 40.00     | piece | 19    |
`);

const money = (amountMinor: number): string => decimalText(amountMinor, 2);

/** `card 30.00 (tip 2.00), cash 50.00; change 27.45, rounding 0.01`. */
function paidText({ payment }: Basket): string {
  if (payment === null) return '';
  const tenders = payment.tenders.map(({ tenderType, amountMinor, tipMinor, cashBackMinor, forfeitedMinor, foreign }) =>
    [
      `${tenderType} ${money(amountMinor)}`,
      ...(tipMinor === undefined ? [] : [`tip ${money(tipMinor)}`]),
      ...(cashBackMinor === undefined ? [] : [`back ${money(cashBackMinor)}`]),
      ...(forfeitedMinor === undefined ? [] : [`lost ${money(forfeitedMinor)}`]),
      ...(foreign === undefined ? [] : [`of ${foreign.amountMinor} ${foreign.currency}`]),
    ].join(' '),
  );
  const rest = [
    ...(payment.changeMinor === 0 ? [] : [`change ${money(payment.changeMinor)}`]),
    ...(payment.roundingMinor === undefined ? [] : [`rounding ${money(payment.roundingMinor)}`]),
  ];
  return [tenders.join(', '), ...rest].join('; ');
}

/** Each chapter is one till that rounds cash as its name says. The two amounts are what is left to pay, by other means and in cash. */
const CHAPTERS: Readonly<Record<string, string>> = {
  'none: a card and cash': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.54   |
    1 x lamp                | ok               | 52.54  | 52.54   |
    pay card 30.00          | ok               | 22.54  | 22.54   |
    pay cash 20.00          | ok               | 2.54   | 2.54    |
    pay cash 5.00           | ok               | 0.00   | 0.00    | card 30.00, cash 20.00, cash 5.00; change 2.46
    pay cash 5.00           | noSuchBasket     | 0.00   | 0.00    | card 30.00, cash 20.00, cash 5.00; change 2.46
  `,
  'none: the key for cash pays all that is left': `
    do                      | answer           | due    | in cash | paid
    1 x lamp                | ok               | 40.00  | 40.00   |
    pay giftCard 15.00      | ok               | 25.00  | 25.00   |
    cash 20.00              | tenderTooSmall   | 25.00  | 25.00   |
    cash 50.00              | ok               | 0.00   | 0.00    | giftCard 15.00, cash 50.00; change 25.00
  `,
  '5: the part in cash is rounded, whoever comes first': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.55   |
    1 x lamp                | ok               | 52.54  | 52.55   |
    pay card 30.00          | ok               | 22.54  | 22.55   |
    pay cash 50.00          | ok               | 0.00   | 0.00    | card 30.00, cash 50.00; change 27.45; rounding 0.01
  `,
  '5: by card nothing is rounded': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.55   |
    pay card 12.55          | tenderAboveLimit | 12.54  | 12.55   |
    pay card 12.54          | ok               | 0.00   | 0.00    | card 12.54
  `,
  '5: cash first, and the card takes the exact rest': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.55   |
    pay cash 2.01           | notPayableInCoins | 12.54 | 12.55   |
    pay cash 2.00           | ok               | 10.54  | 10.55   |
    pay card 10.54          | ok               | 0.00   | 0.00    | cash 2.00, card 10.54
  `,
  '5: a rest below the smallest coin': `
    do                      | answer           | due    | in cash | paid
    1 x bread at 10.02      | ok               | 10.02  | 10.00   |
    pay card 10.00          | ok               | 0.02   | 0.00    |
    pay cash 0              | ok               | 0.00   | 0.00    | card 10.00, cash 0.00; rounding -0.02
  `,
  '1000 up: all in cash': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 20.00   |
    1 x lamp                | ok               | 52.54  | 60.00   |
    pay cash 60.00          | ok               | 0.00   | 0.00    | cash 60.00; rounding 7.46
  `,
  '100 down: all in cash': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.00   |
    1 x lamp                | ok               | 52.54  | 52.00   |
    pay cash 52.00          | ok               | 0.00   | 0.00    | cash 52.00; rounding -0.54
  `,
  '5 total: a card pays the rounded amount too': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.55  | 12.55   |
    pay card 2.54           | ok               | 10.01  | 10.00   |
    pay card 10.01          | ok               | 0.00   | 0.00    | card 2.54, card 10.01; rounding 0.01
  `,
  'none: a card takes no more than is due, a voucher loses the rest, another gives change': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.54   |
    pay card 12.55          | tenderAboveLimit | 12.54  | 12.54   |
    pay giftCard 12.55      | tenderAboveLimit | 12.54  | 12.54   |
    pay storeCredit 12.55   | tenderAboveLimit | 12.54  | 12.54   |
    pay onAccount 1.00      | notOnAccount     | 12.54  | 12.54   |
    buyer on account        | ok               | 12.54  | 12.54   |
    pay onAccount 1000.01   | tenderAboveLimit | 12.54  | 12.54   |
    pay card 0              | tenderTooSmall   | 12.54  | 12.54   |
    pay card -1.00          | tenderTooSmall   | 12.54  | 12.54   |
    pay cash 0              | tenderTooSmall   | 12.54  | 12.54   |
    pay voucher 20.00       | ok               | 0.00   | 0.00    | voucher 12.54 lost 7.46
  `,
  '5: change out of a voucher is paid in coins': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.55   |
    pay changeVoucher 20.00 | ok               | 0.00   | 0.00    | changeVoucher 20.00; change 7.45; rounding 0.01
  `,
  'none: meal vouchers pay for food alone': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.54   |
    1 x lamp                | ok               | 52.54  | 52.54   |
    pay meal 50.01          | tenderAboveLimit | 52.54  | 52.54   |
    pay meal 10.00          | ok               | 42.54  | 42.54   |
    pay meal 10.00          | ok               | 40.00  | 40.00   |
    pay meal 10.00          | tenderAboveLimit | 40.00  | 40.00   |
    pay card 40.00          | ok               | 0.00   | 0.00    | meal 10.00, meal 2.54 lost 7.46, card 40.00
  `,
  '5: foreign cash, and change in local coins': `
    do                      | answer           | due    | in cash | paid
    1 x bread               | ok               | 12.54  | 12.55   |
    pay usd 10.00           | ok               | 3.34   | 3.35    |
    pay yen 1000            | ok               | 0.00   | 0.00    | usd 9.20 of 1000 USD, yen 6.10 of 1000 JPY; change 2.75; rounding 0.01
  `,
  '5: cash back, and tips beside the sale': `
    do                        | answer            | due    | in cash | paid
    1 x bread                 | ok                | 12.54  | 12.55   |
    pay giftCard 5.00 tip 1.00 | tenderAboveLimit | 12.54  | 12.55   |
    pay giftCard 5.00 back 1.00 | tenderAboveLimit | 12.54 | 12.55   |
    pay card 30.00 back 20.00 | tenderTooSmall    | 12.54  | 12.55   |
    pay card 112.59 back 100.05 | tenderAboveLimit | 12.54 | 12.55   |
    pay card 32.55 back 20.01 | notPayableInCoins | 12.54  | 12.55   |
    pay cash 2.00 tip 3.00    | ok                | 10.54  | 10.55   |
    pay card 30.54 back 20.00 | ok                | 0.00   | 0.00    | cash 2.00 tip 3.00, card 30.54 back 20.00; change 20.00
  `,
  '5: a refund to several tenders': `
    do                      | answer           | due    | in cash | paid
    -1 x bread              | ok               | -12.54 | -12.55  |
    pay voucher -5.00       | refundNotAllowed | -12.54 | -12.55  |
    pay usd -5.00           | refundNotAllowed | -12.54 | -12.55  |
    pay card -12.55         | refundMismatch   | -12.54 | -12.55  |
    pay card 5.00           | refundMismatch   | -12.54 | -12.55  |
    pay card -5.00 tip 1.00 | tenderAboveLimit | -12.54 | -12.55  |
    pay card 0              | refundMismatch   | -12.54 | -12.55  |
    pay cash -12.60         | refundMismatch   | -12.54 | -12.55  |
    pay cash -2.01          | notPayableInCoins | -12.54 | -12.55 |
    pay card -10.00         | ok               | -2.54  | -2.55   |
    pay cash -2.55          | ok               | 0.00   | 0.00    | card -10.00, cash -2.55; rounding -0.01
  `,
  '5: a refund of less than the smallest coin': `
    do                      | answer           | due    | in cash | paid
    -1 x bread at 0.02      | ok               | -0.02  | 0.00    |
    pay cash 0              | ok               | 0.00   | 0.00    | cash 0.00; rounding 0.02
  `,
  'none: nothing due is paid with nothing': `
    do                      | answer           | due    | in cash | paid
    1 x bread at 0          | ok               | 0.00   | 0.00    |
    pay card 1.00           | tenderAboveLimit | 0.00   | 0.00    |
    pay cash 0              | ok               | 0.00   | 0.00    | cash 0.00
  `,
  'none: while a tender stands, the sale stands': `
    do                      | answer           | due    | in cash | paid
    pay card 1.00           | basketEmpty      | 0.00   | 0.00    |
    1 x bread               | ok               | 12.54  | 12.54   |
    scan junk ABC           | ok               | 12.54  | 12.54   |
    pay card 10.00          | refusedRowsOpen  | 12.54  | 12.54   |
    clear                   | ok               | 12.54  | 12.54   |
    pay card 10.00          | ok               | 2.54   | 2.54    |
    1 x lamp                | tendersOpen      | 2.54   | 2.54    |
    quantity 1 2            | tendersOpen      | 2.54   | 2.54    |
    price 1 5.00            | tendersOpen      | 2.54   | 2.54    |
    void 1                  | tendersOpen      | 2.54   | 2.54    |
    void sale               | tendersOpen      | 2.54   | 2.54    |
    suspend                 | tendersOpen      | 2.54   | 2.54    |
    scan junk ABC           | ok               | 2.54   | 2.54    |
    cash 2.54               | refusedRowsOpen  | 2.54   | 2.54    |
    clear                   | ok               | 2.54   | 2.54    |
    give back 2             | noSuchTender     | 2.54   | 2.54    |
    give back 1             | ok               | 12.54  | 12.54   |
    give back 1             | noSuchTender     | 12.54  | 12.54   |
    1 x lamp                | ok               | 52.54  | 52.54   |
    pay card 2.54           | ok               | 50.00  | 50.00   |
    give back 1             | noSuchTender     | 50.00  | 50.00   |
    cash 50.00              | ok               | 0.00   | 0.00    | card 2.54, cash 50.00
  `,
};

describe('paid with several tenders', () => {
  test.each(Object.entries(CHAPTERS))('%s', (chapter, table) => {
    const cashRounding = cashRoundingOf(chapter.split(':')[0] ?? '');
    let lane: Lane = openLane(cashRounding === undefined ? {} : { cashRounding });
    for (const row of readTable(table)) {
      const before = lane;
      const done = act(lane, commandOf(SHOP, cell(row, 'do')));
      lane = done.ok ? done.value : before;
      const { dueMinor, cashDueMinor } = basketTotals(lane.basket);
      const answer = done.ok ? 'ok' : done.error.type;
      const after = { do: row['do'], answer, due: money(dueMinor), 'in cash': money(cashDueMinor), paid: paidText(lane.basket) };
      expect(after).toEqual(row);
    }
    expect(replayBasket(lane.basket.opening, lane.events)).toEqual(lane.basket);
  });
});

test('a refusal says how much may be paid so, and why', () => {
  const lanes = { plain: openLane(), food: openLane() };
  const sold = act(must(lanes.plain, commandOf(SHOP, '1 x lamp')), commandOf(SHOP, 'buyer on account'));
  if (!sold.ok) throw new Error('a lamp is sold');
  const answers = ['pay card 40.01', 'pay meal 1.00', 'pay onAccount 1000.01', 'pay giftCard 1.00 tip 0.50', 'pay card 140.01 back 100.01'];
  expect(answers.map((words) => act(sold.value, commandOf(SHOP, words))).map((answer) => (answer.ok ? 'ok' : answer.error.detail))).toEqual(
    [
      { tenderType: 'card', amountMinor: 4_001, limitMinor: 4_000, limit: 'due' },
      { tenderType: 'meal', amountMinor: 100, limitMinor: 0, limit: 'eligible' },
      { tenderType: 'onAccount', amountMinor: 100_001, limitMinor: 100_000, limit: 'maximum' },
      { tenderType: 'giftCard', amountMinor: 50, limitMinor: 0, limit: 'tip' },
      { tenderType: 'card', amountMinor: 10_001, limitMinor: 10_000, limit: 'cashBack' },
    ],
  );
});
