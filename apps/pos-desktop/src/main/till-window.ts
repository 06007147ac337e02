/** The app's windows, locked down alike: the lane's, and the shopper's. A page is loaded again where its process crashes. */
import type { Logger } from '@holdfast/base';
import { app, BrowserWindow, type BrowserWindowConstructorOptions, type Rectangle } from 'electron';

import { DISPLAY_URL, START_URL } from './app-origin.ts';
import { createBackOff } from './back-off.ts';
import { lockedWebPreferences } from './security.ts';

/** The colour of the page before it has painted; the theme's paper. */
const BACKGROUND = '#f7f6f3';

function openWindow(url: string, preload: string, options: BrowserWindowConstructorOptions, logger: Logger): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Holdfast',
    backgroundColor: BACKGROUND,
    autoHideMenuBar: true,
    ...options,
    webPreferences: { ...lockedWebPreferences, preload, devTools: !app.isPackaged },
  });
  const backOff = createBackOff();
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    const delayMs = backOff.nextDelayMs(performance.now());
    logger.error('the window crashed; it is loaded again', { url, reason, exitCode, inMs: delayMs });
    setTimeout(() => {
      if (!window.isDestroyed()) load();
    }, delayMs);
  });
  const load = (): void => {
    window.loadURL(url).catch((error: unknown) => logger.error('the window did not load', { url, error: String(error) }));
  };
  load();
  return window;
}

export const openTillWindow = (preload: string, logger: Logger): BrowserWindow =>
  openWindow(START_URL, preload, { width: 1366, height: 768, minWidth: 800, minHeight: 600 }, logger);

/** Fills its display and takes no focus, neither now nor when it is touched. */
export function openDisplayWindow(bounds: Rectangle, preload: string, logger: Logger): BrowserWindow {
  const window = openWindow(
    DISPLAY_URL,
    preload,
    { ...bounds, frame: false, focusable: false, skipTaskbar: true, show: false, enableLargerThanScreen: true },
    logger,
  );
  window.showInactive();
  window.setBounds(bounds);
  return window;
}
