/** The drawer's day at a till: counted in, moved, counted out blind, closed for good; recomputed from the ledger alone. */
import { assert } from '@holdfast/base';
import { addEntry, noShift, readShiftClose, LEDGER_KINDS, safeMovementOf, type ShiftSums } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, MILK, NOON_MS, setting, type TestLane } from '../testing/test-lane.ts';

const HOUR_MS = 3_600_000;
const FLOAT: RequestBody = { type: 'openShift', denominations: [{ faceMinor: 1_000, count: 10 }] };

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([
    ...ASSORTMENT,
    setting('drawerLimitMinor', '20000'),
    { type: 'tenderType', key: 'card', fields: { kind: 'card', name: 'Card' } },
  ]);
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const sell = (pay: 'cash' | 'card' = 'cash'): string => {
  lane.take({ type: 'scan', code: MILK });
  const body: RequestBody =
    pay === 'cash' ? { type: 'payCash', amountMinor: 200 } : { type: 'tender', tenderType: 'card', amountMinor: 119 };
  return lane.take(body).completed?.receiptNumber ?? '';
};
const status = () => lane.till.status();
const counted = (amountMinor: number, reason?: string): RequestBody => ({
  type: 'closeShift',
  denominations: [{ faceMinor: 1, count: amountMinor }],
  ...(reason !== undefined && { reason }),
});

const journal = () => {
  const epoch = lane.store.epochs().at(-1)?.epoch ?? '';
  return lane.store.entriesAfter(epoch, 0, 1_000, 10_000_000).map(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    return { kind: entry.value.kind, fields: entry.value.fields };
  });
};
/** As a hub would: every entry of a shift, from the ledger alone. */
const recomputed = (shift: number): ShiftSums =>
  journal()
    .filter(({ fields }) => fields['shift'] === shift)
    .reduce((sums, entry) => {
      const next = addEntry(sums, entry);
      assert(next.ok, 'each entry can be read');
      return next.value;
    }, noShift('EUR'));

test('a day: float, sales, movements, blind count, Z; the Z is what the ledger alone comes to, and it is never opened again', () => {
  lane.take(FLOAT);
  expect(lane.refusal(FLOAT)).toBe('shiftOpen');
  sell();
  sell('card');
  lane.take({ type: 'moveCash', act: 'paidIn', amountMinor: 500, reason: 'change from the bank' });
  lane.take({ type: 'moveCash', act: 'paidOut', amountMinor: 250, reason: 'stamps' });
  lane.take({ type: 'moveCash', act: 'drop', amountMinor: 3_000 });
  lane.take({ type: 'moveCash', act: 'loan', amountMinor: 1_000 });
  expect(lane.refusal({ type: 'moveCash', act: 'paidOut', amountMinor: 1 })).toBe('reasonNeeded');
  const { shift: x } = lane.take({ type: 'shift' });
  expect(x).toMatchObject({
    shift: 1,
    isOpen: true,
    sales: 2,
    totalMinor: 238,
    cash: { float: 10_000, paidIn: 500, paidOut: -250, drop: -3_000, loan: 1_000 },
  });
  expect(x?.drawerMinor).toBeUndefined();

  const drawerMinor = 10_000 + 119 + 500 - 250 - 3_000 + 1_000;
  expect(lane.refusal(counted(drawerMinor - 5))).toBe('overShort');
  const { shift: z } = lane.take(counted(drawerMinor - 5, 'a coin rolled away'));
  expect(z).toMatchObject({
    shift: 1,
    isOpen: false,
    drawerMinor,
    countedMinor: drawerMinor - 5,
    overShortMinor: -5,
    reason: 'a coin rolled away',
    perpetualMinor: 238,
    taxes: [{ name: 'Reduced', ratePpm: 70_000, netMinor: 222, taxMinor: 16 }],
    tenders: [
      { name: 'Card', amountMinor: 119, count: 1 },
      { amountMinor: 200, count: 1 },
    ],
  });
  const close = journal().find(({ kind }) => kind === LEDGER_KINDS.shiftClose.kind);
  assert(close !== undefined, 'the Z is an entry');
  const read = readShiftClose(close.fields);
  assert(read.ok, 'the Z can be read');
  expect(read.value.sums).toEqual(recomputed(1));

  expect(status().shift).toBe(2);
  expect(lane.refusal(counted(0))).toBe('shiftNotOpen');
  expect(lane.take({ type: 'shift' }).shift).toMatchObject({ shift: 2, sales: 0, perpetualMinor: 238 });
});

test('each shift stands by itself, and the perpetual total goes on', () => {
  for (const shift of [1, 2, 3]) {
    lane.take(FLOAT);
    sell();
    expect(lane.take(counted(10_119)).shift).toMatchObject({ shift, totalMinor: 119, overShortMinor: 0, perpetualMinor: 119 * shift });
    expect(recomputed(shift)).toMatchObject({ sales: 1, drawerMinor: 10_119 });
  }
});

test('a crash in the middle changes no figure', () => {
  lane.take(FLOAT);
  sell();
  lane.reopen();
  sell();
  const { shift: before } = lane.take({ type: 'shift' });
  lane.reopen();
  expect(lane.take({ type: 'shift' }).shift).toEqual(before);
  expect(lane.take(counted(10_238)).shift).toMatchObject({ sales: 2, overShortMinor: 0 });
  lane.reopen();
  expect(status().shift).toBe(2);
});

describe('the business date', () => {
  const closes = () =>
    journal().flatMap(({ kind, fields }) => {
      if (kind !== LEDGER_KINDS.shiftClose.kind) return [];
      const read = readShiftClose(fields);
      assert(read.ok, 'a Z can be read');
      return [read.value];
    });

  test('is the opening’s until the close, past midnight too', () => {
    lane.take(FLOAT);
    lane.clock.nowMs = NOON_MS + 14 * HOUR_MS;
    expect(lane.till.rollDay()).toEqual([]);
    expect(status().businessDate).toBe('2026-11-20');
    sell();
    lane.take(counted(10_119));
    expect(journal().map(({ fields }) => fields['businessDate'])).toEqual(['2026-11-20', '2026-11-20', '2026-11-20']);
  });

  test('of a day that nobody closed rolls at the store’s hour: an uncounted Z, and the cash goes over into the next shift', () => {
    lane.take(FLOAT);
    sell();
    lane.clock.nowMs = NOON_MS + 15 * HOUR_MS;
    const [message] = lane.till.rollDay();
    expect(message).toMatchObject({ type: 'status', status: { shift: 2, businessDate: '2026-11-21', rolledFrom: '2026-11-20' } });
    expect(lane.till.rollDay()).toEqual([]);
    expect(closes()).toMatchObject([
      { header: { businessDate: '2026-11-20', shift: 1 }, countedMinor: 10_119, isRolled: true, perpetualMinor: 119, sums: recomputed(1) },
    ]);
    expect(recomputed(2)).toMatchObject({ cash: { float: 10_119 }, drawerMinor: 10_119 });
    expect(lane.refusal(FLOAT)).toBe('shiftOpen');
    sell();
    lane.take(counted(10_238));
    expect(status().rolledFrom).toBeUndefined();
    expect(closes().map(({ isRolled, sums, perpetualMinor }) => [isRolled, sums.sales, perpetualMinor])).toEqual([
      [true, 1, 119],
      [undefined, 1, 238],
    ]);
  });

  test('rolls in no sale, but before the next one; and not twice after a crash', () => {
    lane.take(FLOAT);
    lane.take({ type: 'scan', code: MILK });
    lane.clock.nowMs = NOON_MS + 40 * HOUR_MS;
    expect(lane.till.rollDay()).toEqual([]);
    lane.take({ type: 'payCash', amountMinor: 119 });
    expect(recomputed(1)).toMatchObject({ sales: 1 });
    expect(status().businessDate).toBe('2026-11-20');
    lane.reopen();
    sell();
    lane.reopen();
    expect(lane.till.rollDay()).toEqual([]);
    expect(closes()).toMatchObject([{ header: { businessDate: '2026-11-20' }, sums: { sales: 1 }, isRolled: true }]);
    expect(status()).toMatchObject({ businessDate: '2026-11-22', shift: 2, rolledFrom: '2026-11-20' });
    expect(recomputed(2)).toMatchObject({ sales: 1 });
  });

  test('of a lane that nobody opens is that of its first entry, and each day has its own Z', () => {
    sell();
    lane.clock.nowMs = NOON_MS + 14 * HOUR_MS;
    sell();
    expect(status()).toMatchObject({ businessDate: '2026-11-20', shift: 1 });
    lane.clock.nowMs = NOON_MS + 24 * HOUR_MS;
    sell();
    expect(status()).toMatchObject({ businessDate: '2026-11-21', shift: 2 });
    expect(closes()).toMatchObject([{ header: { businessDate: '2026-11-20' }, sums: { sales: 2, drawerMinor: 238 }, isRolled: true }]);
    expect(recomputed(2)).toMatchObject({ sales: 1, cash: { float: 238 }, drawerMinor: 357 });
    // A float that is counted now begins a shift of its own.
    lane.take(FLOAT);
    expect(status()).toMatchObject({ shift: 3, businessDate: '2026-11-21' });
    sell();
    expect(lane.take(counted(10_119)).shift).toMatchObject({ sales: 1, overShortMinor: 0, perpetualMinor: 476 });
    expect(closes().map(({ sums }) => sums.sales)).toEqual([2, 1, 1]);
  });

  test('of a lane where nothing happened has no Z, and a clock that goes back rolls nothing', () => {
    lane.clock.nowMs = NOON_MS + 100 * HOUR_MS;
    expect(lane.till.rollDay()).toEqual([]);
    sell();
    lane.clock.nowMs = NOON_MS;
    sell();
    expect(closes()).toEqual([]);
    expect(journal().map(({ fields }) => fields['businessDate'])).toEqual(['2026-11-24', '2026-11-24']);
  });

  test('begins at the hour that the store says', () => {
    lane.close();
    lane = createTestLane([...ASSORTMENT, setting('dayRollsAtHour', '6')]);
    lane.take(FLOAT);
    sell();
    lane.clock.nowMs = NOON_MS + 16 * HOUR_MS;
    expect(lane.till.rollDay()).toEqual([]);
    lane.clock.nowMs = NOON_MS + 17 * HOUR_MS;
    expect(lane.till.rollDay()).toHaveLength(1);
  });

  test('a sale of a closed drawer is returned, not undone', () => {
    lane.take(FLOAT);
    const receiptNumber = sell();
    lane.take(counted(10_119));
    expect(lane.refusal({ type: 'postVoid', receiptNumber })).toBe('postVoidTooLate');
  });
});

test('a drawer above its limit asks for a drop, and no longer once it was made', () => {
  lane.take({ type: 'openShift', denominations: [{ faceMinor: 20_000, count: 1 }] });
  expect(status().dropDue).toBeUndefined();
  sell();
  expect(status().dropDue).toBe(true);
  lane.take({ type: 'moveCash', act: 'drop', amountMinor: 10_000 });
  expect(status().dropDue).toBeUndefined();
});

test('nothing is closed over an open sale, nor by a count that is none', () => {
  lane.take(FLOAT);
  lane.take({ type: 'scan', code: MILK });
  expect(lane.refusal(counted(10_000))).toBe('basketOpen');
  lane.take({ type: 'voidSale' });
  expect(lane.refusal({ type: 'closeShift', denominations: [{ faceMinor: 1_000_000_000_000, count: 1_000_000 }] })).toBe('countUnusable');
  lane.take(counted(10_000));
});

describe('the safe', () => {
  const moved = () =>
    journal().flatMap((entry) => {
      const movement = safeMovementOf(entry);
      assert(movement.ok, 'what this lane wrote it can read');
      return movement.value === undefined ? [] : [[movement.value.act, movement.value.amountMinor, movement.value.reference]];
    });

  test('gives floats, takes drops and what was counted, and sends bags to the bank', () => {
    lane.take(FLOAT);
    sell();
    lane.take({ type: 'moveCash', act: 'drop', amountMinor: 100 });
    lane.take({ type: 'moveSafe', act: 'bankDeposit', amountMinor: 5_000, reference: 'BAG-7' });
    lane.take({ type: 'moveSafe', act: 'bankChange', amountMinor: 1_000, reference: 'SLIP-1' });
    lane.take({ type: 'countSafe', denominations: [{ faceMinor: 500, count: 3 }] });
    lane.take(counted(10_019));
    expect(moved()).toEqual([
      ['float', -10_000, undefined],
      ['drop', 100, undefined],
      ['bankDeposit', -5_000, 'BAG-7'],
      ['bankChange', 1_000, 'SLIP-1'],
      ['count', 0, undefined],
      ['close', 10_019, undefined],
    ]);
    expect(lane.refusal({ type: 'moveSafe', act: 'bankDeposit', amountMinor: 1, reference: 'a\nb' })).toBe('referenceNeeded');
    expect(lane.refusal({ type: 'countSafe', denominations: [{ faceMinor: 1_000_000_000_000, count: 1_000_000 }] })).toBe('countUnusable');
  });
});

describe('on paper', () => {
  test('a Z is printed when its shift is closed, an X when somebody wants it, and neither opens the drawer', () => {
    const printed: { readonly text: string; readonly opensDrawer: boolean }[] = [];
    lane.close();
    lane = createTestLane(ASSORTMENT, undefined, ({ receipt, opensDrawer }) => {
      const { blocks } = receipt();
      printed.push({ text: JSON.stringify(blocks), opensDrawer });
    });
    lane.take(FLOAT);
    lane.take({ type: 'printShift' });
    lane.take(counted(9_990, 'a note stuck'));
    expect(printed.map(({ opensDrawer }) => opensDrawer)).toEqual([false, false, false]);
    // What was counted in is signed for, and has a paper of its own.
    const [float = '', x = '', z = ''] = printed.map(({ text }) => text);
    expect(float).toContain('10000');
    expect(x).toContain('"X, shift 1"');
    expect(x).not.toContain('Must lie in the drawer');
    for (const part of [
      '"Z 1"',
      '"label":"Must lie in the drawer","amountMinor":10000',
      '"label":"Over or short","amountMinor":-10',
      '["Reason","a note stuck"]',
      '"Corner Shop"',
    ])
      expect(z).toContain(part);
  });
});

describe('a basket that was left until its day was over', () => {
  const aborted = () => journal().filter(({ kind }) => kind === LEDGER_KINDS.saleAbort.kind);
  const pass = (ms: number): void => {
    lane.clock.nowMs += ms;
    lane.monotonic.addedMs += ms;
  };

  test('is given up by the till, with its lines, and the day ends: an hour before the next one begins it still lies there', () => {
    sell();
    lane.take({ type: 'scan', code: MILK, quantity: 3 });
    pass(14 * HOUR_MS);
    expect(lane.till.look()).toEqual([]);
    expect(lane.lines()).toHaveLength(1);
    pass(2 * HOUR_MS);
    const told = lane.till.look();
    expect(told.find(({ type }) => type === 'basket')).toMatchObject({ reset: true, upserted: [] });
    expect(aborted()).toMatchObject([
      { fields: { businessDate: '2026-11-20', shift: 1, reason: 'dayOver', lines: [{ sku: 'MILK', quantity: 3 }], training: false } },
    ]);
    // Then the day: its Z counts what was given up as a sale that was voided, and no money.
    const z = journal().find(({ kind }) => kind === LEDGER_KINDS.shiftClose.kind);
    expect(z?.fields).toMatchObject({ shift: 1, sales: 1, totalMinor: 119, voidedSales: 1, isRolled: true });
    expect([lane.lines(), status().shift]).toEqual([[], 2]);
    lane.reopen();
    lane.till.look();
    expect([lane.lines(), aborted().length]).toEqual([[], 1]);
    sell();
  });

  test('whoever comes back to it in time finds it, and goes on', () => {
    lane.take({ type: 'scan', code: MILK });
    pass(15 * HOUR_MS + 50 * 60_000);
    lane.take({ type: 'scan', code: MILK });
    pass(14 * 60_000);
    lane.till.look();
    expect(lane.lines()).toMatchObject([{ quantity: { value: 2 } }]);
    pass(60_000);
    lane.till.look();
    expect([lane.lines(), aborted().length]).toEqual([[], 1]);
  });

  test('a till that starts on another day does not offer it; of the same day it does', () => {
    lane.take({ type: 'scan', code: MILK });
    lane.reopen();
    lane.till.look();
    expect(lane.lines()).toHaveLength(1);
    lane.clock.nowMs += 24 * HOUR_MS;
    lane.reopen();
    lane.till.look();
    expect([lane.lines(), aborted().length]).toEqual([[], 1]);
  });

  test('money that stands on it holds it, however long', () => {
    lane.take({ type: 'scan', code: MILK });
    lane.take({ type: 'tender', tenderType: 'card', amountMinor: 100 });
    pass(48 * HOUR_MS);
    lane.till.look();
    expect([lane.lines().length, aborted()]).toEqual([1, []]);
  });
});
