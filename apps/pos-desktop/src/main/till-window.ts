/** The lane's window: one page, locked down, loaded again where its process crashes. */
import type { Logger } from '@holdfast/base';
import { app, BrowserWindow } from 'electron';

import { START_URL } from './app-origin.ts';
import { createBackOff } from './back-off.ts';
import { lockedWebPreferences } from './security.ts';

/** The colour of the page before it has painted; the theme's paper. */
const BACKGROUND = '#f7f6f3';

export function openTillWindow(preload: string, logger: Logger): BrowserWindow {
  const window = new BrowserWindow({
    width: 1366,
    height: 768,
    minWidth: 800,
    minHeight: 600,
    title: 'Holdfast',
    backgroundColor: BACKGROUND,
    autoHideMenuBar: true,
    webPreferences: { ...lockedWebPreferences, preload, devTools: !app.isPackaged },
  });
  const backOff = createBackOff();
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    const delayMs = backOff.nextDelayMs(performance.now());
    logger.error('the window crashed; it is loaded again', { reason, exitCode, inMs: delayMs });
    setTimeout(() => {
      if (!window.isDestroyed()) load();
    }, delayMs);
  });
  const load = (): void => {
    window.loadURL(START_URL).catch((error: unknown) => logger.error('the window did not load', { error: String(error) }));
  };
  load();
  return window;
}
