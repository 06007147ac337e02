/**
 * The engine, its replica and both stores, under faults: half of the scenarios (the others are `simulator-faults.test.ts`'s, so that two cores share them), and what is to be said of the simulator itself. A seed that ever failed stands
 * below by name.
 */
import { expect, test } from 'vitest';

import { runSeed, SCENARIOS } from './testing/scenarios.ts';
import { describeSeeds, FIRST_HALF } from './testing/seeds.ts';
import { simulate, type Scenario } from './testing/simulator.ts';

const TIMEOUT_MS = 120_000;

/** As `everything` was before its devices had each other. */
const ALONE = { ...SCENARIOS.everything, lan: false, clonedDisks: false, lostDisks: false } as const;

describeSeeds(FIRST_HALF);

test(
  'N-12: what a hub that was set back lost of a lane that lost it as well, a sibling carries up again (found by seed 700039)',
  async () => {
    expect((await simulate({ ...SCENARIOS['lan-rollback'], seed: 700_039 })).entries).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'U-12: a hub that comes back without a branch that another epoch continues (found by seeds 1000, 1012)',
  async () => {
    for (const seed of [1_000, 1_012]) {
      const outcome = await simulate({ ...SCENARIOS['old-disks'], devices: 2, steps: 250, loss: 0.3, hubRollbacks: true, seed });
      expect(outcome.entries).toBeGreaterThan(0);
    }
  },
  TIMEOUT_MS,
);

test(
  'U-11: what was confirmed to a full disk is asked for again once it has room (found by seeds 39, 1013)',
  async () => {
    for (const seed of [39, 1_013]) expect((await simulate({ ...ALONE, zoneMoves: false, seed })).entries).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'U-8: restored disks do give branches, somewhere among the seeds',
  async () => {
    let branches = 0;
    for (let seed = 1; seed <= 40 && branches === 0; seed += 1) {
      branches += (await simulate({ ...SCENARIOS['old-disks'], devices: 1, steps: 200, seed })).branches;
    }
    expect(branches).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'two runs of a seed end alike',
  async () => {
    const scenario: Scenario = { ...SCENARIOS.everything, seed: 7 };
    expect(await simulate(scenario)).toEqual(await simulate(scenario));
  },
  TIMEOUT_MS,
);

test('a seed that fails is told with the smallest world that fails as well, and what was done in it', async () => {
  let runs = 0;
  const result = await runSeed({ ...SCENARIOS.everything, seed: 1 }, (scenario, trace) => {
    runs += 1;
    trace?.(12, 'device-1: sells');
    return scenario.wrongClocks && scenario.steps >= 7
      ? Promise.reject(new Error('a clock was believed'))
      : Promise.resolve({ digest: '', entries: 0, branches: 0, cuts: 0, powerFailures: 0 });
  });
  expect(result).toEqual({
    ok: false,
    scenario: { ...SCENARIOS.lossy, storage: 'sqlite', wrongClocks: true, loss: 0, devices: 1, steps: 7, seed: 1 },
    reason: 'a clock was believed',
    trace: ['12 ms  device-1: sells'],
  });
  expect(runs).toBeLessThan(120);
});
