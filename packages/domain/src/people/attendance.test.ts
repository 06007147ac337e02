import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { HEADER } from '../testing/shop.ts';
import {
  attendanceEntry,
  attendancesOf,
  beginOf,
  hereSince,
  LONGEST_ATTENDANCE_MS,
  LONGEST_STATED_MS,
  readAttendance,
  type AttendanceMark,
} from './attendance.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** `kim in 9`, `kim out 17 forgot`: hours since the first midnight; a reason makes it stated. */
const marksOf = (text: string): readonly AttendanceMark[] =>
  text.split(', ').map((each) => {
    const [person = '', act, hour, reason] = each.split(' ');
    return {
      person,
      act: act === 'in' ? 'clockIn' : 'clockOut',
      atMs: Number(hour) * HOUR_MS,
      ...(reason !== undefined && { reason }),
    };
  });
const told = (text: string, nowHour: number): readonly string[] =>
  attendancesOf(marksOf(text), nowHour * HOUR_MS).map(({ person, fromMs, toMs, isForgotten, isStated }) =>
    [
      person,
      `${fromMs === undefined ? '?' : fromMs / HOUR_MS}–${toMs === undefined ? '' : toMs / HOUR_MS}`,
      ...(isForgotten ? ['forgotten'] : []),
      ...(isStated ? ['stated'] : []),
    ].join(' '),
  );

test.each([
  ['a day', 'kim in 9, kim out 17', 20, ['kim 9–17']],
  ['somebody who is here', 'kim in 9', 12, ['kim 9–']],
  ['two halves', 'kim in 9, kim out 13, kim in 14, kim out 18', 20, ['kim 9–13', 'kim 14–18']],
  ['two people, each by themselves', 'kim in 9, sam in 10, kim out 17, sam out 18', 20, ['kim 9–17', 'sam 10–18']],
  ['entries of two lanes in the wrong order', 'kim out 17, kim in 9', 20, ['kim 9–17']],
  ['a going that was forgotten, by the next coming', 'kim in 9, kim in 33', 34, ['kim 9– forgotten', 'kim 33–']],
  ['and by the time alone', 'kim in 9', 26, ['kim 9– forgotten']],
  [
    'a whole night, and no more',
    'kim in 20, kim out 36, sam in 20, sam out 36.25',
    60,
    ['kim 20–36', 'sam 20– forgotten', 'sam ?–36.25 forgotten'],
  ],
  ['a going and the next coming, both forgotten', 'kim in 9, kim out 41', 42, ['kim 9– forgotten', 'kim ?–41 forgotten']],
  ['both of them stated', 'kim in 9, kim out 41, kim out 17 asked, kim in 33 asked', 42, ['kim 9–17 stated', 'kim 33–41 stated']],
  ['a day and a night, stated', 'kim in 9, kim out 31 asked', 42, ['kim 9–31 stated']],
  ['what was stated afterwards', 'kim in 9, kim in 33, kim out 18 asked', 34, ['kim 9–18 stated', 'kim 33–']],
  ['a coming that was forgotten', 'kim out 17', 20, ['kim ?–17 forgotten']],
  ['and stated', 'kim out 17, kim in 8 asked', 20, ['kim 8–17 stated']],
  ['gone and come at one moment', 'kim in 9, kim in 13, kim out 13', 14, ['kim 9–13', 'kim 13–']],
] as const)('%s', (_, text, nowHour, expected) => expect(told(text, nowHour)).toEqual(expected));

test('each mark stands in one attendance, whatever came first', () => {
  const mark = fc.record({
    person: fc.constantFrom('kim', 'sam'),
    act: fc.constantFrom('clockIn' as const, 'clockOut' as const),
    atMs: fc.integer({ min: 0, max: 5 }).map((hours) => hours * HOUR_MS),
  });
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (marks, dice) => {
      const found = attendancesOf(marks, DAY_MS);
      const ends = found.flatMap(({ person, fromMs, toMs }) => [
        ...(fromMs === undefined ? [] : [`${person} clockIn ${fromMs}`]),
        ...(toMs === undefined ? [] : [`${person} clockOut ${toMs}`]),
      ]);
      expect(ends.toSorted()).toEqual(marks.map(({ person, act, atMs }) => `${person} ${act} ${atMs}`).toSorted());
      const shuffled = marks.map((each) => [dice.next().value, each] as const).toSorted(([left], [right]) => left - right);
      expect(
        attendancesOf(
          shuffled.map(([, each]) => each),
          DAY_MS,
        ),
      ).toEqual(found);
      const whole = found.filter(({ fromMs, toMs }) => fromMs !== undefined && toMs !== undefined);
      expect(whole.every(({ fromMs = 0, toMs = 0, isForgotten }) => toMs >= fromMs && isForgotten === undefined)).toBe(true);
      expect(found.map(beginOf)).toEqual(found.map(beginOf).toSorted((left, right) => left - right));
    }),
  );
});

test('hours of a window are those of the whole: nothing that is further away changes them', () => {
  const mark = fc.record({
    person: fc.constantFrom('kim', 'sam'),
    act: fc.constantFrom('clockIn' as const, 'clockOut' as const),
    atMs: fc.integer({ min: 0, max: 200 }).map((hours) => hours * HOUR_MS),
    isStated: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 30 }), fc.integer({ min: 0, max: 150 }), (drawn, fromHour) => {
      const marks = drawn.map(({ isStated, ...each }): AttendanceMark => ({ ...each, ...(isStated && { reason: 'asked' }) }));
      const [fromMs, toMs] = [fromHour * HOUR_MS, (fromHour + 24) * HOUR_MS];
      const within = (all: readonly AttendanceMark[]) =>
        attendancesOf(all, 400 * HOUR_MS).filter((each) => beginOf(each) >= fromMs && beginOf(each) < toMs);
      const near = marks.filter(({ atMs }) => atMs >= fromMs - LONGEST_STATED_MS && atMs <= toMs + LONGEST_STATED_MS);
      expect(within(near)).toEqual(within(marks));
    }),
  );
});

test('who is here', () => {
  const marks = marksOf('kim in 9, sam in 9, sam out 12');
  expect(hereSince(marks, 'kim', 12 * HOUR_MS)).toEqual({ person: 'kim', fromMs: 9 * HOUR_MS });
  expect(hereSince(marks, 'sam', 12 * HOUR_MS)).toBeUndefined();
  expect(hereSince(marks, 'kim', 9 * HOUR_MS + LONGEST_ATTENDANCE_MS)?.isForgotten).toBeUndefined();
  expect(hereSince(marks, 'kim', 9 * HOUR_MS + LONGEST_ATTENDANCE_MS + 1)?.isForgotten).toBe(true);
});

describe('an entry', () => {
  const KIM = { person: 'kim', act: 'clockOut', atMs: 7, how: 'pin' } as const;
  test('is read as it was written', () => {
    expect(readAttendance(attendanceEntry(HEADER, KIM).fields)).toEqual({ ok: true, value: { ...HEADER, ...KIM } });
    const stated = { person: 'kim', act: 'clockOut', atMs: 7, reason: 'forgot', approvedBy: 'mia' } as const;
    expect(readAttendance(attendanceEntry(HEADER, stated).fields)).toEqual({ ok: true, value: { ...HEADER, ...stated } });
  });
  test.each([
    ['act', 'left'],
    ['person', 'Kim Weber'],
    ['how', 'face'],
    ['atMs', -1],
  ])('of a bad %s is none', (field, value) => {
    const read = readAttendance({ ...attendanceEntry(HEADER, KIM).fields, [field]: value });
    expect(read).toMatchObject({ ok: false, error: { detail: { field } } });
  });
});
