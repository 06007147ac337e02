/** The app as it is shipped: packaged by electron-builder with electron-builder.yml, around the Electron that is here. */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { chromium, type Browser, type Page } from 'playwright-core';

import { withBuildLock } from '../../src/build.ts';
import { cleanEnvironment, electronPath, LogLines, posFolder } from './electron-app.ts';

export const builderConfig = fileURLToPath(new URL('../../../../electron-builder.yml', import.meta.url));

const run = promisify(execFile);

/** The folder that Electron's own archive unpacks to. */
const electronDist = (): string => (process.platform === 'darwin' ? resolve(electronPath(), '../../../..') : dirname(electronPath()));

export interface PackagedApp {
  readonly executable: string;
  readonly resources: string;
  /** A folder that every user of this machine may write to. */
  readonly scratch: string;
  remove(): Promise<void>;
}

/** Packages for this Linux machine, without an installer. */
export async function packageApp(): Promise<PackagedApp> {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-packaged-'));
  await chmod(scratch, 0o777);
  const dist = electronDist();
  const version = (await readFile(join(dist, 'version'), 'utf8')).trim().replace(/^v/u, '');
  const builder = join(posFolder, 'node_modules/electron-builder/cli.js');
  const overrides = [`-c.electronDist=${dist}`, `-c.electronVersion=${version}`, `-c.directories.output=${scratch}`];
  const args = [builder, '--dir', '--linux', '--config', builderConfig, ...overrides];
  await withBuildLock(() => run(process.execPath, args, { cwd: posFolder, maxBuffer: 64 * 1_048_576 }));
  const folder = join(scratch, 'linux-unpacked');
  return {
    executable: join(folder, 'holdfast'),
    resources: join(folder, 'resources'),
    scratch,
    remove: () => rm(scratch, { recursive: true, force: true }),
  };
}

/** The fuses of an Electron executable, by name. */
export async function readFuses(executable: string): Promise<Readonly<Record<string, string>>> {
  const cli = join(posFolder, 'node_modules/@electron/fuses/dist/bin.js');
  const { stdout } = await run(process.execPath, [cli, 'read', '--app', executable]);
  return Object.fromEntries([...stdout.matchAll(/^\s*(\w+) is (\w+)/gmu)].map(([, name = '', state = '']) => [name, state]));
}

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Whether a user who is not root may have a sandbox here; some machines and containers give none. */
export const sandboxIsPossible = (): boolean =>
  spawnSync('unshare', ['-U', 'true'], isRoot ? { uid: NOBODY, gid: NOBODY } : {}).status === 0;

export interface RunningPackage {
  readonly child: ChildProcess;
  readonly page: Page;
  readonly log: LogLines;
  /** All that it wrote. */
  output(): string;
  close(): Promise<void>;
}

/** Playwright's first try may wait for ever for a target that went while it attached, though the app answers: another one finds what is there. A busy machine starts a packaged app slowly; one that hangs is found all the same. */
const ATTACH_WITHIN_MS = [20_000, 30_000, 60_000] as const;

async function attach(endpoint: string): Promise<Browser> {
  const failures: unknown[] = [];
  for (const timeout of ATTACH_WITHIN_MS) {
    try {
      return await chromium.connectOverCDP(endpoint, { timeout });
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `Playwright did not attach in ${failures.length} attempts`);
}

/** Starts it as a user who is not root, with its sandbox, or (where there can be none) without. Its page is reached as Chromium's. */
export async function runPackage(
  { executable, scratch }: PackagedApp,
  options: { readonly flags?: readonly string[]; readonly env: Readonly<Record<string, string>> },
): Promise<RunningPackage> {
  const sandbox = sandboxIsPossible();
  const asNobody = isRoot && sandbox;
  const authority = process.env['XAUTHORITY'];
  const ownAuthority = join(scratch, 'xauthority');
  if (asNobody && authority !== undefined) {
    await copyFile(authority, ownAuthority);
    await chmod(ownAuthority, 0o644);
  }
  const flags = ['--disable-gpu', ...(sandbox ? [] : ['--no-sandbox']), `--user-data-dir=${join(scratch, 'user-data')}`];
  const child = spawn(executable, [...flags, '--remote-debugging-port=0', ...(options.flags ?? [])], {
    cwd: scratch,
    env: cleanEnvironment({ ...options.env, ...(asNobody ? { HOME: scratch, XAUTHORITY: ownAuthority } : {}) }),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(asNobody ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const log = new LogLines();
  let output = '';
  const endpoint = await new Promise<string>((found, failed) => {
    const collect = (text: string): void => {
      output += text;
      log.add(text);
      const match = /DevTools listening on (ws:\S+)/u.exec(output);
      if (match?.[1] !== undefined) found(match[1]);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.once('exit', (code, signal) => failed(new Error(`the packaged app ended (${signal ?? code}):\n${output}`)));
  });
  const browser = await attach(endpoint).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw new Error(`the packaged app does not answer:\n${output}`, { cause: error });
  });
  const context = browser.contexts()[0];
  const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
  if (page === undefined) throw new Error('the packaged app shows no page');
  await page.waitForLoadState();
  return {
    child,
    page,
    log,
    output: () => output,
    async close() {
      await browser.close();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    },
  };
}
