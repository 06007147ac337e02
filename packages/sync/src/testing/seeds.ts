/**
 * The seeds that every change has to pass, the same number of each scenario (but `HALVES`), in two test files for two cores: 704 by `pnpm test`, 2,024 by CI (HOLDFAST_SEEDS, of each
 * scenario). HOLDFAST_SOAK=1 runs 10,000, and `pnpm holdfast sim --seeds A..B` any others.
 */
import { describe, expect, test } from 'vitest';

import { isScenarioName, runSeed, SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { Outcome } from './simulator.ts';

const PER_SCENARIO = 32;
const SOAK_PER_SCENARIO = 455;
const SEEDS = process.env['HOLDFAST_SOAK'] === '1' ? SOAK_PER_SCENARIO : Number(process.env['HOLDFAST_SEEDS'] ?? PER_SCENARIO);
const TIMEOUT_MS = 60_000 + 6_000 * SEEDS;

/** What each scenario is about. */
const RULES: Readonly<Record<ScenarioName, string>> = {
  calm: 'D-5, D-6, C-3: every entry arrives once, every cut is whole, all converge',
  lossy: 'U-6, U-11, D-11: drop, double, reorder, tear, crash, over memory',
  sqlite: 'U-6, U-11, D-11: the same over SQLite',
  'few-items': 'C-3, C-4, D-19: of a few items a device holds many versions: whoever pinned a cut reads on, whatever is dropped',
  outages: 'U-14, U-15: nobody reaches the hub for a while',
  power: 'L-6, D-5: the power fails before a write, or right after its commit',
  'full-disks': 'P-4: a full disk loses nothing, and is gone on from',
  clocks: 'L-2: clocks that are a year off, and jump, change nothing; each device knows by how much',
  versions: 'U-2, D-9: devices and hub of the first release among those of this one',
  'hub-rollback': 'U-12, C-6: the hub comes back from an old backup',
  'old-disks': 'I-3, U-8, U-12: disks come back as they were',
  'old-branches':
    'U-12, U-8: the hub comes back without a second history that it had, and whoever wrote that sells nothing more: it goes up again all the same',
  lan: 'N-7, N-11, N-12, S-4: devices have each other while nobody reaches the hub, over cables that are pulled: whatever one signed, all hold, and none holds what its role may not see',
  'lan-disks': 'N-9, N-10: the same with disks that come back as they were, and power that fails',
  upgrade: 'L-8, N-8: half-way devices are upgraded, and write what their siblings and the last release do not know',
  zones: 'C-11: the store moves from zone to zone, and each cut reads the one that it stood in',
  forgotten:
    'U-23, N-16, N-17, N-18: devices forget what is safe, the hub fails over to its standby, and one device comes late, to what checkpoints leave it: each holds what the others hold, nothing is doubled, and what one alone held reaches the hub',
  'forgotten-lost':
    'N-12, N-18: the same with disks that are lost: whoever takes a place begins at checkpoints, and what follows reaches the hub that failed over, whoever is gone',
  'lan-rollback':
    'N-12, I-3, U-12: the hub and disks come back as they were: what the hub lost of whoever lost it as well, siblings carry up again',
  'cloned-disks':
    'U-8, N-10, N-12: a copy of a disk runs beside it, as the same device, to the end: both histories reach the hub, whoever carries them',
  'lost-disks':
    'N-12, U-12: a disk is lost, and another device takes its place: whatever anybody holds of the lost one reaches the hub, also one that was set back since',
  isolated:
    'N-10, N-12, U-9: nobody reaches the hub for most of the time, disks come back as they were and are lost then: whatever anybody holds goes up, each epoch behind the one that it continues',
  everything: 'all of it at once, but that nothing is forgotten: the hub comes back from an old backup',
  'everything-forgotten': 'U-23, N-17, N-18: all of it at once, where devices forget what is safe: the hub fails over to its standby',
};

/** Each two of these share what one of the others has: they are much alike, and a seed of the last two takes several times as long. */
const HALVES: readonly ScenarioName[] = ['forgotten', 'forgotten-lost', 'everything', 'everything-forgotten'];

/** As much work as the others: lanes that have each other cost the most. */
export const SECOND_HALF: readonly ScenarioName[] = [
  'lan-disks',
  'lan',
  'old-disks',
  'old-branches',
  'few-items',
  'hub-rollback',
  'full-disks',
  'clocks',
  'zones',
  'forgotten',
  'forgotten-lost',
  'lost-disks',
  'cloned-disks',
];
export const FIRST_HALF: readonly ScenarioName[] = Object.keys(SCENARIOS)
  .filter(isScenarioName)
  .filter((name) => !SECOND_HALF.includes(name));

export function describeSeeds(names: readonly ScenarioName[]): void {
  describe.each(names)('%s', (name) => {
    const seeds = HALVES.includes(name) ? Math.ceil(SEEDS / 2) : SEEDS;
    test(
      `shows ${RULES[name]}`,
      async () => {
        const outcomes: Outcome[] = [];
        for (let seed = 1; seed <= seeds; seed += 1) outcomes.push(await outcomeOf(name, seed));
        const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
        expect(sum(({ entries }) => entries)).toBeGreaterThan(seeds * 10);
        expect(sum(({ cuts }) => cuts)).toBeGreaterThan(seeds * 5);
        // Who has only one history leaves no branch.
        const { restoredDisks, clonedDisks, hubRollbacks } = SCENARIOS[name];
        const branches = sum((outcome) => outcome.branches);
        expect(branches === 0 || restoredDisks || clonedDisks || hubRollbacks).toBe(true);
        expect(sum(({ powerFailures }) => powerFailures) > 0).toBe(SCENARIOS[name].powerCuts > 0);
      },
      TIMEOUT_MS,
    );
  });
}

async function outcomeOf(name: ScenarioName, seed: number): Promise<Outcome> {
  const result = await runSeed({ ...SCENARIOS[name], seed });
  if (!result.ok) throw new Error(`${result.reason}\n${JSON.stringify(result.scenario)}\n${result.trace.join('\n')}`);
  return result.outcome;
}
