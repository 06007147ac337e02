/**
 * The shopper's screen on a second display, where there is one: opened when it is plugged in, closed when it goes or the lane's window
 * does. It is looked at only, and never has the keyboard: a scan is the lane's.
 */
import { type BrowserWindow, type Display, screen } from 'electron';

import { chooseDisplay } from './choose-display.ts';

export function keepShopperDisplay(lane: BrowserWindow, open: (bounds: Display['bounds']) => BrowserWindow): void {
  let shown: { readonly displayId: number; readonly window: BrowserWindow } | null = null;
  const close = (): void => {
    if (shown !== null && !shown.window.isDestroyed()) shown.window.destroy();
    shown = null;
  };
  const place = (): void => {
    const laneId = screen.getDisplayMatching(lane.getBounds()).id;
    const display = chooseDisplay(screen.getAllDisplays(), laneId, shown?.displayId ?? null);
    if (display === null) {
      close();
      return;
    }
    if (shown?.displayId === display.id && !shown.window.isDestroyed()) {
      shown.window.setBounds(display.bounds);
      return;
    }
    close();
    shown = { displayId: display.id, window: open(display.bounds) };
  };
  screen.on('display-added', place);
  screen.on('display-removed', place);
  screen.on('display-metrics-changed', place);
  lane.once('closed', () => {
    screen.off('display-added', place);
    screen.off('display-removed', place);
    screen.off('display-metrics-changed', place);
    close();
  });
  place();
}
