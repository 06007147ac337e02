import type { ReplicaStatus } from '@holdfast/sync';
import { expect, test } from 'vitest';

import { createStatusNews } from './status-news.ts';

const CUT: ReplicaStatus['cut'] = { at: 7, position: { hubEpoch: '00000000000000aa', lsn: 7, historyHash: '' } };
const STATUS: ReplicaStatus = {
  enrolled: true,
  connected: true,
  offlineSinceMs: null,
  waiting: { entries: 0, byKind: new Map() },
  cut: CUT,
  applying: null,
  setAside: 0,
  branches: 0,
  problem: null,
  hubOffsetMs: 12,
};
const at = (cellsApplied: number): ReplicaStatus['applying'] => ({ cellsApplied, cellsTotal: 100_000 });
/** What is told of each, the untold ones left out. */
const told = (...statuses: readonly Partial<ReplicaStatus>[]) => {
  const newsOf = createStatusNews();
  return statuses.flatMap((status) => newsOf({ ...STATUS, ...status }) ?? []);
};

test('of a lane that sells, how far an update has come is not told: that one comes is, and that it is there', () => {
  const chunks = Array.from({ length: 49 }, (_, chunk) => ({ applying: at(2_048 * (chunk + 1)) }));
  const heard = told({}, { applying: at(0) }, ...chunks, { cut: { ...CUT, at: 8 } });
  expect(heard).toHaveLength(3);
  expect(heard[1]).toEqual({ connected: true, offlineSinceMs: null, applying: null, setAside: 0, problem: null });
});

test('of the first catalogue each step is told', () => {
  const cut = { ...CUT, at: 0 };
  const heard = told({ cut, applying: at(0) }, { cut, applying: at(2_048) }, { cut, applying: at(4_096) });
  expect(heard.map(({ applying }) => applying?.cellsApplied)).toEqual([0, 2_048, 4_096]);
});

test('whatever else changes is told while an update comes', () => {
  const waiting = { entries: 3, byKind: new Map([[1, 3]]) };
  const applying = at(0);
  expect(
    told(
      { applying },
      { applying: at(5), hubOffsetMs: 13 },
      { applying: at(6), hubOffsetMs: 13, waiting },
      { applying: at(7), hubOffsetMs: 13, waiting, connected: false, offlineSinceMs: 5 },
      { applying: at(8), hubOffsetMs: 13, waiting, connected: false, offlineSinceMs: 5, problem: 'tokenRefused' },
    ),
  ).toHaveLength(5);
});
