import { readFile } from 'node:fs/promises';

import { nodeHash } from '@holdfast/base/node';
import { runScenarios, type ScenarioReport, type ScenarioResult } from '@holdfast/domain/scenario';

import { CommandFailed, EXIT, userPath, type Command, type CommandInput } from '../command.ts';
import { textTable } from '../text-table.ts';

export const command: Command = {
  name: 'scenario',
  usage: 'FILE …',
  about: [
    'Runs text tables through the engine that the lanes run: each sets up a shop, acts at its till, and says what must come of it (docs/SCENARIOS.md).',
    'Where the engine has something else, the difference is printed as a table and the exit code is 1. A file with a word that nobody knows, or',
    'with a row that cannot be read, is not run: the exit code is 2, and stderr names the file, the line and the word that was probably meant.',
  ].join('\n'),
  flags: {},
  positionals: { min: 1, max: 10_000 },
  examples: ['pnpm holdfast scenario packages/domain/scenarios/*.txt', 'pnpm holdfast scenario my-shop.txt --json'],
  run: runFiles,
};

async function runFiles({ positionals, json, out, err }: CommandInput): Promise<number> {
  const reports: ScenarioReport[] = [];
  for (const path of positionals) reports.push(runScenarios(await readText(path), path, nodeHash));
  const mistakes = reports.flatMap((report) => report.mistakes);
  const scenarios = reports.flatMap((report) => report.scenarios);
  const different = scenarios.filter(({ differences }) => differences.length > 0);
  for (const { file, line, message } of mistakes) err(`${file}:${line}: ${message}\n`);
  if (json) out(`${JSON.stringify({ type: 'scenarios', passed: mistakes.length === 0 && different.length === 0, files: reports })}\n`);
  else {
    for (const scenario of different) out(`${differencesText(scenario)}\n`);
    if (scenarios.length > 0) out(verdict(scenarios, different.length));
  }
  if (mistakes.length > 0) return EXIT.usage;
  return different.length > 0 ? EXIT.failed : EXIT.done;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(userPath(path), 'utf8');
  } catch (error) {
    throw new CommandFailed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Lists stand row by row beside each other, so that the eye finds the row that is missing. */
function differencesText({ file, line, title, differences }: ScenarioResult): string {
  const rows = differences.flatMap((difference) => {
    const [expected, got] = [difference.expected.split('\n'), difference.got.split('\n')];
    return Array.from({ length: Math.max(expected.length, got.length) }, (_, index) => [
      index === 0 ? String(difference.line) : '',
      index === 0 ? difference.word : '',
      expected[index] ?? '',
      got[index] ?? '',
    ]);
  });
  return `${file}:${line}: ${title}\n${textTable([' Line', 'Word', 'Expected', 'Got'], rows)}`;
}

function verdict(scenarios: readonly ScenarioResult[], different: number): string {
  const checks = scenarios.reduce((sum, scenario) => sum + scenario.checks, 0);
  const count = `${counted(scenarios.length, 'scenario')}, ${counted(checks, 'expectation')}`;
  return different === 0 ? `${count}: all as expected.\n` : `${count}: ${different} ${different === 1 ? 'differs' : 'differ'}.\n`;
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
