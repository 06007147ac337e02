/** Joins pages to the till: each gets a port when it asks (it has just loaded), and again when the till was lost and is back. */
import type { Logger } from '@holdfast/base';
import { ipcMain, MessageChannelMain, type WebContents } from 'electron';

import { TILL_PORT_MESSAGE } from '../shared/till-port.ts';
import { isTrustedSender } from './security.ts';
import type { TillLink } from './till-link.ts';

export interface PagePorts {
  /** From now until it is destroyed, this page may have ports. */
  add(page: WebContents): void;
}

export function createPagePorts(till: TillLink, logger: Logger): PagePorts {
  const askers = new Map<WebContents, () => void>();
  ipcMain.on(TILL_PORT_MESSAGE, (event) => {
    const handPort = isTrustedSender(event) ? askers.get(event.sender) : undefined;
    if (handPort !== undefined) handPort();
    else logger.warn('a message from a foreign sender was refused', { channel: TILL_PORT_MESSAGE, url: event.senderFrame?.url ?? null });
  });

  return {
    add(page) {
      let pageListens = false;
      let letGo = (): void => undefined;
      const handPort = (): void => {
        letGo();
        letGo = () => undefined;
        if (!pageListens || page.isDestroyed()) return;
        const { port1, port2 } = new MessageChannelMain();
        letGo = till.attach(port1, handPort);
        page.postMessage(TILL_PORT_MESSAGE, null, [port2]);
        logger.info('the page was handed a port');
      };
      askers.set(page, () => {
        pageListens = true;
        handPort();
      });
      page.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
        if (isMainFrame && !isSameDocument) pageListens = false;
      });
      page.on('render-process-gone', () => (pageListens = false));
      page.once('destroyed', () => {
        askers.delete(page);
        letGo();
      });
    },
  };
}
