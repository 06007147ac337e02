/** Leave from another station of the store, without any hub (SPEC: N-15): asked at one lane, given at another, good for that one thing alone. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, type Staff } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { LeaveWishView, RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, MILK, type PublishedEntity, publish, type TestLane } from '../testing/test-lane.ts';
import { LEAVE_QUESTION, leaveSchema, WISH_QUESTION } from './leave-wishes.ts';

const staff = (key: string, roles: string): PublishedEntity => ({
  type: 'staff',
  key,
  fields: { roles, displayName: key.toUpperCase(), pin: `a1.1.${'0f'.repeat(32)}` },
});
const PEOPLE = [...ASSORTMENT, staff('kim', 'cashier'), staff('liz', 'cashier'), staff('sam', 'supervisor')];
const OFF = { type: 'discount', lineId: '1', off: { type: 'percent', bps: 2_000 }, reason: 'dented' } as const;
const ASK: RequestBody = { type: 'askLeave', action: 'discountLine', lineId: '1', maximum: 2_000, limit: 1_000, approvers: 'supervisor' };

let lane: TestLane;
let station: TestLane;
let third: TestLane;
let asked = 0;
beforeEach(() => {
  lane = createTestLane(PEOPLE);
  station = createTestLane(PEOPLE, undefined, undefined, undefined, 2);
  third = createTestLane(PEOPLE, undefined, undefined, undefined, 3);
  for (const [at, user] of [
    [lane, 'kim'],
    [station, 'liz'],
    [third, 'kim'],
  ] as const)
    shows({ type: 'signOn', user, pin: '1' }, user, at);
});
afterEach(() => {
  for (const each of [lane, station, third]) {
    each.close();
    assert(each.errors.length === 0, `nothing failed inside: ${JSON.stringify(each.errors)}`);
  }
});

const personOf = (user: string, at: TestLane): Staff => {
  const found = at.till.people().people.find((person) => person.user === user);
  assert(found !== undefined, `${user} works here`);
  return found;
};
function shows(body: RequestBody, user: string, at: TestLane): TillMessage {
  return at.ask(body, undefined, { identified: { ok: true, value: { staff: personOf(user, at), how: 'pin' } } }).reply;
}
/** As over the store's network: asked of those that are there, each by itself. */
const ask = (body: RequestBody = ASK, of: readonly TestLane[] = [station]): string => {
  const id = `wish-${(asked += 1)}`;
  const wish = lane.till.leaveToAsk({ id, atMs: 0, body });
  assert(wish !== undefined, 'there is something to ask');
  const stations = of.filter(({ till }) => {
    const told = till.answerSibling('lane-1', WISH_QUESTION, JSON.parse(JSON.stringify(wish)));
    return (told as { isShown: boolean } | undefined)?.isShown === true;
  }).length;
  const { reply } = lane.ask(body, id, { stations });
  expect(reply).toMatchObject(stations === 0 ? { refusal: { type: 'noStation' } } : { value: { asked: { wishId: id, stations } } });
  return id;
};
const shown = (at = station): readonly LeaveWishView[] => at.till.status().leaveWishes ?? [];
const give = (wishId: string, user = 'sam', isGiven = true, at = station): TillMessage =>
  shows({ type: 'answerLeave', wishId, device: 'lane-1', isGiven, ...(isGiven && { user, pin: '1' }) }, user, at);
/** What a station told last, as it arrives at a lane. */
const hear = (at = lane, from = station, change: object = {}): boolean => {
  const last = from.told.findLast(({ question }) => question === LEAVE_QUESTION);
  assert(last !== undefined, 'the station told something');
  const lane2 = { device: `lane-${from === station ? 2 : 3}`, publicKey: from.publicKey };
  return at.till.leaveHeard(lane2, { ...JSON.parse(JSON.stringify(last.value)), ...change }).isTaken;
};
const approvals = (at: TestLane) =>
  at.store.entriesAfter(at.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 1_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    const { kind, fields } = entry.value;
    return kind === LEDGER_KINDS.approval.kind || kind === LEDGER_KINDS.leaveGiven.kind ? [fields] : [];
  });

test('N-15: the station shows who asks for what, of which basket; somebody else allows it there, and it is an entry at both', () => {
  lane.take({ type: 'scan', code: MILK });
  expect(lane.refusal(OFF)).toBe('approvalNeeded');
  const wishId = ask();
  expect(shown()).toMatchObject([
    {
      wishId,
      device: 'lane-1',
      lane: '1',
      askedByName: 'KIM',
      action: 'discountLine',
      lineName: 'Milk 1 l',
      maximum: 2_000,
      limit: 1_000,
      itemCount: 1,
      totalMinor: 119,
      isTraining: false,
    },
  ]);
  expect(give(wishId)).toMatchObject({ type: 'reply', ok: true });
  expect(shown()).toEqual([]);
  expect(hear()).toBe(true);
  expect(lane.till.status().leaveAnswered).toEqual({ wishId, by: 'SAM', isGiven: true });
  lane.take(OFF);
  lane.take({ type: 'payCash', amountMinor: 119 });
  const basketId = approvals(lane)[0]?.['basketId'];
  expect(approvals(station)).toMatchObject([
    { operator: 'liz', approver: 'sam', how: 'pin', device: 'lane-1', wish: wishId, askedBy: 'kim', basketId },
  ]);
  expect(approvals(lane)).toMatchObject([
    { operator: 'kim', approver: 'sam', action: 'discountLine', lineId: '1', maximum: 2_000, station: 'lane-2', wish: wishId, basketId },
  ]);
  expect(approvals(lane)[0]?.['stationSignature']).toHaveLength(64);
  // The others hear that it is over.
  expect(lane.told.at(-1)).toMatchObject({ question: WISH_QUESTION, device: undefined, value: { wishId, isOver: true } });
});

test('the leave is used once, for that amount alone', () => {
  lane.take({ type: 'scan', code: MILK });
  give(ask());
  hear();
  expect(lane.refusal({ ...OFF, off: { type: 'percent', bps: 2_001 } })).toBe('approvalNeeded');
  lane.take(OFF);
  lane.take({ type: 'removeDiscount', discountId: lane.state().head.manualDiscounts?.[0]?.discountId ?? '' });
  expect(lane.refusal(OFF)).toBe('approvalNeeded');
});

describe('what arrived is worth nothing', () => {
  let wishId: string;
  beforeEach(() => {
    lane.take({ type: 'scan', code: MILK });
    wishId = ask();
    give(wishId);
  });
  const isWorthNothing = (): void => {
    expect(lane.refusal(OFF)).toBe('approvalNeeded');
    expect(approvals(lane)).toEqual([]);
  };

  test('a second time', () => {
    hear();
    lane.take(OFF);
    lane.take({ type: 'voidSale' });
    lane.take({ type: 'scan', code: MILK });
    expect(hear()).toBe(false);
    expect(lane.refusal(OFF)).toBe('approvalNeeded');
  });
  test('at another lane', () => {
    third.take({ type: 'scan', code: MILK });
    expect(hear(third)).toBe(false);
    expect(third.refusal(OFF)).toBe('approvalNeeded');
  });
  test('in another basket', () => {
    lane.take({ type: 'voidSale' });
    lane.take({ type: 'scan', code: MILK });
    expect(hear()).toBe(false);
    isWorthNothing();
  });
  test('after its time', () => {
    lane.clock.nowMs += 120_000;
    expect(hear()).toBe(false);
    isWorthNothing();
  });
  test('after the lane was started anew, which has asked nobody', () => {
    lane.reopen();
    expect(hear()).toBe(false);
    isWorthNothing();
  });
  test.each([
    ['with another person', { approver: 'liz' }],
    ['with a longer life', { expiresAtMs: 9_999_999_999_999 }],
    ['with another question', { wishId: 'wish-other' }],
    ['signed by nobody', { signature: '00'.repeat(64) }],
    ['unreadable', { how: 'face' }],
  ])('%s', (_, change) => {
    expect(hear(lane, station, change)).toBe(false);
    isWorthNothing();
  });
  test('from a station whose key it is not', () => {
    third.told.push(...station.told);
    expect(hear(lane, third)).toBe(false);
    isWorthNothing();
  });
  test('from somebody who may not any more, as the lane that asked knows', () => {
    publish(lane.store, [{ type: 'staff', key: 'sam', fields: { roles: 'cashier', displayName: 'SAM', pin: `a1.1.${'0f'.repeat(32)}` } }]);
    expect(hear()).toBe(false);
    isWorthNothing();
    publish(lane.store, [{ type: 'staff', key: 'sam' }]);
    expect(hear()).toBe(false);
    isWorthNothing();
  });
});

test('nobody gives it to themselves at another station, nor whoever may not', () => {
  lane.take({ type: 'scan', code: MILK });
  const wishId = ask();
  expect(give(wishId, 'kim')).toMatchObject({ refusal: { type: 'approverIsOperator' } });
  expect(give(wishId, 'liz')).toMatchObject({ refusal: { type: 'approvalNeeded' } });
  expect(approvals(station)).toEqual([]);
  expect(shown()).toHaveLength(1);
});

test('is refused there, and the lane hears by whom', () => {
  lane.take({ type: 'scan', code: MILK });
  const wishId = ask();
  give(wishId, 'liz', false);
  expect(hear()).toBe(true);
  expect(lane.till.status().leaveAnswered).toEqual({ wishId, by: 'LIZ', isGiven: false });
  expect(lane.refusal(OFF)).toBe('approvalNeeded');
  expect(shown()).toEqual([]);
  expect(approvals(lane)).toEqual([]);
});

test('with no station there it says so, and leave at the lane is as ever', () => {
  lane.take({ type: 'scan', code: MILK });
  ask(ASK, []);
  shows({ type: 'approve', action: 'discountLine', lineId: '1', maximum: 2_000, user: 'sam', pin: '1' }, 'sam', lane);
  lane.take(OFF);
  expect(approvals(lane)).toMatchObject([{ approver: 'sam' }]);
  expect(approvals(lane)[0]?.['station']).toBeUndefined();
});

test('given at the lane itself, or not wanted any more, it disappears from the stations; it expires there by itself', () => {
  lane.take({ type: 'scan', code: MILK });
  const wishId = ask(ASK, [station, third]);
  lane.take({ type: 'dropLeave', wishId });
  const over = lane.told.at(-1);
  assert(over !== undefined, 'all were told');
  station.till.answerSibling('lane-1', over.question, over.value);
  expect(shown()).toEqual([]);
  expect(give(wishId)).toMatchObject({ refusal: { type: 'noSuchWish' } });
  expect(shown(third)).toHaveLength(1);
  // Only its own lane takes a question back.
  third.till.answerSibling('lane-2', over.question, over.value);
  expect(shown(third)).toHaveLength(1);
  third.clock.nowMs += 120_000;
  expect(shown(third)).toEqual([]);
});

test('also for what is no basket: cash out of the drawer', () => {
  const out: RequestBody = { type: 'moveCash', act: 'paidOut', amountMinor: 500, reason: 'stamps' };
  expect(lane.refusal(out)).toBe('approvalNeeded');
  const wishId = ask({ type: 'askLeave', action: 'payOut', reference: 'drawer', maximum: 500, limit: 0, approvers: 'supervisor' });
  give(wishId);
  expect(hear()).toBe(true);
  lane.take(out);
  expect(lane.refusal(out)).toBe('approvalNeeded');
  expect(approvals(lane)).toMatchObject([{ reference: 'drawer', approver: 'sam', station: 'lane-2' }]);
});

test('in training it is asked and given as training', () => {
  give(ask({ type: 'askLeave', action: 'train', reference: 'training', approvers: 'supervisor' }));
  hear();
  lane.take({ type: 'setTraining', isOn: true });
  lane.take({ type: 'scan', code: MILK });
  const wishId = ask();
  expect(shown()).toMatchObject([{ isTraining: true }]);
  give(wishId);
  hear();
  lane.take(OFF);
  expect(approvals(station).map(({ training }) => training)).toEqual([false, true]);
  expect(approvals(lane).map(({ training }) => training)).toEqual([false, true]);
});

test('what another lane asks is held within bounds, and nonsense is not shown', () => {
  lane.take({ type: 'scan', code: MILK });
  for (let turn = 0; turn < 40; turn += 1) ask();
  expect(shown().length).toBeLessThanOrEqual(16);
  expect(station.till.answerSibling('lane-1', WISH_QUESTION, { wishId: 'x' })).toBeUndefined();
  expect(leaveSchema.safeParse({ isGiven: true, wishId: 'w' }).success).toBe(false);
});
