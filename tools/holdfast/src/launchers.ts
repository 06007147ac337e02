/**
 * Who started this process, and when that ended. A process whose starter is gone must not stay behind and hold its port
 * and its data folder.
 *
 * The launchers are the parent, and above it every package runner (npx, pnpm, npm) and its shell: a signal to npx ends npx
 * alone and leaves its script running, so watching the parent only would not be enough. Where there is no /proc, the
 * parent is all that is watched.
 */
import { existsSync, readFileSync } from 'node:fs';

const POLL_MS = 250;
const MAX_CHAIN = 16;
const HAS_PROC = existsSync('/proc/self/stat');

interface Launcher {
  readonly pid: number;
  /** Tells a process from a later one that was given the same pid. */
  readonly startedAtTicks: string;
}

function processStat(pid: number): { readonly parentPid: number; readonly startedAtTicks: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may itself hold brackets and blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return { parentPid: Number(fields[1]), startedAtTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** True while a process of this id runs; one that has ended and waits to be collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return processStat(pid) !== undefined || !HAS_PROC;
}

/** npm writes its whole command line into its first word; the others are scripts run by node or a shell. */
const isPackageRunner = (pid: number): boolean =>
  wordsOf(pid)
    .slice(0, 3)
    .some((word) => /(^|[\\/@])(npx|npm|pnpm|pnpx|corepack)([-@.\\/ ]|$)/.test(word));

/** Package runners run a script's text by a shell of their own. */
const isScriptShell = (pid: number): boolean => wordsOf(pid)[1] === '-c';

function launcherChain(): readonly Launcher[] {
  const chain: Launcher[] = [];
  let pid = process.ppid;
  while (pid > 1 && chain.length < MAX_CHAIN) {
    const stat = processStat(pid);
    if (stat === undefined) break;
    chain.push({ pid, startedAtTicks: stat.startedAtTicks });
    if (!isPackageRunner(pid) && !(isScriptShell(pid) && isPackageRunner(stat.parentPid))) break;
    pid = stat.parentPid;
  }
  return chain;
}

/** Calls `onEnd` once when a launcher has ended. The answer stops watching. Keeps no process alive. */
export function watchLaunchers(onEnd: () => void): () => void {
  const parentPid = process.ppid;
  const chain = launcherChain();
  const timer = setInterval(() => {
    const orphaned = process.ppid !== parentPid;
    if (!orphaned && chain.every(({ pid, startedAtTicks }) => processStat(pid)?.startedAtTicks === startedAtTicks)) return;
    clearInterval(timer);
    onEnd();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
