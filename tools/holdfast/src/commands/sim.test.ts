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
}, 60_000);

test('a range that is none, and a scenario that nobody knows, are wrong use', async () => {
  for (const args of [['--seeds', '9..3'], ['--seeds', 'all'], [], ['--seeds', '1', '--scenario', 'sunny']]) {
    const { code, err } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(err).toMatch(/--seeds|no scenario "sunny"/);
  }
});
