/** Runs one suite as a process and counts what it says. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, a line each: the file, the test and the first line of its error. */
  readonly failures: readonly string[];
  /** Why nothing was run. */
  readonly notRun?: string;
}

export function sumOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>(
    (sum, { passed, failed, skipped, failures }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
      failures: [...sum.failures, ...failures],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );
}

/** One check that either holds or does not. */
export function runCommand(name: string, cwd: string, [command, ...args]: readonly [string, ...string[]]): Outcome {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  const passed = status === 0;
  process.stdout.write(`${passed ? '✓' : '✗'} ${name}${error ? `: ${error.message}` : ''}\n`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, failures: passed ? [] : [name] };
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
export function countReport(report: VitestReport, exitCode: number | null): Outcome {
  const failures = report.testResults.flatMap(failuresOf);
  const unnamed = failures.length === 0 && exitCode !== 0;
  return {
    passed: report.numPassedTests,
    failed: unnamed ? 1 : failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: unnamed ? [RUNNER_FAILED] : failures,
  };
}

/** Runs Vitest under `wrapper` (such as xvfb-run), with `extraEnv` on top of this process's environment. */
export function runVitest(
  cwd: string,
  config: string,
  reportFile: string,
  wrapper: readonly string[] = [],
  extraEnv: Readonly<Record<string, string>> = {},
): Outcome {
  const [command, ...args] = [
    ...wrapper,
    'vitest',
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ];
  const { status } = spawnSync(command ?? 'vitest', args, { cwd, stdio: 'inherit', env: { ...process.env, ...extraEnv } });
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0, failures: [RUNNER_FAILED] };
  return countReport(JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport, status);
}
