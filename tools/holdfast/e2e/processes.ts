/** The command line as its users start it: as processes, watched from outside. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect } from 'vitest';

import type { DemoReady } from '../src/demo-folder.ts';

export const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function holdfast(...args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

/** As another terminal would; one that has ended meanwhile has nothing to be told. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** `verify`, until what is still on its way is there: equal at last, or told why not. */
export async function expectProven(...args: readonly string[]): Promise<Finished> {
  let last: Finished = { code: null, stdout: '', stderr: '' };
  await expect.poll(async () => (last = await holdfast(...args)), { interval: 500 }).toMatchObject({ code: 0, stderr: '' });
  return last;
}

export interface DemoProcess {
  readonly ready: DemoReady;
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  log(): string;
  /** Resolves when the started process itself has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts `demo --json` on a folder, by `launcher` where one is given, and waits for its line. */
export async function startDemo(data: string, flags: readonly string[] = [], launcher: readonly string[] = []): Promise<DemoProcess> {
  const [program = '', ...args] = [...launcher, process.execPath, MAIN, 'demo', '--data', data, '--json', ...flags];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    void ended.then((code) => reject(new Error(`the demo ended with ${code} before it was ready:\n${log}`)));
  });
  expect(line.trimEnd().split('\n')).toHaveLength(1);
  return { ready: JSON.parse(line) as DemoReady, child, log: () => log, ended };
}

/** A folder of its own, and its removal. */
export async function scratchFolder(name: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `holdfast-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** What lies under a folder, by its path; what goes while it is read is nobody's any more. */
export function filesOf(folder: string): ReadonlyMap<string, Buffer> {
  const read = (path: string): readonly (readonly [string, Buffer])[] => {
    try {
      return [[path, readFileSync(path)]];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(entries.flatMap((entry) => read(join(entry.parentPath, entry.name))));
}

/** Every process whose command line names the folder: the demo, and all that it started. */
export function processesOn(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLineOf(pid).includes(folder));
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const GONE_MS = 60_000;

/** Waits until nothing runs on the folder any more; also for hooks, which have no `expect.poll`. */
export async function nothingRuns(folder: string): Promise<void> {
  const deadlineMs = performance.now() + GONE_MS;
  while (processesOn(folder).length > 0 && performance.now() < deadlineMs) await delay(50);
  expect(processesOn(folder).map(commandLineOf)).toEqual([]);
}

/** A hub's answer to the console's token. */
export async function askHub<T>(ready: DemoReady, path: string, token = ready.hub.consoleToken): Promise<T> {
  const response = await fetch(ready.hub.url + path, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}
