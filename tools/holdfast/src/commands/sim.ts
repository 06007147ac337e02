import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { nodeHash } from '@holdfast/base/node';
import { isScenarioName, runSeed, SCENARIOS, type ScenarioName, type SeedResult } from '@holdfast/sync/simulator';
import { z } from 'zod';

import { CommandFailed, EXIT, UsageError, type Command, type CommandInput } from '../command.ts';

/** After so many seeds it is said how far it came, and how to go on from there. A file is told of each seed: of all scenarios, a hundred take many minutes. */
const SLICE = 100;

export const command: Command = {
  name: 'sim',
  usage: '--seeds A..B [--scenario NAME] [--progress FILE]',
  about: [
    'Runs the sync engine, its replicas and their stores against a model of a hub, in a world of which each fault follows from a seed: loss, doubling, reordering and tearing on the',
    'network, outages, power cuts at a write, full disks, disks that are lost, or cloned and run twice, disks and hubs that come back as they were, clocks a year off, releases mixed,',
    'and lanes upgraded half-way. After each cut, and when all is at rest, what each device and the hub hold is compared with what was done to them. A seed that fails is run again in',
    'ever smaller worlds, and the shortest trace that still fails is printed. Two runs of the same seeds give the same hash. A long run may be ended at any time, and goes on where it',
    'was: by --progress, or with the seeds that stderr names.',
    '',
    'Scenarios, all of which run without a name:',
    ...wrapped(Object.keys(SCENARIOS)),
  ].join('\n'),
  flags: {
    seeds: { type: 'string', value: 'A..B', about: 'From seed A to seed B, both included; or one seed alone.' },
    scenario: { type: 'string', value: 'NAME', about: 'Only this one.' },
    progress: { type: 'string', value: 'FILE', about: 'Where it keeps how far it came; the same command goes on from there.' },
  },
  positionals: { min: 0, max: 0 },
  examples: [
    'pnpm holdfast sim --seeds 0..99',
    'pnpm holdfast sim --seeds 4711 --scenario everything',
    'pnpm holdfast sim --seeds 0..100000 --progress night.json --json',
  ],
  run: runSimulation,
};

/** Names, some on each line. */
function wrapped(names: readonly string[], perLine = 11): readonly string[] {
  const lines = Math.ceil(names.length / perLine);
  return Array.from({ length: lines }, (_, line) => `  ${names.slice(line * perLine, (line + 1) * perLine).join(', ')}`);
}

interface Failure {
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly result: Extract<SeedResult, { ok: false }>;
}

const failedSeedSchema = z.object({
  seed: z.int(),
  name: z.string(),
  scenario: z.unknown(),
  reason: z.string(),
  trace: z.array(z.string()),
});
const progressSchema = z.object({
  seeds: z.tuple([z.int(), z.int()]),
  scenarios: z.array(z.string()),
  /** The first seed that has not run. */
  next: z.int(),
  entries: z.int(),
  hash: z.string(),
  failures: z.array(failedSeedSchema),
});
type Progress = z.infer<typeof progressSchema>;

async function runSimulation(input: CommandInput): Promise<number> {
  const { out, err, json } = input;
  const { first, last } = readSeeds(input.need('seeds'));
  const names = readScenarios(input.text('scenario'));
  const file = input.text('progress');
  const fresh: Progress = { seeds: [first, last], scenarios: [...names], next: first, entries: 0, hash: '', failures: [] };
  const progress = file === undefined ? fresh : readProgress(file, fresh);
  if (progress.next > first) err(`going on with seed ${progress.next}\n`);
  for (let seed = progress.next; seed <= last; seed += 1) {
    for (const scenario of names) {
      const result = await runSeed({ ...SCENARIOS[scenario], seed });
      progress.hash = hashOf(`${progress.hash} ${scenario} ${seed} ${result.ok ? result.outcome.digest : result.reason}`);
      if (result.ok) progress.entries += result.outcome.entries;
      else {
        progress.failures.push(failedSeed({ seed, scenario, result }));
        if (!json) out(failureText(seed, scenario, result));
      }
    }
    progress.next = seed + 1;
    if (file !== undefined) keepProgress(file, progress);
    if ((progress.next - first) % SLICE === 0 && seed < last)
      err(`${progress.next - first} seeds done; whoever ends it here goes on with ${howToGoOn(file, seed + 1, last)}\n`);
  }
  return tell(input, progress);
}

const howToGoOn = (file: string | undefined, next: number, last: number): string =>
  file === undefined ? `--seeds ${next}..${last}` : `the same command`;

function tell({ out, json }: CommandInput, { seeds: [first, last], scenarios, entries, hash, failures }: Progress): number {
  const runs = (last - first + 1) * scenarios.length;
  if (json) out(`${JSON.stringify({ type: 'simulation', seeds: [first, last], scenarios, runs, entries, hash, failures })}\n`);
  else
    out(
      `${runs} runs, ${entries} entries: ${failures.length === 0 ? 'all as it should be' : `${failures.length} failed`}. Hash ${hash}.\n`,
    );
  return failures.length === 0 ? EXIT.done : EXIT.failed;
}

const failedSeed = ({ seed, scenario, result }: Failure): Progress['failures'][number] => ({
  seed,
  name: scenario,
  scenario: result.scenario,
  reason: result.reason,
  trace: [...result.trace],
});

function readProgress(file: string, fresh: Progress): Progress {
  if (!existsSync(file)) return fresh;
  const read = progressSchema.safeParse(jsonOf(file));
  if (!read.success) throw new UsageError(`${file} is not how far a simulation came.`);
  const { seeds, scenarios } = read.data;
  if (JSON.stringify([seeds, scenarios]) !== JSON.stringify([fresh.seeds, fresh.scenarios]))
    throw new UsageError(`${file} is of --seeds ${seeds.join('..')} and ${scenarios.join(', ')}: give the same, or another file.`);
  return read.data;
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** In one step: whoever ends it meanwhile finds the one before. */
function keepProgress(file: string, progress: Progress): void {
  try {
    writeFileSync(`${file}.new`, JSON.stringify(progress));
    renameSync(`${file}.new`, file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(`That seed ${progress.next - 1} is done cannot be kept in ${file}: ${why}`);
  }
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
