import { expect, test } from 'vitest';

import { clearingText, standingText, type CardCase, type LaneStanding } from './card-cases.ts';

const LANE: LaneStanding = {
  device: 'd',
  store: '1',
  lane: 1,
  currency: 'EUR',
  minorDigits: 2,
  count: 2,
  sumMinor: 4_900,
  limits: { maximumMinor: 5_000, count: 3, sumMinor: 10_000, hours: 24 },
};

test('of what a lane may accept without its bank it is said how much is taken, and whether anything is left', () => {
  expect(standingText(LANE)).toEqual({ text: '2 of 3 · €49.00 of €100.00', isFull: false });
  expect(standingText({ ...LANE, count: 3 }).isFull).toBe(true);
  expect(standingText({ ...LANE, sumMinor: 10_000 }).isFull).toBe(true);
  expect(standingText({ ...LANE, limits: null })).toEqual({ text: '2 × · €49.00 · none are allowed now', isFull: true });
});

test('what became of it at its lane: how, how that is known, and who said so', () => {
  const cleared = (how: string, reason: string | null): CardCase => ({ cleared: { how, by: 'sam', atMs: 1, reason } }) as CardCase;
  expect(clearingText(cleared('writtenOff', 'the bank'))).toBe('written off, the bank, sam');
  expect(clearingText(cleared('another build’s', null))).toBe('another build’s, sam');
  expect(clearingText({ cleared: null } as CardCase)).toBe('');
});
