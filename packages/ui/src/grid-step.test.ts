import { expect, test } from 'vitest';

import { gridStep } from './grid-step.ts';

test.each([
  ['ArrowRight', 1, -1],
  ['ArrowLeft', -1, 1],
  ['ArrowDown', 4, 4],
  ['ArrowUp', -4, -4],
  ['Delete', undefined, undefined],
])('%s goes to where it points: %j, and from right to left %j', (key, leftToRight, rightToLeft) => {
  expect(gridStep(key, { columns: 4, isRtl: false })).toBe(leftToRight);
  expect(gridStep(key, { columns: 4, isRtl: true })).toBe(rightToLeft);
});
