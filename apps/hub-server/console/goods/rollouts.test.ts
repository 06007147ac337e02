import { expect, test } from 'vitest';

import { isFinal, stepsOf } from './rollouts.ts';

const WAVES = [['1'], ['2', '3']];

test.each([
  ['running', 1, ['advance', 'pause', 'complete', 'rollBack']],
  ['running', 2, ['pause', 'complete', 'rollBack']],
  ['paused', 1, ['resume', 'rollBack']],
  ['completed', 2, []],
  ['rolledBack', 1, []],
] as const)('a roll-out that is %s, with %i of two waves reached, can %j', (state, reached, steps) => {
  expect(stepsOf({ state, reached, waves: WAVES })).toEqual(steps);
});

test('whoever ends one is asked once more', () => {
  expect((['advance', 'pause', 'resume', 'complete', 'rollBack'] as const).filter(isFinal)).toEqual(['complete', 'rollBack']);
});
