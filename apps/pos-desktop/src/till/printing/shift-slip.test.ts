import { expect, test } from 'vitest';

import type { ShiftView } from '../../shared/till-contract.ts';
import { receiptToPrint } from '../devices/receipt-print.ts';
import { shiftSlip } from './shift-slip.ts';

const Z: ShiftView = {
  shift: 4,
  drawer: '1',
  businessDate: '2026-11-21',
  operator: 'kim',
  isOpen: false,
  sales: 3,
  refunds: 1,
  totalMinor: 238,
  refundedMinor: 119,
  discountMinor: 0,
  roundingMinor: 2,
  changeMinor: 81,
  taxes: [{ name: 'reduced', ratePpm: 70_000, netMinor: 222, taxMinor: 16 }],
  tenders: [{ name: 'Cash', amountMinor: 321, tipMinor: 0, count: 3 }],
  terminals: [
    {
      terminalId: 'V400m-1',
      takenMinor: 500,
      takenCount: 2,
      settlements: 1,
      countedMinor: 450,
      countedCount: 3,
      settledMinor: 500,
      settledCount: 2,
    },
    { terminalId: '', takenMinor: 119, takenCount: 1, settlements: 0, countedMinor: 0, countedCount: 0, settledMinor: 0, settledCount: 0 },
  ],
  cash: { float: 10_000, paidIn: 0, paidOut: -250, drop: 0, loan: 0 },
  payoutMinor: 0,
  voidedLines: 1,
  voidedSales: 0,
  reprints: 2,
  approvals: 1,
  drawerMinor: 9_990,
  countedMinor: 9_985,
  overShortMinor: -5,
  reason: 'a coin',
  perpetualMinor: 23_800,
};
const CONTEXT = {
  settings: {
    storeName: 'Corner Shop',
    storeAddress: 'Main St 1\n12345 Town',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    locale: 'en-IE',
  },
  minorDigits: 2,
  lane: '3',
  isTraining: false,
  atMs: Date.parse('2026-11-21T19:00:00Z'),
};
const rowsOf = (shift: ShiftView): readonly string[] =>
  receiptToPrint(shiftSlip(shift, CONTEXT), { locale: 'en-IE' }).blocks.map((block) =>
    block.type === 'row' ? `${block.start.trim()}: ${block.end.trim()}` : block.type === 'text' ? block.text : block.type,
  );

test('a Z on paper, line by line; it bears no code to be found by', () => {
  expect(rowsOf(Z)).toEqual([
    'Corner Shop',
    'Main St 1',
    '12345 Town',
    'Z 4',
    'Printed: 2026-11-21 20:00:00',
    'Lane, drawer: 3, 1',
    'Operator: kim',
    'rule',
    'Business date: 2026-11-21',
    'Sales: 3',
    'of them refunds: 1',
    'Voided lines, sales: 1, 0',
    'Reprints, approvals: 2, 1',
    'Total: €2.38',
    'Refunded: 1.19',
    'reduced 7 %: 2.22 + 0.16',
    'rule',
    'Cash (3): 3.21',
    'Change given: -0.81',
    'Rounding: 0.02',
    'rule',
    'Terminal: V400m-1',
    'Taken (2): 5.00',
    'Counted by it (3): 4.50',
    'Here since settled (2): 5.00',
    'Difference: -€0.50',
    'rule',
    'Terminal: (without a name)',
    'Taken (1): 1.19',
    'Settled: no',
    'rule',
    'Float: 100.00',
    'Paid out: -2.50',
    'Must lie in the drawer: 99.90',
    'Counted: 99.85',
    'Over or short: -€0.05',
    'Reason: a coin',
    'rule',
    'Of all shifts so far: 238.00',
  ]);
});

test('an X does not say what must lie in the drawer', () => {
  const { drawerMinor: _drawer, countedMinor: _counted, overShortMinor: _off, reason: _why, ...open } = Z;
  const rows = rowsOf({ ...open, isOpen: true });
  expect(rows).toContain('X, shift 4');
  expect(rows.join()).not.toMatch(/Must lie|Counted:|Over or short/);
});
