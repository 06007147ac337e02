/** K-1, K-2, K-3 (packages/sync/SPEC.md). */
import { assert } from '@holdfast/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isLaterCount, NO_CLOCK_MS, onHandOf, sideOfCount, spanOf, type CountStatement, type MovedAt } from './stock-on-hand.ts';

/**
 * Milk was counted at lane 1, whose ledger then stood at 5, between 10:00:00 and 10:00:20 by a clock that may be off by 2 s; the sheet was begun by a lane that had lane 2 up to 30. A movement: its lane, place in the ledger, minute and second
 * past 10 by its own clock, how far that may be off (none: it never heard a hub), and when the hub had it.
 */
const MOVEMENTS = `
lane | seq | clock  | ±    | hub had it | is
1    | 5   | 00:10  | 2 s  | 00:12      | before   the counting lane had sold it already
1    | 6   | 00:10  | 2 s  | 00:12      | after    it had not: no clock is asked
1    | 6   | -40:00 | 2 s  | 90:00      | after
2    | 30  | 00:10  | 2 s  | 90:00      | before   the sheet's lane had it
2    | 30  | 59:00  | none | 90:00      | before   whatever its clock says
2    | 31  | -00:05 | 2 s  | 90:00      | before   by its clock
2    | 31  | -00:04 | 2 s  | 90:00      | unclear  the clocks meet
2    | 31  | 00:10  | 2 s  | 90:00      | unclear  the first place was counted, the second was not
2    | 31  | 00:24  | 2 s  | 90:00      | unclear
2    | 31  | 00:25  | 2 s  | 90:00      | after
2    | 31  | 00:10  | none | 90:00      | unclear  no clock, and it came late
2    | 31  | 00:10  | none | -00:03     | before   the hub had it before anybody counted
3    | 1   | -01:00 | 2 s  | 90:00      | before   nobody had heard of that lane
3    | 1   | 59:00  | 2 s  | 30:00      | unclear  the hub had it before it is said to have been: that clock says nothing
3    | 1   | 59:00  | 2 s  | -01:00     | before
2*   | 30  | 00:40  | 2 s  | 90:00      | after    of a second history no place is known, only times
`;

const TEN_MS = 1_795_168_800_000;
const momentOf = (text: string): number => {
  const [, sign, minutes = '0', seconds = '0'] = /^(-?)(\d+):(\d+)$/.exec(text) ?? [];
  assert(minutes !== undefined, text);
  return TEN_MS + (sign === '-' ? -1 : 1) * (Number(minutes) * 60_000 + Number(seconds) * 1_000);
};
const epochOf = (lane: string): string => lane.repeat(16);
const ledger = (lane: string, seq: number) => ({ device: `lane-${lane}`, epoch: epochOf(lane), seq });

const COUNT: CountStatement = {
  quantity: 20,
  atMs: TEN_MS + 20_000,
  span: spanOf({ fromMs: TEN_MS, atMs: TEN_MS + 20_000, uncertaintyMs: 2_000 }, TEN_MS + 3_600_000),
  counted: ledger('1', 5),
  seenSeq: (device) => (device === 'lane-2' ? 30 : 0),
};

describe('whether a count has a movement in it', () => {
  test.each(MOVEMENTS.trim().split('\n').slice(1))('%s', (row) => {
    const [lane = '', seq = '', clock = '', off = '', had = '', is = ''] = row.split('|').map((cell) => cell.trim());
    const uncertaintyMs = off === 'none' ? NO_CLOCK_MS : Number.parseInt(off, 10) * 1_000;
    const moved: MovedAt = {
      ...ledger(lane.charAt(0), Number(seq)),
      isBranch: lane.endsWith('*'),
      span: spanOf({ atMs: momentOf(clock), uncertaintyMs }, momentOf(had)),
    };
    expect(sideOfCount(moved, COUNT)).toBe(is.split(' ')[0]);
  });

  test('a count of no clock at all has in it what lanes had, and what is surely later is later; of all else a person knows', () => {
    const count = { ...COUNT, span: spanOf({ atMs: TEN_MS, uncertaintyMs: NO_CLOCK_MS }, TEN_MS + 60_000) };
    const at = (minute: string) => ({
      ...ledger('2', 31),
      isBranch: false,
      span: spanOf({ atMs: momentOf(minute), uncertaintyMs: 0 }, momentOf('90:00')),
    });
    expect([at('-50:00'), at('00:30'), at('01:01')].map((moved) => sideOfCount(moved, count))).toEqual(['unclear', 'unclear', 'after']);
  });
});

interface Count extends CountStatement {
  readonly type: 'count';
  readonly hash: string;
}
interface Move extends MovedAt {
  readonly type: 'move';
  readonly moved: number;
}

const LANES = ['1', '2', '3'];
const moment = fc.integer({ min: 0, max: 40 });
const clocked = fc.record({ atMs: moment, uncertaintyMs: fc.constantFrom(0, 1, 5, NO_CLOCK_MS), receivedAtMs: moment });
const anyCount = fc
  .record({
    clock: clocked,
    lane: fc.option(fc.constantFrom(...LANES), { nil: undefined }),
    seq: fc.nat(6),
    seen: fc.nat(6),
    quantity: fc.nat(50),
    hash: fc.stringMatching(/^[0-9a-f]{4}$/),
  })
  .map(({ clock, lane, seq, seen, quantity, hash }): Count => ({
    type: 'count',
    hash,
    quantity,
    atMs: Math.min(clock.atMs, clock.receivedAtMs),
    span: spanOf(clock, clock.receivedAtMs),
    ...(lane !== undefined && { counted: ledger(lane, seq) }),
    seenSeq: (device) => (device === 'lane-1' ? 0 : seen),
  }));
const anyMove = fc
  .record({
    clock: clocked,
    lane: fc.constantFrom(...LANES),
    seq: fc.integer({ min: 1, max: 8 }),
    isBranch: fc.boolean(),
    moved: fc.integer({ min: -9, max: 9 }),
  })
  .map(({ clock, lane, seq, isBranch, moved }): Move => ({
    type: 'move',
    ...ledger(lane, seq),
    isBranch,
    moved,
    span: spanOf(clock, clock.receivedAtMs),
  }));

/** As the hub folds them, one after the other: the ruling count asks about what is there, what comes later asks about the ruling count. */
function foldOneByOne(arrivals: readonly (Count | Move)[]): { readonly onHand: number; readonly unclear: number } {
  const held: Move[] = [];
  let count: Count | undefined;
  let [movedBefore, unclear] = [0, 0];
  const place = (move: Move, ruling: Count): void => {
    const side = sideOfCount(move, ruling);
    if (side === 'before') movedBefore += move.moved;
    if (side === 'unclear') unclear += 1;
  };
  for (const arrival of arrivals) {
    if (arrival.type === 'move') {
      held.push(arrival);
      if (count !== undefined) place(arrival, count);
    } else if (count === undefined || isLaterCount(arrival, count)) {
      count = arrival;
      [movedBefore, unclear] = [0, 0];
      for (const move of held) place(move, arrival);
    }
  }
  const moved = held.reduce((sum, move) => sum + move.moved, 0);
  return { onHand: onHandOf(moved, count === undefined ? undefined : { quantity: count.quantity, movedBefore }), unclear };
}

test('in whatever order counts and movements come, goods on hand and what is unclear are the same', () => {
  const arrivals = fc.uniqueArray(fc.oneof(anyCount, anyMove), {
    maxLength: 12,
    selector: (one) => (one.type === 'count' ? `${one.atMs} ${one.hash}` : one),
  });
  fc.assert(
    fc.property(
      arrivals.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }))),
      ([list, shuffled]) => {
        expect(foldOneByOne(shuffled)).toEqual(foldOneByOne(list));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('without a count goods on hand are the sum of what moved', () => {
  expect(onHandOf(-7, undefined)).toBe(-7);
  expect(onHandOf(-7, { quantity: 20, movedBefore: -4 })).toBe(17);
});
