/**
 * The engine, its replica and both stores, under faults: SEEDS of each scenario (55 in all, some 15 s of one core; 2,000 take ten minutes). HOLDFAST_SOAK=1 runs sixty times as many, and
 * `pnpm holdfast sim --seeds A..B` any others. A seed that ever failed stands below by name.
 */
import { describe, expect, test } from 'vitest';

import { isScenarioName, runSeed, SCENARIOS, type ScenarioName } from './testing/scenarios.ts';
import { simulate, type Outcome, type Scenario } from './testing/simulator.ts';

const SEEDS = process.env['HOLDFAST_SOAK'] === '1' ? 300 : 5;
const TIMEOUT_MS = 120_000;

/** What each scenario is about. */
const RULES: Readonly<Record<ScenarioName, string>> = {
  calm: 'D-5, D-6, C-3: every entry arrives once, every cut is whole, all converge',
  lossy: 'U-6, U-11, D-11: drop, double, reorder, tear, crash, over memory',
  sqlite: 'U-6, U-11, D-11: the same over SQLite',
  outages: 'U-14, U-15: nobody reaches the hub for a while',
  power: 'L-6, D-5: the power fails before a write, or right after its commit',
  'full-disks': 'P-4: a full disk loses nothing, and is gone on from',
  clocks: 'L-2: clocks that are a year off, and jump, change nothing; each device knows by how much',
  versions: 'U-2, D-9: devices and hub of the first release among those of this one',
  'hub-rollback': 'U-12, C-6: the hub comes back from an old backup',
  'old-disks': 'I-3, U-8, U-12: disks come back as they were',
  lan: 'N-7, N-11, N-12: devices have each other while nobody reaches the hub, over cables that are pulled: whatever one signed, all hold',
  'lan-disks': 'N-9, N-10: the same with disks that come back as they were, and power that fails',
  everything: 'all of it at once',
};

describe.each(Object.keys(SCENARIOS).filter(isScenarioName))('%s', (name) => {
  test(
    `shows ${RULES[name]}`,
    async () => {
      const outcomes: Outcome[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const result = await runSeed({ ...SCENARIOS[name], seed });
        if (!result.ok) throw new Error(`${result.reason}\n${JSON.stringify(result.scenario)}\n${result.trace.join('\n')}`);
        outcomes.push(result.outcome);
      }
      const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
      expect(sum(({ entries }) => entries)).toBeGreaterThan(SEEDS * 10);
      expect(sum(({ cuts }) => cuts)).toBeGreaterThan(SEEDS * 5);
      // Who has only one history leaves no branch.
      const { restoredDisks, hubRollbacks } = SCENARIOS[name];
      const branches = sum((outcome) => outcome.branches);
      expect(branches === 0 || restoredDisks || hubRollbacks).toBe(true);
      expect(sum(({ powerFailures }) => powerFailures) > 0).toBe(SCENARIOS[name].powerCuts > 0);
    },
    TIMEOUT_MS * (SEEDS / 5),
  );
});

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
    for (const seed of [39, 1_013]) expect((await simulate({ ...SCENARIOS.everything, seed })).entries).toBeGreaterThan(0);
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
