/**
 * `pnpm test` and `pnpm soak`: every suite in turn, on a machine with only Node and npm.
 *
 *   node tools/holdfast/src/testing/main.ts [--soak] [check|unit|e2e|electron …]
 *
 * Ends with what failed, a line each, and one line `N passed, N failed[, N skipped]` summed over the suites. A suite that cannot run here prints
 * `not run: NAME (reason)`; under CI=true that is a failure. Exit code 1 where anything failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { prepareMachine, type Machine } from './machine.ts';
import { runCommand, runVitest, sumOf, type Outcome } from './suite.ts';

const root = resolve(import.meta.dirname, '../../../..');

interface Suite {
  readonly name: string;
  readonly run: (machine: Machine, scratch: string) => Outcome;
}

const notRun = (reason: string): Outcome => ({ passed: 0, failed: 0, skipped: 0, failures: [], notRun: reason });

const SUITES: readonly Suite[] = [
  {
    name: 'check',
    run: () =>
      sumOf([
        runCommand('format', root, ['oxfmt', '--check', '.']),
        runCommand('types', root, ['tsc', '-p', 'tsconfig.json']),
        runCommand('lint', root, ['oxlint', '--type-aware', '--deny-warnings']),
      ]),
  },
  { name: 'unit', run: (_, scratch) => runVitest(root, 'vitest.config.ts', join(scratch, 'unit.json')) },
  {
    name: 'e2e',
    run: (machine, scratch) =>
      machine.chromium === null
        ? notRun('no Chromium: install Debian’s package chromium, or name one in HOLDFAST_CHROMIUM')
        : runVitest(root, 'tools/holdfast/vitest.e2e.config.ts', join(scratch, 'e2e.json'), [], { HOLDFAST_CHROMIUM: machine.chromium }),
  },
  {
    name: 'electron',
    run: (machine, scratch) => {
      if ('missing' in machine.electron) return notRun(machine.electron.missing);
      return runVitest(root, 'tools/holdfast/vitest.electron.config.ts', join(scratch, 'electron.json'), machine.electron.wrapper, {
        HOLDFAST_ELECTRON: machine.electron.path,
      });
    },
  },
];

function main(): number {
  const { values, positionals } = parseArgs({ options: { soak: { type: 'boolean', default: false } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`unknown suite ${unknown.join(', ')}: there are ${SUITES.map(({ name }) => name).join(', ')}\n`);
    return 2;
  }
  if (values.soak) process.env['HOLDFAST_SOAK'] = '1';
  const chosen = SUITES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const machine = prepareMachine(chosen.map(({ name }) => name));
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const ci = process.env['CI'] === 'true';
  const outcomes: Outcome[] = [];
  for (const suite of chosen) {
    process.stdout.write(`\n── ${suite.name}${values.soak ? ' (full counts)' : ''} ──\n`);
    const outcome = suite.run(machine, scratch);
    if (outcome.notRun !== undefined) process.stdout.write(`not run: ${suite.name} (${outcome.notRun})\n`);
    outcomes.push(outcome.notRun !== undefined && ci ? { ...outcome, failed: 1, failures: [`not run: ${suite.name}`] } : outcome);
  }
  rmSync(scratch, { recursive: true, force: true });
  const total = sumOf(outcomes);
  if (total.failures.length > 0)
    process.stdout.write(`\nwhat failed:\n${total.failures.map((line) => `  ${line.replace(`${root}/`, '')}\n`).join('')}`);
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = main();
