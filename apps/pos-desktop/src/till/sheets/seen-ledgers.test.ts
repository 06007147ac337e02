import type { EpochState, Line } from '@holdfast/sync';
import { expect, test } from 'vitest';

import { seenLedgers } from './seen-ledgers.ts';

const NOTHING = new Uint8Array(32);
const epochOf = (headSeq: number, diverged = false): EpochState => ({
  device: 'lane-1',
  epoch: 'a1'.repeat(8),
  parent: null,
  headSeq,
  headHash: NOTHING,
  confirmedSeq: 0,
  safeSeq: 0,
  begin: null,
  diverged,
});
const lineOf = (line: number, device: string, seq: number): Line => ({
  line,
  head: { device, epoch: 'b2'.repeat(8), seq, hash: NOTHING, signature: NOTHING },
  parent: null,
  confirmedSeq: 0,
  beginSeq: 0,
  forgottenSeq: 0,
});

test('K-2: how far a lane has its own ledger and its siblings’; two histories under one name say nothing', () => {
  expect(seenLedgers([epochOf(7)], [lineOf(1, 'lane-2', 4), lineOf(2, 'lane-3', 5), lineOf(3, 'lane-3', 6)])).toEqual([
    { device: 'lane-1', epoch: 'a1'.repeat(8), seq: 7 },
    { device: 'lane-2', epoch: 'b2'.repeat(8), seq: 4 },
  ]);
  expect(seenLedgers([epochOf(7, true)], [])).toEqual([]);
  expect(seenLedgers([epochOf(0)], [])).toEqual([]);
});
