/** How large batches become on lines of many kinds: a line is what a post takes there. */
import { expect, test } from 'vitest';

import { cappedSize, firstSize, learntSize, paceOf, type BatchSize } from './batch-size.ts';

const LIMITS = { maxEntries: 250, mostEntries: 4_096 };
const BYTES_PER_ENTRY = 25;

interface Line {
  readonly kilobitsPerS: number;
  readonly fixedMs: number;
}

const sendingMs = (entries: number, { kilobitsPerS }: Line): number => (entries * BYTES_PER_ENTRY * 8) / kilobitsPerS;

function sentOver(line: Line, size: BatchSize, stalledMs = 0): BatchSize {
  const { entries } = size;
  const tookMs = line.fixedMs + sendingMs(entries, line) + stalledMs;
  return learntSize(size, { entries, bytes: entries * BYTES_PER_ENTRY, tookMs }, LIMITS);
}

/** After so many batches. */
function grown(line: Line, batches: number, from: BatchSize = firstSize(LIMITS)): BatchSize {
  return Array.from({ length: batches }).reduce<BatchSize>((size) => sentOver(line, size), from);
}

/** The share of the time for which its bytes have the line. */
const use = (line: Line, { entries }: BatchSize): number => sendingMs(entries, line) / (sendingMs(entries, line) + line.fixedMs);

test('U-13: a batch becomes so long that its bytes have six sevenths of the line’s time, as far as one may', () => {
  for (const [kilobitsPerS, fixedMs, entries] of [
    [64, 600, 1_152],
    [128, 600, 2_304],
    [256, 300, 2_304],
    [512, 100, 1_536],
  ] as const) {
    const line = { kilobitsPerS, fixedMs };
    const size = grown(line, 8);
    expect([size.entries, size.fixedMs]).toEqual([entries, fixedMs]);
    expect(use(line, size)).toBeCloseTo(6 / 7);
    expect(paceOf(size)).toBeCloseTo(8 / kilobitsPerS);
  }
  // What a frame may hold, and four seconds of the line, are the most.
  expect(grown({ kilobitsPerS: 256, fixedMs: 700 }, 20).entries).toBe(4_096);
  const slow = { kilobitsPerS: 64, fixedMs: 2_000 };
  expect(sendingMs(grown(slow, 20).entries, slow)).toBeCloseTo(4_000);
});

test('U-13: of the first batch on a line nothing follows, and each one after it is at most twice as large', () => {
  const line = { kilobitsPerS: 256, fixedMs: 600 };
  expect([0, 1, 2, 3, 4, 5, 6].map((batches) => grown(line, batches).entries)).toEqual([250, 250, 500, 1_000, 2_000, 4_000, 4_096]);
});

test('U-13: what something on the way did not take is not sent as long again, with the next batch or any later one', () => {
  const line = { kilobitsPerS: 256, fixedMs: 600 };
  const capped = cappedSize(grown(line, 5), 1_000);
  expect([capped.entries, grown(line, 1, capped).entries, grown(line, 8, capped).entries]).toEqual([1_000, 1_000, 1_000]);
  // It never takes more than it took.
  expect(cappedSize(capped, 2_000)).toEqual(capped);
});

test('U-13: where the way is short, or the line so slow that a first batch takes it for seconds, batches stay as they are', () => {
  for (const line of [
    { kilobitsPerS: 100_000, fixedMs: 0.05 },
    { kilobitsPerS: 2_000, fixedMs: 3 },
    { kilobitsPerS: 9, fixedMs: 600 },
  ])
    expect(grown(line, 12).entries).toBe(250);
});

test('U-13: a line that becomes slower gets shorter batches, and longer ones when it is as it was; one silence is forgotten with the next batch but one', () => {
  const [quick, slow] = [
    { kilobitsPerS: 256, fixedMs: 300 },
    { kilobitsPerS: 32, fixedMs: 300 },
  ];
  const before = grown(quick, 8);
  const after = grown(slow, 8, before);
  expect(after.entries).toBeLessThan(300);
  expect(paceOf(after)).toBeGreaterThan(0.8 * (8 / 32));
  expect(use(quick, grown(quick, 24, after))).toBeGreaterThan(0.8);

  const silent = sentOver(quick, before, 5_000);
  expect(silent.entries).toBe(before.entries / 2);
  // The line is no slower for it.
  expect(paceOf(silent)).toBeCloseTo(paceOf(before));
  expect(grown(quick, 2, silent).entries).toBeGreaterThan(before.entries * 0.9);
});
