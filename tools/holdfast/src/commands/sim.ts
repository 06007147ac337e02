import { nodeHash } from '@holdfast/base/node';
import { isScenarioName, runSeed, SCENARIOS, type ScenarioName, type SeedResult } from '@holdfast/sync/simulator';

import { EXIT, UsageError, type Command, type CommandInput } from '../command.ts';

/** After so many seeds of each scenario it is said how far it came, and how to go on from there. */
const SLICE = 100;

export const command: Command = {
  name: 'sim',
  usage: '--seeds A..B [--scenario NAME]',
  about: [
    'Runs the sync engine, its replicas and their stores against a model of a hub, in a world of which each fault follows from a seed: loss, doubling, reordering and tearing on the',
    'network, outages, power cuts at a write, full disks, disks and hubs that come back as they were, clocks a year off, and releases mixed. After each cut, and when all is at rest,',
    'what each device and the hub hold is compared with what was done to them. A seed that fails is run again in ever smaller worlds, and the shortest trace that still fails is',
    'printed. Two runs of the same seeds give the same hash. A long run may be ended at any time: stderr says every so often with which seeds it goes on.',
    '',
    `Scenarios: ${Object.keys(SCENARIOS).join(', ')}. Without a name all of them run.`,
  ].join('\n'),
  flags: {
    seeds: { type: 'string', value: 'A..B', about: 'From seed A to seed B, both included; or one seed alone.' },
    scenario: { type: 'string', value: 'NAME', about: 'Only this one.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast sim --seeds 0..99',
    'pnpm holdfast sim --seeds 4711 --scenario everything',
    'pnpm holdfast sim --seeds 0..100000 --json',
  ],
  run: runSimulation,
};

interface Failure {
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly result: Extract<SeedResult, { ok: false }>;
}

async function runSimulation(input: CommandInput): Promise<number> {
  const { out, err, json } = input;
  const { first, last } = readSeeds(input.need('seeds'));
  const names = readScenarios(input.text('scenario'));
  const failures: Failure[] = [];
  let entries = 0;
  let told = '';
  for (let seed = first; seed <= last; seed += 1) {
    for (const scenario of names) {
      const result = await runSeed({ ...SCENARIOS[scenario], seed });
      told = hashOf(`${told} ${scenario} ${seed} ${result.ok ? result.outcome.digest : result.reason}`);
      if (result.ok) entries += result.outcome.entries;
      else {
        failures.push({ seed, scenario, result });
        if (!json) out(failureText(seed, scenario, result));
      }
    }
    const done = seed - first + 1;
    if (done % SLICE === 0 && seed < last) err(`${done} seeds done; whoever ends it here goes on with --seeds ${seed + 1}..${last}\n`);
  }
  const runs = (last - first + 1) * names.length;
  if (json) {
    const named = failures.map(({ seed, scenario, result }) => ({
      seed,
      name: scenario,
      scenario: result.scenario,
      reason: result.reason,
      trace: result.trace,
    }));
    out(`${JSON.stringify({ type: 'simulation', seeds: [first, last], scenarios: names, runs, entries, hash: told, failures: named })}\n`);
  } else
    out(
      `${runs} runs, ${entries} entries: ${failures.length === 0 ? 'all as it should be' : `${failures.length} failed`}. Hash ${told}.\n`,
    );
  return failures.length === 0 ? EXIT.done : EXIT.failed;
}

function readSeeds(text: string): { readonly first: number; readonly last: number } {
  const match = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || first > last) throw new UsageError(`--seeds is a range such as 0..99, or one seed, not "${text}".`);
  return { first, last };
}

function readScenarios(name: string | undefined): readonly ScenarioName[] {
  const all = Object.keys(SCENARIOS).filter(isScenarioName);
  if (name === undefined) return all;
  if (!isScenarioName(name)) throw new UsageError(`There is no scenario "${name}". There are: ${all.join(', ')}.`);
  return [name];
}

const hashOf = (text: string): string => Buffer.from(nodeHash.sha256(new TextEncoder().encode(text))).toString('hex');

const failureText = (seed: number, name: ScenarioName, { reason, scenario, trace }: Failure['result']): string =>
  [
    `seed ${seed} of ${name} fails: ${reason}`,
    `the smallest world that fails as well: ${JSON.stringify(scenario)}`,
    ...trace.map((line) => `  ${line}`),
    '',
  ].join('\n');
