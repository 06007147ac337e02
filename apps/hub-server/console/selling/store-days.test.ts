import { expect, test } from 'vitest';

import { countedShifts } from './store-days.ts';

test('a shift that is open, or whose float went over, is not counted', () => {
  const [open, rolled, counted] = [{ z: null }, { z: { isRolled: true } }, { z: { isRolled: false } }];
  expect([[], [open, rolled], [open, rolled, counted, counted]].map(countedShifts)).toEqual([0, 0, 2]);
});
