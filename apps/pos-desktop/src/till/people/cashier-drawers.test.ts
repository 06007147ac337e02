/** Where each cashier has a till insert of their own: changing over keeps both shifts open, each is counted blind, and each figure is what the ledger alone comes to. */
import { assert } from '@holdfast/base';
import { addEntry, LEDGER_KINDS, noShift, readShiftClose } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RequestBody } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, MILK, publish, setting, type TestLane } from '../testing/test-lane.ts';

const SEALED = `a1.1.${'0f'.repeat(32)}`;
const PEOPLE = ['kim', 'sam'] as const;
const STAFF = PEOPLE.map((key) => ({ type: 'staff', key, fields: { roles: 'manager', pin: SEALED } }) as const);

let lane: TestLane;
beforeEach(() => {
  lane = createTestLane([...ASSORTMENT, ...STAFF, setting('shiftPer', 'cashier')]);
});
afterEach(() => {
  lane.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const signOn = (user: string): void => {
  const staff = lane.till.people().people.find((person) => person.user === user);
  assert(staff !== undefined, 'somebody of the staff');
  const { reply } = lane.ask({ type: 'signOn', user, pin: '2580' }, undefined, { identified: { ok: true, value: { staff, how: 'pin' } } });
  assert(reply.type === 'reply', JSON.stringify(reply));
};
const float = (amountMinor: number): RequestBody => ({ type: 'openShift', denominations: [{ faceMinor: 1, count: amountMinor }] });
const counted = (amountMinor: number, reason?: string): RequestBody => ({
  type: 'closeShift',
  denominations: [{ faceMinor: 1, count: amountMinor }],
  ...(reason !== undefined && { reason }),
});
const sell = (): string => {
  lane.take({ type: 'scan', code: MILK });
  return lane.take({ type: 'payCash', amountMinor: 200 }).completed?.receiptNumber ?? '';
};
const status = () => lane.till.status();
const journal = () =>
  lane.store.epochs().flatMap(({ epoch }) =>
    lane.store.entriesAfter(epoch, 0, 10_000, 100_000_000).map(({ canonical }) => {
      const entry = readEntry(canonical, LEDGER_SCHEMAS);
      assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
      return { kind: entry.value.kind, fields: entry.value.fields };
    }),
  );
/** As a hub would: of one drawer and shift, from the ledger alone. */
const recomputed = (drawer: string, shift: number) =>
  journal()
    .filter(({ fields }) => fields['drawer'] === drawer && fields['shift'] === shift)
    .reduce((sums, entry) => {
      const next = addEntry(sums, entry);
      assert(next.ok, 'each entry can be read');
      return next.value;
    }, noShift('EUR'));
const closes = () =>
  journal()
    .filter(({ kind }) => kind === LEDGER_KINDS.shiftClose.kind)
    .map(({ fields }) => {
      const close = readShiftClose(fields);
      assert(close.ok, 'a Z can be read');
      return close.value;
    });

test('who signs on is asked for a float, once; changing over, also after a kill, keeps both shifts open', () => {
  expect(status().floatDue).toBeUndefined();
  signOn('kim');
  expect(status().floatDue).toBe(true);
  lane.take(float(10_000));
  expect(status()).not.toHaveProperty('floatDue');
  sell();
  signOn('sam');
  expect(status().floatDue).toBe(true);
  lane.take(float(5_000));
  sell();
  sell();
  lane.reopen();
  signOn('kim');
  expect(status()).not.toHaveProperty('floatDue');
  expect(lane.take({ type: 'shift' }).shift).toMatchObject({ drawer: 'kim', shift: 1, isOpen: true, sales: 1, cash: { float: 10_000 } });
  lane.take({ type: 'moveCash', act: 'drop', amountMinor: 1_000 });
  signOn('sam');
  expect(lane.take({ type: 'shift' }).shift).toMatchObject({
    drawer: 'sam',
    shift: 1,
    sales: 2,
    totalMinor: 238,
    cash: { float: 5_000, drop: 0 },
  });

  // Counted one by one, blind; the perpetual total is the lane's, of what is closed.
  expect(lane.refusal(counted(5_000))).toBe('overShort');
  expect(lane.take(counted(5_238)).shift).toMatchObject({ drawer: 'sam', drawerMinor: 5_238, overShortMinor: 0, perpetualMinor: 238 });
  expect([status().floatDue, status().shift]).toEqual([true, 2]);
  signOn('kim');
  expect(lane.take(counted(9_100, 'a coin rolled away')).shift).toMatchObject({
    drawer: 'kim',
    shift: 1,
    drawerMinor: 9_119,
    overShortMinor: -19,
    perpetualMinor: 357,
  });
  for (const { header, sums } of closes()) expect(sums).toEqual(recomputed(header.drawer, header.shift));
});

describe('an insert of somebody who has left', () => {
  const others = () => lane.take({ type: 'shift' }).otherShifts;
  const countFor = (drawer: string, amountMinor: number, reason?: string): RequestBody => ({
    ...(counted(amountMinor, reason) as Extract<RequestBody, { type: 'closeShift' }>),
    drawer,
  });
  const lastClose = () => {
    const close = closes().at(-1);
    assert(close !== undefined, 'a Z');
    return close;
  };
  const leaveOf = (approver: string): void => {
    const staff = lane.till.people().people.find(({ user }) => user === approver);
    assert(staff !== undefined, 'somebody of the staff');
    const body: RequestBody = { type: 'approve', action: 'closeOtherShift', reference: 'shift:kim', user: approver, pin: '2580' };
    const { reply } = lane.ask(body, undefined, { identified: { ok: true, value: { staff, how: 'pin' } } });
    assert(reply.type === 'reply', JSON.stringify(reply));
  };

  test('is counted by a manager, blind, and nobody else’s shift ends by it; the Z is its owner’s and names who counted', () => {
    signOn('kim');
    expect(others()).toBeUndefined();
    lane.take(float(10_000));
    sell();
    signOn('sam');
    lane.take(float(5_000));
    sell();
    expect(others()).toEqual([{ drawer: 'kim', name: 'kim', shift: 1 }]);
    expect(JSON.stringify(others()), 'blind').not.toMatch(/minor|total/i);
    expect(lane.refusal(countFor('kim', 10_000))).toBe('overShort');
    lane.reopen();
    expect(lane.take(countFor('kim', 10_000, 'a coin rolled away')).shift).toMatchObject({
      drawer: 'kim',
      shift: 1,
      operator: 'sam',
      drawerMinor: 10_119,
      overShortMinor: -119,
      perpetualMinor: 119,
    });
    expect(lastClose()).toMatchObject({ header: { drawer: 'kim', shift: 1, operator: 'sam' }, isAnothers: true });
    expect(lastClose().sums).toEqual(recomputed('kim', 1));
    expect([others(), lane.refusal(countFor('kim', 0))]).toEqual([undefined, 'shiftNotOpen']);
    expect(lane.take({ type: 'shift' }).shift).toMatchObject({ drawer: 'sam', shift: 1, isOpen: true, sales: 1 });
    signOn('kim');
    expect([status().floatDue, status().shift]).toEqual([true, 2]);
    // The lane’s day ends with nothing left of it to roll.
    signOn('sam');
    lane.take(counted(5_119));
    expect(others()).toBeUndefined();
  });

  test('a cashier needs a manager’s leave for it, which holds for the reason too, once, and stands in the Z', () => {
    publish(lane.store, [{ type: 'staff', key: 'sam', fields: { roles: 'cashier', pin: SEALED } }]);
    publish(lane.store, [{ type: 'staff', key: 'lee', fields: { roles: 'manager', pin: SEALED } }]);
    signOn('kim');
    lane.take(float(1_000));
    signOn('sam');
    expect(lane.refusal(countFor('kim', 900)), 'and learns nothing of what lies there').toBe('approvalNeeded');
    leaveOf('lee');
    expect(lane.refusal(countFor('kim', 900))).toBe('overShort');
    lane.take(countFor('kim', 900, 'change was wrong'));
    expect(lastClose()).toMatchObject({ header: { drawer: 'kim', operator: 'sam' }, approvedBy: 'lee', isAnothers: true });
    signOn('kim');
    lane.take(float(1_000));
    signOn('sam');
    expect(lane.refusal(countFor('kim', 1_000)), 'the leave is used').toBe('approvalNeeded');
  });

  test('who sold without a float is counted, too; so is what was taken while nobody was signed on', () => {
    publish(lane.store, [setting('shiftPer', 'drawer')]);
    signOn('kim');
    sell();
    publish(lane.store, [setting('shiftPer', 'cashier')]);
    sell();
    signOn('sam');
    expect(others()).toEqual([
      { drawer: '1', shift: 1 },
      { drawer: 'kim', name: 'kim', shift: 1 },
    ]);
    for (const drawer of ['1', 'kim']) lane.take(countFor(drawer, 119));
    expect(others()).toBeUndefined();
    for (const { header, sums } of closes()) expect(sums).toEqual(recomputed(header.drawer, header.shift));
  });
});

test('a sale that one of them made the other does not undo, but takes back, out of their own', () => {
  signOn('kim');
  lane.take(float(1_000));
  const receiptNumber = sell();
  signOn('sam');
  lane.take(float(1_000));
  expect(lane.refusal({ type: 'postVoid', receiptNumber })).toBe('postVoidTooLate');
  lane.take({ type: 'setReturn', receiptNumber, lines: [{ line: 1, quantity: 1 }] });
  lane.take({ type: 'refund' });
  expect([recomputed('kim', 1).drawerMinor, recomputed('sam', 1).drawerMinor]).toEqual([1_119, 881]);
});

test('all shifts of a lane end with its day, before one of them begins the next: its dates never go back', () => {
  signOn('kim');
  lane.take(float(1_000));
  sell();
  signOn('sam');
  sell();
  lane.clock.nowMs += 24 * 3_600_000;
  lane.till.look();
  expect(status()).toMatchObject({ rolledFrom: '2026-11-20', businessDate: '2026-11-21' });
  expect(closes().map(({ header, isRolled }) => [header.drawer, header.businessDate, isRolled])).toEqual([
    ['kim', '2026-11-20', true],
    ['sam', '2026-11-20', true],
  ]);
  signOn('kim');
  expect(lane.take({ type: 'shift' }).shift).toMatchObject({ shift: 2, isOpen: true, cash: { float: 1_119 } });
  const dates = journal().flatMap(({ fields: { businessDate } }) => (typeof businessDate === 'string' ? [businessDate] : []));
  expect(dates).toEqual(dates.toSorted());
});

test('the setting may change in the middle of a day: what is open then ends with it', () => {
  publish(lane.store, [setting('shiftPer', 'drawer')]);
  signOn('kim');
  lane.take(float(1_000));
  sell();
  publish(lane.store, [setting('shiftPer', 'cashier')]);
  expect([status().floatDue, lane.take({ type: 'shift' }).shift?.drawer]).toEqual([true, 'kim']);
  sell();
  lane.clock.nowMs += 24 * 3_600_000;
  lane.till.look();
  for (const { header, sums } of closes()) expect(sums).toEqual(recomputed(header.drawer, header.shift));
  expect(closes().map(({ header, sums }) => [header.drawer, sums.sales, sums.drawerMinor])).toEqual([
    ['1', 1, 1_119],
    ['kim', 1, 119],
  ]);
});

test('random days of two cashiers: each Z is its entries’, each drawer is float + cash in − cash out, and the perpetual total is the sum of all', () => {
  const things = fc.oneof(
    { weight: 4, arbitrary: fc.constant('sell' as const) },
    { weight: 3, arbitrary: fc.constantFrom(...PEOPLE) },
    { weight: 2, arbitrary: fc.constantFrom('paidIn' as const, 'paidOut' as const, 'drop' as const) },
    { weight: 1, arbitrary: fc.constantFrom('open' as const, 'close' as const, 'closeOther' as const, 'night' as const, 'kill' as const) },
  );
  let before = 0;
  let total = 0;
  const drawers = new Map<string, number>();
  const isOpen = new Map<string, boolean>();
  signOn('kim');
  let who: string = 'kim';
  const put = (amountMinor: number): void => void drawers.set(who, (drawers.get(who) ?? 0) + amountMinor);
  fc.assert(
    fc.property(fc.array(things, { maxLength: 12 }), (day) => {
      for (const thing of day) {
        if (thing === 'kim' || thing === 'sam') signOn((who = thing));
        else if (thing === 'kill') lane.reopen();
        else if (thing === 'night') {
          lane.clock.nowMs += 24 * 3_600_000;
          lane.till.look();
        } else if (thing === 'sell') {
          sell();
          total += 119;
          put(119);
        } else if (thing === 'open') {
          if (isOpen.get(who) === true) continue;
          lane.take(float(2_000));
          // What nobody counted before is a shift of its own; the float is what was counted now.
          drawers.set(who, 2_000);
          isOpen.set(who, true);
        } else if (thing === 'close') {
          if (isOpen.get(who) !== true) continue;
          const z = lane.take(counted(Math.max(drawers.get(who) ?? 0, 0), 'counted')).shift;
          assert(z?.drawerMinor === drawers.get(who), `the Z of ${who} is float + cash in − cash out`);
          drawers.set(who, 0);
          isOpen.set(who, false);
        } else if (thing === 'closeOther') {
          const away = PEOPLE.find((person) => person !== who) ?? who;
          if (isOpen.get(away) !== true) continue;
          const count = counted(Math.max(drawers.get(away) ?? 0, 0), 'counted') as Extract<RequestBody, { type: 'closeShift' }>;
          const z = lane.take({ ...count, drawer: away }).shift;
          assert(z?.drawerMinor === drawers.get(away) && z?.operator === who, `the Z of ${away} is float + cash in − cash out`);
          drawers.set(away, 0);
          isOpen.set(away, false);
        } else {
          lane.take({ type: 'moveCash', act: thing, amountMinor: 30, reason: 'x' });
          put(thing === 'paidIn' ? 30 : -30);
        }
      }
      const all = closes();
      for (const { header, sums } of all.slice(before)) expect(sums).toEqual(recomputed(header.drawer, header.shift));
      before = all.length;
      const closedMinor = all.reduce((sum, { sums }) => sum + sums.totalMinor, 0);
      expect(all.at(-1)?.perpetualMinor ?? 0).toBe(closedMinor);
      const open = PEOPLE.map((drawer) => {
        const shifts = all.filter(({ header }) => header.drawer === drawer).length;
        return recomputed(drawer, shifts + 1).totalMinor;
      });
      expect(closedMinor + open.reduce((sum, minor) => sum + minor, 0)).toBe(total);
    }),
    { numRuns: 25 },
  );
});
