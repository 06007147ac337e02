/**
 * Builds what is bundled before it runs: the till's window, Electron's main and preload, the till itself (for Electron's
 * utility process), and the hub's console.
 *
 * Invariants:
 * - A target is built only where its sources' content differs from what its output was built of; one look costs a hash of a few
 *   hundred small files.
 * - An output is replaced whole, after its build has succeeded: whoever serves it never sees half of one, and a failed build keeps the last good one.
 * - One build at a time over the repository, by a lock that dies with its process; a second one waits, then finds nothing to do.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { err, ok } from '@holdfast/base';
import type { Result } from '@holdfast/base';

const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

export type BuildTarget = {
  readonly name: string;
  /** Folder of the workspace, from the root of the repository. */
  readonly workspace: string;
  /** Vite's configuration, in the workspace. */
  readonly config: string;
  /** Folder of the output, in the workspace. */
  readonly output: string;
  /** Files and folders that decide what is built, from the root of the repository. */
  readonly sources: readonly string[];
};

const POS = 'apps/pos-desktop';
const HUB = 'apps/hub-server';
const everywhere = ['pnpm-lock.yaml'];

const buildTargets: readonly BuildTarget[] = [
  {
    name: 'window',
    workspace: POS,
    config: 'vite.config.ts',
    output: 'dist/renderer',
    sources: [`${POS}/src/renderer`, `${POS}/src/shared`, 'packages/base/src', 'packages/domain/src', 'packages/ui/src', ...everywhere],
  },
  {
    name: 'main',
    workspace: POS,
    config: 'vite.main.config.ts',
    output: 'dist/main',
    sources: [`${POS}/src/main`, `${POS}/src/shared`, 'packages/base/src', ...everywhere],
  },
  {
    name: 'preload',
    workspace: POS,
    config: 'vite.preload.config.ts',
    output: 'dist/preload',
    sources: [`${POS}/src/preload`, `${POS}/src/shared`, ...everywhere],
  },
  {
    name: 'till',
    workspace: POS,
    config: 'vite.till.config.ts',
    output: 'dist/till',
    sources: [`${POS}/src/till`, `${POS}/src/shared`, 'packages/base/src', 'packages/domain/src', 'packages/sync/src', ...everywhere],
  },
  {
    name: 'console',
    workspace: HUB,
    config: 'vite.config.ts',
    output: 'dist/console',
    sources: [`${HUB}/console`, 'packages/base/src', 'packages/ui/src', ...everywhere],
  },
];

export type BuildFailed = { readonly type: 'buildFailed'; readonly target: string; readonly output: string };
export type BuildReport = { readonly built: readonly string[]; readonly fresh: readonly string[]; readonly durationMs: number };

export type BuildOptions = {
  /** Build also what is fresh. */
  readonly force?: boolean;
  /** Only the targets of these names. */
  readonly only?: readonly string[];
  /** Told of each target that is being built. */
  readonly onBuild?: (name: string) => void;
  readonly root?: string;
  readonly targets?: readonly BuildTarget[];
};

const isTest = (path: string): boolean => /\.test\.tsx?$/u.test(path);

const filesUnder = async (path: string): Promise<string[]> => {
  const found = await stat(path).catch(() => null);
  if (found === null) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** A hash over the names and the bytes of a target's sources; tests decide nothing. */
const hashSources = async (root: string, target: BuildTarget): Promise<string> => {
  const paths = [`${target.workspace}/${target.config}`, `${target.workspace}/package.json`, ...target.sources];
  const files = (await Promise.all(paths.map((path) => filesUnder(join(root, path))))).flat().filter((path) => !isTest(path));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const bytes = await readFile(file);
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
};

/** Beside the outputs, not in them: an output holds only what is shipped. */
const stampPath = (root: string, target: BuildTarget): string => join(root, target.workspace, 'dist', `.built-${target.name}`);

const isFresh = async (root: string, target: BuildTarget, sourceHash: string): Promise<boolean> => {
  const stamp = await readFile(stampPath(root, target), 'utf8').catch(() => '');
  const output = await stat(join(root, target.workspace, target.output)).catch(() => null);
  return stamp === sourceHash && output !== null;
};

const runVite = (root: string, target: BuildTarget, outDir: string): Promise<Result<null, BuildFailed>> =>
  new Promise((resolve) => {
    const workspace = join(root, target.workspace);
    const vite = join(workspace, 'node_modules/vite/bin/vite.js');
    const args = [vite, 'build', '--config', target.config, '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
    // A build is always one for production, whatever the caller's own mode is (vitest sets NODE_ENV=test).
    const env = { ...process.env, NODE_ENV: 'production' };
    const child = spawn(process.execPath, args, { cwd: workspace, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve(err({ type: 'buildFailed', target: target.name, output: error.message })));
    child.once('close', (code) =>
      resolve(code === 0 ? ok(null) : err({ type: 'buildFailed', target: target.name, output: output.trim() })),
    );
  });

/** Builds beside the output, then puts it in its place. */
const buildTarget = async (root: string, target: BuildTarget, sourceHash: string): Promise<Result<null, BuildFailed>> => {
  const output = join(root, target.workspace, target.output);
  const staging = join(root, target.workspace, 'dist', `.new-${target.name}`);
  const previous = join(root, target.workspace, 'dist', `.old-${target.name}`);
  const built = await runVite(root, target, staging);
  if (!built.ok) {
    await rm(staging, { recursive: true, force: true });
    return built;
  }
  await rm(previous, { recursive: true, force: true });
  await rm(stampPath(root, target), { force: true });
  await rename(output, previous).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(staging, output);
  await rm(previous, { recursive: true, force: true });
  await writeFile(stampPath(root, target), sourceHash);
  return ok(null);
};

const LOCK_POLL_MS = 100;

/**
 * Runs while nobody builds: outputs stand still. Not to be nested.
 * Node has no flock; an exclusive SQLite transaction on a lock file ends with its process, however that ends.
 */
export const withBuildLock = async <T>(run: () => Promise<T>, root: string = repositoryRoot): Promise<T> => {
  const folder = join(root, 'node_modules', '.cache', 'holdfast');
  await mkdir(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'build.lock'), { timeout: 0 });
  try {
    for (;;) {
      try {
        database.exec('BEGIN EXCLUSIVE');
        break;
      } catch (error) {
        if (!(error instanceof Error && /locked|busy/iu.test(error.message))) throw error;
        await delay(LOCK_POLL_MS);
      }
    }
    return await run();
  } finally {
    database.close();
  }
};

/** Targets whose sources differ from what their output was built of. */
const findStale = async (root: string, targets: readonly BuildTarget[], force: boolean): Promise<Map<BuildTarget, string>> => {
  const stale = new Map<BuildTarget, string>();
  for (const target of targets) {
    const sourceHash = await hashSources(root, target);
    if (force || !(await isFresh(root, target, sourceHash))) stale.set(target, sourceHash);
  }
  return stale;
};

/** Builds all that is stale, and says what it built. On a failure the others' outputs stand, and the failed one keeps its last good output. */
export const buildAll = async (options: BuildOptions = {}): Promise<Result<BuildReport, BuildFailed>> => {
  const startedMs = performance.now();
  const { root = repositoryRoot, force = false, only } = options;
  const targets = (options.targets ?? buildTargets).filter((target) => only === undefined || only.includes(target.name));
  const report = (built: readonly string[]): Result<BuildReport, BuildFailed> =>
    ok({
      built,
      fresh: targets.map((target) => target.name).filter((name) => !built.includes(name)),
      durationMs: Math.round(performance.now() - startedMs),
    });
  if ((await findStale(root, targets, force)).size === 0) return report([]);
  return withBuildLock(async () => {
    const built: string[] = [];
    for (const [target, sourceHash] of await findStale(root, targets, force)) {
      options.onBuild?.(target.name);
      const result = await buildTarget(root, target, sourceHash);
      if (!result.ok) return result;
      built.push(target.name);
    }
    return report(built);
  }, root);
};
