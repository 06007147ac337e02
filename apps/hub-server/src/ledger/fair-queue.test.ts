import fc from 'fast-check';
import { expect, test } from 'vitest';

import { createFairQueue } from './fair-queue.ts';

const upTo =
  (count: number) =>
  (taken: readonly unknown[]): boolean =>
    taken.length >= count;

test('stores take turns, each in its own order', () => {
  const queue = createFairQueue<string>();
  for (const piece of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(piece[0] ?? '', piece);
  expect(queue.take(upTo(4))).toEqual(['a1', 'b1', 'c1', 'a2']);
  queue.push('d', 'd1');
  expect(queue.take(upTo(9))).toEqual(['c2', 'a3', 'd1']);
  expect(queue.size).toBe(0);
});

test('what is not free keeps its place, and nobody waits for it', () => {
  const queue = createFairQueue<string>();
  for (const piece of ['a1', 'a2', 'b1']) queue.push(piece[0] ?? '', piece);
  expect(queue.take(upTo(9), (piece) => piece !== 'a1')).toEqual(['a2', 'b1']);
  expect(queue.take(upTo(9))).toEqual(['a1']);
});

test('U-18: whatever a store brings, the next piece of another is taken among the first as many as there are stores', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      (stores, turn) => {
        const queue = createFairQueue<{ readonly store: number; readonly serial: number }>();
        for (const [serial, store] of stores.entries()) queue.push(String(store), { store, serial });
        const taken = [];
        while (queue.size > 0) taken.push(...queue.take(upTo(turn)));
        expect(taken).toHaveLength(stores.length);
        const kinds = new Set(stores).size;
        for (const store of new Set(stores)) {
          const places = taken.flatMap((piece, place) => (piece.store === store ? [place] : []));
          expect(places[0]).toBeLessThan(kinds);
          for (const [index, place] of places.entries()) expect(place - (places[index - 1] ?? place)).toBeLessThanOrEqual(kinds);
          const serials = taken.filter((piece) => piece.store === store).map(({ serial }) => serial);
          expect(serials).toEqual(serials.toSorted((left, right) => left - right));
        }
      },
    ),
  );
});
