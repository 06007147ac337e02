/**
 * What this machine has for the suites. Debian's packages that are missing are installed where that may be done (apt-get,
 * as root); nothing else is ever installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { findElectron } from '../electron-binary.ts';

export interface Machine {
  readonly chromium: string | null;
  /** How to start the Electron suite: the binary, and what gives it a display; or why it cannot be. */
  readonly electron: { readonly path: string; readonly wrapper: readonly string[] } | { readonly missing: string };
  /** What starts a program in a network of its own: no port that it opens can be another one's, or become it. Null where there is none for the asking. */
  readonly ownNetwork: readonly string[] | null;
}

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What some unit tests use where it is there, and its Debian package: calls of the disk, codes on pictures, a serial line. */
const UNIT_TOOLS = [
  ['strace', 'strace'],
  ['zbarimg', 'zbar-tools'],
  ['socat', 'socat'],
] as const;

const OWN_NETWORK = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'] as const;

const found = (command: string): boolean => spawnSync('which', [command], { stdio: 'ignore' }).status === 0;

const findChromium = (): string | null => process.env['HOLDFAST_CHROMIUM'] ?? CHROMIUM_PATHS.find((path) => existsSync(path)) ?? null;

/** Installs Debian packages where that may be done; the caller looks for itself whether they are there now. */
function installDebianPackages(packages: readonly string[]): void {
  if (packages.length === 0 || process.getuid?.() !== 0 || !found('apt-get')) return;
  process.stdout.write(`installing Debian’s ${packages.join(', ')} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] as const };
  spawnSync('apt-get', ['update', '-q'], { ...options, stdio: [...options.stdio] });
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { ...options, stdio: [...options.stdio] });
}

export function prepareMachine(suites: readonly string[]): Machine {
  const needed: string[] = [];
  if (suites.includes('e2e') && findChromium() === null) needed.push('chromium', 'fonts-noto-color-emoji');
  if (suites.includes('unit')) needed.push(...UNIT_TOOLS.flatMap(([command, debianPackage]) => (found(command) ? [] : [debianPackage])));
  if (suites.some((suite) => ['e2e', 'electron'].includes(suite)) && process.platform === 'linux' && !found('ip')) needed.push('iproute2');
  const electron = findElectron();
  const display = process.env['DISPLAY'] !== undefined || process.platform !== 'linux';
  if (suites.includes('electron') && 'path' in electron && !display && !found('xvfb-run')) needed.push('xvfb', 'xauth');
  installDebianPackages(needed);
  return { chromium: findChromium(), electron: electronWith(electron, display), ownNetwork: findOwnNetwork() };
}

function findOwnNetwork(): Machine['ownNetwork'] {
  const { status } = spawnSync('unshare', [...OWN_NETWORK, 'true'], { stdio: 'ignore' });
  return status === 0 ? ['unshare', ...OWN_NETWORK] : null;
}

function electronWith(electron: ReturnType<typeof findElectron>, display: boolean): Machine['electron'] {
  if (!('path' in electron)) return { missing: electron.missing };
  if (display) return { path: electron.path, wrapper: [] };
  return found('xvfb-run') ? { path: electron.path, wrapper: ['xvfb-run', '-a'] } : { missing: 'no display, and no xvfb-run to make one' };
}
