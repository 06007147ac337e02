import { expect, test } from 'vitest';

import { createWriteSize } from './write-size.ts';

const LIMITS = { least: 8, most: 384 };

/** Where each thing takes `msPerThing`, and each transaction `msPerWrite` besides. */
function settle(msPerThing: number, msPerWrite: number, budgetMs: number): number {
  const size = createWriteSize(LIMITS);
  for (let write = 0; write < 200; write += 1) size.took(size.next(budgetMs), size.next(budgetMs) * msPerThing + msPerWrite, budgetMs);
  return size.next(budgetMs) * msPerThing + msPerWrite;
}

test('it settles near what a transaction may take, on a fast machine and on a slow one', () => {
  for (const [msPerThing, msPerWrite] of [
    [0.01, 0.1],
    [0.02, 0.5],
    [0.05, 0.5],
  ] as const) {
    const tookMs = settle(msPerThing, msPerWrite, 1.5);
    expect(tookMs).toBeGreaterThan(0.9);
    expect(tookMs).toBeLessThan(2);
  }
});

test('a disk that is slower than the budget still gets the least, and nobody stands still', () => {
  const size = createWriteSize(LIMITS);
  for (let write = 0; write < 50; write += 1) size.took(size.next(1.5), 30, 1.5);
  expect(size.next(1.5)).toBe(8);
});

test('one slow transaction costs half at most', () => {
  const size = createWriteSize(LIMITS);
  for (let write = 0; write < 40; write += 1) size.took(size.next(1.5), 0.1, 1.5);
  expect(size.next(1.5)).toBe(384);
  size.took(384, 500, 1.5);
  expect(size.next(1.5)).toBe(192);
});

test('without a budget it is all that there is, and the first transaction that has one begins with the least', () => {
  const size = createWriteSize(LIMITS);
  size.took(size.next(Infinity), 500, Infinity);
  expect(size.next(Infinity)).toBe(384);
  expect(size.next(1.5)).toBe(8);
});

test('what a longer budget was found to hold is no more than its part for a shorter one, at once', () => {
  const size = createWriteSize(LIMITS);
  for (let write = 0; write < 200; write += 1) size.took(size.next(5), size.next(5) * 0.02, 5);
  const quiet = size.next(5);
  expect(quiet).toBeGreaterThan(150);
  expect(size.next(1.5)).toBe(Math.round(quiet * 0.3));
});

test('a short rest of a chunk says nothing about what more would take', () => {
  const size = createWriteSize(LIMITS);
  for (let write = 0; write < 20; write += 1) size.took(size.next(1.5), 0.1, 1.5);
  const grown = size.next(1.5);
  size.took(3, 0.1, 1.5);
  expect(size.next(1.5)).toBe(grown);
});
