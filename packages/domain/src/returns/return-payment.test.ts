import { describe, expect, test } from 'vitest';

import type { RefundTarget } from '../tender/tender-type.ts';
import type { Tender } from '../tender/tender.ts';
import { cell, readTable } from '../testing/table.ts';
import { payReturn, type ReturnedGoods } from './return-payment.ts';

/** `card 300, cash 700`; a target after a slash: `voucher/storeCredit 500`. */
const tendersOf = (text: string): readonly (Tender & { readonly refundTo: RefundTarget })[] =>
  text.split(', ').map((part) => {
    const [what = '', amount = ''] = part.split(' ');
    const [tenderType = '', target = 'original'] = what.split('/');
    return { tenderType, amountMinor: Number(amount), refundTo: target as RefundTarget };
  });

const goodsOf = (paid: string, before: string, refund: string): ReturnedGoods => {
  const tenders = tendersOf(paid);
  return {
    origin: {
      receiptNumber: paid,
      totalMinor: tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      tenders: tenders.map(({ refundTo: _refundTo, ...tender }) => tender),
      changeMinor: 0,
      refundTo: tenders.map(({ refundTo }) => refundTo),
      refundedBeforeMinor: Number(before),
    },
    refundMinor: Number(refund),
  };
};

const paidOut = (tenders: readonly Tender[]): string =>
  tenders.map(({ tenderType, amountMinor }) => `${tenderType} ${amountMinor}`).join(', ');

describe('goods of one sale', () => {
  // Minor units; `due` may be less than the goods came to, where other goods are bought with them, or more, where some have no receipt.
  const cases = readTable(`
    paid                    | before | refund | due   | rest        | step | goes out                    | rounding
    ------------------------+--------+--------+-------+-------------+------+-----------------------------+---------
    cash 1000               | 0      | 1000   | -1000 | cash        |      | cash -1000                  | 0
    card 1000               | 0      | 400    | -400  | cash        |      | card -400                   | 0
    card 300, cash 700      | 0      | 1000   | -1000 | cash        |      | card -300, cash -700        | 0
    card 300, cash 700      | 300    | 200    | -200  | cash        |      | cash -200                   | 0
    card 300, cash 700      | 200    | 200    | -200  | cash        |      | card -100, cash -100        | 0
    voucher/storeCredit 500 | 0      | 500    | -500  | cash        |      | storeCredit -500            | 0
    voucher/cash 500        | 0      | 500    | -500  | cash        |      | cash -500                   | 0
    card 1000               | 0      | 1000   | -600  | cash        |      | card -600                   | 0
    card 1000               | 0      | 1000   | -1250 | cash        |      | card -1000, cash -250       | 0
    card 1000               | 0      | 1000   | -1250 | storeCredit |      | card -1000, storeCredit -250 | 0
    cash 1000               | 0      | 1000   | -1250 | storeCredit |      | storeCredit -250, cash -1000 | 0
    card 1000               | 0      | 1000   | -1252 | cash        | 5    | card -1000, cash -250       | 2
    card 1000               | 0      | 1000   | -1252 | storeCredit | 5    | card -1000, storeCredit -252 | 0
    cash 1000               | 0      | 334    | -334  | cash        | 5    | cash -335                   | -1
    cash 1000               | 334    | 334    | -334  | cash        | 5    | cash -335                   | -1
    cash 1000               | 668    | 332    | -332  | cash        | 5    | cash -330                   | 2
    cash 1000               | 0      | 2      | -2    | cash        | 5    | cash 0                      | 2
    card 998, cash 2        | 0      | 1000   | -1000 | cash        | 5    | card -998, cash -2          | 0
  `);
  test.each(cases)('$paid, $before gone: $refund back, $due due, step $step → $goes out', (row) => {
    const returned = goodsOf(cell(row, 'paid'), cell(row, 'before'), cell(row, 'refund'));
    const step = cell(row, 'step');
    const cashRounding =
      step === '' ? undefined : ({ stepMinor: Number(step), mode: 'half-up', scope: 'cash', refunds: 'mirrored' } as const);
    const rest = cell(row, 'rest') === 'cash' ? 'cash' : 'storeCredit';
    const { tenders, roundingMinor } = payReturn(Number(cell(row, 'due')), [returned], { cashRounding, rest });
    expect(paidOut(tenders)).toBe(cell(row, 'goes out'));
    expect(roundingMinor).toBe(Number(cell(row, 'rounding')));
    // Σ tenders = due + rounding, whatever they are.
    expect(tenders.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(Number(cell(row, 'due')) + roundingMinor);
  });
});

test('of several sales each pays its own part, in the order in which its receipts were named; cash is one tender', () => {
  const returned = [goodsOf('cash 500', '0', '500'), goodsOf('card 300, cash 200', '0', '500')];
  const terms = { cashRounding: undefined, rest: 'cash' } as const;
  expect(paidOut(payReturn(-1_000, returned, terms).tenders)).toBe('card -300, cash -700');
  // What is bought with them is paid for by the sale that was named last.
  expect(paidOut(payReturn(-600, returned, terms).tenders)).toBe('card -100, cash -500');
});

test('the account that paid is named again; where something else pays out, it is not', () => {
  const card = { tenderType: 'gift', amountMinor: 500, reference: 'G1', account: 'giftCard' } as const;
  const of = (refundTo: RefundTarget): ReturnedGoods => ({
    origin: { receiptNumber: 'r', totalMinor: 500, tenders: [card], changeMinor: 0, refundTo: [refundTo], refundedBeforeMinor: 0 },
    refundMinor: 200,
  });
  const terms = { cashRounding: undefined, rest: 'cash' } as const;
  expect(payReturn(-200, [of('original')], terms).tenders).toEqual([{ ...card, amountMinor: -200 }]);
  expect(payReturn(-200, [of('storeCredit')], terms).tenders).toEqual([{ tenderType: 'storeCredit', amountMinor: -200 }]);
});

test.each([0, 5])('only what is owed is paid out, and %i is not', (due) => {
  expect(() => payReturn(due, [], { cashRounding: undefined, rest: 'cash' })).toThrow('only what is owed');
});
