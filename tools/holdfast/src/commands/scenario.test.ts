import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-scenario-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHOP = 'store\ncurrency | EUR\nprices | include tax\n\ntax | rate\nreduced | 7\n\ngoods | price | tax\nmilk | 1.19 | reduced\n';

async function run(
  text: string,
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const file = join(folder, 'shop.txt');
  writeFileSync(file, `${SHOP}\n${text}`);
  const said = { out: '', err: '' };
  const code = await runCommandLine(['scenario', file, ...flags], {
    out: (words) => void (said.out += words.replaceAll(file, 'shop.txt')),
    err: (words) => void (said.err += words.replaceAll(file, 'shop.txt')),
    interactive: false,
  });
  return { code, ...said };
}

test('as expected: 0, and how much was looked at', async () => {
  expect(await run('scenario: Milk\n\ndo | total\nscan milk | 1.19')).toEqual({
    code: EXIT.done,
    out: '1 scenario, 1 expectation: all as expected.\n',
    err: '',
  });
});

test('a difference: 1, and a table with the rows of a list beside each other', async () => {
  const { code, out, err } = await run('scenario: Milk\n\ndo | total\nscan milk | 1.20\n\nexpect\nline | 1 | milk\nline | 1 | bread');
  expect(code).toBe(EXIT.failed);
  expect(err).toBe('');
  expect(out.split('\n')).toEqual([
    'shop.txt:11: Milk',
    'Line  Word   Expected   Got',
    '  14  total  1.20       1.19',
    '  17  line   1 | milk   1 | milk | 1.19 | 1.19',
    '             1 | bread',
    '',
    '1 scenario, 2 expectations: 1 differs.',
    '',
  ]);
});

test('a mistake: 2, with file, line and the nearest word on stderr', async () => {
  expect(await run('scenario: Milk\n\ndo | total\nscam milk | 1.20')).toEqual({
    code: EXIT.usage,
    out: '',
    err: 'shop.txt:14: There is no act "scam". Did you mean "scan"?\n',
  });
});

test('for machines: one line of JSON, with the same exit codes', async () => {
  const { code, out } = await run('scenario: Milk\n\ndo | total\nscan milk | 1.20', '--json');
  expect(code).toBe(EXIT.failed);
  expect(JSON.parse(out)).toMatchObject({
    type: 'scenarios',
    passed: false,
    files: [{ mistakes: [], scenarios: [{ title: 'Milk', differences: [{ line: 14, word: 'total', expected: '1.20', got: '1.19' }] }] }],
  });
  const wrong = await run('scenario: Milk\n\nexpect\ntotl | 1.20', '--json');
  expect(wrong.code).toBe(EXIT.usage);
  expect(JSON.parse(wrong.out)).toMatchObject({ passed: false, files: [{ mistakes: [{ line: 14 }], scenarios: [] }] });
});
