/**
 * `pnpm test` and `pnpm soak`: every suite, on a machine with only Node and npm.
 *
 *   node tools/holdfast/src/testing/main.ts [--soak] [check|unit|e2e|electron …]
 *
 * The screens of e2e and electron mostly wait: where each file can have a network of its own, two of them run at the same time (decision 0018), and a third
 * one behind them takes what processor time they leave (decision 0042).
 *
 * Ends with how long each suite took, what failed, a line each, and one line `N passed, N failed[, N skipped]` summed over the suites. A suite that cannot
 * run here prints `not run: NAME (reason)`; under CI=true that is a failure. Exit code 1 where anything failed.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { prepareMachine, type Machine } from './machine.ts';
import { sideBySide } from './side-by-side.ts';
import { NOTHING, runCommand, runVitest, sumOf, timesLine, type Outcome } from './suite.ts';

const root = resolve(import.meta.dirname, '../../../..');
const E2E = 'tools/holdfast/e2e';
const SIDE_BY_SIDE = 2;
/** Whose tests hold no time that is shorter than a minute: they wait for as long as others are served first. */
const PATIENT = ['guide', 'hq-guide', 'roles', 'commands', 'filing', 'provider', 'webhooks', 'replay'];
const BEHIND = ['nice', '-n', '10'] as const;
/** What takes longest begins, so that nothing is left to run alone at the end. */
const LONGEST_FIRST = ['guide', 'functions', 'first-sale', 'demo', 'commands', 'by-hand'];

const SUITES = ['check', 'unit', 'e2e', 'electron'] as const;
type Suite = (typeof SUITES)[number];

/** What is run whole, by one process. `heading`: what it says is said at its end. */
interface Job {
  readonly suite: Suite;
  readonly name: string;
  readonly run: (heading?: string, launcher?: readonly string[]) => Promise<Outcome>;
  /** It may wait for as long as others are served first. */
  readonly isPatient?: boolean;
}

interface Place {
  readonly machine: Machine;
  /** For what is written meanwhile. */
  readonly scratch: string;
}

const notRun = (reason: string): Outcome => ({ ...NOTHING, notRun: reason });

const checkJob: Job = {
  suite: 'check',
  name: 'check',
  run: async () =>
    sumOf([
      runCommand('format', root, ['oxfmt', '--check', '.']),
      runCommand('types', root, ['tsc', '-p', 'tsconfig.json']),
      runCommand('lint', root, ['oxlint', '--type-aware', '--deny-warnings']),
    ]),
};

const unitJob = ({ scratch }: Place): Job => ({
  suite: 'unit',
  name: 'unit',
  run: async (heading) => runVitest(root, join(scratch, 'unit.json'), { config: 'vitest.config.ts', heading }),
});

/** A job for each file. */
function e2eJobs({ machine: { chromium, ownNetwork }, scratch }: Place): readonly Job[] {
  if (chromium === null) {
    const missing = 'no Chromium: install Debian’s package chromium, or name one in HOLDFAST_CHROMIUM';
    return [{ suite: 'e2e', name: 'e2e', run: async () => notRun(missing) }];
  }
  const names = readdirSync(join(root, E2E)).flatMap((file) => (file.endsWith('.e2e.ts') ? [file.slice(0, -'.e2e.ts'.length)] : []));
  const turn = (name: string): number => (LONGEST_FIRST.includes(name) ? LONGEST_FIRST.indexOf(name) : LONGEST_FIRST.length);
  return names
    .toSorted((left, right) => turn(left) - turn(right))
    .map((name) => ({
      suite: 'e2e',
      name: `e2e ${name}`,
      isPatient: PATIENT.includes(name),
      run: async (heading, launcher = []) =>
        runVitest(root, join(scratch, `${name}.json`), {
          config: 'tools/holdfast/vitest.e2e.config.ts',
          files: [`e2e/${name}.e2e.ts`],
          wrapper: [...launcher, ...(ownNetwork ?? [])],
          env: { HOLDFAST_CHROMIUM: chromium },
          heading,
        }),
    }));
}

function electronJob({ machine: { electron, ownNetwork }, scratch }: Place): Job {
  const run = async (heading?: string): Promise<Outcome> => {
    if ('missing' in electron) return notRun(electron.missing);
    return runVitest(root, join(scratch, 'electron.json'), {
      config: 'tools/holdfast/vitest.electron.config.ts',
      wrapper: [...(ownNetwork ?? []), ...electron.wrapper],
      env: { HOLDFAST_ELECTRON: electron.path },
      heading,
    });
  };
  return { suite: 'electron', name: 'electron', run };
}

interface Done {
  readonly suite: Suite;
  readonly outcome: Outcome;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Runs jobs, `width` at the same time; where that is more than one, a patient one behind them. */
async function runJobs(jobs: readonly Job[], width: number): Promise<readonly Done[]> {
  const isAlone = width === 1;
  const does =
    (launcher?: readonly string[]) =>
    async ({ suite, name, run }: Job): Promise<Done> => {
      process.stdout.write(isAlone ? `\n── ${name} ──\n` : `begun${launcher === undefined ? '' : ' behind the others'}: ${name}\n`);
      const fromMs = performance.now();
      const outcome = await run(isAlone ? undefined : name, launcher);
      return { suite, outcome, fromMs, toMs: performance.now() };
    };
  const served = Array.from({ length: width }, () => ({ takes: () => true, run: does() }));
  return sideBySide(jobs, isAlone ? served : [...served, { takes: ({ isPatient }) => isPatient === true, run: does(BEHIND) }]);
}

/** A suite's jobs as one: from the first one's begin to the last one's end. */
function tellTime(suite: Suite, done: readonly Done[]): void {
  const its = done.filter((job) => job.suite === suite && job.outcome.notRun === undefined);
  if (its.length === 0) return;
  const ms = Math.max(...its.map(({ toMs }) => toMs)) - Math.min(...its.map(({ fromMs }) => fromMs));
  process.stdout.write(`${timesLine(suite, ms, sumOf(its.map(({ outcome }) => outcome)).timesMs)}\n`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { soak: { type: 'boolean', default: false } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !SUITES.some((suite) => suite === name));
  if (unknown.length > 0) {
    process.stderr.write(`unknown suite ${unknown.join(', ')}: there are ${SUITES.join(', ')}\n`);
    return 2;
  }
  if (values.soak) process.env['HOLDFAST_SOAK'] = '1';
  const chosen = SUITES.filter((name) => positionals.length === 0 || positionals.includes(name));
  const machine = prepareMachine(chosen);
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const place = { machine, scratch };
  const isChosen = ({ suite }: Job): boolean => chosen.includes(suite);
  const done = [
    ...(await runJobs([checkJob, unitJob(place)].filter(isChosen), 1)),
    ...(await runJobs([electronJob(place), ...e2eJobs(place)].filter(isChosen), machine.ownNetwork === null ? 1 : SIDE_BY_SIDE)),
  ];
  rmSync(scratch, { recursive: true, force: true });
  process.stdout.write('\n');
  for (const suite of SUITES) tellTime(suite, done);
  return tell(done);
}

/** What failed, and the sum; the exit code. */
function tell(done: readonly Done[]): number {
  const isCi = process.env['CI'] === 'true';
  const outcomes = done.map(({ suite, outcome }): Outcome => {
    if (outcome.notRun === undefined) return outcome;
    process.stdout.write(`not run: ${suite} (${outcome.notRun})\n`);
    return isCi ? { ...outcome, failed: 1, failures: [`not run: ${suite}`] } : outcome;
  });
  const total = sumOf(outcomes);
  if (total.failures.length > 0)
    process.stdout.write(`\nwhat failed:\n${total.failures.map((line) => `  ${line.replace(`${root}/`, '')}\n`).join('')}`);
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main();
