import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { readMessage, throttle } from './live.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a burst runs at once and once more after it, never more often than asked', () => {
  let runs = 0;
  const { call } = throttle(() => (runs += 1), 1_000);
  for (let index = 0; index < 500; index += 1) call();
  expect(runs).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(runs).toBe(2);
  vi.advanceTimersByTime(10_000);
  expect(runs).toBe(2);
  call();
  expect(runs).toBe(3);
});

test('nothing runs after it was stopped', () => {
  let runs = 0;
  const { call, stop } = throttle(() => (runs += 1), 1_000);
  call();
  call();
  stop();
  vi.advanceTimersByTime(10_000);
  expect(runs).toBe(1);
});

test.each([
  ['{"event":"sale","id":"a.3","data":{"totalMinor":119}}', { id: 'a.3', event: 'sale' }],
  ['{"event":"listening","id":"a.3","hasMissed":true}', { id: 'a.3', event: 'missed' }],
  ['{"event":"listening","id":"a.3","hasMissed":false}', { id: 'a.3', event: undefined }],
  ['{"event":"weather","id":"a.3"}', undefined],
  ['{"event":"sale"}', undefined],
  ['sale', undefined],
])('what a hub says is read, and what is none of it passed over: %s', (text, message) => expect(readMessage(text)).toEqual(message));
