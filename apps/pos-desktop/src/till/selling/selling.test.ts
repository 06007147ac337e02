import { beforeEach, expect, test } from 'vitest';

import { createPacedTurn, inPause, watchSelling, type Selling } from './selling.ts';

let nowMs = 0;
let writes = 0;
let due: { readonly atMs: number; readonly run: () => void }[] = [];
let selling: Selling;

const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
const timers = {
  after: (delayMs: number, run: () => void) => {
    const timer = { atMs: nowMs + delayMs, run };
    due.push(timer);
    return () => {
      due = due.filter((other) => other !== timer);
    };
  },
};

function passMs(ms: number): void {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 1) {
    const now = due.filter(({ atMs }) => atMs <= nowMs);
    due = due.filter(({ atMs }) => atMs > nowMs);
    for (const { run } of now) run();
  }
}

beforeEach(() => {
  [nowMs, writes, due] = [0, 0, []];
  selling = watchSelling({ mainWrites: () => writes }, clock);
});

test('a lane sells from its first write until it has been quiet for ten seconds', () => {
  expect(selling.isSelling()).toBe(false);
  passMs(5_000);
  expect(selling.isSelling()).toBe(false);
  writes += 1;
  expect([selling.isSelling(), selling.quietMs()]).toEqual([true, 0]);
  passMs(9_999);
  expect([selling.isSelling(), selling.quietMs()]).toEqual([true, 9_999]);
  passMs(1);
  expect(selling.isSelling()).toBe(false);
});

test('what is asked for in a burst runs once, in the pause after it', () => {
  const ranAtMs: number[] = [];
  const sending = inPause(() => ranAtMs.push(nowMs), selling, clock, timers);
  for (let sale = 0; sale < 5; sale += 1) {
    writes += 1;
    sending.ask();
    passMs(100);
  }
  expect(ranAtMs).toEqual([]);
  passMs(1_000);
  expect(ranAtMs).toHaveLength(1);
  expect(ranAtMs[0]).toBeLessThan(700);
  // And anew after that.
  writes += 1;
  sending.ask();
  passMs(1_000);
  expect(ranAtMs).toHaveLength(2);
});

test('a lane that never pauses sends all the same', () => {
  let runs = 0;
  const sending = inPause(() => (runs += 1), selling, clock, timers);
  for (let scan = 0; scan < 100; scan += 1) {
    writes += 1;
    sending.ask();
    passMs(50);
  }
  expect(runs).toBeGreaterThanOrEqual(3);
  expect(runs).toBeLessThanOrEqual(4);
});

test('where nobody sells, nothing is put off; and nothing runs once it is stopped', () => {
  let runs = 0;
  const sending = inPause(() => (runs += 1), selling, clock, timers);
  sending.ask();
  expect(runs).toBe(1);
  writes += 1;
  sending.ask();
  sending.stop();
  passMs(5_000);
  expect(runs).toBe(1);
  // Nor what is asked for behind that.
  sending.ask();
  passMs(5_000);
  expect(runs).toBe(1);
});

test('the worker writes one after the other at rest and before the first catalogue, and with pauses while someone sells', () => {
  const startedAt: number[] = [];
  const free = { run: <T>(write: () => T): T => write(), runPart: <T>(write: () => T): T => write() };
  let canSell = true;
  const paced = createPacedTurn(free, selling, { ...clock, monotonicMs: () => performance.now() }, () => canSell);
  let kind: 'run' | 'runPart' = 'run';
  const writeFor = (ms: number): void => {
    paced[kind](() => {
      startedAt.push(performance.now());
      for (const end = performance.now() + ms; performance.now() < end;);
    });
  };
  const restOf = (): number => {
    startedAt.length = 0;
    writeFor(2);
    writeFor(0);
    return startedAt[1]! - startedAt[0]! - 2;
  };
  // The least of some: another process may take the thread's time away in any one of them.
  expect(Math.min(...Array.from({ length: 10 }, restOf))).toBeLessThan(8);
  writes += 1;
  writeFor(0);
  expect(restOf()).toBeGreaterThanOrEqual(16);
  kind = 'runPart';
  expect(restOf()).toBeGreaterThanOrEqual(16);
  // Before the first catalogue there is nothing to sell, whatever was written.
  canSell = false;
  expect(Math.min(...Array.from({ length: 10 }, restOf))).toBeLessThan(8);
});
