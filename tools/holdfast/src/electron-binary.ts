/**
 * Where a runnable Electron is: the folder that ELECTRON_OVERRIDE_DIST_PATH names, else what the `electron` package has
 * downloaded. Nothing is downloaded here: a machine without one has a reason to show instead.
 */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type ElectronBinary = { readonly path: string } | { readonly missing: string };

const electronPackage = fileURLToPath(new URL('../../../apps/pos-desktop/node_modules/electron', import.meta.url));

const executableNames: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The package notes the executable's place in its dist folder once it has downloaded it. */
const downloadedName = (packageFolder: string): string | null => {
  try {
    return readFileSync(join(packageFolder, 'path.txt'), 'utf8').trim();
  } catch {
    return null;
  }
};

/** The executable to start windows with, or why there is none. */
export function findElectron(env: NodeJS.ProcessEnv = process.env, packageFolder: string = electronPackage): ElectronBinary {
  const executableName = executableNames[process.platform] ?? 'electron';
  const override = env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override !== undefined && override !== '') {
    const path = join(override, executableName);
    return isExecutable(path) ? { path } : { missing: `ELECTRON_OVERRIDE_DIST_PATH names ${override}, which holds no ${executableName}` };
  }
  const path = join(packageFolder, 'dist', downloadedName(packageFolder) ?? executableName);
  return isExecutable(path)
    ? { path }
    : { missing: 'the electron package has not downloaded its binary, and ELECTRON_OVERRIDE_DIST_PATH is not set' };
}
