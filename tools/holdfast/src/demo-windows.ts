/** Shows a running demo to the person who started it: in Electron's window where there is one, else in the browser, else as links. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { DemoReady } from './demo-folder.ts';
import { findElectron } from './electron-binary.ts';

const POS_DESKTOP = fileURLToPath(new URL('../../../apps/pos-desktop', import.meta.url));
const WINDOW_GUARD = fileURLToPath(new URL('window-guard.ts', import.meta.url));

export interface Shown {
  /** What was opened, in words. */
  readonly how: string;
  close(): void;
}

const hasDisplay = (): boolean =>
  process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', linux: 'xdg-open' };

/** Opens lane 1. Never fails: a machine without a screen gets the links that are printed anyway. */
export function showDemo(ready: DemoReady): Shown {
  const lane = ready.lanes[0];
  if (lane === undefined || !hasDisplay()) return { how: 'No display here: open the links in a browser.', close: () => undefined };
  const electron = findElectron();
  if ('path' in electron) {
    const child = openElectron(electron.path, lane);
    return { how: 'Lane 1 opens in its own window.', close: () => void child.kill('SIGTERM') };
  }
  const opener = OPENERS[process.platform];
  if (opener !== undefined && spawnSync('which', [opener], { stdio: 'ignore' }).status === 0) {
    spawn(opener, [lane.url], { stdio: 'ignore', detached: true })
      .on('error', () => undefined)
      .unref();
    return { how: `Lane 1 opens in your browser (no Electron: ${electron.missing}).`, close: () => undefined };
  }
  return { how: `No Electron (${electron.missing}) and no way to open a browser: open the links yourself.`, close: () => undefined };
}

function openElectron(path: string, lane: DemoReady['lanes'][number]): ChildProcess {
  // Chromium refuses to build its sandbox for root; nobody sells as root, but containers run as it.
  const rootFlags = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(process.execPath, [WINDOW_GUARD, path, POS_DESKTOP, ...rootFlags], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, HOLDFAST_TILL_URL: lane.url, HOLDFAST_TILL_DATA: lane.data },
  });
  child.on('error', () => undefined);
  return child;
}
