import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { isAlive } from './launchers.ts';

const PARENT_WATCH = new URL('parent-watch.ts', import.meta.url).href;

/** A process that stays until it is told to go; `stubborn` ones ignore that. Prints a line when it stands. */
const CHILD = `
  process.on('SIGTERM', () => { if (process.argv[1] !== 'stubborn') process.exit(0); });
  setInterval(() => {}, 1000);
  console.log(process.pid);
`;

/** Starts a parent that starts the child as the command line does, and hands its pid on. */
const PARENT = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['--import', process.argv[1], '-e', process.argv[2], process.argv[3]], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  setInterval(() => {}, 1000);
`;

const underParent = (kind: string): readonly string[] => [process.execPath, '-e', PARENT, PARENT_WATCH, CHILD, kind];

async function startChild([program = '', ...args]: readonly string[]): Promise<{ readonly top: number; readonly child: number }> {
  const top = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(top.stdout, 'data')) as [Buffer];
  const child = Number(line.toString());
  onTestFinished(() => {
    top.kill('SIGKILL');
    if (isAlive(child)) process.kill(child, 'SIGKILL');
  });
  return { top: top.pid ?? 0, child };
}

const GONE = { interval: 20 };

test('an app ends when the command that started it was killed', async () => {
  const { top, child } = await startChild(underParent('orderly'));
  expect(isAlive(child)).toBe(true);
  process.kill(top, 'SIGKILL');
  await expect.poll(() => isAlive(child), GONE).toBe(false);
});

test('one that does not listen to SIGTERM ends all the same', async () => {
  const { top, child } = await startChild(underParent('stubborn'));
  process.kill(top, 'SIGKILL');
  await expect.poll(() => isAlive(child), GONE).toBe(false);
});

test.runIf(process.platform === 'linux')('a signal to npx ends npx alone; what it started notices', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-launchers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  // Both run their arguments as a child and wait for it, as the real ones do.
  for (const name of ['npx', 'pnpm']) await writeFile(join(folder, name), '"$@" & wait\n');
  const launchers = ['npx', 'pnpm'].flatMap((name) => ['/bin/sh', join(folder, name)]);
  const { top, child } = await startChild([...launchers, process.execPath, '--import', PARENT_WATCH, '-e', CHILD, 'orderly']);
  process.kill(top, 'SIGTERM');
  await expect.poll(() => isAlive(child), GONE).toBe(false);
});
