import { describe, expect, test } from 'vitest';

import { decimalText, parseMinor } from '../money/money.ts';
import { cashRoundingOf } from '../testing/shop.ts';
import { cell, readTable } from '../testing/table.ts';
import { refundTenders, type PaidSale } from './tender-refund.ts';
import type { RefundTarget } from './tender-type.ts';
import type { Tender } from './tender.ts';

const minorOf = (text: string): number => {
  const parsed = parseMinor(text, 2);
  if (!parsed.ok) throw new Error(`${text} is an amount`);
  return parsed.value;
};

const REFUND_TO: Readonly<Record<string, RefundTarget>> = { voucher: 'storeCredit', usd: 'cash' };

/** `card 30.00, cash 50.00`. */
const tendersOf = (text: string): readonly Tender[] =>
  text.split(', ').map((words) => {
    const [tenderType = '', amount = ''] = words.split(' ');
    return { tenderType, amountMinor: minorOf(amount) };
  });
const textOf = (tenders: readonly Tender[]): string =>
  tenders.map(({ tenderType, amountMinor }) => `${tenderType} ${decimalText(-amountMinor, 2)}`).join(', ');

/** What comes back part by part; `;` stands between the parts. */
describe('back to the tenders that paid', () => {
  const cases = readTable(`
    total | paid with                  | change | rounding      | parts          | paid out
    ------+----------------------------+--------+---------------+----------------+------------------------------------------------
    10.02 | cash 10.00                 | 0      | 5             | 3.34 3.34 3.34 | cash 3.35; cash 3.35; cash 3.30
    10.02 | cash 20.00                 | 10.00  | 5             | 10.02          | cash 10.00
    52.54 | cash 60.00                 | 0      | 1000 up       | 52.54          | cash 60.00
    52.54 | card 52.54                 | 0      | 5             | 10.01 42.53    | card 10.01; card 42.53
    52.54 | card 30.00, cash 22.55     | 0      | 5             | 20.00 32.54    | card 20.00; card 10.00, cash 22.55
    52.54 | cash 22.55, card 30.00     | 0      | 5             | 20.00 32.54    | card 20.00; card 10.00, cash 22.55
    52.54 | card 30.00, cash 50.00     | 27.45  | 5             | 52.54          | card 30.00, cash 22.55
    52.54 | card 30.00, giftCard 22.54 | 0      | 5             | 40.00 12.54    | card 30.00, giftCard 10.00; giftCard 12.54
    52.54 | card 30.00, card 22.54     | 0      | none          | 40.00 12.54    | card 30.00, card 10.00; card 12.54
    52.54 | voucher 10.00, card 42.54  | 0      | none          | 52.54          | storeCredit 10.00, card 42.54
    52.54 | usd 55.20                  | 2.65   | 5             | 52.54          | cash 52.55
    52.54 | voucher 60.00              | 7.45   | 5             | 52.54          | storeCredit 52.55
    52.54 | card 52.55                 | 0      | 5 total       | 20.01 32.53    | card 20.00; card 32.55
    52.54 | cash 52.55                 | 0      | 5 toward-zero | 52.54          | cash 52.50
    52.54 | cash 52.55                 | 0      | none          | 52.54          | cash 52.55
    0.06  | cash 0.05                  | 0      | 5             | 0.02 0.02 0.02 | ; cash 0.05;
    0.00  | cash 0.00                  | 0      | 5             | 0              |
  `);
  test.each(cases)('$total by $(paid with), $rounding: $parts', (row) => {
    const sale: PaidSale = {
      totalMinor: minorOf(cell(row, 'total')),
      tenders: tendersOf(cell(row, 'paid with')),
      changeMinor: minorOf(cell(row, 'change')),
    };
    const terms = { cashRounding: cashRoundingOf(cell(row, 'rounding')), refundToOf: (type: string) => REFUND_TO[type] ?? 'original' };
    let beforeMinor = 0;
    const paidOut = cell(row, 'parts')
      .split(' ')
      .map((part) => {
        const refund = refundTenders(sale, beforeMinor, minorOf(part), terms);
        beforeMinor += minorOf(part);
        return refund.ok ? textOf(refund.value) : refund.error.type;
      });
    expect(paidOut.join('; ').trim()).toBe(cell(row, 'paid out'));
  });

  test('cash back is no part of what a card may get back', () => {
    const sale = { totalMinor: 5_254, tenders: [{ tenderType: 'card', amountMinor: 7_254, cashBackMinor: 2_000 }], changeMinor: 2_000 };
    const refund = refundTenders(sale, 0, 5_254, { cashRounding: undefined, refundToOf: () => 'original' });
    expect(refund).toEqual({ ok: true, value: [{ tenderType: 'card', paidBy: 0, amountMinor: -5_254 }] });
  });

  test('each of two cards gets back what it paid; cash comes back as one', () => {
    const tenders = [100, 200, 300, 400].map((amountMinor, index) => ({ tenderType: index < 2 ? 'card' : 'cash', amountMinor }));
    const refund = refundTenders({ totalMinor: 900, tenders, changeMinor: 100 }, 50, 800, {
      cashRounding: undefined,
      refundToOf: () => 'original',
    });
    expect(refund).toEqual({
      ok: true,
      value: [
        { tenderType: 'card', paidBy: 0, amountMinor: -50 },
        { tenderType: 'card', paidBy: 1, amountMinor: -200 },
        { tenderType: 'cash', amountMinor: -550 },
      ],
    });
  });

  test.each([
    [0, 101],
    [50, 51],
    [0, -1],
    [-1, 1],
    [0, 0.5],
    [0.5, 1],
    [0, Number.NaN],
    [Number.NaN, 1],
    [0, 1e15],
  ])('after %d, %d more of 1.00 is refused', (beforeMinor, refundMinor) => {
    const sale = { totalMinor: 100, tenders: [{ tenderType: 'cash', amountMinor: 100 }], changeMinor: 0 };
    const refund = refundTenders(sale, beforeMinor, refundMinor, { cashRounding: undefined, refundToOf: () => 'original' });
    expect(refund).toMatchObject({ ok: false, error: { type: 'refundMismatch' } });
  });
});
