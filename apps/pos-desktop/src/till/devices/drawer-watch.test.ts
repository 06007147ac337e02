import { expect, test } from 'vitest';

import { type DrawerSight, watchDrawer } from './drawer-watch.ts';

/** Each look: open or shut, and how often the till had opened it by then. */
const looks = (...seen: readonly (readonly [state: 'open' | 'shut', kicks: number])[]): readonly boolean[] => {
  let sight: DrawerSight | undefined;
  return seen.map(([state, kicks]) => {
    sight = watchDrawer(sight, state === 'open', kicks);
    return sight.isAlone;
  });
};

test.each([
  [
    'the till opens it',
    [
      ['shut', 0],
      ['open', 1],
      ['shut', 1],
    ],
    [false, false, false],
  ],
  [
    'a key opens it',
    [
      ['shut', 0],
      ['open', 0],
      ['shut', 0],
    ],
    [false, true, false],
  ],
  [
    'a key, after the till',
    [
      ['shut', 0],
      ['open', 1],
      ['shut', 1],
      ['open', 1],
    ],
    [false, false, false, true],
  ],
  [
    'it was open already when the till told it to',
    [
      ['shut', 0],
      ['open', 1],
      ['open', 2],
      ['shut', 2],
      ['open', 2],
    ],
    [false, false, false, false, true],
  ],
  [
    'it stays open',
    [
      ['shut', 0],
      ['open', 0],
      ['open', 0],
    ],
    [false, true, true],
  ],
  [
    'it was open before anybody looked',
    [
      ['open', 0],
      ['shut', 0],
    ],
    [false, false],
  ],
] as const)('%s', (_, seen, alone) => {
  expect(looks(...seen)).toEqual(alone);
});
