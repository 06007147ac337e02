import { describe, expect, test } from 'vitest';

import type { Device, Store } from '../api.ts';
import { laneDoubts, laneState, matchesState, summarise } from './lane-state.ts';

const NOW_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;

const lane = (changes: Partial<Device>): Device => ({
  device: 'd',
  store: '1',
  lane: 1,
  name: 'Lane 1',
  enrolledAtMs: 0,
  lastSeenMs: NOW_MS,
  waitingEntries: 0,
  waitingSales: 0,
  clockOffsetMs: 0,
  receivedEntries: 0,
  setAside: 0,
  branches: 0,
  chainWhole: true,
  ...changes,
});

const store = (...devices: readonly Device[]): Store => ({
  store: '1',
  name: 'One',
  zone: '1',
  currency: 'EUR',
  minorDigits: 2,
  salesToday: 0,
  totalTodayMinor: 0,
  awaitedToday: { sales: 0, totalMinor: 0 },
  devices: [...devices],
});

test.each([
  ['heard a moment ago', { lastSeenMs: NOW_MS - 2_000 }, 'in step', 'good'],
  ['ahead of the hub by its own clock', { lastSeenMs: NOW_MS + 5_000 }, 'in step', 'good'],
  ['with entries on their way', { waitingEntries: 3 }, 'sending', 'good'],
  ['silent for a quarter of an hour', { lastSeenMs: NOW_MS - 15 * MINUTE_MS, waitingEntries: 37 }, 'cut off 15 min', 'warn'],
  ['silent for days', { lastSeenMs: NOW_MS - 76 * 60 * MINUTE_MS }, 'cut off 3 d 04 h', 'bad'],
  ['not heard of yet', { lastSeenMs: null }, 'never seen', 'quiet'],
] as const)('a lane %s', (_, changes, text, tone) => expect(laneState(lane(changes), NOW_MS)).toMatchObject({ text, tone }));

test('a lane is complete unless something speaks against it; waiting does not', () => {
  expect(laneDoubts(lane({ waitingEntries: 9 }))).toEqual([]);
  expect(laneDoubts(lane({ chainWhole: false, branches: 1, setAside: 2 }))).toEqual([
    'gap in the chain',
    '1 branch',
    '2 entries set aside',
  ]);
});

describe('a summary', () => {
  const cutOff = lane({ lastSeenMs: NOW_MS - 5 * MINUTE_MS, waitingSales: 4, waitingEntries: 5 });

  test('counts lanes over stores', () => {
    expect(summarise([store(lane({ waitingEntries: 3 }), cutOff), store(lane({ lastSeenMs: null, setAside: 1 }))], NOW_MS)).toEqual({
      lanes: 3,
      inStep: 1,
      cutOff: 1,
      complete: 2,
      waitingSales: 4,
      sendingEntries: 3,
      longestAgeMs: 5 * MINUTE_MS,
    });
  });

  test('of nothing is nothing', () => expect(summarise([], NOW_MS)).toMatchObject({ lanes: 0, longestAgeMs: null }));

  test('filters find what it counted', () => {
    expect(matchesState(cutOff, 'cut-off', NOW_MS)).toBe(true);
    expect(matchesState(lane({ waitingEntries: 1 }), 'in-step', NOW_MS)).toBe(true);
    expect(matchesState(lane({}), 'explain', NOW_MS)).toBe(false);
    expect(matchesState(lane({}), undefined, NOW_MS)).toBe(true);
  });
});
