/** The lane's app in a real Electron, as the tests see it: its main process, its page, its log, and the port between page and till. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { _electron, type ElectronApplication, type Page } from 'playwright-core';

import { findElectron } from '../../src/electron-binary.ts';
import { PATIENCE_MS } from '../screens.ts';

export const posFolder = fileURLToPath(new URL('../../../../apps/pos-desktop', import.meta.url));
export const standInTill = fileURLToPath(new URL('stand-in-till.mjs', import.meta.url));

/** The suite's runner names the binary; alone, the suite looks for it itself. Throws where there is none: nothing is proven then. */
export function electronPath(): string {
  const named = process.env['HOLDFAST_ELECTRON'];
  if (named !== undefined && named !== '') return named;
  const found = findElectron();
  if ('missing' in found) throw new Error(`the Electron suite needs an Electron: ${found.missing}`);
  return found.path;
}

/** No GPU in a test, and a camera and a microphone that Chromium plays; and no sandbox for root, to whom Chromium gives none. */
const testFlags = (): string[] => [
  '--disable-gpu',
  '--use-fake-device-for-media-stream',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** The environment without what this process was told about tills. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(HOLDFAST_|NODE_|VITEST|ELECTRON_RUN)/u.test(name)) env[name] = value;
  }
  return { ...env, ...extra };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** What the main process writes on stderr, line by line; a wait is answered by lines of the past, too. */
export class LogLines {
  readonly lines: LogLine[] = [];
  private rest = '';
  private readonly waiting = new Set<() => void>();

  add(text: string): void {
    const parts = (this.rest + text).split('\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('{"level"')) this.lines.push(JSON.parse(part) as LogLine);
    for (const look of this.waiting) look();
  }

  /** The first line at or after `from` that fits. */
  find(fits: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    return new Promise((resolve) => {
      const look = (): void => {
        const line = this.lines.slice(from).find(fits);
        if (line === undefined) return;
        this.waiting.delete(look);
        resolve(line);
      };
      this.waiting.add(look);
      look();
    });
  }
}

export interface OpenApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly log: LogLines;
  close(): Promise<void>;
}

/** Keeps each port that the preload hands over, so that a test may ask the till through it, as the page itself does. */
const keepPorts = (): void => {
  const kept: MessagePort[] = [];
  Object.assign(window, { keptPorts: kept });
  window.addEventListener('message', (event) => {
    const [port] = event.ports;
    if (port !== undefined && event.data?.type === 'holdfast-till-port') kept.push(port);
  });
};

type LaunchOptions = NonNullable<Parameters<typeof _electron.launch>[0]>;

type Env = Readonly<Record<string, string>>;

/** Of what an Electron said whose debugger was not found. */
const MOST_SAID = 1_000;
/** The first one is short, for what was missed never comes; a machine that is slow gets the time that it needs. */
const LAUNCH_WITHIN_MS = [10_000, 15_000, 30_000, 60_000] as const;

/**
 * Playwright reads the debugger's address from Electron's first lines; on a busy machine it misses them now and then, and waits for
 * ever for an app that runs. Such a launch is given up (Playwright ends the app) and tried again, with options of its own: the app
 * that was given up may have used what works once.
 */
async function launchElectron(options: () => Promise<LaunchOptions>): Promise<ElectronApplication> {
  for (const [attempt, timeout] of LAUNCH_WITHIN_MS.entries()) {
    try {
      return await _electron.launch({ ...(await options()), timeout });
    } catch (error) {
      if (!String(error).includes('Timeout')) throw error;
      const said = String(error).slice(-MOST_SAID);
      process.stderr.write(`Electron's debugger was not found within ${timeout} ms; attempt ${attempt + 2}. It said:\n${said}\n`);
    }
  }
  throw new Error(`Electron's debugger was not found in ${LAUNCH_WITHIN_MS.length} attempts`);
}

/**
 * Opens the app from the checkout. The page is loaded, and `askTill` sees its ports.
 * `env`: what it is told; a function where that works once, as a link does, and each launch needs its own.
 */
export async function openApp(env: Env | (() => Promise<Env>)): Promise<OpenApp> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-electron-'));
  const app = await launchElectron(async () => ({
    executablePath: electronPath(),
    args: [...testFlags(), `--user-data-dir=${join(folder, 'user-data')}`, posFolder],
    cwd: posFolder,
    env: cleanEnvironment(typeof env === 'function' ? await env() : env),
  }));
  const log = new LogLines();
  app
    .process()
    .stderr?.setEncoding('utf8')
    .on('data', (text: string) => log.add(text));
  const page = await app.firstWindow({ timeout: PATIENCE_MS });
  page.setDefaultTimeout(PATIENCE_MS);
  // A reload of a window that has not come to its page yet would be one of nothing, and never end.
  await page.waitForURL('app://holdfast/');
  await app.context().addInitScript(keepPorts);
  await page.reload();
  return {
    app,
    page,
    log,
    async close() {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type WithPorts = Window & { keptPorts: MessagePort[] };

/**
 * Asks the till through the page's newest port, as the page does: where none is there yet, or another one comes before the
 * answer, that one is asked.
 */
export function askTill(page: Page): Promise<Readonly<Record<string, unknown>> & { readonly type: string }> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const ask = (port: MessagePort): void => {
          const id = crypto.randomUUID();
          port.addEventListener('message', (event) => {
            const message = JSON.parse(event.data as string) as { id?: string; type: string };
            if (message.id === id) resolve(message);
          });
          port.start();
          port.postMessage(JSON.stringify({ id, atMs: Date.now(), body: { type: 'open', version: 1 } }));
        };
        const newest = (window as unknown as WithPorts).keptPorts.at(-1);
        if (newest !== undefined) ask(newest);
        window.addEventListener('message', ({ data, ports: [port] }) => {
          if (port !== undefined && data?.type === 'holdfast-till-port') ask(port);
        });
      }),
  );
}
