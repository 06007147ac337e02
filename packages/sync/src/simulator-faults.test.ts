/** The other half of the simulator's scenarios: see `simulator.test.ts`. */
import { expect, test } from 'vitest';

import { SCENARIOS } from './testing/scenarios.ts';
import { describeSeeds, SECOND_HALF } from './testing/seeds.ts';
import { simulate } from './testing/simulator.ts';

describeSeeds(SECOND_HALF);

test('N-17: a disk that comes back with an older begin, and another history behind it, is gone on with from there (found by seed 0)', async () => {
  for (const seed of [0, 7]) {
    const world = { ...SCENARIOS.forgotten, hubRollbacks: false, checkpoints: false, outages: false, restoredDisks: true, roles: true };
    const outcome = await simulate({ ...world, seed });
    expect(outcome.entries).toBeGreaterThan(0);
  }
}, 120_000);
