/** Runs one suite as a process and counts what it says. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why nothing was run. */
  readonly notRun?: string;
}

export function sumOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce<Outcome>(
    (sum, { passed, failed, skipped }) => ({ passed: sum.passed + passed, failed: sum.failed + failed, skipped: sum.skipped + skipped }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** One check that either holds or does not. */
export function runCommand(name: string, cwd: string, [command, ...args]: readonly [string, ...string[]]): Outcome {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  const passed = status === 0;
  process.stdout.write(`${passed ? '✓' : '✗'} ${name}${error ? `: ${error.message}` : ''}\n`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/** Counts a report: a file that failed outside its tests (a broken import, a hook) counts as one failure. */
export function countReport(report: VitestReport, exitCode: number | null): Outcome {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
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
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
  return countReport(JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport, status);
}
