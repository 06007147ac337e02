import { expect, test } from 'vitest';

import { attendanceState, isShown, workedMs } from './attendance.ts';

const row = (more: object = {}) => ({ store: '1', person: 'kim', fromMs: 0, toMs: 28_859_999, ...more });

test('how long it was', () => {
  expect(workedMs(row())).toBe(28_859_999);
  expect(workedMs(row({ toMs: undefined }))).toBeUndefined();
});

test('what is to be said of it', () => {
  expect(attendanceState(row())).toBe('told');
  expect(attendanceState(row({ toMs: undefined }))).toBe('here');
  expect(attendanceState(row({ toMs: undefined, isForgotten: true }))).toBe('missing');
  expect(attendanceState(row({ fromMs: undefined, isForgotten: true }))).toBe('missing');
  expect(attendanceState(row({ isStated: true }))).toBe('stated');
});

test('filters', () => {
  expect(isShown(row(), {})).toBe(true);
  expect(isShown(row(), { q: ' KI' })).toBe(true);
  expect(isShown(row(), { q: 'sam' })).toBe(false);
  expect(isShown(row(), { q: 'ito' }, () => 'Kim Ito')).toBe(true);
  expect(isShown(row(), { state: 'missing' })).toBe(false);
});
