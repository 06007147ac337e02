import { expect, test } from 'vitest';

import type { BasketHead, LineView } from '../../shared/till-contract.ts';
import { displayRows, type DisplayShop, type DisplaySight, sightAfter } from './customer-display.ts';

const SHOP: DisplayShop = { storeName: 'Corner Shop', locale: 'en-GB', displayText: 'Welcome' };

const totals = (totalMinor: number, itemCount = 1): BasketHead['totals'] => ({
  itemCount,
  subtotalMinor: totalMinor,
  taxInclusive: true,
  taxes: [],
  totalMinor,
  dueMinor: totalMinor,
  suggestedCashMinor: [],
});

const head = (change: Partial<BasketHead> = {}): BasketHead => ({
  basketId: 'b',
  currency: 'EUR',
  minorDigits: 2,
  totals: totals(119),
  ageCheckOpen: false,
  refusedRows: 0,
  ...change,
});

const line = (change: Partial<LineView> = {}): LineView => ({
  lineId: 'l1',
  position: 1,
  kind: 'item',
  name: 'Milk',
  quantity: { value: 1, unit: 'piece' },
  amountMinor: 119,
  ...change,
});

const completed = (totalMinor: number, changeMinor: number): NonNullable<BasketHead['completed']> => ({
  receiptNumber: 'R',
  totalMinor,
  cashMinor: totalMinor + changeMinor,
  changeMinor,
  atMs: 0,
});

const EMPTY = totals(0, 0);

test.each<[string, DisplaySight, Partial<DisplayShop>, readonly [string, string]]>([
  ['nothing yet', {}, {}, ['    Corner Shop', '      Welcome']],
  ['between sales', { head: head({ totals: EMPTY }) }, {}, ['    Corner Shop', '      Welcome']],
  ['goods', { head: head(), line: line() }, {}, ['Milk            1.19', 'Total           1.19']],
  [
    'goods with a long name, reduced',
    {
      head: head({ totals: totals(123_456) }),
      line: line({ name: 'Mountain cheese of the Alps', discounts: [{ name: 'Two for one', amountMinor: -19 }] }),
    },
    {},
    ['Mountain cheese 1.00', 'Total       1,234.56'],
  ],
  [
    'weighed, in German',
    { head: head(), line: line({ name: 'Äpfel', quantity: { value: 842, unit: 'gram' }, amountMinor: 252 }) },
    { locale: 'de-DE' },
    ['Äpfel           2,52', 'Summe           1,19'],
  ],
  [
    'goods that come back',
    { head: head({ totals: totals(-119) }), line: line({ amountMinor: -119 }) },
    {},
    ['Milk           -1.19', 'Refund          1.19'],
  ],
  ['after a restart', { head: head({ totals: totals(500) }) }, {}, ['', 'Total           5.00']],
  [
    'partly paid',
    {
      head: head({
        totals: { ...totals(500), dueMinor: 300 },
        tenders: [{ tenderId: 't', tenderType: 'cash', name: 'Cash', amountMinor: 200 }],
      }),
      line: line(),
    },
    {},
    ['Cash            2.00', 'To pay          3.00'],
  ],
  [
    'paid, with change',
    { head: head({ totals: EMPTY, completed: completed(119, 81) }) },
    {},
    ['Total           1.19', 'Change          0.81'],
  ],
  ['paid to the penny', { head: head({ totals: EMPTY, completed: completed(119, 0) }) }, {}, ['Total           1.19', '      Welcome']],
  ['paid out', { head: head({ totals: EMPTY, completed: completed(-250, 0) }) }, {}, ['Refund          2.50', '      Welcome']],
  [
    'yen, for a shopper who reads Japanese',
    { head: head({ minorDigits: 0, totals: totals(1_190), receiptLanguage: 'ja' }), line: line({ amountMinor: 1_190 }) },
    {},
    ['Milk           1,190', '合計             1,190'],
  ],
  [
    'digits of every locale are those of the display',
    { head: head(), line: line() },
    { locale: 'ar-EG' },
    ['Milk            1.19', 'المجموع         1.19'],
  ],
])('%s', (_, sight, shop, rows) => {
  expect(displayRows(sight, { ...SHOP, ...shop }, 20)).toEqual(rows);
});

test('follows the row that was touched last, while it is there; a refused one is the cashier’s alone', () => {
  const message = { type: 'basket', revision: 1, reset: false, removedLineIds: [] as string[] } as const;
  let sight = sightAfter({}, { ...message, head: head({ currentLineId: 'l1' }), upserted: [line()] });
  expect(sight.line?.lineId).toBe('l1');
  const [milk, pear] = [line({ amountMinor: 238 }), line({ lineId: 'l2', name: 'Pear' })];
  sight = sightAfter(sight, { ...message, head: head({ currentLineId: 'l2' }), upserted: [milk, pear] });
  expect(sight.line).toEqual(pear);
  sight = sightAfter(sight, {
    ...message,
    head: head({ currentLineId: 'x' }),
    upserted: [{ lineId: 'x', position: 3, kind: 'refused', name: '?' }],
  });
  expect(sight.line).toEqual(pear);
  sight = sightAfter(sight, { ...message, head: head(), upserted: [], removedLineIds: ['l2'] });
  expect(sight.line).toBeUndefined();
  sight = sightAfter(sight, { ...message, head: head({ currentLineId: 'l1' }), upserted: [milk] });
  sight = sightAfter(sight, { ...message, reset: true, head: head({ completed: completed(238, 0) }), upserted: [] });
  expect(sight).toEqual({ head: head({ completed: completed(238, 0) }) });
});
