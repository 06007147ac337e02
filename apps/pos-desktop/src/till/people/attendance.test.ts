/** People come and go at a lane: by themselves, whoever is signed on, and what was forgotten is stated by who may. */
import { assert } from '@holdfast/base';
import { LEDGER_KINDS, type Staff } from '@holdfast/domain';
import { readEntry } from '@holdfast/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RequestBody, TillMessage } from '../../shared/till-contract.ts';
import { LEDGER_SCHEMAS } from '../schemas.ts';
import { ASSORTMENT, createTestLane, hearSibling, MILK, NOON_MS, type PublishedEntity, type TestLane } from '../testing/test-lane.ts';

const HOUR_MS = 3_600_000;
const staff = (key: string, roles: string): PublishedEntity => ({
  type: 'staff',
  key,
  fields: { roles, displayName: key.toUpperCase(), pin: `a1.1.${'0f'.repeat(32)}` },
});
const PEOPLE = [...ASSORTMENT, staff('kim', 'cashier'), staff('mia', 'manager')];

let lane: TestLane;
let other: TestLane;
beforeEach(() => {
  lane = createTestLane(PEOPLE);
  other = createTestLane(PEOPLE, undefined, undefined, undefined, 2);
});
afterEach(() => {
  lane.close();
  other.close();
  assert(lane.errors.length === 0, `nothing failed inside: ${JSON.stringify(lane.errors)}`);
});

const personOf = (user: string): Staff => {
  const found = lane.till.people().people.find((person) => person.user === user);
  assert(found !== undefined, `${user} works here`);
  return found;
};
const shows = (body: RequestBody, user: string, at = lane): TillMessage =>
  at.ask(body, undefined, { identified: { ok: true, value: { staff: personOf(user), how: 'pin' } } }).reply;
const clock = (user: string, act: 'clockIn' | 'clockOut', at = lane): TillMessage =>
  shows({ type: 'clock', act, user, pin: '2580' }, user, at);
const later = (hours: number): void => {
  lane.clock.nowMs += hours * HOUR_MS;
  other.clock.nowMs = lane.clock.nowMs;
};
const list = (): readonly string[] =>
  (lane.take({ type: 'attendance' }).attendance ?? []).map(({ name, fromMs, toMs, forgotten, stated }) => {
    const hour = (atMs: number | undefined): string => (atMs === undefined ? '?' : String((atMs - NOON_MS) / HOUR_MS));
    return [name, hour(fromMs), hour(toMs), ...(forgotten === true ? ['forgotten'] : []), ...(stated === true ? ['stated'] : [])].join(' ');
  });
const entries = () =>
  lane.store.entriesAfter(lane.store.epochs().at(-1)?.epoch ?? '', 0, 1_000, 1_000_000).flatMap(({ canonical }) => {
    const entry = readEntry(canonical, LEDGER_SCHEMAS);
    assert(entry.ok && entry.value.fields !== null, 'what this lane wrote it can read');
    return entry.value.kind === LEDGER_KINDS.attendance.kind ? [entry.value.fields] : [];
  });

test('anybody who works here, whether or not somebody is signed on; each time is an entry of their own', () => {
  expect(lane.refusal({ type: 'scan', code: MILK })).toBe('signOnNeeded');
  expect(clock('kim', 'clockIn')).toMatchObject({ ok: true, value: { clocked: { name: 'KIM', act: 'clockIn', atMs: NOON_MS } } });
  later(4);
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  lane.take({ type: 'scan', code: MILK });
  expect(clock('kim', 'clockOut')).toMatchObject({ value: { clocked: { sinceMs: NOON_MS, atMs: NOON_MS + 4 * HOUR_MS } } });
  expect(lane.lines()).toHaveLength(1);
  expect(list()).toEqual(['KIM 0 4']);
  expect(entries()).toMatchObject([
    { operator: 'kim', person: 'kim', act: 'clockIn', how: 'pin', training: false },
    { operator: 'kim', person: 'kim', act: 'clockOut' },
  ]);
  lane.reopen();
  expect(list()).toEqual(['KIM 0 4']);
});

test('a second coming is refused while somebody is here, and accepted where they forgot to go', () => {
  clock('kim', 'clockIn');
  later(1);
  expect(clock('kim', 'clockIn')).toMatchObject({ refusal: { type: 'alreadyClockedIn', detail: { sinceMs: NOON_MS } } });
  later(21);
  expect(clock('kim', 'clockIn')).toMatchObject({ value: { clocked: { sinceMs: NOON_MS, forgotten: true } } });
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  expect(list()).toEqual(['KIM 22 ?', 'KIM 0 ? forgotten']);
});

test('in at one lane and out at another, which may know nothing of it', () => {
  clock('kim', 'clockIn', other);
  later(8);
  expect(clock('kim', 'clockOut')).toMatchObject({ ok: true });
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  expect(list()).toEqual(['KIM ? 8 forgotten']);
  hearSibling(lane, other);
  hearSibling(lane, other);
  expect(list()).toEqual(['KIM 0 8']);
});

test('a manager states what was forgotten, at a time that can have been; a cashier neither sees nor states it', () => {
  clock('kim', 'clockIn');
  later(22);
  clock('kim', 'clockIn');
  shows({ type: 'signOn', user: 'kim', pin: '1' }, 'kim');
  expect(lane.refusal({ type: 'attendance' })).toBe('approvalNeeded');
  const state = (time: string): RequestBody => ({ type: 'stateAttendance', person: 'kim', fromMs: NOON_MS, time, reason: 'forgot' });
  expect(lane.refusal(state('18:30'))).toBe('approvalNeeded');
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  // Noon UTC is 13:00 there; the next coming was at 11:00 of the next day.
  expect(lane.refusal(state('12:30'))).toBe('timeUnusable');
  lane.take(state('18:30'));
  expect(list()).toEqual(['KIM 22 ?', 'KIM 0 5.5 stated']);
  expect(entries().at(-1)).toMatchObject({
    operator: 'mia',
    person: 'kim',
    act: 'clockOut',
    reason: 'forgot',
    atMs: NOON_MS + 5.5 * HOUR_MS,
  });
  expect(lane.refusal(state('18:30'))).toBe('noSuchAttendance');
});

test('past midnight, and where the coming is missing', () => {
  clock('kim', 'clockIn');
  later(18);
  clock('mia', 'clockOut');
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  lane.take({ type: 'stateAttendance', person: 'kim', fromMs: NOON_MS, time: '01:15', reason: 'late' });
  lane.take({ type: 'stateAttendance', person: 'mia', toMs: NOON_MS + 18 * HOUR_MS, time: '22:00', reason: 'forgot' });
  expect(list()).toEqual(['MIA 9 18 stated', 'KIM 0 12.25 stated']);
});

test('with leave of somebody who may, for looking and for stating alike', () => {
  clock('kim', 'clockIn');
  later(18);
  shows({ type: 'signOn', user: 'kim', pin: '1' }, 'kim');
  const leave: RequestBody = { type: 'approve', action: 'keepAttendance', reference: 'attendance', user: 'mia', pin: '1' };
  expect(shows(leave, 'mia')).toMatchObject({ ok: true });
  expect(list()).toEqual(['KIM 0 ? forgotten']);
  lane.take({ type: 'stateAttendance', person: 'kim', fromMs: NOON_MS, time: '20:00', reason: 'forgot' });
  expect(entries().at(-1)).toMatchObject({ operator: 'kim', approvedBy: 'mia' });
  later(1);
  expect(lane.refusal({ type: 'attendance' })).toBe('approvalNeeded');
});

test('goes on beneath training, and counts', () => {
  shows({ type: 'signOn', user: 'mia', pin: '1' }, 'mia');
  lane.take({ type: 'setTraining', isOn: true });
  clock('kim', 'clockIn');
  expect(entries().at(-1)).toMatchObject({ training: false });
});

test('a command that is sent again clocks nobody in again', () => {
  const body: RequestBody = { type: 'clock', act: 'clockIn', user: 'kim', pin: '1' };
  const hub = { identified: { ok: true, value: { staff: personOf('kim'), how: 'pin' } } } as const;
  lane.ask(body, 'once', hub);
  expect(lane.till.identityToProve({ id: 'once', atMs: 0, body })).toBeUndefined();
  expect(lane.ask(body, 'once', hub).reply).toMatchObject({ ok: true });
  expect(entries()).toHaveLength(1);
});
