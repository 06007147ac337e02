/**
 * Electron's main process: it opens one locked window over `app://holdfast/`, a second one for the shopper where a display is
 * free, and joins their pages to the till by ports. All that a lane does happens in the till and in the page; main sees none of it.
 */
import { join } from 'node:path';

import type { Logger } from '@holdfast/base';
import { app, Menu, protocol, session } from 'electron';

import { APP_SCHEME } from './app-origin.ts';
import { createPagePorts } from './page-ports.ts';
import { lockDown } from './security.ts';
import { servePage } from './serve-page.ts';
import { keepShopperDisplay } from './shopper-display.ts';
import { readSurroundings, type TillSource } from './surroundings.ts';
import { createTillAccess } from './till-access.ts';
import { attachToTill } from './till-attached.ts';
import type { TillLink } from './till-link.ts';
import { startTill } from './till-process.ts';
import { openDisplayWindow, openTillWindow } from './till-window.ts';

/** The bundles lie side by side: dist/main, dist/preload, dist/renderer, dist/till. */
const dist = join(__dirname, '..');

const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  process.stderr.write(`${JSON.stringify({ level, process: 'window', message, ...fields })}\n`);
};
const logger: Logger = {
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
};

/** In a checkout another script may stand in for the till; a shipped app runs its own and no other. */
const tillScript = (): string => {
  const standIn = process.env['HOLDFAST_TILL_SCRIPT'];
  return app.isPackaged || standIn === undefined ? join(dist, 'till', 'till.js') : standIn;
};

const openTill = (source: TillSource): TillLink => {
  if (source.type === 'attached') return attachToTill(createTillAccess(source), logger);
  const tillArguments = ['--data', source.dataFolder, '--port', '0', '--json', ...source.extraArguments];
  return startTill({ script: tillScript(), arguments: tillArguments }, logger);
};

function stopBeforeQuit(till: TillLink): void {
  const stop = async (): Promise<void> => {
    await till.stop();
    app.exit(0);
  };
  app.on('will-quit', (event) => {
    event.preventDefault();
    void stop();
  });
}

async function main(): Promise<void> {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
  lockDown();
  app.on('window-all-closed', () => app.quit());
  const source = readSurroundings(process.env, join(app.getPath('userData'), 'till'));
  if (!source.ok) {
    logger.error(source.error.problem);
    app.exit(2);
    return;
  }
  // Of the app that owns its till there is one; windows that attach to tills may be several.
  if (source.value.type === 'own' && !app.requestSingleInstanceLock()) {
    logger.warn('Holdfast runs already; its window is shown');
    app.exit(0);
    return;
  }
  await app.whenReady();
  // No menu, no accelerators: a scanner types, and every key is the page's.
  Menu.setApplicationMenu(null);
  servePage(session.defaultSession, join(dist, 'renderer'));
  const preload = join(dist, 'preload', 'preload.cjs');
  const till = openTill(source.value);
  stopBeforeQuit(till);
  const ports = createPagePorts(till, logger);
  const window = openTillWindow(preload, logger);
  ports.add(window.webContents);
  keepShopperDisplay(window, (bounds) => {
    const display = openDisplayWindow(bounds, preload, logger);
    ports.add(display.webContents);
    return display;
  });
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
}

main().catch((error: unknown) => {
  logger.error('Holdfast could not start', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  app.exit(1);
});
