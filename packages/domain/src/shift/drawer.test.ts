/** A drawer's decisions at their edges; its whole day stands in scenarios/shifts.txt. */
import { describe, expect, test } from 'vitest';

import { decideCashMovement, decideClosing, decideOpening, isDropDue, rolledFloat, uncountedClose, type DrawerStand } from './drawer.ts';
import { noShift } from './shift.ts';

const stand = (drawerMinor: number, isOpened = true): DrawerStand => ({
  shift: 3,
  isOpened,
  sums: { ...noShift('EUR'), drawerMinor, totalMinor: 119 },
  perpetualMinor: 1_000,
});
const cents = (count: number) => [{ faceMinor: 1, count }];

describe('a shift', () => {
  test('is opened with what was counted, and closes first what happened before', () => {
    expect(decideOpening({ ...stand(0, false), sums: noShift('EUR') }, cents(5_000))).toEqual({ ok: true, value: { floatMinor: 5_000 } });
    expect(decideOpening(stand(119, false), cents(5_000))).toMatchObject({
      ok: true,
      value: { floatMinor: 5_000, before: { countedMinor: 119, isRolled: true, perpetualMinor: 1_119 } },
    });
    expect(decideOpening(stand(0), cents(1))).toEqual({ ok: false, error: { type: 'shiftOpen', detail: { shift: 3 } } });
  });

  test('is closed by a count; another one than must lie there wants a reason, above and below', () => {
    expect(decideClosing(stand(500), { denominations: cents(500) })).toMatchObject({
      ok: true,
      value: { countedMinor: 500, perpetualMinor: 1_119 },
    });
    for (const counted of [499, 501]) {
      expect(decideClosing(stand(500), { denominations: cents(counted) })).toEqual({
        ok: false,
        error: { type: 'overShort', detail: { overShortMinor: counted - 500 } },
      });
      expect(decideClosing(stand(500), { denominations: cents(counted), reason: 'a coin' })).toMatchObject({
        ok: true,
        value: { reason: 'a coin' },
      });
    }
    expect(decideClosing(stand(0, false), { denominations: cents(0) })).toMatchObject({ ok: false, error: { type: 'shiftNotOpen' } });
  });

  test('somebody else’s drawer is counted with leave, also where no float was; what nobody used is not', () => {
    expect(decideClosing(stand(500, false), { denominations: cents(500) })).toMatchObject({ ok: false, error: { type: 'shiftNotOpen' } });
    const closed = decideClosing(stand(500, false), { denominations: cents(500), leave: { approvedBy: 'sam' } });
    expect(closed).toMatchObject({ ok: true, value: { isAnothers: true, approvedBy: 'sam', countedMinor: 500 } });
    const nothing = decideClosing(stand(0, false), { denominations: cents(0), leave: {} });
    expect(nothing).toMatchObject({ ok: false, error: { type: 'shiftNotOpen' } });
  });

  test.each([
    [[{ faceMinor: 0, count: 1 }]],
    [[{ faceMinor: 1, count: -1 }]],
    [[{ faceMinor: 1_000_000_000_000, count: 1_000_000 }]],
    [[{ faceMinor: 0.5, count: 2 }]],
  ])('counted as %j is not counted', (denominations) => {
    expect(decideOpening(stand(0, false), denominations)).toMatchObject({ ok: false, error: { type: 'countUnusable' } });
    expect(decideClosing(stand(0), { denominations, reason: 'so' })).toMatchObject({ ok: false, error: { type: 'countUnusable' } });
  });
});

test('a day that rolls over leaves what must lie there, and never less than nothing', () => {
  for (const [drawerMinor, isOpened, float] of [
    [700, true, 700],
    [700, false, 700],
    [0, true, 0],
    [0, false, undefined],
    [-300, true, 0],
    [-300, false, undefined],
  ] as const) {
    const drawer = stand(drawerMinor, isOpened);
    expect(rolledFloat(drawer, uncountedClose(drawer))?.amountMinor, `${drawerMinor} ${isOpened}`).toBe(float);
  }
});

test('only cash that comes or goes without a sale says why', () => {
  const movement = { currency: 'EUR', amountMinor: 5 };
  for (const act of ['paidIn', 'paidOut'] as const) {
    expect(decideCashMovement(act, movement)).toEqual({ ok: false, error: { type: 'reasonNeeded', detail: { act } } });
    expect(decideCashMovement(act, { ...movement, reason: 'stamps' }).ok).toBe(true);
  }
  for (const act of ['drop', 'loan'] as const) expect(decideCashMovement(act, movement)).toEqual({ ok: true, value: { act, ...movement } });
});

test('a drop is due above the limit, not at it, and never without one', () => {
  expect([isDropDue(200, 200), isDropDue(201, 200), isDropDue(1_000_000, undefined)]).toEqual([false, true, false]);
});
