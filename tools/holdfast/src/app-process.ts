/**
 * Hub and till as child processes: each app's own main under the same Node, in a process group of its own, so that a signal
 * from the terminal reaches it once (forwarded), and so that whatever it started ends with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { systemTimers } from '@holdfast/base/node';
import { z } from 'zod';

import { CommandFailed } from './command.ts';
import { createReadyWait, READY_WITHIN_MS } from './ready-wait.ts';

export type App = 'hub' | 'till';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const MAINS: Readonly<Record<App, string>> = {
  hub: fileURLToPath(new URL('../../../apps/hub-server/src/main.ts', import.meta.url)),
  till: fileURLToPath(new URL('../../../apps/pos-desktop/src/till/main.ts', import.meta.url)),
};
/**
 * A till's short-lived objects are small: Node's default would let their space grow to 48 MB before it looks. And a heap that may grow to the half
 * of a large machine keeps what it freed: with a bound that a till never comes near, 30 MB less are resident (docs/BENCHMARKS.md). As in Electron (`src/main/till-process.ts`).
 * One thread that collects and compiles for both of its own, where Node makes four (docs/decisions/0039).
 */
const NODE_FLAGS: Readonly<Record<App, readonly string[]>> = {
  hub: [],
  till: ['--max-semi-space-size=4', '--max-old-space-size=512', '--v8-pool-size=1'],
};
/** With the compiled code of the start before at hand, a process never loads the reader of TypeScript: 20 MB and half a second. */
const NODE_ENVIRONMENT: Readonly<Record<App, Readonly<Record<string, string>>>> = {
  hub: { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../apps/hub-server/node_modules/.cache/hub', import.meta.url)) },
  till: {
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../apps/pos-desktop/node_modules/.cache/till', import.meta.url)),
    // One for each of the two threads that work; glibc would keep freed memory in eight for each core.
    MALLOC_ARENA_MAX: '2',
  },
};
const PARENT_WATCH = new URL('parent-watch.ts', import.meta.url).href;
const STOP_TIMEOUT_MS = 10_000;

const hubReadySchema = z.object({
  type: z.literal('ready'),
  url: z.string(),
  consoleUrl: z.string(),
  consoleToken: z.string(),
  enrolmentCode: z.string(),
  data: z.string(),
  pid: z.int(),
});
export type HubReady = z.infer<typeof hubReadySchema>;

const tillReadySchema = z.object({
  type: z.literal('ready'),
  url: z.string(),
  wsUrl: z.string(),
  token: z.string(),
  data: z.string(),
  pid: z.int(),
});
export type TillReady = z.infer<typeof tillReadySchema>;

export interface RunningApp<Ready> {
  readonly ready: Ready;
  readonly child: ChildProcess;
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** SIGTERM, then SIGKILL to its whole group; resolves when it is gone. */
  stop(): Promise<void>;
  /** The plug pulled: SIGKILL. */
  kill(): Promise<void>;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

const spawned = new Set<ChildProcess>();

/** Told to end, it starts none anew. */
let isStopped = false;

/** SIGTERM to every app that this process has started and that still runs, also to those that are not ready yet; one that finds damage meanwhile is not started again. */
export function stopSpawned(): void {
  isStopped = true;
  for (const child of spawned) child.kill('SIGTERM');
}

function spawnApp(app: App, args: readonly string[], stdout: 'inherit' | 'pipe', stderr: 'inherit' | 'pipe' | number): ChildProcess {
  const child = spawn(process.execPath, [...NODE_FLAGS[app], '--import', PARENT_WATCH, MAINS[app], ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, ...NODE_ENVIRONMENT[app] },
    detached: true,
    stdio: ['ignore', stdout, stderr],
  });
  spawned.add(child);
  child.once('exit', () => spawned.delete(child));
  return child;
}

function endOf(child: ChildProcess): RunningApp<unknown>['ended'] {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill(signal);
  const timer = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
  // Whatever the app itself had started.
  signalGroup(child.pid, 'SIGKILL');
}

/** A till's database is damaged: started again, it rebuilds it. */
const DAMAGED = 3;
export class FoundDamage extends CommandFailed {}
/** A disk that damages what was just rebuilt needs a person. */
const MOST_REBUILDS = 2;

interface Ended {
  readonly code: number;
  /** It was told to end, by a signal or because its starter is gone. */
  readonly isToldTo: boolean;
}

/** Runs an app in the foreground with this process's own output, and ends as it ends: the answer is the exit code. A till that found its database damaged is started again. */
export async function runApp(app: App, args: readonly string[], watch: (stop: () => void) => () => void): Promise<number> {
  const run = (): Promise<Ended> => runOnce(app, args, watch);
  return app === 'till' ? runRebuilding(run) : (await run()).code;
}

/** Whoever told it to end wants no other one, even where it found damage meanwhile: the next start rebuilds. */
export async function runRebuilding(run: () => Promise<Ended>): Promise<number> {
  for (let rebuilt = 0; ; rebuilt += 1) {
    const { code, isToldTo } = await run();
    if (code !== DAMAGED || isToldTo || rebuilt === MOST_REBUILDS) return code;
  }
}

async function runOnce(app: App, args: readonly string[], watch: (stop: () => void) => () => void): Promise<Ended> {
  const child = spawnApp(app, args, 'inherit', 'inherit');
  const ended = endOf(child);
  let isToldTo = false;
  const forward = (signal: NodeJS.Signals): void => {
    isToldTo = true;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  const unwatch = watch(() => forward('SIGTERM'));
  const { code, signal } = await ended;
  unwatch();
  for (const each of signals) process.off(each, forward);
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  // A process that ended by the signal we forwarded did what it was told.
  return { code: code ?? (signal === 'SIGINT' || signal === 'SIGTERM' || signal === 'SIGHUP' ? 0 : 1), isToldTo };
}

/**
 * Starts an app in the background and waits for its ready line.
 * `logFile`: where its log goes; without one it goes nowhere but into the error message.
 * Throws CommandFailed, with the end of its log, where it ends or stays silent instead.
 */
async function startApp<Ready extends object>(
  app: App,
  args: readonly string[],
  readySchema: z.ZodType<Ready>,
  options: { readonly logFile?: string } = {},
): Promise<RunningApp<Ready>> {
  return startRebuilding(
    () => startOnce(app, args, readySchema, options),
    () => isStopped,
  );
}

export async function startRebuilding<Running>(start: () => Promise<Running>, isToldTo: () => boolean): Promise<Running> {
  for (let rebuilt = 0; ; rebuilt += 1) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof FoundDamage) || isToldTo() || rebuilt === MOST_REBUILDS) throw error;
    }
  }
}

async function startOnce<Ready extends object>(
  app: App,
  args: readonly string[],
  readySchema: z.ZodType<Ready>,
  options: { readonly logFile?: string } = {},
): Promise<RunningApp<Ready>> {
  const child = spawnApp(app, [...args, '--json'], 'pipe', options.logFile === undefined ? 'pipe' : openSync(options.logFile, 'a'));
  const ended = endOf(child);
  const tail: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail.push(text);
    if (tail.length > 200) tail.shift();
  });
  const where = options.logFile === undefined ? '' : ` Its log: ${options.logFile}`;
  const ready = await new Promise<Ready>((resolve, reject) => {
    const wait = createReadyWait(readySchema, {
      timers: systemTimers,
      onReady: resolve,
      onSilent: () => fail(`was not ready within ${READY_WITHIN_MS / 1_000} s`),
    });
    const fail = (what: string, Reason: typeof CommandFailed = CommandFailed): void => {
      wait.end();
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      reject(new Reason(`The ${app} ${what}.${where}\n${tail.join('').split('\n').slice(-20).join('\n')}`.trimEnd()));
    };
    void ended.then(({ code, signal }) =>
      fail(
        `ended (${signal ?? `exit code ${code}`}) before it was ready`,
        app === 'till' && code === DAMAGED ? FoundDamage : CommandFailed,
      ),
    );
    child.stdout?.setEncoding('utf8').on('data', wait.hear);
  });
  return { ready, child, ended, stop: () => stopChild(child, ended, 'SIGTERM'), kill: () => stopChild(child, ended, 'SIGKILL') };
}

export const startHub = (args: readonly string[], options?: { readonly logFile?: string }): Promise<RunningApp<HubReady>> =>
  startApp('hub', args, hubReadySchema, options);

export const startTill = (args: readonly string[], options?: { readonly logFile?: string }): Promise<RunningApp<TillReady>> =>
  startApp('till', args, tillReadySchema, options);
