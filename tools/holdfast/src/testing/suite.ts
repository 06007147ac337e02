/** Runs one suite as a process and counts what it says. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

import type { FileTimes } from './file-times.ts';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, a line each: the file, the test and the first line of its error. */
  readonly failures: readonly string[];
  /** How long each file took, or each check. */
  readonly timesMs: FileTimes;
  /** Why nothing was run. */
  readonly notRun?: string;
}

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: 0, failures: [], timesMs: {} };

export function sumOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>(
    (sum, { passed, failed, skipped, failures, timesMs }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
      failures: [...sum.failures, ...failures],
      timesMs: { ...sum.timesMs, ...timesMs },
    }),
    NOTHING,
  );
}

const SLOWEST = 5;
const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

/** A line for people who watch how long a suite takes: all of it, and what took the longest. */
export function timesLine(name: string, ms: number, timesMs: FileTimes): string {
  const slowest = Object.entries(timesMs)
    .toSorted(([, left], [, right]) => right - left)
    .slice(0, SLOWEST);
  return `${name} ${seconds(ms)}: ${slowest.map(([file, fileMs]) => `${basename(file)} ${seconds(fileMs)}`).join(', ')}`;
}

/** One check that either holds or does not. */
export function runCommand(name: string, cwd: string, [command, ...args]: readonly [string, ...string[]]): Outcome {
  const fromMs = performance.now();
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  const timesMs = { [name]: performance.now() - fromMs };
  const passed = status === 0;
  process.stdout.write(`${passed ? '✓' : '✗'} ${name}${error ? `: ${error.message}` : ''}\n`);
  return passed ? { ...NOTHING, passed: 1, timesMs } : { ...NOTHING, failed: 1, failures: [name], timesMs };
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly status: string;
  /** What broke outside its tests. */
  readonly message?: string;
  readonly assertionResults: readonly VitestTest[];
}

interface VitestTest {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages?: readonly string[] | null;
}

const FILE_TIMES = join(import.meta.dirname, 'file-times.ts');
/** Compiled once for all that a run starts: its own threads, and hubs and tills that a test starts as they are, each of which spends half of its start on nothing else. */
const COMPILED = join(import.meta.dirname, '../../node_modules/.cache/tests');
const RUNNER_FAILED = 'the test runner failed without naming a test: its own output says why';

/** The first line of an error, without the colours that a terminal would show. */
const firstLine = (message: string | undefined): string =>
  stripVTControlCharacters(message ?? '')
    .split('\n')[0]
    ?.trim() ?? '';

function failuresOf({ name, message, status, assertionResults }: VitestFile): readonly string[] {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length > 0) return failed.map((test) => `${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  return status === 'failed' ? [`${name}: ${firstLine(message)}`] : [];
}

/** Counts a report: a file that failed outside its tests (a broken import, a hook) counts as one failure. */
export function countReport(report: VitestReport, exitCode: number | null): Omit<Outcome, 'timesMs'> {
  const failures = report.testResults.flatMap(failuresOf);
  const unnamed = failures.length === 0 && exitCode !== 0;
  return {
    passed: report.numPassedTests,
    failed: unnamed ? 1 : failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: unnamed ? [RUNNER_FAILED] : failures,
  };
}

interface VitestRun {
  readonly config: string;
  /** Only these files; all of the configuration where absent. */
  readonly files?: readonly string[];
  /** What it is started by, such as xvfb-run. */
  readonly wrapper?: readonly string[];
  /** On top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it says is said whole at its end under this heading, because another run speaks meanwhile. Absent: as it comes. */
  readonly heading?: string | undefined;
}

/** Runs Vitest. `reportFile`: where its report goes, in a folder of the caller's. */
export async function runVitest(cwd: string, reportFile: string, run: VitestRun): Promise<Outcome> {
  const timesFile = `${reportFile}.times`;
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, `--reporter=${FILE_TIMES}`];
  const [command, ...args] = [...(run.wrapper ?? []), 'vitest', 'run', ...(run.files ?? []), '--config', run.config, ...reporters];
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...run.env, HOLDFAST_FILE_TIMES: timesFile };
  const saidFile = `${reportFile}.said`;
  // A file, for a pipe would be open as long as anything that a test left behind.
  const output = run.heading === undefined ? 'inherit' : openSync(saidFile, 'a');
  const status = await new Promise<number | null>((resolve) => {
    const child = spawn(command ?? 'vitest', args, { cwd, env, stdio: ['ignore', output, output] });
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  if (typeof output === 'number') {
    closeSync(output);
    process.stdout.write(`\n── ${run.heading} ──\n${readFileSync(saidFile, 'utf8')}`);
  }
  if (!existsSync(reportFile)) return { ...NOTHING, failed: 1, failures: [`${run.files?.join(' ') ?? run.config}: ${RUNNER_FAILED}`] };
  const timesMs = existsSync(timesFile) ? (JSON.parse(readFileSync(timesFile, 'utf8')) as FileTimes) : {};
  return { ...countReport(JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport, status), timesMs };
}
