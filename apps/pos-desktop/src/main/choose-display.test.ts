import { expect, test } from 'vitest';

import { chooseDisplay } from './choose-display.ts';

const displays = (...ids: readonly number[]) => ids.map((id) => ({ id }));

test.each([
  ['the lane’s is the only one', displays(1), 1, null, null],
  ['a second one is free', displays(1, 2), 1, null, 2],
  ['the lane is on the second', displays(1, 2), 2, null, 1],
  ['a third one comes: the shopper’s stays where it was', displays(3, 1, 2), 1, 2, 2],
  ['the shopper’s went, another is there', displays(1, 3), 1, 2, 3],
  ['the lane moved to the shopper’s', displays(1, 2), 2, 2, 1],
  ['the lane’s is alone again', displays(1), 1, 2, null],
])('%s', (_name, all, laneId, shownId, expected) => {
  expect(chooseDisplay(all, laneId, shownId)?.id ?? null).toBe(expected);
});
