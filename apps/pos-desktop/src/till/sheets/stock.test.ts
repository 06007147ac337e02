import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createTestLane, LANE_EPOCH, MILK, type TestLane } from '../testing/test-lane.ts';
import { createStock } from './stock.ts';

let lane: TestLane;
const told: unknown[] = [];
const logger = { info: () => {}, warn: () => {}, error: (message: string, fields?: object) => void told.push({ message, ...fields }) };

beforeEach(() => {
  lane = createTestLane();
  told.length = 0;
});
afterEach(() => lane.close());

const openStock = () => createStock({ db: lane.db, store: lane.store, logger, withTurn: (write) => write() });
const sell = (pieces: number): void => {
  lane.take({ type: 'scan', code: MILK, quantity: pieces });
  lane.take({ type: 'payCash', amountMinor: pieces * 119 });
};
const milk = (): unknown => lane.db.prepare("SELECT moved FROM stock WHERE sku = 'MILK'").pluck().get();

describe('the fold of what a lane moved', () => {
  test('is level with the ledger after some transactions, and stays so', () => {
    for (let sale = 1; sale <= 40; sale++) sell(sale);
    const stock = openStock();
    let transactions = 1;
    while (stock.foldNext()) transactions += 1;
    expect(transactions).toBeGreaterThan(1);
    expect(milk()).toBe(-820);
    expect(stock.foldNext()).toBe(false);
    expect(milk()).toBe(-820);
  });

  test('reads before it takes the turn, for which a scan may have to wait', () => {
    for (let sale = 1; sale <= 3; sale++) sell(1);
    const reads: boolean[] = [];
    let isInTurn = false;
    const stock = createStock({
      db: lane.db,
      store: { ...lane.store, entriesAfter: (...asked) => (reads.push(isInTurn), lane.store.entriesAfter(...asked)) },
      logger,
      withTurn: (write) => {
        isInTurn = true;
        const value = write();
        isInTurn = false;
        return value;
      },
    });
    while (stock.foldNext());
    expect(reads).toEqual([false]);
    expect(milk()).toBe(-3);
  });

  test('goes on where it was when the process died', () => {
    for (let sale = 0; sale < 20; sale++) sell(1);
    openStock().foldNext();
    lane.reopen();
    sell(5);
    expect(lane.foldedStock()).toEqual([{ sku: 'MILK', unit: 'piece', moved: -25 }]);
  });

  test('takes in what an epoch had left when the next one began', () => {
    sell(2);
    lane.store.mintEpoch('dcba000000000002');
    sell(3);
    expect(lane.foldedStock()).toEqual([{ sku: 'MILK', unit: 'piece', moved: -5 }]);
    expect(lane.db.prepare('SELECT * FROM stock_folded ORDER BY epoch').all()).toEqual([
      { epoch: LANE_EPOCH, seq: 1 },
      { epoch: 'dcba000000000002', seq: 1 },
    ]);
  });

  test('an entry that cannot be read is told, and does not stop those behind it', () => {
    sell(1);
    sell(2);
    lane.db.prepare("UPDATE sync_entry SET canonical = x'ff' WHERE id = (SELECT min(id) FROM sync_entry)").run();
    const stock = openStock();
    while (stock.foldNext());
    expect(milk()).toBe(-2);
    expect(told).toEqual([expect.objectContaining({ seq: 1, epoch: LANE_EPOCH })]);
  });
});
