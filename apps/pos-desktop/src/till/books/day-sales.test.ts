/** D-20: what days came to is told ahead of the sales that wait, by the stretch of the ledger that they stand in. The hub's half: `told-sales-contract.ts` there. */
import { readReport } from '@holdfast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createWaitingDays, laneReport } from '../sync/lane-report.ts';
import { createTestLane, IDENTITY, LANE_EPOCH, MILK, type TestLane } from '../testing/test-lane.ts';
import { createDaySales } from './day-sales.ts';

const DAY_MS = 86_400_000;
let lane: TestLane;
beforeEach(() => {
  lane = createTestLane();
});
afterEach(() => lane.close());

const sell = (): string => {
  lane.take({ type: 'scan', code: MILK });
  return lane.take({ type: 'payCash', amountMinor: 119 }).completed?.receiptNumber ?? '';
};
const headSeq = (): number => lane.store.epochs().at(-1)?.headSeq ?? 0;
const confirm = (seq: number, diverged = false): void => lane.store.confirm([{ epoch: LANE_EPOCH, confirmedSeq: seq, diverged }], {});
/** All that waits, as a person reads it, however little it is. */
const waiting = (): readonly string[] =>
  createDaySales(lane.db)
    .waiting(lane.store.epochs())
    .map(({ epoch, businessDate, currency, fromSeq, toSeq, sales, totalMinor }) =>
      [epoch.slice(0, 4), businessDate, currency, `${fromSeq}..${toSeq}`, sales, totalMinor].join(' '),
    );
/** As the ledger itself says it. */
const summed = (): readonly [number, number] => {
  const totals = lane.db
    .prepare<[], { sales: number; total: number }>('SELECT sum(sales) AS sales, sum(total_minor) AS total FROM day_sales')
    .get();
  return [totals?.sales ?? 0, totals?.total ?? 0];
};

test('D-20: each sale adds to its day, what undoes one takes off, and training adds nothing; a day waits until its last sale is confirmed', () => {
  sell();
  const first = headSeq();
  const undone = sell();
  expect(waiting()).toEqual([`abcd 2026-11-20 EUR ${first - 1}..${headSeq()} 2 238`]);
  lane.take({ type: 'postVoid', receiptNumber: undone });
  const ofFriday = `abcd 2026-11-20 EUR ${first - 1}..${headSeq()} 3 119`;
  expect(waiting()).toEqual([ofFriday]);
  lane.take({ type: 'setTraining', isOn: true });
  sell();
  lane.take({ type: 'setTraining', isOn: false });
  expect(waiting()).toEqual([ofFriday]);
  const friday = headSeq();
  lane.clock.nowMs += DAY_MS;
  lane.till.look();
  sell();
  expect(waiting()).toEqual([ofFriday, expect.stringMatching(/^abcd 2026-11-21 EUR \d+\.\.\d+ 1 119$/u)]);
  expect(summed()).toEqual([4, 238]);
  confirm(friday);
  expect(waiting()).toHaveLength(1);
  confirm(headSeq());
  expect(waiting()).toEqual([]);
  // A hub that was set back holds less than before (U-11): what it lost waits anew.
  confirm(first);
  expect(waiting()).toHaveLength(2);
  lane.reopen();
  expect(waiting()).toHaveLength(2);
});

test('D-20, U-13: days are told once more waits than a batch brings, and then until all has come; what a report says is what the table says', () => {
  let entries = 250;
  const told = createWaitingDays(
    { identity: () => lane.store.identity(), epochs: () => lane.store.epochs(), waiting: () => ({ entries, byKind: new Map() }) },
    createDaySales(lane.db),
  );
  sell();
  expect(told()).toEqual([]);
  entries = 251;
  const days = told();
  expect(days).toMatchObject([{ epoch: LANE_EPOCH, businessDate: '2026-11-20', currency: 'EUR', sales: 1, totalMinor: 119 }]);
  expect(readReport(laneReport(lane.folder, [], days))?.waitingDays).toEqual(days);
  entries = 1;
  expect(told()).toEqual(days);
  entries = 0;
  expect(told()).toEqual([]);
  entries = 1;
  expect(told()).toEqual([]);
});

test('D-20, U-8: nothing is told of a second history, nor of what this station sold as another one', () => {
  const epochs = () => lane.store.epochs();
  const at = (change: Partial<ReturnType<typeof epochs>[number]>) =>
    createWaitingDays(
      {
        identity: () => lane.store.identity(),
        waiting: () => ({ entries: 999, byKind: new Map() }),
        epochs: () => epochs().map((epoch) => ({ ...epoch, ...change })),
      },
      createDaySales(lane.db),
    )();
  sell();
  expect(at({})).toHaveLength(1);
  expect(at({ diverged: true })).toEqual([]);
  expect(at({ device: `not-${IDENTITY.device}` })).toEqual([]);
});
