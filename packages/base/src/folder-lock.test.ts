import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
});
let holder: ChildProcess | undefined;
afterEach(() => {
  holder?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A process of its own that holds the lock until it dies. */
async function startHolder(): Promise<ChildProcess> {
  const module = JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href);
  // What nobody refers to is collected, and must not take the lock along.
  const script = `const { lockFolder } = await import(${module});
    const { ok } = lockFolder(${JSON.stringify(folder)}, 'till');
    for (let i = 0; i < 5; i += 1) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
    console.log(ok); setInterval(() => {}, 1000);`;
  const started = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = (await once(started.stdout, 'data')) as [Buffer];
  expect(String(said).trim()).toBe('true');
  return started;
}

test('a second process is told who holds the folder, and gets it when the holder was killed', async () => {
  holder = await startHolder();
  expect(lockFolder(folder, 'till')).toEqual({ ok: false, error: { type: 'folderHeld', pid: holder.pid } });
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
  const lock = lockFolder(folder, 'till');
  expect(lock.ok).toBe(true);
  if (lock.ok) lock.value.release();
});

test('a folder serves one of each kind, and what is no folder is an error of its own', () => {
  const [till, hub] = [lockFolder(folder, 'till'), lockFolder(folder, 'hub')];
  expect([till.ok, hub.ok]).toEqual([true, true]);
  for (const lock of [till, hub]) if (lock.ok) lock.value.release();
  expect(() => lockFolder(join(folder, 'nowhere'), 'till')).toThrow('unable to open');
});

test('a folder that was given back is free', () => {
  for (let i = 0; i < 2; i++) {
    const lock = lockFolder(folder, 'till');
    expect(lock.ok).toBe(true);
    if (lock.ok) lock.value.release();
  }
});
