import { describe, expect, test } from 'vitest';

import { noShift, type ShiftSums } from './shift.ts';
import { addSums, differencesOf, sumsSince, waitsFor, type LaneDay } from './store-day.ts';

const MORNING: ShiftSums = {
  ...noShift('EUR'),
  sales: 2,
  totalMinor: 238,
  drawerMinor: 10_119,
  taxes: [{ taxClass: 'reduced', ratePpm: 70_000, netMinor: 222, taxMinor: 16 }],
  tenders: [
    { tenderType: 'card', amountMinor: 119, tipMinor: 5, count: 1 },
    { tenderType: 'cash', amountMinor: 119, tipMinor: 0, count: 1 },
  ],
  terminals: [
    { terminalId: 'A', takenMinor: 124, takenCount: 1, settlements: 0, countedMinor: 0, countedCount: 0, settledMinor: 0, settledCount: 0 },
  ],
  cash: { float: 10_000, paidIn: 0, paidOut: 0, drop: 0, loan: 0 },
};
const EVENING: ShiftSums = {
  ...noShift('EUR'),
  sales: 1,
  refunds: 1,
  totalMinor: -119,
  refundedMinor: 119,
  drawerMinor: -119,
  taxes: [
    { taxClass: 'reduced', ratePpm: 70_000, netMinor: -111, taxMinor: -8 },
    { taxClass: 'standard', ratePpm: 190_000, netMinor: 0, taxMinor: 1 },
  ],
  tenders: [{ tenderType: 'cash', amountMinor: -119, tipMinor: 0, count: 1 }],
  terminals: [
    {
      terminalId: 'A',
      takenMinor: 0,
      takenCount: 0,
      settlements: 1,
      countedMinor: 119,
      countedCount: 1,
      settledMinor: 124,
      settledCount: 1,
    },
    { terminalId: 'B', takenMinor: -5, takenCount: 1, settlements: 0, countedMinor: 0, countedCount: 0, settledMinor: 0, settledCount: 0 },
  ],
};

test('shifts are added figure by figure, taxes by class and rate, tenders by type', () => {
  const day = addSums('EUR', [MORNING, EVENING]);
  expect(day).toMatchObject({ sales: 3, refunds: 1, totalMinor: 119, drawerMinor: 10_000 });
  expect(day.taxes).toEqual([
    { taxClass: 'reduced', ratePpm: 70_000, netMinor: 111, taxMinor: 8 },
    { taxClass: 'standard', ratePpm: 190_000, netMinor: 0, taxMinor: 1 },
  ]);
  expect(day.tenders).toEqual([
    { tenderType: 'card', amountMinor: 119, tipMinor: 5, count: 1 },
    { tenderType: 'cash', amountMinor: 0, tipMinor: 0, count: 2 },
  ]);
  expect(day.terminals).toEqual([
    {
      terminalId: 'A',
      takenMinor: 124,
      takenCount: 1,
      settlements: 1,
      countedMinor: 119,
      countedCount: 1,
      settledMinor: 124,
      settledCount: 1,
    },
    { terminalId: 'B', takenMinor: -5, takenCount: 1, settlements: 0, countedMinor: 0, countedCount: 0, settledMinor: 0, settledCount: 0 },
  ]);
  expect(addSums('EUR', [EVENING, MORNING])).toEqual(day);
  expect(addSums('EUR', [])).toEqual(noShift('EUR'));
});

test('what came since is the difference, whichever way it went', () => {
  const day = addSums('EUR', [MORNING, EVENING]);
  expect(sumsSince(MORNING, day)).toEqual(EVENING);
  expect(sumsSince(day, day)).toEqual(noShift('EUR'));
  expect(addSums('EUR', [day, sumsSince(day, MORNING)])).toEqual(MORNING);
});

test('sums that differ are named figure by figure, and none where they are the same', () => {
  expect(differencesOf(MORNING, MORNING)).toEqual([]);
  expect(differencesOf(MORNING, { ...MORNING, tenders: MORNING.tenders.slice(1), cash: { ...MORNING.cash, drop: -5 } })).toEqual([
    { figure: 'cash drop', toldMinor: 0, foundMinor: -5 },
    { figure: 'tender card', toldMinor: 119, foundMinor: 0 },
    { figure: 'tip card', toldMinor: 5, foundMinor: 0 },
    { figure: 'count card', toldMinor: 1, foundMinor: 0 },
  ]);
});

test('of terminals a Z is compared, where it says anything of them', () => {
  expect(differencesOf(MORNING, { ...MORNING, terminals: [] })).toEqual([
    { figure: 'terminal A takenMinor', toldMinor: 124, foundMinor: 0 },
    { figure: 'terminal A takenCount', toldMinor: 1, foundMinor: 0 },
  ]);
  const { terminals: _terminals, ...older } = MORNING;
  expect(differencesOf(older, MORNING)).toEqual([]);
});

describe('what a store’s day still waits for', () => {
  const DAY = '2026-11-21';
  const quiet: LaneDay = {
    businessDate: DAY,
    openShifts: [],
    hasShifts: true,
    lastBusinessDate: DAY,
    heardOn: DAY,
    waitingEntries: 0,
    setAside: 0,
  };
  test.each<readonly [string, Partial<LaneDay>, ReturnType<typeof waitsFor>]>([
    ['a lane whose Z is here and that has nothing more', {}, []],
    ['an open shift', { openShifts: [3] }, [{ type: 'close', shift: 3 }]],
    ['entries that it said it had', { waitingEntries: 7 }, [{ type: 'entries', count: 7 }]],
    ['a lane that was not used and was heard that day', { hasShifts: false, lastBusinessDate: '2026-11-20' }, []],
    [
      'a lane that was last heard the day before',
      { hasShifts: false, lastBusinessDate: undefined, heardOn: '2026-11-20' },
      [{ type: 'contact' }],
    ],
    ['a lane that was never heard', { hasShifts: false, lastBusinessDate: undefined, heardOn: undefined }, [{ type: 'contact' }]],
    ['a lane that was not used and was heard later', { hasShifts: false, lastBusinessDate: undefined, heardOn: '2026-11-22' }, []],
    ['a later day of the lane is here already', { lastBusinessDate: '2026-11-22', waitingEntries: 9, heardOn: '2026-11-22' }, []],
    ['a shift that nobody closed, days ago', { openShifts: [3], lastBusinessDate: '2026-11-22' }, [{ type: 'close', shift: 3 }]],
    ['entries that could not be read', { setAside: 2 }, [{ type: 'setAside', count: 2 }]],
  ])('%s', (_what, lane, waits) => {
    expect(waitsFor({ ...quiet, ...lane })).toEqual(waits);
  });
});
