import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { EXIT } from '../command.ts';
import { runCommandLine } from '../main.ts';

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(['sim', ...args], {
    out: (words) => void (said.out += words),
    err: (words) => void (said.err += words),
    interactive: false,
  });
  return { code, ...said };
}

test('seeds of a scenario run, and two runs give one hash', async () => {
  const first = await run('--seeds', '3..4', '--scenario', 'lossy', '--json');
  expect(first.code).toBe(EXIT.done);
  expect(JSON.parse(first.out)).toMatchObject({ type: 'simulation', seeds: [3, 4], scenarios: ['lossy'], runs: 2, failures: [] });
  expect(await run('--seeds', '3..4', '--scenario', 'lossy', '--json')).toEqual(first);
  const other = await run('--seeds', '4', '--scenario', 'lossy');
  expect(other.out).toMatch(/^1 runs, \d+ entries: all as it should be\. Hash [0-9a-f]{64}\.\n$/);
});

test('a run that was ended goes on where its file says, and ends with the hash of one that was not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sim-'));
  const file = join(folder, 'progress.json');
  const seeds = ['--seeds', '3..6', '--scenario', 'lossy', '--json'] as const;
  const whole = await run(...seeds, '--progress', file);
  const ended = await run('--seeds', '3..4', '--scenario', 'lossy', '--json');
  const half = JSON.parse(ended.out) as { readonly entries: number; readonly hash: string };
  writeFileSync(
    file,
    JSON.stringify({ seeds: [3, 6], scenarios: ['lossy'], next: 5, entries: half.entries, hash: half.hash, failures: [] }),
  );
  const goneOn = await run(...seeds, '--progress', file);
  expect(goneOn.err).toContain('going on with seed 5');
  expect(goneOn.out).toBe(whole.out);
  // What is done is not done again; what is of other seeds, or is no such file, is nobody's progress.
  expect((await run(...seeds, '--progress', file)).out).toBe(whole.out);
  expect(await run('--seeds', '3..7', '--scenario', 'lossy', '--progress', file)).toMatchObject({ code: EXIT.usage });
  writeFileSync(file, '{}');
  expect(await run(...seeds, '--progress', file)).toMatchObject({ code: EXIT.usage });
  rmSync(folder, { recursive: true });
});

test('how far it came is kept after each seed, and where it cannot be, that is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sim-'));
  const file = join(folder, 'progress.json');
  mkdirSync(`${file}.new`);
  const { code, out, err } = await run('--seeds', '3..6', '--scenario', 'calm', '--progress', file);
  expect({ code, out }).toEqual({ code: EXIT.failed, out: '' });
  expect(err).toMatch(/^That seed 3 is done cannot be kept in .*progress\.json: EISDIR.*\n$/);
  rmSync(folder, { recursive: true });
});

test('a range that is none, and a scenario that nobody knows, are wrong use', async () => {
  for (const args of [['--seeds', '9..3'], ['--seeds', 'all'], [], ['--seeds', '1', '--scenario', 'sunny']]) {
    const { code, err } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/--seeds|no scenario "sunny"/);
  }
});
